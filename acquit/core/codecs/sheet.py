"""Spreadsheets (XLSX, ECMA-376) as text: a line per row, cells parted by tabs.

Numbers are exact: what the file writes, to the 15 digits that a spreadsheet shows (it stores them
as binary fractions); a cell shown as 2 % is 2. Days are written as 2026-01-31. The text has as many
lines as the sheet has rows down to its last one, so that line 7 is row 7.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import IO

from lxml import etree

from acquit.core.codecs import zipped
from acquit.core.faults import Fault

BYTES_MAX = 512 * 1024**2  # unpacked
ROWS_MAX = 1_048_576  # what a sheet can hold
COLUMNS_MAX = 200
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SHOWN = Context(prec=15)
_DAY_FORMATS = frozenset({14, 15, 16, 17, 22, 27, 30, 36, 50, 57})  # built in, ECMA-376 18.8.30
_PERCENT_FORMATS = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_EPOCH = date(1899, 12, 30)  # day 0, so that days after the false leap day of 1900 are right
_EPOCH_1904 = date(1904, 1, 1)
Cell = str | Decimal | date


class CannotRead(Exception):
    """The file is no spreadsheet that can be read; carries the one fault that says why."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        self.fault = Fault(f"sheet.{code}", message, fix=fix)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` is (row from 1, its cells from column A), without empty rows."""

    name: str
    rows: Sequence[tuple[int, tuple[Cell, ...]]]

    def text(self, *, decimal_mark: str) -> bytes:
        """The rows as lines of UTF-8, numbers with this mark and no thousands."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        last = 0
        for number, cells in self.rows:
            out.write("\n" * (number - last - 1))
            writer.writerow(_written(cell, decimal_mark) for cell in cells)
            last = number
        return out.getvalue().encode("utf-8")


def is_sheet(data: bytes) -> bool:
    """Whether the bytes are a spreadsheet, of the new kind or of the old one."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    return data.startswith(b"PK\x03\x04") and zipped.is_book(data)


