"""The function behind the indexes that find parts of texts; its first user is an app above."""

from django.db import migrations

from acquit.database.parts import FUNCTION


class Migration(migrations.Migration):
    dependencies = [("history", "0002_walls")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION acquit_pieces(text)"),
    ]
