"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("webhook", "0001_initial"),
        ("access", "0002_walls"),
        ("history", "0002_walls"),
    ]
    operations = [
        Walls(
            "webhook",
            [
                "Endpoint",
                "Delivery",
            ],
        ),
    ]
