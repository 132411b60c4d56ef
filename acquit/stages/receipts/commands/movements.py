"""Storing movements: bank lines, receipts for money in, facts for both directions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.core.context import Context
from acquit.core.documents.bank import BankDay, content_key
from acquit.core.documents.bank import BankLine as Movement
from acquit.database import behind
from acquit.database.copy import copy_text, escaped, execute, fetch_rows, plain_array
from acquit.history import unit
from acquit.stages.masterdata.queries import rates
from acquit.stages.receipts.commands.told import Telling, keep_told
from acquit.stages.receipts.facts import MoneyLeft, ReceiptRecorded
from acquit.stages.receipts.models import BankLine, Receipt
from acquit.stages.receipts.rules.reading import text_of
from acquit.stages.receipts.rules.sifting import (
    Known,
    NewLine,
    Piece,
    Stored,
    Told,
    Tops,
    in_turn,
    references_of,
    told_apart,
)

_LINE_COLUMNS = (
    "id",
    "company_id",
    "statement_id",
    "bank_account_id",
    "position",
    "content_key",
    "occurrence",
    "booked_on",
    "value_on",
    "amount_minor",
    "currency",
    "payer_name",
    "payer_iban",
    "text",
    "end_to_end_id",
    "bank_reference",
    "mandate_id",
    "return_reason",
    "is_reversal",
    "charges_minor",
    "byte_start",
    "byte_end",
)
RECEIPT_COLUMNS = (
    "id",
    "company_id",
    "bank_line_id",
    "method",
    "received_on",
    "amount_minor",
    "currency",
    "customer_id",
    "payer_name",
    "payer_iban",
    "text",
    "ledger_account",
    "quittance_number",
    "recorded_at",
)
_RECEIPT_COLUMNS = tuple(name for name in RECEIPT_COLUMNS if name != "customer_id")
_AT_ONCE = 10_000  # movements stored together


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    iban: str
    currency: str
    ledger_account: str


@dataclass(slots=True)
class Taken:
    """One statement on its way into the books; ``keys`` are its lines' content keys, once
    somebody looked whether they are known."""

    statement_id: UUID
    account: Account
    opening_minor: int | None
    lines: tuple[Movement, ...]
    keys: tuple[str, ...] = ()

    @property
    def piece(self) -> Piece:
        account = self.account
        return Piece(account.id, account.currency, self.opening_minor, self.lines, self.keys)


Fresh = tuple[NewLine, ...] | None  # the new movements of a statement; None: all that it has


def new_lines(statement: Taken, fresh: Fresh) -> Sequence[Movement]:
    return statement.lines if fresh is None else [new.line for new in fresh]


@dataclass(frozen=True, slots=True)
class Made:
    receipts: int
    money_left: int


def lock_accounts(*, company_id: UUID, account_ids: Sequence[UUID]) -> None:
    """One import at a time per account, so that two imports of one file count each movement
    once; always in one order."""
    execute(
        "SELECT id FROM masterdata_bank_account WHERE company_id = %s AND id = ANY(%s)"
        " ORDER BY id FOR NO KEY UPDATE",
        [company_id, list(account_ids)],
    )


def known(*, company_id: UUID, taken: Sequence[tuple[str, Taken]]) -> Known:
    """What the accounts have of these movements and days; each statement with the syntax of its
    file. Call under :func:`lock_accounts`."""
    days = {
        (statement.account.id, line.booking_date, syntax)
        for syntax, statement in taken
        for line in statement.lines
    }
    days_known = _days(company_id, {(account, day) for account, day, _syntax in days})
    # A key has its day in it: on a day nobody knows none can be stored.
    keys: dict[str, date] = {}
    for _syntax, statement in taken if days_known else ():
        statement.keys = tuple(map(content_key, statement.lines))
        keys |= {
            key: line.booking_date
            for line, key in zip(statement.lines, statement.keys, strict=True)
            if (statement.account.id, line.booking_date) in days_known
        }
    return Known(
        _stored(company_id, sorted({account for account, _day in days_known}), keys),
        days_known,
        otherwise=_told_otherwise(company_id, sorted(day for day in days if day[:2] in days_known)),
        is_mixed=len({syntax for syntax, _statement in taken}) > 1,
    )


def _days(
    company_id: UUID, days: Collection[tuple[UUID, date]]
) -> dict[tuple[UUID, date], BankDay]:
    rows = fetch_rows(
        "SELECT day.bank_account_id, day.booked_on, day.opening_minor, day.closing_minor,"
        " day.moved_minor FROM receipts_bank_day day"
        " JOIN unnest(%s::uuid[], %s::date[]) AS wanted (account, booked_on)"
        " ON day.bank_account_id = wanted.account AND day.booked_on = wanted.booked_on"
        " WHERE day.company_id = %s",
        [[account for account, _day in days], [day for _account, day in days], company_id],
    )
    return {(account, day): BankDay(*rest) for account, day, *rest in rows}


def _stored(
    company_id: UUID, accounts: Sequence[UUID], keys: Mapping[str, date]
) -> dict[tuple[UUID, str], Stored]:
    """What the accounts have of these contents, each with its day."""
    lines: dict[tuple[UUID, str], Stored] = {}
    for account, key, digest, top, number in fetch_rows(
        "SELECT line.bank_account_id, line.content_key, s.archive_digest, max(line.occurrence),"
        " count(*) FROM unnest(%s::text[], %s::date[]) AS wanted (key, day)"
        " CROSS JOIN unnest(%s::uuid[]) AS account JOIN receipts_bank_line line"
        " ON line.company_id = %s AND line.bank_account_id = account"
        " AND line.booked_on = wanted.day AND line.content_key = wanted.key"
        " JOIN receipts_statement s ON s.company_id = line.company_id"
        " AND s.id = line.statement_id GROUP BY 1, 2, 3",
        ["{" + ",".join(keys) + "}", plain_array(keys.values()), list(accounts), company_id],
    ):
        before = lines.get((account, key), Stored())
        by_file = {**before.by_file, digest: number}
        lines[account, key] = Stored(max(before.top, top), by_file)
    return lines


def _told_otherwise(
    company_id: UUID, told: Sequence[tuple[UUID, date, str]]
) -> dict[tuple[UUID, date], list[Told]]:
    """The stored movements of these days that came in another syntax than the one named."""
    found: dict[tuple[UUID, date], list[Told]] = {}
    for account, day, syntax, key, minor, *references in fetch_rows(
        "SELECT DISTINCT ON (line.id) line.bank_account_id, line.booked_on, s.format,"
        " line.content_key, line.amount_minor, line.bank_reference, line.end_to_end_id"
        " FROM unnest(%s::uuid[], %s::date[], %s::text[]) AS wanted (account, booked_on, syntax)"
        " JOIN receipts_bank_line line ON line.company_id = %s"
        " AND line.bank_account_id = wanted.account AND line.booked_on = wanted.booked_on"
        " JOIN receipts_statement s ON s.company_id = line.company_id"
        " AND s.id = line.statement_id AND s.format <> wanted.syntax ORDER BY line.id",
        [
            [account for account, _day, _syntax in told],
            [day for _account, day, _syntax in told],
            [syntax for _account, _day, syntax in told],
            company_id,
        ],
    ):
        one = Told(syntax, key, minor, references_of(*references))
        found.setdefault((account, day), []).append(one)
    return found


def balances_before(
    *, company_id: UUID, wanted: Sequence[tuple[UUID, date]]
) -> dict[tuple[UUID, date], int]:
    """(account, day) -> the balance before the day's first movement, as the files so far prove
    it: of that day itself, or the closing one of the last day before. Absent where they do not."""
    rows = fetch_rows(
        "SELECT wanted.account, wanted.booked_on, CASE WHEN day.booked_on = wanted.booked_on"
        " THEN day.opening_minor ELSE day.closing_minor END"
        " FROM unnest(%s::uuid[], %s::date[]) AS wanted (account, booked_on)"
        " CROSS JOIN LATERAL (SELECT d.booked_on, d.opening_minor, d.closing_minor"
        "  FROM receipts_bank_day d WHERE d.company_id = %s"
        "  AND d.bank_account_id = wanted.account AND d.booked_on <= wanted.booked_on"
        "  ORDER BY d.booked_on DESC LIMIT 1) AS day",
        [[account for account, _day in wanted], [day for _account, day in wanted], company_id],
    )
    return {(account, day): minor for account, day, minor in rows if minor is not None}


def keep_days(ctx: Context, known: Known) -> None:
    """Write what is known of the days that changed."""
    days = [(account, day, known.days[account, day]) for account, day in sorted(known.touched)]
    behind.write(
        "INSERT INTO receipts_bank_day (id, company_id, bank_account_id, booked_on,"
        " opening_minor, closing_minor, moved_minor) SELECT new.id, %s, new.account,"
        " new.booked_on, new.opening, new.closing, new.moved FROM unnest(%s::uuid[], %s::uuid[],"
        " %s::date[], %s::bigint[], %s::bigint[], %s::bigint[])"
        " AS new (id, account, booked_on, opening, closing, moved)"
        " ON CONFLICT (company_id, bank_account_id, booked_on) DO UPDATE SET"
        " opening_minor = excluded.opening_minor, closing_minor = excluded.closing_minor,"
        " moved_minor = excluded.moved_minor",
        [
            ctx.company_id,
            ctx.ids.many(len(days)),
            [account for account, _on, _day in days],
            [on for _account, on, _day in days],
            [day.opening_minor for _account, _on, day in days],
            [day.closing_minor for _account, _on, day in days],
            [day.moved_minor for _account, _on, day in days],
        ],
    )


def store(ctx: Context, taken: Sequence[Taken], fresh: list[Fresh]) -> Made:
    """COPY the new movements and record what they mean, some thousand at a time; of money that
    left last, because its reactions look at the stored lines. The movements of ``taken`` and
    ``fresh`` are let go of on the way: what is kept of them are the facts."""
    days = {
        (statement.account.currency, line.booking_date)
        for statement, new in zip(taken, fresh, strict=True)
        for line in new_lines(statement, new)
    }
    if not days:
        return Made(0, 0)
    rate = rates(company_id=ctx.company_id, pairs=sorted(days))
    receipts, left, told = 0, list[MoneyLeft](), list[Telling]()
    for some in _in_pieces(taken, fresh):
        receipts += _store(ctx, some, rate, left, told)
    keep_told(ctx, told)
    for start in range(0, len(left), _AT_ONCE):
        unit.record(ctx, left[start : start + _AT_ONCE])
    return Made(receipts, len(left))


def _in_pieces(taken: Sequence[Taken], fresh: list[Fresh]) -> Iterator[list[tuple[Taken, NewLine]]]:
    """Day by day, so that what is added to an index of days stands side by side."""
    some: list[tuple[Taken, NewLine]] = []
    tops: dict[UUID, Tops] = {}
    last = {statement.account.id: at for at, statement in enumerate(taken)}
    for at, statement in enumerate(taken):
        new, lines = fresh[at], statement.lines
        fresh[at] = statement.lines = statement.keys = ()
        if new is None:
            account = statement.account.id
            known = tops.setdefault(account, {})
            movements = told_apart(lines, known, is_last=at == last[account])
        else:
            movements = in_turn(new, day=lambda movement: movement.line.booking_date)
        del new, lines
        for movement in movements:
            some.append((statement, movement))
            if len(some) == _AT_ONCE:
                yield some
                some = []
    if some:
        yield some


def _store(
    ctx: Context,
    pairs: Sequence[tuple[Taken, NewLine]],
    rate: dict[tuple[str, date], Decimal],
    left: list[MoneyLeft],
    told: list[Telling],
) -> int:
    """The number of receipts among these movements; what the others mean is added to ``left``, and
    to ``told`` those that say something of documents."""
    rows = [
        (s, m, id_, _words(m.line))
        for (s, m), id_ in zip(pairs, ctx.ids.many(len(pairs)), strict=True)
    ]
    copy_text(BankLine, _LINE_COLUMNS, _line_rows(ctx, rows))
    money_in = [row for row in rows if row[1].line.amount_minor > 0]
    received: list[ReceiptRecorded] = []
    copy_text(Receipt, _RECEIPT_COLUMNS, _receipt_rows(ctx, money_in, rate, received))
    unit.record(ctx, received)
    left += [_left(s, m.line, id_, rate) for s, m, id_, _ in rows if m.line.amount_minor < 0]
    told += [Telling(s.statement_id, id_, m.line) for s, m, id_, _ in money_in if m.line.told]
    return len(money_in)


_Row = tuple[Taken, NewLine, UUID, str]  # the movement's id; its words


def _words(line: Movement) -> str:
    """Who paid, from where, and with what words: as COPY text, for the line and its receipt."""
    return (
        f"{escaped(line.payer_name[:200])}\t{escaped(line.payer_iban[:34])}"
        f"\t{escaped(text_of(line))}"
    )


def _line_rows(ctx: Context, rows: Sequence[_Row]) -> Iterator[str]:
    own = ctx.company_id.hex
    of: Taken | None = None
    for statement, (line, key, occurrence), id_, words in rows:
        if statement is not of:
            of = statement
            whose = f"{own}\t{statement.statement_id.hex}\t{statement.account.id.hex}"
        yield (
            f"{id_.hex}\t{whose}\t{line.position}\t{key}\t{occurrence}\t{line.booking_date}"
            f"\t{line.value_date or line.booking_date}\t{line.amount_minor}\t{line.currency}"
            f"\t{words}\t{escaped(line.end_to_end_id[:80])}"
            f"\t{escaped(line.bank_reference[:80])}\t{escaped(line.mandate_id[:35])}"
            f"\t{escaped(line.return_reason[:35])}\t{line.is_reversal}\t{line.charges_minor}"
            f"\t{line.byte_start}\t{line.byte_end}\n"
        )


def _receipt_rows(
    ctx: Context,
    rows: Sequence[_Row],
    rate: dict[tuple[str, date], Decimal],
    received: list[ReceiptRecorded],
) -> Iterator[str]:
    """Their facts are made along the way, while the database stores the rows before."""
    own, now = ctx.company_id.hex, str(ctx.now)
    for (statement, movement, line_id, words), id_ in zip(
        rows, ctx.ids.many(len(rows)), strict=True
    ):
        line = movement.line
        received.append(
            ReceiptRecorded(
                subject_id=id_,
                effective_on=line.booking_date,
                method="bank",
                amount_minor=line.amount_minor,
                currency=line.currency,
                rate=rate[line.currency, line.booking_date],
                account=statement.account.ledger_account,
                bank_line_id=line_id,
            )
        )
        yield (
            f"{id_.hex}\t{own}\t{line_id.hex}\tbank\t{line.booking_date}"
            f"\t{line.amount_minor}\t{line.currency}\t{words}"
            f"\t{statement.account.ledger_account}\t\t{now}\n"
        )


def _left(
    statement: Taken, line: Movement, line_id: UUID, rate: dict[tuple[str, date], Decimal]
) -> MoneyLeft:
    return MoneyLeft(
        subject_id=line_id,
        effective_on=line.booking_date,
        amount_minor=-line.amount_minor,
        currency=line.currency,
        rate=rate[line.currency, line.booking_date],
        account=statement.account.ledger_account,
    )
