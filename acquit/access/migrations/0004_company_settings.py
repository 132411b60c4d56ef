"""A logo, and the time in which what was pressed to be sent can be recalled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_presence"),
    ]
    operations = [
        migrations.AddField(
            model_name="company",
            name="logo",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="company",
            name="grace_minutes",
            field=models.PositiveSmallIntegerField(default=10),
        ),
    ]
