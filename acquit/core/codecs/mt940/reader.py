"""Reading MT940 and MT942: fields found by their tags, entries kept with their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

from acquit.core.codecs.amounts import BadAmount, minor_of
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
from acquit.core.codecs.mt940 import entry, narrative, plain
from acquit.core.documents.bank import BankLine, BankStatement, LineStatus, StatementKind
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money

PIECE = 64 * 1024
_TAGS = "20|21|25P?|28C?|34F|13D?|60[FM]?|61|86|90[DC]|62[FM]?|64|65|NS"
_FAR = 1 << 62  # no end is known yet
_FIELD = re.compile(rf"\n:[\r\n]*({_TAGS}):")  # a tag begins a line
_TIME = re.compile(r"T\d\d\r?\Z")  # a wrapped time of day: its minutes look like a tag
_BOOKED, _PENDING = LineStatus.BOOKED, LineStatus.PENDING
_END = re.compile(r"(?:\A|\n)\s*-(?:\}|\s*(?:\n|\Z))")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})?(\d[\d.]*,?\d*)")
_TOTAL = re.compile(r"(\d{1,9})([A-Z]{3})(\d[\d.]*,?\d*)")
_ACCOUNT_CURRENCY = re.compile(r"([A-Z]{2}\d{2}[A-Z0-9]{8,30}?)([A-Z]{3})?")


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like MT940 or MT942."""
    head = data[:4096]
    return bool(
        (
            re.search(rb"(?:\A|\n|\{4:\s*):20:", head)
            and re.search(rb"\n:(?:25P?|28C?|60[FM]?|61):", head)
        )
        or re.match(rb"\s*:(?:61|60[FM]?|25):", head)
    )


def read(source: bytes | Path | BinaryIO, *, limits: Limits | None = None) -> Iterator[Event]:
    """The events of a file in order; memory is bounded by a piece of the file.

    An entry that cannot be read gives a FATAL fault with its place and reading goes on. Amounts
    are in the currency of the opening balance, as the standard has it.
    """
    reading = _Reading(limits or Limits())
    with opened(source) as stream:
        try:
            yield from reading.events(stream)
        except Refusal as refusal:
            yield from reading.out.drain()
            yield refusal.fault


def read_all(data: bytes, *, limits: Limits | None = None) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits))


