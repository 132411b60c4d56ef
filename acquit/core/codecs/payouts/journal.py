"""Reports that tell a balance at a provider row by row, as PayPal's activity report does: there a
transfer to the bank is a row too, and what was paid out is what the balance took in since the one
before. Each currency has a balance of its own.

A row that did not move the balance (an authorisation, one that is pending or denied) is no part.
What came and went again between two transfers is none either: a hold that was released, a payment
that was converted whole. A conversion stands for the payment that it converts, in the currency
that arrives.

Where the balance is kept as one of our own accounts, each row counts when it happened
(:func:`read_kept`), and a transfer only moves money from one account of ours to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from acquit.core.codecs import tabular
from acquit.core.codecs.amounts import minor_of
from acquit.core.codecs.banktable.layout import folded
from acquit.core.codecs.payouts.parts import (
    ADJUSTMENT,
    CHARGEBACK,
    FEE,
    PAYMENT,
    PAYOUT,
    REFUND,
    TRANSFER,
    Layout,
    Part,
    Payout,
)
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

HOLD, CONVERSION = "hold", "conversion"
_MONEY = ("gross", "fee", "net", "balance")
_FIX = "put the row right in the provider's export, or export it again"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that moved the balance. ``balance`` is what it came to, None where it is not told."""

    number: int
    moment: tuple[date, str]
    kind: str
    currency: str
    gross: int
    fee: int
    balance: int | None
    id: str
    related: str
    document: str
    payer: str
    place: tuple[int, int]

    @property
    def net(self) -> int:
        """The fee of a row is below zero where it was kept back."""
        return self.gross + self.fee


def read(data: bytes, layout: Layout) -> tuple[tuple[Payout, ...], tuple[Fault, ...]]:
    """The transfers to the bank, oldest first, each with what it is made of; or what is wrong with
    the file. A transfer that its rows and the balances around it do not explain is a fault of its
    own. Rows after the last transfer are of the next one."""
    rows, faults = _rows(data, layout)
    if faults:
        return (), faults
    found = [one for each in _by_currency(rows).values() for one in _payouts(each, rows)]
    if not found:
        message = "the report tells of no transfer to the bank"
        fix = "export a time that holds one, with everything since the one before"
        return (), (Fault("payouts.none", message, fix=fix),)
    return tuple(sorted(found, key=lambda one: one.paid_on or date.min)), ()


def read_kept(data: bytes, layout: Layout) -> tuple[tuple[Payout, ...], tuple[Fault, ...]]:
    """The rows that moved the balance, oldest first, each by itself; or what is wrong with the
    file. In each currency the balance before the first row and all rows make the balance after the
    last one. What was converted counts where it arrives, if it was converted whole."""
    rows, faults = _rows(data, layout)
    if faults:
        return (), faults
    if wrong := [fault for each in _by_currency(rows).values() for fault in _unproven(each)]:
        return (), tuple(wrong)
    return tuple(one for row in _where_it_arrives(rows) for one in _kept(row)), ()


def _rows(data: bytes, layout: Layout) -> tuple[list[_Row], tuple[Fault, ...]]:
    """The rows that moved a balance, oldest first, or what is wrong."""
    records = []
    for record in tabular.read(data):
        if not isinstance(record, Fault):
            records.append(record)
        elif record.severity is Severity.FATAL:
            return [], (record,)
    if not records:
        return [], (Fault("payouts.none", "the report has no row"),)
    reading = _Reading(layout, records)
    if reading.faults:
        return [], tuple(reading.faults)
    rows = reading.rows
    if rows and rows[0].moment > rows[-1].moment:
        rows = rows[::-1]
    return rows, ()


def _unproven(rows: Sequence[_Row]) -> Iterator[Fault]:
    """A balance that the rows of its currency do not make, or that is not told."""
    first, last = rows[0], rows[-1]
    if first.balance is None or last.balance is None:
        message = f"row {(first if first.balance is None else last).number} tells no balance"
        fix = "export the report with the column of the balance"
        yield Fault("payouts.balance", message, f"row {first.number}", fix=fix)
        return
    moved = sum(row.net for row in rows)
    before = first.balance - first.net
    if before + moved == last.balance:
        return
    at = next(
        (
            row.number
            for earlier, row in pairwise(rows)
            if None not in (earlier.balance, row.balance)
            and row.balance != (earlier.balance or 0) + row.net
        ),
        last.number,
    )
    says, adds = (Money(minor, first.currency) for minor in (last.balance, before + moved))
    message = (
        f"the balance ends with {says}, {Money(before, first.currency)} before the first row and"
        f" all rows make {adds}: first at row {at}"
    )
    fix = "rows are missing: export all that moved the balance in this time"
    yield Fault("payouts.balance", message, f"row {at}", fix=fix)


