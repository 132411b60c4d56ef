"""A bank file taken apart: statements with their movements, and everything wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from acquit.core.codecs import statements as syntaxes
from acquit.core.codecs.bankfile import (
    UNTOLD,
    LinesRead,
    StatementClosed,
    StatementOpened,
    Told,
)
from acquit.core.documents.bank import (
    BankLine,
    BankStatement,
    LineStatus,
    StatementKind,
)
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

_ENTRY = re.compile(r"statement\[(\d+)\]\.entry\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class RowIssue:
    """A row of the file that gives no movement, and why. ``row`` is the entry of its statement."""

    statement: int
    row: int
    fault: Fault
    content: str


@dataclass(frozen=True, slots=True)
class StatementRead:
    """A statement, ``number`` from 1 in its file; ``lines`` are booked and not zero, ``movements``
    how many they are, also where they were let go of."""

    number: int
    header: BankStatement
    lines: tuple[BankLine, ...]
    movements: int
    issues: tuple[RowIssue, ...]
    control: tuple[Fault, ...]

    @property
    def rows(self) -> int:
        return self.movements + len(self.issues)


@dataclass(frozen=True, slots=True)
class FileRead:
    """``fatal`` faults mean that the file as a whole cannot be read; ``doubts`` are reasons to
    park it although its totals agree. ``syntax`` names the codec, "" where none knows the file."""

    syntax: str
    statements: tuple[StatementRead, ...]
    fatal: tuple[Fault, ...]
    doubts: tuple[Fault, ...]

    @property
    def rows(self) -> int:
        return sum(statement.rows for statement in self.statements)


def read_file(body: bytes, *, told: Told = UNTOLD) -> FileRead:
    """Everything a bank file says, each row accounted for."""
    statements: list[StatementRead] = []
    lines: list[BankLine] = []
    issues: list[RowIssue] = []
    fatal: list[Fault] = []
    doubts: list[Fault] = []
    codec = syntaxes.codec_of(body, told=told)
    for event in syntaxes.read(body, told=told):
        if isinstance(event, Fault):
            at = _ENTRY.match(event.path)
            if event.severity is Severity.FATAL and at:
                issues.append(RowIssue(int(at[1]), int(at[2]), event, ""))
            elif event.severity is Severity.FATAL:
                fatal.append(event)
            elif event.code.endswith(".statement_twice"):
                doubts.append(event)
        elif isinstance(event, StatementOpened):
            fatal += _not_a_statement(event.statement)
        elif isinstance(event, LinesRead):
            lines += event.lines
        elif isinstance(event, StatementClosed):
            usable, left = _usable(event.number, lines)
            mine = [issue for issue in issues if issue.statement == event.number]
            count, unused = len(usable), (*mine, *left)
            statements.append(
                StatementRead(event.number, event.statement, usable, count, unused, event.control)
            )
            lines = []
    syntax = codec.NAME if codec else ""
    return FileRead(syntax, tuple(statements), tuple(fatal), tuple(doubts))


def _not_a_statement(head: BankStatement) -> list[Fault]:
    """Reports of the day (camt.052, MT942) and notices (camt.054) tell of movements that the
    statement tells again in other words: booking both would double the money."""
    if head.kind is StatementKind.STATEMENT:
        return []
    fix = "import the statement of the day; it holds the same movements with its balances"
    if head.kind is StatementKind.NOTIFICATION:
        fix = "import it as remittance: it details a movement of the statement"
    message = (
        f"{head.reference or 'the file'} is a {head.kind}, not a statement of booked movements"
    )
    return [Fault("bank.not_a_statement", message, fix=fix)]


def _usable(
    number: int, lines: Sequence[BankLine]
) -> tuple[tuple[BankLine, ...], tuple[RowIssue, ...]]:
    """The booked movements; the others are told apart with their reason."""
    usable, left = [], []
    for line in lines:
        if line.status is not LineStatus.BOOKED:
            message = f"entry {line.entry_number} is {line.status.value}, not booked"
            fix = "nothing to do: the bank sends it again once it is booked"
            left.append(_issue(number, line, "bank.not_booked", message, fix))
        elif line.amount_minor == 0:
            message = f"entry {line.entry_number} moves nothing: its amount is zero"
            left.append(_issue(number, line, "bank.zero", message, "nothing to do"))
        else:
            usable.append(line)
    return tuple(usable), tuple(left)


def _issue(number: int, line: BankLine, code: str, message: str, fix: str) -> RowIssue:
    path = f"statement[{number}].entry[{line.entry_number}]"
    fault = Fault(code, message, path=path, fix=fix, severity=Severity.INFO)
    return RowIssue(number, line.entry_number, fault, f"{line.amount} {line.remittance}".strip())


def opening_of(statement: StatementRead) -> int | None:
    """The opening balance, where the statement's own balances and movements agree; the one that
    its closing balance says where it has no other."""
    if lacks_opening(statement):
        return _counted_back(statement)
    return None if statement.control else statement.header.opening_minor


def lacks_opening(statement: StatementRead) -> bool:
    """Whether only an opening balance is missing: OFX and many tables know the closing one."""
    header = statement.header
    is_missing = header.opening_minor is None and header.closing_minor is not None
    return is_missing and [fault.code for fault in statement.control] == ["bank.balance_missing"]


def first_day(statement: StatementRead) -> date | None:
    """The first day that the statement tells of."""
    booked = (line.booking_date for line in statement.lines)
    return min(booked, default=statement.header.from_date or statement.header.to_date)


def proven_by(statement: StatementRead, known_minor: int | None) -> StatementRead:
    """A statement that lacks its opening balance, with what the account had before its first
    movement: the same proof, with the balance from the file before."""
    header, opening = statement.header, _counted_back(statement)
    if known_minor == opening:
        return replace(statement, header=replace(header, opening_minor=opening), control=())
    begins = f"by its closing balance it begins at {Money(opening, header.currency)}"
    if known_minor is None:
        fault = Fault(
            "bank.opening_unknown",
            f"statement {header.reference} has no opening balance and nothing is known of the "
            f"account before it; {begins}",
            path="opening",
            fix="accept it where that was the balance; the next file is then proven by this one",
        )
    else:
        fault = Fault(
            "bank.opening_differs",
            f"statement {header.reference}: {begins}, but the account stood at "
            f"{Money(known_minor, header.currency)} "
            f"(difference {Money(opening - known_minor, header.currency)})",
            path="opening",
            fix="movements in between are missing: import the file that holds them first",
        )
    return replace(statement, control=(fault,))


def _counted_back(statement: StatementRead) -> int:
    moved = sum(line.amount_minor for line in statement.lines)
    return (statement.header.closing_minor or 0) - moved


def doubts_of(file: FileRead) -> dict[int, str]:
    """Statement number -> why it waits for a person; empty when the whole file is proven.

    One statement that does not add up parks its whole file (invariant I33): what is missing in
    it may stand in another.
    """
    own = {s.number: "; ".join(f.message for f in s.control) for s in file.statements if s.control}
    twice = "; ".join(fault.message for fault in file.doubts)
    if not own and not twice:
        return {}
    others = twice or "another statement of the same file does not add up"
    return {s.number: own.get(s.number) or others for s in file.statements}


def text_of(line: BankLine) -> str:
    """All words of the payer in one text: remittance, then references it does not contain, then
    why money came back."""
    if not (line.structured_references or line.document_references or line.return_reason):
        return line.remittance
    pieces = [line.remittance]
    for piece in (*line.structured_references, *line.document_references):
        if piece and piece not in line.remittance:
            pieces.append(piece)
    if line.return_reason:
        pieces.append(f"returned: {line.return_reason}")
    return "\n".join(piece for piece in pieces if piece)
