"""Reading a PDF back: its texts, where they stand, and the codes that a scanner finds."""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import zxingcpp

MM = 72 / 25.4
# The text area of each design: left and right edge in millimetres.
EDGES = {"modern": (19.5, 192.5), "classic": (23.5, 188.5), "compact": (17.5, 196.5)}


def texts(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def codes(data: bytes) -> dict[str, str]:
    pictures = [page.render(scale=4).to_pil() for page in pypdfium2.PdfDocument(data)]
    found = [code for picture in pictures for code in zxingcpp.read_barcodes(picture)]
    return {str(code.format): code.text for code in found}


def boxes(data: bytes) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, right, top in millimetres of each piece of text."""
    for page in pypdfium2.PdfDocument(data):
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            yield left / MM, bottom / MM, right / MM, top / MM


def nothing_lies_on_another(data: bytes) -> None:
    (only,) = pypdfium2.PdfDocument(data)
    assert only
    found = list(boxes(data))
    for index, (left, bottom, right, top) in enumerate(found):
        for other_left, other_bottom, other_right, other_top in found[index + 1 :]:
            across = min(right, other_right) - max(left, other_left)
            up = min(top, other_top) - max(bottom, other_bottom)
            assert across < 0.3 or up < 0.6, (found[index], other_left, other_bottom)


def inside_the_margins(data: bytes, design: str) -> None:
    """Every piece of text stands between the edges of the design on an A4 page."""
    first, last = EDGES[design]
    for left, bottom, right, top in boxes(data):
        assert left >= first
        assert right <= last
        assert bottom >= 5
        assert top <= 292
