"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from acquit.stages.matching.rules.mentions import Named

TAIL, TYPO = "tail", "typo"
MISREAD = "misread"  # TYPO where the amount does not bear it out
TYPO_MIN = 5  # digits that may have an error in them


def support(named: Named, digits: str, serial: str, padded: str) -> str:
    """TAIL when the text ends the number, TYPO when it is one error away, else "". ``digits`` are
    all of the number, ``serial`` its last group, ``padded`` that with zeros in front."""
    kind = ""
    for key, _start, _end in named.runs:
        if digits.endswith(key) or padded.endswith(key) or key.lstrip("0") == serial:
            return TAIL
        if not kind and len(key) >= TYPO_MIN and _is_typo(key, digits, serial, padded):
            kind = TYPO
    return kind


def place(named: Named, digits: str, serial: str, padded: str, kind: str) -> tuple[int, int]:
    """Where in the folded text the digits stand that support the number so; -1 twice: nowhere."""
    for key, start, end in named.runs:
        if _one(key, digits, serial, padded) == kind:
            return start, end
    return -1, -1


def _one(key: str, digits: str, serial: str, padded: str) -> str:
    if digits.endswith(key) or padded.endswith(key) or key.lstrip("0") == serial:
        return TAIL
    return TYPO if len(key) >= TYPO_MIN and _is_typo(key, digits, serial, padded) else ""


def _is_typo(key: str, digits: str, serial: str, padded: str) -> bool:
    size = len(key)
    for whole in (digits, serial) if padded == serial else (digits, padded, serial):
        if -2 < size - len(whole) < 2 and len(whole) >= TYPO_MIN and is_one_error(key, whole):
            return True
    return False


def is_one_error(one: str, other: str) -> bool:
    """Whether one digit is wrong, missing or too many, or two neighbours are swapped."""
    longer_by = len(one) - len(other)
    if abs(longer_by) > 1 or one == other:
        return False
    most = (len(one) - (longer_by > 0) - 1) // 2  # so many are before the error, or behind it
    if most and one[:most] != other[:most] and one[-most:] != other[-most:]:
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
