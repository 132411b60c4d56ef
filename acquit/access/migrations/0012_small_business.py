"""Companies that charge no VAT for a time, and the tax number of those without a VAT identifier."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_remembered"),
    ]
    operations = [
        migrations.AddField("company", "small_business_from", models.DateField(null=True)),
        migrations.AddField("company", "small_business_until", models.DateField(null=True)),
        migrations.AddField(
            "company", "tax_number", models.CharField(blank=True, default="", max_length=30)
        ),
    ]
