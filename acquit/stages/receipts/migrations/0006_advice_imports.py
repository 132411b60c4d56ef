import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import acquit.database.models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0002_walls"),
        ("receipts", "0005_lines_by_day"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="advice",
            name="receipts_advice_frozen",
        ),
        migrations.RemoveConstraint(
            model_name="advice",
            name="receipts_advice_once",
        ),
        migrations.AddField(
            model_name="advice",
            name="import_run",
            field=acquit.database.models.Link(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="intake.importrun",
            ),
        ),
        migrations.AddField(
            model_name="advice",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="advicepart",
            name="place",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddIndex(
            model_name="advice",
            index=models.Index(fields=["company", "import_run"], name="receipts_advice_run"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="advice",
            trigger=pgtrigger.compiler.Trigger(
                name="receipts_advice_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."payer_name" IS DISTINCT FROM (NEW."payer_name") OR OLD."payer_iban" IS DISTINCT FROM (NEW."payer_iban") OR OLD."paid_on" IS DISTINCT FROM (NEW."paid_on") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."parts" IS DISTINCT FROM (NEW."parts") OR OLD."archive_digest" IS DISTINCT FROM (NEW."archive_digest") OR OLD."filename" IS DISTINCT FROM (NEW."filename") OR OLD."import_run_id" IS DISTINCT FROM (NEW."import_run_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="f934d72d64b031b16e2c3a125df8aa53f00be4f4",
                    operation="UPDATE",
                    pgid="pgtrigger_receipts_advice_frozen_9e65a",
                    table="receipts_advice",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="advice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("company", "kind", "number", "payer_name", "currency", "paid_on"),
                name="receipts_advice_once",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE receipts_advice ADD CONSTRAINT receipts_advice_import_run_id_wall_fk"
            " FOREIGN KEY (company_id, import_run_id) REFERENCES intake_run (company_id, id)",
            "ALTER TABLE receipts_advice DROP CONSTRAINT receipts_advice_import_run_id_wall_fk",
        ),
    ]
