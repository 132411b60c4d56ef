"""What a matcher needs: the unapplied receipts, the open items they may be for, and who paid what
before. Each function is one query, however many receipts it is asked for; :func:`make_readable`
comes first, since these queries join the largest tables that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from acquit.database.bulk import make_known
from acquit.database.copy import fetch_rows, uuid_array
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.models import Allocation, OpenItem

SAME_AMOUNT_MAX = 41  # items looked at per amount; so many prove nothing
OF_CUSTOMER_MAX = 2_000  # the oldest open items of one customer
RECEIPTS_OF_PAYER_MAX = 200  # the latest receipts of one account or name
TEXTS_OF_PAYER_MAX = 60


class Unapplied(NamedTuple):
    """A receipt of which something is open."""

    item_id: UUID
    receipt_id: UUID
    received_on: date
    customer_id: UUID | None
    currency: str
    amount_minor: int
    open_minor: int
    functional_minor: int
    payer_name: str
    payer_iban: str
    text: str
    end_to_end_id: str
    bank_line_id: UUID | None
    advice_id: UUID | None
    charges_minor: int  # that the statement tells of it


class OpenClaim(NamedTuple):
    """An open invoice, debit note or credit note. ``discount_bp`` are hundredths of a percent off
    when paid until ``discount_until``; ``references`` are orders and deliveries, normalised."""

    id: UUID
    customer_id: UUID
    kind: str
    side: str
    number: str
    currency: str
    original_minor: int
    open_minor: int
    issued_on: date
    due_on: date
    discount_bp: int
    discount_until: date | None
    references: list[str]


class PaidClaim(NamedTuple):
    """A document that is settled, with one of the receipts that did it."""

    id: UUID
    customer_id: UUID
    number: str
    currency: str
    original_minor: int
    due_on: date
    paid_on: date
    paid_minor: int
    payer_name: str
    payer_iban: str


class PaidFor(NamedTuple):
    """Money of this account and name settled something of this customer."""

    payer_iban: str
    payer_name: str
    customer_id: UUID


class TextFor(NamedTuple):
    """The text of a receipt that settled these numbers of this customer."""

    payer_iban: str
    text: str
    customer_id: UUID
    numbers: list[str]
    received_on: date


_CLAIM = (
    "i.id, i.customer_id, i.kind, i.side, i.number, i.currency, i.original_minor, i.open_minor,"
    " i.effective_on, i.due_on, i.discount_bp, i.discount_until, i.reference_keys"
)
_OPEN = "i.company_id = %(company)s AND i.open_minor > 0 AND NOT i.kind = 'receipt'"
_SETTLED = (
    "i.company_id = %(company)s AND i.open_minor = 0 AND i.side = 'debit'"
    " AND NOT i.kind = 'receipt' AND i.moved_on >= %(since)s"
)
_ASKED = "unnest(%(currencies)s::text[], %(minors)s::bigint[]) AS asked (currency, minor)"
_DIGITS = r"regexp_replace(i.number, '\D', '', 'g')"
_SERIAL = r"ltrim(substring(i.number from '(\d+)\D*$'), '0')"
# As the joins of ``_by_number`` and with an amount, of each document by itself.
_IS_ASKED = (
    "i.customer_id IS NOT NULL AND (i.currency, i.original_minor) IN"
    f" (SELECT currency, minor FROM {_ASKED})"
    " OR i.number_key IN (SELECT unnest(%(keys)s::text[]))"
    f" OR {_DIGITS} IN (SELECT unnest(%(digits)s::text[]))"
    f" OR {_SERIAL} IN (SELECT unnest(%(serials)s::text[]))"
)
_STANDS = (
    "a.company_id = %(company)s AND a.amount_minor > 0 AND NOT EXISTS ("
    "SELECT 1 FROM receivables_allocation r WHERE r.company_id = a.company_id"
    " AND r.reverses_id IS NOT NULL AND r.reverses_id = a.id)"
)
# What a provider pays out, and a sum that the bank collected, come from many: neither the account
# nor the name nor the text of receipt ``r`` says anything of whose money it was.
OF_ONE_PAYER = (
    "NOT r.method = 'payout' AND NOT EXISTS (SELECT 1 FROM receipts_advice o"
    " WHERE o.company_id = r.company_id AND o.bank_line_id = r.bank_line_id"
    " AND o.withdrawn_at IS NULL"
    " AND (o.kind = 'payout' OR o.kind = 'notification' AND o.parts > 1))"
)
_UNTOUCHED = (
    "m.recorded_at < %(before)s AND NOT EXISTS (SELECT 1 FROM receivables_allocation a"
    " WHERE a.company_id = %(company)s AND a.credit_item_id = m.id"
    " AND a.recorded_at >= %(before)s)"
)


def _recorded(before: datetime | None) -> str:
    return " AND a.recorded_at < %(before)s" if before else ""


def _by_number(condition: str) -> str:
    """Documents whose number is one of ``keys`` written whole, by its digits or its last group.

    Joined, not looked up key by key: where the statistics are those of an empty table, the planner
    reads all documents for each key.
    """
    joined = f"JOIN receivables_open_item i ON {condition}"
    return (
        f"SELECT i.id FROM unnest(%(keys)s::text[]) k {joined} AND i.number_key = k"
        f" UNION SELECT i.id FROM unnest(%(digits)s::text[]) k {joined} AND {_DIGITS} = k"
        f" UNION SELECT i.id FROM unnest(%(serials)s::text[]) k {joined} AND {_SERIAL} = k"
    )


def _keys(keys: Iterable[str]) -> dict[str, str]:
    """Arrays as texts: keys are letters and digits only, and a list is written one by one."""
    whole = list(keys)
    digits = [key for key in whole if key.isdecimal() and len(key) >= 4]
    serials = [key for key in dict.fromkeys(key.lstrip("0") for key in digits) if key]
    named = {"keys": whole, "digits": digits, "serials": serials}
    return {name: "{" + ",".join(values) + "}" for name, values in named.items()}


def make_readable(company_id: UUID) -> None:
    """Before a command asks: the planner knows a company whose first rows came just now."""
    make_known(company_id, Receipt, OpenItem, Allocation)


def unapplied(*, company_id: UUID, receipt_ids: Sequence[UUID]) -> list[Unapplied]:
    """The receipts with something open, oldest first; no ids: all of them."""
    scope = " AND i.receipt_id = ANY(%(ids)s)" if receipt_ids else ""
    rows = fetch_rows(
        "SELECT i.id, i.receipt_id, i.effective_on, i.customer_id, i.currency, i.original_minor,"
        " i.open_minor, i.open_functional_minor, r.payer_name, r.payer_iban, r.text,"
        " coalesce(l.end_to_end_id, ''), r.bank_line_id, r.advice_id,"
        " coalesce(l.charges_minor, 0) FROM receivables_open_item i"
        " JOIN receipts_receipt r ON r.company_id = i.company_id AND r.id = i.receipt_id"
        " LEFT JOIN receipts_bank_line l ON l.company_id = r.company_id AND l.id = r.bank_line_id"
        " WHERE i.company_id = %(company)s AND i.open_minor > 0 AND i.kind = 'receipt'"
        f"{scope} ORDER BY i.effective_on, i.id",
        {"company": company_id, "ids": list(receipt_ids)},
    )
    return list(map(Unapplied._make, rows))


def decided(*, company_id: UUID, limit: int) -> list[Unapplied]:
    """The receipts that something was applied of, whole as they came and without the payer that
    the decision told; the last decided ones, in the order of their days."""
    rows = fetch_rows(
        "WITH lately AS (SELECT a.credit_item_id AS item, max(a.id::text) AS last FROM ("
        f"  SELECT a.* FROM receivables_allocation a WHERE {_STANDS}"
        "   AND a.credit_item_id IS NOT NULL AND a.adjustment IN ('', 'exchange')"
        "   ORDER BY a.effective_on DESC, a.id DESC LIMIT %(limit)s * 20) AS a"
        "  JOIN receivables_open_item i ON i.company_id = %(company)s AND i.id = a.credit_item_id"
        "   AND i.kind = 'receipt'"
        "  GROUP BY a.credit_item_id ORDER BY 2 DESC LIMIT %(limit)s)"
        " SELECT i.id, i.receipt_id, i.effective_on, r.customer_id, i.currency, i.original_minor,"
        " i.original_minor, i.functional_minor, r.payer_name, r.payer_iban, r.text,"
        " coalesce(l.end_to_end_id, ''), r.bank_line_id, r.advice_id,"
        " coalesce(l.charges_minor, 0) FROM lately"
        " JOIN receivables_open_item i ON i.company_id = %(company)s AND i.id = lately.item"
        " JOIN receipts_receipt r ON r.company_id = i.company_id AND r.id = i.receipt_id"
        " LEFT JOIN receipts_bank_line l ON l.company_id = r.company_id AND l.id = r.bank_line_id"
        " ORDER BY i.effective_on, i.id",
        {"company": company_id, "limit": limit},
    )
    return list(map(Unapplied._make, rows))


@dataclass(frozen=True, slots=True)
class Decided:
    """A part of what was decided of a receipt: what it or a credit note gave a claim, or what was
    closed of the claim with it, and when. ``is_money`` of the claim is the receipt's."""

    receipt_id: UUID
    claim_id: UUID | None
    note_id: UUID | None
    amount_minor: int
    is_money: bool
    recorded_at: datetime


