"""Movements of a balance at a payment provider, and transfers of it to the bank."""

from django.db import migrations, models

_KINDS = {
    "advice": ("payout", "notification", "remittance", "bundle", "balance"),
    "advicepart": ("payment", "refund", "chargeback", "fee", "adjustment", "transfer"),
}
_NAMES = {"advice": "receipts_advice_kind", "advicepart": "receipts_advice_part_kind"}


class Migration(migrations.Migration):
    dependencies = [("receipts", "0011_payouts_of_nothing")]

    operations = [
        operation
        for model, name in _NAMES.items()
        for operation in (
            migrations.RemoveConstraint(model, name),
            migrations.AddConstraint(
                model,
                models.CheckConstraint(name=name, condition=models.Q(("kind__in", _KINDS[model]))),
            ),
        )
    ]
