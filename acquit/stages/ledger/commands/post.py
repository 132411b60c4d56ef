"""Post facts: entries and postings by one COPY each, balances by one statement per unit.

Posting has no permission of its own: it follows from a fact, in the transaction of the command
that recorded the fact, so it is called by reactions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core import packs
from acquit.core.context import Context
from acquit.core.faults import Refused
from acquit.core.ids import IdSource
from acquit.database import behind
from acquit.database.copy import copy_text, escaped, fetch_rows, uuid_array
from acquit.history import unit
from acquit.history.facts import Recorded
from acquit.stages.ledger.models import Entry, Posting
from acquit.stages.ledger.rules.posting import BY_KIND, Books, Line

TEXT_MAX = 250


class CannotPost(Refused):
    """The chart lacks an account that a fact needs; nothing was recorded."""


class NewEntry(NamedTuple):
    """One entry to be written; ``facts_day`` is the fact's own day."""

    fact_id: UUID
    rule: str
    subject_id: UUID
    facts_day: date
    text: str
    lines: Sequence[Line]
    reverses_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What posting needs to know of a company, loaded once per call."""

    books: Books
    account_ids: dict[str, UUID]


def post(*, ctx: Context, facts: Sequence[Recorded[Any]], are_new: bool = False) -> list[UUID]:
    """Book the facts that are not in the books yet; the ids of the new entries.

    Idempotent by (fact, posting rule); ``are_new`` are facts that got their ids just now, so that
    nobody has to look whether they are booked (the table refuses a second entry in any case). A
    fact whose month is locked is booked on the first open day, and the entry's text keeps its own
    day (nothing moves silently).
    """
    ledger = chart(ctx.company_id)
    known = set() if are_new else _booked(ctx.company_id, facts)
    undone = _entries_undone(ctx.company_id, facts)
    entries = []
    for item in facts:
        rule = BY_KIND[item.fact.KIND]
        if item.id in known:
            continue
        lines = rule.lines(ledger.books, item.fact)
        if lines:
            entries.append(
                NewEntry(
                    item.id,
                    rule.name,
                    item.fact.subject_id,
                    item.fact.effective_on,
                    rule.text(item.fact),
                    lines,
                    undone.get(getattr(item.fact, "undone_id", None)),
                )
            )
    return write(ctx, ledger, entries)


def chart(company_id: UUID) -> Ledger:
    """The chart as the command found it."""
    return unit.once("ledger.chart", lambda: load(company_id))


def load(company_id: UUID) -> Ledger:
    """The chart and the roles of its accounts."""
    accounts = fetch_rows(
        "SELECT c.country, c.currency, a.code, a.id FROM access_company c"
        " JOIN ledger_account a ON a.company_id = c.id WHERE c.id = %s",
        [company_id],
    )
    if not accounts:
        raise CannotPost.because("ledger.no_chart", f"company {company_id} has no accounts")
    country, currency, _, _ = accounts[0]
    return Ledger(
        Books(currency, packs.get(country).roles), {code: id for _, _, code, id in accounts}
    )


def locked_months(company_id: UUID) -> frozenset[date]:
    """The locked months, by their first day, until the transaction ends.

    The shared lock makes a month that is being locked wait for postings under way, and postings
    that come later see it locked.
    """
    behind.write("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1))", [str(company_id)])
    rows = fetch_rows(
        "SELECT starts_on FROM ledger_period WHERE company_id = %s AND state = 'locked'",
        [company_id],
    )
    return frozenset(row[0] for row in rows)


def write(ctx: Context, ledger: Ledger, entries: Sequence[NewEntry]) -> list[UUID]:
    """Store entries and postings, and hand the day sums to the unit's end."""
    if not entries:
        return []
    _check_accounts(ledger, entries)
    ids = ctx.ids.many(len(entries))
    booking_day = unit.calendar()
    days = [booking_day(entry.facts_day) for entry in entries]
    copy_text(Entry, _ENTRY_COLUMNS, _entry_lines(ctx, ids, days, entries))
    sums = unit.at_end("ledger.balances", lambda: Sums(ctx.company_id, ctx.ids))
    copy_text(Posting, _POSTING_COLUMNS, _posting_lines(ctx, ledger, ids, days, entries, sums))
    return ids


@dataclass(slots=True)
class Sums:
    """Day sums of one unit of work, merged into the cached balances when it ends (I6)."""

    company_id: UUID
    ids: IdSource
    by_key: dict[tuple[str, date, str], list[int]] = field(default_factory=dict)

    def add(self, account: str, day: date, line: Line) -> None:
        """``account`` is the id of the account as digits, which are quicker to find than ids."""
        key = (account, day, line.currency)
        sums = self.by_key.get(key)
        if sums is None:
            sums = self.by_key[key] = [0, 0, 0]
        sums[0] += line.debit_minor
        sums[1] += line.credit_minor
        sums[2] += line.functional_minor

    def finish(self) -> None:
        rows = sorted((*key, *sums) for key, sums in self.by_key.items())
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        behind.write(
            """
            INSERT INTO ledger_balance (id, company_id, account_id, day, currency,
                debit_minor, credit_minor, functional_minor)
            SELECT new.id, %s, new.account, new.day, new.currency,
                new.debit, new.credit, new.functional
            FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::text[],
                %s::bigint[], %s::bigint[], %s::bigint[])
                AS new (id, account, day, currency, debit, credit, functional)
            ON CONFLICT (company_id, account_id, day, currency) DO UPDATE SET
                debit_minor = ledger_balance.debit_minor + excluded.debit_minor,
                credit_minor = ledger_balance.credit_minor + excluded.credit_minor,
                functional_minor = ledger_balance.functional_minor + excluded.functional_minor
            """,
            [self.company_id, self.ids.many(len(rows)), *columns],
        )
        self.by_key.clear()