def decisions(*, company_id: UUID, receipt_ids: Collection[UUID]) -> list[Decided]:
    """All that stands of the decisions on these receipts: their allocations and those made with
    them. One query."""
    rows = fetch_rows(
        "WITH direct AS (SELECT a.*, i.receipt_id FROM receivables_open_item i"
        "  JOIN receivables_allocation a ON a.credit_item_id = i.id"
        f" AND {_STANDS} AND a.adjustment IN ('', 'exchange')"
        "  WHERE i.company_id = %(company)s AND i.receipt_id = ANY(%(receipts)s::uuid[])),"
        " beside AS (SELECT DISTINCT a.id, d.receipt_id FROM direct d"
        "  JOIN receivables_allocation a ON a.proposal_id = d.proposal_id"
        f" AND {_STANDS} AND NOT a.id = d.id"
        "  UNION SELECT a.id, d.receipt_id FROM direct d"
        "  JOIN receivables_allocation a ON a.group_id = d.group_id"
        f" AND {_STANDS} AND NOT a.id = d.id)"
        " SELECT receipt_id, debit_item_id, NULL::uuid, amount_minor, true, recorded_at FROM direct"
        "  WHERE debit_item_id IS NOT NULL"
        " UNION ALL SELECT b.receipt_id, a.debit_item_id, a.credit_item_id, a.amount_minor,"
        "  a.adjustment = 'exchange', a.recorded_at FROM beside b"
        "  JOIN receivables_allocation a ON a.company_id = %(company)s AND a.id = b.id"
        "  WHERE a.debit_item_id IS NOT NULL AND NOT a.id IN (SELECT id FROM direct)",
        {"company": company_id, "receipts": uuid_array(receipt_ids)},
    )
    return [Decided(*row) for row in rows]