def _where_it_arrives(rows: Sequence[_Row]) -> Iterator[_Row]:
    """A row that was converted whole gives its place, and what it is, to the conversion in the
    currency of the balance that took it in or gave it."""
    by_id = {row.id: row for row in reversed(rows) if row.kind not in (HOLD, CONVERSION)}
    left: dict[str, int] = {}
    mine = [(row, by_id.get(row.related) if row.kind == CONVERSION else None) for row in rows]
    for row, about in mine:
        if about and about.currency == row.currency:
            left[about.id] = left.get(about.id, about.net) + row.net
    for row, about in mine:
        if about and left.get(about.id) == 0:
            if row.currency != about.currency:
                yield replace(about, currency=row.currency, gross=row.gross, fee=row.fee,
                              place=row.place)  # fmt: skip
        elif left.get(row.id) != 0 or by_id.get(row.id) is not row:
            yield row


def _kept(row: _Row) -> Iterator[Payout]:
    """What a row did to the balance. A transfer is what the bank will show; its fee is the
    balance's."""
    day, number, currency = row.moment[0], row.id, row.currency
    if row.kind == PAYOUT and row.gross < 0:
        part = Part(TRANSFER, "", number, "", -row.gross, *row.place)
        yield Payout(number, day, currency, (part,), -row.gross)
        row = replace(row, gross=0)
    kind, reference, document = row.kind, row.id, row.document
    if kind in (REFUND, CHARGEBACK, FEE):
        reference = row.related or row.id
    elif kind != PAYMENT:
        kind, document = ADJUSTMENT, ""
    parts = []
    if row.gross:
        named = "" if kind == FEE else document
        parts.append(Part(kind, named, reference, row.payer, row.gross, *row.place))
    if row.fee:
        parts.append(Part(FEE, "", reference, "", row.fee, *row.place))
    if parts:
        yield Payout(number, day, currency, tuple(parts), None, is_kept=True)


class _Reading:
    """The records as rows that moved a balance, and what is wrong with the others."""

    def __init__(self, layout: Layout, records: Sequence[tabular.TabularRow]) -> None:
        self.layout = layout
        self.columns = layout.found(list(records[0].values))
        self.faults: list[Fault] = []
        self.rows: list[_Row] = []
        self.mark = self._mark(records)
        self.dates = self._dates(records)
        for record in records if self.dates else ():
            try:
                for fault in record.faults:
                    if fault.severity is Severity.FATAL:
                        raise ValueError(fault.message)
                if self._moved(record):
                    self.rows.append(self._row(record))
            except ValueError as bad:
                where = f"row {record.number}"
                self.faults.append(Fault("payouts.row", f"{where}: {bad}", where, fix=_FIX))

    def _cell(self, record: tabular.TabularRow, what: str) -> str:
        return record.values[self.columns[what]].strip() if what in self.columns else ""

    def _mark(self, records: Sequence[tabular.TabularRow]) -> str:
        """The decimal mark of the file: the sign before two last digits, or the one that is not
        before three."""
        texts = [self._cell(record, what) for record in records for what in _MONEY]
        for text in texts:
            if text[-3:-2] in (",", "."):
                return text[-3]
        groups = {text[-4] for text in texts if text[-4:-3] in (",", ".")}
        return "," if groups == {"."} else "."

    def _dates(self, records: Sequence[tabular.TabularRow]) -> str:
        """The one way of writing days by which all rows are in order; "" where nobody can tell
        days from months."""
        texts = [text for record in records if (text := self._cell(record, "paid_on"))]
        read: dict[tuple[date, ...], str] = {}
        for pattern in self.layout.dates:
            try:
                days = tuple(datetime.strptime(text, pattern).date() for text in texts)  # noqa: DTZ007
            except ValueError:
                continue
            if list(days) in (sorted(days), sorted(days, reverse=True)):
                read.setdefault(days, pattern)
        if len(read) == 1:
            return next(iter(read.values()))
        why = "can be read in more than one way" if read else "are no days, or not in order"
        message = f"the days of the report {why}: the first is {texts[0][:20] if texts else '-'!r}"
        fix = "export it with days like 2026-01-31, or with rows of more than twelve days"
        self.faults.append(Fault("payouts.days", message, fix=fix))
        return ""

    def _moved(self, record: tabular.TabularRow) -> bool:
        impact = folded(self._cell(record, "impact"))
        if impact:
            return impact in self.layout.moving
        status = folded(self._cell(record, "status"))
        return not status or status in self.layout.done

    def _row(self, record: tabular.TabularRow) -> _Row:
        currency = self._cell(record, "currency").upper()
        gross = self._minor(record, "gross", currency)
        fee = self._minor(record, "fee", currency) or 0
        net = self._minor(record, "net", currency)
        if gross is None or net is None:
            raise ValueError("it has no amount")
        if net == gross - fee:
            fee = -fee
        elif net != gross + fee:
            says = f"{Money(gross, currency)} less the fee {Money(abs(fee), currency)}"
            raise ValueError(f"its net is {Money(net, currency)}, which is not {says}")
        day = datetime.strptime(self._cell(record, "paid_on"), self.dates).date()  # noqa: DTZ007
        number = self._cell(record, "payout")
        if not number:
            raise ValueError("it has no transaction id")
        return _Row(
            number=record.number,
            moment=(day, self._cell(record, "time")),
            kind=self.kind(self._cell(record, "kind"), gross),
            currency=currency,
            gross=gross,
            fee=fee,
            balance=self._minor(record, "balance", currency),
            id=number,
            related=self._cell(record, "related"),
            document=self._cell(record, "document"),
            payer=self._cell(record, "payer") or self._cell(record, "email"),
            place=(record.byte_start or 0, record.byte_end or 0),
        )

    def _minor(self, record: tabular.TabularRow, what: str, currency: str) -> int | None:
        text = self._cell(record, what)
        if not text or not text.strip(". "):
            return None  # the provider writes ... where a balance says nothing
        value = tabular.read_decimal(text, decimal_mark=self.mark)
        minor = minor_of(f"{abs(value):f}", currency)
        return -minor if value < 0 else minor

    def kind(self, text: str, gross: int) -> str:
        """What a row is, by the first of the layout's words that its type has. Money that comes is
        a payment, unless the words say otherwise; what goes out otherwise is an adjustment."""
        words = folded(text)
        said = next((kind for word, kind in self.layout.kinds.items() if word in words), "")
        if said in (REFUND, CHARGEBACK) and gross > 0:
            return ADJUSTMENT  # it was taken back itself
        return said or (PAYMENT if gross > 0 else ADJUSTMENT)


