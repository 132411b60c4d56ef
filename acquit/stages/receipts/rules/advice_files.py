"""What one file says of payments, whatever it is: a message, a table, a page, or a mail of them.

A mail is read from its files; where none of them is an advice, from the tables and then the lines
of its own text. What is taken is taken whole: an advice that lacks a row would explain money
wrongly. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from acquit.core.codecs import mail, printed
from acquit.core.faults import Fault
from acquit.stages.receipts.rules import advice_tables
from acquit.stages.receipts.rules.advice_messages import read_advices
from acquit.stages.receipts.rules.advice_tables import Said
from acquit.stages.receipts.rules.advising import AdviceRead
from acquit.stages.receipts.rules.tables import REMITTANCE, Table, is_table, table_of

Known = Mapping[str, Mapping[str, Any]]
_UNTOLD = ("table.unsaid", "table.map", "advice.row")  # what a person can put right


@dataclass(frozen=True, slots=True)
class Inner:
    """A file, or one inside of a mail. ``rank`` orders where a mail is looked for its advice."""

    name: str
    body: bytes
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A file that came, opened: what is inside and who sent it ("" where it does not say)."""

    inner: tuple[Inner, ...]
    sender: str = ""


@dataclass(frozen=True, slots=True)
class InnerRead:
    """What one inner file says. ``table`` is what was read of it, the file itself for messages."""

    inner: Inner
    table: Table
    advices: tuple[AdviceRead, ...]
    faults: tuple[Fault, ...]


def opened(name: str, body: bytes) -> Envelope:
    """The files of a mail, its HTML and its text; any other file is by itself."""
    if not mail.is_mail(body):
        return Envelope((Inner(name, body),))
    message = mail.read(body)
    inner = []
    for part in message.parts:
        if part.kind == mail.TEXT:
            inner.append(Inner("text", printed.of_text(part.body.decode()).text, 2))
        else:
            inner.append(Inner(part.name, part.body, 1 if part.kind else 0))
    return Envelope(tuple(inner), message.sender)


def read(
    envelope: Envelope, *, told: str, known: Known, said: Said, keeps_balance: bool = False
) -> tuple[tuple[InnerRead, ...], tuple[Fault, ...]]:
    """The inner files that are advices, or why the whole is refused. ``told`` and ``known`` say
    what columns are (``rules/tables.py``), ``keeps_balance`` as ``read_advices``."""
    refused: list[Fault] = []
    for rank in sorted({inner.rank for inner in envelope.inner}):
        reads = [
            _read(inner, told=told, known=known, said=said, keeps_balance=keeps_balance)
            for inner in envelope.inner
            if inner.rank == rank
        ]
        if len(envelope.inner) > 1:
            reads = [replace(each, faults=_named(each.faults, each.inner)) for each in reads]
        broken = [fault for each in reads if each.advices for fault in each.faults]
        if broken:
            return (), tuple(broken)
        good = tuple(each for each in reads if each.advices and not each.faults)
        if good:
            return good, ()
        refused += [fault for each in reads for fault in each.faults]
    return (), _worst(refused)


def _named(faults: Sequence[Fault], inner: Inner) -> tuple[Fault, ...]:
    """The faults of one of several files with its name."""
    return tuple(replace(one, message=f"in the file {inner.name}: {one.message}") for one in faults)


def _worst(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """What to tell of a file that is no advice: what a person can put right, if there is such."""
    able = [fault for fault in faults if fault.code in _UNTOLD]
    none = Fault("advice.none", "the file holds no remittance advice")
    return tuple(able or faults) or (none,)


def _read(inner: Inner, *, told: str, known: Known, said: Said, keeps_balance: bool) -> InnerRead:
    if not is_table(inner.body, use=REMITTANCE):
        asked = said.currency if said.is_asked else ""
        found = read_advices(
            inner.body, currency=said.currency, said=asked, keeps_balance=keeps_balance
        )
        return InnerRead(inner, Table(inner.body), *found)
    table = table_of(inner.body, use=REMITTANCE, said=told, known=known)
    if isinstance(table, Fault):
        return InnerRead(inner, Table(inner.body), (), (table,))
    if table.layout is None:
        return InnerRead(inner, table, *read_advices(table.text))
    return InnerRead(inner, table, *advice_tables.read(table, said=said))
