"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

TAIL, TYPO = "tail", "typo"
MISREAD = "misread"  # TYPO where the amount does not bear it out
TAIL_MIN = 4  # digits that may be the end of a number; texts have no shorter runs
TYPO_MIN = 5  # digits that may have an error in them
_ENDS, _IS = ">", "="  # before the end of a number, and its last group, in an index of both
FEW = 16  # numbers that are sooner looked at one by one than indexed

Runs = Sequence[tuple[str, int, int]]  # digits of a text, with where they begin and end
Forms = Mapping[int, tuple[str, str, str]]  # place of a number -> its digits, serial, padded


def support(runs: Runs, digits: str, serial: str, padded: str) -> str:
    """TAIL when one of the runs ends the number, TYPO when it is one error away, else "".
    ``digits`` are all of the number, ``serial`` its last group, ``padded`` that with zeros."""
    kind = ""
    for key, _start, _end in runs:
        if digits.endswith(key) or padded.endswith(key) or key.lstrip("0") == serial:
            return TAIL
        if not kind and len(key) >= TYPO_MIN and _is_typo(key, digits, serial, padded):
            kind = TYPO
    return kind


class Alike:
    """Numbers that many texts are compared with: those of the claims of one customer that have one
    amount, of which he may have thousands. Found by how they end, and by what is left of them
    without one digit, which is the same where one is wrong, missing, too many or swapped."""

    def __init__(self, places: Sequence[int], forms: Forms) -> None:
        self._places, self._forms = places, forms
        self._index: dict[str, list[int]] = defaultdict(list)
        for at in places if len(places) > FEW else ():
            for key in _keys(forms[at]):
                self._index[key].append(at)

    def supported(self, runs: Runs) -> list[tuple[int, str]]:
        """The places that the runs support, in order, with how far."""
        likely, forms = self._places, self._forms
        if len(likely) > FEW:
            keys = {key for digits, _start, _end in runs for key in _asked(digits)}
            likely = sorted({at for key in keys & self._index.keys() for at in self._index[key]})
        return [(at, kind) for at in likely if (kind := support(runs, *forms[at]))]


def _keys(forms: tuple[str, str, str]) -> set[str]:
    """What a number is found under."""
    digits, serial, padded = forms
    found = {_ENDS + digits[-TAIL_MIN:], _ENDS + padded[-TAIL_MIN:], _IS + serial}
    for whole in {digits, serial, padded}:
        if len(whole) >= TYPO_MIN:
            found |= _without_one(whole)
    return found


def _asked(digits: str) -> set[str]:
    """What all numbers are found under that a run of digits may support."""
    found = _without_one(digits) if len(digits) >= TYPO_MIN else set()
    return found | {_ENDS + digits[-TAIL_MIN:], _IS + digits.lstrip("0")}


def _without_one(digits: str) -> set[str]:
    return {digits, *(digits[:at] + digits[at + 1 :] for at in range(len(digits)))}


def place(runs: Runs, digits: str, serial: str, padded: str, kind: str) -> tuple[int, int]:
    """Where in the folded text the digits stand that support the number so; -1 twice: nowhere."""
    for key, start, end in runs:
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
