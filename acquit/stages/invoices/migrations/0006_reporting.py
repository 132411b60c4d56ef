"""The clocks of documents that a tax office wants."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models
from acquit.database.walls import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_vat_due"),
        ("invoices", "0005_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reporting",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("issued_on", models.DateField()),
                ("report_by", models.DateField()),
                ("reported_on", models.DateField(null=True)),
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
                    acquit.database.models.SetLink(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.document",
                    ),
                ),
            ],
            options={
                "db_table": "invoices_reporting",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reported_on__isnull", True)),
                        fields=["company", "-issued_on", "-document"],
                        include=("report_by",),
                        name="invoices_reporting_due",
                    ),
                    models.Index(
                        condition=models.Q(("reported_on__isnull", False)),
                        fields=["company", "-issued_on", "-document"],
                        name="invoices_reporting_done",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "document"), name="invoices_reporting_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reported_on__isnull", True),
                            ("reported_on__gte", models.F("issued_on")),
                            _connector="OR",
                        ),
                        name="invoices_reporting_after_issue",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reporting",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_reporting_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."issued_on" IS DISTINCT FROM (NEW."issued_on") OR OLD."report_by" IS DISTINCT FROM (NEW."report_by"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="7128222a26a79804aa8ca9c299d7d985a0fc6089",
                    operation="UPDATE",
                    pgid="pgtrigger_invoices_reporting_frozen_97ffd",
                    table="invoices_reporting",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reporting",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_reporting_no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="e1f968261ca598c265725c40bad4993e791527e8",
                    operation="DELETE",
                    pgid="pgtrigger_invoices_reporting_no_delete_db166",
                    table="invoices_reporting",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reporting",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_reporting_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'invoices_reporting is append-only' USING ERRCODE = 'restrict_violation';",
                    hash="e5884fada351eaf22f6ff31b3d64c01ef7a4f2fe",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_invoices_reporting_no_truncate_ec349",
                    table="invoices_reporting",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reporting",
            trigger=pgtrigger.compiler.Trigger(
                name="invoices_reporting_links",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE used record; found bigint;",
                    func="\n    FOR used IN\n        SELECT company_id, array_agg(DISTINCT document_id) AS ids\n        FROM new_rows WHERE document_id IS NOT NULL GROUP BY company_id\n    LOOP\n        EXECUTE 'SELECT count(*) FROM invoices_document WHERE company_id = $1 AND id = ANY($2)'\n            INTO found USING used.company_id, used.ids;\n        IF found <> cardinality(used.ids) THEN\n            RAISE EXCEPTION 'invoices_reporting.document_id names a row that invoices_document does not have'\n                USING ERRCODE = 'foreign_key_violation';\n        END IF;\n    END LOOP;\n    RETURN NULL;",
                    hash="06b28ba83a2e24fd8c9ad6ac1c8211f2e55deee1",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_invoices_reporting_links_34342",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="invoices_reporting",
                    when="AFTER",
                ),
            ),
        ),
        Walls("invoices", ["Reporting"]),
    ]
