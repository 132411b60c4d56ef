"""What networks were told of documents by themselves."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models
from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_people_and_jobs"),
        ("dispatch", "0004_recent"),
        ("invoices", "0005_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatusMessage",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("allocation_id", models.UUIDField()),
                ("status", models.CharField(max_length=3)),
                ("number", models.CharField(max_length=60)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("effective_on", models.DateField()),
                ("rule", models.CharField(max_length=100)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("faults", models.JSONField(default=list)),
                ("issued_at", models.DateTimeField()),
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
                    "document",
                    acquit.database.models.Link(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.document",
                    ),
                ),
            ],
            options={
                "db_table": "dispatch_status",
                "indexes": [
                    models.Index(
                        fields=["company", "-issued_at", "-id"], name="dispatch_status_recent"
                    ),
                    models.Index(fields=["company", "document"], name="dispatch_status_document"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "allocation_id"), name="dispatch_status_once"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statusmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="dispatch_status_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e2c203dceffce517e5eedbca982fe32aab4066f9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_dispatch_status_append_only_4a269",
                    table="dispatch_status",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statusmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="dispatch_status_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'dispatch_status is append-only' USING ERRCODE = 'restrict_violation';",
                    hash="18aef75647aa3b6b0de9645ff504e7683ba28be9",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_dispatch_status_no_truncate_bb867",
                    table="dispatch_status",
                    when="BEFORE",
                ),
            ),
        ),
        Walls("dispatch", ["StatusMessage"]),
    ]
