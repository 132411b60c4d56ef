"""The key of a posting is its entry and line. Nothing refers to a posting, so its id needs no index
of its own: it only gives postings of one day an order."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_pkey,"
            " DROP CONSTRAINT ledger_posting_line,"
            " ADD CONSTRAINT ledger_posting_line PRIMARY KEY (company_id, entry_id, line_no)",
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_line,"
            " ADD CONSTRAINT ledger_posting_pkey PRIMARY KEY (company_id, id),"
            " ADD CONSTRAINT ledger_posting_line UNIQUE (company_id, entry_id, line_no)",
        )
    ]
