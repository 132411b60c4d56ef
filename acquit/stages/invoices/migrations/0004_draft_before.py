"""What drafts were before the acts on them, so that an act can be taken back."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models
from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("invoices", "0003_scheduled"),
    ]

    operations = [
        migrations.CreateModel(
            name="DraftBefore",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("act", models.UUIDField()),
                ("command", models.CharField(max_length=60)),
                ("was", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
                ("undoes", models.UUIDField(null=True)),
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
                    "draft",
                    acquit.database.models.Link(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.draft",
                    ),
                ),
            ],
            options={
                "db_table": "invoices_draft_before",
                "indexes": [
                    models.Index(fields=["company", "draft", "id"], name="invoices_draft_acts")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "act", "draft"), name="invoices_draft_before_once"
                    ),
                    models.UniqueConstraint(
                        fields=("company", "undoes", "draft"), name="invoices_draft_undone_once"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="draftbefore",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_draft_before_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table',"
                    " TG_TABLE_NAME;",
                    hash="3d03684a948ef8f90a06740c50db06bf07a40df1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_invoices_draft_before_append_only_396f7",
                    table="invoices_draft_before",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="draftbefore",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_draft_before_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'invoices_draft_before is append-only'"
                    " USING ERRCODE = 'restrict_violation';",
                    hash="0de36c9c23fe5192720d42aeca3c7564c0f60607",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_invoices_draft_before_no_truncate_7e8e5",
                    table="invoices_draft_before",
                    when="BEFORE",
                ),
            ),
        ),
        Walls("invoices", ["DraftBefore"]),
    ]
