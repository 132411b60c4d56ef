"""Many lines of one sum, found by what an advice may share with them. Pure.

To compare each advice with each line (``advising.sign``) takes as long as both numbers multiplied,
and a day may have thousands of one sum.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from acquit.core.text import name_key
from acquit.stages.receipts.rules.advising import AdviceRead, LineLike

_LETTERS = 4  # of a piece; a number or document that is shorter is no sign
_SIGN_OFF = re.compile(r"[^a-z0-9]")
Queue = list[int]  # places, of which the last is asked for first


@dataclass(slots=True)
class Signed:
    """Lines by their places; one that is taken is found no more."""

    _lines: dict[int, LineLike] = field(default_factory=dict)
    _pieces: dict[str, Queue] = field(default_factory=lambda: defaultdict(list))
    _others: dict[tuple[str, str], Queue] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: int, line: LineLike) -> None:
        self._lines[place] = line
        for piece in _pieces(f"{line.text} {line.end_to_end}"):
            self._pieces[piece].append(place)
        for other in _others(line.payer_iban, line.payer_name):
            self._others[other].append(place)

    def take(self, place: int) -> None:
        self._lines.pop(place, None)

    def likely(self, advice: AdviceRead) -> Iterator[int]:
        """Every line with a sign of the advice but the sum, each once, among some without one."""
        told: set[int] = set()
        for queue in self._queues(advice):
            while queue and queue[-1] not in self._lines:
                queue.pop()  # one that was taken is passed once
            for place in reversed(queue):
                if place in self._lines and place not in told:
                    told.add(place)
                    yield place

    def _queues(self, advice: AdviceRead) -> Iterator[Queue]:
        for name in (advice.number, *(part.document for part in advice.parts)):
            if pieces := _pieces(name):
                rarest = min(pieces, key=lambda piece: len(self._pieces.get(piece, ())))
                yield self._pieces.get(rarest, [])
            elif len(name) > _LETTERS:  # in letters of another script
                yield list(self._lines)
        for other in _others(advice.payer_iban, advice.payer_name):
            yield self._others.get(other, [])


def _pieces(text: str) -> set[str]:
    """What stands in a text is in it piece by piece, without signs and spaces."""
    plain = _SIGN_OFF.sub("", text.lower())
    return {plain[at : at + _LETTERS] for at in range(len(plain) - _LETTERS + 1)}


def _others(iban: str, name: str) -> list[tuple[str, str]]:
    key = name_key(name)
    return [pair for pair in (("iban", iban), ("name", key)) if pair[1]]
