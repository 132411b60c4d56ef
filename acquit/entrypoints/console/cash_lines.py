"""The lines of ``acquit apply``, in whatever file of banks they come: a statement, a notice, a
lockbox file, or a ZIP of such files.

Each file of a ZIP is taken as if it came alone, but money counts once: what an earlier one has
told is passed over, and a notice or a lockbox file about money of a statement explains it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acquit.core.codecs import deposits, lockbox, packed
from acquit.core.faults import Fault
from acquit.entrypoints.console import cash_advices, cash_books, cash_files, cash_statements
from acquit.entrypoints.console.cash_files import Files, Unread
from acquit.entrypoints.console.cash_twins import TOLD, Twins
from acquit.stages.matching.rules.columns import column
from acquit.stages.matching.rules.explained import explained
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advice_messages import is_notice
from acquit.stages.receipts.rules.advising import AdviceRead, of_deposit

_ZIP = b"PK"  # what it is, a spreadsheet or an archive, stands at its end
_DOLLAR = "USD"  # lockboxes are a custom of the United States


def take_in(files: Files, name: str, source: Path | bytes) -> None:
    """The lines into ``files``; a file of which nothing can be read is ``files.broken``."""
    head = cash_files.head_of(source)
    if head.startswith(_ZIP) and packed.sniff(body := cash_files.whole(source)):
        _archive(files, name, body)
    elif deposits.sniff(head):
        _cheques(files, _deposits(files, name, cash_files.whole(source)), "")
    elif cash_statements.is_statement(head):
        files.lines += cash_statements.read(files, name, cash_files.whole(source))
    elif book := cash_files.book_of(source):
        _book(files, name, book)
    else:
        files.lines.extend(cash_files.lines(files, source, name=name))


def _book(files: Files, name: str, body: bytes) -> None:
    """A spreadsheet with our columns, or else one that a known bank hands out."""
    if table := cash_books.bank_table(body):
        files.lines += cash_statements.read(files, f"{name} sheet {table.sheet}", table.text)
    else:
        files.lines.extend(cash_files.lines(files, body, name=name))


def _archive(files: Files, name: str, body: bytes) -> None:
    """The files of a ZIP, statements first. Where none can be read, the archive is broken."""
    if members := _unpacked(files, name, body):
        _together(files, members, within=f"{name}/", whole=name)


def _unpacked(files: Files, name: str, body: bytes) -> list[packed.Member]:
    try:
        return list(packed.unpack(body))
    except packed.CannotUnpack as bad:
        cash_statements.note(files, name, bad.fault)
        files.broken.add(name)
        return []


def take_in_several(files: Files, paths: Sequence[Path]) -> None:
    """Files as if they came in one ZIP; what is in a ZIP of them, as if it were beside the others.
    Lines are called by the names of their files, where these differ."""
    names = [path.name for path in paths]
    before = len(files.broken)
    members: list[packed.Member] = []
    for path, name in zip(paths, names, strict=True):
        called = name if names.count(name) == 1 else str(path)
        body = path.read_bytes()
        if packed.sniff(body):
            inner = _unpacked(files, called, body)
            members += [packed.Member(f"{called}/{one.name}", one.body) for one in inner]
        else:
            members.append(packed.Member(called, body))
    if len(files.broken) == before:
        _together(files, members, within="", whole=" and ".join(names))


def _together(files: Files, members: Sequence[packed.Member], *, within: str, whole: str) -> None:
    before, files.broken = files.broken, set()
    twins, own = Twins(), dict[Any, BankLine]()
    boxes: list[tuple[packed.Member, lockbox.Deposit]] = []
    for member in sorted(members, key=lambda one: is_notice(one.body)):
        named = f"{within}{member.name}"
        if deposits.sniff(member.body):
            boxes += [(member, one) for one in _deposits(files, named, member.body)]
        else:
            _member(files, named, member, twins, own)
            twins.next_file()
    _explain(files, boxes)
    files.broken = before | ({whole} if len(files.broken) == len(members) else set())


def _member(
    files: Files, name: str, member: packed.Member, twins: Twins, own: dict[Any, BankLine]
) -> None:
    """``own`` are the lines of our own tables so far, by their ids."""
    prefix = f"{member.name} "
    if packed.sniff(member.body):
        fault = Fault("packed.nested", "this is an archive in an archive", fix="unpack it first")
        cash_statements.note(files, name, fault)
        files.broken.add(name)
    elif book := cash_books.bank_table(member.body):
        called = f"{name} sheet {book.sheet}"
        files.lines += cash_statements.read(files, called, book.text, prefix, twins)
    elif cash_files.book_of(member.body) or cash_files.has_lines(member.body):
        for line in cash_files.lines(files, member.body, name=name):
            _once(files, name, line, own)
    else:
        files.lines += cash_statements.read(files, name, member.body, prefix, twins)


def _once(files: Files, name: str, line: BankLine, own: dict[Any, BankLine]) -> None:
    """A line of our own table; the same one of another file counts once."""
    before = own.setdefault(line.id, line)
    if before is line:
        files.lines.append(line)
    elif before == line:
        files.passed_over[TOLD] += 1
    else:
        why = f"the id {line.id!r} is that of another line in an earlier file"
        fix = "give each line an id of its own; only the first one counts"
        files.faults.append(Fault("apply.twice", f"{name}: {why}", fix=fix))
        residue = cash_files.major(line.amount, line.currency)
        files.unread.append(Unread(f"{name} {line.id}", line.id, residue, why))


def _deposits(files: Files, name: str, body: bytes) -> Sequence[lockbox.Deposit]:
    found, faults = deposits.read(body)
    for fault in faults:
        cash_statements.note(files, name, fault)
        files.broken.add(name)
    return found


def _explain(files: Files, told: Sequence[tuple[packed.Member, lockbox.Deposit]]) -> None:
    """A statement has a deposit as one sum, which its cheques explain; else each of them is
    money. A deposit that two files tell of counts once, as often as one of them has it."""
    once: dict[tuple[object, ...], tuple[packed.Member, lockbox.Deposit]] = {}
    counts: Counter[tuple[object, ...]] = Counter()
    for member, deposit in told:
        identity = _identity(deposit)
        counts[member.name, *identity] += 1
        once.setdefault((counts[member.name, *identity], *identity), (member, deposit))
    pairs = list(once.values())
    currency = _currency(files)
    advices = [of_deposit(one, one.currency or currency) for _member, one in pairs]
    money = cash_advices.linked_lines(files.lines, advices)
    for at, (member, deposit) in enumerate(pairs):
        if at in money:
            files.advices.append(explained(advices[at], line=money[at]))
        else:
            _cheques(files, [deposit], f"{member.name} ", start=at + 1)


def _identity(deposit: lockbox.Deposit) -> tuple[object, ...]:
    cheques = ((one.batch, one.number, one.amount_minor) for one in deposit.cheques)
    return deposit.lockbox, deposit.day, deposit.reference, *cheques


def _currency(files: Files) -> str:
    """That of a lockbox file, which names none."""
    currencies = set(column(files.items, "currency"))
    return currencies.pop() if len(currencies) == 1 else _DOLLAR


def _cheques(
    files: Files, found: Sequence[lockbox.Deposit], prefix: str, *, start: int = 1
) -> None:
    """Each cheque as a line of money, and what the bank read of its documents as its advice."""
    currency = _currency(files)
    for number, deposit in enumerate(found, start):
        for at, cheque in enumerate(deposit.cheques, 1):
            single = lockbox.Deposit(deposit.lockbox, deposit.day, [cheque])
            advice = of_deposit(single, deposit.currency or currency)
            line = _line_of(advice, cheque, deposit.day.toordinal(), f"{prefix}{number}-{at}")
            files.advices.append(explained(advice, line=line.id))
            files.lines.append(line)


def _line_of(advice: AdviceRead, cheque: lockbox.Cheque, day: int, key: str) -> BankLine:
    documents = dict.fromkeys(part.document for part in advice.parts if part.document)
    return BankLine(
        id=key,
        day=day,
        amount=advice.amount_minor,
        currency=advice.currency,
        payer_name=cheque.payer,
        end_to_end=cheque.number,
        text=" ".join(documents),
    )
