"""Remittance advices as tables: a row per document, by columns that somebody described. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from acquit.core.codecs import columns
from acquit.core.codecs.amounts import minor_of
from acquit.core.codecs.columns import Line
from acquit.core.codecs.columns.heading import Heading, heading
from acquit.core.codecs.tabular import read_decimal
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.text import sha256
from acquit.stages.receipts.rules.advising import AdviceRead, PartRead
from acquit.stages.receipts.rules.tables import Table

_FIX = "put the row right and send the table again, or say what its columns are"
_FAULTS_MAX = 50


@dataclass(frozen=True, slots=True)
class Said:
    """What a table of advices does not say itself: the name of its file, the currency and the day
    of the payment, and who pays. ``is_asked`` where a person said the currency."""

    filename: str
    currency: str
    paid_on: date | None = None
    payer_name: str = ""
    payer_iban: str = ""
    is_asked: bool = False


@dataclass(slots=True)
class _Gathering:
    """The rows of one advice so far."""

    parts: list[PartRead] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    ibans: list[str] = field(default_factory=list)

    @property
    def minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)


def read(table: Table, *, said: Said) -> tuple[tuple[AdviceRead, ...], tuple[Fault, ...]]:
    """The advices of a table, one per payment number and currency, or every row that cannot be
    read. A row of totals proves the rows above it: a sum that differs is a fault."""
    assert table.layout is not None
    reading = _Reading(table, said)
    for line in columns.lines(table.text):
        reading.take(line)
    if not reading.found and not reading.faults:
        reading.faults.append(Fault("advice.none", "the table names no document"))
    return reading.advices(), tuple(reading.faults[:_FAULTS_MAX])


class _Reading:
    def __init__(self, table: Table, said: Said) -> None:
        assert table.layout is not None
        self.table, self.said, self.layout = table, said, table.layout
        self.at: dict[str, int] | None = None
        self.found: dict[tuple[str, str], _Gathering] = {}
        self.faults: list[Fault] = []
        self.above: list[Line] = []

    def take(self, line: Line) -> None:
        if self.at is None:
            self.at = self._header(line)
            self.above += [line] if self.at is None else []
            return
        if len(line.cells) < 2:
            return  # a line without columns is a note, such as a greeting below the table
        try:
            self._row(line)
        except ValueError as bad:
            path = f"row {line.number}"
            self.faults.append(Fault("advice.row", f"{path}: {bad}", path, fix=_FIX))

    def _header(self, line: Line) -> dict[str, int] | None:
        names = columns.names(line.cells)
        wanted = {what: called[0] for what, called in self.layout.columns.items()}
        if not set(wanted.values()) <= set(names):
            return None
        return {what: names.index(name) for what, name in wanted.items()}

    def _row(self, line: Line) -> None:
        def cell(what: str) -> str:
            at = (self.at or {}).get(what, len(line.cells))
            return line.cells[at] if at < len(line.cells) else ""

        currency = cell("currency").upper() or self.said.currency
        if columns.is_total(line.cells) or not cell("document"):
            self._total(cell("amount"), currency)
            return
        minor = self._minor(cell("amount"), currency)
        discount = self._minor(cell("discount"), currency) if cell("discount") else 0
        into = self.found.setdefault((cell("number"), currency), _Gathering())
        if text := cell("date"):
            day = columns.day_of(text, self.layout.dates)
            if day is None:
                raise ValueError(f"{text[:30]!r} is not a day")
            into.days.add(day)
        into.names += [cell("name")] if cell("name") else []
        into.ibans += [cell("iban")] if cell("iban") else []
        into.parts.append(
            PartRead(
                "payment" if minor >= 0 else "refund",
                cell("document"),
                cell("reference"),
                "",
                minor,
                abs(discount),
                (line.start, line.end),
                self._spot(line.number),
            )
        )

    def _spot(self, number: int) -> str:
        if self.table.spots:
            return self.table.spots[number - 1]
        return f"{self.table.sheet[:60]}!{number}" if self.table.sheet else ""

    def _minor(self, text: str, currency: str) -> int:
        plain = columns.money_text(text)
        if not plain:
            raise ValueError("the amount is missing")
        value = read_decimal(plain, decimal_mark=self.layout.decimal_mark)
        minor = minor_of(f"{abs(value):f}", currency)
        return -minor if value < 0 else minor

    def _total(self, text: str, currency: str) -> None:
        """A row without a document adds up those of its currency, or is wrong."""
        if not text:
            return  # a note, or the end of the table
        stated = self._minor(text, currency)
        found = sum(each.minor for (_n, code), each in self.found.items() if code == currency)
        if stated != found:
            raise ValueError(
                f"it says {Money(stated, currency)}, the documents above it are"
                f" {Money(found, currency)}"
            )

    def _heading(self) -> Heading:
        text = self.table.text.decode("utf-8", "replace")
        return heading([line.cells for line in self.above], text)

    def advices(self) -> tuple[AdviceRead, ...]:
        """A number or a day of a column counts before what stands above the table."""
        above = self._heading()
        return tuple(
            AdviceRead(
                "remittance",
                number or self._own_number(),
                next(iter(rows.names), self.said.payer_name),
                next(iter(rows.ibans), self.said.payer_iban).replace(" ", ""),
                max(rows.days, default=self.said.paid_on or above.day),
                currency,
                tuple(rows.parts),
                "" if number else above.number,
            )
            for (number, currency), rows in self.found.items()
        )

    def _own_number(self) -> str:
        """An advice without a number is known by its content: next month's file may be called as
        this one."""
        stem = self.said.filename.rpartition(".")[0] or self.said.filename
        return f"{stem[:60]} {sha256(self.table.text)[:8]}".strip()
