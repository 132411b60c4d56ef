"""Lockbox files: the cheques a bank has deposited, and what each of them pays.

Records of fixed width (80 characters or more) are told apart by their first digit: 1 begins the
file, 5 a batch, 6 is a cheque, 4 continues it with one document each, 7 proves a batch, 8 the
lockbox, 9 ends the file. A bank credits what a lockbox took in on a day as one sum, so that is a
:class:`Deposit`. Where a record 4 has amounts (BAI2) each document gets its own; without, a cheque
counts for the one document it names.
Source: BAI, Lockbox Communications Standards, and its common extension called BAI2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from acquit.core.codecs.bankfile import ORIGINAL
from acquit.core.faults import Fault
from acquit.core.text import unpadded

NAME = "lockbox"
_WIDTH = 80  # of a record in a file without line ends
_HEAD = re.compile(rb"1\d{2}.{20}\d{10}")
_NEXT = re.compile(rb"2|5\d{19}")
_AMOUNT = slice(7, 17)  # of a cheque
_LISTED = re.compile(r"(.{16})(\d{10})(\d{10})?(.{0,3})(.*)")  # BAI2: document, paid, deducted, why
AGAIN = "fetch the file from the bank again"


class Item(NamedTuple):
    """Money for one document, in minor units; ``document`` is "" where the bank read none. The
    deducted part did not arrive, ``reason`` is the payer's code for it."""

    document: str
    paid_minor: int
    deducted_minor: int
    reason: str
    start: int
    end: int


@dataclass(slots=True)
class Cheque:
    """One cheque; what its items leave open of ``amount_minor`` nobody said."""

    batch: str
    number: str
    payer: str
    amount_minor: int
    start: int
    end: int
    items: list[Item] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # documents without an amount of their own

    def parts(self) -> list[Item]:
        """The items, and what they leave of the cheque. A cheque whose items are worth more, or
        that has none, is for all the documents it names together."""
        left = self.amount_minor - sum(item.paid_minor for item in self.items)
        if left >= 0 and self.items:
            rest = [Item("", left, 0, "", self.start, self.end)] if left else []
            return [*self.items, *rest]
        named = " ".join([*(item.document for item in self.items), *self.said])
        return [Item(named, self.amount_minor, 0, "", self.start, self.end)]


@dataclass(slots=True)
class Deposit:
    """What one lockbox took in on a day: one sum at the bank."""

    lockbox: str
    day: date
    cheques: list[Cheque] = field(default_factory=list)
    reference: str = ""  # the bank's number of the deposit, if it gave one
    currency: str = ""  # where the file names one

    @property
    def number(self) -> str:
        """Lockbox and batches: the bank may send several files of a day. Its own number of the
        deposit stands for them."""
        if self.reference:
            return f"{self.lockbox} {self.reference}"
        batches = list(dict.fromkeys(cheque.batch for cheque in self.cheques))
        return " ".join(dict.fromkeys((self.lockbox, *batches[:1], *batches[-1:])))

    @property
    def amount_minor(self) -> int:
        return sum(cheque.amount_minor for cheque in self.cheques)


class _Wrong(Exception):
    def __init__(self, code: str, message: str, start: int, fix: str = ORIGINAL) -> None:
        self.fault = Fault(f"lockbox.{code}", message, f"byte {start}", fix=fix)
        super().__init__(message)


class _Record(NamedTuple):
    text: str
    start: int
    end: int

    @property
    def where(self) -> str:
        return f"record {self.text[0]} at byte {self.start}"

    def minor(self, at: slice) -> int:
        digits = self.text[at].strip()
        if not (digits.isascii() and digits.isdigit()):
            raise _Wrong("amount", f"{self.where}: {digits[:20]!r} is no amount", self.start)
        return int(digits)


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like a lockbox file. A file of ACH payments begins alike, but
    its second record names a company."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n")
    if not _HEAD.match(head):
        return False
    line, end, rest = head.partition(b"\n")
    return bool(_NEXT.match(rest.lstrip() if end else line[_WIDTH:]))


def read(data: bytes) -> tuple[tuple[Deposit, ...], tuple[Fault, ...]]:
    """The deposits of a file, or the faults that forbid to take any of them."""
    reading = _Reading()
    try:
        for record in _records(unpadded(data)):
            reading.take(record)
        reading.end(len(data))
    except _Wrong as wrong:
        return (), (wrong.fault,)
    return tuple(reading.deposits.values()), ()


def _records(data: bytes) -> Iterator[_Record]:
    is_blocked = b"\n" not in data.rstrip()
    pieces = (
        [data[at : at + _WIDTH] for at in range(0, len(data), _WIDTH)]
        if is_blocked
        else data.splitlines(keepends=True)
    )
    start = 0
    for piece in pieces:
        text = piece.decode("latin-1").strip("\r\n\x1a\x00").removeprefix("\xef\xbb\xbf")
        if text.strip():
            yield _Record(text, start, start + len(piece))
        start += len(piece)


