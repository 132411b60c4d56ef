from django.db import migrations, models


class Migration(migrations.Migration):
    """What a customer wants to read on all his documents: contract and cost centre."""

    dependencies = [("masterdata", "0005_fold_names")]

    operations = [
        migrations.AddField(
            "customer",
            "contract",
            models.CharField(blank=True, default="", db_default="", max_length=80),
        ),
        migrations.AddField(
            "customer",
            "buyer_accounting",
            models.CharField(blank=True, default="", db_default="", max_length=80),
        ),
    ]
