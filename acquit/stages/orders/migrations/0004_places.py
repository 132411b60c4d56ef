from django.db import migrations, models


class Migration(migrations.Migration):
    """Where goods go that do not go to the customer's own address."""

    dependencies = [("orders", "0003_unbilled")]

    operations = [
        migrations.AddField("order", "deliver_to", models.JSONField(null=True)),
        migrations.AddField("delivery", "deliver_to", models.JSONField(null=True)),
    ]