def claims_by_id(*, company_id: UUID, ids: Collection[UUID]) -> list[OpenClaim]:
    """These documents, open or not."""
    return _claims(
        f"SELECT {_CLAIM} FROM receivables_open_item i WHERE i.company_id = %(company)s"
        " AND i.id = ANY(%(ids)s::uuid[]) AND NOT i.kind = 'receipt'",
        {"company": company_id, "ids": uuid_array(ids)},
    )


def moves_since(*, company_id: UUID, since: datetime) -> list[tuple[UUID, datetime, int]]:
    """What was taken of items since an instant, and given back (below zero): item, when, how much.
    One query."""
    side = (
        "SELECT a.{0}_item_id, a.recorded_at, a.amount_minor FROM receivables_allocation a"
        " WHERE a.company_id = %(company)s AND a.recorded_at >= %(since)s"
        " AND a.{0}_item_id IS NOT NULL"
    )
    rows = fetch_rows(
        f"{side.format('debit')} UNION ALL {side.format('credit')}",
        {"company": company_id, "since": since},
    )
    return [(item_id, at, minor) for item_id, at, minor in rows]


def recorded_since(*, company_id: UUID, since: datetime) -> dict[UUID, datetime]:
    """The documents that became open items since an instant, and when."""
    rows = fetch_rows(
        "SELECT i.id, i.recorded_at FROM receivables_open_item i WHERE i.company_id = %(company)s"
        " AND i.recorded_at >= %(since)s AND NOT i.kind = 'receipt'",
        {"company": company_id, "since": since},
    )
    return dict(rows)


