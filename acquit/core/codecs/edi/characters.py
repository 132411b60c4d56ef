"""Characters that a narrow character set does not have, written with those it has."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

# Letters that Unicode does not take apart, and signs with a usual replacement.
_REPLACED = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "Ø": "O",
        "ø": "o",
        "Đ": "D",
        "đ": "d",
        "Ð": "D",
        "ð": "d",
        "Þ": "TH",
        "þ": "th",
        "Ł": "L",
        "ł": "l",
        "ı": "i",
        "€": "EUR",
        "£": "GBP",
        "¥": "JPY",
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "…": "...",
        "•": "-",
        "·": ".",
        "×": "x",
        "°": "o",
        "²": "2",
        "³": "3",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\t": " ",
        "\r": " ",
        "\n": " ",
    }
)
# One space each, but a Windows line end is one line end.
_LINE_END = "\r\n"


def transliterate(text: str, has: Callable[[str], bool]) -> str:
    """The text in the characters ``has`` accepts; a question mark for what cannot be said.

    >>> transliterate("Țăranilor 5 €", str.isascii)
    'Taranilor 5 EUR'
    """
    plain = text.replace(_LINE_END, " ")
    if all(has(c) for c in plain):
        return plain
    return "".join(c if has(c) else _one(c, has) for c in plain)


def _one(character: str, has: Callable[[str], bool]) -> str:
    replaced = character.translate(_REPLACED)
    if replaced == character:
        parts = unicodedata.normalize("NFKD", character)
        replaced = "".join(c for c in parts if not unicodedata.combining(c))
    for candidate in (replaced, replaced.upper()):
        if candidate and all(has(c) for c in candidate):
            return candidate
    return "?" if has("?") else " "


def pieces(text: str, size: int, most: int) -> list[str] | None:
    """The text cut into at most ``most`` pieces of ``size`` characters, None where it is longer.

    Cuts fall on single spaces, which joining with a space restores; a word that is longer than
    a piece is cut inside.

    >>> pieces("Holzwerk Grünau GmbH", 10, 3)
    ['Holzwerk', 'Grünau', 'GmbH']
    """
    found: list[str] = []
    rest = text
    while rest:
        if len(found) == most:
            return None
        if len(rest) <= size:
            found.append(rest)
            break
        cut = rest.rfind(" ", 1, size + 1)
        if cut > 0:
            found.append(rest[:cut])
            rest = rest[cut + 1 :]
        else:
            found.append(rest[:size])
            rest = rest[size:]
    return found
