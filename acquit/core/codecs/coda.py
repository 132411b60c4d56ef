"""CODA 2: the coded statements of Belgian banks, 128 characters a record.

A movement is record 2.1 with its parts 2.2 and 2.3; records 3 inform about it. The old and new
balances (1 and 8) prove the movements, the trailer (9) the records. A globalised movement is split
into its details where they add up. Source: Febelfin, Coded Statement of Account (CODA) 2.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from acquit.core.codecs.amounts import minor_of
from acquit.core.codecs.bankfile import (
    ORIGINAL,
    Assembly,
    BankFile,
    Event,
    Limits,
    Refusal,
    gathered,
    opened,
)
from acquit.core.documents.bank import BankLine, BankStatement, StatementKind
from acquit.core.faults import Fault, Severity

NAME = "coda"
WIDTH = 128
_STRUCTURED = frozenset({"101", "102"})  # types of communication that hold a payment reference
_REFERENCE_DIGITS = 12
_NOTES = {"31": slice(40, 113), "32": slice(10, 115), "33": slice(10, 100)}


@dataclass(slots=True)
class _Movement:
    """Record 2.1 with everything that belongs to it."""

    first: str
    start: int
    end: int
    second: str = ""
    third: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def sequence(self) -> str:
        return self.first[2:6]

    @property
    def detail(self) -> str:
        return self.first[6:10]


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like CODA: a header of 128 characters in version 2."""
    line = data[:4096].lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")
    return (
        len(line) == WIDTH and line[:5] == b"00000" and line[14:16] == b"05" and line[127:] == b"2"
    )


def read(source: bytes | Path | BinaryIO, *, limits: Limits | None = None) -> Iterator[Event]:
    """The events of a file. Its day is the one of the new balance; nothing is lost silently."""
    reading = _Reading(limits or Limits())
    with opened(source) as stream:
        yield from reading.out.events(_steps(reading, stream))


def read_all(data: bytes, *, limits: Limits | None = None) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits))


def _steps(reading: _Reading, stream: BinaryIO) -> Iterator[None]:
    start = 0
    while line := stream.readline(4 * WIDTH):
        end = start + len(line)
        if end > reading.limits.bytes_max:
            message = f"the file is larger than {reading.limits.bytes_max} bytes"
            raise Refusal(Fault("coda.too_large", message, fix=ORIGINAL))
        text = _decoded(line).rstrip("\r\n\x1a")
        if text.strip():
            reading.record(text, start, end)
        start = end
        yield
    reading.end()


def _decoded(line: bytes) -> str:
    try:
        return line.decode("ascii")
    except UnicodeDecodeError:
        text = line.decode("utf-8", "replace")
        return text if "\ufffd" not in text else line.decode("latin-1")