_ENTRY_COLUMNS = (
    "id",
    "company_id",
    "booked_on",
    "recorded_at",
    "fact_id",
    "posting_rule",
    "subject_id",
    "text",
    "reverses_id",
)


def _entry_lines(
    ctx: Context, ids: Sequence[UUID], days: Sequence[date], entries: Sequence[NewEntry]
) -> Iterator[str]:
    """COPY text, one entry at a time."""
    company, now = ctx.company_id.hex, ctx.now.isoformat()
    for id, day, entry in zip(ids, days, entries, strict=True):
        reverses = entry.reverses_id.hex if entry.reverses_id else "\\N"
        yield (
            f"{id.hex}\t{company}\t{day}\t{now}\t{entry.fact_id.hex}\t{entry.rule}"
            f"\t{entry.subject_id.hex}\t{escaped(_text(entry, day))}\t{reverses}\n"
        )


_POSTING_COLUMNS = (
    "id",
    "company_id",
    "entry_id",
    "line_no",
    "account_id",
    "customer_id",
    "booked_on",
    "debit_minor",
    "credit_minor",
    "currency",
    "functional_minor",
)


def _posting_lines(
    ctx: Context,
    ledger: Ledger,
    ids: Sequence[UUID],
    days: Sequence[date],
    entries: Sequence[NewEntry],
    sums: Sums,
) -> Iterator[str]:
    """COPY text, one entry at a time. A posting's id is its entry's id with the line number mixed
    into the random part: unique like the entry's own, and made without a die per line."""
    company = ctx.company_id.hex
    account_hex = {code: id.hex for code, id in ledger.account_ids.items()}
    for id, day, entry in zip(ids, days, entries, strict=True):
        whole, entry_hex, iso = id.int, id.hex, day.isoformat()
        pieces = []
        for number, line in enumerate(entry.lines, 1):
            code, customer, debit, credit, currency, functional = line
            account = account_hex[code]
            sums.add(account, day, line)
            customer_hex = customer.hex if customer else "\\N"
            pieces.append(
                f"{whole ^ number:032x}\t{company}\t{entry_hex}\t{number}\t{account}"
                f"\t{customer_hex}\t{iso}\t{debit}\t{credit}\t{currency}\t{functional}\n"
            )
        yield "".join(pieces)


def _text(entry: NewEntry, day: date) -> str:
    if day == entry.facts_day:
        return entry.text[:TEXT_MAX]
    late = f" (dated {entry.facts_day.isoformat()}; that month is locked)"
    return entry.text[: TEXT_MAX - len(late)] + late


def _check_accounts(ledger: Ledger, entries: Sequence[NewEntry]) -> None:
    wanted = {line.account for entry in entries for line in entry.lines}
    missing = sorted(wanted - ledger.account_ids.keys())
    if missing:
        raise CannotPost.because(
            "ledger.account_missing",
            f"the chart has no account {', '.join(missing)}",
            path="account",
            fix="add the account to the chart, or correct the account of the tax code or bank",
        )


def _booked(company_id: UUID, facts: Sequence[Recorded[Any]]) -> set[UUID]:
    """The facts that are booked already; a fact has one posting rule. One by one (LIMIT keeps each
    look by itself): of a table that nobody has analysed yet the planner thinks that many of its
    rows are meant, and reads all of it."""
    rows = fetch_rows(
        "SELECT e.fact_id FROM unnest(%s::uuid[]) AS k CROSS JOIN LATERAL (SELECT fact_id"
        " FROM ledger_entry WHERE company_id = %s AND fact_id = k LIMIT 1) AS e",
        [uuid_array(item.id for item in facts), company_id],
    )
    return {fact_id for (fact_id,) in rows}


def _entries_undone(company_id: UUID, facts: Sequence[Recorded[Any]]) -> dict[UUID | None, UUID]:
    """The entries of what these facts undo, by allocation or return; the last one made of each."""
    undone = [item.fact.undone_id for item in facts if hasattr(item.fact, "undone_id")]
    if not undone:
        return {}
    rows = fetch_rows(
        "SELECT subject_id, id FROM ledger_entry WHERE company_id = %s"
        " AND posting_rule IN ('application', 'return_charge') AND subject_id = ANY(%s)"
        " ORDER BY id",
        [company_id, undone],
    )
    return dict(rows)
