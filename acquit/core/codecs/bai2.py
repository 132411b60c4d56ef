"""BAI2 cash management files: one account's day per record 03, proven at three levels.

Records are lines of comma-separated fields that end in ``/``; record 88 continues the one before.
Amounts are unsigned whole minor units; the type code says the side (100-399 money in, 400-699
money out). Trailers 49, 98 and 99 carry control totals, and all of them are checked.
Source: BAI, Cash Management Balance Reporting Specifications, version 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from acquit.core.codecs.amounts import DIGITS_MAX
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
from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
from acquit.core.faults import Fault, Severity

NAME = "bai2"
_OPENING, _CLOSING = "010", "015"
_RETURNS = frozenset({"255", "266", "357", "555", "557", "567"})  # returned items, ACH and cheques
_INTERIM = frozenset({"1", "3"})  # as-of date modifier: not the final balance of the day
_TEST, _DELETION = "4", "2"  # group status
_NUMBER = re.compile(rf"[+-]?[0-9]{{1,{DIGITS_MAX}}}")


@dataclass(slots=True)
class _Record:
    code: str
    parts: list[str]  # what follows the code, one part per physical line
    start: int
    end: int


@dataclass(slots=True)
class _Sums:
    """Control totals of one level: the sum of the amounts, and how many parts it has."""

    total: int = 0
    parts: int = 0
    records: int = 0


@dataclass(slots=True)
class _Account:
    number: str
    currency: str
    amounts: dict[str, int] = field(default_factory=dict)
    sums: _Sums = field(default_factory=_Sums)


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like BAI2: a file header, then a group header."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n")
    return bool(re.match(rb"01,[^,/\n]*,[^,/\n]*,\d{6},", head) and re.search(rb"\n\s*02,", head))


def read(source: bytes | Path | BinaryIO, *, limits: Limits | None = None) -> Iterator[Event]:
    """The events of a file; an account of a day is a statement. Nothing is left out silently."""
    reading = _Reading(limits or Limits())
    with opened(source) as stream:
        yield from reading.out.events(_steps(reading, stream))


def read_all(data: bytes, *, limits: Limits | None = None) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits))


def _steps(reading: _Reading, stream: BinaryIO) -> Iterator[None]:
    for record in _records(stream, reading.limits):
        reading.record(record)
        yield
    reading.end()


def _records(stream: BinaryIO, limits: Limits) -> Iterator[_Record]:
    """Logical records: continuations are joined to what they continue."""
    start, pending = 0, None
    while line := stream.readline(limits.text_bytes_max):
        end = start + len(line)
        if end > limits.bytes_max:
            message = f"the file is larger than {limits.bytes_max} bytes"
            raise Refusal(Fault("bai2.too_large", message, fix="ask for shorter periods"))
        try:
            text = line.decode("utf-8").strip("\ufeff\r\n \x00")
        except UnicodeDecodeError:
            text = line.decode("latin-1").strip("\r\n \x00")
        if text.startswith("88,"):
            if pending is None:
                message = f"record 88 at byte {start} continues nothing"
                raise Refusal(Fault("bai2.continuation", message, fix=ORIGINAL))
            pending.parts.append(text[3:])
            pending.end = end
        elif text:
            if pending is not None:
                yield pending
            code, _, rest = text.partition(",")
            pending = _Record(code, [rest], start, end)
        start = end
    if pending is not None:
        yield pending


def _joined(record: _Record) -> list[str]:
    """The fields of a record that has no free text."""
    whole = ",".join(part.rstrip().removesuffix("/") for part in record.parts)
    return [each.strip() for each in whole.split(",")]


class _Reading:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.out = Assembly(NAME, limits)
        self.group_currency, self.day, self.kind = "", date.min, StatementKind.STATEMENT
        self.account: _Account | None = None
        self.group, self.file = _Sums(), _Sums()
        self.group_control: list[Fault] = []
        self.is_open = False
        self.reference = ""

    def record(self, record: _Record) -> None:
        lines = len(record.parts)
        for sums in (self.file, self.group):
            sums.records += lines
        if self.account:
            self.account.sums.records += lines
        verb = _VERBS.get(record.code)
        if verb is None:
            message = f"record {record.code[:20]!r} at byte {record.start} is none of BAI2"
            raise Refusal(Fault("bai2.record", message, fix=ORIGINAL))
        verb(self, record)

    def end(self) -> None:
        if self.account or self.is_open:
            self._close(())
            message = "the file ends before its trailer: something may be missing"
            raise Refusal(Fault("bai2.cut_off", message, fix=ORIGINAL))

    def _file_header(self, record: _Record) -> None:
        fields = _joined(record)
        self.is_open, self.file = True, _Sums(records=len(record.parts))
        self.reference = fields[4] if len(fields) > 4 else ""

    def _group_header(self, record: _Record) -> None:
        fields = [*_joined(record), *[""] * 7]
        self.group = _Sums(records=len(record.parts))
        self.file.parts += 1
        if fields[2] in (_TEST, _DELETION):
            what = "a test" if fields[2] == _TEST else "a deletion of what was sent before"
            message = f"the group at byte {record.start} is {what}"
            raise Refusal(Fault("bai2.group_status", message, fix="send the final statements only"))
        try:
            text = fields[3]
            self.day = date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
        except ValueError:
            message = f"{fields[3][:20]!r} at byte {record.start} is not a day (YYMMDD)"
            raise Refusal(Fault("bai2.date", message, fix=ORIGINAL)) from None
        self.group_currency = fields[5] or "USD"
        is_interim = fields[6] in _INTERIM
        self.kind = StatementKind.REPORT if is_interim else StatementKind.STATEMENT

    def _account_header(self, record: _Record) -> None:
        if self.account:
            self._close(())
        fields = [*_joined(record), ""]
        account = _Account(fields[0], fields[1] or self.group_currency)
        if not re.fullmatch("[A-Z]{3}", account.currency):
            message = f"{account.currency[:10]!r} at byte {record.start} is not a currency"
            raise Refusal(Fault("bai2.currency", message, fix=ORIGINAL))
        account.sums = _Sums(records=len(record.parts))
        rest = fields[2:-1]
        while rest:
            code, amount = rest[0], rest[1] if len(rest) > 1 else ""
            if amount:
                if not _NUMBER.fullmatch(amount):
                    message = (
                        f"the amount {amount[:20]!r} of {code} is not a whole number of at most "
                        f"{DIGITS_MAX} digits"
                    )
                    raise Refusal(Fault("bai2.amount", message, f"byte {record.start}"))
                account.amounts[code] = int(amount)
                account.sums.total += int(amount)
            rest = rest[3:]
            rest = rest[_funds_fields(rest) :]
        self.account = account
        self.group.parts += 1
        self.out.open(self._statement())

    def _transaction(self, record: _Record) -> None:
        place = (record.start, record.end)
        self.out.entry()
        if self.account is None:
            message = "a movement stands outside of an account"
            raise Refusal(Fault("bai2.outside", message, f"byte {record.start}", fix=ORIGINAL))
        try:
            line = self._line(self.account, record)
        except ValueError as bad:
            self.out.note("entry", str(bad), place=place, severity=Severity.FATAL)
            return
        if line is not None:
            self.out.add(line)

    def _line(self, account: _Account, record: _Record) -> BankLine | None:
        fields = record.parts[0].split(",")
        code, amount = fields[0].strip(), fields[1].strip() if len(fields) > 1 else ""
        amount = amount.removesuffix("/")
        if not re.fullmatch(r"\d{3}", code) or (amount and not _NUMBER.fullmatch(amount)):
            raise ValueError(f"{record.parts[0][:40]!r} is not a movement of BAI2")
        minor = int(amount or 0)
        account.sums.total += minor
        side = 1 if "100" <= code <= "399" else -1 if "400" <= code <= "699" else 0
        if not side:
            if minor:
                raise ValueError(f"type code {code} is neither money in nor money out")
            return None
        rest = fields[2:]
        rest = rest[_funds_fields(rest) :]
        own = rest[0].strip().removesuffix("/") if rest else ""
        customer = rest[1].strip().removesuffix("/") if len(rest) > 1 else ""
        words = ",".join(rest[2:])
        text = "\n".join(
            part for part in (_plain(each) for each in (words, *record.parts[1:])) if part
        )
        return BankLine(
            position=self.out.position,
            entry_number=self.out.entries,
            booking_date=self.day,
            value_date=self.day,
            amount_minor=side * minor,
            currency=account.currency,
            status=LineStatus.BOOKED,
            end_to_end_id=customer,
            remittance=text,
            bank_reference=own,
            transaction_code=code,
            return_reason=code if code in _RETURNS else "",
            byte_start=record.start,
            byte_end=record.end,
        )

    def _account_trailer(self, record: _Record) -> None:
        account = self.account
        if account is None:
            return
        total, records = self._trailer(record, 2)
        faults = _differs(f"account {account.number}", total, account.sums.total, record)
        where = f"records of account {account.number}"
        faults += _differs(where, records, account.sums.records, record)
        self.group.total += total or 0
        self._close(faults)

    def _group_trailer(self, record: _Record) -> None:
        total, accounts, records = self._trailer(record, 3)
        self._check("group", total, self.group.total, record)
        self._check("accounts of the group", accounts, self.group.parts, record)
        self._check("records of the group", records, self.group.records, record)
        self.file.total += total or 0

    def _file_trailer(self, record: _Record) -> None:
        total, groups, records = self._trailer(record, 3)
        self._check("file", total, self.file.total, record)
        self._check("groups of the file", groups, self.file.parts, record)
        self._check("records of the file", records, self.file.records, record)
        self.is_open = False

    def _check(self, what: str, said: int | None, found: int, record: _Record) -> None:
        """A wrong total above the accounts: nobody knows which account it is of."""
        for fault in _differs(what, said, found, record):
            raise Refusal(fault)

    def _trailer(self, record: _Record, count: int) -> tuple[int | None, ...]:
        fields = [*_joined(record), *[""] * count][:count]
        return tuple(int(each) if _NUMBER.fullmatch(each) else None for each in fields)

    def _statement(self) -> BankStatement:
        account = self.account
        assert account is not None
        is_iban = bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", account.number))
        return BankStatement(
            kind=self.kind,
            account_iban=account.number if is_iban else "",
            account_other="" if is_iban else account.number,
            currency=account.currency,
            reference=f"{self.reference}-{self.day:%y%m%d}".lstrip("-"),
            from_date=self.day,
            to_date=self.day,
            opening_minor=account.amounts.get(_OPENING),
            closing_minor=account.amounts.get(_CLOSING),
        )

    def _close(self, control: tuple[Fault, ...]) -> None:
        if self.account:
            self.out.close(self._statement(), control)
        self.account = None


_VERBS = {
    "01": _Reading._file_header,
    "02": _Reading._group_header,
    "03": _Reading._account_header,
    "16": _Reading._transaction,
    "49": _Reading._account_trailer,
    "98": _Reading._group_trailer,
    "99": _Reading._file_trailer,
}


def _differs(what: str, said: int | None, found: int, record: _Record) -> tuple[Fault, ...]:
    if said == found:
        return ()
    message = f"the trailer of {what} at byte {record.start} says {said}, there is {found}"
    fix = "a record is missing, doubled or wrong: fetch the file from the bank again"
    return (Fault("bai2.control_total", message, path=f"byte {record.start}", fix=fix),)


def _funds_fields(fields: list[str]) -> int:
    """How many fields the funds type takes, itself included."""
    kind = fields[0].strip().removesuffix("/") if fields else ""
    if kind == "S":
        return 4  # same day, one day, two days and more
    if kind == "V":
        return 3  # date and time
    if kind == "D" and len(fields) > 1 and fields[1].strip().isdigit():
        return 2 + 2 * int(fields[1])  # so many pairs of days and amount
    return min(1, len(fields))


def _plain(text: str) -> str:
    """Text of a record: the slash at its end closes it only where nothing else stands."""
    text = text.strip()
    return "" if text == "/" else text.removesuffix("/").strip()
