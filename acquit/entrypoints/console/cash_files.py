"""The plain files that ``acquit apply`` reads. Every fault names file and row.

Amounts are decimals in major units with a point, days ISO 8601, lists inside a cell are joined by
``;``. Columns that are not known are passed over; an optional one may be missing.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple, TypeVar

from acquit.core.codecs import tabular
from acquit.core.codecs.columns import lines as table_rows
from acquit.core.faults import Fault, Severity
from acquit.core.money import exponent
from acquit.entrypoints.console import cash_checks, cash_columns
from acquit.entrypoints.console.cash_columns import needed
from acquit.stages.matching.rules.columns import Columns, open_items, paid_items
from acquit.stages.matching.rules.inputs import (
    REFERENCES_PART,
    Advice,
    BankLine,
    Customer,
    OpenItem,
    PaidItem,
)
from acquit.stages.matching.rules.patterns import Told

T = TypeVar("T")
K = TypeVar("K", OpenItem, BankLine, Customer)
_CURRENCY = re.compile(r"[A-Z]{3}")
WHOLE = 100_00  # basis points
MINOR_MAX = 10**18  # as 64 bits can hold
_LONG = 18  # signs of an amount from which on it may be more
KINDS = ("", "invoice", "credit", "debit")
_NAME_MAX, _NAMES_MAX = 40, 20  # letters of a column, and columns, that a fault shows
HEAD = 64 * 1024  # bytes by which it is told what a file is


class BadCell(ValueError):
    """A cell that cannot be used; says which column, what is wrong and how it should be."""


class Twice(BadCell):
    """An id that an earlier row has."""


@dataclass(slots=True)
class Row:
    """A record with what its cells mean; a wrong one raises BadCell."""

    values: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def needed(self, column: str) -> str:
        found = self.values.get(column, "").strip()
        if not found:
            raise BadCell(f"{column} is empty")
        return found

    def shared(self, column: str, *, is_needed: bool = False) -> str:
        """A text that many rows have: they share one, instead of a copy each."""
        return intern(self.needed(column) if is_needed else self.text(column))

    def parts(self, column: str) -> tuple[str, ...]:
        cell = self.values.get(column)
        return tuple([part for part in map(str.strip, cell.split(";")) if part]) if cell else ()

    def day(self, column: str, *, default: int | None = None) -> int:
        found = self.values.get(column, "").strip()
        if not found:
            if default is None:
                raise BadCell(f"{column} is empty")
            return default
        try:
            return _ordinal(found)
        except ValueError:
            raise BadCell(f"{column} {found!r} is no day like 2026-01-31") from None

    def decimal(self, column: str) -> Decimal:
        return _decimal(column, self.text(column))

    def minor(self, column: str, currency: str) -> int:
        decimals_max, text = places(currency), self.text(column)
        whole, mark, decimals = text.rpartition(".")
        if mark and len(decimals) == decimals_max and len(text) < _LONG:  # as nearly always
            digits = whole.removeprefix("-")
            if digits.isdigit() and decimals.isdigit() and text.isascii():
                return int(whole + decimals)
        scaled = self.decimal(column).scaleb(decimals_max)
        if scaled != scaled.to_integral_value():
            raise BadCell(f"{column} {text!r} has more than {decimals_max} decimals")
        if abs(scaled) > MINOR_MAX:
            raise BadCell(f"{column} {text!r} is more than anybody can owe")
        return int(scaled)


@lru_cache(maxsize=10_000)
def _decimal(column: str, text: str) -> Decimal:
    if not text:
        raise BadCell(f"{column} is empty")
    try:
        return tabular.read_decimal(text, decimal_mark=".")
    except tabular.BadNumber as bad:
        raise BadCell(f"{column}: {bad}, like 1234.56") from None


@lru_cache(maxsize=10_000)
def _ordinal(day: str) -> int:
    """The rows of a day share one number, instead of a copy each."""
    return date.fromisoformat(day).toordinal()


@lru_cache
def places(currency: str) -> int:
    """Decimals of a currency, of today or of old; BadCell where it is none."""
    if not _CURRENCY.fullmatch(currency) or not _is_currency(currency):
        raise BadCell(f"currency {currency!r} is no code of ISO 4217, such as EUR")
    return exponent(currency)


def _is_currency(code: str) -> bool:
    if code in ("EUR", "USD", "GBP", "RON", "CHF"):  # spares nearly every run the loading of all
        return True
    from babel.numbers import list_currencies

    return code in list_currencies()


class Unread(NamedTuple):
    """A line that cannot be read: where it stands, what the file calls it ("" where it does not
    say), its amount in major units ("" where that is what cannot be read), and why."""

    place: str
    id: str
    residue: str
    why: str


Lost = Callable[[int, Mapping[str, str], str], None]  # number of a record, its cells, what is wrong


@dataclass(slots=True)
class Files:
    """What was read, with the faults of all files."""

    items: Columns[OpenItem] = field(default_factory=open_items)
    lines: list[BankLine] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)  # lines that no value could be made of
    customers: list[Customer] = field(default_factory=list)
    history: Columns[PaidItem] = field(default_factory=paid_items)
    addresses: dict[str, list[Customer]] = field(default_factory=dict)  # of mail, in small letters
    advices: list[Advice] = field(default_factory=list)
    rates: dict[tuple[int, str, str], Decimal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)  # tables that cannot be read, or not to the end
    passed_over: Counter[str] = field(default_factory=Counter)  # movements of a statement, by why
    places: dict[str, str] = field(default_factory=dict)  # book -> it with the sheet that is read
    unproven: set[Any] = field(default_factory=set)  # lines of a statement that does not add up

    @property
    def told(self) -> Told:
        """What earlier texts taught."""
        return Told(history=self.history)

    def table(
        self,
        source: Path | bytes,
        columns: str,
        make: Callable[[Row], T],
        *,
        name: str = "",
        lost: Lost | None = None,
    ) -> Iterator[tuple[int, T]]:
        """Each usable record's number and value; the others become faults, and ``lost`` is told of
        each. ``name`` is that of bytes. Of a spreadsheet, the sheet with the columns."""
        if isinstance(source, Path):
            name, source = source.name, readable(source)
        file = name
        names: list[str] = []
        if body := book_of(source):
            sheet, records = _of_book(body, columns, names)
            name = self.places[file] = f"{file} sheet {sheet}" if sheet else file
        else:
            records = tabular.read(source, names=names)
        begun = list(islice(records, 1))  # to have the header
        missing = [one for one in needed(columns) if one not in names] if names else []
        if missing:
            message = f"{name} has no column {', '.join(missing)}"
            fix = f"name the columns so; the header has: {_shown(names)}"
            self.faults.append(Fault("apply.column", message, fix=fix))
            self.broken.add(file)
            return
        for record in chain(begun, records):
            if isinstance(record, Fault):
                is_fatal = record.severity is Severity.FATAL
                fix = f"{record.fix}; {_wanted(columns)}" if is_fatal else record.fix
                message = f"{name}: {record.message}"
                self.faults.append(replace(record, message=message, fix=fix))
                if is_fatal:
                    self.broken.add(file)
                continue
            try:
                if record.faults:
                    _refuse_torn(record, columns)
                value = make(Row(record.values))
            except BadCell as bad:
                self._unusable(f"{name} row {record.number}: {bad}", is_twice=type(bad) is Twice)
                if lost:
                    lost(record.number, record.values, str(bad))
                continue
            yield record.number, value

    def _unusable(self, message: str, *, is_twice: bool) -> None:
        if is_twice:
            fix = "give each row an id of its own; only the first one counts"
            self.faults.append(Fault("apply.twice", message, fix=fix))
        else:
            fix = "put the cell right, or take the row out"
            self.faults.append(Fault("apply.cell", message, fix=fix))

    def convert(self, amount: int, source: str, target: str, day: int) -> int | None:
        """At the rate of the day or of the last one before it, within a week; None without."""
        if source == target:
            return amount
        rate = self._rate(source, target, day)
        if rate is None:
            return None
        scale = exponent(target) - exponent(source)
        return int((Decimal(amount) * rate).scaleb(scale).to_integral_value())

    def _rate(self, source: str, target: str, day: int) -> Decimal | None:
        for back in range(8):
            direct = self.rates.get((day - back, source, target))
            if direct:
                return direct
            other = self.rates.get((day - back, target, source))
            if other:
                return 1 / other
        return None


def _wanted(columns: str) -> str:
    other = ", or a statement of a bank" if columns == cash_columns.LINES else ""
    return f"wanted is CSV or XLSX with {', '.join(needed(columns))}{other}"


def _shown(names: Sequence[str]) -> str:
    """The columns of a header, cut short where it is none."""
    cut = [name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX]}..." for name in names]
    return ", ".join([*cut[:_NAMES_MAX], *(["..."] if len(cut) > _NAMES_MAX else [])])


def readable(path: Path) -> Path | bytes:
    """A file, or all of a pipe: of that nothing can be read twice."""
    return path if path.is_file() else path.read_bytes()


def head_of(source: Path | bytes, size: int = HEAD) -> bytes:
    if isinstance(source, bytes):
        return source[:size]
    with source.open("rb") as file:
        return file.read(size)


def whole(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def book_of(source: Path | bytes) -> bytes | None:
    """All of a file that is a spreadsheet, by how it begins and what it holds."""
    if not head_of(source, 8).startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return None
    from acquit.core.codecs import sheet  # who has tables waits for no reader of books

    body = whole(source)
    return body if sheet.is_sheet(body) else None


def _of_book(
    body: bytes, columns: str, names: list[str]
) -> tuple[str, Iterator[tabular.TabularRow | Fault]]:
    """Which sheet of a book has the columns, and its records."""
    from acquit.entrypoints.console import cash_books

    page = cash_books.the_page(body, needed(columns))
    if isinstance(page, Fault):
        return "", iter([page])
    return page.name, tabular.read(page.text, layout=cash_books.AS_TEXT, names=names)


def _refuse_torn(record: tabular.TabularRow, columns: str) -> None:
    """BadCell for a record that cannot be read, is longer than the header, or ends before a needed
    cell. One that only leaves out cells at its end, or has empty ones too many, is good."""
    for fault in record.faults:
        if fault.severity is Severity.FATAL:
            raise BadCell(fault.message.removeprefix(f"row {record.number}").lstrip(": "))
    if not record.extra:
        lost = [name for name in needed(columns) if not record.values[name].strip()]
        if lost:
            raise BadCell(f"the row ends early: {', '.join(lost)} missing")


def item(row: Row) -> OpenItem:
    get = row.values.get
    currency = row.shared("currency", is_needed=True)
    kind = get("kind", "").strip()
    if kind not in KINDS:
        raise BadCell(f"kind {kind!r} is none of {', '.join(KINDS[1:])}")
    left = amount = row.minor("open", currency)
    if get("amount") != get("open"):  # nearly always one number, and kept once
        amount = row.minor("amount", currency) if row.text("amount") else left
    if kind and left and (kind == "credit") != (left < 0):
        article = "an" if kind == "invoice" else "a"
        said = f"{article} {kind} of {row.text('open')}"
        raise BadCell(f"{said}: credits are negative, all else is not")
    if abs(left) > abs(amount):
        raise BadCell(f"open {row.text('open')!r} is more than the amount {row.text('amount')!r}")
    percent = get("discount_pct", "").strip()
    basis_points = int(_decimal("discount_pct", percent) * 100) if percent else 0
    if not 0 <= basis_points < WHOLE:
        raise BadCell(f"discount_pct {percent!r} is not between 0 and 100")
    key = row.needed("id")
    if ";" in key:
        raise BadCell(f"the id {key!r} has a ';', which parts the items of an answer")
    return OpenItem(
        key,
        row.shared("customer", is_needed=True),
        row.needed("number"),
        left if amount == left else amount,
        left,
        currency,
        row.day("issued"),
        row.day("due"),
        basis_points,
        row.day("discount_until", default=0),
        REFERENCES_PART.join(row.parts("references")),
    )


def customer(row: Row) -> Customer:
    return Customer(
        id=row.needed("id"),
        name=row.needed("name"),
        number=row.text("number") or row.needed("id"),
        ibans=row.parts("ibans"),
        parent=row.text("parent") or None,
        aliases=row.parts("aliases"),
    )


def people(files: Files, path: Path) -> None:
    """The customers, whose addresses of mail go to ``files``."""

    def make(row: Row) -> Customer:
        one = customer(row)
        for address in row.parts("emails"):
            files.addresses.setdefault(address.lower(), []).append(one)
        return one

    found = once(files, path, cash_columns.CUSTOMERS, make, cash_checks.of_customers)
    files.customers.extend(found)


def line(row: Row) -> BankLine:
    currency = row.shared("currency", is_needed=True)
    return BankLine(
        id=row.needed("id"),
        day=row.day("date"),
        amount=row.minor("amount", currency),
        currency=currency,
        payer_name=row.shared("payer_name"),
        payer_iban=row.shared("payer_iban"),
        end_to_end=row.text("end_to_end_id"),
        text=row.text("text"),
        charges=row.minor("charges", currency) if row.values.get("charges") else 0,
    )


def paid(row: Row) -> PaidItem:
    get = row.values.get
    currency = row.shared("currency", is_needed=True)
    amount = settled = row.minor("amount", currency)
    if get("paid_amount") != get("amount"):  # nearly always one number, and kept once
        settled = row.minor("paid_amount", currency) if row.text("paid_amount") else amount
    day = row.day("paid_on")
    row.needed("item")  # nothing is asked of it later
    return PaidItem(
        row.shared("customer", is_needed=True),
        row.needed("number"),
        amount,
        currency,
        row.day("due", default=day),
        day,
        amount if settled == amount else settled,
        intern(get("payer_name", "").strip()),
        intern(get("payer_iban", "").strip()),
        get("text", "").strip(),
    )


Odd = Callable[[str, Sequence[K], Sequence[int]], Iterable[Fault]]


def once(
    files: Files,
    source: Path | bytes,
    columns: str,
    make: Callable[[Row], K],
    odd: Odd[K] | None = None,
    *,
    name: str = "",
    lost: Lost | None = None,
) -> Iterator[K]:
    """The values of a table without those whose id came before; each of these is a fault, and so
    is what ``odd`` finds in the values at their rows. ``name`` and ``lost`` as for a table."""
    name = source.name if isinstance(source, Path) else name
    kept: list[K] = []
    kept_rows = array("L")
    seen: set[Any] = set()

    def made(row: Row) -> K:
        one = make(row)
        if one.id in seen:
            raise Twice(f"the id {one.id!r} is there twice")
        seen.add(one.id)
        return one

    for number, one in files.table(source, columns, made, name=name, lost=lost):
        if odd:
            kept.append(one)
            kept_rows.append(number)
        yield one
    if odd:
        files.faults += odd(files.places.get(name, name), kept, kept_rows)


def has_lines(source: Path | bytes) -> bool:
    """Whether a file is a table with the columns of lines as we call them, by its beginning."""
    first = next(table_rows(head_of(source)), None)
    return first is not None and {*needed(cash_columns.LINES)} <= {*first.cells}


def lines(files: Files, source: Path | bytes, *, name: str = "") -> Iterator[BankLine]:
    """Bank lines of our own table; those that cannot be read are ``files.unread``."""
    name = source.name if isinstance(source, Path) else name

    def lost(number: int, values: Mapping[str, str], why: str) -> None:
        row = Row(values)
        try:
            currency = row.text("currency")
            residue = major(row.minor("amount", currency), currency)
        except BadCell:
            residue = ""
        place = f"{files.places.get(name, name)} row {number}"
        files.unread.append(Unread(place, row.text("id"), residue, why))

    yield from once(
        files, source, cash_columns.LINES, line, cash_checks.of_lines, name=name, lost=lost
    )


def major(minor: int, currency: str) -> str:
    """Minor units as a decimal of the currency's own scale; of most ones' without a currency.

    >>> major(-5, "EUR"), major(1200, "JPY"), major(0, "KWD")
    ('-0.05', '1200', '0.000')
    """
    places = exponent(currency)
    if not places:
        return str(minor)
    digits = str(abs(minor)).zfill(places + 1)
    return f"{'-' if minor < 0 else ''}{digits[:-places]}.{digits[-places:]}"
