"""Segments of a message, hung into the tree that its segment table describes.

A table is written as one line of tags, with a group in brackets whose first tag opens it:
``BGM DTM [NAD LOC [RFF DTM]] [LIN QTY] UNS``. How often a tag may stand is not kept: reading is
lenient about it. Every value that is read is marked, so that what was not read can be reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

Elements = tuple[tuple[str, ...], ...]
FAULTS_MAX = 100  # of one message; what comes after is counted only
_DIGITS_MAX = 35  # a figure of D01B has up to 35 digits
_PIECE = re.compile(r"[A-Z0-9]+|\[|\]")
NO_DATE = date(1, 1, 1)  # stands where a fault is reported for the missing date


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as it stands in the file. ``number`` counts in its message from 1 and
    ``offset`` is the place of its first character in the text of the file."""

    tag: str
    elements: Elements  # without the tag; each element is its components
    number: int = 0
    offset: int = 0

    def get(self, element: int, component: int = 1) -> str:
        """The value at a place counted from 1, empty where there is none."""
        try:
            return self.elements[element - 1][component - 1].strip()
        except IndexError:
            return ""


@dataclass(slots=True)
class Trouble:
    """Collects the faults of one message; codes begin with the name of the codec."""

    name: str
    decimal_mark: str = "."
    faults: list[Fault] = field(default_factory=list)
    release: str = ""  # of the standard, where reading depends on it
    left_out: int = 0

    def add(
        self, code: str, message: str, path: str = "", *, severity: Severity = Severity.FATAL
    ) -> None:
        if len(self.faults) >= FAULTS_MAX and severity is not Severity.FATAL:
            self.left_out += 1
            return
        self.faults.append(Fault(f"{self.name}.{code}", message, path, severity=severity))

    @property
    def fatal(self) -> bool:
        return any(fault.severity is Severity.FATAL for fault in self.faults)

    def result(self) -> tuple[Fault, ...]:
        if self.left_out:
            message = f"{self.left_out} more remarks of this kind are not listed"
            self.faults.append(Fault(f"{self.name}.more", message, severity=Severity.INFO))
            self.left_out = 0
        return tuple(self.faults)


class Node:
    """A segment in the tree with what it opens. Places count from 1, as in the directories."""

    __slots__ = ("_read", "children", "segment", "source")

    def __init__(self, segment: Segment, source: Trouble) -> None:
        self.segment = segment
        self.source = source
        self.children: list[Node] = []
        self._read: set[tuple[int, int]] = set()

    @property
    def tag(self) -> str:
        return self.segment.tag

    @property
    def path(self) -> str:
        return f"segment {self.segment.number} {self.tag} (at {self.segment.offset})"

    def all(self, *tags: str) -> list[Node]:
        return [child for child in self.children if child.tag in tags]

    def find(self, tag: str, *qualifiers: str, at: tuple[int, int] = (1, 1)) -> list[Node]:
        """The children with a tag and one of the qualifiers, in their own order."""
        found = [c for c in self.all(tag) if c.segment.get(*at) in qualifiers]
        for child in found:
            child._read.add(at)
        return found

    def first(self, tag: str, *qualifiers: str, at: tuple[int, int] = (1, 1)) -> Node | None:
        """The first such child; any where no qualifier is given."""
        found = self.find(tag, *qualifiers, at=at) if qualifiers else self.all(tag)
        return found[0] if found else None

    def get(self, element: int, component: int = 1) -> str | None:
        self._read.add((element, component))
        return self.segment.get(element, component) or None

    def skip(self, *elements: int) -> None:
        """Mark whole elements as read: they say nothing that the document would have to keep."""
        for element in elements:
            for component in range(1, 12):
                self._read.add((element, component))

    def texts(self, element: int, start: int = 1, end: int = 99) -> list[str]:
        """The filled components of an element from ``start`` to ``end``, both included."""
        parts = self.segment.elements[element - 1] if element <= len(self.segment.elements) else ()
        last = min(end, len(parts))
        return [text for i in range(start, last + 1) if (text := self.get(element, i))]

    def fault(self, code: str, message: str) -> None:
        self.source.add(code, message, self.path)

    def need(self, element: int, component: int = 1) -> str:
        value = self.get(element, component)
        if value is None:
            self.fault("missing", f"{self.tag} has no element {element}.{component}")
        return value or ""

    def decimal(self, element: int, component: int = 1) -> Decimal | None:
        text = self.get(element, component)
        if text is None:
            return None
        value = read_decimal(text, self.source.decimal_mark)
        if value is None:
            self.fault("number", f"{text[:40]!r} is not a number")
        return value

    def need_decimal(self, element: int, component: int = 1) -> Decimal:
        value = self.decimal(element, component)
        if value is None and self.segment.get(element, component) == "":
            self.fault("missing", f"{self.tag} has no number in element {element}.{component}")
        return value if value is not None else Decimal(0)

    def money(self, element: int, component: int, currency: str) -> Money | None:
        value = self.decimal(element, component)
        return None if value is None else self.as_money(value, currency)

    def as_money(self, value: Decimal, currency: str) -> Money:
        try:
            return Money.of(value, currency)
        except ValueError as bad:
            self.fault("amount", str(bad))
            return Money.zero(currency)

    def left_over(self) -> Iterator[tuple[str, str]]:
        """Each segment with values that nobody read, of this node and below: path and values."""
        values = [
            f"{value.strip()[:60]!r} in {i}.{j}"
            for i, element in enumerate(self.segment.elements, 1)
            for j, value in enumerate(element, 1)
            if value.strip() and (i, j) not in self._read
        ]
        if values:
            yield self.path, ", ".join(values[:12])
        for child in self.children:
            yield from child.left_over()