def _by_currency(rows: Sequence[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.currency].append(row)
    return found


def _payouts(rows: Sequence[_Row], every: Sequence[_Row]) -> Iterator[Payout]:
    """The transfers of one currency; ``every`` row of the file tells what was converted."""
    by_id = {row.id: row for row in reversed(every) if row.kind not in (HOLD, CONVERSION)}
    first = rows[0]
    before = None if first.balance is None else first.balance - first.net
    since: list[_Row] = []
    for row in rows:
        if row.kind != PAYOUT or row.gross >= 0:
            since.append(row)
            continue
        yield _payout(row, since, before, by_id)
        before, since = row.balance, []


def _payout(
    row: _Row, since: Sequence[_Row], before: int | None, by_id: Mapping[str, _Row]
) -> Payout:
    parts = [part for one in _left(since, by_id) for part in _parts(one, by_id)]
    if row.fee:
        parts.append(Part(FEE, "", row.id, "", row.fee, *row.place))
    missing = -row.gross - sum(part.amount_minor for part in parts)
    faults = []
    if missing and before is not None and row.balance is not None:
        for text, minor in (("balance before", before), ("balance kept", -row.balance)):
            if minor:
                parts.append(Part(ADJUSTMENT, "", text, "", minor, *row.place))
                missing -= minor
    if missing:
        currency = row.currency
        says = Money(-row.gross, currency)
        adds = Money(-row.gross - missing, currency)
        message = (
            f"payout {row.id} is {says}, its rows add up to {adds} "
            f"(difference {Money(missing, currency)})"
        )
        fix = "export everything since the transfer before, with the column of the balance"
        faults.append(Fault("payouts.sum", message, path=row.id, fix=fix))
    return Payout(row.id, row.moment[0], row.currency, tuple(parts), -row.gross, tuple(faults))


def _left(rows: Sequence[_Row], by_id: Mapping[str, _Row]) -> Iterator[_Row]:
    """Without what came and went again: holds of one transaction that add up to nothing, and all
    rows of a transaction that do."""
    holds: dict[str, int] = defaultdict(int)
    whole: dict[str, int] = defaultdict(int)
    names = {**{row.id: row for row in rows}, **by_id}
    roots = [_root(row, names) for row in rows]
    for row, root in zip(rows, roots, strict=True):
        (holds if row.kind == HOLD else whole)[root] += row.net
    for row, root in zip(rows, roots, strict=True):
        if (holds if row.kind == HOLD else whole)[root]:
            yield row


def _root(row: _Row, rows: Mapping[str, _Row]) -> str:
    """The first transaction that this one is about."""
    seen = {row.id}
    key = row.related or row.id
    while key not in seen and key in rows and rows[key].related:
        seen.add(key)
        key = rows[key].related
    return key


def _parts(row: _Row, by_id: Mapping[str, _Row]) -> Iterator[Part]:
    """A row and its fee. What is about another transaction of the file has its document; a refund
    is known by the payment that it gives back."""
    kind, reference = row.kind, row.id
    about = by_id.get(row.related)
    if kind == CONVERSION and row.gross > 0 and about and about.kind == PAYMENT:
        kind, reference, row = PAYMENT, about.id, replace(row, payer=about.payer)
    elif kind in (REFUND, CHARGEBACK, FEE) and row.related:
        reference = row.related
    elif kind in (HOLD, CONVERSION, PAYOUT):
        kind = ADJUSTMENT
    document = row.document or (about.document if about else "")
    yield Part(kind, "" if kind == FEE else document, reference, row.payer, row.gross, *row.place)
    if row.fee:
        yield Part(FEE, "", reference, "", row.fee, *row.place)
