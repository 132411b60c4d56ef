"""Finding known references in the text of a payment.

Payers write references in their own way: ``INV-2026-000123`` becomes ``inv 2026/000123`` or is
wrapped over two lines. An index is built once from the references that are open; each text is
then searched for all of them. Only whole references are found: never a number that is a part of
a longer one. Typing errors, ranges and cut references are not guessed at here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from acquit.core.text import fold, normalize_reference

K = TypeVar("K")

LENGTH_MIN = 3  # letters and digits; shorter ones are in every text
GAP_MAX = 3  # characters between two parts of a reference, such as " - "
LONG_ENOUGH_MIXED = 8  # from here a reference of letters and digits may be broken anywhere
LONG_ENOUGH_DIGITS = 10  # the same for digits alone, which dates and amounts look like
LETTERS_MIN = 3  # a prefix of so many letters is recognised inside a longer word too
_PREFIX = 4
_CHAIN = frozenset("-/._,")  # between two numbers these make one longer number or a list


@dataclass(frozen=True, slots=True)
class Found(Generic[K]):
    """One place of the text that names a reference: ``text[start:end]``.

    ``keys`` are all that are known by it, several when references only differ in punctuation.
    ``is_exact``: the text has it letter by letter as one of them is written.
    """

    start: int
    end: int
    keys: tuple[K, ...]
    references: tuple[str, ...]
    is_exact: bool


@dataclass(slots=True)
class _Known(Generic[K]):
    """References with one normalised form; ``breaks`` are places where a gap is natural."""

    breaks: set[int] = field(default_factory=set)
    entries: list[tuple[str, K]] = field(default_factory=list)


class ReferenceIndex(Generic[K]):
    """Known references, ready to be found; build it once per batch.

    ``unusable`` lists the references that are too short or have no digit, which would be found
    everywhere and are therefore never looked for.
    """

    def __init__(self, known: Iterable[tuple[str, K]]) -> None:
        self.unusable: list[tuple[str, K]] = []
        self._known: dict[str, _Known[K]] = {}
        lengths: dict[str, set[int]] = {}
        for reference, key in known:
            normal = normalize_reference(reference)
            if len(normal) < LENGTH_MIN or not any(c.isdigit() for c in normal):
                self.unusable.append((reference, key))
                continue
            entry = self._known.get(normal)
            if entry is None:
                entry = self._known[normal] = _Known()
                lengths.setdefault(normal[:_PREFIX], set()).add(len(normal))
            entry.entries.append((reference, key))
            entry.breaks |= _natural_breaks(reference)
        self._lengths = {
            prefix: tuple(sorted(found, reverse=True)) for prefix, found in lengths.items()
        }
        self._short = sorted({len(prefix) for prefix in self._lengths}, reverse=True)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, text: str) -> list[Found[K]]:
        """All known references in the text, in order; of overlapping ones the longest."""
        normal, places = _normalised(text)
        found: list[Found[K]] = []
        at = 0
        while at < len(normal):
            hit = self._longest_at(at, normal, places, text)
            if hit is None:
                at += 1
                continue
            length, match = hit
            found.append(match)
            at += length
        return found

    def _longest_at(
        self, at: int, normal: str, places: list[int], text: str
    ) -> tuple[int, Found[K]] | None:
        for size in self._short:
            for length in self._lengths.get(normal[at : at + size], ()):
                known = self._known.get(normal[at : at + length])
                if known is None or at + length > len(normal):
                    continue
                span = places[at : at + length]
                if _gaps_fit(normal[at : at + length], span, known.breaks) and self._is_whole(
                    text, span[0], span[-1] + 1, normal[at : at + length]
                ):
                    return length, _found(known, text, span[0], span[-1] + 1)
        return None

    def _is_whole(self, text: str, start: int, end: int, normal: str) -> bool:
        """Whether the place is not a piece of a longer number or word."""
        before, after = text[start - 1 : start], text[end : end + 1]
        if normal[0].isdigit():
            if before.isdigit() or (before in _CHAIN and self._is_chained(text, start - 1, -1)):
                return False
        elif before.isalpha():
            letters = len(normal) - len(normal.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            if letters < LETTERS_MIN:
                return False
        if normal[-1].isdigit():
            return not (after.isdigit() or (after in _CHAIN and self._is_chained(text, end, 1)))
        return not after.isalnum()

    def _is_chained(self, text: str, mark: int, step: int) -> bool:
        """Whether the mark joins this number with another one that is not known by itself.

        ``101/102`` is a list when 102 is known too; ``2026/0042`` is one longer number.
        """
        if not text[mark : mark + 1]:
            return False
        at = mark + step
        while 0 <= at < len(text) and text[at].isdigit():
            at += step
        digits = text[mark + 1 : at] if step > 0 else text[at + 1 : mark]
        return bool(digits) and normalize_reference(digits) not in self._known


def _natural_breaks(reference: str) -> set[int]:
    """Positions in the normalised form where the reference itself has something in between."""
    breaks: set[int] = set()
    normal, places = _normalised(reference)
    for index in range(1, len(normal)):
        is_parted = places[index] - places[index - 1] > 1
        if is_parted or normal[index].isdigit() != normal[index - 1].isdigit():
            breaks.add(index)
    return breaks


def _gaps_fit(normal: str, span: list[int], breaks: set[int]) -> bool:
    """Whether what stands between the characters in the text is harmless.

    Between natural parts a short gap is. Inside a run of digits it is so only for long
    references, because "1234 5" is not the number 12345 and "2026-01-05" is a day.
    """
    is_mixed = not normal.isdigit()
    is_long = len(normal) >= (LONG_ENOUGH_MIXED if is_mixed else LONG_ENOUGH_DIGITS)
    for index in range(1, len(span)):
        gap = span[index] - span[index - 1] - 1
        if gap > GAP_MAX or (gap > 0 and index not in breaks and not is_long):
            return False
    return True


def _found(known: _Known[K], text: str, start: int, end: int) -> Found[K]:
    references = tuple(dict.fromkeys(reference for reference, _key in known.entries))
    keys = tuple(dict.fromkeys(key for _reference, key in known.entries))
    return Found(start, end, keys, references, text[start:end] in references)


def _normalised(text: str) -> tuple[str, list[int]]:
    """The letters and digits of the text in their normal form, and where each one stands."""
    characters: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for normal in _normal_form(character):
            characters.append(normal)
            places.append(index)
    return "".join(characters), places


@lru_cache(maxsize=4096)
def _normal_form(character: str) -> str:
    return normalize_reference(fold(character))
