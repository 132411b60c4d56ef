"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from acquit.stages.matching.rules.mentions import Named

TAIL, TYPO = "tail", "typo"
TAIL_MIN = 4
TYPO_MIN = 5  # digits that may have an error in them


def support(named: Named, digits: str, serial: str) -> str:
    """TAIL when the text ends the number, TYPO when it is one error away, else "". ``digits`` are
    all of the number, ``serial`` its last group."""
    kind = ""
    padded = serial.zfill(6)
    for key, _start, _end in named.runs:
        found = _one(key, digits, serial, padded)
        if found == TAIL:
            return TAIL
        kind = kind or found
    return kind


def place(named: Named, digits: str, serial: str, kind: str) -> tuple[int, int]:
    """Where in the folded text the digits stand that support the number so; -1 twice: nowhere."""
    padded = serial.zfill(6)
    for key, start, end in named.runs:
        if _one(key, digits, serial, padded) == kind:
            return start, end
    return -1, -1


def _one(key: str, digits: str, serial: str, padded: str) -> str:
    size = len(key)
    if size < TAIL_MIN:
        return ""
    if digits.endswith(key) or padded.endswith(key) or key.lstrip("0") == serial:
        return TAIL
    if size >= TYPO_MIN:
        for whole in (digits, padded, serial):
            if len(whole) >= TYPO_MIN and is_one_error(key, whole):
                return TYPO
    return ""


def is_one_error(one: str, other: str) -> bool:
    """Whether one digit is wrong, missing or too many, or two neighbours are swapped."""
    longer_by = len(one) - len(other)
    if abs(longer_by) > 1 or one == other:
        return False
    start = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        start += 1
    if not longer_by:
        if one[start + 1 :] == other[start + 1 :]:
            return True
        swapped = one[start : start + 2][::-1] == other[start : start + 2]
        return swapped and one[start + 2 :] == other[start + 2 :]
    longer, shorter = (one, other) if longer_by > 0 else (other, one)
    return longer[start + 1 :] == shorter[start:]
