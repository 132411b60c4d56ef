"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from acquit.stages.matching.rules.mentions import Named
from acquit.stages.matching.rules.reading import joined

TAIL_MIN = 4
TYPO_MIN = 5  # digits that may have an error in them


def support(named: Named, number: str, serial: str) -> str:
    """ "tail" when the text ends the number, "typo" when it is one error away, else ""."""
    digits = "".join(c for c in number if c.isdigit())
    kind = ""
    for at, piece in enumerate(named.text.pieces):
        if not piece.text.isdigit() and not _is_digits_but_o(piece.text):
            continue
        for key, _after in joined(named.text, at):
            found = _one(key.replace("O", "0"), digits, serial)
            if found == "tail":
                return "tail"
            kind = kind or found
    return kind


def _is_digits_but_o(text: str) -> bool:
    return text == "O"


def _one(key: str, digits: str, serial: str) -> str:
    if not key.isdigit():
        return ""
    bare, padded = key.lstrip("0"), serial.zfill(6)
    is_end = digits.endswith(key) or padded.endswith(key) or bare == serial
    if is_end and len(key) >= TAIL_MIN:
        return "tail"
    if len(key) >= TYPO_MIN:
        for whole in (digits, padded, serial):
            if len(whole) >= TYPO_MIN and is_one_error(key, whole):
                return "typo"
    return ""


def is_one_error(one: str, other: str) -> bool:
    """Whether one digit is wrong, missing or too many, or two neighbours are swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    if len(one) == len(other):
        if one[start + 1 :] == other[start + 1 :]:
            return True
        swapped = one[start : start + 2][::-1] == other[start : start + 2]
        return swapped and one[start + 2 :] == other[start + 2 :]
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[start + 1 :] == shorter[start:]
