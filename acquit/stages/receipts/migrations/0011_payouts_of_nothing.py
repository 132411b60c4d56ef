"""A payout that moves no money on the bank has a receipt all the same: of its advice."""

import django.db.models.deletion
from django.db import migrations, models

import acquit.database.models

_PAID = (
    "ALTER TABLE receipts_receipt DISABLE TRIGGER USER;"
    " UPDATE receipts_receipt r SET advice_id = (SELECT a.id FROM receipts_advice a"
    "  WHERE a.company_id = r.company_id AND a.bank_line_id = r.bank_line_id"
    "  AND a.kind = 'payout' ORDER BY a.id LIMIT 1) WHERE r.method = 'payout';"
    " ALTER TABLE receipts_receipt ENABLE TRIGGER USER"
)


class Migration(migrations.Migration):
    dependencies = [("receipts", "0010_bundles")]

    operations = [
        migrations.AddField(
            "receipt",
            "advice",
            acquit.database.models.Link(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="receipts.advice",
            ),
        ),
        migrations.RunSQL(_PAID, ""),
        migrations.AddConstraint(
            "receipt",
            models.UniqueConstraint(fields=("company", "advice"), name="receipts_advice_paid_once"),
        ),
        migrations.AddConstraint(
            "receipt",
            models.CheckConstraint(
                name="receipts_receipt_of_payout",
                condition=models.Q(method="payout", advice__isnull=False)
                | ~models.Q(method="payout") & models.Q(advice=None),
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE receipts_receipt ADD CONSTRAINT receipts_receipt_advice_id_wall_fk"
            " FOREIGN KEY (company_id, advice_id) REFERENCES receipts_advice (company_id, id)",
            "ALTER TABLE receipts_receipt DROP CONSTRAINT receipts_receipt_advice_id_wall_fk",
        ),
    ]
