"""Drafts that wait for the end of their grace time, or for a date of their own."""

from django.db import migrations, models

STATES = ("review", "ready", "discarded", "held", "issued", "scheduled")


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0002_walls"),
    ]
    operations = [
        migrations.AddField(
            model_name="draft", name="issue_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(model_name="draft", name="issue_on", field=models.DateField(null=True)),
        migrations.RemoveConstraint(model_name="draft", name="invoices_draft_state"),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", STATES)), name="invoices_draft_state"
            ),
        ),
    ]
