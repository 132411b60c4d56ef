"""Tables as text: CSV and its relatives, row by row, with every oddity named by row number.

Encoding, delimiter and compression are recognised unless the caller says them. Every record of
the file comes out exactly once, also a broken one, so that accepted + rejected = rows. Numbers
are read with a decimal mark that the caller states; nothing is guessed about money.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple

from acquit.core.codecs import binary
from acquit.core.faults import Fault, Severity

NAME = "tabular"
DELIMITERS = ",;\t|"
HEAD_BYTES = 64 * 1024
EXPANSION_FREE_BYTES = 2 * 1024**2
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SPACES = "\u00a0\u202f\u2009 "
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*")


class BadNumber(ValueError):
    """The text is not a number under the stated decimal mark; says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of us; sizes are of the unpacked text."""

    bytes_max: int = 1024**3
    line_bytes_max: int = 1024**2
    columns_max: int = 1_000
    expansion_max: int = 200  # unpacked bytes per packed byte


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written; None is recognised from its beginning."""

    encoding: str | None = None
    delimiter: str | None = None


class TabularRow(NamedTuple):
    """One record. ``number`` is the row as a spreadsheet counts, the header being row 1.

    ``values`` holds every column of the header, "" where the record was too short. Cells beyond
    the header stand in ``extra``. A record that cannot be read has no values and a fatal fault.
    ``byte_start`` and ``byte_end`` are places in the unpacked file, None in UTF-16.
    """

    number: int
    values: dict[str, str]
    byte_start: int | None
    byte_end: int | None
    extra: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


