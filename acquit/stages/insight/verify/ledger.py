"""Checks of the books: I1 to I8, and that every entry is what its fact says (I28)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from acquit.core import packs
from acquit.core.plain import from_plain
from acquit.history.facts import Fact
from acquit.stages.insight.verify.source import Broken, Invariant, Source, by_sql
from acquit.stages.ledger.rules.posting import BY_KIND, Books, Line, PostingRule

_ENTRY = "'entry ' || CAST(e.id AS text) || ' (' || e.text || ')'"
_OF_ENTRY = """
    FROM ledger_entry e JOIN ledger_posting p
        ON p.company_id = e.company_id AND p.entry_id = e.id
    WHERE e.company_id = %(company)s
"""
BALANCED = f"""
    SELECT {_ENTRY}, 'debits and credits differ by ' ||
        CAST(sum(p.debit_minor - p.credit_minor) AS text) || ' ' || p.currency
    {_OF_ENTRY} GROUP BY e.id, e.text, p.currency HAVING sum(p.debit_minor - p.credit_minor) <> 0
    UNION ALL
    SELECT {_ENTRY}, 'functional amounts sum to ' || CAST(sum(p.functional_minor) AS text)
    {_OF_ENTRY} GROUP BY e.id, e.text HAVING sum(p.functional_minor) <> 0
"""
ONE_SIDE = f"""
    SELECT {_ENTRY}, 'line ' || CAST(p.line_no AS text) || ' has debit ' ||
        CAST(p.debit_minor AS text) || ' and credit ' || CAST(p.credit_minor AS text)
    {_OF_ENTRY} AND NOT (
        (p.debit_minor > 0 AND p.credit_minor = 0) OR (p.debit_minor = 0 AND p.credit_minor > 0)
        OR (p.debit_minor = 0 AND p.credit_minor = 0 AND p.functional_minor <> 0))
"""
WHOLE = f"""
    SELECT {_ENTRY}, 'has ' || CAST(count(p.id) AS text) || ' lines; an entry has two or more'
    FROM ledger_entry e LEFT JOIN ledger_posting p
        ON p.company_id = e.company_id AND p.entry_id = e.id
    WHERE e.company_id = %(company)s GROUP BY e.id, e.text HAVING count(p.id) < 2
    UNION ALL
    SELECT 'posting ' || CAST(p.id AS text), 'its entry ' || CAST(p.entry_id AS text) ||
        ' does not exist or has another date'
    FROM ledger_posting p LEFT JOIN ledger_entry e ON e.company_id = p.company_id
        AND e.id = p.entry_id AND e.booked_on = p.booked_on
    WHERE p.company_id = %(company)s AND e.id IS NULL
    UNION ALL
    SELECT 'posting ' || CAST(p.id AS text), 'its account does not exist'
    FROM ledger_posting p LEFT JOIN ledger_account a
        ON a.company_id = p.company_id AND a.id = p.account_id
    WHERE p.company_id = %(company)s AND a.id IS NULL
"""
REVERSALS = f"""
    SELECT {_ENTRY}, 'with its original it leaves ' || CAST(sum(p.functional_minor) AS text) ||
        ' on account ' || a.code
    FROM ledger_entry e
    JOIN ledger_posting p ON p.company_id = e.company_id AND p.entry_id IN (e.id, e.reverses_id)
    JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
    WHERE e.company_id = %(company)s AND e.reverses_id IS NOT NULL
    GROUP BY e.id, e.text, a.code, p.currency
    HAVING sum(p.debit_minor - p.credit_minor) <> 0 OR sum(p.functional_minor) <> 0
"""
TRIAL_BALANCE = """
    SELECT 'day ' || CAST(p.booked_on AS text), 'the trial balance moves by ' ||
        CAST(sum(p.debit_minor - p.credit_minor) AS text) || ' ' || p.currency
    FROM ledger_posting p WHERE p.company_id = %(company)s
    GROUP BY p.booked_on, p.currency HAVING sum(p.debit_minor - p.credit_minor) <> 0
    UNION ALL
    SELECT 'entries recorded at ' || CAST(e.recorded_at AS text), 'they sum to ' ||
        CAST(sum(p.functional_minor) AS text)
    FROM ledger_entry e JOIN ledger_posting p
        ON p.company_id = e.company_id AND p.entry_id = e.id
    WHERE e.company_id = %(company)s
    GROUP BY e.recorded_at HAVING sum(p.functional_minor) <> 0
"""
CACHED = """
    SELECT 'balance of account ' || a.code || ' on ' || CAST(s.day AS text), 'cached and posted '
        || s.currency || ' differ by ' || CAST(sum(s.debit) AS text) || ' debit, '
        || CAST(sum(s.credit) AS text) || ' credit, ' || CAST(sum(s.functional) AS text)
        || ' functional'
    FROM (
        SELECT account_id, day, currency, debit_minor AS debit, credit_minor AS credit,
            functional_minor AS functional FROM ledger_balance WHERE company_id = %(company)s
        UNION ALL
        SELECT account_id, booked_on, currency, -debit_minor, -credit_minor, -functional_minor
        FROM ledger_posting WHERE company_id = %(company)s
    ) AS s
    JOIN ledger_account a ON a.company_id = %(company)s AND a.id = s.account_id
    GROUP BY a.code, s.day, s.currency
    HAVING sum(s.debit) <> 0 OR sum(s.credit) <> 0 OR sum(s.functional) <> 0
