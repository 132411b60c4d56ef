"""Inside the sandbox: what is printed on the pages of a PDF."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from acquit.sandbox.child import Refusal

_FEWER = "send the pages that matter alone"
_ANEW = "save it anew, without a password"
# A letter, and a cell of a line: left, bottom, right, top in points from the lower left corner.
_Letter = tuple[float, float, float, float, str]
_Cell = list[Any]  # text, left, right


def lines(data: bytes, *, pages: int, letters: int) -> tuple[list[Any], list[bytes]]:
    """The lines of all pages, at most so many, each of at most so many letters, from their top:
    page, bottom, top, and the cells as text, left, right."""
    with _opened(data) as document:
        if len(document) > pages:
            raise Refusal(
                "pdf.too_long", f"the PDF has {len(document)} pages, {pages} are read", _FEWER
            )
        found = [
            [number + 1, *line]
            for number in range(len(document))
            for line in _lines(document[number], number + 1, letters)
        ]
    return found, []


def picture(data: bytes, *, page: int, side: int) -> tuple[dict[str, Any], list[bytes]]:
    """The pixels of a page of any size, twice its points or ``side`` at most, and how they lie."""
    with _opened(data) as document:
        if not 0 < page <= len(document):
            raise Refusal("pdf.damaged", f"the PDF has no page {page}")
        found = document[page - 1]
        scale = min(2.0, side / max(found.get_width(), found.get_height(), 1.0))
        image = found.render(scale=scale)
        laid = {
            "size": [image.width, image.height], "mode": image.mode, "stride": image.stride,
            "scale": scale, "height": found.get_height(),
        }  # fmt: skip
        return laid, [bytes(image.buffer)]


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as bad:
        raise Refusal("pdf.damaged", f"the PDF cannot be opened: {bad}", _ANEW) from None
    try:
        yield document
    finally:
        document.close()


def _lines(page: pdfium.PdfPage, number: int, most: int) -> Iterator[list[Any]]:
    """The lines of a page from its top, their letters joined to cells by the gaps between."""
    text = page.get_textpage()
    letters: list[_Letter] = []
    if text.count_chars() > most:
        raise Refusal("pdf.too_long", f"page {number} has more than {most} letters", _FEWER)
    for index in range(text.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(text, index))
        if letter.isspace() or not letter.isprintable():
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        letters.append((left, bottom, right, top, letter))
    lines: list[list[_Letter]] = []
    for letter_box in sorted(letters, key=lambda box: (-(box[1] + box[3]) / 2, box[0])):
        middle = (letter_box[1] + letter_box[3]) / 2
        last = lines[-1][0] if lines else None
        if last is not None and last[1] < middle < last[3]:
            lines[-1].append(letter_box)
        else:
            lines.append([letter_box])
    for line in lines:
        line.sort()
        yield [min(box[1] for box in line), max(box[3] for box in line), _cells(line)]


def _cells(line: Sequence[_Letter]) -> list[_Cell]:
    height = statistics.median(box[3] - box[1] for box in line) or 1.0
    cells: list[_Cell] = []
    for left, _bottom, right, _top, letter in line:
        gap = left - cells[-1][2] if cells else 0.0
        if not cells or gap > height * 0.6:
            cells.append([letter, left, right])
            continue
        cells[-1][0] += (" " if gap > height * 0.12 else "") + letter
        cells[-1][2] = max(right, cells[-1][2])
    return cells