def read(data: bytes) -> tuple[Sheet, ...]:
    """The sheets that hold something, in the order of the book; CannotRead for anything else."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise CannotRead(
            "old", "this is a spreadsheet of the kind before 2007, or one with a password",
            "save it as XLSX without a password",
        )  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return tuple(_Book(book).sheets())
    except (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, ValueError) as bad:
        message = f"the spreadsheet is damaged: {bad}"
        raise CannotRead("damaged", message, "open it, save it anew and send that") from None


class _Book:
    def __init__(self, book: zipfile.ZipFile) -> None:
        self.book = book
        self.left = BYTES_MAX
        self.strings: list[str] = []
        self.day_styles: frozenset[int] = frozenset()
        self.percent_styles: frozenset[int] = frozenset()
        self.epoch = _EPOCH

    def sheets(self) -> Iterator[Sheet]:
        root = self._tree("xl/workbook.xml")
        names = set(self.book.namelist())
        properties = root.find(f"{_MAIN}workbookPr")
        if properties is not None and properties.get("date1904") in ("1", "true"):
            self.epoch = _EPOCH_1904
        if "xl/sharedStrings.xml" in names:
            with self._open("xl/sharedStrings.xml") as stream:
                self.strings = [_text(item) for item in _elements(stream, "si")]
        if "xl/styles.xml" in names:
            styles = self._tree("xl/styles.xml")
            self.day_styles = _styles(styles, _DAY_FORMATS, _shows_day)
            self.percent_styles = _styles(styles, _PERCENT_FORMATS, _shows_percent)
        targets = {
            each.get("Id"): each.get("Target", "")
            for each in self._tree("xl/_rels/workbook.xml.rels")
        }
        for each in root.iter(f"{_MAIN}sheet"):
            target = targets.get(each.get(_RELATION), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" in path and (rows := self._rows(path)):
                yield Sheet(each.get("name", ""), rows)

    def _rows(self, path: str) -> list[tuple[int, tuple[Cell, ...]]]:
        rows: list[tuple[int, tuple[Cell, ...]]] = []
        with self._open(path) as stream:
            last = 0
            for row in _elements(stream, "row"):
                last = int(row.get("r") or last + 1)
                if last > ROWS_MAX or (rows and last <= rows[-1][0]):
                    raise ValueError(f"row {last} stands where it cannot")
                cells: list[Cell] = []
                for cell in row.iter(f"{_MAIN}c"):
                    place = _column(cell.get("r") or "", len(cells))
                    if place >= COLUMNS_MAX:
                        raise CannotRead(
                            "too_wide", f"row {last} has more than {COLUMNS_MAX} columns",
                            "leave out the columns that are not needed",
                        )  # fmt: skip
                    cells += [""] * (place - len(cells))
                    cells.append(self._cell(cell))
                if any(each != "" for each in cells):
                    rows.append((last, tuple(cells)))
        return rows

    def _cell(self, cell: etree._Element) -> Cell:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = cell.findtext(f"{_MAIN}v") or ""
        if kind == "s":
            return self.strings[int(value)]
        if kind == "d":
            return date.fromisoformat(value[:10])
        if kind != "n" or not value:
            return value.strip()
        try:
            number = _SHOWN.create_decimal(value)
        except InvalidOperation:
            raise ValueError(f"{value[:30]!r} is no number, in {cell.get('r')}") from None
        style = int(cell.get("s") or 0)
        if style in self.day_styles and 1 <= number < 3_000_000:
            return self.epoch + timedelta(days=int(number))
        return number * 100 if style in self.percent_styles else number

    def _tree(self, path: str) -> etree._Element:
        with self._open(path) as stream:
            return etree.fromstring(stream.all(), _parser())

    def _open(self, path: str) -> _Bounded:
        return _Bounded(self, self.book.open(path))


class _Bounded(io.RawIOBase):
    """A member of the archive that counts what it unpacks, whatever its directory claims."""

    def __init__(self, book: _Book, stream: IO[bytes]) -> None:
        self._book, self._stream = book, stream

    def readable(self) -> bool:
        return True

    def all(self) -> bytes:
        return b"".join(iter(self.read, b""))

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(min(size, 1024**2) if size >= 0 else 1024**2)
        self._book.left -= len(piece)
        if self._book.left < 0:
            raise CannotRead(
                "too_large", f"the spreadsheet unpacks to more than {BYTES_MAX} bytes",
                "send shorter periods",
            )  # fmt: skip
        return piece


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _elements(stream: _Bounded, name: str) -> Iterator[etree._Element]:
    """The elements of a name, each forgotten once it was looked at."""
    for _event, element in etree.iterparse(
        stream, tag=f"{_MAIN}{name}", resolve_entities=False, no_network=True, load_dtd=False
    ):
        yield element
        element.clear()
        while element.getprevious() is not None:
            parent = element.getparent()
            assert parent is not None
            del parent[0]


def _text(element: etree._Element) -> str:
    """The text of a string; what is only said to pronounce it (rPh) is left out."""
    parts = []
    for text in element.iter(f"{_MAIN}t"):
        parent = text.getparent()
        if parent is None or parent.tag != f"{_MAIN}rPh":
            parts.append(text.text or "")
    return " ".join("".join(parts).split())


def _styles(
    root: etree._Element, built_in: frozenset[int], shows: Callable[[str], bool]
) -> frozenset[int]:
    """The styles of cells whose format is one of these or shows a number so."""
    own = {
        int(each.get("numFmtId", "0")): each.get("formatCode", "")
        for each in root.iter(f"{_MAIN}numFmt")
    }
    formats = root.find(f"{_MAIN}cellXfs")
    ids = [int(each.get("numFmtId", "0")) for each in formats] if formats is not None else []
    return frozenset(
        index
        for index, id_ in enumerate(ids)
        if (shows(own[id_]) if id_ in own else id_ in built_in)
    )


def _shows_day(code: str) -> bool:
    plain = _QUOTED.sub("", code).casefold()
    return "y" in plain or ("d" in plain and "m" in plain)


def _shows_percent(code: str) -> bool:
    return "%" in _QUOTED.sub("", code)


def _column(reference: str, otherwise: int) -> int:
    """The column of a cell from 0; cells without a reference stand one after the other."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return otherwise
    place = 0
    for letter in match[1]:
        place = place * 26 + ord(letter) - 64
    return max(place - 1, otherwise)


def _written(cell: Cell, decimal_mark: str) -> str:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}".replace(".", decimal_mark) if cell else "0"
    return cell.isoformat() if isinstance(cell, date) else cell
