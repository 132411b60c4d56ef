"""Composite keys and references, and row-level security, around this app's tables."""

from django.db import migrations

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0001_initial"),
        ("access", "0002_walls"),
    ]
    operations = [
        Walls(
            "history",
            [
                "FactRecord",
                "ChainHead",
                "ArchivedBytes",
            ],
        ),
        # Parts of archived files are read by their bytes: stored as they are, a part is found
        # without unpacking the whole.
        migrations.RunSQL(
            "ALTER TABLE history_archive ALTER COLUMN body SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
