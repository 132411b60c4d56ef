"""Tables as they are printed (PDF) or mailed (HTML, plain text), as lines of cells parted by tabs.

A page gives each line its box, so that a value points to its place on the paper. Nothing is read
from pictures: a scanned page has no text, and is said to have none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import html
from PIL import Image, ImageDraw

from acquit.core.codecs import columns
from acquit.core.faults import Fault
from acquit.sandbox import door

PAGES_MAX = 60
LETTERS_MAX = 400_000  # of a page
PIXELS_MAX = 2_000  # of its longer side
# Words, a number with three digits or more that is no day, an amount with decimals, a currency.
# White space is one space each and a word is taken whole, so that no line is tried in every way.
_LISTED = re.compile(
    r"(?:[-*•] ?)?(?P<words>(?:[^\W\d]++[.:]? ?){0,3}?)(?:no|nr|n°|#)?[.:]? ?"
    r"(?P<document>(?!\d{4}-\d\d-\d\d\b)(?=[^ :]*\d{3})[\w/-]*\d)?"
    r" ?[:=]?(?: -)? (?P<amount>-?\d[\d.,' ]*[.,]\d\d) ?(?P<currency>[A-Z]{3}|[€$£])?",
    re.I,
)
_LISTED_MAX = 200  # letters of such a line
_NAMES = ("Document", "Amount", "Currency")
_SIGNS = {None: "", "€": "EUR", "$": "USD", "£": "GBP"}
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

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


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
    with _refusing():
        found = door.lines(pdf=data, pages=PAGES_MAX, letters=LETTERS_MAX)
    rows = [
        _Row(line.page, [_Cell(*cell) for cell in line.cells], line.bottom, line.top)
        for line in found
    ]
    if not rows:
        fix = "ask for the text itself: a table, an e-mail, or a PDF that is no picture"
        raise CannotRead(Fault("printed.no_text", "the PDF holds no text, only pictures", fix=fix))
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
    with _refusing():
        page = door.picture(pdf=data, page=int(number), side=PIXELS_MAX)
    image = Image.frombuffer("RGB", page.size, page.data, "raw", page.mode, page.stride, 1)
    around = (left - 3, page.height - top - 3, right + 3, page.height - bottom + 3)
    frame = [side * page.scale for side in around]
    ImageDraw.Draw(image).rectangle(frame, outline="#4b2a91", width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except door.CannotOpen as no:
        raise CannotRead(Fault(no.code, no.message, fix=no.fix)) from None


def _is_cell(element: html.etree._Element) -> bool:
    return element.tag in ("td", "th")


def of_text(text: str) -> Printed:
    """Lines whose cells are parted by tabs, semicolons, bars or two spaces. Where no line names
    the columns, lines of a document and an amount are a table with names of ours."""
    lines = [line.strip() for line in text.splitlines()]
    rows = [_WIDE.split(line) for line in lines]
    if columns.likely_header(rows) is None:
        rows = list(_listed(lines)) or rows
    return _written("text", rows, [])


def _listed(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines such as "Rechnung F2026-0042: 1.190,00 EUR" and "Gesamt 1.190,00 EUR" as rows, each
    other line as one cell; nothing where no line names a document so."""
    lines = [" ".join(line.split()) for line in lines]
    found = [_LISTED.fullmatch(line) if len(line) <= _LISTED_MAX else None for line in lines]
    first = next((at for at, one in enumerate(found) if one and one["document"]), None)
    if first is None:
        return
    for at, (line, one) in enumerate(zip(lines, found, strict=True)):
        if at == first:
            yield list(_NAMES)
        if one and (one["document"] or columns.is_total([one["words"]])):
            currency = _SIGNS.get(one["currency"], one["currency"])
            yield [one["document"] or one["words"], one["amount"], currency]
        else:
            yield [line]


def _written(name: str, rows: Sequence[Sequence[str]], spots: Sequence[str]) -> Printed:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for row in rows:
        writer.writerow([" ".join(cell.split()) for cell in row] or [""])
    return Printed(name, out.getvalue().encode("utf-8"), tuple(spots))


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
