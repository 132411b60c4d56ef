"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0001_initial"),
        ("orders", "0002_walls"),
    ]
    operations = [
        Walls(
            "invoices",
            [
                "BillingRun",
                "Draft",
                "Series",
                "PartySnapshot",
                "Document",
                "Line",
                "TaxLine",
            ],
        ),
    ]
