from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from acquit.database.parts import Pieces


class Migration(migrations.Migration):
    dependencies = [("invoices", "0004_draft_before"), ("history", "0003_parts")]
    operations = [
        migrations.AddIndex("document", GinIndex(Pieces("number"), name="invoices_document_parts")),
    ]
