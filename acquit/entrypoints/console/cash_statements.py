"""A bank file as the lines of ``acquit apply``: the money that came in and is booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from acquit.core.codecs import banktable, columns, packed, statements
from acquit.core.codecs.bankfile import LinesRead, StatementClosed
from acquit.core.codecs.banktable.layout import recognised, shipped
from acquit.core.documents.bank import BankLine as Entry
from acquit.core.documents.bank import LineStatus
from acquit.core.faults import Fault, Severity
from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.cash_files import Files
from acquit.stages.matching.rules.explained import explained
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advising import told_in

_HEAD = 64 * 1024
_ROWS = 40  # that a bank may write above its header
_OURS = shipped()[0]  # the layout of banks that has our own names of columns
_UNPROVABLE = "bank.balance_missing"


def is_statement(path: Path) -> bool:
    """Whether the file is a bank statement, by its beginning. A table with our columns is none,
    nor is one that nobody knows."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if packed.sniff(head):
        return True
    codec = statements.sniff(head)
    if codec is not banktable:
        return codec is not None
    rows = [line.cells for line in islice(columns.lines(head), _ROWS)]
    if rows and {*cash_columns.needed(cash_columns.LINES)} <= {*rows[0]}:
        return False
    layout = next(filter(None, map(recognised, rows)), None)
    return layout is not None and layout != _OURS


def statement(files: Files, path: Path) -> list[BankLine]:
    """The money that came in; what went out or is not booked is counted. A file that does not add
    up, or ends too early, is answered like any other, but nothing of it may be posted: its lines
    are ``files.unproven``. So is each file of a ZIP, whose lines have its name in their ids."""
    body = path.read_bytes()
    if not packed.sniff(body):
        return _lines(files, path.name, body)
    try:
        lines = [
            line
            for member in packed.unpack(body)
            for line in _lines(files, f"{path.name}/{member.name}", member.body, f"{member.name} ")
        ]
    except packed.CannotUnpack as bad:
        files.lines, files.unproven = [], set()
        _note(files, path.name, bad.fault)
        return []
    return lines


def _lines(files: Files, name: str, body: bytes, prefix: str = "") -> list[BankLine]:
    lines: list[BankLine] = []
    is_proven = True
    for event in statements.read(body):
        if isinstance(event, Fault):
            _note(files, name, event)
            is_proven &= event.severity is not Severity.FATAL or ".entry[" in event.path
        elif isinstance(event, LinesRead):
            lines += _came_in(files, event, prefix)
        elif isinstance(event, StatementClosed):
            for fault in event.control:
                # OFX and some tables have no opening balance; without a closing one it is cut off.
                is_open = fault.code == _UNPROVABLE and fault.path != "closing"
                severity = Severity.WARNING if is_open else fault.severity
                _note(files, name, replace(fault, severity=severity))
                is_proven &= is_open
    if not is_proven:
        files.unproven |= {line.id for line in lines}
    return lines


def _note(files: Files, name: str, fault: Fault) -> None:
    files.faults.append(replace(fault, message=f"{name}: {fault.message}"))


def _came_in(files: Files, read: LinesRead, prefix: str) -> Iterator[BankLine]:
    for entry in read.lines:
        if entry.status is not LineStatus.BOOKED:
            files.passed_over["not booked"] += 1
        elif entry.amount_minor <= 0:
            files.passed_over["went out"] += 1
        else:
            line = _of_entry(f"{prefix}{read.number}-{entry.position}", entry)
            told = told_in(entry, number=line.end_to_end)
            files.advices += [explained(told, line=line.id)] if told else []
            yield line


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
