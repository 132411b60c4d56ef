"""What a payout paid that took back more: a receipt of its own kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0008_returned_lines")]

    operations = [
        migrations.RemoveConstraint("receipt", "receipts_receipt_method"),
        migrations.AddConstraint(
            "receipt",
            models.CheckConstraint(
                name="receipts_receipt_method",
                condition=models.Q(
                    ("method__in", ("bank", "cash", "card", "cheque", "direct_debit", "payout"))
                ),
            ),
        ),
        *(
            migrations.AddIndex(
                "advicepart",
                models.Index(
                    fields=["company", word],
                    name=f"receipts_part_{word}",
                    condition=models.Q(("kind", "payment"), models.Q((word, ""), _negated=True)),
                ),
            )
            for word in ("reference", "document")
        ),
    ]
