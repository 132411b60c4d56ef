"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("masterdata", "0001_initial"),
        ("intake", "0002_walls"),
    ]
    operations = [
        Walls(
            "masterdata",
            [
                "Customer",
                "Item",
                "TaxCode",
                "PaymentTerm",
                "BankAccount",
                "ExchangeRate",
            ],
        ),
    ]
