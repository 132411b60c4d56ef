"""What a payout of exactly nothing took back has no bank line."""

import django.db.models.deletion
from django.db import migrations

import acquit.database.models


class Migration(migrations.Migration):
    dependencies = [("matching", "0008_chargebacks"), ("receipts", "0011_payouts_of_nothing")]

    operations = [
        migrations.AlterField(
            "return",
            "bank_line",
            acquit.database.models.Link(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="receipts.bankline",
            ),
        ),
    ]
