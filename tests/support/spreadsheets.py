"""Spreadsheets as programs write them: shared and inline strings, numbers, days by style."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Percent:
    """A fraction that is shown as so many of a hundred."""

    fraction: Decimal


Value = str | Decimal | date | Percent | None
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164"'
    ' formatCode="dd\\.mm\\.yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/>'
    '<xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)


def book(sheets: Mapping[str, Sequence[Sequence[Value]]]) -> bytes:
    """An XLSX file; an empty row of ``sheets`` is left out of the file, as programs do."""
    out, strings = io.BytesIO(), list[str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        _write(made, "[Content_Types].xml", "<Types/>")
        named, related = "", ""
        for n, (name, rows) in enumerate(sheets.items(), start=1):
            named += f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>'
            related += f'<Relationship Id="r{n}" Target="worksheets/sheet{n}.xml"/>'
            _write(made, f"xl/worksheets/sheet{n}.xml", _sheet(rows, strings))
        _write(
            made,
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{named}</sheets></workbook>',
        )
        _write(made, "xl/_rels/workbook.xml.rels", f"<Relationships>{related}</Relationships>")
        _write(made, "xl/styles.xml", _STYLES)
        shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        _write(made, "xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{shared}</sst>')
    return out.getvalue()


def _write(made: zipfile.ZipFile, name: str, text: str) -> None:
    """The day of a part is fixed: the same tables are the same bytes."""
    made.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def _sheet(rows: Sequence[Sequence[Value]], strings: list[str]) -> str:
    lines = ""
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            _cell(f"{chr(65 + at)}{number}", value, strings)
            for at, value in enumerate(row)
            if value is not None
        )
        lines += f'<row r="{number}">{cells}</row>' if cells else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(place: str, value: Value, strings: list[str]) -> str:
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, Decimal):
        return f'<c r="{place}"><v>{value}</v></c>'
    if isinstance(value, Percent):
        return f'<c r="{place}" s="2"><v>{value.fraction}</v></c>'
    strings.append(value or "")
    return f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'
