"""Checks of what was delivered, of sending and of importing: I20, I29, I30, I33."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from acquit.stages.insight.verify.source import Broken, Invariant, Source, by_sql
from acquit.stages.receipts.rules.advising import parts_digest

OUTBOX = """
    SELECT 'dispatch to ' || p.recipient || ' of ' || d.number, 'is ' || p.state ||
        ' but no fact says so'
    FROM dispatch_dispatch p
    JOIN invoices_document d ON d.company_id = p.company_id AND d.id = p.document_id
    LEFT JOIN history_fact f ON f.company_id = p.company_id AND f.subject_id = d.id
        AND f.kind = 'dispatch.DocumentSent' AND f.payload->>'dispatch_id' = CAST(p.id AS text)
    WHERE p.company_id = %(company)s AND p.state IN ('sent', 'delivered') AND f.id IS NULL
    UNION ALL
    SELECT 'fact ' || CAST(f.seq AS text) || ' (' || f.kind || ')', 'its dispatch is gone'
    FROM history_fact f LEFT JOIN dispatch_dispatch p
        ON p.company_id = f.company_id AND CAST(p.id AS text) = f.payload->>'dispatch_id'
    WHERE f.company_id = %(company)s AND f.kind = 'dispatch.DocumentSent' AND p.id IS NULL
"""
ONCE = """
    SELECT 'document ' || d.number, CAST(count(*) AS text) || ' deliveries over ' || p.channel ||
        ' to ' || p.recipient
    FROM dispatch_dispatch p
    JOIN invoices_document d ON d.company_id = p.company_id AND d.id = p.document_id
    WHERE p.company_id = %(company)s
    GROUP BY d.number, p.version, p.channel, p.recipient HAVING count(*) > 1
    UNION ALL
    SELECT 'message ' || p.message_id, 'is the identity of ' || CAST(count(*) AS text) ||
        ' deliveries'
    FROM dispatch_dispatch p WHERE p.company_id = %(company)s
    GROUP BY p.message_id HAVING count(*) > 1
"""
IMPORTS = """
    SELECT 'import of ' || r.filename, CAST(r.accepted AS text) || ' accepted + ' ||
        CAST(r.rejected AS text) || ' rejected + ' || CAST(r.duplicate AS text) ||
        ' duplicate are not ' || CAST(r.rows AS text) || ' rows'
    FROM intake_run r
    WHERE r.company_id = %(company)s AND r.accepted + r.rejected + r.duplicate <> r.rows
"""
# A statement that was parked for its difference and taken by a person keeps the difference.
STATEMENTS = """
    SELECT 'statement ' || s.reference, 'opening ' || CAST(s.opening_minor AS text) || ' and '
        || CAST(coalesce(sum(l.amount_minor), 0) AS text) || ' of movements are not closing ' ||
        CAST(s.closing_minor AS text)
    FROM receipts_statement s
    JOIN history_fact f ON f.company_id = s.company_id AND f.subject_id = s.id
        AND f.kind = 'receipts.StatementImported' AND CAST(f.payload->>'known' AS bigint) = 0
    LEFT JOIN receipts_bank_line l ON l.company_id = s.company_id AND l.statement_id = s.id
    WHERE s.company_id = %(company)s AND s.state = 'accepted'
        AND s.opening_minor IS NOT NULL AND s.closing_minor IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM history_fact p WHERE p.company_id = s.company_id
            AND p.subject_id = s.id AND p.kind = 'receipts.StatementParked')
    GROUP BY s.id, s.reference, s.opening_minor, s.closing_minor
    HAVING s.opening_minor + coalesce(sum(l.amount_minor), 0) <> s.closing_minor
    UNION ALL
    SELECT 'statement ' || s.reference, CAST(count(l.id) AS text) || ' lines are kept of ' ||
        CAST(f.payload->>'new' AS text) || ' new ones'
    FROM receipts_statement s
    JOIN history_fact f ON f.company_id = s.company_id AND f.subject_id = s.id
        AND f.kind = 'receipts.StatementImported'
    LEFT JOIN receipts_bank_line l ON l.company_id = s.company_id AND l.statement_id = s.id
    WHERE s.company_id = %(company)s GROUP BY s.id, s.reference, f.seq, f.payload
    HAVING count(l.id) <> CAST(f.payload->>'new' AS bigint)
