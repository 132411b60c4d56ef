"""Reading the books: trial balance, account pages, entries, control accounts, periods.

Figures at a day come from the cached day sums; a figure as it was known at an earlier instant
comes from the postings alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, within_days
from acquit.database.together import Read, Rows, views
from acquit.history.known import told


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """``debit_minor`` or ``credit_minor`` holds the balance, on the side where it stands."""

    code: str
    name: str
    type: str
    control: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Balances in the company's currency: total debit = total credit (invariant I5).

    Columns are the balances of the accounts, each on its own side, not the turnover: what an
    accountant calls the trial balance of balances. Accounts without a balance are left out.
    """

    as_at: date
    known_at: datetime | None
    currency: str
    debit_minor: int
    credit_minor: int
    accounts: tuple[AccountBalance, ...]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One posting on an account page; ``balance_minor`` is the running balance after it."""

    posting_id: UUID
    entry_id: UUID
    booked_on: date
    text: str
    posting_rule: str
    subject_id: UUID
    customer_id: UUID | None
    debit_minor: int
    credit_minor: int
    currency: str
    functional_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the next one starts after this posting, at this balance."""

    booked_on: date
    posting_id: UUID
    balance_minor: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Functional amounts, debit plus. ``next`` is None on the last page."""

    code: str
    name: str
    currency: str
    opening_minor: int
    lines: tuple[AccountLine, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    line_no: int
    account: str
    account_name: str
    customer_id: UUID | None
    debit_minor: int
    credit_minor: int
    currency: str
    functional_minor: int


@dataclass(frozen=True, slots=True)
class EntryView:
    id: UUID
    booked_on: date
    recorded_at: datetime
    fact_id: UUID
    posting_rule: str
    subject_id: UUID
    text: str
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    lines: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class EntryHead:
    """An entry in the journal; ``minor`` is its debit side in the company's currency, ``accounts``
    and ``customers`` are those of its lines."""

    id: UUID
    booked_on: date
    recorded_at: datetime
    posting_rule: str
    text: str
    is_reversal: bool
    accounts: str
    customers: str
    minor: int
    currency: str


# The lines of an entry are looked up one entry at a time: a page needs those of fifty.
JOURNAL = Listing(
    columns="e.id, e.booked_on, e.recorded_at, e.posting_rule, e.text, e.reverses_id IS NOT NULL,"
    " m.accounts, m.customers, m.minor, k.currency",
    source="FROM ledger_entry e JOIN access_company k ON k.id = e.company_id"
    " CROSS JOIN LATERAL (SELECT string_agg(DISTINCT a.code, ', ') AS accounts,"
    "  coalesce(string_agg(DISTINCT c.name, ', '), '') AS customers,"
    "  coalesce(sum(p.functional_minor) FILTER (WHERE p.functional_minor > 0), 0)::bigint AS minor"
    "  FROM ledger_posting p"
    "  JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id"
    "  LEFT JOIN masterdata_customer c ON c.company_id = p.company_id AND c.id = p.customer_id"
    "  WHERE p.company_id = e.company_id AND p.entry_id = e.id) m"
    " WHERE e.company_id = %(company)s",
    newest=("e.booked_on", "e.id"),
    make=EntryHead,
    conditions={
        "q": "(e.text ILIKE %(like)s OR m.customers ILIKE %(like)s)",
        "account": "EXISTS (SELECT FROM ledger_posting p JOIN ledger_account a"
        " ON a.company_id = p.company_id AND a.id = p.account_id"
        " WHERE p.company_id = e.company_id AND p.entry_id = e.id AND a.code = %(account)s)",
        "customer": "EXISTS (SELECT FROM ledger_posting p WHERE p.company_id = e.company_id"
        " AND p.entry_id = e.id AND p.customer_id = %(customer)s)",
        **within_days("e.booked_on"),
    },
    amount=("k.currency", "m.minor"),
)


@dataclass(frozen=True, slots=True)
class ControlBalance:
    """What the books say of one customer in one currency on a control account (debit plus)."""

    account: str
    customer_id: UUID | None
    currency: str
    minor: int
    functional_minor: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    id: UUID
    starts_on: date
    ends_on: date
    state: str
    changed_at: datetime | None
    changed_by: str


# Functional balance per account up to a day: from the day sums, or from what was known then.
_CACHED = """
    SELECT account_id, sum(functional_minor) AS minor FROM ledger_balance
    WHERE company_id = %(company)s AND day <= %(as_at)s GROUP BY account_id
