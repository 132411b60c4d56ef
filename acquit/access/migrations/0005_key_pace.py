"""How often each key is used: a table that the database does not log."""

from django.db import migrations, models
from django.db.models import PROTECT

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_company_settings"),
    ]
    operations = [
        migrations.CreateModel(
            name="KeyPace",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("minute", models.DateTimeField()),
                ("used", models.IntegerField()),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="access.company",
                    ),
                ),
            ],
            options={"db_table": "access_key_pace"},
        ),
        Walls("access", ["KeyPace"]),
        # Written by every request of a program: half of each row is free, so a new count finds its
        # place beside the old one and no index changes.
        migrations.RunSQL(
            'ALTER TABLE "access_key_pace" SET UNLOGGED, SET (fillfactor = 50)',
            migrations.RunSQL.noop,
        ),
    ]