class _Refusal(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        self.fault = Fault(code, message, fix=fix)
        super().__init__(message)


def read(
    source: bytes | Path | BinaryIO,
    *,
    layout: Layout | None = None,
    limits: Limits | None = None,
    names: list[str] | None = None,
) -> Iterator[TabularRow | Fault]:
    """The records after the header. A Fault of its own is about the file; a fatal one ends it.

    Blank lines are passed over but counted, so that row numbers agree with a spreadsheet. ``names``
    has the columns once the first record was asked for, also where there is none.
    """
    handle: AbstractContextManager[BinaryIO]
    if isinstance(source, bytes):
        handle = nullcontext(io.BytesIO(source))
    else:
        handle = source.open("rb") if isinstance(source, Path) else nullcontext(source)
    bounds = limits or Limits()
    with handle as stream:
        try:
            lines = _Lines(stream, layout or Layout(), bounds)
            yield from _rows(lines, bounds, [] if names is None else names)
        except _Refusal as refusal:
            yield refusal.fault
        except (gzip.BadGzipFile, zlib.error, EOFError) as bad:
            message = f"the compressed file is damaged: {bad}"
            yield Fault("tabular.compressed", message, fix="send the file again")


def read_decimal(text: str, *, decimal_mark: str, decimals_max: int | None = None) -> Decimal:
    """The number, exactly; BadNumber where it can be read in more than one way or none.

    ``decimal_mark`` is "," or "."; groups of three digits may be parted by the other one, by a
    space or by an apostrophe, all by the same. A minus stands before or after, or the number
    stands in brackets. State ``decimals_max`` for money: it catches a thousands mark that was
    taken for a decimal mark.

    >>> read_decimal("1.234,50", decimal_mark=",")
    Decimal('1234.50')
    """
    if decimal_mark not in (",", "."):
        raise ValueError(f"the decimal mark is , or . and not {decimal_mark!r}")
    shown = repr(text[:40])
    number = text.strip().replace("\u2212", "-").replace("\u2019", "'")
    for space in _SPACES:
        number = number.replace(space, " ")
    is_negative = False
    for start, end in (("(", ")"), ("-", ""), ("", "-"), ("+", "")):
        if number.startswith(start) and number.endswith(end) and len(number) > 1:
            is_negative = start != "+"
            number = number[len(start) : len(number) - len(end)].strip()
            break
    whole, mark, decimals = number.partition(decimal_mark)
    if decimal_mark in decimals:
        raise BadNumber(f"{shown} has the decimal mark {decimal_mark!r} more than once")
    if mark and not (decimals.isascii() and decimals.isdigit()):
        raise BadNumber(f"{shown} has no plain digits after the decimal mark {decimal_mark!r}")
    if not (whole.isascii() and whole.isdigit()):
        if not _GROUPED.fullmatch(whole):
            raise BadNumber(f"{shown} is not a number with the decimal mark {decimal_mark!r}")
        whole = re.sub("[^0-9]", "", whole)
    if decimals_max is not None and len(decimals.rstrip("0")) > decimals_max:
        raise BadNumber(f"{shown} has more than {decimals_max} decimals: is the mark right?")
    value = Decimal(f"{whole}.{decimals}" if decimals else whole)
    return -value if is_negative else value


@dataclass(slots=True)
class _Lines:
    """The physical lines of the file as text, for the csv reader, with their byte places."""

    stream: BinaryIO
    layout: Layout
    limits: Limits
    start: int = 0  # where the next line starts
    encoding: str = "utf-8"
    is_ascii_so_far: bool = True
    is_wide: bool = False
    head: str = ""
    notes: list[Fault] = field(default_factory=list)
    bad_bytes: bool = False
    _packed: _Whole | None = None

    def open(self) -> None:
        """Looks at the beginning: compression, encoding and text for the delimiter."""
        source = _Whole(self.stream)
        raw = io.BufferedReader(source, HEAD_BYTES)
        magic = raw.peek(4)[:4]
        if magic[:2] == b"\x1f\x8b":
            self._packed = source
            raw = io.BufferedReader(_Whole(gzip.GzipFile(fileobj=raw)), HEAD_BYTES)
        beginning = raw.peek(HEAD_BYTES)[:HEAD_BYTES]
        if not beginning:
            raise _Refusal("tabular.empty", "the file is empty", "send a file with a header row")
        if what := binary.seems(beginning):
            message = f"this is no table of text; it seems to be {what}"
            raise _Refusal("tabular.not_text", message, "save the table as CSV")
        self.encoding = _known_encoding(self.layout.encoding) or _encoding_of(beginning)
        if self.encoding.startswith("utf-16"):
            raw = self._transcoded(raw)
            beginning = raw.peek(HEAD_BYTES)[:HEAD_BYTES]
        elif beginning.startswith(codecs.BOM_UTF8):
            raw.read(3)
            self.start, beginning = 3, beginning[3:]
        if self.encoding == "utf-8-sig":
            self.encoding = "utf-8"
        self.stream = raw
        self.head = beginning.decode(self.encoding, "replace")
        if "\n" not in self.head and "\r" in self.head:
            fix = "save the file with line ends of Windows or Unix"
            raise _Refusal("tabular.line_ends", "the lines end in CR alone", fix)

    def __iter__(self) -> Iterator[str]:
        limit = self.limits.line_bytes_max
        while line := self.stream.readline(limit + 1):
            if len(line) > limit:
                message = f"the line at byte {self.start} is longer than {limit} bytes"
                raise _Refusal("tabular.line_too_long", message, "send a table of text")
            self.start += len(line)
            if self._packed or self.start > self.limits.bytes_max:
                self._check_size()
            yield self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        if self.is_ascii_so_far and not self.layout.encoding and not line.isascii():
            # The first accented letter decides, because everything before it is the same text
            # in all these encodings.
            self.is_ascii_so_far = False
            if self.encoding == "utf-8":
                self.encoding = _single_byte_encoding(line) or "utf-8"
        try:
            return line.decode(self.encoding)
        except UnicodeDecodeError:
            if self.encoding == "cp1252":
                self.encoding = "latin-1"  # bytes that cp1252 does not define
                return line.decode("latin-1")
            self.bad_bytes = True
            return line.decode(self.encoding, "replace")

    def _check_size(self) -> None:
        if self.start > self.limits.bytes_max:
            message = f"the file is larger than {self.limits.bytes_max} bytes"
            raise _Refusal("tabular.too_large", message, "split the file")
        # Small files may be as repetitive as they like.
        packed = self._packed.taken if self._packed and self.start > EXPANSION_FREE_BYTES else 0
        if packed and self.start // packed > self.limits.expansion_max:
            message = "the compressed file unpacks to far more than a table ever does"
            raise _Refusal("tabular.bomb", message, "send the file unpacked")

    def _transcoded(self, raw: io.BufferedReader[_Whole]) -> io.BufferedReader[_Whole]:
        data = raw.read(self.limits.bytes_max + 1)
        if len(data) > self.limits.bytes_max:
            message = f"the file is larger than {self.limits.bytes_max} bytes"
            raise _Refusal("tabular.too_large", message, "split the file")
        try:
            text = data.decode(self.encoding)
        except UnicodeDecodeError as bad:
            message = f"the file is not {self.encoding}: {bad.reason} at byte {bad.start}"
            raise _Refusal("tabular.encoding", message, "save the file as UTF-8") from None
        self.encoding, self.is_wide = "utf-8", True
        encoded = text.removeprefix("\ufeff").encode("utf-8", "replace")
        return io.BufferedReader(_Whole(io.BytesIO(encoded)), HEAD_BYTES)


class _Whole(io.RawIOBase):
    """A binary stream as a raw one, so that one kind of buffer serves bytes, files and gzip."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile) -> None:
        self._stream = stream
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.taken += len(data)
        return len(data)


def _rows(lines: _Lines, limits: Limits, header: list[str]) -> Iterator[TabularRow | Fault]:
    lines.open()
    delimiter, skipped = _delimiter(lines)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    number = 0
    start = lines.start
    while True:
        number += 1
        cells, problem = _next(reader)
        if cells is None and not problem:
            break
        begun, start = start, lines.start
        bad_bytes, lines.bad_bytes = lines.bad_bytes, False
        if number <= skipped or (cells is not None and not any(map(str.strip, cells))):
            continue
        if bad_bytes:
            problem = f"bytes that are not {lines.encoding}"
        if not header:
            header += _header(cells, problem, number, limits)
            yield from _unnamed(cells or [], number)
            continue
        places = (None, None) if lines.is_wide else (begun, start)
        yield _row(number, header, cells or [], problem, places)
    if not header:
        yield Fault("tabular.empty", "the file has no header row", fix="add the column names")


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """The next record and no problem, a problem and no record, or neither at the end."""
    try:
        return next(reader), ""
    except StopIteration:
        return None, ""
    except csv.Error as bad:
        if "unexpected end of data" in str(bad):
            return None, "a quote is opened here and never closed; what follows is inside it"
        if "new-line character" in str(bad):
            return None, "the line ends inside a cell without quotes"
        return None, f"quotes or field size ({bad})"


def _row(
    number: int,
    header: list[str],
    cells: list[str],
    problem: str,
    places: tuple[int | None, int | None],
) -> TabularRow:
    if problem:
        fix = "correct the row in the file"
        fault = Fault("tabular.row", f"row {number}: {problem}", f"row {number}", fix=fix)
        return TabularRow(number, {}, *places, faults=(fault,))
    if len(cells) == len(header):
        return TabularRow(number, dict(zip(header, cells, strict=True)), *places)
    message = f"row {number} has {len(cells)} cells, the header has {len(header)}"
    fix = "an unquoted delimiter, or a cell missing at the end of the row?"
    severity = Severity.WARNING if not any(cells[len(header) :]) else Severity.FATAL
    fault = Fault("tabular.ragged", message, f"row {number}", fix=fix, severity=severity)
    padded = cells + [""] * (len(header) - len(cells))
    values = dict(zip(header, padded, strict=False))
    return TabularRow(number, values, *places, tuple(cells[len(header) :]), (fault,))


def _header(cells: list[str] | None, problem: str, number: int, limits: Limits) -> list[str]:
    if cells is None or problem:
        raise _Refusal("tabular.header", f"row {number}: {problem}", "correct the header row")
    if any("\x00" in cell for cell in cells):
        message = "this is no text: its first row holds NUL characters"
        raise _Refusal("tabular.not_text", message, "save the table as CSV")
    names = [cell.strip() or f"column {index}" for index, cell in enumerate(cells, start=1)]
    if len(names) > limits.columns_max:
        message = f"the header has more than {limits.columns_max} columns"
        raise _Refusal("tabular.header", message, "leave out what is not needed")
    for name in names:
        if names.count(name) > 1:
            message = f"the column {name!r} stands twice in the header"
            raise _Refusal("tabular.column_twice", message, "give each column its own name")
    return names


def _unnamed(cells: list[str], number: int) -> Iterator[Fault]:
    for index, cell in enumerate(cells, start=1):
        if not cell.strip():
            message = f"column {index} has no name; it is called 'column {index}'"
            yield Fault(
                "tabular.column_unnamed", message, f"row {number}", severity=Severity.WARNING
            )


def _known_encoding(name: str | None) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        message = f"the encoding {name!r} is unknown"
        raise _Refusal("tabular.encoding", message, "name one such as utf-8") from None


def _encoding_of(beginning: bytes) -> str:
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    even, odd = beginning[0:400:2].count(0), beginning[1:400:2].count(0)
    if max(even, odd) * 4 > len(beginning[:400]):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def _single_byte_encoding(line: bytes) -> str:
    """The encoding of a line that has an accented letter, "" when it is good UTF-8."""
    for encoding, answer in (("utf-8", ""), ("cp1252", "cp1252")):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            continue
        return answer
    return "latin-1"


def _delimiter(lines: _Lines) -> tuple[str, int]:
    """The delimiter, and the rows before the header (one when Excel's ``sep=`` line is there)."""
    announced = _SEPARATOR_LINE.match(lines.head)
    if announced:
        return lines.layout.delimiter or announced[1], 1
    if lines.layout.delimiter:
        return lines.layout.delimiter, 0
    sample = lines.head.splitlines(keepends=True)
    if len(sample) > 1 and len(lines.head.encode()) >= HEAD_BYTES:
        sample.pop()  # cut off in the middle

    def score(delimiter: str) -> tuple[float, int]:
        """How many rows are as wide as the header, then how wide."""
        widths = []
        try:
            for cells in csv.reader(sample[:200], delimiter=delimiter):
                if cells:
                    widths.append(len(cells))
        except csv.Error:
            pass
        if not widths or widths[0] < 2:
            return 0.0, 0
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    return max(DELIMITERS, key=score), 0
