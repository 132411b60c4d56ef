"""Payout reports of payment providers: what one sum on the bank line is made of.

Each row is a payment, a refund, a chargeback or a fee of a payout. Parts are signed as they change
what arrives; the fee of a payment is a part of its own, so that the payment counts in full.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from acquit.core.codecs import tabular
from acquit.core.codecs.amounts import minor_of
from acquit.core.codecs.payouts import journal
from acquit.core.codecs.payouts.parts import (
    ADJUSTMENT,
    FEE,
    PAYOUT,
    Layout,
    Part,
    Payout,
)
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money
from acquit.core.text import unpadded

NAME = "payouts"
__all__ = ["Layout", "Part", "Payout", "read", "read_kept", "shipped", "sniff"]
Cell = Callable[[str], str]


@dataclass(slots=True)
class _Gathering:
    days: list[date] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    stated: list[int] = field(default_factory=list)


@cache
def shipped() -> tuple[Layout, ...]:
    """The layouts that come with the program."""
    data = tomllib.loads((files(__package__) / "layouts.toml").read_text("utf-8"))
    return tuple(
        Layout(
            each["name"],
            each["title"],
            tuple(each["dates"]),
            each["kinds"],
            {what: tuple(names) for what, names in each["columns"].items()},
            tuple(each.get("needed", ("payout", "kind", "currency"))),
            each.get("is_journal", False),
            tuple(each.get("moving", ())),
            tuple(each.get("done", ())),
        )
        for each in data["layout"]
    )


def sniff(data: bytes) -> bool:
    """Whether the first row is the header of a payout report that is known."""
    return _layout(data[:65536]) is not None


def _layout(data: bytes) -> Layout | None:
    line = data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    try:
        first = line.decode("utf-8")
    except UnicodeDecodeError:
        first = line.decode("latin-1")
    for delimiter in tabular.DELIMITERS:
        try:
            header = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        best = max(shipped(), key=lambda layout: len(layout.found(header)))
        if best.found(header):
            return best
    return None


def read(data: bytes) -> tuple[tuple[Payout, ...], tuple[Fault, ...]]:
    """The payouts of a report in the order they begin, and the faults of the file as a whole."""
    data = unpadded(data)
    layout = _layout(data)
    if layout is None:
        known = "; ".join(each.title for each in shipped())
        message = "the first row is the header of no payout report that is known"
        return (), (Fault("payouts.header", message, fix=f"known: {known}"),)
    if layout.is_journal:
        return journal.read(data, layout)
    gathered: dict[tuple[str, str], _Gathering] = {}
    columns: dict[str, str] = {}
    lost: list[Fault] = []
    for record in tabular.read(data):
        if isinstance(record, Fault):
            if record.severity is Severity.FATAL:
                return (), (record,)
            continue
        columns = columns or layout.found(list(record.values))
        try:
            _take(layout, columns, record, gathered)
        except ValueError as bad:
            fix = "put the row right in the provider's export, or export it again"
            lost.append(
                Fault("payouts.row", f"row {record.number}: {bad}", f"row {record.number}", fix=fix)
            )
    return tuple(_payout(key, each) for key, each in gathered.items()), tuple(lost)


def read_kept(data: bytes) -> tuple[tuple[Payout, ...], tuple[Fault, ...]]:
    """As :func:`read`, but of a report that tells a balance each movement by itself: the balance is
    ours, whatever goes to the bank of it and when."""
    data = unpadded(data)
    layout = _layout(data)
    if layout is not None and layout.is_journal:
        return journal.read_kept(data, layout)
    return read(data)


def _take(
    layout: Layout,
    columns: Mapping[str, str],
    record: tabular.TabularRow,
    gathered: dict[tuple[str, str], _Gathering],
) -> None:
    """One row into its payout; ValueError says what is wrong with it."""
    for fault in record.faults:
        if fault.severity is Severity.FATAL:
            raise ValueError(fault.message)

    def cell(what: str) -> str:
        return record.values[columns[what]].strip() if what in columns else ""

    currency, number = cell("currency").upper(), cell("payout")
    if not number:
        raise ValueError("it names no payout")
    net = _amount(cell, "net", currency)
    gross = _amount(cell, "gross", currency) if net is None else None
    fee = _minor(cell("fee"), currency) if cell("fee") else 0
    if net is None and gross is None:
        raise ValueError("it has no amount")
    if (
        net is not None
        and cell("gross")
        and (stated := _minor(cell("gross"), currency)) - fee != net
    ):
        says = f"{Money(stated, currency)} less the fee {Money(fee, currency)}"
        raise ValueError(f"its net is {Money(net, currency)}, which is not {says}")
    into = gathered.setdefault((number, currency), _Gathering())
    if cell("paid_on"):
        into.days.append(_day(layout, cell("paid_on")))
    kind = layout.kinds.get(cell("kind").casefold(), ADJUSTMENT)
    arrives = net if net is not None else (gross or 0) - fee
    if kind == PAYOUT:
        into.stated.append(abs(arrives))
        return
    place = (record.byte_start or 0, record.byte_end or 0)
    document, reference, payer = cell("document"), cell("reference"), cell("payer")
    into.parts.append(Part(kind, document, reference, payer, arrives + fee, *place))
    if fee:
        into.parts.append(Part(FEE, "", reference, "", -fee, *place))


def _amount(cell: Cell, what: str, currency: str) -> int | None:
    if cell(what):
        return _minor(cell(what), currency)
    debit, credit = cell(f"{what}_debit"), cell(f"{what}_credit")
    if not debit and not credit:
        return None
    return _minor(credit or "0", currency) - _minor(debit or "0", currency)


def _minor(text: str, currency: str) -> int:
    value = tabular.read_decimal(text, decimal_mark=".")
    minor = minor_of(f"{abs(value):f}", currency)
    return -minor if value < 0 else minor


def _day(layout: Layout, text: str) -> date:
    for pattern in layout.dates:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day as written
        except ValueError:
            continue
    raise ValueError(f"{text[:30]!r} is not a day")


def _payout(key: tuple[str, str], gathered: _Gathering) -> Payout:
    number, currency = key
    stated = sum(gathered.stated) if gathered.stated else None
    total = sum(part.amount_minor for part in gathered.parts)
    faults = []
    if stated is not None and stated != total:
        says, adds = Money(stated, currency), Money(total, currency)
        message = (
            f"payout {number} is {says}, its rows add up to {adds} "
            f"(difference {Money(stated - total, currency)})"
        )
        fix = "a row is missing: export the whole payout"
        faults.append(Fault("payouts.sum", message, path=number, fix=fix))
    days = gathered.days
    return Payout(
        number, max(days, default=None), currency, tuple(gathered.parts), stated, tuple(faults)
    )