"""
_KNOWN = """
    SELECT p.account_id, sum(p.functional_minor) AS minor FROM ledger_posting p
    JOIN ledger_entry e ON e.company_id = p.company_id AND e.id = p.entry_id
    WHERE p.company_id = %(company)s AND p.booked_on <= %(as_at)s
        AND e.recorded_at <= %(known_at)s
    GROUP BY p.account_id
"""


def trial_balance(
    *, company_id: UUID, as_at: date, known_at: datetime | None = None
) -> TrialBalance:
    """The balance of every account at the end of a day, as known now or at an earlier instant."""
    return trial_balance_read(company_id=company_id, as_at=as_at, known_at=known_at).alone()


def trial_balance_read(
    *, company_id: UUID, as_at: date, known_at: datetime | None = None
) -> Read[TrialBalance]:
    """The same, to be asked together with other reads."""
    if known_at is not None:
        told(company_id=company_id, known_at=known_at)
    return Read(
        f"""
        SELECT a.code, a.name, a.type, a.control, s.minor::bigint, c.currency
        FROM access_company c
        JOIN ledger_account a ON a.company_id = c.id
        LEFT JOIN ({_CACHED if known_at is None else _KNOWN}) AS s ON s.account_id = a.id
        WHERE c.id = %(company)s ORDER BY a.code
        """,
        {"company": company_id, "as_at": as_at, "known_at": known_at},
        lambda rows: _trial_balance(rows, as_at, known_at),
    )


def _trial_balance(rows: Rows, as_at: date, known_at: datetime | None) -> TrialBalance:
    accounts = tuple(
        AccountBalance(
            *(row[name] for name in ("code", "name", "type", "control")),
            debit_minor=max(row["minor"], 0),
            credit_minor=max(-row["minor"], 0),
        )
        for row in rows
        if row["minor"]
    )
    return TrialBalance(
        as_at,
        known_at,
        rows[0]["currency"] if rows else "",
        sum(account.debit_minor for account in accounts),
        sum(account.credit_minor for account in accounts),
        accounts,
    )


def account_ledger(
    *,
    company_id: UUID,
    account: str,
    since: date,
    until: date,
    limit: int = 100,
    after: Cursor | None = None,
) -> AccountPage | None:
    """A page of an account's postings in order, with running balance; None: no such account."""
    heads = fetch_rows(
        "SELECT a.id, a.code, a.name, c.currency FROM ledger_account a"
        " JOIN access_company c ON c.id = a.company_id WHERE a.company_id = %s AND a.code = %s",
        [company_id, account],
    )
    if not heads:
        return None
    account_id, code, name, currency = heads[0]
    balance = after.balance_minor if after else _opening(company_id, account_id, since)
    rows = _account_rows(company_id, account_id, since, until, limit + 1, after)
    opening, lines = balance, []
    for row in rows[:limit]:
        balance += row[10]
        lines.append(AccountLine(*row, balance_minor=balance))
    last = lines[-1] if len(rows) > limit else None
    cursor = Cursor(last.booked_on, last.posting_id, balance) if last else None
    return AccountPage(code, name, currency, opening, tuple(lines), cursor)