"""
# Statements to come are held against these days: a wrong one would take money twice, or not.
DAYS = """
    SELECT 'bank day ' || CAST(d.booked_on AS text) || ' of ' || b.iban,
        'opens with ' || CAST(d.opening_minor AS text) || ', moves ' || CAST(d.moved_minor AS text)
        || ' and closes with ' || CAST(d.closing_minor AS text)
    FROM receipts_bank_day d JOIN masterdata_bank_account b
        ON b.company_id = d.company_id AND b.id = d.bank_account_id
    WHERE d.company_id = %(company)s AND d.opening_minor + d.moved_minor <> d.closing_minor
    UNION ALL
    SELECT 'bank day ' || CAST(d.booked_on AS text) || ' of ' || b.iban,
        'says that ' || CAST(d.moved_minor AS text) || ' moved; its lines say ' ||
        CAST(coalesce(sum(l.amount_minor), 0) AS text)
    FROM receipts_bank_day d
    JOIN masterdata_bank_account b ON b.company_id = d.company_id AND b.id = d.bank_account_id
    LEFT JOIN receipts_bank_line l ON l.company_id = d.company_id
        AND l.bank_account_id = d.bank_account_id AND l.booked_on = d.booked_on
    WHERE d.company_id = %(company)s GROUP BY d.id, d.booked_on, d.moved_minor, b.iban
    HAVING d.moved_minor <> coalesce(sum(l.amount_minor), 0)
"""
BILLED = """
    SELECT 'document ' || d.number, 'line ' || CAST(l.line_no AS text) || ' bills ' ||
        CAST(l.quantity AS text) || ' at ' || CAST(l.unit_price AS text) || '; delivery ' ||
        v.number || ' handed over ' || CAST(x.quantity AS text) || ' at ' ||
        CAST(o.unit_price AS text)
    FROM invoices_line l
    JOIN invoices_document d ON d.company_id = l.company_id AND d.id = l.document_id
    JOIN orders_delivery_line x ON x.company_id = l.company_id AND x.id = l.delivery_line_id
    JOIN orders_delivery v ON v.company_id = x.company_id AND v.id = x.delivery_id
    JOIN orders_line o ON o.company_id = x.company_id AND o.id = x.order_line_id
    WHERE l.company_id = %(company)s AND d.kind <> 'credit_note'
        AND (CAST(l.quantity AS numeric) <> CAST(x.quantity AS numeric)
            OR CAST(l.unit_price AS numeric) <> CAST(o.unit_price AS numeric))
"""
_PARTS = """
    SELECT CAST(a.id AS text), a.number, a.amount_minor, a.parts, f.payload->>'digest',
        p.kind, p.document, p.reference, p.payer_name, p.amount_minor, p.discount_minor
    FROM receipts_advice a
    LEFT JOIN history_fact f ON f.company_id = a.company_id AND f.subject_id = a.id
        AND f.kind = 'receipts.AdviceTaken'
    LEFT JOIN receipts_advice_part p ON p.company_id = a.company_id AND p.advice_id = a.id
    WHERE a.company_id = %(company)s ORDER BY CAST(a.id AS text), p.position
"""


def advices(source: Source) -> Iterator[Broken]:
    """The parts of an advice sum up to it and say what they said when it came."""
    for (_id, number, amount, count, digest), rows in groupby(
        source.rows(_PARTS), key=lambda row: row[:5]
    ):
        parts = [(*row[5:9], row[9], row[10]) for row in rows if row[5] is not None]
        found = sum(part[4] for part in parts)
        if (len(parts), found) != (count, amount):
            yield Broken(
                f"advice {number}",
                f"says {amount} in {count} parts; {len(parts)} parts are kept and say {found}",
            )
        elif parts_digest(parts) != digest:
            yield Broken(f"advice {number}", "its parts are not those its digest was taken of")


INVARIANTS = (
    Invariant("I20", "what was delivered is billed at the price ordered", by_sql(BILLED)),
    Invariant("I29", "what was sent is a fact, and the other way round", by_sql(OUTBOX)),
    Invariant("I30", "one logical delivery, one identity", by_sql(ONCE)),
    Invariant("I33", "no row of an import is lost", by_sql(IMPORTS)),
    Invariant("I33", "opening + movements = closing", by_sql(STATEMENTS)),
    Invariant("I33", "an advice is its parts", advices),
    Invariant("I33", "a bank day is its lines, between its balances", by_sql(DAYS)),
)
