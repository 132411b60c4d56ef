"""What a caller was answered last is found along an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0012_small_business"),
    ]
    operations = [
        migrations.AddIndex(
            model_name="idempotencykey",
            index=models.Index(
                fields=["company", "caller", "created_at"], name="access_key_lately"
            ),
        ),
    ]
