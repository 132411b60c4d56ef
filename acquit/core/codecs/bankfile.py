"""What every reader of bank files hands on: statements opened, lines in chunks, statements closed.

A reader is a module with ``NAME``, ``sniff(data)`` and ``read(source, limits=...)``. The events of
all of them are the ones here, so that an import does not know which syntax it takes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from acquit.core.documents.bank import (
    BankLine,
    BankStatement,
    LineStatus,
    StatementKind,
    check_sum,
    foreign_lines,
)
from acquit.core.faults import Fault, Severity

if TYPE_CHECKING:
    from acquit.core.codecs.banktable.layout import Layout

ORIGINAL = "send the file as the bank delivered it"
_BOOKED = LineStatus.BOOKED
AT_ENTRY = "look at the entry in the file; ask the bank if it is wrong there"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of us; beyond it the file is refused with a reason."""

    bytes_max: int = 2 * 1024**3
    token_bytes_max: int = 4 * 1024**2  # one tag, comment or attribute
    text_bytes_max: int = 4 * 1024**2  # the text of one element
    depth_max: int = 200  # open elements inside each other
    details_max: int = 250_000  # details of one entry
    faults_max: int = 1_000
    chunk_lines: int = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever brings a file says of it, for tables that do not say it themselves. ``layout``
    is what their columns are, where no layout of ours knows them."""

    account: str = ""
    currency: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None
    layout: Layout | None = None


UNTOLD = Told()


@dataclass(frozen=True, slots=True)
class StatementOpened:
    """A statement begins; it carries the header and balances known so far, and no lines.

    Its currency is empty where neither account nor balance names it (some camt.054).
    """

    number: int
    statement: BankStatement


@dataclass(frozen=True, slots=True)
class LinesRead:
    """The next lines of statement ``number``, at most ``Limits.chunk_lines`` and one entry."""

    number: int
    lines: tuple[BankLine, ...]


@dataclass(frozen=True, slots=True)
class StatementClosed:
    """A statement ended: final header and balances, and what its lines added up to.

    ``control`` holds the faults of opening + booked = closing; empty means proven.
    """

    number: int
    statement: BankStatement
    lines_count: int
    booked_minor: int
    control: tuple[Fault, ...]


Event = StatementOpened | LinesRead | StatementClosed | Fault


@dataclass(frozen=True, slots=True)
class BankFile:
    """A whole file in memory: its statements with their lines, and every fault found."""

    statements: tuple[BankStatement, ...]
    faults: tuple[Fault, ...]

    @property
    def is_readable(self) -> bool:
        return all(fault.severity is not Severity.FATAL for fault in self.faults)


class Refusal(Exception):
    """The file as a whole cannot be read; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


