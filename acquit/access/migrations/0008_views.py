"""Filters of lists kept under a name."""

from django.db import migrations, models
from django.db.models import PROTECT, Q

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_design"),
    ]
    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("list_name", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
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
                    "owner",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="access.user"
                    ),
                ),
            ],
            options={
                "db_table": "access_saved_view",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["company", "list_name", "owner", "name"], name="access_view_once"
                    ),
                    models.UniqueConstraint(
                        fields=["company", "list_name", "name"],
                        condition=Q(is_shared=True),
                        name="access_view_shared_once",
                    ),
                    models.CheckConstraint(
                        name="access_view_owned",
                        condition=Q(is_shared=True) | Q(owner__isnull=False),
                    ),
                ],
            },
        ),
        Walls("access", ["SavedView"]),
    ]
