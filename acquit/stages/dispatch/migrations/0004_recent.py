from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_views"),
        ("dispatch", "0003_rejection"),
        ("invoices", "0005_parts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["company", "-queued_at", "-id"], name="dispatch_recent"),
        ),
    ]