def claims_by_number(*, company_id: UUID, keys: Collection[str]) -> list[OpenClaim]:
    """Open documents whose number, letters and digits only, is one of the keys, or whose digits
    or last group of digits are."""
    return _claims(
        f"WITH hit AS ({_by_number(_OPEN)})"
        f" SELECT {_CLAIM} FROM hit JOIN receivables_open_item i ON i.id = hit.id AND {_OPEN}"
        " ORDER BY i.due_on, i.id",
        {"company": company_id, **_keys(keys)},
    )


def is_few_claims(*, company_id: UUID, limit: int) -> bool:
    """Whether no more than so many documents are open."""
    ((count,),) = fetch_rows(
        f"SELECT count(*) FROM (SELECT 1 FROM receivables_open_item i WHERE {_OPEN}"
        " LIMIT %(limit)s) AS few",
        {"company": company_id, "limit": limit + 1},
    )
    return int(count) <= limit


def is_few_settled(*, company_id: UUID, since: date, limit: int) -> bool:
    """Whether no more than so many documents were settled since a day."""
    ((count,),) = fetch_rows(
        f"SELECT count(*) FROM (SELECT 1 FROM receivables_open_item i WHERE {_SETTLED}"
        " LIMIT %(limit)s) AS few",
        {"company": company_id, "since": since, "limit": limit + 1},
    )
    return int(count) <= limit


def all_claims(*, company_id: UUID) -> list[OpenClaim]:
    """Every open document."""
    sql = f"SELECT {_CLAIM} FROM receivables_open_item i WHERE {_OPEN}"
    return _claims(sql, {"company": company_id})


def claims_like(
    *, company_id: UUID, keys: Collection[str], amounts: Collection[tuple[str, int]]
) -> list[OpenClaim]:
    """Open documents that are named by number or reference, or whose amount, with or without the
    early-payment discount, is one of these (currency, minor units)."""
    amount = (
        f"SELECT s.id FROM asked CROSS JOIN LATERAL (SELECT i.id FROM receivables_open_item i"
        f" WHERE {_OPEN} AND i.currency = asked.currency AND {{}} = asked.minor"
        " ORDER BY i.effective_on, i.number LIMIT %(most)s) s"
    )
    reduced = "i.discount_bp > 0 AND i.open_minor - i.open_minor * i.discount_bp / 10000"
    return _claims(
        "WITH asked AS (SELECT * FROM unnest(%(currencies)s::text[], %(minors)s::bigint[])"
        f" AS asked (currency, minor)), hit AS ({_by_number(_OPEN)}"
        f" UNION SELECT i.id FROM receivables_open_item i WHERE {_OPEN}"
        "  AND NOT i.reference_keys = '{}' AND i.reference_keys && %(keys)s::varchar[]"
        f" UNION {amount.format('i.open_minor')} UNION {amount.format(reduced)})"
        f" SELECT {_CLAIM} FROM hit JOIN receivables_open_item i ON i.id = hit.id AND {_OPEN}",
        {
            "company": company_id,
            "currencies": [currency for currency, _minor in amounts],
            "minors": [minor for _currency, minor in amounts],
            "most": SAME_AMOUNT_MAX,
            **_keys(sorted(keys)),  # the rows come as they are asked for
        },
    )


