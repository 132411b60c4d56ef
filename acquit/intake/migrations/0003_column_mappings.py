import django.db.models.deletion
from django.db import migrations, models

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_sessions"),
        ("intake", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("shape", models.CharField(max_length=64)),
                ("sender", models.CharField(blank=True, max_length=254)),
                ("layout", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                ("actor_name", models.CharField(max_length=200)),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.company",
                    ),
                ),
            ],
            options={
                "db_table": "intake_mapping",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "kind", "shape", "sender"), name="intake_mapping_once"
                    )
                ],
            },
        ),
        Walls("intake", ["ColumnMapping"]),
    ]
