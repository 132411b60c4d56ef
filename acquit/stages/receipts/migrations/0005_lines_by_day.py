from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0004_advices")]

    operations = [
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                fields=["company", "bank_account", "booked_on"], name="receipts_bank_line_day"
            ),
        ),
    ]