def read_decimal(text: str, mark: str = ".") -> Decimal | None:
    """A figure with a point or a comma as its decimal mark (ISO 9735 allows both), else None.

    >>> read_decimal("-12,50"), read_decimal("1.5E3"), read_decimal("1.000,00")
    (Decimal('-12.50'), None, None)
    """
    sign = "-" if text.startswith("-") or text.endswith("-") else ""
    digits = text.strip("-+") if len(text) - len(text.strip("-+")) <= 1 else text
    whole, _, part = digits.replace(",", ".").replace(mark, ".").partition(".")
    figure = whole + part
    if not figure or not (figure.isascii() and figure.isdigit()) or len(figure) > _DIGITS_MAX:
        return None
    return Decimal(f"{sign}{whole or '0'}.{part or '0'}" if part else f"{sign}{whole or '0'}")


def read_day(text: str) -> date | None:
    """CCYYMMDD, YYMMDD, or one of them with a time behind it; None for anything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    length = 6 if len(digits) in (6, 10) else 8
    if len(digits) < length:
        return None
    try:
        pattern = "%y%m%d" if length == 6 else "%Y%m%d"
        # A day as written: the file says nothing about time zones.
        return datetime.strptime(digits[:length], pattern).date()  # noqa: DTZ007
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a segment table: the tag that opens it and what may follow, in order."""

    tag: str
    items: tuple[str | Group, ...]

    def place(self, tag: str, start: int) -> int | None:
        """The index of ``tag`` at or after ``start``, else before it, else None."""
        order = [*range(start, len(self.items)), *range(start)]
        return next((i for i in order if _tag_of(self.items[i]) == tag), None)


def _tag_of(item: str | Group) -> str:
    return item.tag if isinstance(item, Group) else item


@cache
def table(text: str) -> Group:
    """The group of a segment table; its own first tag is the message's opening segment."""
    stack: list[list[str | Group]] = [[]]
    for piece in _PIECE.findall(text):
        if piece == "[":
            stack.append([])
        elif piece == "]":
            items = stack.pop()
            stack[-1].append(Group(str(items[0]), tuple(items[1:])))
        else:
            stack[-1].append(piece)
    (items,) = stack
    return Group(str(items[0]), tuple(items[1:]))


def arrange(segments: Iterable[Segment], group: Group, source: Trouble) -> Node:
    """The tree of a message. The first segment opens it; one that fits nowhere is reported and
    hangs under the root, where it is found among what was not read."""
    rest = iter(segments)
    root = Node(next(rest), source)
    open_groups: list[tuple[Node, Group, int]] = [(root, group, 0)]
    for segment in rest:
        node = Node(segment, source)
        for depth in range(len(open_groups) - 1, -1, -1):
            parent, inside, position = open_groups[depth]
            found = inside.place(segment.tag, position)
            if found is None:
                continue
            if found < position:
                message = f"{segment.tag} stands later than the segment table has it"
                source.add("order", message, node.path, severity=Severity.INFO)
            del open_groups[depth + 1 :]
            open_groups[depth] = (parent, inside, max(found, position))
            parent.children.append(node)
            item = inside.items[found]
            if isinstance(item, Group):
                open_groups.append((node, item, 0))
            break
        else:
            root.children.append(node)
            message = f"the message has no place for {segment.tag[:10]!r}"
            source.add("segment", message, node.path, severity=Severity.WARNING)
    return root


def report_unread(root: Node) -> None:
    """A warning for every segment with values that the canonical document does not carry."""
    for path, values in root.left_over():
        root.source.add("not_carried", f"not read: {values}", path, severity=Severity.WARNING)
