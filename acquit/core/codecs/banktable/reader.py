"""Reading a bank's table: find the header, read the rows, prove them by their balances."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from acquit.core.codecs import tabular
from acquit.core.codecs.amounts import minor_of
from acquit.core.codecs.bankfile import (
    ORIGINAL,
    UNTOLD,
    Assembly,
    BankFile,
    Event,
    Limits,
    Refusal,
    Told,
    gathered,
    opened,
)
from acquit.core.codecs.banktable.layout import Layout, recognised, shipped
from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

NAME = "banktable"
BYTES_MAX = 64 * 1024**2
_PREAMBLE_LINES = 40  # rows of notes that a bank may write above the header
_IBAN = re.compile(r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8})\b")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SIGNS = re.compile(r"[€$£]|\b[Ll]ei\b")


Cell = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Begin:
    """Where the table begins: its header's byte, its row, the layout, an IBAN from above it."""

    offset: int
    row: int
    layout: Layout
    delimiter: str
    iban: str


def sniff(data: bytes) -> bool:
    """Whether the first bytes hold the header of a layout that is known."""
    return _begin(data[: 64 * 1024]) is not None


def read(
    source: bytes | Path | BinaryIO, *, limits: Limits | None = None, told: Told = UNTOLD
) -> Iterator[Event]:
    """The events of a table; its rows are held in memory and bounded by :data:`BYTES_MAX`.

    Rows of several accounts become a statement each. A row that cannot be read gives a FATAL
    fault that names it.
    """
    out = Assembly(NAME, limits or Limits())
    with opened(source) as stream:
        data = stream.read(BYTES_MAX + 1)
    yield from out.events(_steps(out, data, told))


def read_all(data: bytes, *, limits: Limits | None = None, told: Told = UNTOLD) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits, told=told))


def _steps(out: Assembly, data: bytes, told: Told) -> Iterator[None]:
    if len(data) > BYTES_MAX:
        message = f"the file is larger than {BYTES_MAX} bytes"
        raise Refusal(Fault("banktable.too_large", message, fix="ask for shorter periods"))
    _Reading(out, data, told).all()
    yield


def _begin(data: bytes, told: Layout | None = None) -> _Begin | None:
    """The header is the first row that a layout recognises, or the one that is told; encodings
    differ in letters only."""
    encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as bad:
        # The end of the piece may cut a letter in two.
        encoding = "utf-8" if bad.start > len(data) - 4 else "latin-1"
        text = data.decode(encoding, "ignore")
    offset, iban = 0, ""
    for row, line in enumerate(text.splitlines(keepends=True)[:_PREAMBLE_LINES], start=1):
        for delimiter in tabular.DELIMITERS:
            if delimiter not in line:
                continue
            try:
                cells = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
            except csv.Error:
                continue
            named = [cell.strip() or f"column {n}" for n, cell in enumerate(cells, start=1)]
            layout = told or recognised(cells)
            if layout is not None and (told is None or told.found(named)):
                return _Begin(offset, row, layout, delimiter, iban)
        match = _IBAN.search(line)
        iban = iban or (match[1].replace(" ", "") if match else "")
        offset += len(line.encode(encoding))
    return None


@dataclass(slots=True)
class _Row:
    """A row that was read; ``line`` waits for its position. ``balance`` is after the movement."""

    number: int
    account: str
    line: BankLine
    balance: int | None


