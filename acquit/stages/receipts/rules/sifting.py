"""Which movements of a bank file are new: balances first, then counting. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, TypeVar
from uuid import UUID

from acquit.core.documents.bank import BankDay, BankLine, Relation, content_key, joined, relation
from acquit.core.faults import Fault
from acquit.core.money import Money


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of one account as it is taken. ``opening_minor`` is None where its balances
    are missing or do not agree with its movements; ``keys`` are the lines' content keys, where
    somebody has them already."""

    account_id: UUID
    currency: str
    opening_minor: int | None
    lines: tuple[BankLine, ...]
    keys: tuple[str, ...] = ()


class NewLine(NamedTuple):
    """A movement to be stored: the n-th of its content on the account."""

    line: BankLine
    key: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What the account has of one content key: the highest occurrence, and the number of lines
    by the digest of the file that brought them."""

    top: int = 0
    by_file: Mapping[str, int] = field(default_factory=dict)

    def followed(self, digest: str) -> Stored:
        """With one more line, brought by the file."""
        by_file = {**self.by_file, digest: self.by_file.get(digest, 0) + 1}
        return Stored(self.top + 1, by_file)


@dataclass(frozen=True, slots=True)
class Sifted:
    """Per piece its new movements; ``doubts`` say which days nothing can be proven of, and then
    nothing of the file may be booked."""

    fresh: tuple[tuple[NewLine, ...], ...]
    doubts: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A stored movement as another syntax told it: its words differ, so its content key does."""

    syntax: str
    key: str
    amount_minor: int
    references: frozenset[str]


_NO_REFERENCE = frozenset({"", "notprovided", "nonref", "ntav"})
Account = UUID
Row = tuple[int, BankLine, str]  # the piece's index, the movement, its key


@dataclass(slots=True)
class Known:
    """What the accounts in hand hold, brought forward from file to file of one batch."""

    lines: dict[tuple[Account, str], Stored]
    days: dict[tuple[Account, date], BankDay]
    touched: set[tuple[Account, date]] = field(default_factory=set)
    otherwise: dict[tuple[Account, date], list[Told]] = field(default_factory=dict)
    is_mixed: bool = False  # the files in hand are in more than one syntax

    def took_whole(self, pieces: Sequence[Piece]) -> bool:
        """Whether nothing at all is known of the days of one file, so that all of its movements are
        new (:func:`told_apart`) and nothing can be in doubt. Its days are known from now on, its
        movements are not: for the only file of a batch."""
        if self.lines or self.otherwise or self.is_mixed:
            return False
        found: dict[tuple[Account, date], list[BankDay]] = {}
        for piece in pieces:
            for day, share in shares(piece.lines, piece.opening_minor).items():
                found.setdefault((piece.account_id, day), []).append(share)
        if not self.days.keys().isdisjoint(found):
            return False
        days = {at: _whole(parts) for at, parts in found.items()}
        self.days.update(days)
        self.touched.update(days)
        return True

    def take(
        self,
        pieces: Sequence[Piece],
        *,
        digest: str,
        syntax: str,
        apart: bool = False,
        judged: Relation = Relation.UNPROVEN,
    ) -> Sifted:
        """Tell the new movements of one file and count them as known from now on.

        ``apart`` leaves out of the comparison what the same file brought before (its statements
        are accepted one by one, and each movement stands in only one of them); ``judged`` is
        what a person said of the days that the balances prove nothing of.
        """
        fresh: list[list[NewLine]] = [[] for _ in pieces]
        doubts: list[Fault] = []
        arrived: dict[tuple[Account, date], list[Told]] = {}
        lines: dict[tuple[Account, str], Stored] = {}
        days: dict[tuple[Account, date], BankDay] = {}
        first = Stored(1, {digest: 1})
        parts = [shares(piece.lines, piece.opening_minor) for piece in pieces]
        for (account, day), rows in _by_day(pieces).items():
            whole = _whole([parts[index][day] for index in sorted({row[0] for row in rows})])
            hits, counted = _counted(rows, self.lines, account, digest if apart else "")
            others = [
                told for told in self.otherwise.get((account, day), ()) if told.syntax != syntax
            ]
            paired, counted, sure = _paired(counted, self._left(others, hits, account))
            sure = sure and all(line.bank_reference for _n, line, _key in hits)
            hits += paired
            before = self.days.get((account, day))
            added = sum(line.amount_minor for _n, line, _key in counted)
            how = _relation(before, whole, bool(hits), sure=sure, added_minor=added)
            if how is Relation.UNPROVEN and others and _same_stretch(before, whole):
                how, counted = Relation.REPEATS, []
            by_hand = how is Relation.UNPROVEN and judged is not Relation.UNPROVEN
            if how is Relation.UNPROVEN and not by_hand:
                doubts.append(_doubt(pieces[rows[0][0]].currency, day, len(hits), before, whole))
            new = rows if (judged if by_hand else how) is Relation.CONTINUES else counted
            for index, line, key in new:
                what = (account, key)
                stored = lines.get(what) or self.lines.get(what)
                lines[what] = stored.followed(digest) if stored else first
                fresh[index].append(NewLine(line, key, lines[what].top))
                if self.is_mixed:
                    told = Told(syntax, key, line.amount_minor, _references(line))
                    arrived.setdefault((account, day), []).append(told)
            moved = sum(line.amount_minor for _n, line, _key in new)
            days[account, day] = joined(before, whole, added_minor=moved, relation=how)
        if doubts:
            return Sifted(tuple(() for _ in pieces), tuple(doubts))
        for at, came in arrived.items():
            self.otherwise.setdefault(at, []).extend(came)
        self.lines.update(lines)
        self.days.update(days)
        self.touched.update(days)
        return Sifted(tuple(tuple(sorted(new, key=_position)) for new in fresh), ())

    def _left(self, others: Sequence[Told], hits: Sequence[Row], account: Account) -> list[Told]:
        """What counting did not use up of the movements told in other syntaxes; it uses those of
        its own syntax first."""
        if not hits:
            return list(others)
        theirs = Counter(told.key for told in others)
        used: Counter[str] = Counter()
        for key, number in Counter(row[2] for row in hits).items():
            own = sum(self.lines[account, key].by_file.values()) - theirs[key]
            used[key] = max(0, number - own)
        left = []
        for told in others:
            used[told.key] -= 1
            if used[told.key] < 0:
                left.append(told)
        return left


