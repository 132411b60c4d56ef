"""Rows as a file: CSV (RFC 4180) and XLSX (ECMA-376), written piece by piece.

A row is a sequence of cells: text, :class:`~datetime.date`, :class:`~datetime.datetime` (as its own
clock shows it), :class:`~decimal.Decimal`, an integer, or None for an empty one. Both writers take
any iterable and keep nothing of it but some hundred rows, so a list of a million rows costs as
little memory as one of ten.

Excel calls a workbook damaged that has a cell of more than 32,767 characters: such a text ends with
``[…]`` in XLSX, and is whole in CSV.

Text that a spreadsheet would run as a formula (CWE-1236) stays text: in CSV behind an apostrophe,
in XLSX as a cell of type text that the program itself marks as quoted.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO
from xml.sax.saxutils import escape

Cell = str | date | Decimal | int | None
Row = Sequence[Cell]
CSV_MEDIA = "text/csv; charset=utf-8"
XLSX_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS_MAX = 1_048_576  # what a sheet can hold
CELL_MAX = 32_767  # what a cell can hold, in units of UTF-16
_CUT = " […]"
_AT_ONCE = 500
# Spreadsheets in Japanese and Chinese take the wide ones too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# XML 1.0 has no way to write these, not even as references (section 2.2).
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MADE = (1980, 1, 1, 0, 0, 0)  # the first instant that ZIP knows: the same rows, the same bytes
_EPOCH, _DAY_SECONDS = date(1899, 12, 30), 86_400
_TEXT, _QUOTED, _DAY, _NUMBER, _MOMENT = 0, 1, 2, 3, 4  # the formats of cells, see _STYLES
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    "</cellXfs></styleSheet>"
)


def harmless(text: str) -> str:
    """Text that no spreadsheet runs when it opens a CSV.

    >>> harmless("=1+1"), harmless("RE-7")
    ("'=1+1", 'RE-7')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def to_csv(*, head: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with its mark, which spreadsheets need to read accents; lines end with CR LF. Days are
    ISO 8601, numbers have a decimal point and no thousands."""
    out = io.StringIO("\ufeff")
    out.seek(1)
    writer = csv.writer(out)
    writer.writerow(head)
    whole = iter(rows)
    while True:
        writer.writerows([_plain(cell) for cell in row] for row in islice(whole, _AT_ONCE))
        if not out.tell():
            return
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def to_xlsx(*, title: str, head: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A workbook; what one sheet cannot hold goes on in the next, under the same heading."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
        whole, sheets = iter(rows), 0
        first: Row | None = next(whole, None)
        while first is not None or not sheets:
            sheets += 1
            own = () if first is None else chain([first], islice(whole, SHEET_ROWS_MAX - 2))
            with package.open(_part(f"xl/worksheets/sheet{sheets}.xml"), "w") as sheet:
                for _written in _sheet(sheet, head, own):
                    yield pipe.taken()
            first = next(whole, None)
        for name, text in _frame(title, sheets):
            package.writestr(_part(name), text)
    yield pipe.taken()


class Pipe(io.RawIOBase):
    """A file that goes only onwards: what was written is taken away as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _part(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MADE)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _sheet(out: IO[bytes], head: Sequence[str], rows: Iterable[Row]) -> Iterator[None]:
    """The rows with their heading, which stays in view."""
    out.write(
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews><sheetData>{_line(head)}".encode()
    )
    whole = iter(rows)
    while part := list(islice(whole, _AT_ONCE)):
        out.write("".join([_line(row) for row in part]).encode())
        yield
    out.write(b"</sheetData></worksheet>")


def _line(row: Row) -> str:
    return f"<row>{''.join([_cell(cell) for cell in row])}</row>"


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, str):
        style = _QUOTED if cell.startswith(_FORMULA) else _TEXT
        text = escape(_fitting(_UNWRITABLE.sub("\ufffd", cell)))
        return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(cell, datetime):
        seconds = cell.hour * 3600 + cell.minute * 60 + cell.second
        whole = (cell.date() - _EPOCH).days + Decimal(seconds) / _DAY_SECONDS
        return f'<c s="{_MOMENT}"><v>{whole:.10f}</v></c>'
    if isinstance(cell, date):
        return f'<c s="{_DAY}"><v>{(cell - _EPOCH).days}</v></c>'
    return f'<c s="{_NUMBER}"><v>{cell:f}</v></c>' if isinstance(cell, Decimal) else _whole(cell)


def _fitting(text: str) -> str:
    """The text, or as much of it as fits a cell, with the mark of an omission behind.

    >>> _fitting("RE-7"), _fitting("x" * 40_000)[-6:], len(_fitting("x" * 40_000))
    ('RE-7', 'xx […]', 32767)
    """
    if len(text) <= CELL_MAX // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_MAX:
        return text
    # A character of two units that the cut goes through is left out whole.
    return units[: 2 * (CELL_MAX - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _whole(cell: int) -> str:
    return f'<c s="{_NUMBER}"><v>{cell}</v></c>'


def _frame(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """The parts around the sheets."""
    numbers = range(1, sheets + 1)
    # A sheet's name has 31 characters at most and none of these.
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:27]
    names = [name if n == 1 else f"{name} {n}" for n in numbers]
    entries = "".join(
        f'<sheet name="{escape(one)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, one in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            f"<sheets>{entries}</sheets></workbook>"
        ),
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}<Relationship'
            f' Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "_rels/.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
            '.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f"{overrides}</Types>"
        ),
    )
