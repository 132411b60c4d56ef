"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from collections.abc import Iterator

from acquit.stages.matching.rules.mentions import Named
from acquit.stages.matching.rules.reading import joined

TAIL, TYPO = "tail", "typo"
TAIL_MIN = 4
TYPO_MIN = 5  # digits that may have an error in them


def support(named: Named, number: str, serial: str) -> str:
    """TAIL when the text ends the number, TYPO when it is one error away, else ""."""
    kind = ""
    for found, _start, _end in _alike(named, number, serial):
        if found == TAIL:
            return TAIL
        kind = kind or found
    return kind


def place(named: Named, number: str, serial: str, kind: str) -> tuple[int, int]:
    """Where in the folded text the digits stand that support the number so; -1 twice: nowhere."""
    for found, start, end in _alike(named, number, serial):
        if found == kind:
            return start, end
    return -1, -1


def _alike(named: Named, number: str, serial: str) -> Iterator[tuple[str, int, int]]:
    digits = "".join(c for c in number if c.isdigit())
    pieces = named.text.pieces
    for at, piece in enumerate(pieces):
        if not piece.text.isdigit() and not _is_digits_but_o(piece.text):
            continue
        for key, after in joined(named.text, at):
            found = _one(key.replace("O", "0"), digits, serial)
            if found:
                yield found, piece.start, pieces[after - 1].end


def _is_digits_but_o(text: str) -> bool:
    return text == "O"


def _one(key: str, digits: str, serial: str) -> str:
    if not key.isdigit():
        return ""
    bare, padded = key.lstrip("0"), serial.zfill(6)
    is_end = digits.endswith(key) or padded.endswith(key) or bare == serial
    if is_end and len(key) >= TAIL_MIN:
        return TAIL
    if len(key) >= TYPO_MIN:
        for whole in (digits, padded, serial):
            if len(whole) >= TYPO_MIN and is_one_error(key, whole):
                return TYPO
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
