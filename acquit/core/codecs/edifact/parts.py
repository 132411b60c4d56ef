"""What many messages write and read alike: days, periods, texts, references, amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from acquit.core.codecs.edi.characters import pieces
from acquit.core.codecs.edi.segments import Node, read_day
from acquit.core.codecs.edifact.syntax import Body, Value
from acquit.core.codecs.edifact.tables import LENGTHS, Lengths
from acquit.core.codecs.numbers import decimal_text, money_text
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Period
from acquit.core.faults import Fault
from acquit.core.money import Money

DAY = "102"  # UNCL 2379: CCYYMMDD
SPAN = "718"  # CCYYMMDDCCYYMMDD
# Which DTM stands for which day (UNCL 2005).
ISSUED, DELIVERED, TAX_POINT, DUE, REFERENCE_DAY = "137", "35", "131", "13", "171"
INVOICED_SPAN, STARTS, ENDS = "263", "194", "206"
OTHER = "ZZZ"  # UNCL 1153: mutually defined; its fourth component names the business term


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory that a message is written by, and what EANCOM calls its subset."""

    name: str  # D96A, D01B
    association: str  # the association assigned code of UNH
    gtin: str  # UNCL 7143 for a GTIN

    @property
    def lengths(self) -> Lengths:
        return LENGTHS[self.name]

    @property
    def wide(self) -> bool:
        return self.name == "D01B"


class Draft:
    """The segments of a message on the way out; texts that do not fit are collected as faults."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.body: Body = []
        self.faults: list[Fault] = []

    def add(self, tag: str, *values: Value) -> None:
        self.body.append((tag, values))

    def day(self, qualifier: str, day: date | None) -> None:
        if day is not None:
            self.add("DTM", (qualifier, day.strftime("%Y%m%d").rjust(8, "0"), DAY))

    def period(self, period: Period | None) -> None:
        if period is None:
            return
        if period.start and period.end:
            text = f"{period.start:%Y%m%d}{period.end:%Y%m%d}"
            self.add("DTM", (INVOICED_SPAN, text, SPAN))
            return
        self.day(STARTS, period.start)
        self.day(ENDS, period.end)

    def money(self, qualifier: str, amount: Money | None, *currency: str) -> None:
        if amount is not None:
            self.add("MOA", (qualifier, money_text(amount), *currency))

    def reference(self, qualifier: str, value: str | None, line: str = "", term: str = "") -> None:
        if value:
            self.add("RFF", (qualifier, value, line, term))

    def text(self, qualifier: str, text: str, *, function: str = "", code: str = "") -> None:
        """A free text; one that is longer than a segment goes on in the next FTX of its kind."""
        size = 512 if self.directory.wide else 70
        for part in self.cut(text, size, 45, "FTX", per=5):
            self.add("FTX", qualifier, function, code, part)

    def cut(self, text: str, size: int, most: int, place: str, *, per: int) -> list[list[str]]:
        """The text in pieces, ``per`` of them to a segment; a fault where it does not fit."""
        found = pieces(text, size, most)
        if found is None:
            message = f"{text[:60]!r} has {len(text)} characters, about {size * most} fit"
            fix = "shorten it, or send another syntax"
            self.faults.append(Fault("edifact.too_long", message, place, fix=fix))
            return []
        return [found[i : i + per] for i in range(0, len(found), per)]

    def finish(self) -> Body:
        if self.faults:
            raise CannotWrite(self.faults)
        return self.body


def number(value: Decimal | None) -> str:
    return "" if value is None else decimal_text(value)


def read_date(node: Node | None) -> date | None:
    """The day of a DTM, with a fault where it is none."""
    if node is None:
        return None
    text = node.get(1, 2)
    node.get(1, 3)
    if text is None:
        return None
    day = read_day(text[:8] if node.segment.get(1, 3) == SPAN else text)
    if day is None:
        node.fault("date", f"{text[:40]!r} is not a day")
    return day


def read_days(parent: Node, *qualifiers: str) -> date | None:
    """The day of the first DTM with one of the qualifiers, those named first preferred."""
    for qualifier in qualifiers:
        day = read_date(parent.first("DTM", qualifier))
        if day is not None:
            return day
    return None


def read_period(parent: Node) -> Period | None:
    span = parent.first("DTM", INVOICED_SPAN)
    if span is not None:
        text = span.get(1, 2) or ""
        start, end = read_day(text[:8]), read_day(text[8:16])
        span.get(1, 3)
        if start is None or end is None:
            span.fault("date", f"{text[:40]!r} is not a period")
        return Period(start, end)
    start, end = read_days(parent, STARTS), read_days(parent, ENDS)
    return Period(start, end) if start or end else None


def read_reference(parent: Node, *qualifiers: str) -> str | None:
    for qualifier in qualifiers:
        node = parent.first("RFF", qualifier)
        if node is not None:
            return node.get(1, 2)
    return None


def other_reference(parent: Node, term: str) -> Node | None:
    """The mutually defined reference whose fourth component begins with a business term."""
    for node in parent.all("RFF"):
        words = node.segment.get(1, 4).split(" ")
        if node.segment.get(1) == OTHER and words[0] == term:
            node.get(1)
            node.get(1, 4)
            return node
    return None


def read_amount(
    nodes: Sequence[Node], currency: str, *qualifiers: str, named: bool = False
) -> Money | None:
    """The MOA with the first of the qualifiers that is there, in this currency; ``named`` wants
    the currency said, since an amount without one is in the currency of the document."""
    accepted = (currency,) if named else ("", currency)
    for qualifier in qualifiers:
        for node in nodes:
            if node.segment.get(1) == qualifier and node.segment.get(1, 3) in accepted:
                node.skip(1)
                amount = node.money(1, 2, currency)
                # What cannot be read is a fault already; it is not missing as well.
                unread = amount is None and node.segment.get(1, 2)
                return Money.zero(currency) if unread else amount
    return None
