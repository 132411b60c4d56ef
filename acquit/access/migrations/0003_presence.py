"""Who works where right now."""

from django.db import migrations, models
from django.db.models import PROTECT

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_walls"),
    ]
    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField()),
                ("seen_at", models.DateTimeField()),
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
                (
                    "user",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="access.user"),
                ),
            ],
            options={
                "db_table": "access_presence",
                "constraints": [
                    models.UniqueConstraint(fields=["company", "user"], name="access_presence_once")
                ],
            },
        ),
        Walls("access", ["Presence"]),
    ]
