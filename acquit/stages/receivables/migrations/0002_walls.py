"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("receivables", "0001_initial"),
        ("invoices", "0002_walls"),
        ("receipts", "0002_walls"),
    ]
    operations = [
        Walls(
            "receivables",
            [
                "OpenItem",
                "Allocation",
                "PayerChange",
            ],
        ),
    ]
