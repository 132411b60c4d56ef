from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0002_walls")]
    operations = [
        migrations.AddIndex(
            "proposal",
            models.Index(
                fields=["company", "created_at"],
                name="matching_proposal_accepted",
                condition=models.Q(state="accepted"),
            ),
        ),
    ]
