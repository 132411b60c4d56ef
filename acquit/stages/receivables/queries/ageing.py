"""Ageing: how old what is open is, at any date. The buckets always sum to the balance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import starmap
from typing import Any, overload
from uuid import UUID

from acquit.access.models import Company
from acquit.database.copy import fetch_rows
from acquit.stages.receivables.queries import cache
from acquit.stages.receivables.queries.as_at import MOVED_SINCE, positions
from acquit.stages.receivables.queries.columns import Sheet


@dataclass(frozen=True, slots=True)
class Buckets:
    """Minor units. Claims less credit notes by days after their due day; receipts that settle
    nothing yet stand apart in ``unapplied_minor`` (positive)."""

    not_due_minor: int = 0
    days_1_30_minor: int = 0
    days_31_60_minor: int = 0
    days_61_90_minor: int = 0
    over_90_minor: int = 0
    unapplied_minor: int = 0

    @property
    def overdue_minor(self) -> int:
        return self.receivable_minor - self.not_due_minor

    @property
    def receivable_minor(self) -> int:
        """The five buckets: what the receivables control account says."""
        return (
            self.not_due_minor
            + self.days_1_30_minor
            + self.days_31_60_minor
            + self.days_61_90_minor
            + self.over_90_minor
        )

    @property
    def balance_minor(self) -> int:
        """What the customer owes in the end: receivable less unapplied money."""
        return self.receivable_minor - self.unapplied_minor

    def __add__(self, other: Buckets) -> Buckets:
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Buckets(*(mine + theirs for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """One customer in one currency; no customer: receipts whose payer is not known.

    ``home`` are the same buckets in the company's currency, at the recorded rates.
    """

    customer_id: UUID | None
    customer_number: str
    customer_name: str
    currency: str
    amounts: Buckets
    home: Buckets


@dataclass(frozen=True, slots=True)
class AgeingTotals:
    as_at: date
    known_at: datetime | None
    currency: str
    home: Buckets
    by_currency: dict[str, Buckets]


@dataclass(frozen=True, slots=True)
class Ageing:
    """Every customer, ordered by number, and the totals over them. Customers of whom every figure
    is zero are even and have no row."""

    totals: AgeingTotals
    rows: Sequence[AgeingRow]
    customers: int


@dataclass(frozen=True, slots=True)
class AgeingPage:
    """Some customers; ``next`` is the customer number to go on after, "" at the end."""

    rows: tuple[AgeingRow, ...]
    next: str


def ageing(*, company_id: UUID, as_at: date, known_at: datetime | None) -> Ageing:
    """The whole report, from columns in memory where they can answer: then rows become objects
    when they are looked at."""
    found = cache.sheet_of(company_id=company_id, as_at=as_at) if known_at is None else None
    if found is None:
        return ageing_by_sql(company_id=company_id, as_at=as_at, known_at=known_at)
    totals = _totals(found, _home_currency(company_id), as_at)
    return Ageing(totals, _Rows(company_id, found), found.customers)


def ageing_by_sql(*, company_id: UUID, as_at: date, known_at: datetime | None) -> Ageing:
    """The same from the as-at engine alone, in two or three queries whatever the number of
    customers: what the columns must equal."""
    relation = positions(company_id=company_id, as_at=as_at, known_at=known_at)
    raw = _raw_rows(relation.with_sql, relation.parameters)
    by_currency = {
        currency: _column_sums([row for row in raw if row[4] == currency], 5)
        for currency in sorted({row[4] for row in raw})
    }
    home = _column_sums(raw, 11)
    totals = AgeingTotals(as_at, known_at, _home_currency(company_id), home, by_currency)
    return Ageing(totals, tuple(_row(row) for row in raw), len({row[0] for row in raw if row[0]}))


def _column_sums(raw: Sequence[tuple[Any, ...]], first: int) -> Buckets:
    """Six columns summed at once; a report of 50,000 customers is mostly this."""
    if not raw:
        return Buckets()
    return Buckets(*(sum(column) for column in list(zip(*raw, strict=True))[first : first + 6]))


def ageing_totals(
    *, company_id: UUID, as_at: date, known_at: datetime | None, currency: str = ""
) -> AgeingTotals:
    """The totals alone, for key numbers; ``currency`` of the company where it is at hand."""
    found = cache.sheet_of(company_id=company_id, as_at=as_at) if known_at is None else None
    if found is not None:
        return _totals(found, currency or _home_currency(company_id), as_at)
    relation = positions(company_id=company_id, as_at=as_at, known_at=known_at)
    rows = fetch_rows(
        f"{relation.with_sql} SELECT currency, {', '.join(f'sum({c})::bigint' for c in _COLUMNS)}"
        f" FROM (SELECT currency, {_sums()} FROM position"
        f" GROUP BY customer_id, currency HAVING {_NOT_EVEN}) AS customers"
        " GROUP BY currency ORDER BY currency",
        relation.parameters,
    )
    by_currency = {row[0]: Buckets(*row[1:7]) for row in rows}
    home = sum((Buckets(*row[7:13]) for row in rows), Buckets())
    return AgeingTotals(as_at, known_at, currency or _home_currency(company_id), home, by_currency)


def _totals(found: Sheet, currency: str, as_at: date) -> AgeingTotals:
    sums = found.totals()
    return AgeingTotals(
        as_at,
        None,
        currency,
        sum((Buckets(*home) for _amounts, home in sums.values()), Buckets()),
        {currency: Buckets(*amounts) for currency, (amounts, _home) in sums.items()},
    )


_NAMES_MAX = 2_000  # customers asked for one by one


class _Rows(Sequence[AgeingRow]):
    """The rows of a sheet, made when they are looked at, with the customers' names of then."""

    def __init__(self, company_id: UUID, found: Sheet, places: Sequence[int] | None = None) -> None:
        self._company_id, self._sheet = company_id, found
        self._places = found.places.tolist() if places is None else places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> AgeingRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[AgeingRow]: ...
    def __getitem__(self, index: int | slice) -> AgeingRow | Sequence[AgeingRow]:
        if isinstance(index, slice):
            return _Rows(self._company_id, self._sheet, self._places[index])
        return next(iter(self[index : index + 1 or None]))

    def __iter__(self) -> Iterator[AgeingRow]:
        groups = [self._sheet.group(place) for place in self._places]
        names = self._names([group.customer_id for group in groups if group.customer_id])
        tables = [self._sheet.amounts]
        if self._sheet.home is not self._sheet.amounts:
            tables.append(self._sheet.home)
        buckets = [list(starmap(Buckets, table[:, self._places].T.tolist())) for table in tables]
        for group, amounts, home in zip(groups, buckets[0], buckets[-1], strict=True):
            id = group.customer_id
            name = names[id] if id else ""
            yield AgeingRow(id, group.number, name, group.currency, amounts, home)

    def _names(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        """Where most are wanted, all are asked for: a long list costs more than a table."""
        sql, values = "SELECT id, name FROM masterdata_customer WHERE company_id = %s", []
        if len(ids) <= _NAMES_MAX:
            sql, values = f"{sql} AND id = ANY(%s)", [ids]
        return dict(fetch_rows(sql, [self._company_id, *values]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def ageing_list(
    *,
    company_id: UUID,
    as_at: date,
    known_at: datetime | None,
    limit: int,
    after: str,
    bucket: str,
    currency: str,
) -> tuple[AgeingTotals, AgeingPage]:
    """The totals and one page of the customers behind them, of the same moment where the columns
    in memory can answer."""
    sheet = cache.sheet_of(company_id=company_id, as_at=as_at) if known_at is None else None
    page = _sheet_page(sheet, company_id, limit, after, bucket) if sheet is not None else None
    if sheet is not None and page is not None:
        return _totals(sheet, currency, as_at), page
    return ageing_totals(
        company_id=company_id, as_at=as_at, known_at=known_at, currency=currency
    ), ageing_page(
        company_id=company_id,
        as_at=as_at,
        known_at=known_at,
        limit=limit,
        after=after,
        bucket=bucket,
    )


def ageing_page(
    *,
    company_id: UUID,
    as_at: date,
    known_at: datetime | None,
    limit: int,
    after: str,
    bucket: str = "",
) -> AgeingPage:
    """The next ``limit`` customers by number that have, or since then had, an open item.

    A customer who was even on that day gives no row, so a page may hold fewer than ``limit``.
    With ``bucket`` (one of ``NAMES`` or ``overdue``) only rows with something in it. Money whose
    payer is not known stands on the last page, so the pages sum to the totals.
    """
    sheet = cache.sheet_of(company_id=company_id, as_at=as_at) if known_at is None else None
    page = _sheet_page(sheet, company_id, limit, after, bucket) if sheet is not None else None
    if page is not None:
        return page
    if bucket:
        return _bucket_page(company_id, as_at, known_at, limit, after, bucket)
    found = fetch_rows(
        "SELECT c.id, c.number FROM masterdata_customer c"
        " WHERE c.company_id = %(company)s AND c.number > %(after)s AND (EXISTS ("
        "  SELECT 1 FROM receivables_open_item i WHERE i.company_id = c.company_id"
        "  AND i.customer_id = c.id AND i.open_minor > 0 AND i.effective_on <= %(as_at)s)"
        " OR EXISTS (SELECT 1 FROM receivables_open_item i WHERE i.company_id = c.company_id"
        "  AND i.customer_id = c.id AND i.open_minor = 0 AND i.effective_on <= %(as_at)s"
        "  AND (i.moved_on > %(as_at)s OR %(known_at)s::timestamptz IS NOT NULL))"
        " OR EXISTS (SELECT 1 FROM receivables_payer_change p WHERE p.company_id = c.company_id"
        "  AND p.customer_before_id = c.id))"
        " ORDER BY c.number LIMIT %(limit)s",
        {
            "company": company_id,
            "as_at": as_at,
            "known_at": known_at,
            "after": after,
            "limit": limit + 1,
        },
    )
    chosen = found[:limit]
    relation = positions(
        company_id=company_id,
        as_at=as_at,
        known_at=known_at,
        customer_ids=[row[0] for row in chosen],
    )
    rows = _rows(relation.with_sql, relation.parameters)
    if len(found) > limit:
        return AgeingPage(tuple(rows), chosen[-1][1])
    return AgeingPage((*rows, *_of_nobody(company_id, as_at, known_at)), "")


def _sheet_page(
    sheet: Sheet, company_id: UUID, limit: int, after: str, bucket: str
) -> AgeingPage | None:
    """``limit`` rows, and the rest of the last customer's; None where ``after`` is a number of
    nobody: only the database can say where it would stand."""
    columns = sheet.columns
    order, places = columns.order, sheet.places
    if bucket:
        wanted = range(1, 5) if bucket == "overdue" else [NAMES.index(bucket)]
        places = places[sheet.amounts[list(wanted)][:, places].any(axis=0)]
    rank, start = order.rank[places], 0
    if after:
        before = columns.rank_of(after)
        if before is None:
            return None
        start = int(rank.searchsorted(before, side="right"))
    end = min(start + limit, len(places))
    while 0 < end < len(places) and rank[end] == rank[end - 1]:
        end += 1
    rows = _Rows(company_id, sheet, places[start:end].tolist())
    if end == len(places) or rank[end] == order.nobody:
        return AgeingPage(tuple(_Rows(company_id, sheet, places[start:].tolist())), "")
    return AgeingPage(tuple(rows), columns.groups[places[end - 1]].number)


def _of_nobody(company_id: UUID, as_at: date, known_at: datetime | None) -> list[AgeingRow]:
    """Receipts whose payer is not known, per currency."""
    relation = positions(company_id=company_id, as_at=as_at, known_at=known_at)
    return _rows(relation.with_sql, relation.parameters, where="customer_id IS NULL")


def _bucket_page(
    company_id: UUID,
    as_at: date,
    known_at: datetime | None,
    limit: int,
    after: str,
    bucket: str,
) -> AgeingPage:
    """Needs the whole relation, as the totals do; a customer's currencies stay on one page."""
    relation = positions(company_id=company_id, as_at=as_at, known_at=known_at)
    rows = _rows(
        relation.with_sql,
        {**relation.parameters, "after": after, "limit": limit + 1},
        having=_filled(bucket),
        page="WHERE c.number > %(after)s OR c.number IS NULL",
        limit="LIMIT %(limit)s",
    )
    if len(rows) <= limit:
        return AgeingPage(tuple(rows), "")
    last = rows[limit].customer_number
    kept = [row for row in rows[:limit] if row.customer_number != last] or rows[:limit]
    return AgeingPage(tuple(kept), kept[-1].customer_number)


def ageing_of(
    *, company_id: UUID, customer_ids: Sequence[UUID], as_at: date, known_at: datetime | None
) -> tuple[AgeingRow, ...]:
    """The rows of some customers. Mostly the present is the answer: it is asked first, and says
    itself whether it is."""
    if known_at is None:
        now = positions(
            company_id=company_id,
            as_at=as_at,
            known_at=None,
            customer_ids=customer_ids,
            from_log=False,
        )
        raw = _raw_rows(now.with_sql, now.parameters, also=f", {MOVED_SINCE}")
        if raw and not raw[0][-1]:
            return tuple(_row(row) for row in raw)
    relation = positions(
        company_id=company_id, as_at=as_at, known_at=known_at, customer_ids=customer_ids
    )
    return tuple(_rows(relation.with_sql, relation.parameters))


def _rows(
    with_sql: str,
    parameters: dict[str, Any],
    *,
    where: str = "true",
    having: str = "",
    page: str = "",
    limit: str = "",
) -> list[AgeingRow]:
    raw = _raw_rows(with_sql, parameters, where=where, having=having, page=page, limit=limit)
    return [_row(row) for row in raw]


def _raw_rows(
    with_sql: str,
    parameters: dict[str, Any],
    *,
    where: str = "true",
    having: str = "",
    page: str = "",
    limit: str = "",
    also: str = "",
) -> list[tuple[Any, ...]]:
    """Customer id, number, name, id again, currency, six sums, six sums in home currency; money
    of unknown payers last."""
    return fetch_rows(
        f"{with_sql} SELECT p.customer_id, c.number, c.name, p.*{also} FROM ("
        f"SELECT customer_id, currency, {_sums()} FROM position WHERE {where}"
        f" GROUP BY customer_id, currency HAVING {having or _NOT_EVEN}"
        ") AS p LEFT JOIN masterdata_customer c"
        " ON c.company_id = %(company)s AND c.id = p.customer_id"
        f" {page} ORDER BY c.number NULLS LAST, p.currency {limit}",
        parameters,
    )


def _row(row: tuple[Any, ...]) -> AgeingRow:
    return AgeingRow(
        row[0], row[1] or "", row[2] or "", row[4], Buckets(*row[5:11]), Buckets(*row[11:17])
    )


_BUCKETS = (
    "due_on >= %(as_at)s::date",
    "due_on < %(as_at)s::date AND due_on >= %(as_at)s::date - 30",
    "due_on < %(as_at)s::date - 30 AND due_on >= %(as_at)s::date - 60",
    "due_on < %(as_at)s::date - 60 AND due_on >= %(as_at)s::date - 90",
    "due_on < %(as_at)s::date - 90",
)


NAMES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "unapplied")
_COLUMNS = (*NAMES, *(f"home_{name}" for name in NAMES))


def _expressions() -> dict[str, str]:
    """Twelve sums: five buckets and the unapplied money, in the item's and in home currency."""
    columns = []
    for column in ("open_minor", "open_functional_minor"):
        signed = f"CASE kind WHEN 'credit_note' THEN -{column} ELSE {column} END"
        columns += [
            f"coalesce(sum({signed}) FILTER (WHERE kind <> 'receipt' AND {bucket}), 0)::bigint"
            for bucket in _BUCKETS
        ]
        columns.append(f"coalesce(sum({column}) FILTER (WHERE kind = 'receipt'), 0)::bigint")
    return dict(zip(_COLUMNS, columns, strict=True))


_SUMS = _expressions()
_NOT_EVEN = "(" + " OR ".join(f"{expression} <> 0" for expression in _SUMS.values()) + ")"


def _sums() -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in _SUMS.items())


def _filled(bucket: str) -> str:
    """The condition that a row has something in the bucket; ``overdue`` is any of four."""
    wanted = NAMES[1:5] if bucket == "overdue" else (bucket,)
    return "(" + " OR ".join(f"{_SUMS[name]} <> 0" for name in wanted) + ")"


def _home_currency(company_id: UUID) -> str:
    currency: str = Company.objects.values_list("currency", flat=True).get(id=company_id)
    return currency