def claims_of(*, company_id: UUID, customer_ids: Collection[UUID]) -> list[OpenClaim]:
    """The open documents of these customers, of each the ``OF_CUSTOMER_MAX`` oldest."""
    return _claims(
        f"SELECT {_CLAIM} FROM unnest(%(customers)s::uuid[]) c CROSS JOIN LATERAL ("
        f"SELECT * FROM receivables_open_item i WHERE {_OPEN} AND i.customer_id = c"
        " ORDER BY i.effective_on, i.number LIMIT %(most)s) i",
        {"company": company_id, "customers": uuid_array(customer_ids), "most": OF_CUSTOMER_MAX},
    )


def _claims(sql: str, parameters: dict[str, Any]) -> list[OpenClaim]:
    return list(map(OpenClaim._make, fetch_rows(sql, parameters)))


def paid_claims(
    *,
    company_id: UUID,
    since: date,
    keys: Collection[str],
    customer_ids: Collection[UUID] | None,
    amounts: Collection[tuple[str, int]],
    before: datetime | None = None,
) -> list[PaidClaim]:
    """Documents settled since a day that are named by number, or that are these customers' and
    were one of these amounts; by what was recorded ``before`` an instant. Customers None: anybody's
    of few documents (:func:`is_few_settled`), all of which are gone through."""
    if customer_ids is None:
        hit = f"SELECT i.id FROM receivables_open_item i WHERE {_SETTLED} AND ({_IS_ASKED})"
    else:
        hit = (
            f"{_by_number(_SETTLED)} UNION SELECT i.id FROM unnest(%(customers)s::uuid[]) c"
            f" JOIN receivables_open_item i ON i.customer_id = c AND {_SETTLED}"
            f" JOIN {_ASKED} ON asked.currency = i.currency AND asked.minor = i.original_minor"
        )
    rows = fetch_rows(
        f"WITH hit AS ({hit})"
        " SELECT i.id, i.customer_id, i.number, i.currency, i.original_minor, i.due_on,"
        "  max(a.effective_on), sum(a.amount_minor)::bigint,"
        f"  CASE WHEN {OF_ONE_PAYER} THEN r.payer_name ELSE '' END,"
        f"  CASE WHEN {OF_ONE_PAYER} THEN r.payer_iban ELSE '' END"
        f" FROM hit JOIN receivables_open_item i ON i.id = hit.id AND {_SETTLED}"
        f" JOIN receivables_allocation a ON a.debit_item_id = i.id AND {_STANDS}"
        " JOIN receivables_open_item c ON c.company_id = a.company_id AND c.id = a.credit_item_id"
        " JOIN receipts_receipt r ON r.company_id = c.company_id AND r.id = c.receipt_id"
        f"{_recorded(before)}"
        " GROUP BY i.company_id, i.id, r.company_id, r.id ORDER BY i.id, r.id",
        {
            "company": company_id,
            "since": since,
            "customers": uuid_array(customer_ids or ()),
            "currencies": [currency for currency, _minor in amounts],
            "minors": [minor for _currency, minor in amounts],
            "before": before,
            **_keys(keys),
        },
    )
    return list(map(PaidClaim._make, rows))


