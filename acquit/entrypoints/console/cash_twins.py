"""Money that several files of an archive tell of counts once, for ``acquit apply``."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import count, groupby, islice
from typing import NamedTuple
from uuid import UUID, uuid5

from acquit.core.documents.bank import BankLine as Entry
from acquit.core.documents.bank import LineStatus, Relation, content_key
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.accounts import account_named
from acquit.stages.receipts.rules.advising import AdviceRead, sign
from acquit.stages.receipts.rules.sifting import Known, Piece
from acquit.stages.receipts.rules.signs import Signed

TOLD = "told by another file"  # why a movement is passed over
# Account, currency, booking day and minor units of an entry of a bank.
Sum = tuple[UUID, str, date, int]
_ACCOUNTS = UUID(int=0)  # within it an account has its key


class _Entry(NamedTuple):
    """An entry of a statement: the content of its movements, and the lines made of them."""

    contents: tuple[str, ...]
    lines: tuple[BankLine, ...]


class _Same:
    """Entries of one sum and day that wait for a notice, in their order. A day may have thousands:
    none is looked at again for each notice."""

    def __init__(self) -> None:
        self.left: OrderedDict[int, _Entry] = OrderedDict()  # the first is found at once
        self._words: dict[tuple[str, ...], list[int]] = {}
        self._signed = Signed()
        self._places = count()

    def add(self, entries: Sequence[_Entry]) -> None:
        for entry in reversed(entries):  # so that the first of equal ones stands last, to be popped
            place = next(self._places)
            self.left[place] = entry
            self.left.move_to_end(place, last=False)
            self._words.setdefault(entry.contents, []).append(place)
            if len(entry.lines) == 1:
                self._signed.add(place, entry.lines[0])

    def use_up(self, contents: tuple[str, ...]) -> None:
        waiting = self._words.get(contents, [])
        while waiting:
            if (place := waiting.pop()) in self.left:
                self._take(place)
                return

    def told(self, notice: AdviceRead) -> tuple[BankLine, ...]:
        sure = self.left if len(self.left) == 1 else self._sure(notice)
        only = list(islice(sure, 2))
        place = only[0] if len(only) == 1 else next(iter(self.left))
        entry = self._take(place)
        return entry.lines if len(only) == 1 else ()

    def _sure(self, notice: AdviceRead) -> Iterator[int]:
        for place in self._signed.likely(notice):
            if sign(notice, self.left[place].lines[0]) != "amount":
                yield place

    def _take(self, place: int) -> _Entry:
        self._signed.take(place)
        return self.left.pop(place)


class Fresh(NamedTuple):
    """The movements of a statement that no earlier file told. ``guessed`` are those that were left
    out without proof: another syntax tells as much money of the day, in other words."""

    entries: list[Entry]
    guessed: list[Entry]


@dataclass(slots=True)
class _Account:
    """An account as the file names it that told of it first; ``iban`` is that name squeezed."""

    name: str
    currency: str
    iban: str
    key: UUID


@dataclass(slots=True)
class Twins:
    """What the files read so far told: the movements of statements as the import knows them, those
    of notices as often as the one that has them most often, and each entry of a statement with the
    lines made of it."""

    _known: Known = field(default_factory=lambda: Known({}, {}, is_mixed=True))
    _accounts: list[_Account] = field(default_factory=list)
    _file: int = 0
    _before: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    _now: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    _entries: dict[Sum, list[_Entry]] = field(default_factory=lambda: defaultdict(list))
    _asked: dict[Sum, _Same] = field(default_factory=dict)  # sums of which a notice came

    def next_file(self) -> None:
        self._file += 1
        self._before |= self._now
        self._now.clear()

    def account(self, name: str, currency: str) -> UUID:
        """An account, whether files name it by its IBAN or as its country does. One that a file
        does not name is that of no other."""
        for known in self._accounts:
            if (known.name, known.currency) == (name, currency):
                return known.key
        iban = "".join(name.split()).upper()
        key = uuid5(_ACCOUNTS, f"{iban}/{currency}")
        this = _Account(name, currency, iban, key)
        before = account_named(name, currency=currency, accounts=self._accounts) if name else None
        if before is None and name:
            meant = [one for one in self._accounts if one.name and _means(one, this)]
            before = meant[0] if len(meant) == 1 else None
        this.key = before.key if before else key
        self._accounts.append(this)
        return this.key

    def fresh(self, account: UUID, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The movements of a notice that no earlier file told, in their order."""
        for entry in entries:
            key = account, content_key(entry)
            self._now[key] += 1
            stored = self._known.lines.get(key)
            if self._now[key] > max(self._before[key], stored.top if stored else 0):
                yield entry

    def of_statement(
        self, account: UUID, entries: Sequence[Entry], opening_minor: int | None, *, syntax: str
    ) -> Fresh:
        """The movements of a statement that no earlier file told, in whatever syntax: told by its
        balances first, then by counting, as the import does (``receipts/rules/sifting.py``). Where
        neither proves anything, equal money of a day is the same money."""
        booked = tuple(one for one in entries if one.status is LineStatus.BOOKED)
        if not booked:
            return Fresh(list(entries), [])
        keys = tuple(map(content_key, booked))
        same_words = {
            one.position
            for one, key in zip(booked, keys, strict=True)
            if (account, key) in self._known.lines
        }
        piece = Piece(account, booked[0].currency, opening_minor, booked, keys)
        take = partial(self._known.take, [piece], digest=str(self._file), syntax=syntax, apart=True)
        sifted = take()
        if in_doubt := bool(sifted.doubts):
            sifted = take(judged=Relation.REPEATS)
        new = {one.line.position for one in sifted.fresh[0]}
        left_out = [one for one in booked if one.position not in new]
        return Fresh(
            [one for one in entries if one.status is not LineStatus.BOOKED or one.position in new],
            [one for one in left_out if in_doubt and one.position not in same_words],
        )

    def keep(self, account: UUID, pairs: Sequence[tuple[Entry, BankLine]]) -> None:
        """The lines that were made of a statement's movements."""
        for _number, group in groupby(pairs, key=lambda pair: pair[0].entry_number):
            entries, lines = zip(*group, strict=True)
            found = _Entry(tuple(map(content_key, entries)), lines)
            self._entries[total(account, entries)].append(found)

    def use_up(self, account: UUID, entries: Sequence[Entry]) -> None:
        """The entry that a notice tells in the statement's own words: no other one is about it."""
        self._same(account, entries).use_up(tuple(map(content_key, entries)))

    def told(
        self, account: UUID, notice: AdviceRead, entries: Sequence[Entry]
    ) -> tuple[BankLine, ...] | None:
        """The lines of the statement's entry that a notice is about, None where no statement of
        the account has it. They are empty where it may be about several: then it counts, and
        explains none."""
        same = self._same(account, entries)
        return same.told(notice) if same.left else None

    def _same(self, account: UUID, entries: Sequence[Entry]) -> _Same:
        """Entries of that sum and day; those of tables that name no account may be of any."""
        same = self._waiting(total(account, entries))
        any_account = self.account("", entries[0].currency)
        return same if same.left else self._waiting(total(any_account, entries))

    def _waiting(self, asked: Sum) -> _Same:
        same = self._asked.setdefault(asked, _Same())
        same.add(self._entries.pop(asked, ()))
        return same


def _means(earlier: _Account, this: _Account) -> bool:
    return account_named(earlier.name, currency=earlier.currency, accounts=[this]) is not None


def total(account: UUID, entries: Sequence[Entry]) -> Sum:
    first = entries[0]
    minor = sum(one.amount_minor for one in entries)
    return account, first.currency, first.booking_date, minor
