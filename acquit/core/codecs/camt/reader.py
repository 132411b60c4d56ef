"""Reading camt.052, 053 and 054 as a stream, in memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from acquit.core.codecs.amounts import day_of
from acquit.core.codecs.bankfile import (
    ORIGINAL,
    BankFile,
    Event,
    Limits,
    LinesRead,
    Refusal,
    StatementClosed,
    StatementOpened,
    gathered,
    opened,
)
from acquit.core.codecs.camt.entries import LineBuilder, signed_amount
from acquit.core.codecs.camt.machine import Entry, Machine, Record, Sink
from acquit.core.codecs.camt.paths import NAMESPACE, VERSION_FIRST, VERSION_LAST
from acquit.core.codecs.camt.shapes import BYTES_MAX, Shapes
from acquit.core.documents.bank import (
    BankLine,
    BankStatement,
    LineStatus,
    StatementKind,
    check_sum,
    foreign_lines,
)
from acquit.core.faults import Fault, Severity

PIECE = 64 * 1024
_ENTRY, _ENTRY_END = b"<Ntry>", b"</Ntry>"


def sniff(data: bytes) -> bool:
    """Whether the first bytes look like a camt statement (052, 053 or 054)."""
    head = data[:4096].replace(b"\0", b"")
    return any(
        mark in head
        for mark in (
            b":camt.052.",
            b":camt.053.",
            b":camt.054.",
            b"BkToCstmrStmt",
            b"BkToCstmrAcctRpt",
            b"BkToCstmrDbtCdtNtfctn",
        )
    )


def read(source: bytes | Path | BinaryIO, *, limits: Limits | None = None) -> Iterator[Event]:
    """The events of a camt file in order; memory is bounded by the largest single entry.

    Faults come in between: a FATAL one at entry level means that this entry gave no line, and
    reading goes on; a FATAL one at file level is the last event. Nothing is left out silently.
    """
    bounds = limits or Limits()
    with opened(source) as stream:
        reading = _Reading(bounds)
        try:
            yield from reading.events(stream)
        except Refusal as refusal:
            yield from reading.drain()
            yield refusal.fault
        except expat.ExpatError as error:
            yield from reading.drain()
            yield _malformed(
                error,
                line=error.lineno + reading.skipped_lines,
                offset=reading.parser.ErrorByteIndex + reading.skipped,
            )


def read_all(data: bytes, *, limits: Limits | None = None) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, limits=limits))


class _Reading:
    """One pass over one file."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.queue: list[Event] = []
        self.lines: list[BankLine] = []
        self.builder: LineBuilder | None = None
        self.booked_minor = 0
        self.foreign: list[Fault] = []
        self.faults_count = 0
        self.seen: set[BankStatement] = set()
        self.kind = StatementKind.STATEMENT
        self.currency = ""
        self.number = 0
        self.read = 0  # bytes
        self.piece = b""
        self.piece_start = 0
        self.tag_end_bytes = 1
        self.shapes = Shapes()
        self.is_utf8 = True
        self.entry_at = (0, 0)  # of the last entry
        self.skipped = self.skipped_lines = 0  # what the parser was spared
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.machine = Machine(
            place=self.place,
            sink=Sink(self.statement_opened, self.entry, self.statement_closed),
            end_of_tag=self.end_of_tag,
            details_max=limits.details_max,
        )
        self.parser.buffer_text = True
        self.parser.buffer_size = PIECE
        start, end = self.machine.handlers()
        self.parser.StartElementHandler = start
        self.parser.EndElementHandler = end
        self.parser.CharacterDataHandler = self.machine.texts.append
        self.parser.XmlDeclHandler = self.declared
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.EntityDeclHandler = _refuse_doctype

    def events(self, stream: BinaryIO) -> Iterator[Event]:
        rest = b""
        while piece := stream.read(PIECE):
            if not self.read:
                self._check_start(piece)
            self.read += len(piece)
            self._check_size()
            rest = self.take(rest + piece)
            self._check_growth(len(rest))
            if self.queue or len(self.lines) >= self.limits.chunk_lines:
                yield from self.drain()
        if not self.read:
            raise Refusal(Fault("camt.empty", "the file is empty", fix=ORIGINAL))
        self.parse(rest)
        self.parser.Parse(b"", True)
        yield from self.drain()
        yield from self._judge_message()

    def take(self, piece: bytes) -> bytes:
        """Reads what follows in the file, each entry of a known shape by it, everything else by
        the parser; what is left is the beginning of an entry."""
        at = 0
        while at < len(piece):
            if self.entry_at[1] == self.piece_start + len(self.piece):  # right behind an entry
                at = self._alike(piece, at)
                if _ENTRY_END not in piece[at : at + BYTES_MAX] and len(piece) - at < BYTES_MAX:
                    return piece[at:]
            end = piece.find(_ENTRY_END, at)
            part = piece[at : end + len(_ENTRY_END) if end >= 0 else len(piece)]
            self.parse(part)
            at += len(part)
        return b""

    def _alike(self, piece: bytes, at: int) -> int:
        """Takes the entries of known shapes that follow each other; where they end."""
        first, offset = at, self.piece_start + len(self.piece) - at
        while (end := piece.find(_ENTRY_END, at)) >= 0:
            start, end = piece.find(_ENTRY, at), end + len(_ENTRY_END)
            if start < 0 or end - start > BYTES_MAX or piece[at:start].strip(b" \t\r\n"):
                break
            record = self.shapes.record(piece[start:end])
            if record is None:
                break
            self.machine.take(record, offset + start, offset + end)
            at = end
        self.skipped += at - first
        self.skipped_lines += piece.count(b"\n", first, at)
        self.piece, self.piece_start = b"", offset + at
        return at

    def parse(self, part: bytes) -> None:
        """By the parser; an entry that is whole in it and its end shows a shape."""
        self.piece_start += len(self.piece)
        self.piece = part
        self.parser.Parse(part, False)
        start, end = self.entry_at
        if self.is_utf8 and start >= self.piece_start and end == self.piece_start + len(part):
            namespace = self.machine.seek.namespaces[-1]
            self.shapes.learn(part[start - end :], namespace=namespace, kind=self.kind)

    def place(self) -> int:
        """Where the parser's present event begins in the file."""
        return self.parser.CurrentByteIndex + self.skipped

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        _check_encoding(encoding)
        self.is_utf8 = encoding is None or encoding.upper() == "UTF-8"

    def drain(self) -> Iterator[Event]:
        self._flush_lines()
        queue, self.queue = self.queue, []
        yield from queue

    # What the machine reports.

    def statement_opened(self, kind: StatementKind, header: Record, record: Record) -> None:
        self.number += 1
        self._flush_lines()
        self.booked_minor, self.foreign = 0, []
        self.kind, self.currency = kind, ""
        opened = self._statement(record, record["balances"], quiet=True)
        self.currency = opened.currency
        self._check_repeated(opened)
        fallback = opened.to_date or _day(record.get("created") or header.get("created"))
        self.builder = LineBuilder(kind, self.number, fallback, self.note)
        self.queue.append(StatementOpened(self.number, opened))

    def entry(self, entry: Entry) -> None:
        assert self.builder is not None
        self.entry_at = (entry.byte_start, entry.byte_end)
        lines = self.builder.lines(entry)
        if lines and not self.currency:
            self.currency = lines[0].currency
        currency = self.currency
        for line in lines:
            if line.status is LineStatus.BOOKED:
                self.booked_minor += line.amount_minor
                if line.currency != currency and len(self.foreign) < self.limits.faults_max:
                    self.foreign += foreign_lines((line,), currency=currency)
        self.lines += lines
        if len(self.lines) >= self.limits.chunk_lines:
            self._flush_lines()

    def statement_closed(self, record: Record, balances: list[Record]) -> None:
        assert self.builder is not None
        self._flush_lines()
        statement = self._statement(record, balances, quiet=False)
        control = (*self.foreign, *check_sum(statement, sum_minor=self.booked_minor))
        self.queue.append(
            StatementClosed(
                self.number, statement, self.builder.lines_count, self.booked_minor, control
            )
        )

    def note(self, fault: Fault) -> None:
        self.faults_count += 1
        if self.faults_count > self.limits.faults_max:
            message = f"more than {self.limits.faults_max} faults; reading stopped"
            raise Refusal(Fault("camt.too_many_faults", message, fix=ORIGINAL))
        self._flush_lines()
        self.queue.append(fault)

    def end_of_tag(self, start: int) -> int:
        """The offset after the ``>`` of the end tag that starts at the offset, in the file.

        The tag may have begun in an earlier piece, but it ends in the present one.
        """
        at = self.piece.find(b">", max(0, start - self.piece_start))
        return self.piece_start + at + self.tag_end_bytes if at >= 0 else start

    # Headers, balances and checks.

    def _flush_lines(self) -> None:
        if self.lines:
            self.queue.append(LinesRead(self.number, tuple(self.lines)))
            self.lines = []

    def _statement(self, record: Record, balances: list[Record], *, quiet: bool) -> BankStatement:
        amounts: dict[str, list[tuple[int, str, date | None]]] = {}
        for balance in balances:
            amount = signed_amount(balance)
            if isinstance(amount, str):
                self._say(quiet, "camt.balance", f"a balance cannot be read: {amount}")
                continue
            kind = balance.get("type", "")
            amounts.setdefault(kind, []).append((*amount, _day(balance.get("date"))))
        opening = _balance(amounts, "OPBD", "PRCD") or _interim(amounts, first=True)
        closing = _balance(amounts, "CLBD") or _interim(amounts, first=False)
        # Without an account currency the balances name it; notifications only have entries.
        currency = record.get("currency") or (opening or closing or (0, self.currency, None))[1]
        for name, found in (("opening", opening), ("closing", closing)):
            if found and found[1] != currency:
                message = f"the {name} balance is in {found[1]}, the account in {currency}"
                self._say(quiet, "camt.balance_currency", message)
        return BankStatement(
            kind=self.kind,
            account_iban=record.get("iban", "").replace(" ", ""),
            account_other=record.get("other", ""),
            currency=currency,
            reference=record.get("id", ""),
            sequence=record.get("sequence") or record.get("legal_sequence", ""),
            page=record.get("page", ""),
            from_date=_day(record.get("from")),
            to_date=_day(record.get("to")) or (closing[2] if closing else None),
            opening_minor=opening[0] if opening and opening[1] == currency else None,
            closing_minor=closing[0] if closing and closing[1] == currency else None,
        )

    def _say(self, quiet: bool, code: str, message: str) -> None:
        if not quiet:
            path = f"statement[{self.number}].balance"
            self.note(Fault(code, message, path=path, severity=Severity.WARNING))

    def _check_repeated(self, statement: BankStatement) -> None:
        """A statement twice in one file would make every movement look like a true twin."""
        if statement in self.seen:
            message = f"statement {statement.reference} of {statement.account} stands twice"
            is_fatal = statement.kind is StatementKind.STATEMENT
            self.note(
                Fault(
                    "camt.statement_twice",
                    message,
                    path=f"statement[{self.number}]",
                    fix=ORIGINAL,
                    severity=Severity.FATAL if is_fatal else Severity.WARNING,
                )
            )
        self.seen.add(statement)

    def _check_start(self, piece: bytes) -> None:
        if piece[:2] == b"\x1f\x8b" or piece[:4] == b"PK\x03\x04":
            message = "the file is compressed; a compressed file is not read unseen"
            raise Refusal(Fault("camt.compressed", message, fix="unpack the file first"))
        if piece[:2] == b"\xff\xfe":
            self.tag_end_bytes = 2  # UTF-16, low byte first: one more byte after the ">"

    def _check_size(self) -> None:
        if self.read > self.limits.bytes_max:
            message = f"the file is larger than {self.limits.bytes_max} bytes"
            raise Refusal(Fault("camt.too_large", message, fix="ask the bank for shorter periods"))

    def _check_growth(self, rest: int) -> None:
        """No tag, text or nesting may grow without end while the parser waits for its end."""
        fed = self.read - rest - self.skipped
        texts = self.machine.texts
        if fed - max(0, self.parser.CurrentByteIndex) > self.limits.token_bytes_max or (
            sum(map(len, texts)) > self.limits.text_bytes_max
        ):
            message = "one element or tag of the file is larger than a bank ever writes"
            raise Refusal(Fault("camt.token_too_large", message, fix=ORIGINAL))
        if len(self.machine.stack) > self.limits.depth_max:
            message = f"elements are nested deeper than {self.limits.depth_max}"
            raise Refusal(Fault("camt.too_deep", message, fix=ORIGINAL))

    def _judge_message(self) -> Iterator[Fault]:
        seek = self.machine.seek
        if not self.machine.statements:
            found = (seek.namespaces or [seek.root])[0] or seek.root
            message = f"this is not a camt.052, 053 or 054 statement, but {found!r}"
            yield Fault("camt.not_camt", message, fix="give a bank statement in camt format")
            return
        for namespace in dict.fromkeys(seek.namespaces):
            match = NAMESPACE.match(namespace)
            if match and VERSION_FIRST <= int(match[2]) <= VERSION_LAST:
                continue
            message = f"version {namespace or 'without namespace'} is read as the known ones are"
            yield Fault("camt.version", message, severity=Severity.WARNING)


