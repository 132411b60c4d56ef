"""OFX 1 (SGML) and OFX 2 (XML): the statement download of banks and card issuers.

Both are read by one scan over their tags: an element with text is a value, whether its end is
written or not. A statement has its closing balance only, so that the import proves it by what the
account had before. Sources: OFX 1.6 and 2.2, chapters 3 and 11.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
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

NAME = "ofx"
BYTES_MAX = 64 * 1024**2  # a download of one account; it is held in memory
_TAG = re.compile(r"<(/?)([A-Za-z0-9._]+)>([^<]*)")
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM"})
_PAYEES = frozenset({"PAYEE", "EXTDPAYEE"})
_BALANCES = frozenset({"LEDGERBAL", "AVAILBAL"})
_GROUPS = _STATEMENTS | _ACCOUNTS | _PAYEES | _BALANCES | {"STMTTRN", "ORIGCURRENCY", "CURRENCY"}
_CHARSETS = {"1252": "cp1252", "8859-1": "latin-1", "ISO-8859-1": "latin-1", "UTF-8": "utf-8"}


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like OFX of either kind."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n").upper()
    return head.startswith((b"OFXHEADER:", b"<OFX>")) or b"<?OFX " in head


def read(source: bytes | Path | BinaryIO, *, limits: Limits | None = None) -> Iterator[Event]:
    """The events of a file; the whole of it is held in memory and bounded by :data:`BYTES_MAX`."""
    reading = _Reading(limits or Limits())
    with opened(source) as stream:
        yield from reading.out.events(_steps(reading, stream))


def _steps(reading: _Reading, stream: BinaryIO) -> Iterator[None]:
    yield from reading.all(stream.read(BYTES_MAX + 1))
    yield


def read_all(data: bytes, *, limits: Limits | None = None) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits))


class _Reading:
    """One pass over the tags. ``path`` are the open groups that mean something here."""

    def __init__(self, limits: Limits) -> None:
        self.out = Assembly(NAME, limits)
        self.encoding = "utf-8"
        self.path: list[str] = []
        self.head: dict[str, str] = {}
        self.entry: dict[str, str] = {}
        self.entry_start = 0
        self.is_open = False

    def all(self, data: bytes) -> Iterator[None]:
        """Stops wherever something is finished."""
        if len(data) > BYTES_MAX:
            message = f"the file is larger than {BYTES_MAX} bytes"
            raise Refusal(Fault("ofx.too_large", message, fix="ask for shorter periods"))
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
            message = "the file declares a document type or entities, which no bank needs"
            raise Refusal(Fault("ofx.doctype", message, fix=ORIGINAL))
        self.encoding = _encoding(data)
        # As Latin-1 each byte is one character, so places in the text are places in the file.
        for tag in _TAG.finditer(data.decode("latin-1")):
            name = tag[2].upper()
            if tag[1]:
                self._end(name, tag.start() + len(tag[0]) - len(tag[3]))
            elif name in _GROUPS:
                self._begin(name, tag.start())
            elif tag[3].strip():
                self._value(name, tag[3])
            if self.out.has_events:
                yield
        if self.is_open or not self.out.number:
            message = (
                "the file ends inside of a statement" if self.is_open else "there is no statement"
            )
            raise Refusal(Fault("ofx.cut_off", message, fix=ORIGINAL))

    def _begin(self, name: str, at: int) -> None:
        self.path.append(name)
        if len(self.path) > self.out.limits.depth_max:
            message = f"elements are nested deeper than {self.out.limits.depth_max}"
            raise Refusal(Fault("ofx.too_deep", message, fix=ORIGINAL))
        if name in _STATEMENTS:
            self.head, self.is_open = {}, False
        elif name == "STMTTRN":
            self._open()
            self.entry, self.entry_start = {}, at

    def _value(self, name: str, text: str) -> None:
        group = self.path[-1] if self.path else ""
        if "STMTTRN" in self.path:
            prefix = "PAYEE." if group in _PAYEES else f"{group}." if group != "STMTTRN" else ""
            self.entry.setdefault(prefix + name, self._text(text))
        elif group in _BALANCES | _ACCOUNTS:
            self.head.setdefault(f"{group}.{name}", self._text(text))
        elif group in _STATEMENTS:
            self.head.setdefault(name, self._text(text))

    def _end(self, name: str, at: int) -> None:
        if name not in _GROUPS or name not in self.path:
            return
        while self.path and self.path.pop() != name:
            pass
        if name == "STMTTRN":
            self._transaction((self.entry_start, at))
        elif name in _STATEMENTS:
            self._open()
            self.out.close(self._statement())
            self.is_open = False

    def _text(self, text: str) -> str:
        text = text.strip()
        if not text.isascii():
            text = text.encode("latin-1").decode(self.encoding, "replace")
        return html.unescape(text) if "&" in text else text

    def _open(self) -> None:
        if not self.is_open:
            self.out.open(self._statement())
            self.is_open = True

    def _statement(self) -> BankStatement:
        get = self.head.get
        currency = get("CURDEF", "")
        number = (get("BANKACCTFROM.ACCTID") or get("CCACCTFROM.ACCTID", "")).replace(" ", "")
        bank = get("BANKACCTFROM.BANKID", "")
        is_iban = bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", number))
        closing = None
        balance = get("LEDGERBAL.BALAMT")
        if balance is not None and self.is_open:
            try:
                closing = _minor(balance, currency)
            except ValueError as bad:
                self.out.note("balance", f"the ledger balance cannot be read: {bad}")
        first, last = _day(get("DTSTART", "")), _day(get("DTEND", ""))
        return BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban=number if is_iban else "",
            account_other="" if is_iban else f"{bank}/{number}" if bank else number,
            currency=currency,
            reference=f"{number[-8:]} {get('DTSTART', '')[:8]}-{get('DTEND', '')[:8]}",
            from_date=first,
            to_date=_day(get("LEDGERBAL.DTASOF", "")) or last,
            closing_minor=closing,
        )

    def _transaction(self, place: tuple[int, int]) -> None:
        self.out.entry()
        try:
            self.out.add(self._line(self.entry, place))
        except ValueError as bad:
            self.out.note("entry", str(bad), place=place, severity=Severity.FATAL)

    def _line(self, entry: dict[str, str], place: tuple[int, int]) -> BankLine:
        get = entry.get
        booked = _day(get("DTPOSTED", ""))
        if booked is None:
            raise ValueError(f"DTPOSTED {get('DTPOSTED', '')[:20]!r} is not a day")
        currency = self.head.get("CURDEF", "")
        # CURRENCY says that the amount itself is in another currency, ORIGCURRENCY that it was.
        foreign = get("CURRENCY.CURSYM", "") or currency
        check = get("CHECKNUM", "")
        words = [get("MEMO", ""), f"CHECK {check}" if check else ""]
        return BankLine(
            position=self.out.position,
            entry_number=self.out.entries,
            booking_date=booked,
            value_date=_day(get("DTAVAIL", "")) or booked,
            amount_minor=_minor(get("TRNAMT", ""), foreign),
            currency=foreign,
            payer_name=get("NAME", "") or get("PAYEE.NAME", ""),
            payer_iban=get("BANKACCTTO.ACCTID", ""),
            end_to_end_id=get("REFNUM", ""),
            remittance="\n".join(word for word in words if word),
            bank_reference=get("FITID", ""),
            transaction_code=get("TRNTYPE", ""),
            byte_start=place[0],
            byte_end=place[1],
        )


def _minor(text: str, currency: str) -> int:
    """A signed amount; the decimal mark is a point or a comma. ValueError where it is not exact."""
    text = text.strip()
    sign = -1 if text.startswith("-") else 1
    plain = text.lstrip("+-").replace(",", ".")
    if not plain:
        raise ValueError("there is no amount")
    return sign * minor_of(plain, currency)


def _day(text: str) -> date | None:
    """``YYYYMMDD`` and whatever time and zone follow: the bank's own day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _encoding(data: bytes) -> str:
    head = data[:1024].decode("latin-1").upper()
    if "<?XML" in head or "<?OFX" in head:
        return "utf-8"
    for word in ("CHARSET:", "ENCODING:"):
        said = re.search(rf"{word}\s*([A-Z0-9-]+)", head)
        if said and said[1] in _CHARSETS:
            return _CHARSETS[said[1]]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
