"""Checks of how much a role may do alone (I40)."""

from __future__ import annotations

from acquit.stages.insight.verify.source import Invariant, by_sql

# A limit is saved again and again: it is what was saved last.
LIMITS = """
    SELECT 'limit of ' || t.role || ' for ' || t.command, 'is ' || CAST(t.amount_minor AS text) ||
        ' ' || t.currency || '; fact ' || coalesce(CAST(f.seq AS text), '-') || ' says ' ||
        coalesce(f.payload->>'amount_minor', 'nothing')
    FROM access_limit t LEFT JOIN (
        SELECT subject_id, max(seq) AS seq FROM history_fact
        WHERE company_id = %(company)s AND kind = 'access.LimitSaved' GROUP BY subject_id
    ) AS last ON last.subject_id = t.id
    LEFT JOIN history_fact f ON f.company_id = t.company_id AND f.seq = last.seq
    WHERE t.company_id = %(company)s AND (f.id IS NULL OR f.payload->>'role' <> t.role
        OR f.payload->>'command' <> t.command OR f.payload->>'currency' <> t.currency
        OR CAST(f.payload->>'amount_minor' AS bigint) <> t.amount_minor)
    UNION ALL
    SELECT 'fact ' || CAST(f.seq AS text) || ' (' || f.kind || ')', 'its limit is gone'
    FROM history_fact f LEFT JOIN access_limit t
        ON t.company_id = f.company_id AND t.id = f.subject_id
    WHERE f.company_id = %(company)s AND f.kind = 'access.LimitSaved' AND t.id IS NULL
"""

INVARIANTS = (Invariant("I40", "a limit is what was saved last", by_sql(LIMITS)),)
