"""How often a customer's rests were closed is read by an index of the few rows that close one."""

from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("receivables", "0004_few_reversals")]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(
                models.F("company"),
                Coalesce("debit_customer", "credit_customer"),
                models.F("effective_on"),
                condition=models.Q(("adjustment", ""), _negated=True),
                name="receivables_alloc_adjusted",
            ),
        ),
    ]
