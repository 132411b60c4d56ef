"""When a company's VAT is due, where it chose another day than the law's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_people_and_jobs"),
    ]
    operations = [
        migrations.AddField(
            model_name="company",
            name="vat_due",
            field=models.CharField(blank=True, default="", max_length=8),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_due__in", ("", "invoice", "payment"))),
                name="access_company_vat_due",
            ),
        ),
    ]
