"""Indexes that cost less to add to: movements stand by their day, the latest receipts come last,
and only receipts of payouts stand in the index of payouts."""

from django.db import migrations, models


def _index(name: str, *columns: str) -> models.Index:
    conditions = [~models.Q(**{column: ""}) for column in columns]
    fields = ["company", *columns, "received_on", "id"]
    return models.Index(name=name, fields=fields, condition=conditions[0] if conditions else None)


class Migration(migrations.Migration):
    dependencies = [("receipts", "0013_told_in_statements")]

    operations = [
        # The keys of contents are in no order: one file's stood all over the index.
        migrations.RemoveConstraint(model_name="bankline", name="receipts_bank_line_once"),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(
                fields=("company", "bank_account", "booked_on", "content_key", "occurrence"),
                name="receipts_bank_line_once",
            ),
        ),
        migrations.RemoveIndex(model_name="bankline", name="receipts_bank_line_day"),
        migrations.RemoveConstraint(model_name="receipt", name="receipts_advice_paid_once"),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("advice__isnull", False)),
                fields=("company", "advice"),
                name="receipts_advice_paid_once",
            ),
        ),
        migrations.RemoveIndex(model_name="receipt", name="receipts_recent"),
        migrations.AddIndex(model_name="receipt", index=_index("receipts_recent")),
        migrations.RemoveIndex(model_name="receipt", name="receipts_payer_iban"),
        migrations.AddIndex("receipt", _index("receipts_payer_iban", "payer_iban")),
        migrations.RemoveIndex(model_name="receipt", name="receipts_payer_name"),
        migrations.AddIndex("receipt", _index("receipts_payer_name", "payer_name")),
    ]
