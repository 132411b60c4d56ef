"""Examples that policies over documents must decide as told."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_walls"),
        ("policy", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyExample",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=200)),
                ("customer_number", models.CharField(max_length=40)),
                ("customer_country", models.CharField(max_length=2)),
                ("customer_segment", models.CharField(blank=True, max_length=40)),
                ("document", models.JSONField()),
                ("proves", models.CharField(blank=True, max_length=300)),
                ("expected", models.CharField(max_length=6)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("dropped_at", models.DateTimeField(null=True)),
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
                "db_table": "policy_example",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expected__in", ("pass", "refuse"))),
                        name="policy_example_expected",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("dropped_at__isnull", True)),
                        fields=("company", "name", "title"),
                        name="policy_example_title",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyexample",
            trigger=pgtrigger.compiler.Trigger(
                name="policy_example_no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table',"
                    " TG_TABLE_NAME;",
                    hash="b7a8f1cf528a59cb38f5306f34c71b7a05ef8217",
                    operation="DELETE",
                    pgid="pgtrigger_policy_example_no_delete_d70f8",
                    table="policy_example",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyexample",
            trigger=pgtrigger.compiler.Trigger(
                name="policy_example_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'policy_example is append-only'"
                    " USING ERRCODE = 'restrict_violation';",
                    hash="02e80c30e31677ae263328e2641c277c4abb739a",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_policy_example_no_truncate_7f9db",
                    table="policy_example",
                    when="BEFORE",
                ),
            ),
        ),
        Walls("policy", ["PolicyExample"]),
    ]