def _balance(
    amounts: dict[str, list[tuple[int, str, date | None]]], *types: str
) -> tuple[int, str, date | None] | None:
    return next((amounts[kind][0] for kind in types if kind in amounts), None)


def _interim(
    amounts: dict[str, list[tuple[int, str, date | None]]], *, first: bool
) -> tuple[int, str, date | None] | None:
    """The interim balance (ITBD) of a page: the first opens it unless it has an opening."""
    interim = amounts.get("ITBD", [])
    if not interim:
        return None
    if first:
        return interim[0] if "CLBD" in amounts or len(interim) > 1 else None
    return interim[-1] if "OPBD" in amounts or "PRCD" in amounts or len(interim) > 1 else None


def _day(text: str | None) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError:
        return None


_NATIVE = ("UTF-8", "UTF-16", "US-ASCII", "ISO-8859-1")


def _check_encoding(encoding: str | None) -> None:
    """The parser knows four encodings by itself, and any other in which a byte is a sign."""
    if encoding is None or encoding.upper() in _NATIVE:
        return
    try:
        is_known = len(bytes(range(256)).decode(encoding, "replace")) == 256
    except (LookupError, ValueError):
        is_known = False
    if not is_known:
        message = f"the file says it is written in {encoding}, which cannot be read"
        raise Refusal(Fault("camt.encoding", message, fix=ORIGINAL))


def _refuse_doctype(*_declaration: object) -> None:
    message = "the file declares a document type or entities, which no bank statement needs"
    raise Refusal(Fault("camt.doctype", message, fix=ORIGINAL))


def _malformed(error: expat.ExpatError, *, line: int, offset: int) -> Fault:
    what = expat.ErrorString(error.code)
    message = f"not well-formed XML at line {line}, byte {offset}: {what}"
    return Fault("camt.malformed", message, path=f"byte {offset}", fix=ORIGINAL)
