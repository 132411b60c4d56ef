"""Money that several files of an archive tell of counts once, for ``acquit apply``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from acquit.core.documents.bank import BankLine as Entry
from acquit.core.documents.bank import content_key
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advising import AdviceRead, sign

Sum = tuple[str, date, int]  # currency, booking day and minor units of an entry of a bank


@dataclass(slots=True)
class Twins:
    """What the files read so far told: each movement as often as the one that has it most often,
    and each entry of a statement with the lines that were made of it."""

    _before: Counter[tuple[str, str]] = field(default_factory=Counter)
    _now: Counter[tuple[str, str]] = field(default_factory=Counter)
    _entries: dict[Sum, list[tuple[BankLine, ...]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def next_file(self) -> None:
        self._before |= self._now
        self._now.clear()

    def fresh(self, account: str, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The movements that no earlier file told, in their order."""
        for entry in entries:
            key = account, content_key(entry)
            self._now[key] += 1
            if self._now[key] > self._before[key]:
                yield entry

    def keep(self, pairs: Sequence[tuple[Entry, BankLine]]) -> None:
        """The lines that were made of a statement's movements."""
        for _number, group in groupby(pairs, key=lambda pair: pair[0].entry_number):
            entries, lines = zip(*group, strict=True)
            self._entries[total(entries)].append(lines)

    def told(self, notice: AdviceRead, entries: Sequence[Entry]) -> tuple[BankLine, ...] | None:
        """The lines of the statement's entry that a notice is about, None where no statement has
        it. They are empty where it may be about several: then it counts, and explains none."""
        same = self._entries.get(total(entries), [])
        if not same:
            return None
        sure = [lines for lines in same if len(lines) == 1 and sign(notice, lines[0]) != "amount"]
        only = same if len(same) == 1 else sure
        found = only[0] if len(only) == 1 else ()
        same.remove(found or same[0])
        return found


def total(entries: Sequence[Entry]) -> Sum:
    first = entries[0]
    return first.currency, first.booking_date, sum(one.amount_minor for one in entries)
