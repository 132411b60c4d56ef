"""How far loose digits of a text support a number: the end of it, or one typing error away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

TAIL, TYPO = "tail", "typo"
MISREAD = "misread"  # TYPO where the amount does not bear it out
TAIL_MIN = 4  # digits that may be the end of a number; texts have no shorter runs
TYPO_MIN = 5  # digits that may have an error in them
_ENDS = ">"  # before the end of a number
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
    amount, of which he may have thousands. Looked up is everything that a text may have meant."""

    def __init__(self, places: Sequence[int], forms: Forms) -> None:
        self._places, self._forms = places, forms
        self._index: dict[str, list[int]] = defaultdict(list)
        for at in places if len(places) > FEW else ():
            digits, _serial, padded = forms[at]
            ends = {_ENDS + digits[-TAIL_MIN:], _ENDS + padded[-TAIL_MIN:]}
            for key in ends.union(forms[at]):
                self._index[key].append(at)
        self._longest = max(map(len, self._index), default=0)
        self._signs = set().union(*self._index).difference(_ENDS)

    def supported(self, runs: Runs) -> list[tuple[int, str]]:
        """The places that the runs support, in order, with how far."""
        likely, forms, index = self._places, self._forms, self._index
        if index:
            keys = {_ENDS + digits[-TAIL_MIN:] for digits, _start, _end in runs}
            for digits, _start, _end in runs:
                keys.add(digits.lstrip("0"))
                if TYPO_MIN <= len(digits) <= self._longest + 1:
                    keys |= _one_off(digits, self._signs)
            likely = sorted({at for key in keys & index.keys() for at in index[key]})
        return [(at, kind) for at in likely if (kind := support(runs, *forms[at]))]


def _one_off(digits: str, signs: Collection[str]) -> set[str]:
    """All that are one error away, and the digits."""
    ends = range(len(digits) + 1)
    found = {digits[:at] + sign + digits[at:] for at in ends for sign in signs}
    found |= {digits[:at] + sign + digits[at + 1 :] for at in ends for sign in signs}
    found |= {digits[:at] + digits[at + 1 :] for at in ends}
    swapped = (digits[at : at + 2][::-1] for at in ends)
    return found | {digits[:at] + two + digits[at + 2 :] for at, two in enumerate(swapped)}


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