class _Reading:
    """One pass over one file. Bytes are looked at as Latin-1, in which each is one character, so
    that places in the text are places in the file; texts get their real encoding afterwards."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.out = Assembly("mt940", limits)
        self.utf8 = True  # until a text proves otherwise
        self.seen = False  # any field at all
        self.ended = True  # no message is open
        self.closed = False  # the closing balance was there
        self.pending: str | None = None  # field 61 that waits for its 86
        self.pending_at = (0, 0)
        self.file_end = _FAR
        self.texts: list[tuple[str, str]] = []
        self._new_message("")

    def events(self, stream: BinaryIO) -> Iterator[Event]:
        # The line end in front lets a tag at the very beginning be found like all the others.
        start, rest = -1, "\n"
        while piece := stream.read(PIECE):
            rest += piece.decode("latin-1")
            if "\n" not in rest[1:]:
                rest = rest.replace("\r", "\n")  # line ends of old Macintosh
            if start + len(rest) > self.limits.bytes_max:
                message = f"the file is larger than {self.limits.bytes_max} bytes"
                raise Refusal(Fault("mt940.too_large", message, fix="ask for shorter periods"))
            start, rest = self._take(rest, start, is_last=False)
            if len(rest) > self.limits.text_bytes_max:
                message = f"the field at byte {start} is longer than a bank ever writes"
                raise Refusal(Fault("mt940.field_too_long", message, fix=ORIGINAL))
            if self.out.has_events:
                yield from self.out.drain()
        start, rest = self._take(rest, start, is_last=True)
        self._entry_done()
        self._close()
        yield from self.out.drain()
        if not self.seen:
            message = "there is no field of MT940 in the file"
            yield Fault("mt940.not_mt940", message, fix="give a bank statement in MT940 or MT942")

    def _take(self, text: str, start: int, *, is_last: bool) -> tuple[int, str]:
        """Works through the whole fields of ``text``; what is left begins at the last of them."""
        cut = len(text) if is_last else text.rfind(plain.NEXT)
        if cut <= 0 and not is_last:  # one entry at most, and nobody knows where it ends
            tags = list(_FIELD.finditer(text))
            first = cut = tags[-1].start() if tags else 0
        else:
            first = text.find(plain.NEXT, 0, cut)
            first = cut if first < 0 else first
        self.file_end = start + cut if is_last else _FAR
        if first:
            self._fields(text[:first], start)
        if first < cut:
            self._entries(text[first:cut], start + first)
        return start + cut, text[cut:]

    def _entries(self, text: str, at: int) -> None:
        """Entries one after the other; any of them may be followed by other fields."""
        out, file_end, may_be_plain = self.out, self.file_end, self._may_be_plain
        days_of, line_of, in_order = plain.days, plain.line, narrative.in_order
        currency, is_ascii, mark = self.currency, text.isascii(), len(plain.NEXT)
        given = text.split(plain.NEXT)[1:]
        position = number = 0
        lines: list[BankLine] = []  # plain ones since the last other entry
        for content, row in zip(given, plain.rows(text, number=len(given)), strict=True):
            start = at + 1
            at += mark + len(content)
            end = at + 1 if at < file_end else file_end
            days = days_of(row[0]) if may_be_plain else None
            if days is None:
                out.add_plain(lines)
                lines = []
                if not self._whole(content, (start, end)):
                    self._fields(plain.NEXT + content, start - 1)
                    may_be_plain, currency = self._may_be_plain, self.currency
                continue
            if not lines:
                self._entry_done()
                position, number = out.position, out.entries + 1
            if row[7]:
                groups = row[plain.IN_WORDS]
                is_bare = is_ascii or content.isascii()
                said = in_order(*(groups if is_bare else self._texts(groups)))
            else:
                said = self._said([("86", content.replace("\r", "").partition(plain.WORDS)[2])])
            lines.append(line_of(row, days, currency, said, position, number, start, end))
            position += 1
            number += 1
        out.add_plain(lines)

    @property
    def _may_be_plain(self) -> bool:
        """Whether an entry of the commonest form is what it says here, and nothing more."""
        is_statement = self.kind is StatementKind.STATEMENT
        return self._in_statement and is_statement and entry.has_cents(self.currency)

    @property
    def _in_statement(self) -> bool:
        return self.out.is_open and not self.closed and not self.ended

    def _whole(self, content: str, place: tuple[int, int]) -> bool:
        """Takes an entry with one narrative and nothing else; False, and nothing is done, where
        there is more to it."""
        first, tag, words = content.removesuffix("\r").replace("\r\n", "\n").partition(plain.WORDS)
        if not tag or "\n:" in first or "\n:" in words or "\r" in first or "\r" in words:
            return False
        if not self._in_statement:
            return False
        self._entry_done()
        self._entry(first, [("86", words)], place)
        return True

    def _fields(self, text: str, start: int) -> None:
        """Any fields, one after the other."""
        found = [
            field
            for field in _FIELD.finditer(text)
            if "T" not in text[max(0, field.start() - 4) : field.start()]
            or field[1][:2] >= "60"  # an hour has no such minute: a reference ended in T00
            or not _TIME.search(text, 0, field.start())
        ]
        if not found:
            return
        ends = [*(field.start() + 1 for field in found[1:]), len(text) + 1]
        for field, end in zip(found, ends, strict=True):
            content = text[field.end() : end]
            self._field(
                field[1], content, start + field.start() + 1, min(start + end, self.file_end)
            )

    def _field(self, tag: str, content: str, start: int, end: int) -> None:
        self.seen = True
        if "\r" in content:
            content = content.replace("\r", "")
        ends = self.closed and _END.search(content)
        if ends:
            content = content[: ends.start()]
        if tag == "86" or tag == "NS":
            self._narrative(tag, content, end)
        elif tag == "61":
            self._entry_done()
            self.pending, self.pending_at = content, (start, end)
        else:
            self._entry_done()
            self._header_field(tag, content.strip(), start)
        if ends:
            self._entry_done()
            self._close()
            self.ended = True

    def _narrative(self, tag: str, content: str, end: int) -> None:
        # Without an entry before it the text is about the statement as a whole.
        if self.pending is not None:
            self.texts.append((tag, content))
            self.pending_at = (self.pending_at[0], end)

    # The head of a message.

    def _new_message(self, reference: str) -> None:
        self.kind = StatementKind.STATEMENT
        self.reference, self.account, self.currency = reference, "", ""
        self.sequence = self.page = ""
        self.opening: int | None = None
        self.closing: int | None = None
        self.day: date | None = None
        self.from_day: date | None = None
        self.totals: list[tuple[str, int, Money]] = []
        self.counts = {"C": [0, 0], "D": [0, 0]}
        self.closed = False

    def _header_field(self, tag: str, content: str, start: int) -> None:
        if tag == "20":
            self._close()
            self._new_message(content)
            self.ended = False
        elif tag in ("25", "25P"):
            if self.out.is_open:  # the next statement, and its field 20 is missing
                self._close()
                self._new_message("")
            first = content.partition("\n")[0].strip()
            match = _ACCOUNT_CURRENCY.fullmatch(first.replace(" ", ""))
            self.account = match[1] if match else first
            self.currency = (match[2] or "") if match else ""
        elif tag in ("28", "28C"):
            self.sequence, _, self.page = content.partition("/")
        elif tag == "34F":
            self.kind = StatementKind.REPORT
            self.currency = self.currency or (content[:3] if content[:3].isalpha() else "")
        elif tag in ("13", "13D"):
            self.day = _plain_day(content[:6]) or self.day
        elif tag[:2] == "60":
            if self.out.is_open:
                self._close()
            self.opening = self._balance(tag, content, start)
            self.from_day, self.day = self.day, self.day
            self._open()
        elif tag[:2] == "62":
            self.closing = self._balance(tag, content, start)
            self._open()
            self.closed = True
        elif tag[:2] == "90":
            self._total(tag, content)

    def _balance(self, tag: str, content: str, start: int) -> int | None:
        match = _BALANCE.match(content)
        try:
            if not match:
                raise ValueError(f"{content[:40]!r} is not a balance")
            currency = match[3] or self.currency
            minor = minor_of(match[4].replace(",", "."), currency)
            self.day = _plain_day(match[2]) or self.day
        except ValueError as bad:
            self.out.note("balance", f"field {tag} at byte {start} cannot be read: {bad}")
            return None
        if self.currency and currency != self.currency and self.out.is_open:
            message = f"field {tag} is in {currency}, the account in {self.currency}"
            self.out.note("balance_currency", message)
            return None
        self.currency = currency
        return -minor if match[1] == "D" else minor

    def _total(self, tag: str, content: str) -> None:
        match = _TOTAL.match(content)
        if match:
            try:
                minor = minor_of(match[3].replace(",", "."), match[2])
            except BadAmount:
                match = None
            else:
                self.totals.append((tag[2], int(match[1]), Money(minor, match[2])))
        if not match:
            self.out.note("total", f"field {tag} cannot be read: {content[:40]!r}")

    def _statement(self) -> BankStatement:
        account = self.account.replace(" ", "")
        is_iban = bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", account))
        return BankStatement(
            kind=self.kind,
            account_iban=account if is_iban else "",
            account_other="" if is_iban else self.account,
            currency=self.currency,
            reference=self.reference or self.sequence,
            sequence=self.sequence,
            page=self.page,
            from_date=self.from_day,
            to_date=self.day,
            opening_minor=self.opening,
            closing_minor=self.closing,
        )

    def _open(self) -> None:
        if not self.out.is_open:
            self.out.open(self._statement())
            self.counts = {"C": [0, 0], "D": [0, 0]}

    def _close(self) -> None:
        if self.out.is_open:
            self.out.close(self._statement(), self._wrong_totals())
        self.opening = self.closing = None
        self.closed = False

    def _wrong_totals(self) -> tuple[Fault, ...]:
        """MT942 proves itself by number and sum of its debits and credits."""
        faults = []
        for side, number, said in self.totals:
            count, total = self.counts[side]
            if (count, total) != (number, said.minor):
                found = Money(total, said.currency)
                message = (
                    f"field 90{side} says {number} entries of {said}, there are {count} of {found}"
                )
                fix = "an entry is missing or wrong: fetch the file from the bank again"
                faults.append(Fault("mt940.totals_differ", message, path=f"90{side}", fix=fix))
        return tuple(faults)

    # Entries.

    def _entry_done(self) -> None:
        if self.pending is None:
            return
        content, place, texts = self.pending, self.pending_at, self.texts
        self.pending, self.texts = None, []
        if self.ended or self.closed:
            if self.ended and not self.out.is_open:
                self._new_message("")
                self._open()
            message = "the entry stands outside of a statement, after its closing balance"
            self.out.entry()
            self.out.note("entry_outside", message, place=place, severity=Severity.FATAL)
            return
        self._open()
        self._entry(content, texts, place)

    def _entry(self, content: str, texts: list[tuple[str, str]], place: tuple[int, int]) -> None:
        self.out.entry()
        try:
            self.out.add(self._line(content, texts, place))
        except ValueError as bad:
            self.out.note("entry", str(bad), place=place, severity=Severity.FATAL)

    def _line(self, content: str, texts: list[tuple[str, str]], place: tuple[int, int]) -> BankLine:
        match = entry.FIELD_61.match(content.strip("\n "))
        if not match:
            raise ValueError(f"{content[:60].strip()!r} is not a field 61")
        value_text, entry_text, mark, amount, code, own, banks, more = match.groups()
        try:
            value, booked, is_shortened = entry.days(value_text, entry_text or "")
        except ValueError:
            shown = f"{value_text} {entry_text or ''}".strip()
            raise ValueError(f"{shown} is not a day of the calendar") from None
        if is_shortened:
            message = f"{value_text} is no day of the calendar; the last one of the month is taken"
            self.out.note("february", message, place=place)
        out, currency = self.out, self.currency
        minor = entry.minor(amount, currency)
        is_credit = mark in ("C", "EC", "RD")
        if self.kind is StatementKind.REPORT:
            counted = self.counts["C" if is_credit else "D"]
            counted[0] += 1
            counted[1] += minor
        (
            text, name, iban, ultimate, end_to_end, mandate, reference, business, booking_text,
            purpose, reason, charges, sent,
        ) = self._said(texts)  # fmt: skip
        if more and "/" in more:
            told = narrative.read(more)
            charges, sent = charges or told.charges, sent or told.sent
        is_told = (charges or sent) and mark == "C"
        if not end_to_end and own and own not in plain.NO_REFERENCE:
            end_to_end = own.strip()
        additional = " ".join(self._text(more).split()) if more else booking_text
        # In the order of the fields: names would cost as much as the rest of the line.
        return BankLine(
            out.position,
            out.entries,
            booked,
            value,
            minor if is_credit else -minor,
            currency,
            _PENDING if mark[0] == "E" else _BOOKED,
            name,
            iban,
            ultimate,
            end_to_end,
            mandate,
            text,
            (reference,) if reference else (),
            (),
            banks.strip() if banks else "",
            f"{code}+{business}" if business else code or "",
            purpose,
            additional,
            mark[0] == "R",
            reason,
            entry.kept(charges, sent, minor, currency) if is_told else 0,
            None,
            "",
            None,
            *place,
        )

    def _said(self, texts: list[tuple[str, str]]) -> narrative.Narrative:
        if len(texts) == 1 and texts[0][0] == "86":
            text = texts[0][1].strip("\n")
            return narrative.read(text if text.isascii() else self._text(text))
        if not texts:
            return narrative.read("")
        if texts[0][0] == "NS":
            return narrative.read_ns(self._text(texts[0][1].strip("\n")))
        return narrative.read(self._text("\n".join(text.strip("\n") for _tag, text in texts)))

    def _texts(self, texts: Sequence[str]) -> list[str]:
        """Pieces of one text; none of them has a mark of ``plain``."""
        return self._text("\x01".join(texts)).split("\x01")

    def _text(self, text: str) -> str:
        """The text in its real encoding: UTF-8 until one is not, Windows' Western from then on."""
        if text.isascii():
            return text
        raw = text.encode("latin-1")
        if self.utf8:
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                self.utf8 = False
        try:
            return raw.decode("cp1252")
        except UnicodeDecodeError:
            return text


def _plain_day(text: str) -> date | None:
    try:
        return entry.day(text)
    except ValueError:
        return None
