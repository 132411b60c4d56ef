"""What statements repeat of the payers' words about their documents."""

from django.db import migrations, models

_KINDS = ("payout", "notification", "remittance", "bundle", "balance", "statement")


class Migration(migrations.Migration):
    dependencies = [("receipts", "0012_balances")]

    operations = [
        migrations.RemoveConstraint("advice", "receipts_advice_kind"),
        migrations.AddConstraint(
            "advice",
            models.CheckConstraint(
                name="receipts_advice_kind", condition=models.Q(("kind__in", _KINDS))
            ),
        ),
    ]