def paid_for(
    *,
    company_id: UUID,
    since: date,
    ibans: Collection[str],
    names: Collection[str],
    before: datetime | None = None,
) -> list[PaidFor]:
    """For whom money of these accounts, or under these names, was applied since a day, or whose a
    person said it is; as was recorded ``before`` an instant. Of money that was applied since then
    nobody knows any more whose it was called before."""
    latest = (
        "SELECT r.id FROM unnest(%({0}s)s::text[]) k"
        " CROSS JOIN LATERAL (SELECT * FROM receipts_receipt r WHERE r.company_id = %(company)s"
        " AND r.payer_{0} = k AND NOT r.payer_{0} = '' AND r.received_on >= %(since)s"
        " ORDER BY r.received_on DESC, r.id DESC LIMIT %(most)s) r"
    )
    rows = fetch_rows(
        f"WITH latest AS ({latest.format('iban')} UNION {latest.format('name')}),"
        " mine AS (SELECT r.payer_iban, r.payer_name, c.id, c.customer_id, c.recorded_at"
        "  FROM latest JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = latest.id"
        "  JOIN receivables_open_item c ON c.company_id = %(company)s AND c.receipt_id = r.id"
        f"  WHERE {OF_ONE_PAYER})"
        " SELECT DISTINCT payer_iban, payer_name, customer_id FROM mine m"
        "  WHERE customer_id IS NOT NULL"
        f"{' AND ' + _UNTOUCHED if before else ''}"
        " UNION SELECT DISTINCT m.payer_iban, m.payer_name, a.debit_customer_id FROM mine m"
        f" JOIN receivables_allocation a ON a.credit_item_id = m.id AND {_STANDS}"
        f"{_recorded(before)}",
        {
            "company": company_id,
            "since": since,
            "ibans": sorted(set(ibans)),
            "names": sorted(set(names)),
            "most": RECEIPTS_OF_PAYER_MAX,
            "before": before,
        },
    )
    return list(map(PaidFor._make, rows))


def texts_for(
    *,
    company_id: UUID,
    since: date,
    ibans: Collection[str],
    names: Collection[str],
    before: datetime | None = None,
) -> list[TextFor]:
    """What money of these accounts, or under these names, said and settled since a day, the latest
    last; by what was recorded ``before`` an instant."""
    latest = (
        "SELECT r.id FROM unnest(%({0}s)s::text[]) k"
        " CROSS JOIN LATERAL (SELECT * FROM receipts_receipt r WHERE r.company_id = %(company)s"
        " AND r.payer_{0} = k AND NOT r.payer_{0} = '' AND r.received_on >= %(since)s"
        " ORDER BY r.received_on DESC, r.id DESC LIMIT %(most)s) r"
    )
    asked = f"{latest.format('iban')} UNION {latest.format('name')}"
    values = {
        "company": company_id,
        "since": since,
        "ibans": sorted(set(ibans)),
        "names": sorted(set(names)),
        "most": TEXTS_OF_PAYER_MAX,
        "before": before,
    }
    rows = fetch_rows(texts_sql(asked, _recorded(before)), values)
    return list(map(TextFor._make, rows))


def texts_sql(asked: str, recorded: str = "") -> str:
    """Texts of the receipts whose ids are ``asked`` for, with what each settled that stands."""
    return (
        f"WITH asked AS ({asked}) SELECT r.payer_iban, r.text, a.debit_customer_id AS customer_id,"
        " array_agg(DISTINCT d.number ORDER BY d.number) AS numbers, r.received_on"
        " FROM asked JOIN receipts_receipt r"
        "  ON r.company_id = %(company)s AND r.id = asked.id AND NOT r.text = ''"
        f"  AND {OF_ONE_PAYER}"
        " JOIN receivables_open_item c ON c.company_id = r.company_id AND c.receipt_id = r.id"
        f" JOIN receivables_allocation a ON a.credit_item_id = c.id AND {_STANDS}"
        f"  AND a.debit_customer_id IS NOT NULL{recorded}"
        " JOIN receivables_open_item d ON d.company_id = a.company_id AND d.id = a.debit_item_id"
        " GROUP BY r.id, r.payer_iban, r.text, a.debit_customer_id, r.received_on"
        " ORDER BY r.received_on, r.id, a.debit_customer_id"
    )
