from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from acquit.database.parts import Pieces


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0003_payer_keys"), ("history", "0003_parts")]
    operations = [
        migrations.AddIndex(
            "customer",
            GinIndex(Pieces("number", "name", "vat_id", "email"), name="masterdata_customer_parts"),
        ),
    ]