T = TypeVar("T")


def in_turn(movements: Iterable[T], *, day: Callable[[T], date]) -> Iterator[T]:
    """Day by day, in their order; each is let go of when the next one is asked for."""
    waiting = sorted(movements, key=day)
    waiting.reverse()
    while waiting:
        yield waiting.pop()


Tops = dict[date, dict[str, int]]


def told_apart(lines: Iterable[BankLine], tops: Tops, *, is_last: bool) -> Iterator[NewLine]:
    """Movements of which none is known, day by day. ``tops`` counts those of each day and content
    on their account, as far as later statements of it need to know."""
    day, counts = None, dict[str, int]()
    for line in in_turn(lines, day=_booked_on):
        if line.booking_date != day:
            day = line.booking_date
            counts = tops.pop(day, {}) if is_last else tops.setdefault(day, {})
        key = content_key(line)
        top = counts[key] = counts.get(key, 0) + 1
        yield NewLine(line, key, top)


_booked_on: Callable[[BankLine], date] = attrgetter("booking_date")


def _position(new: NewLine) -> int:
    return new.line.position


def _by_day(pieces: Sequence[Piece]) -> dict[tuple[Account, date], list[Row]]:
    days: dict[tuple[Account, date], list[Row]] = {}
    for index, piece in enumerate(pieces):
        keys = piece.keys or map(content_key, piece.lines)
        mine: dict[date, list[Row]] = {}
        for line, key in zip(piece.lines, keys, strict=True):
            mine.setdefault(line.booking_date, []).append((index, line, key))
        for day, rows in mine.items():
            days.setdefault((piece.account_id, day), []).extend(rows)
    return days


def shares(lines: Iterable[BankLine], opening_minor: int | None) -> dict[date, BankDay]:
    """The balances of a statement around each of its booking days."""
    moved: dict[date, int] = {}
    for line in lines:
        moved[line.booking_date] = moved.get(line.booking_date, 0) + line.amount_minor
    if opening_minor is None:
        return {day: BankDay(None, None, minor) for day, minor in moved.items()}
    found, balance = {}, opening_minor
    for day in sorted(moved):
        found[day] = BankDay(balance, balance + moved[day], moved[day])
        balance += moved[day]
    return found


def _whole(shares: Sequence[BankDay]) -> BankDay:
    """The file's share of a day; its statements must join end to end to have balances."""
    moved = sum(share.moved_minor for share in shares)
    joins = all(a.closing_minor == b.opening_minor for a, b in pairwise(shares))
    if not joins or shares[0].opening_minor is None:
        return BankDay(None, None, moved)
    return BankDay(shares[0].opening_minor, shares[-1].closing_minor, moved)


def _counted(
    rows: Sequence[Row],
    stored: Mapping[tuple[Account, str], Stored],
    account: Account,
    apart: str,
) -> tuple[list[Row], list[Row]]:
    """The movements that counting finds stored already, and the others."""
    if not stored:
        return [], list(rows)
    left: dict[str, int] = {}
    hits: list[Row] = []
    new: list[Row] = []
    for row in rows:
        key = row[2]
        if key not in left:
            by_file = stored.get((account, key), Stored()).by_file
            left[key] = sum(number for digest, number in by_file.items() if digest != apart)
        (hits if left[key] > 0 else new).append(row)
        left[key] -= 1
    return hits, new


