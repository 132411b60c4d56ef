"""What undoes is looked up among the few rows that do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivables", "0003_matching_and_adjustments")]

    operations = [
        migrations.RemoveConstraint(model_name="allocation", name="receivables_reversed_once"),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)),
                fields=("company", "reverses"),
                name="receivables_reversed_once",
            ),
        ),
        migrations.RemoveIndex(model_name="openitem", name="receivables_item_number"),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("kind", "receipt"), _negated=True),
                fields=["company", "number_key"],
                name="receivables_item_number",
            ),
        ),
    ]
