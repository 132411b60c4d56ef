"""What a customer declares in the portal that one transfer will be for: an advice of its own kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0009_payout_receipts")]

    operations = [
        migrations.RemoveConstraint("advice", "receipts_advice_kind"),
        migrations.AddConstraint(
            "advice",
            models.CheckConstraint(
                name="receipts_advice_kind",
                condition=models.Q(
                    ("kind__in", ("payout", "notification", "remittance", "bundle"))
                ),
            ),
        ),
    ]