def _opening(company_id: UUID, account_id: UUID, since: date) -> int:
    rows = fetch_rows(
        "SELECT coalesce(sum(functional_minor), 0) FROM ledger_balance"
        " WHERE company_id = %s AND account_id = %s AND day < %s",
        [company_id, account_id, since],
    )
    return int(rows[0][0])


def _account_rows(
    company_id: UUID,
    account_id: UUID,
    since: date,
    until: date,
    limit: int,
    after: Cursor | None,
) -> list[tuple[Any, ...]]:
    beyond = "AND (p.booked_on, p.id) > (%(day)s, %(id)s)" if after else ""
    return fetch_rows(
        f"""
        SELECT p.id, p.entry_id, p.booked_on, e.text, e.posting_rule, e.subject_id,
            p.customer_id, p.debit_minor, p.credit_minor, p.currency, p.functional_minor
        FROM ledger_posting p
        JOIN ledger_entry e ON e.company_id = p.company_id AND e.id = p.entry_id
        WHERE p.company_id = %(company)s AND p.account_id = %(account)s
            AND p.booked_on BETWEEN %(since)s AND %(until)s {beyond}
        ORDER BY p.booked_on, p.id LIMIT %(limit)s
        """,
        {
            "company": company_id,
            "account": account_id,
            "since": since,
            "until": until,
            "limit": limit,
            "day": after.booked_on if after else None,
            "id": after.posting_id if after else None,
        },
    )


def entry(*, company_id: UUID, entry_id: UUID) -> EntryView | None:
    """One entry with its lines, or None."""
    found = _entries(company_id, "e.id = ANY(%s)", [entry_id], 1)
    return found[0] if found else None


def entries(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, EntryView]:
    """These entries with their lines. One query."""
    found = _entries(company_id, "e.id = ANY(%s)", ids, len(ids))
    return {one.id: one for one in found}


def entries_about(
    *, company_id: UUID, subject_ids: Sequence[UUID], limit: int = 200
) -> list[EntryView]:
    """The entries of these objects (documents, receipts, bank lines, allocations), oldest first."""
    return _entries(company_id, "e.subject_id = ANY(%s)", subject_ids, limit)


def _entries(company_id: UUID, condition: str, ids: Sequence[UUID], limit: int) -> list[EntryView]:
    rows = fetch_rows(
        f"""
        SELECT e.id, e.booked_on, e.recorded_at, e.fact_id, e.posting_rule, e.subject_id, e.text,
            e.reverses_id, r.id, p.line_no, a.code, a.name, p.customer_id, p.debit_minor,
            p.credit_minor, p.currency, p.functional_minor
        FROM (
            SELECT * FROM ledger_entry e WHERE e.company_id = %s AND {condition}
            ORDER BY e.recorded_at, e.id LIMIT %s
        ) AS e
        JOIN ledger_posting p ON p.company_id = e.company_id AND p.entry_id = e.id
        JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
        LEFT JOIN ledger_entry r ON r.company_id = e.company_id AND r.reverses_id = e.id
        ORDER BY e.recorded_at, e.id, p.line_no
        """,
        [company_id, list(ids), limit],
    )
    grouped: dict[tuple[Any, ...], list[EntryLine]] = defaultdict(list)
    for row in rows:
        grouped[row[:9]].append(EntryLine(*row[9:]))
    return [EntryView(*head, lines=tuple(lines)) for head, lines in grouped.items()]


def control_balances(
    *, company_id: UUID, control: str, as_at: date, known_at: datetime | None = None
) -> list[ControlBalance]:
    """The control accounts of a sub-ledger (receivables, unapplied, bank, cash, tax, suspense) per
    customer and currency at the end of a day; zero balances are left out."""
    if known_at is not None:
        told(company_id=company_id, known_at=known_at)
    rows = fetch_rows(
        """
        SELECT a.code, p.customer_id, p.currency, sum(p.debit_minor - p.credit_minor),
            sum(p.functional_minor)
        FROM ledger_posting p
        JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
        JOIN ledger_entry e ON e.company_id = p.company_id AND e.id = p.entry_id
        WHERE p.company_id = %(company)s AND a.control = %(control)s
            AND p.booked_on <= %(as_at)s
            AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s)
        GROUP BY a.code, p.customer_id, p.currency
        HAVING sum(p.debit_minor - p.credit_minor) <> 0 OR sum(p.functional_minor) <> 0
        ORDER BY a.code, p.customer_id, p.currency
        """,
        {"company": company_id, "control": control, "as_at": as_at, "known_at": known_at},
    )
    return [
        ControlBalance(*row[:3], minor=int(row[3]), functional_minor=int(row[4])) for row in rows
    ]


