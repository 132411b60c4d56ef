from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0002_walls")]
    operations = [
        migrations.AddIndex(
            "proposal",
            models.Index(
                fields=["company", "created_at", "id"],
                include=["action", "currency", "total_minor"],
                name="matching_proposal_accepted",
                condition=models.Q(state="accepted"),
            ),
        ),
        migrations.AddIndex(
            "proposal",
            models.Index(
                fields=["company", "action", "probability"],
                include=["receipt", "id"],
                name="matching_proposal_best",
                condition=models.Q(state="proposed", rank=1),
            ),
        ),
    ]
