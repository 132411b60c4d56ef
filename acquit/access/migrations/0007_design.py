"""The design of a company's papers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_sessions"),
    ]
    operations = [
        migrations.AddField(
            model_name="company",
            name="design",
            field=models.CharField(default="modern", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(("design__in", ("modern", "classic", "compact"))),
                name="access_company_design",
            ),
        ),
    ]
