"""A bank file as the lines of ``acquit apply``: the money that came in and is booked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from acquit.core.codecs import banktable, columns, statements
from acquit.core.codecs.bankfile import LinesRead, StatementClosed, StatementOpened
from acquit.core.codecs.banktable.layout import recognised, shipped
from acquit.core.documents.bank import BankLine as Entry
from acquit.core.documents.bank import BankStatement, LineStatus, StatementKind
from acquit.core.faults import Fault, Severity
from acquit.entrypoints.console.cash_files import Files, Unread
from acquit.entrypoints.console.cash_twins import TOLD, Twins
from acquit.entrypoints.console.folding import spans
from acquit.stages.matching.rules.explained import explained
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advising import of_entry, told_in

_ROWS = 40  # that a bank may write above its header
_OURS = shipped()[0]  # the layout of banks that has our own names of columns
_AT_ENTRY = re.compile(r"statement\[(\d+)\]\.entry\[(\d+)\]")
_UNPROVABLE = "bank.balance_missing"


def is_statement(head: bytes) -> bool:
    """Whether a file that is no table with our columns is a bank statement, by its beginning. A
    table that nobody knows is none."""
    codec = statements.sniff(head)
    if codec is not banktable:
        return codec is not None
    rows = [line.cells for line in islice(columns.lines(head), _ROWS)]
    layout = next(filter(None, map(recognised, rows)), None)
    return layout is not None and layout != _OURS


def read(
    files: Files, name: str, body: bytes, prefix: str = "", twins: Twins | None = None
) -> list[BankLine]:
    """The money that came in; what went out or is not booked is counted. A file that does not add
    up, or ends too early, is answered like any other, but nothing of it may be posted: its lines
    are ``files.unproven``. One that ends before its first entry is broken. ``prefix`` stands
    before the ids of its lines, ``twins`` are what other files told."""
    codec = statements.codec_of(body)
    taken = _Taken(files, name, prefix, twins, syntax=codec.NAME if codec else "")
    is_proven, is_read = True, False
    for event in statements.read(body):
        if isinstance(event, Fault):
            note(files, name, event)
            is_entry = ".entry[" in event.path
            if is_entry and event.severity is Severity.FATAL:
                taken.lose(event)
                is_read = True
            is_proven &= event.severity is not Severity.FATAL or is_entry
        elif isinstance(event, StatementOpened):
            taken.statement = event.statement
        elif isinstance(event, LinesRead):
            taken.take(event)
            is_read = True
        elif isinstance(event, StatementClosed):
            taken.close(None if event.control else event.statement.opening_minor)
            for fault in event.control:
                # OFX and some tables have no opening balance; without a closing one it is cut off.
                is_open = fault.code == _UNPROVABLE and fault.path != "closing"
                severity = Severity.WARNING if is_open else fault.severity
                note(files, name, replace(fault, severity=severity))
                is_proven &= is_open
    taken.close(None)  # of a statement that is cut off
    if not is_proven:
        files.unproven |= {line.id for line in taken.lines}
    if not is_proven and not is_read:
        files.broken.add(name)
    return taken.lines


def note(files: Files, name: str, fault: Fault) -> None:
    files.faults.append(replace(fault, message=f"{name}: {fault.message}"))


@dataclass(slots=True)
class _Taken:
    """The lines of one file as they are read."""

    files: Files
    name: str
    prefix: str
    twins: Twins | None
    syntax: str
    statement: BankStatement | None = None
    lines: list[BankLine] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)  # until the balances of their statement
    number: int = 0  # of that statement

    def take(self, event: LinesRead) -> None:
        assert self.statement is not None  # readers open one before its lines
        if self.twins is None:
            list(self._came_in(event.lines, event.number))
            return
        if self.statement.kind is StatementKind.NOTIFICATION:
            for _number, group in groupby(event.lines, key=lambda line: line.entry_number):
                self._notice(self.twins, self.statement, tuple(group), event.number)
            return
        self.waiting += event.lines
        self.number = event.number

    def close(self, opening_minor: int | None) -> None:
        """What waits of a statement, with its opening balance where that is proven."""
        if self.twins is None or self.statement is None or not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        account = self.twins.account(
            self.statement.account, self.statement.currency or waiting[0].currency
        )
        fresh, guessed = self.twins.of_statement(
            account, waiting, opening_minor, syntax=self.syntax
        )
        self._pass_over(len(waiting) - len(fresh))
        self._tell_guessed([one for one in guessed if one.amount_minor > 0])
        self.twins.keep(account, list(self._came_in(fresh, self.number)))

    def _notice(
        self, twins: Twins, notification: BankStatement, told: tuple[Entry, ...], number: int
    ) -> None:
        """An entry of a notice, as far as no earlier file told it in these words."""
        account = twins.account(notification.account, told[0].currency)
        entries = tuple(twins.fresh(account, told))
        self._pass_over(len(told) - len(entries))
        if not entries:
            twins.use_up(account, told)
            return
        notice = of_entry(notification, entries)
        lines = twins.told(account, notice, entries)
        if lines is None:  # no statement has it, so it is money itself
            list(self._came_in(entries, number))
            return
        self._pass_over(len(entries))
        if len(lines) == 1:
            self.files.advices.append(explained(notice, line=lines[0].id))

    def _tell_guessed(self, guessed: Iterable[Entry]) -> None:
        """Warns of movements that were left out without proof."""
        for day, group in groupby(guessed, key=lambda one: one.booking_date):
            rows = ", ".join(list(spans(one.position for one in group))[:_ROWS])
            message = (
                f"statement {self.number}, movements {rows}, {day}: another file tells as much"
                " money of this account and day in other words"
            )
            fix = "they count once, which neither balances nor references prove: compare them"
            fault = Fault("apply.same_money", message, fix=fix, severity=Severity.WARNING)
            note(self.files, self.name, fault)

    def _pass_over(self, count: int) -> None:
        if count:
            self.files.passed_over[TOLD] += count

    def _came_in(self, entries: Iterable[Entry], number: int) -> Iterator[tuple[Entry, BankLine]]:
        for entry in entries:
            if entry.status is not LineStatus.BOOKED:
                self.files.passed_over["not booked"] += 1
            elif entry.amount_minor <= 0:
                self.files.passed_over["went out"] += 1
            else:
                line = _of_entry(f"{self.prefix}{number}-{entry.position}", entry)
                told = told_in(entry, number=line.end_to_end)
                self.files.advices += [explained(told, line=line.id)] if told else []
                self.lines.append(line)
                yield entry, line

    def lose(self, fault: Fault) -> None:
        """An entry of which no line could be made, as one that cannot be read."""
        number, entry = _AT_ENTRY.findall(fault.path)[0]
        key = f"{self.prefix}{number}-entry {entry}"
        if key not in {one.id for one in self.files.unread[-1:]}:
            self.files.unread.append(Unread(f"{self.name} {key}", key, "", fault.message))


def _of_entry(key: str, entry: Entry) -> BankLine:
    named = (*entry.structured_references, *entry.document_references)
    return BankLine(
        id=key,
        day=entry.booking_date.toordinal(),
        amount=entry.amount_minor,
        currency=entry.currency,
        payer_name=entry.ultimate_payer_name or entry.payer_name,
        payer_iban=entry.payer_iban,
        end_to_end=entry.end_to_end_id,
        text=" ".join((*named, entry.remittance)),
        charges=entry.charges_minor,
    )
