"""QR codes under the mask that ISO/IEC 18004 section 7.8.3 asks for, chosen by whole numbers.

segno makes the codes; its search for the mask looks at each module by itself and takes most of
its time. Here a square of modules is one integer with a bit for each, so that a rule looks at all
of them at once. The masks stay segno's: two masks differ in the same modules whatever the text,
as long as version and level of correction are the same.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, repeat
from typing import NamedTuple

import segno

_MARGIN = 4  # light modules around, as many as the longest rule looks for
_MASKS = range(8)
_RUN = 5  # of one colour in a line: 3 points, and 1 for each module more
_FINDER = "1011101"  # like the middle of a corner: 40 points beside four light modules


class _Square(NamedTuple):
    """Rows one behind the other, each with its margin of zeros in front."""

    bits: int
    side: int

    @property
    def stride(self) -> int:
        return self.side + _MARGIN


def best_square(data: bytes, *, error: str, version_max: int) -> list[str] | None:
    """The rows of the code as text of 0 and 1, without border; None above ``version_max``."""
    code = segno.make_qr(data, error=error, boost_error=False, mask=0)
    version = int(code.version)
    if version > version_max:
        return None
    square = _square(code)
    found = [square._replace(bits=square.bits ^ other) for other in _masks(version, error)]
    best = min(found, key=_penalty)
    rows = f"{best.bits:0{best.stride * best.side}b}"
    return [
        rows[start + _MARGIN : start + best.stride] for start in range(0, len(rows), best.stride)
    ]


def _square(code: segno.QRCode) -> _Square:
    rows = "".join("0" * _MARGIN + "".join(map(str, row)) for row in code.matrix)
    return _Square(int(rows, 2), len(code.matrix))


@cache
def _masks(version: int, error: str) -> tuple[int, ...]:
    """The modules in which each mask differs from the first, where it is written down included."""
    squares = [
        _square(segno.make_qr("0", version=version, error=error, boost_error=False, mask=mask))
        for mask in _MASKS
    ]
    return tuple(square.bits ^ squares[0].bits for square in squares)


def _penalty(square: _Square) -> int:
    """The points of the four features of table 11; fewer are easier to scan."""
    dark, side = square
    inside = int(("0" * _MARGIN + "1" * side) * side, 2)
    both = (dark, inside ^ dark)
    points = 0
    for step in (1, square.stride):
        points += sum(_runs(colour, step) for colour in both)
        points += 40 * _finders(dark, step)
    for colour in both:
        beside = colour & colour >> 1
        points += 3 * (beside & beside >> square.stride).bit_count()
    share = dark.bit_count() * 100 / side**2
    return points + 10 * int(abs(share - 50) / 5)


def _runs(colour: int, step: int) -> int:
    """Of each run of five or more its length less two: the places where five begin, and two."""
    *_, five = accumulate(repeat(step, _RUN - 1), lambda now, by: now & now >> by, initial=colour)
    return five.bit_count() + 2 * (five & ~(five >> step)).bit_count()


def _finders(dark: int, step: int) -> int:
    """How often the middle of a corner stands beside four light modules, those outside included."""
    dark <<= _MARGIN * step
    blank, core = ~dark, -1
    for place, module in enumerate(_FINDER):
        core &= (dark if module == "1" else blank) >> place * step
    before = after = -1
    for place in range(_MARGIN):
        before &= blank << (place + 1) * step
        after &= blank >> (len(_FINDER) + place) * step
    return (core & (before | after)).bit_count()
