"""Money that several files of an archive tell of counts once, for ``acquit apply``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import NamedTuple

from acquit.core.documents.bank import BankDay, LineStatus, Relation, content_key, joined, relation
from acquit.core.documents.bank import BankLine as Entry
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advising import AdviceRead, sign
from acquit.stages.receipts.rules.sifting import shares

TOLD = "told by another file"  # why a movement is passed over
# Account, currency, booking day and minor units of an entry of a bank.
Sum = tuple[str, str, date, int]


class _Entry(NamedTuple):
    """An entry of a statement: the content of its movements, and the lines made of them."""

    contents: tuple[str, ...]
    lines: tuple[BankLine, ...]


@dataclass(slots=True)
class Twins:
    """What the files read so far told: each movement as often as the one that has it most often,
    days with their balances, and each entry of a statement with the lines made of it."""

    _before: Counter[tuple[str, str]] = field(default_factory=Counter)
    _now: Counter[tuple[str, str]] = field(default_factory=Counter)
    _days: dict[tuple[str, date], BankDay] = field(default_factory=dict)
    _entries: dict[Sum, list[_Entry]] = field(default_factory=lambda: defaultdict(list))

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

    def of_statement(
        self, account: str, entries: Sequence[Entry], opening_minor: int | None
    ) -> list[Entry]:
        """The movements of a statement that no earlier file told. Where its balances go on from
        those before, all of the day: equal ones are twins (as ``receipts/rules/sifting.py``)."""
        counted = {one.position for one in self.fresh(account, entries)}
        booked = [one for one in entries if one.status is LineStatus.BOOKED]
        added = Counter[date]()
        for one in booked:
            added[one.booking_date] += one.amount_minor if one.position in counted else 0
        goes_on = set()
        for day, share in shares(booked, opening_minor).items():
            before, how = self._days.get((account, day)), Relation.CONTINUES
            if before is not None:
                how = relation(before, share, added_minor=added[day])
                if how is Relation.CONTINUES:
                    goes_on.add(day)
            minor = share.moved_minor if how is Relation.CONTINUES else added[day]
            self._days[account, day] = joined(before, share, added_minor=minor, relation=how)
        for one in entries:
            if one.booking_date in goes_on and one.position not in counted:
                key = account, content_key(one)
                self._now[key] -= 1
                self._before[key] += 1
                counted.add(one.position)
        return [one for one in entries if one.position in counted]

    def keep(self, account: str, pairs: Sequence[tuple[Entry, BankLine]]) -> None:
        """The lines that were made of a statement's movements."""
        for _number, group in groupby(pairs, key=lambda pair: pair[0].entry_number):
            entries, lines = zip(*group, strict=True)
            found = _Entry(tuple(map(content_key, entries)), lines)
            self._entries[total(account, entries)].append(found)

    def use_up(self, account: str, entries: Sequence[Entry]) -> None:
        """The entry that a notice tells in the statement's own words: no other one is about it."""
        same = self._same(account, entries)
        contents = tuple(map(content_key, entries))
        if found := next((one for one in same if one.contents == contents), None):
            same.remove(found)

    def told(
        self, account: str, notice: AdviceRead, entries: Sequence[Entry]
    ) -> tuple[BankLine, ...] | None:
        """The lines of the statement's entry that a notice is about, None where no statement of
        the account has it. They are empty where it may be about several: then it counts, and
        explains none."""
        same = self._same(account, entries)
        if not same:
            return None
        sure = [
            one for one in same if len(one.lines) == 1 and sign(notice, one.lines[0]) != "amount"
        ]
        only = same if len(same) == 1 else sure
        found = only[0] if len(only) == 1 else None
        same.remove(found or same[0])
        return found.lines if found else ()

    def _same(self, account: str, entries: Sequence[Entry]) -> list[_Entry]:
        """Entries of that sum and day; those of tables that name no account may be of any."""
        return self._entries.get(total(account, entries)) or self._entries.get(
            total("", entries), []
        )


def total(account: str, entries: Sequence[Entry]) -> Sum:
    first = entries[0]
    minor = sum(one.amount_minor for one in entries)
    return account, first.currency, first.booking_date, minor
