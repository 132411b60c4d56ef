"""What came back of a sending."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0002_walls")]
    operations = [
        migrations.AddField(
            model_name="dispatch",
            name="rejection",
            field=models.JSONField(null=True),
        ),
    ]
