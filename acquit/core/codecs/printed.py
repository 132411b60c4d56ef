"""Tables as they are printed (PDF) or mailed (HTML, plain text), as lines of cells parted by tabs.

A page gives each line its box, so that a value points to its place on the paper. Nothing is read
from pictures: a scanned page has no text, and is said to have none.
"""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import pypdfium2 as pdfium
from lxml import html
from PIL import ImageDraw
from pypdfium2 import raw

from acquit.core.codecs import columns
from acquit.core.faults import Fault

PAGES_MAX = 60
CHARACTERS_MAX = 400_000
_ONE_AT_A_TIME = Lock()
_WIDE = re.compile(r"\t|\s*[;|]\s*|\s{2,}")


@dataclass(frozen=True, slots=True)
class Printed:
    """``spots`` has a place for each line of ``text``: page, then its box in points from the lower
    left corner; empty where there is no page."""

    name: str
    text: bytes
    spots: tuple[str, ...] = ()


class CannotRead(Exception):
    """The page cannot be read; carries the one fault that says why."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        self.fault = Fault(f"printed.{code}", message, fix=fix)
        super().__init__(message)


@dataclass(slots=True)
class _Cell:
    text: str
    left: float
    right: float


@dataclass(slots=True)
class _Row:
    """A line of print."""

    page: int
    cells: list[_Cell]
    bottom: float
    top: float

    @property
    def spot(self) -> str:
        box = (self.cells[0].left, self.bottom, self.cells[-1].right, self.top)
        return f"{self.page}:{','.join(f'{side:.0f}' for side in box)}"


def of_pdf(data: bytes) -> Printed:
    """The lines of a PDF, each cell under the column of the header it stands below."""
    with _opened(data) as document:
        if len(document) > PAGES_MAX:
            message = f"the PDF has {len(document)} pages, {PAGES_MAX} are read"
            raise CannotRead("too_long", message, "send the pages of the advice alone")
        rows: list[_Row] = []
        for number in range(len(document)):
            rows += _rows(document[number], number + 1)
    if not rows:
        fix = "ask for the text itself: a table, an e-mail, or a PDF that is no picture"
        raise CannotRead("no_text", "the PDF holds no text, only pictures", fix)
    return _written("page", _under_header(rows), [row.spot for row in rows])


def of_html(text: str) -> tuple[Printed, ...]:
    """Each table of a mail or page; a table inside of another one is one of its own."""
    try:
        root = html.fromstring(text)
    except (ValueError, html.etree.ParserError):
        return ()
    found = []
    for number, table in enumerate(root.iter("table"), start=1):
        rows = [
            [" ".join("".join(map(str, cell.itertext())).split()) for cell in row if _is_cell(cell)]
            for row in table.iter("tr")
            if next(row.iterancestors("table")) is table
        ]
        if sum(len(row) > 1 for row in rows) > 1:
            found.append(_written(f"table {number}", rows, []))
    return tuple(found)


def picture(data: bytes, *, spot: str) -> bytes:
    """The page of a spot as PNG, its box framed; CannotRead where there is no such page."""
    number, _mark, box = spot.partition(":")
    left, bottom, right, top = (float(side) for side in box.split(","))
    with _opened(data) as document:
        if not 0 < int(number) <= len(document):
            raise CannotRead("damaged", f"the PDF has no page {number}", "send it anew")
        page = document[int(number) - 1]
        # A picture of a page of any size is bounded in memory.
        scale = min(2.0, 2_000 / max(page.get_width(), page.get_height(), 1.0))
        image = page.render(scale=scale).to_pil().convert("RGB")
        height = page.get_height()
    around = (left - 3, height - top - 3, right + 3, height - bottom + 3)
    ImageDraw.Draw(image).rectangle([side * scale for side in around], outline="#4b2a91", width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """The document, for one thread at a time: PDFium keeps state of its own for all."""
    with _ONE_AT_A_TIME:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as bad:
            message = f"the PDF cannot be opened: {bad}"
            raise CannotRead("damaged", message, "save it anew, without a password") from None
        try:
            yield document
        finally:
            document.close()


def _is_cell(element: html.etree._Element) -> bool:
    return element.tag in ("td", "th")


def of_text(text: str) -> Printed:
    """Lines whose cells are parted by tabs, semicolons, bars or two spaces."""
    rows = [_WIDE.split(line.strip()) for line in text.splitlines()]
    return _written("text", rows, [])


def _written(name: str, rows: Sequence[Sequence[str]], spots: Sequence[str]) -> Printed:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for row in rows:
        writer.writerow([" ".join(cell.split()) for cell in row] or [""])
    return Printed(name, out.getvalue().encode("utf-8"), tuple(spots))


def _rows(page: pdfium.PdfPage, number: int) -> Iterator[_Row]:
    """The lines of a page from its top, their letters joined to cells by the gaps between."""
    text = page.get_textpage()
    letters: list[tuple[float, float, float, float, str]] = []
    if text.count_chars() > CHARACTERS_MAX:
        message = f"page {number} has more than {CHARACTERS_MAX} letters"
        raise CannotRead("too_long", message, "send the pages of the advice alone")
    for index in range(text.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(text, index))
        if letter.isspace() or not letter.isprintable():
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        letters.append((left, bottom, right, top, letter))
    lines: list[list[tuple[float, float, float, float, str]]] = []
    for letter_box in sorted(letters, key=lambda box: (-(box[1] + box[3]) / 2, box[0])):
        middle = (letter_box[1] + letter_box[3]) / 2
        last = lines[-1][0] if lines else None
        if last is not None and last[1] < middle < last[3]:
            lines[-1].append(letter_box)
        else:
            lines.append([letter_box])
    for line in lines:
        line.sort()
        yield _Row(number, _cells(line), min(b[1] for b in line), max(b[3] for b in line))


def _cells(line: Sequence[tuple[float, float, float, float, str]]) -> list[_Cell]:
    height = statistics.median(box[3] - box[1] for box in line) or 1.0
    cells: list[_Cell] = []
    for left, _bottom, right, _top, letter in line:
        gap = left - cells[-1].right if cells else 0.0
        if not cells or gap > height * 0.9:
            cells.append(_Cell(letter, left, right))
            continue
        cells[-1].text += (" " if gap > height * 0.12 else "") + letter
        cells[-1].right = max(right, cells[-1].right)
    return cells


def _under_header(rows: Sequence[_Row]) -> list[list[str]]:
    """The cells of each row below the header stand where the column of the header is that they
    overlap, or are nearest to; several of one column are one cell."""
    texts = [[cell.text for cell in row.cells] for row in rows]
    at = columns.likely_header(texts)
    if at is None:
        return texts
    head = rows[at].cells
    for place in range(at + 1, len(rows)):
        row = rows[place].cells
        if len(row) < 2:
            continue
        laid = [""] * len(head)
        for cell in row:
            column = max(range(len(head)), key=_nearness(cell, head))
            laid[column] = f"{laid[column]} {cell.text}".strip()
        texts[place] = laid
    return texts


def _nearness(cell: _Cell, head: Sequence[_Cell]) -> Callable[[int], tuple[float, float]]:
    def near(column: int) -> tuple[float, float]:
        other = head[column]
        overlap = min(cell.right, other.right) - max(cell.left, other.left)
        apart = min(
            abs(cell.left - other.left), abs(cell.right - other.right),
            abs(cell.left + cell.right - other.left - other.right) / 2,
        )  # fmt: skip
        return (max(overlap, 0.0), -apart)

    return near
