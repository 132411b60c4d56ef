"""Reading receipts: statements, their movements, and the way down to the byte of the file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, within_days
from acquit.database.together import Read, views
from acquit.history.archive import excerpt
from acquit.stages.receipts.rules.advising import (
    BALANCE,
    OF_PROVIDERS,
    PAYOUT,
    TakenBack,
    taken_back,
)

Cursor = tuple[date, UUID]


@dataclass(frozen=True, slots=True)
class StatementView:
    id: UUID
    iban: str
    reference: str
    filename: str
    digest: str
    from_date: date | None
    to_date: date
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    lines: int
    state: str
    parked_reason: str
    recorded_at: datetime
    import_run_id: UUID | None


@dataclass(frozen=True, slots=True)
class StatementPage:
    items: tuple[StatementView, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class BankLineView:
    """A movement; plus is money in. ``receipt_id`` where it became a receipt."""

    id: UUID
    statement_id: UUID
    position: int
    booked_on: date
    value_on: date
    amount_minor: int
    currency: str
    payer_name: str
    payer_iban: str
    end_to_end_id: str
    text: str
    bank_reference: str
    byte_start: int
    byte_end: int
    receipt_id: UUID | None


@dataclass(frozen=True, slots=True)
class LinePage:
    items: tuple[BankLineView, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Money in. ``quittance_number`` is "" for bank lines."""

    id: UUID
    method: str
    received_on: date
    amount_minor: int
    currency: str
    customer_id: UUID | None
    payer_name: str
    payer_iban: str
    text: str
    ledger_account: str
    quittance_number: str
    bank_line_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    items: tuple[ReceiptView, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a receipt comes from: the movement, its statement, and the bytes of the bank's file
    that say so (cut from the archived original, ``byte_start`` to ``byte_end``)."""

    line: BankLineView
    statement: StatementView
    excerpt: bytes


@dataclass(frozen=True, slots=True)
class AdvicePartView:
    """A part of an advised sum; plus adds to what arrives."""

    id: UUID
    kind: str
    document: str
    reference: str
    payer_name: str
    amount_minor: int
    discount_minor: int
    byte_start: int
    byte_end: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class AdviceHead:
    """An advice without its parts. ``receipt_id`` is the money it explains, once that came;
    ``source_digest`` the spreadsheet or page that ``digest`` is the text of."""

    id: UUID
    kind: str
    number: str
    payer_name: str
    payer_iban: str
    paid_on: date
    amount_minor: int
    currency: str
    parts: int
    filename: str
    digest: str
    source_digest: str
    bank_line_id: UUID | None
    receipt_id: UUID | None
    import_run_id: UUID | None
    is_withdrawn: bool
    recorded_at: datetime

    @property
    def is_waiting(self) -> bool:
        """Its money has not come; none ever comes of a payout of exactly nothing, nor of what
        stays at a provider."""
        comes = self.kind != BALANCE and (self.kind != PAYOUT or self.amount_minor != 0)
        return self.bank_line_id is None and comes


@dataclass(frozen=True, slots=True)
class AdvicePage:
    items: tuple[AdviceHead, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class AdviceView:
    """What somebody says a sum is made of; its parts sum up to ``amount_minor``."""

    id: UUID
    kind: str
    number: str
    payer_name: str
    payer_iban: str
    paid_on: date
    amount_minor: int
    currency: str
    filename: str
    digest: str
    bank_line_id: UUID | None
    parts: tuple[AdvicePartView, ...]

    def sums(self) -> dict[str, tuple[int, int]]:
        """Kind of part -> how many, and their sum in minor units."""
        found: dict[str, tuple[int, int]] = {}
        for part in self.parts:
            count, minor = found.get(part.kind, (0, 0))
            found[part.kind] = (count + 1, minor + part.amount_minor)
        return found

    def taken_back(self) -> list[TakenBack[AdvicePartView]]:
        """What a payout took back of earlier ones; nothing of any other advice."""
        return taken_back(self.parts) if self.kind in OF_PROVIDERS else []


STATEMENTS = Listing(
    columns="s.id, b.iban, s.reference, coalesce(r.filename, ''), s.archive_digest, s.from_date,"
    " s.to_date, s.currency, s.opening_minor, s.closing_minor, s.lines, s.state,"
    " s.parked_reason, s.recorded_at, s.import_run_id",
    source="FROM receipts_statement s"
    " JOIN masterdata_bank_account b ON b.company_id = s.company_id AND b.id = s.bank_account_id"
    " LEFT JOIN intake_run r ON r.company_id = s.company_id AND r.id = s.import_run_id"
    " WHERE s.company_id = %(company)s",
    newest=("s.to_date", "s.id"),
    make=StatementView,
    conditions={
        "q": "(s.reference ILIKE %(like)s OR b.iban ILIKE %(like)s OR r.filename ILIKE %(like)s)",
        "state": "s.state = %(state)s",
        **within_days("s.to_date"),
    },
)
_STATEMENT = f"SELECT {STATEMENTS.columns} {STATEMENTS.source}"
_LINE = (
    "SELECT l.id, l.statement_id, l.position, l.booked_on, l.value_on, l.amount_minor,"
    " l.currency, l.payer_name, l.payer_iban, l.end_to_end_id, l.text, l.bank_reference,"
    " l.byte_start, l.byte_end, r.id FROM receipts_bank_line l"
    " LEFT JOIN receipts_receipt r ON r.company_id = l.company_id AND r.bank_line_id = l.id"
    " WHERE l.company_id = %(company)s"
)
_RECEIPT = (
    "SELECT r.id, r.method, r.received_on, r.amount_minor, r.currency, r.customer_id,"
    " r.payer_name, r.payer_iban, r.text, r.ledger_account, r.quittance_number, r.bank_line_id,"
    " r.recorded_at FROM receipts_receipt r WHERE r.company_id = %(company)s"
)
_ADVICE_COLUMNS = (
    "a.id, a.kind, a.number, a.payer_name, a.payer_iban, a.paid_on, a.amount_minor,"
    " a.currency, a.parts, a.filename, a.archive_digest, a.source_digest, a.bank_line_id, r.id,"
    " a.import_run_id, a.withdrawn_at IS NOT NULL, a.recorded_at"
)
_ADVICE_SOURCE = (
    "FROM receipts_advice a LEFT JOIN receipts_receipt r ON r.company_id = a.company_id"
    " AND (r.bank_line_id = a.bank_line_id OR r.advice_id = a.id) WHERE a.company_id = %(company)s"
)
_ADVICE = f"SELECT {_ADVICE_COLUMNS} {_ADVICE_SOURCE}"
SAID_MAX = 8  # lines of an advice that stand beside its money
_WAITS = (
    "a.bank_line_id IS NULL AND a.kind <> 'balance'"
    " AND NOT (a.kind = 'payout' AND a.amount_minor = 0)"
)
ADVICE_STATES = {"waiting": f"({_WAITS})", "linked": f"NOT ({_WAITS})"}
# Those whose import was taken back are no part of the list.
ADVICES = Listing(
    columns=_ADVICE_COLUMNS,
    source=f"{_ADVICE_SOURCE} AND a.withdrawn_at IS NULL",
    newest=("a.paid_on", "a.id"),
    make=AdviceHead,
    conditions={
        "q": "(a.number ILIKE %(like)s OR a.payer_name ILIKE %(like)s"
        " OR a.filename ILIKE %(like)s)",
        "state": ADVICE_STATES,
        "kind": "a.kind = %(kind)s",
        **within_days("a.paid_on"),
    },
    amount=("a.currency", "a.amount_minor"),
)


def parked_runs(*, company_id: UUID, run_ids: Collection[UUID]) -> set[UUID]:
    """Which of these imports hold a statement that waits for somebody's judgement."""
    rows = fetch_rows(
        "SELECT DISTINCT import_run_id FROM receipts_statement"
        " WHERE company_id = %s AND import_run_id = ANY(%s) AND state = 'parked'",
        [company_id, list(run_ids)],
    )
    return {row[0] for row in rows}


def statements(*, company_id: UUID, state: str, limit: int, after: Cursor | None) -> StatementPage:
    """Newest first; ``state`` is "" for all."""
    where = " AND s.state = %(state)s" if state else ""
    where += " AND (s.to_date, s.id) < (%(day)s, %(id)s)" if after else ""
    rows = fetch_rows(
        f"{_STATEMENT}{where} ORDER BY s.to_date DESC, s.id DESC LIMIT %(limit)s",
        {"company": company_id, "state": state, "limit": limit + 1, **_cursor(after)},
    )
    items = tuple(StatementView(*row) for row in rows)
    last = items[limit - 1] if len(items) > limit else None
    return StatementPage(items[:limit], (last.to_date, last.id) if last else None)


def statement(*, company_id: UUID, statement_id: UUID) -> StatementView | None:
    rows = fetch_rows(
        f"{_STATEMENT} AND s.id = %(id)s", {"company": company_id, "id": statement_id}
    )
    return StatementView(*rows[0]) if rows else None


def bank_lines(*, company_id: UUID, statement_id: UUID, limit: int, after: int | None) -> LinePage:
    """The movements that this statement was the first to bring, in its order."""
    rows = fetch_rows(
        f"{_LINE} AND l.statement_id = %(statement)s AND l.position > %(after)s"
        " ORDER BY l.position LIMIT %(limit)s",
        {
            "company": company_id,
            "statement": statement_id,
            "after": after or 0,
            "limit": limit + 1,
        },
    )
    items = tuple(BankLineView(*row) for row in rows)
    more = len(items) > limit
    return LinePage(items[:limit], items[limit - 1].position if more else None)


def receipts(*, company_id: UUID, limit: int, after: Cursor | None) -> ReceiptPage:
    """All receipts, newest first."""
    where = " AND (r.received_on, r.id) < (%(day)s, %(id)s)" if after else ""
    rows = fetch_rows(
        f"{_RECEIPT}{where} ORDER BY r.received_on DESC, r.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit + 1, **_cursor(after)},
    )
    items = tuple(ReceiptView(*row) for row in rows)
    last = items[limit - 1] if len(items) > limit else None
    return ReceiptPage(items[:limit], (last.received_on, last.id) if last else None)


def receipts_by_id(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ReceiptView]:
    rows = fetch_rows(f"{_RECEIPT} AND r.id = ANY(%(ids)s)", {"company": company_id, "ids": ids})
    return {row[0]: ReceiptView(*row) for row in rows}


def receipt_with_quittance(*, company_id: UUID, number: str) -> UUID | None:
    """The receipt that a quittance acknowledges; None where no quittance has the number."""
    rows = fetch_rows(
        "SELECT id FROM receipts_receipt WHERE company_id = %s AND quittance_number = %s",
        [company_id, number],
    )
    return rows[0][0] if rows and number else None


def receipt(*, company_id: UUID, receipt_id: UUID) -> Read[ReceiptView | None]:
    """One receipt; None when this company has none of that id."""
    return Read(
        f"{_RECEIPT} AND r.id = %(id)s",
        {"company": company_id, "id": receipt_id},
        lambda rows: next(iter(views(ReceiptView, rows)), None),
    )


def source_of(*, company_id: UUID, bank_line_id: UUID) -> Source | None:
    """The last step of the drill-down: from a figure to the bytes of the bank's own file."""
    rows = fetch_rows(f"{_LINE} AND l.id = %(id)s", {"company": company_id, "id": bank_line_id})
    if not rows:
        return None
    line = BankLineView(*rows[0])
    view = statement(company_id=company_id, statement_id=line.statement_id)
    assert view is not None  # the composite key makes a line without statement impossible
    body = excerpt(
        company_id=company_id, digest=view.digest, start=line.byte_start, end=line.byte_end
    )
    return Source(line, view, body)


def advice_list(*, company_id: UUID, state: str, limit: int, after: Cursor | None) -> AdvicePage:
    """Newest first; ``state`` is "waiting" or "linked" (to its money), "" for all."""
    where = f" AND {ADVICE_STATES[state]}" if state in ADVICE_STATES else ""
    cursor = " AND (a.paid_on, a.id) < (%(day)s, %(id)s)" if after else ""
    rows = fetch_rows(
        f"{_ADVICE} AND a.withdrawn_at IS NULL{where}{cursor}"
        " ORDER BY a.paid_on DESC, a.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit + 1, **_cursor(after)},
    )
    items = tuple(AdviceHead(*row) for row in rows)
    last = items[limit - 1] if len(items) > limit else None
    return AdvicePage(items[:limit], (last.paid_on, last.id) if last else None)


def advice(*, company_id: UUID, advice_id: UUID) -> AdviceHead | None:
    """One advice, also where its import was taken back."""
    rows = fetch_rows(f"{_ADVICE} AND a.id = %(id)s", {"company": company_id, "id": advice_id})
    return AdviceHead(*rows[0]) if rows else None


def advice_parts(
    *, company_id: UUID, advice_id: UUID, limit: int, after: int = 0
) -> tuple[list[tuple[int, AdvicePartView]], int | None]:
    """Its parts with their positions, after one of them, and where to go on."""
    rows = fetch_rows(
        "SELECT p.position, p.id, p.kind, p.document, p.reference, p.payer_name, p.amount_minor,"
        " p.discount_minor, p.byte_start, p.byte_end, p.place FROM receipts_advice_part p"
        " WHERE p.company_id = %s AND p.advice_id = %s AND p.position > %s"
        " ORDER BY p.position LIMIT %s",
        [company_id, advice_id, after, limit + 1],
    )
    items = [(position, AdvicePartView(*values)) for position, *values in rows]
    return items[:limit], items[limit - 1][0] if len(items) > limit else None


def advices(
    *, company_id: UUID, bank_line_ids: Sequence[UUID] | None = (), ids: Sequence[UUID] = ()
) -> list[AdviceView]:
    """The advices of these movements, and those named, with their parts, oldest first; those that
    wait for their money where ``bank_line_ids`` is None. Two queries."""
    where = "a.bank_line_id = ANY(%(lines)s) OR a.id = ANY(%(ids)s)"
    asked = {"company": company_id, "lines": list(bank_line_ids or ()), "ids": list(ids)}
    rows = fetch_rows(
        "SELECT a.id, a.kind, a.number, a.payer_name, a.payer_iban, a.paid_on, a.amount_minor,"
        " a.currency, a.filename, a.archive_digest, a.bank_line_id FROM receipts_advice a"
        " WHERE a.company_id = %(company)s AND a.withdrawn_at IS NULL"
        f" AND ({_WAITS if bank_line_ids is None else where}) ORDER BY a.paid_on, a.id",
        asked,
    )
    parts: dict[UUID, list[AdvicePartView]] = {}
    for advice_id, *values in fetch_rows(
        "SELECT p.advice_id, p.id, p.kind, p.document, p.reference, p.payer_name, p.amount_minor,"
        " p.discount_minor, p.byte_start, p.byte_end, p.place FROM receipts_advice_part p"
        " WHERE p.company_id = %s AND p.advice_id = ANY(%s) ORDER BY p.advice_id, p.position",
        [company_id, [row[0] for row in rows]],
    ):
        parts.setdefault(advice_id, []).append(AdvicePartView(*values))
    return [AdviceView(*row, parts=tuple(parts.get(row[0], ()))) for row in rows]


@dataclass(frozen=True, slots=True)
class SaidPart:
    """One line of what was said: of which document, and how much."""

    position: int
    kind: str
    document: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Said:
    """What an advice says of a receipt: the first of its ``count`` lines."""

    id: UUID
    kind: str
    number: str
    payer_name: str
    amount_minor: int
    currency: str
    count: int
    parts: tuple[SaidPart, ...]


def said_of(*, company_id: UUID, receipt_id: UUID) -> Read[list[Said]]:
    """The advices that explain this receipt, oldest first, each with its first lines."""
    return Read(
        "SELECT a.id, a.kind, a.number, a.payer_name, a.amount_minor, a.currency,"
        " a.parts AS count, ("
        "  SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.position), '[]'::jsonb) FROM ("
        "   SELECT position, kind, document, amount_minor FROM receipts_advice_part"
        "   WHERE company_id = %(company)s AND advice_id = a.id ORDER BY position LIMIT %(most)s"
        "  ) AS p) AS parts FROM receipts_receipt r JOIN receipts_advice a"
        " ON a.company_id = r.company_id"
        "  AND (a.bank_line_id = r.bank_line_id OR a.id = r.advice_id)"
        " WHERE r.company_id = %(company)s AND r.id = %(id)s AND a.withdrawn_at IS NULL"
        " ORDER BY a.paid_on, a.id",
        {"company": company_id, "id": receipt_id, "most": SAID_MAX},
        lambda rows: views(
            Said,
            [{**row, "parts": tuple(SaidPart(**part) for part in row["parts"])} for row in rows],
        ),
    )


def _cursor(after: Cursor | None) -> dict[str, object]:
    return {"day": after[0], "id": after[1]} if after else {}
