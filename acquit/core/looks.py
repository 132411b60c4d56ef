"""How the papers of a company may look and what they may say of its own; without the renderer.

Whoever only has to know these values does not load what prints (see ``codecs.pdf``).
"""

from __future__ import annotations

from dataclasses import dataclass

DESIGNS = ("modern", "classic", "compact")
PAPERS = ("a4", "us-letter")
_CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3: text on its ground


@dataclass(frozen=True, slots=True)
class Words:
    """What a company says on a paper in its own words: paragraphs before and after the table."""

    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()


NOTHING = Words()


def readable(*, colour: str) -> str:
    """The colour ``#rrggbb``, or the nearest darker shade whose contrast with white is 4.5 : 1.

    >>> readable(colour="#0f5c4d"), readable(colour="#ffcc00")
    ('#0f5c4d', '#8e7200')
    """
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for percent in range(100, -1, -1):
        shade = [part * percent // 100 for part in parts]
        if 1.05 / (_luminance(shade) + 0.05) >= _CONTRAST_MIN:
            return "#" + "".join(f"{part:02x}" for part in shade)
    return "#000000"


def _luminance(parts: list[int]) -> float:
    """The relative luminance of a colour, 0 to 1 (WCAG 2.2, definition of contrast ratio)."""
    linear = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
