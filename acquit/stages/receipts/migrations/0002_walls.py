"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0001_initial"),
        ("masterdata", "0002_walls"),
    ]
    operations = [
        Walls(
            "receipts",
            [
                "Statement",
                "BankLine",
                "BankDay",
                "Receipt",
                "Series",
            ],
        ),
    ]