class _Reading:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.out = Assembly(NAME, limits)
        self.header = self.old = self.new = ""
        self.group: list[_Movement] = []  # a movement and its details: one sequence number
        self.records = 0
        self.debits = self.credits = 0
        self.is_open = False

    def record(self, text: str, start: int, end: int) -> None:
        if len(text) != WIDTH:
            message = f"the record at byte {start} has {len(text)} characters, not {WIDTH}"
            raise Refusal(Fault("coda.width", message, f"byte {start}", fix=ORIGINAL))
        kind = text[0]
        if kind not in "09":
            self.records += kind != "4"
        if kind == "0":
            self._begin(text)
        elif kind == "1":
            self.old = text
            self.out.open(self._statement())
        elif kind in "23":
            self._part(text, start, end)
        elif kind == "8":
            self._settle()
            self.new = text
        elif kind == "9":
            self._finish(text)
        elif kind != "4":
            message = f"record {kind!r} at byte {start} is none of CODA"
            raise Refusal(Fault("coda.record", message, fix=ORIGINAL))

    def end(self) -> None:
        if self.is_open:
            message = "the file ends before its trailer: something may be missing"
            raise Refusal(Fault("coda.cut_off", message, fix=ORIGINAL))

    def _begin(self, text: str) -> None:
        self.end()
        self.header, self.old, self.new = text, "", ""
        self.records = self.debits = self.credits = 0
        self.is_open = True

    def _part(self, text: str, start: int, end: int) -> None:
        if not self.old:
            message = f"the movement at byte {start} stands before the old balance"
            raise Refusal(Fault("coda.outside", message, fix=ORIGINAL))
        kind = text[:2]
        if kind == "21":
            if self.group and self.group[0].sequence != text[2:6]:
                self._settle()
            self.group.append(_Movement(text, start, end))
            return
        last = self.group[-1] if self.group else None
        if last is None or last.sequence != text[2:6]:
            message = f"record {kind} at byte {start} belongs to no movement"
            raise Refusal(Fault("coda.orphan", message, f"byte {start}", fix=ORIGINAL))
        last.end = end
        if kind == "22":
            last.second = text
        elif kind == "23":
            last.third = text
        elif kind in _NOTES:
            last.notes.append(text[_NOTES[kind]])
        else:
            message = f"record {kind!r} at byte {start} is none of CODA"
            raise Refusal(Fault("coda.record", message, f"byte {start}", fix=ORIGINAL))

    def _settle(self) -> None:
        """A movement is whole: one line, or one per detail where these add up to it."""
        group, self.group = self.group, []
        if not group:
            return
        self.out.entry()
        place = (group[0].start, group[-1].end)
        try:
            total = self._amount(group[0])
            if total > 0:
                self.credits += total
            else:
                self.debits -= total
            parts = group[:1]
            if len(group) > 1:
                leaves = self._leaves(group)
                if leaves and sum(map(self._amount, leaves)) == total:
                    parts = leaves
                else:
                    message = "the details do not add up to the movement; it is kept whole"
                    self.out.note("batch_sum", message, place=place)
            for part in parts:
                self.out.add(self._line(part, group if parts == group[:1] else [part]))
        except ValueError as bad:
            self.out.note("entry", str(bad), place=place, severity=Severity.FATAL)

    def _leaves(self, group: list[_Movement]) -> list[_Movement]:
        """The details below the movement. A detail may be globalised itself: the ones of the
        deepest level that adds up are taken."""
        details = group[1:]
        total = self._amount(group[0])
        by_level: dict[str, list[_Movement]] = {}
        for detail in details:
            by_level.setdefault(detail.first[53], []).append(detail)
        if sum(map(self._amount, details)) == total:
            return details
        fitting = [level for level in by_level.values() if sum(map(self._amount, level)) == total]
        return max(fitting, key=len, default=[])

    def _amount(self, movement: _Movement) -> int:
        return _signed(movement.first[31], movement.first[32:47], self._currency())

    def _line(self, movement: _Movement, group: list[_Movement]) -> BankLine:
        first, second, third = movement.first, movement.second, movement.third
        value = _day(first[47:53], "value date", may_be_blank=True)
        booked = _day(first[115:121], "entry date")
        assert booked is not None
        reference, text = "", ""
        is_structured = first[61] == "1"
        if is_structured and first[62:65] in _STRUCTURED:
            reference = first[65 : 65 + _REFERENCE_DIGITS].strip()
        elif is_structured:
            text = first[65:115].strip()
        else:
            text = first[62:115] + second[10:63] + third[82:125]
        notes = [" ".join(note.split()) for each in group for note in each.notes]
        words = [" ".join(text.split()), *notes]
        return BankLine(
            position=self.out.position,
            entry_number=self.out.entries,
            booking_date=booked,
            value_date=value,
            amount_minor=self._amount(movement),
            currency=self._currency(),
            payer_name=third[47:82].strip(),
            payer_iban=third[10:44].strip().replace(" ", ""),
            end_to_end_id=second[63:98].strip(),
            remittance="\n".join(word for word in words if word),
            structured_references=(reference,) if reference else (),
            bank_reference=first[10:31].strip(),
            transaction_code=first[53:61].strip(),
            purpose=second[121:125].strip(),
            return_reason=second[113:117].strip(),
            byte_start=movement.start,
            byte_end=group[-1].end,
        )

    def _currency(self) -> str:
        # The account of an IBAN ends in its currency; the oldest form has it further left.
        return self.old[18:21] if self.old[1] == "0" else self.old[39:42]

    def _statement(self) -> BankStatement:
        structure, zone = self.old[1], self.old[5:42]
        number = {"0": zone[:12], "1": zone[:34], "2": zone[:31], "3": zone[:34]}.get(
            structure, zone[:34]
        )
        number = number.strip().replace(" ", "")
        currency = self._currency()
        is_iban = structure in "23"
        return BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban=number if is_iban else "",
            account_other="" if is_iban else number,
            currency=currency,
            reference=f"{self.old[2:5]}/{self.header[9:11]}",
            sequence=self.old[125:128].strip(),
            from_date=self._balance_day(self.old[58:64]),
            to_date=self._balance_day(self.new[57:63]) if self.new else None,
            opening_minor=self._balance(self.old[42:58]),
            closing_minor=self._balance(self.new[41:57]) if self.new else None,
        )

    def _balance(self, text: str) -> int | None:
        try:
            return _signed(text[0], text[1:], self._currency())
        except ValueError as bad:
            self.out.note("balance", f"a balance cannot be read: {bad}")
            return None

    def _balance_day(self, text: str) -> date | None:
        try:
            return _day(text, "date of the balance", may_be_blank=True)
        except ValueError as bad:
            self.out.note("balance_day", str(bad))
            return None

    def _finish(self, text: str) -> None:
        self._settle()
        if not self.old:
            raise Refusal(Fault("coda.empty", "the file has no balance", fix=ORIGINAL))
        said = [text[16:22], text[22:37], text[37:52]]
        found = [self.records, self.debits, self.credits]
        faults = []
        for name, one, mine in zip(("records", "debits", "credits"), said, found, strict=True):
            try:
                number = int(one) if name == "records" else _signed("0", one, self._currency())
            except ValueError:
                number = -1
            if number != mine:
                message = f"the trailer says {one.strip()} of {name}, there is {mine}"
                fix = "a record is missing or wrong: fetch the file from the bank again"
                faults.append(Fault("coda.control_total", message, name, fix=fix))
        self.out.close(self._statement(), tuple(faults))
        self.is_open = False


def _signed(sign: str, digits: str, currency: str) -> int:
    """Twelve digits and three decimals; sign 1 is a debit. ValueError where it is not exact."""
    if sign not in "01" or not digits.isdigit():
        raise ValueError(f"{sign + digits!r} is not an amount of CODA")
    minor = minor_of(f"{digits[:-3]}.{digits[-3:]}", currency)
    return -minor if sign == "1" else minor


def _day(text: str, what: str, *, may_be_blank: bool = False) -> date | None:
    if may_be_blank and text in ("000000", "      "):
        return None
    try:
        return date(2000 + int(text[4:6]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise ValueError(f"the {what} {text!r} is not a day (DDMMYY)") from None
