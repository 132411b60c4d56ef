"""Suggestions come by their money and how long it waits: each keeps its place."""

from django.db import migrations, models

# As receivables.queries.turns says it; what was decided waits no longer.
FILL = """
UPDATE matching_proposal AS p SET turn =
    (i.effective_on - DATE '2000-01-01')::bigint * 1000000 / 7
    - (ln(greatest(i.open_functional_minor, 1)::double precision)
        / ln(2::double precision) * 1000000)::bigint
FROM receivables_open_item i
WHERE p.state = 'proposed' AND i.company_id = p.company_id AND i.receipt_id = p.receipt_id
"""
# Money that was applied by hand and of which nothing is left.
END = """
UPDATE matching_proposal AS p SET state = 'superseded', decided_at = i.moved_at
FROM (SELECT i.company_id, i.receipt_id, max(a.recorded_at) AS moved_at
    FROM receivables_open_item i JOIN receivables_allocation a
        ON a.company_id = i.company_id AND a.credit_item_id = i.id
    WHERE i.kind = 'receipt' AND i.open_minor = 0 GROUP BY 1, 2) AS i
WHERE p.state = 'proposed' AND i.company_id = p.company_id AND i.receipt_id = p.receipt_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0011_seen"),
        ("receivables", "0007_fewer_index_rows"),
    ]
    operations = [
        migrations.RemoveIndex("proposal", "matching_proposal_best"),
        migrations.AddField("proposal", "turn", models.BigIntegerField(default=0, db_default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(END, migrations.RunSQL.noop),
        migrations.AddIndex(
            "proposal",
            models.Index(
                condition=models.Q(("rank", 1), ("state", "proposed")),
                fields=["company", "action", "turn", "id"],
                include=("receipt", "probability"),
                name="matching_proposal_turn",
            ),
        ),
    ]