def _paired(rows: Sequence[Row], others: Sequence[Told]) -> tuple[list[Row], list[Row], bool]:
    """Movements that another syntax told already, those it did not, and whether each pair shares
    a reference. Texts differ from syntax to syntax, the amount of a movement does not; among equal
    amounts those with a common reference are the same first."""
    if not others:
        return [], list(rows), True
    left: dict[int, _Left] = {}
    for told in others:
        left.setdefault(told.amount_minor, _Left()).add(told.references)
    pairs: dict[int, bool] = {}
    for at, (_index, line, _key) in enumerate(rows):
        if line.amount_minor in left and left[line.amount_minor].took_same(_references(line)):
            pairs[at] = True
    for at, (_index, line, _key) in enumerate(rows):
        if at not in pairs and line.amount_minor in left and left[line.amount_minor].took_any():
            pairs[at] = False
    paired = [row for at, row in enumerate(rows) if at in pairs]
    return paired, [row for at, row in enumerate(rows) if at not in pairs], all(pairs.values())


class _Left:
    """Movements of one amount that wait for their pair, in their order; found by a reference
    without looking at all of them, for a day may have thousands of one amount."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._by_reference: dict[str, deque[int]] = {}
        self._count = self._first = 0

    def add(self, references: frozenset[str]) -> None:
        self._waiting.add(self._count)
        for reference in references:
            self._by_reference.setdefault(reference, deque()).append(self._count)
        self._count += 1

    def took_same(self, references: frozenset[str]) -> bool:
        """Whether one with a common reference waited; the first of them waits no longer."""
        heads = []
        for reference in references:
            queue = self._by_reference.get(reference, deque())
            while queue and queue[0] not in self._waiting:
                queue.popleft()
            if queue:
                heads.append(queue[0])
        if not heads:
            return False
        self._waiting.remove(min(heads))
        return True

    def took_any(self) -> bool:
        """Whether any waited; the first waits no longer."""
        if not self._waiting:
            return False
        while self._first not in self._waiting:
            self._first += 1
        self._waiting.remove(self._first)
        return True


def _references(line: BankLine) -> frozenset[str]:
    return references_of(line.bank_reference, line.end_to_end_id)


def references_of(*references: str) -> frozenset[str]:
    """What tells a movement apart in every syntax; "none given" does not."""
    squeezed = ("".join(each.split()).casefold() for each in references)
    return frozenset(each for each in squeezed if each not in _NO_REFERENCE)


def _same_stretch(before: BankDay | None, whole: BankDay) -> bool:
    """Whether the day is known whole, between the very balances that the file has: then the two
    syntaxes only part its movements differently (a batch and its details)."""
    return (
        before is not None
        and None not in (before.opening_minor, before.closing_minor)
        and (before.opening_minor, before.closing_minor)
        == (whole.opening_minor, whole.closing_minor)
        and before.moved_minor == whole.moved_minor
    )


def _relation(
    before: BankDay | None, whole: BankDay, has_hits: bool, *, sure: bool, added_minor: int
) -> Relation:
    """Without a movement that looks known nothing is in doubt. Where the balances prove nothing,
    the bank's own references do (``sure``), when every movement in question carries one; but not
    against the balances, where the day is known whole."""
    if before is None and not has_hits:
        return Relation.CONTINUES
    known = before or BankDay(None, None, 0)
    how = relation(known, whole, added_minor=added_minor)
    if how is not Relation.UNPROVEN:
        return how
    return Relation.REPEATS if sure and not _same_stretch(before, whole) else how


def _doubt(currency: str, day: date, number: int, before: BankDay | None, whole: BankDay) -> Fault:
    known = before or BankDay(None, None, 0)
    if _same_stretch(before, whole):
        message = (
            f"all movements of {day} between {_span(known, currency)} were imported before, and "
            f"this file tells others between the same balances"
        )
        fix = "compare with the bank, then accept the movements as new or as a repeat"
        return Fault("bank.day_differs", message, path=f"day[{day}]", fix=fix)
    message = (
        f"{number} movements of {day} equal movements imported before, without a bank reference, "
        f"and the balances do not tell whether they are the same: imported "
        f"{_span(known, currency)}, this file {_span(whole, currency)}"
    )
    fix = "compare with the bank, then accept the movements as new or as a repeat"
    return Fault("bank.repeat_unproven", message, path=f"day[{day}]", fix=fix)


def _span(day: BankDay, currency: str) -> str:
    if day.opening_minor is None or day.closing_minor is None:
        return "without proven balances"
    return f"{Money(day.opening_minor, currency)} to {Money(day.closing_minor, currency)}"
