"""What the lines of a run can ask the books for. Of millions of documents most are never asked for:
an index of those that are is ten times smaller, and is made in less time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acquit.core.text import normalize_reference
from acquit.stages.matching.rules.charges import amounts_of
from acquit.stages.matching.rules.inputs import Advice, BankLine
from acquit.stages.matching.rules.reading import lookups, read

_PER_LINE = 512  # bits for each line, which has some twenty keys
_LEAST = 2**16


class Asked:
    """Keys and amounts that the lines and advices can be looked up under.

    Each key is a bit at the place its hash says, not kept itself: one key in thirty that nobody
    asks for seems to be asked. It is indexed, and nobody finds it. ``texts`` are those of the
    lines, read on the way.
    """

    def __init__(self, lines: Sequence[BankLine], advices: Iterable[Advice]) -> None:
        self.texts = [line.parts or read(line.text) for line in lines]
        self.amounts = amounts_of(lines, self.texts)
        size = 1 << (max(_LEAST, _PER_LINE * len(lines)) // 8).bit_length()
        self._bits, self._mask = bytearray(size), size - 1
        for text in self.texts:
            self._mark(lookups(text))
        for line in lines:
            if line.end_to_end:
                self._mark(lookups(read(line.end_to_end)))
        for advice in advices:
            for part in advice.parts:
                self._mark((normalize_reference(part.number), *lookups(read(part.number))))

    def _mark(self, keys: Iterable[str]) -> None:
        bits, mask = self._bits, self._mask
        for place in map(hash, keys):
            bits[place >> 3 & mask] |= 1 << (place & 7)

    def places(self, keys: Iterable[str]) -> list[int]:
        """Where among these keys are those that are asked."""
        bits, mask = self._bits, self._mask
        return [
            at
            for at, place in enumerate(map(hash, keys))
            if bits[place >> 3 & mask] >> (place & 7) & 1
        ]