"""
LOCKED = f"""
    SELECT {_ENTRY}, 'dated ' || CAST(e.booked_on AS text) ||
        ', recorded after that month was locked'
    FROM ledger_entry e JOIN ledger_period l ON l.company_id = e.company_id
        AND e.booked_on BETWEEN l.starts_on AND l.ends_on
    WHERE e.company_id = %(company)s AND l.state = 'locked' AND e.recorded_at > l.changed_at
"""
_BOOKED = """
    SELECT f.seq, CAST(f.id AS text), f.kind, CAST(f.subject_id AS text),
        CAST(f.effective_on AS text), CAST(f.payload AS text), CAST(e.id AS text), e.posting_rule,
        CAST(e.subject_id AS text), CAST(e.booked_on AS text), e.text, a.code,
        CAST(p.customer_id AS text), p.debit_minor, p.credit_minor, p.currency, p.functional_minor
    FROM history_fact f
    LEFT JOIN ledger_entry e ON e.company_id = f.company_id AND e.fact_id = f.id
    LEFT JOIN ledger_posting p ON p.company_id = e.company_id AND p.entry_id = e.id
    LEFT JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
    WHERE f.company_id = %(company)s AND f.kind IN ({kinds})
    ORDER BY f.seq, e.posting_rule, p.line_no
"""
_UNFOUNDED = f"""
    SELECT {_ENTRY}, 'no fact stands behind it'
    FROM ledger_entry e LEFT JOIN history_fact f
        ON f.company_id = e.company_id AND f.id = e.fact_id
    WHERE e.company_id = %(company)s AND f.id IS NULL
"""
_REVERSED = f"""
    SELECT {_ENTRY}, 'it does not reverse the entry its fact names'
    FROM ledger_entry e
    JOIN history_fact f ON f.company_id = e.company_id AND f.id = e.fact_id
    WHERE e.company_id = %(company)s AND f.kind = 'ledger.EntryReversed'
        AND CAST(e.reverses_id AS text) IS DISTINCT FROM f.payload->>'entry_id'
"""


def as_facts_say(source: Source) -> Iterable[Broken]:
    """Work out every posting again from its fact and compare, line by line."""
    books = _books(source)
    kinds = ", ".join(f"'{kind}'" for kind in BY_KIND)
    rows = source.rows(_BOOKED.format(kinds=kinds))
    for _seq, group in groupby(rows, key=lambda row: row[0]):
        yield from _compare(books, list(group))


def _compare(books: Books, rows: list[tuple[Any, ...]]) -> Iterator[Broken]:
    seq, fact_id, kind, subject, day, payload = rows[0][:6]
    rule = BY_KIND[kind]
    name = f"fact {seq} ({kind})"
    try:
        expected = rule.lines(books, _fact(rule, subject, day, payload))
    except (KeyError, TypeError, ValueError) as reason:
        yield Broken(name, f"cannot be read: {reason}")
        return
    entry_id, posting_rule, about, booked_on, text = rows[0][6:11]
    if entry_id is None:
        if expected:
            yield Broken(name, f"is not in the books ({fact_id})")
        return
    name = f"entry {entry_id} ({text})"
    if posting_rule != rule.name or about != subject:
        yield Broken(
            name, f"was made by rule {posting_rule} about {about}, the fact says otherwise"
        )
    if booked_on < day:
        yield Broken(name, f"is dated {booked_on}, before its fact of {day}")
    found = [_line(row[11:]) for row in rows]
    for number, (mine, theirs) in enumerate(zip(expected, found, strict=False), 1):
        if mine != theirs:
            yield Broken(name, f"line {number} is {_show(theirs)}; its fact says {_show(mine)}")
    if len(expected) != len(found):
        yield Broken(name, f"has {len(found)} lines; its fact says {len(expected)}")


def _books(source: Source) -> Books:
    sql = "SELECT country, currency FROM access_company WHERE id = %(company)s"
    country, currency = next(iter(source.rows(sql)))
    return Books(currency, packs.get(country).roles)


def _fact(rule: PostingRule, subject: str, day: str, payload: str) -> Fact:
    values = {**json.loads(payload), "subject_id": subject, "effective_on": day}
    fact = from_plain(rule.fact, values)
    assert isinstance(fact, Fact)
    return fact


def _line(row: tuple[Any, ...]) -> Line:
    code, customer, debit, credit, currency, functional = row
    return Line(code, UUID(customer) if customer else None, debit, credit, currency, functional)


def _show(line: Line) -> str:
    side = "debit" if line.debit_minor else "credit"
    whose = f" of customer {line.customer_id}" if line.customer_id else ""
    minor = line.debit_minor + line.credit_minor
    return f"{side} {minor} {line.currency} ({line.functional_minor}) on {line.account}{whose}"


INVARIANTS = (
    Invariant("I1", "each entry balances in every currency", by_sql(BALANCED)),
    Invariant("I2", "each line has one side", by_sql(ONE_SIDE)),
    Invariant("I3", "entries, lines and accounts belong together", by_sql(WHOLE)),
    Invariant("I4", "an entry and its reversal leave nothing", by_sql(REVERSALS)),
    Invariant("I4", "a reversal is of the entry its fact names", by_sql(_REVERSED)),
    Invariant("I5", "the trial balance is zero at every day and time", by_sql(TRIAL_BALANCE)),
    Invariant("I6", "cached balances are the sums of their lines", by_sql(CACHED)),
    Invariant("I8", "nothing entered a locked month", by_sql(LOCKED)),
    Invariant("I22", "amounts are what the recorded rates and facts give", as_facts_say),
    Invariant("I28", "every entry follows from one fact", by_sql(_UNFOUNDED)),
)