def periods(*, company_id: UUID) -> Read[list[PeriodView]]:
    """The months that were ever locked, newest first; a month without a row is open."""
    return Read(
        "SELECT id, starts_on, ends_on, state, changed_at, changed_by FROM ledger_period"
        " WHERE company_id = %(company)s ORDER BY starts_on DESC",
        {"company": company_id},
        lambda rows: views(PeriodView, rows),
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """``kind`` is document, receipt or bank_line and ``id`` its id. A receipt from a bank names
    its line; ``digest`` and the byte range lead into the archived file."""

    subject_id: UUID
    kind: str
    id: UUID
    label: str
    on: date
    amount_minor: int
    currency: str
    line_id: UUID | None
    statement: str
    digest: str
    byte_start: int
    byte_end: int


# An allocation leads to both its items; an open item (payer named or withdrawn) to its receipt.
_ORIGINS = """
    WITH asked AS (SELECT unnest(%(ids)s::uuid[]) AS id),
    pairs AS (
        SELECT id AS subject, id AS object FROM asked
        UNION ALL
        SELECT a.id, coalesce(i.document_id, i.receipt_id)
        FROM asked JOIN receivables_allocation a
            ON a.company_id = %(company)s AND a.id = asked.id
        JOIN receivables_open_item i ON i.company_id = %(company)s
            AND i.id IN (a.debit_item_id, a.credit_item_id)
        UNION ALL
        SELECT i.id, coalesce(i.document_id, i.receipt_id)
        FROM asked JOIN receivables_open_item i
            ON i.company_id = %(company)s AND i.id = asked.id
    )
    SELECT p.subject, 'document', d.id, d.number, d.issued_on, d.gross_minor, d.currency::text,
        NULL::uuid, '', '', 0::bigint, 0::bigint
    FROM pairs p JOIN invoices_document d ON d.company_id = %(company)s AND d.id = p.object
    UNION ALL
    SELECT p.subject, 'receipt', r.id, r.payer_name, r.received_on, r.amount_minor,
        r.currency::text, l.id, coalesce(s.reference, ''), coalesce(s.archive_digest, ''),
        coalesce(l.byte_start, 0), coalesce(l.byte_end, 0)
    FROM pairs p JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = p.object
    LEFT JOIN receipts_bank_line l ON l.company_id = %(company)s AND l.id = r.bank_line_id
    LEFT JOIN receipts_statement s ON s.company_id = %(company)s AND s.id = l.statement_id
    UNION ALL
    SELECT p.subject, 'bank_line', l.id, l.payer_name, l.booked_on, l.amount_minor,
        l.currency::text, l.id, s.reference, s.archive_digest, l.byte_start, l.byte_end
    FROM pairs p JOIN receipts_bank_line l ON l.company_id = %(company)s AND l.id = p.object
    JOIN receipts_statement s ON s.company_id = %(company)s AND s.id = l.statement_id
"""


def origins(*, company_id: UUID, subject_ids: Sequence[UUID]) -> list[Origin]:
    """The things behind entries, in one query; a subject may have none or two."""
    rows = fetch_rows(_ORIGINS, {"company": company_id, "ids": list(subject_ids)})
    return sorted((Origin(*row) for row in rows), key=lambda one: (one.kind, one.label, one.id))
