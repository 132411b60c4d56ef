"""Money that a person put aside."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models
from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_remembered"),
        ("matching", "0009_returns_without_money"),
        ("receipts", "0010_bundles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Aside",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=10)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("state", models.CharField(default="aside", max_length=10)),
                ("put_at", models.DateTimeField()),
                ("put_by", models.CharField(max_length=200)),
                ("taken_up_at", models.DateTimeField(null=True)),
                ("taken_up_by", models.CharField(blank=True, max_length=200)),
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
                (
                    "receipt",
                    acquit.database.models.Link(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="receipts.receipt",
                    ),
                ),
            ],
            options={
                "db_table": "matching_aside",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("aside", "taken_up"))),
                        name="matching_aside_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ("account", "foreign"))),
                        name="matching_aside_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "aside")),
                        fields=("company", "receipt"),
                        name="matching_aside_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "aside"), ("taken_up_at", None)),
                            models.Q(("state", "taken_up"), ("taken_up_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="matching_aside_taken_up",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aside",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_aside_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."receipt_id" IS DISTINCT FROM (NEW."receipt_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."put_at" IS DISTINCT FROM (NEW."put_at") OR OLD."put_by" IS DISTINCT FROM (NEW."put_by"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="17f2d3d4507fa91ed23215d087d82a45a72a92cd",
                    operation="UPDATE",
                    pgid="pgtrigger_matching_aside_frozen_bc7df",
                    table="matching_aside",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aside",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_aside_no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b31c737789d31b4e10af17f0f408ed51c09d785a",
                    operation="DELETE",
                    pgid="pgtrigger_matching_aside_no_delete_2fb29",
                    table="matching_aside",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aside",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_aside_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'matching_aside is append-only' USING ERRCODE = 'restrict_violation';",
                    hash="cdcbce0434a1f9976e1734ac00b5cc4826313e89",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_matching_aside_no_truncate_f9749",
                    table="matching_aside",
                    when="BEFORE",
                ),
            ),
        ),
        Walls("matching", ["Aside"]),
    ]
