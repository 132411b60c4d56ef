"""What payers said, for ``acquit apply``: our own table, or whatever the import of advices reads.

A file that is no advice, or one of which a row cannot be read, is named and left out; the rest of
the files counts. An advice that two files bring counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acquit.core.codecs import sheet, tabular
from acquit.core.faults import Fault
from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.cash_files import Files, Row
from acquit.entrypoints.console.paths import expand
from acquit.stages.matching.rules.explained import explained
from acquit.stages.matching.rules.inputs import Advice, AdvicePart, BankLine
from acquit.stages.receipts.rules.advising import (
    AFTER,
    BEFORE,
    KINDS,
    AdviceRead,
    Pair,
    linked,
    sign,
)


@dataclass(slots=True)
class Remittances:
    """What the files said: how many there were, which could not be read, how many advices are
    linked to their money."""

    files: int = 0
    unread: list[str] = field(default_factory=list)
    advices: int = 0
    linked: int = 0

    def summary(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "unread": self.unread,
            "advices": self.advices,
            "linked": self.linked,
        }


def take_in(files: Files, paths: Sequence[Path], *, maps: Sequence[str]) -> Remittances:
    """The advices of these files and folders into ``files``, which has its lines and customers.
    ``maps`` says of tables that are not ours what their columns are, tried in turn."""
    told = Remittances()
    read: list[AdviceRead] = []
    for path in expand(paths):
        told.files += 1
        before = len(files.faults)
        try:
            ours, others = _of_file(files, path, maps)
        except OSError as bad:
            message = f"{path}: {bad.strerror or bad}"
            files.faults.append(Fault("apply.file", message, str(path), fix="give a file to read"))
            ours, others = [], []
        if len(files.faults) > before and not ours:
            told.unread.append(str(path))
        files.advices += ours
        told.advices += len(ours)
        read += others
    if not told.files:
        where = ", ".join(map(str, paths))
        message = f"{where}: there is no file in this folder"
        files.faults.append(Fault("apply.file", message, where, fix="give a folder with files"))
    unique = list({_identity(one): one for one in reversed(read)}.values())[::-1]
    told.advices += len(unique)
    money = linked_lines(files.lines, unique)
    told.linked = len(money)
    files.advices += _explained(unique, money)
    return told


def _of_file(
    files: Files, path: Path, maps: Sequence[str]
) -> tuple[list[Advice], list[AdviceRead]]:
    """Advices of our own table, or those of any other file; what is wrong goes to ``files``."""
    body = path.read_bytes()
    table = _own_table(body)
    if table is not None:
        return _own(files, str(path), table), []
    from acquit.entrypoints.console import cash_messages  # who has tables waits for no codecs

    return [], cash_messages.read(files, path, body, maps=maps)


def _own_table(body: bytes) -> bytes | None:
    """The table with the columns of ours, if the bytes are one: CSV, or a sheet of a book."""
    if not sheet.is_sheet(body):
        return body if _is_ours(body) else None
    try:
        texts = [each.text(decimal_mark=".") for each in sheet.read(body)]
    except sheet.CannotRead:
        return None  # its reader says why
    return next(filter(_is_ours, texts), None)


def _is_ours(text: bytes) -> bool:
    names: list[str] = []
    next(iter(tabular.read(text, names=names)), None)
    return {"remittance", "paid"} <= set(names)


@dataclass(frozen=True, slots=True)
class _OwnRow:
    key: str
    number: str
    paid: int
    currency: str
    payer_name: str
    reference: str


def _own_row(row: Row) -> _OwnRow:
    currency = row.needed("currency")
    return _OwnRow(
        key=row.needed("remittance"),
        number=row.needed("number"),
        paid=row.minor("paid", currency),
        currency=currency,
        payer_name=row.text("payer_name"),
        reference=row.text("reference") or row.needed("remittance"),
    )


def _own(files: Files, name: str, table: bytes) -> list[Advice]:
    """The rows of each remittance together; its amount is what they come to."""
    rows: dict[str, list[_OwnRow]] = defaultdict(list)
    for _, one in files.table(table, cash_columns.REMITTANCES, _own_row, name=name):
        rows[one.key].append(one)
    return [
        Advice(
            reference=parts[0].reference,
            payer_name=parts[0].payer_name,
            amount=sum(part.paid for part in parts),
            currency=parts[0].currency,
            parts=tuple(AdvicePart(part.number, part.paid) for part in parts),
        )
        for parts in rows.values()
    ]


def _identity(one: AdviceRead) -> tuple[object, ...]:
    return one.kind, one.number, one.payer_name, one.currency, one.paid_on, one.amount_minor


def linked_lines(lines: Sequence[BankLine], read: Sequence[AdviceRead]) -> dict[int, Any]:
    """Place of an advice -> the line it is about, as the import links them: the very amount, about
    its day, and a sign that only these two have. Each kind by itself."""
    by_amount = defaultdict(list)
    for line in lines:
        by_amount[line.currency, line.amount].append(line)
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for at, one in enumerate(read):
        days = range(10**7)
        if one.paid_on:
            days = range((one.paid_on - BEFORE).toordinal(), (one.paid_on + AFTER).toordinal() + 1)
        for line in by_amount[one.currency, one.amount_minor]:
            if line.day in days and (by := sign(one, line)):
                pairs[one.kind].append(Pair(at, line.id, by))
    return {at: pair.line for kind in KINDS for at, pair in linked(pairs[kind]).items()}


def _explained(read: Sequence[AdviceRead], money: dict[int, Any]) -> Iterator[Advice]:
    """The first advice of each line counts, customers' own words before those of others; what has
    no line is known by its number."""
    taken: set[Any] = set()
    for at, one in sorted(enumerate(read), key=lambda pair: KINDS.index(pair[1].kind)):
        line = money.get(at)
        if line is None or line not in taken:
            taken |= {line} - {None}
            yield explained(one, line=line)