class _Reading:
    def __init__(self, out: Assembly, data: bytes, told: Told) -> None:
        self.out, self.data, self.told = out, data, told
        begin = _begin(data[: 64 * 1024], told.layout)
        if begin is None:
            message = "no row of the file is the header of a bank's table that is known"
            raise Refusal(Fault("banktable.header", message, fix=f"known: {layouts()}"))
        self.begin, self.layout = begin, begin.layout
        self.columns: dict[str, tuple[str, ...]] = {}
        self.rows: dict[tuple[str, str], list[_Row]] = {}
        self.faulty: list[tuple[int, tuple[int, int], str]] = []

    def all(self) -> None:
        layout = tabular.Layout(delimiter=self.begin.delimiter)
        for record in tabular.read(self.data[self.begin.offset :], layout=layout):
            if isinstance(record, Fault):
                if record.severity is Severity.FATAL:
                    raise Refusal(record)
                continue
            self.columns = self.columns or self.layout.found(list(record.values))
            self._record(record)
        if not self.rows and not self.faulty:
            message = "the table has no rows below its header"
            raise Refusal(Fault("banktable.empty", message, fix="export a period with movements"))
        for (account, currency), rows in self.rows.items() or [(("", self.told.currency), [])]:
            self._statement(account or self.begin.iban or self.told.account, currency, rows)

    def _record(self, record: tabular.TabularRow) -> None:
        place = (
            (record.byte_start or 0) + self.begin.offset,
            (record.byte_end or 0) + self.begin.offset,
        )
        number = record.number + self.begin.row - 1
        fatal = [fault.message for fault in record.faults if fault.severity is Severity.FATAL]
        try:
            if fatal:
                raise ValueError(fatal[0])
            row = self._row(record.values, number, place)
        except ValueError as bad:
            self.faulty.append((number, place, str(bad)))
        else:
            self.rows.setdefault((row.account, row.line.currency), []).append(row)

    def _row(self, values: dict[str, str], number: int, place: tuple[int, int]) -> _Row:
        def cell(what: str) -> str:
            names = self.columns.get(what, ())
            return values[names[0]].strip() if names else ""

        currency = cell("currency").upper() or self.told.currency
        if not _CURRENCY.fullmatch(currency):
            raise ValueError("the table does not say its currency: give the account")
        booked = self._day(cell("date"))
        if booked is None:
            raise ValueError(f"{cell('date')[:30]!r} is not a day such as {self._example()}")
        text = "\n".join(
            values[name].strip() for name in self.columns.get("text", ()) if values[name].strip()
        )
        structured = cell("reference_structured")
        is_pending = cell("status").casefold() in self.layout.pending
        balance = cell("balance")
        line = BankLine(
            position=0,
            entry_number=0,
            booking_date=booked,
            value_date=self._day(cell("value_date")),
            amount_minor=self._amount(cell, currency),
            currency=currency,
            status=LineStatus.PENDING if is_pending else LineStatus.BOOKED,
            payer_name=cell("name"),
            payer_iban=cell("iban").replace(" ", ""),
            end_to_end_id=cell("end_to_end"),
            mandate_id=cell("mandate"),
            remittance=text,
            structured_references=(structured,) if structured else (),
            bank_reference=cell("reference"),
            transaction_code=cell("kind"),
            byte_start=place[0],
            byte_end=place[1],
        )
        account = cell("account").replace(" ", "")
        return _Row(number, account, line, self._minor(balance, currency) if balance else None)

    def _amount(self, cell: Cell, currency: str) -> int:
        if "amount" in self.columns:
            minor = self._minor(cell("amount"), currency)
            if "sign" in self.columns:
                is_out = cell("sign").casefold() in self.layout.out
                return -abs(minor) if is_out else abs(minor)
            return minor
        debit, credit = cell("debit"), cell("credit")
        if bool(debit) == bool(credit):
            both = [each and self._minor(each, currency) for each in (debit, credit)]
            if all(both) or not any((debit, credit)):
                raise ValueError("a row needs a debit or a credit, and not both")
            return (both[1] or 0) - abs(both[0] or 0)
        return self._minor(credit, currency) if credit else -abs(self._minor(debit, currency))

    def _minor(self, text: str, currency: str) -> int:
        plain = _SIGNS.sub("", text).replace(currency, "").strip()
        value = tabular.read_decimal(plain, decimal_mark=self.layout.decimal_mark)
        minor = minor_of(f"{abs(value):f}", currency)
        return -minor if value < 0 else minor

    def _day(self, text: str) -> date | None:
        # A day that a spreadsheet holds as such is written as 2026-01-31, whatever the layout says.
        for pattern in (*self.layout.dates, "%Y-%m-%d"):
            for part in (text, text.partition(" ")[0]):
                try:
                    return datetime.strptime(part, pattern).date()  # noqa: DTZ007 - as written
                except ValueError:
                    continue
        return None

    def _example(self) -> str:
        return date(2026, 1, 31).strftime(self.layout.dates[0])

    def _statement(self, account: str, currency: str, rows: list[_Row]) -> None:
        opening, closing, broken = self._balances(rows, currency)
        days = [row.line.booking_date for row in rows]
        is_iban = bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", account))
        first, last = min(days, default=None), max(days, default=None)
        header = BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban=account if is_iban else "",
            account_other="" if is_iban else account,
            currency=currency,
            reference=f"{self.layout.name} {first or ''}..{last or ''}",
            from_date=first,
            to_date=last,
            opening_minor=opening,
            closing_minor=closing,
        )
        self.out.open(header)
        for row in rows:
            entry = self.out.entry()
            position = self.out.position
            self.out.add(row.line._replace(position=position, entry_number=entry))
        if self.out.number == 1:
            for number, place, why in self.faulty:
                self.out.entry()
                message = f"row {number}: {why}"
                fix = "put the row right in the bank's export, or export it again"
                self.out.note("row", message, place=place, fix=fix, severity=Severity.FATAL)
        self.out.close(header, broken)

    def _balances(
        self, rows: Sequence[_Row], currency: str
    ) -> tuple[int | None, int | None, tuple[Fault, ...]]:
        """Opening and closing balance, and the rows that break the chain between them. Tables run
        from the oldest row down or from the newest; the chain itself tells which."""
        booked = [row for row in rows if row.line.status is LineStatus.BOOKED]
        if not currency:
            return None, None, ()
        if not booked or any(row.balance is None for row in booked):
            return self.told.opening_minor, self.told.closing_minor, ()
        breaks = {}
        for is_newest_first in (False, True):
            chain = booked[::-1] if is_newest_first else booked
            breaks[is_newest_first] = [
                later
                for earlier, later in pairwise(chain)
                if (earlier.balance or 0) + later.line.amount_minor != later.balance
            ]
        is_newest_first = len(breaks[True]) < len(breaks[False])
        if not breaks[True] and not breaks[False]:
            is_newest_first = booked[0].line.booking_date > booked[-1].line.booking_date
        chain = booked[::-1] if is_newest_first else booked
        opening = (chain[0].balance or 0) - chain[0].line.amount_minor
        faults = tuple(
            Fault(
                "banktable.balance",
                f"row {row.number}: the balance {Money(row.balance or 0, currency)} is not the one "
                f"before it with {row.line.amount}",
                path=f"row {row.number}",
                fix=ORIGINAL,
            )
            for row in breaks[is_newest_first][:10]
        )
        return opening, chain[-1].balance, faults


def layouts() -> str:
    """The titles of the layouts that are known."""
    return "; ".join(layout.title for layout in shipped())
