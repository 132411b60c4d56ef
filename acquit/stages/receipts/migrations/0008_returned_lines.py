"""What the bank says of money that came back, beside the movement that took it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0007_advice_sources")]

    operations = [
        migrations.AddField(
            "bankline",
            "mandate_id",
            models.CharField(blank=True, db_default="", max_length=35),
        ),
        migrations.AddField(
            "bankline",
            "return_reason",
            models.CharField(blank=True, db_default="", max_length=35),
        ),
        migrations.AddField(
            "bankline",
            "is_reversal",
            models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            "bankline",
            "charges_minor",
            models.BigIntegerField(db_default=0, default=0),
        ),
    ]
