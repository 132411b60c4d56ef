import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0006_advice_imports"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="advice",
            name="receipts_advice_frozen",
        ),
        migrations.AddField(
            model_name="advice",
            name="source_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="advice",
            trigger=pgtrigger.compiler.Trigger(
                name="receipts_advice_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."payer_name" IS DISTINCT FROM (NEW."payer_name") OR OLD."payer_iban" IS DISTINCT FROM (NEW."payer_iban") OR OLD."paid_on" IS DISTINCT FROM (NEW."paid_on") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."parts" IS DISTINCT FROM (NEW."parts") OR OLD."archive_digest" IS DISTINCT FROM (NEW."archive_digest") OR OLD."source_digest" IS DISTINCT FROM (NEW."source_digest") OR OLD."filename" IS DISTINCT FROM (NEW."filename") OR OLD."import_run_id" IS DISTINCT FROM (NEW."import_run_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="009520b9a086f037f4965d6a0ff7f46d92d10c45",
                    operation="UPDATE",
                    pgid="pgtrigger_receipts_advice_frozen_9e65a",
                    table="receipts_advice",
                    when="BEFORE",
                ),
            ),
        ),
    ]
