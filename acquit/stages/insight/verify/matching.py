"""Checks of what the matcher and its people said: proposals and returns (I14, I40)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from acquit.stages.insight.verify.source import Broken, Invariant, Source, by_sql
from acquit.stages.matching.rules.plans import kept_shares

_PROPOSALS = """
    SELECT CAST(p.id AS text), CAST(p.items AS text), p.total_minor, p.currency
    FROM matching_proposal p WHERE p.company_id = %(company)s
"""
RETURNED = """
    SELECT 'return ' || CAST(t.id AS text), 'took ' || CAST(t.principal_minor AS text)
        || ' ' || t.currency || ' of a receipt back; the log says ' ||
        coalesce(CAST(a.amount_minor AS text), '-')
    FROM matching_return t
    LEFT JOIN receivables_allocation a ON a.company_id = t.company_id AND a.id = t.allocation_id
        AND a.adjustment = 'returned'
    LEFT JOIN receivables_open_item i ON i.company_id = a.company_id AND i.id = a.credit_item_id
    LEFT JOIN receivables_allocation r ON r.company_id = a.company_id AND r.reverses_id = a.id
    WHERE t.company_id = %(company)s AND t.state = 'settled' AND (a.id IS NULL OR r.id IS NOT NULL
        OR a.amount_minor <> t.principal_minor OR i.receipt_id <> t.receipt_id
        OR t.principal_minor + t.charge_minor > t.amount_minor)
"""
# A return may be settled, taken back and settled anew: its row says what was settled last.
SETTLED = """
    SELECT 'return ' || CAST(t.id AS text), 'says ' || CAST(t.principal_minor AS text) || ' and '
        || CAST(t.charge_minor AS text) || ' of charges; fact ' ||
        coalesce(CAST(f.seq AS text), '-') || ' says ' ||
        coalesce(f.payload->>'amount_minor', '0') || ' and ' ||
        coalesce(f.payload->>'charge_minor', '0')
    FROM matching_return t LEFT JOIN (
        SELECT subject_id, max(seq) AS seq FROM history_fact
        WHERE company_id = %(company)s AND kind = 'matching.ReturnSettled' GROUP BY subject_id
    ) AS last ON last.subject_id = t.id
    LEFT JOIN history_fact f ON f.company_id = t.company_id AND f.seq = last.seq
    WHERE t.company_id = %(company)s AND (
        coalesce(CAST(f.payload->>'amount_minor' AS bigint), 0) <> t.principal_minor
        OR coalesce(CAST(f.payload->>'charge_minor' AS bigint), 0) <> t.charge_minor
        OR f.payload->>'receipt_id' IS DISTINCT FROM CAST(t.receipt_id AS text))
"""
WORTH = """
    SELECT 'return ' || CAST(t.id AS text), 'is worth ' || CAST(t.worth_minor AS text) ||
        '; the books say ' || CAST(coalesce(-sum(p.functional_minor), 0) AS text)
    FROM matching_return t
    LEFT JOIN ledger_entry e ON e.company_id = t.company_id AND e.subject_id = t.bank_line_id
        AND e.posting_rule = 'money_left'
    LEFT JOIN ledger_posting p ON p.company_id = e.company_id AND p.entry_id = e.id
        AND p.credit_minor > 0
    WHERE t.company_id = %(company)s AND t.advice_part_id IS NULL GROUP BY t.id, t.worth_minor
    HAVING coalesce(-sum(p.functional_minor), 0) <> t.worth_minor
"""


_QUESTIONS = """
    SELECT CAST(q.id AS text), CAST(q.options AS text), q.left_minor, q.currency,
        f.payload->>'amount_minor'
    FROM matching_question q LEFT JOIN history_fact f ON f.company_id = q.company_id
        AND f.subject_id = q.id AND f.kind = 'matching.QuestionAsked'
    WHERE q.company_id = %(company)s
"""


def questions(source: Source) -> Iterator[Broken]:
    """A question is about what was asked, and each answer is the receipt's money in its shares."""
    for key, options, left, currency, asked in source.rows(_QUESTIONS):
        name = f"question {key}"
        if asked is None or int(asked) != left:
            yield Broken(name, f"is about {left} {currency}; it was asked about {asked or '-'}")
        try:
            wrong = [
                place
                for place, one in enumerate(json.loads(options), start=1)
                if one["total_minor"] != sum(s.money_minor for s in kept_shares(one["items"]))
            ]
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            yield Broken(name, f"its answers cannot be read: {reason!r}")
            continue
        for place in wrong:
            yield Broken(name, f"answer {place} is not the sum of its shares")


def proposals(source: Source) -> Iterator[Broken]:
    """The total of a proposal is the receipt's money in its shares."""
    for key, items, total, currency in source.rows(_PROPOSALS):
        name = f"proposal {key}"
        try:
            found = sum(share.money_minor for share in kept_shares(json.loads(items)))
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            yield Broken(name, f"its shares cannot be read: {reason!r}")
            continue
        if found != total:
            yield Broken(name, f"says {total} {currency}; its shares say {found}")


INVARIANTS = (
    Invariant("I14", "what the bank took back left its receipt", by_sql(RETURNED)),
    Invariant("I14", "a return is worth what its debit was booked with", by_sql(WORTH)),
    Invariant("I40", "a return is what was settled last", by_sql(SETTLED)),
    Invariant("I40", "a proposal is the sum of its shares", proposals),
    Invariant("I40", "a question is what was asked", questions),
)