class _Reading:
    """One pass over the records; ``seen`` are the cheques of the present batch and lockbox."""

    def __init__(self) -> None:
        self.deposits: dict[tuple[str, date], Deposit] = {}
        self.day: date | None = None
        self.box = ""
        self.cheque: Cheque | None = None
        self.batch: list[Cheque] = []
        self.service: list[Cheque] = []
        self.records = 0
        self.is_ended = False

    def take(self, record: _Record) -> None:
        self.records += 1
        verb = _VERBS.get(record.text[0])
        if verb is None or self.is_ended:
            what = "stands behind the end" if self.is_ended else "is none of a lockbox file"
            raise _Wrong("record", f"{record.where} {what}", record.start)
        verb(self, record)

    def end(self, size: int) -> None:
        if not self.is_ended:
            message = "the file ends before its record 9: something may be missing"
            raise _Wrong("cut_off", message, size)

    def _header(self, record: _Record) -> None:
        self.day = _day(record, slice(23, 29))

    def _service_header(self, record: _Record) -> None:
        """Where the file comes from and goes to: nothing of it is asked."""

    def _batch_header(self, record: _Record) -> None:
        self.box, self.day = record.text[7:14].strip(), _day(record, slice(14, 20))
        self.batch = []

    def _detail(self, record: _Record) -> None:
        if self.day is None:
            raise _Wrong("outside", f"{record.where} stands before record 1", record.start)
        text = record.text
        dated = re.match(r"\d{6}(.{0,30})", text[46:82])  # day of the cheque, name of the payer
        payer = " ".join(dated[1].split()) if dated and re.search("[^\\W\\d]", dated[1]) else ""
        cheque = Cheque(
            text[1:4],
            text[36:46].strip().lstrip("0"),
            payer,
            record.minor(_AMOUNT),
            record.start,
            record.end,
            said=[] if payer else text[46:].split(),
        )
        self.cheque = cheque
        self.batch.append(cheque)
        self.service.append(cheque)
        deposit = self.deposits.setdefault((self.box, self.day), Deposit(self.box, self.day))
        deposit.cheques.append(cheque)

    def _overflow(self, record: _Record) -> None:
        cheque = self.cheque
        if cheque is None or cheque.batch != record.text[1:4]:
            raise _Wrong("orphan", f"{record.where} belongs to no cheque", record.start)
        listed = _LISTED.fullmatch(record.text[11:])
        if listed is None or not int(listed[2]):
            cheque.said += (listed[1] if listed else record.text[11:]).split()
            return
        deducted = int(listed[3] or 0)
        document, reason = listed[1].strip(), listed[4].strip()
        cheque.items.append(
            Item(document, int(listed[2]), deducted, reason, record.start, record.end)
        )

    def _batch_total(self, record: _Record) -> None:
        name = f"batch {record.text[1:4]}"
        _prove(record, name, self.batch, slice(20, 23), slice(23, 33))
        self.batch, self.cheque = [], None

    def _service_total(self, record: _Record) -> None:
        name = f"lockbox {record.text[7:14].strip()}"
        _prove(record, name, self.service, slice(20, 24), slice(24, 34))
        self.service, self.batch, self.cheque = [], [], None

    def _trailer(self, record: _Record) -> None:
        said = record.minor(slice(1, 7))
        if said > self.records:  # some banks leave out the header and the trailer
            message = f"{record.where} says {said} records, there are {self.records}"
            raise _Wrong("control_total", message, record.start, AGAIN)
        self.is_ended = True


_VERBS = {
    "1": _Reading._header,
    "2": _Reading._service_header,
    "4": _Reading._overflow,
    "5": _Reading._batch_header,
    "6": _Reading._detail,
    "7": _Reading._batch_total,
    "8": _Reading._service_total,
    "9": _Reading._trailer,
}


def _day(record: _Record, at: slice) -> date:
    text = record.text[at]
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        message = f"{record.where}: {text!r} is no day (YYMMDD)"
        raise _Wrong("date", message, record.start) from None


def _prove(
    record: _Record, name: str, cheques: list[Cheque], count_at: slice, total_at: slice
) -> None:
    said = record.minor(count_at), record.minor(total_at)
    found = len(cheques), sum(cheque.amount_minor for cheque in cheques)
    if said != found:
        message = (
            f"{record.where} says {said[0]} cheques of {said[1]} for {name},"
            f" there are {found[0]} of {found[1]} (minor units)"
        )
        raise _Wrong("control_total", message, record.start, AGAIN)