def opened(source: bytes | Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """The bytes of a source as a stream; only what was opened here is closed."""
    if isinstance(source, bytes):
        return nullcontext(BytesIO(source))
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def gathered(events: Iterable[Event]) -> BankFile:
    """A whole file from its events. Check ``is_readable`` before using the statements."""
    statements: list[BankStatement] = []
    faults: list[Fault] = []
    lines: list[BankLine] = []
    for event in events:
        if isinstance(event, Fault):
            faults.append(event)
        elif isinstance(event, LinesRead):
            lines += event.lines
        elif isinstance(event, StatementClosed):
            statements.append(replace(event.statement, lines=tuple(lines)))
            lines = []
    return BankFile(tuple(statements), tuple(faults))


class Assembly:
    """Builds the events of a file record by record, for formats that are read line by line.

    ``code`` is the prefix of the fault codes (``mt940``). Entries are counted by :meth:`entry`;
    a fault inside an entry names the statement, the entry and its bytes.
    """

    def __init__(self, code: str, limits: Limits) -> None:
        self.code = code
        self.limits = limits
        self.number = 0  # of the statement, from 1 in the file
        self.entries = 0
        self.currency = ""
        self._queue: list[Event] = []
        self._lines: list[BankLine] = []
        self._count = 0
        self._booked_minor = 0
        self._foreign: list[Fault] = []
        self._faults = 0
        self._headers: set[tuple[object, ...]] = set()
        self.is_open = False

    def open(self, statement: BankStatement) -> None:
        self.number += 1
        self.entries = self._count = self._booked_minor = 0
        self.currency, self._foreign, self.is_open = statement.currency, [], True
        self._queue.append(StatementOpened(self.number, statement))

    def entry(self) -> int:
        """Counts one more entry of the bank; its ordinal in the statement, from 1."""
        self.entries += 1
        return self.entries

    @property
    def position(self) -> int:
        """The position that the next line gets."""
        return self._count + 1

    def add(self, line: BankLine) -> None:
        self._count += 1
        if line.status is _BOOKED:
            self._booked_minor += line.amount_minor
            if line.currency != self.currency and len(self._foreign) < self.limits.faults_max:
                self._foreign += foreign_lines((line,), currency=self.currency)
        self._lines.append(line)
        if len(self._lines) >= self.limits.chunk_lines:
            self._flush()

    def add_plain(self, lines: list[BankLine]) -> None:
        """Booked lines in the currency of the statement, each an entry of its own."""
        self._count += len(lines)
        self.entries += len(lines)
        self._booked_minor += sum([line.amount_minor for line in lines])
        self._lines += lines
        at_once = self.limits.chunk_lines
        while len(self._lines) >= at_once:
            self._queue.append(LinesRead(self.number, tuple(self._lines[:at_once])))
            self._lines = self._lines[at_once:]

    @property
    def booked_minor(self) -> int:
        """What the booked lines of the open statement add up to so far."""
        return self._booked_minor

    def close(self, statement: BankStatement, control: tuple[Fault, ...] = ()) -> None:
        """``control`` are faults of totals that the format has beyond its balances."""
        self._flush()
        self._check_repeated(statement)
        found = (*self._foreign, *check_sum(statement, sum_minor=self._booked_minor), *control)
        self._queue.append(
            StatementClosed(self.number, statement, self._count, self._booked_minor, found)
        )
        self.is_open = False

    def note(
        self,
        what: str,
        message: str,
        *,
        place: tuple[int, int] | None = None,
        fix: str = "",
        severity: Severity = Severity.WARNING,
    ) -> None:
        """A fault; with ``place`` (bytes from, to) it is about the entry that was counted last."""
        self._faults += 1
        if self._faults > self.limits.faults_max:
            message = f"more than {self.limits.faults_max} faults; reading stopped"
            raise Refusal(Fault(f"{self.code}.too_many_faults", message, fix=ORIGINAL))
        path = f"statement[{self.number}]"
        if place is not None:
            path = f"{path}.entry[{self.entries}]"
            message = f"entry {self.entries} (bytes {place[0]}-{place[1]}): {message}"
        self._flush()
        fault = Fault(
            f"{self.code}.{what}", message, path=path, fix=fix or AT_ENTRY, severity=severity
        )
        self._queue.append(fault)

    def drain(self) -> Iterator[Event]:
        """What is finished since the last call."""
        self._flush()
        queue, self._queue = self._queue, []
        yield from queue

    def events(self, steps: Iterable[None]) -> Iterator[Event]:
        """What each step of reading finished. A refusal ends the file, and is told last."""
        try:
            for _ in steps:
                if self._queue:
                    yield from self.drain()
        except Refusal as refusal:
            yield from self.drain()
            yield refusal.fault
            return
        yield from self.drain()

    @property
    def has_events(self) -> bool:
        return bool(self._queue)

    def _flush(self) -> None:
        if self._lines:
            self._queue.append(LinesRead(self.number, tuple(self._lines)))
            self._lines = []

    def _check_repeated(self, statement: BankStatement) -> None:
        """A statement twice in one file would make every movement look like a true twin."""
        header = (
            statement.kind, statement.account, statement.currency, statement.reference,
            statement.sequence, statement.page, statement.to_date, statement.opening_minor,
            statement.closing_minor, self._count, self._booked_minor,
        )  # fmt: skip
        if header in self._headers and self._count:
            message = f"statement {statement.reference} of {statement.account} stands twice"
            is_fatal = statement.kind is StatementKind.STATEMENT
            severity = Severity.FATAL if is_fatal else Severity.WARNING
            self.note("statement_twice", message, fix=ORIGINAL, severity=severity)
        self._headers.add(header)
