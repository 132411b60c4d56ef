"""The matcher: what each line settles, how sure that is, why, and how many other answers fit.

All lines are answered together. The surest answer takes its items first; two lines never take the
same value, and where more lines want an item than it can bear, none of them is sure. The answer
does not depend on the order in which anything was given.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

from acquit.stages.matching.rules.asked import Asked
from acquit.stages.matching.rules.books import Books
from acquit.stages.matching.rules.columns import Columns, column
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.hypotheses import PART_AT_RATE, hypotheses
from acquit.stages.matching.rules.inputs import (
    Advice,
    Answer,
    BankLine,
    Convert,
    Customer,
    Id,
    OpenItem,
    PaidItem,
)
from acquit.stages.matching.rules.mentions import EXACT
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.payers import DECLARED, Payers
from acquit.stages.matching.rules.scene import RARE, TOGETHER, Hypothesis, Scene
from acquit.stages.matching.rules.similar import TAIL, TYPO
from acquit.stages.matching.rules.unseen import has_unseen_rival, is_sum, twins, ways
from acquit.stages.matching.rules.words import reasons

SHOWN_MAX = 5
SURE = (0.995, 0.97)  # what is so sure is settled first; the rest is looked at again without it
AT_ONCE = 5_000  # lines whose answers are put in words together
MANY = 1_000  # lines from which on a helper is worth its start
NUMBERED = ("exact", "serial", TAIL, TYPO)
TOLD = frozenset({EXACT, "advice", DECLARED})
CLOSE = 0.25  # of the best one's probability: from here the second is a rival


Ranked = list[tuple[float, Hypothesis]]  # how often each is right by itself, the best first
Taken = tuple[int, int, bool]  # place of an item, how much of it, whether the line named it whole
Work = Callable[[Any], Iterable[Any]]
T = TypeVar("T")


class Helper(Protocol):
    """Does the same work as we, on what it is given, while we do ours; it answers in pieces."""

    def begin(self, request: Any) -> None: ...

    def end(self) -> Iterator[Any]: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Weighed:
    """A line's answers."""

    line: BankLine
    ranked: Ranked

    @property
    def evidence(self) -> str:
        """The class of the first answer, and whether the second comes close."""
        best, one = self.ranked[0]
        is_close = len(self.ranked) > 1 and self.ranked[1][0] > CLOSE * best
        return f"{one.evidence}/close" if is_close else f"{one.evidence}/clear"


def answer(
    *,
    lines: Sequence[BankLine],
    items: Sequence[OpenItem],
    customers: Sequence[Customer],
    history: Sequence[PaidItem],
    advices: Sequence[Advice],
    convert: Convert,
    confidence: Confidence,
    told: Told | None = None,
    shown: int = SHOWN_MAX,
    helper: Callable[[Work], Helper] | None = None,
) -> list[Answer]:
    """One to ``shown`` answers per line, best first, in the order of the lines.

    Half of many lines are looked at by the ``helper``, where one is given: the answers are the
    same, since lines share out the items only when all of them were looked at.
    """
    parts = answers(
        lines=lines,
        items=items,
        customers=customers,
        history=history,
        advices=advices,
        convert=convert,
        confidence=confidence,
        tell=list,
        told=told,
        shown=shown,
        helper=helper,
    )
    of_line = itertools.chain.from_iterable(parts)
    return list(itertools.chain.from_iterable(of_line))


def answers(
    *,
    lines: Sequence[BankLine],
    items: Sequence[OpenItem],
    customers: Sequence[Customer],
    history: Sequence[PaidItem],
    advices: Sequence[Advice],
    convert: Convert,
    confidence: Confidence,
    tell: Callable[[list[Answer]], T],
    told: Told | None = None,
    shown: int = SHOWN_MAX,
    helper: Callable[[Work], Helper] | None = None,
) -> Iterator[list[T]]:
    """What ``tell`` makes of the answers of each line, as :func:`answer` finds them, of ``AT_ONCE``
    lines at a time: the words are more than all else. It is called in the process that looked at
    the line."""
    payers = Payers(customers, history, told)
    given = _Given(lines, in_order(items), payers, history, advices)
    share = _Share(given, range(len(lines)), convert, confidence, shown, tell)
    beside = None
    if helper and len(lines) >= MANY:
        beside = helper(share.parted().work)
    try:
        yield from _answered(share, beside)
    finally:
        if beside:
            beside.close()


def _answered(mine: _Share[T], beside: Helper | None) -> Iterator[list[T]]:
    every = range(len(mine.given.lines))
    ranked: dict[int, Ranked] = {}

    def look(taken: Sequence[Taken], done: Collection[int]) -> dict[int, Ranked]:
        if beside:
            beside.begin((taken, done))
        ranked.update(mine.weigh(done))
        for piece in beside.end() if beside else ():
            ranked.update(piece)
        return ranked

    final: dict[int, Ranked | None] = {}

    def settled(at: int, one: Weighed) -> None:
        # Who looked at the line has its ranks: here they make room.
        given = ranked.pop(at)
        final[at] = None if one.ranked is given else one.ranked

    _settle(mine, look, settled)
    parts = [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]

    def ask(part: Iterable[int]) -> None:
        if beside:
            beside.begin({at: final[at] for at in part if at not in mine.scenes})

    ask(parts[0] if parts else ())
    for part, following in itertools.zip_longest(parts, parts[1:]):
        found = mine.answers({at: final[at] for at in part if at in mine.scenes})
        for piece in beside.end() if beside else ():
            found |= piece
        if following:
            ask(following)
        yield [found[at] for at in part]


def weigh(
    *,
    lines: Sequence[BankLine],
    items: Sequence[OpenItem],
    customers: Sequence[Customer],
    history: Sequence[PaidItem],
    advices: Sequence[Advice],
    convert: Convert,
    confidence: Confidence,
    told: Told | None = None,
) -> tuple[Sequence[OpenItem], list[Weighed]]:
    """The hypotheses of each line in their final order, after the lines shared out the items; and
    the items in the order in which the hypotheses count them."""
    payers = Payers(customers, history, told)
    given = _Given(lines, in_order(items), payers, history, advices)
    share = _Share(given, range(len(lines)), convert, confidence, SHOWN_MAX, list)
    ranked: dict[int, Ranked] = {}
    done: dict[int, Weighed] = {}

    def look(_taken: object, done: Collection[int]) -> dict[int, Ranked]:
        ranked.update(share.weigh(done))
        return ranked

    _settle(share, look, done.__setitem__)
    return share.books.items, [done[at] for at in range(len(lines))]


class _Given(NamedTuple):
    """All that there is; the items in their order."""

    lines: Sequence[BankLine]
    items: Sequence[OpenItem]
    payers: Payers
    history: Sequence[PaidItem]
    advices: Sequence[Advice]


class _Share(Generic[T]):
    """The lines at some places among all, with books that find what these lines ask for. They are
    made by the process that looks at the lines, when it begins to."""

    def __init__(
        self,
        given: _Given,
        places: Sequence[int],
        convert: Convert,
        confidence: Confidence,
        shown: int,
        tell: Callable[[list[Answer]], T],
    ) -> None:
        self.given, self.places = given, places
        self.convert, self.confidence, self.shown, self.tell = convert, confidence, shown, tell
        self.ranked: dict[int, Ranked] = {}

    def parted(self) -> _Share[T]:
        """Half of it as a share of its own. The lines of a payer stay together."""
        lines = self.given.lines
        by_name = sorted(self.places, key=lambda at: lines[at].payer_name)
        middle = len(by_name) // 2
        self.places = by_name[:middle]
        own = self.convert, self.confidence, self.shown, self.tell
        return _Share(self.given, by_name[middle:], *own)

    @cached_property
    def _asked(self) -> Asked:
        lines = self.given.lines
        return Asked([lines[at] for at in self.places], self.given.advices)

    @cached_property
    def books(self) -> Books:
        given = self.given
        return Books(given.items, given.history, given.advices, self._asked)

    @cached_property
    def scenes(self) -> dict[int, Scene]:
        """Those of one payer one after the other: what his claims come to is worked out once."""
        given, books = self.given, self.books
        groups: dict[tuple[Id, ...], list[tuple[int, Scene]]] = defaultdict(list)
        for at, text in zip(self.places, self._asked.texts, strict=True):
            scene = Scene(given.lines[at], text, books, given.payers, self.convert)
            groups[tuple(scene.who)].append((at, scene))
        del self._asked
        return dict(itertools.chain.from_iterable(groups.values()))

    def weigh(self, done: Collection[int]) -> dict[int, Ranked]:
        """The answers of the lines that have none yet, or from whose something was taken since."""
        fresh = {
            at: _rank(hypotheses(scene), self.confidence)
            for at, scene in self.scenes.items()
            if at not in done and (at not in self.ranked or scene.is_moved)
        }
        self.books.moved.clear()
        self.ranked |= fresh
        return fresh

    def answers(self, final: Mapping[int, Ranked | None]) -> dict[int, T]:
        """The answers in words; None stands for the ranks as they were given."""
        scenes, confidence, shown, tell = self.scenes, self.confidence, self.shown, self.tell
        return {
            at: tell(_answers(scenes[at], ranked or self.ranked[at], confidence, shown))
            for at, ranked in final.items()
        }

    def work(self, request: Any) -> Iterator[dict[int, Any]]:
        """As a helper, whose books must hear of what was taken. Nothing is handed over before all
        of it is there: who waits for the other to take it works no more."""
        if isinstance(request, dict):
            yield self.answers(request)
            return
        taken, done = request
        for item, part, is_told in taken:
            self.books.take(item, part, is_told=is_told)
        fresh = iter(self.weigh(done).items())
        while some := dict(itertools.islice(fresh, AT_ONCE)):
            yield some


def _settle(
    mine: _Share[Any],
    look: Callable[[Sequence[Taken], Collection[int]], Mapping[int, Ranked]],
    settled: Callable[[int, Weighed], None],
) -> None:
    """What is sure first; the rest is looked at again without what that took. ``settled`` is told
    of each line as soon as its answers are final."""
    done: set[int] = set()
    taken: list[Taken] = []
    for sure in (*SURE, 0.0):
        ranked = look(taken, done)
        taken = _settled(mine, ranked, done, sure, settled)
        for item, part, is_told in taken:
            mine.books.take(item, part, is_told=is_told)


def _settled(
    mine: _Share[Any],
    ranked: Mapping[int, Ranked],
    done: set[int],
    sure: float,
    settled: Callable[[int, Weighed], None],
) -> list[Taken]:
    """What is so sure is done; what it takes of the items, for who is looked at again."""
    books, confidence = mine.books, mine.confidence
    lines = enumerate(mine.given.lines)
    found = {at: Weighed(line, ranked[at]) for at, line in lines if at not in done}
    _contested(list(found.values()), books, confidence)
    taken: list[Taken] = []
    for at in _share_out(found, books):
        one = found[at]
        best = one.ranked[0][1]
        if sure and (not best.credited or confidence.of_first(one.evidence) < sure):
            continue
        done.add(at)
        settled(at, one)
        taken.extend(_taken(best) if sure else ())
    return taken


def _taken(best: Hypothesis) -> Iterator[Taken]:
    is_told = best.by in TOLD
    return ((at, part, is_told and at not in best.beside) for at, part in best.credited)


@overload
def in_order(items: Columns[OpenItem]) -> Columns[OpenItem]: ...
@overload
def in_order(items: Sequence[OpenItem]) -> Sequence[OpenItem]: ...
def in_order(items: Sequence[OpenItem]) -> Sequence[OpenItem]:
    """By issue, number and id, as the matcher counts them; hardly ever are there two with one
    number. Those that are in order are handed back as they are."""
    ids = column(items, "id")
    first = list(zip(column(items, "issued"), column(items, "number"), strict=True))
    if all(one < other for one, other in itertools.pairwise(first)):
        return items
    order = sorted(range(len(items)), key=first.__getitem__)
    if not all(first[one] < first[other] for one, other in itertools.pairwise(order)):
        order.sort(key=lambda at: (*first[at], str(ids[at])))
    if isinstance(items, Columns):
        return items.arranged(order)
    return [items[at] for at in order]


def _rank(several: Sequence[Hypothesis], confidence: Confidence) -> Ranked:
    ranked = [(confidence.of_any(one.evidence), one) for one in several]
    if len(ranked) > 1:
        ranked.sort(key=lambda pair: (-pair[0], len(pair[1].credited), pair[1].credited))
    return ranked


def _contested(found: Sequence[Weighed], books: Books, confidence: Confidence) -> None:
    """Several lines want one item: too much of it makes none of them sure, exactly all of it by
    parts makes each of them surer."""
    owner: dict[int, Weighed] = {}
    several: dict[int, list[Weighed]] = {}  # items that several lines want
    for group in found:
        for at, _ in group.ranked[0][1].credited:
            first = owner.setdefault(at, group)
            if first is not group:
                several.setdefault(at, [first]).append(group)
    wanted: dict[int, int] = defaultdict(int)
    named: dict[int, int] = defaultdict(int)  # by how many lines
    listed: dict[int, int] = defaultdict(int)  # by how many lists that may go on with it
    at_rate: set[int] = set()  # items of which a part is only worth so much at our rate
    groups = {id(group): group for wanting in several.values() for group in wanting}
    for group in groups.values():
        best = group.ranked[0][1]
        for at, part in best.credited:
            wanted[at] += part
            if best.fit == PART_AT_RATE:
                at_rate.add(at)
            if best.by.startswith(NUMBERED):
                wants = listed if at in best.beside else named
                wants[at] += 1
    for group in groups.values():
        best = group.ranked[0][1]
        shared = [at for at, _ in best.credited if at in several]
        is_too_much = any(wanted[at] > books.left[at] > 0 for at in shared)
        is_whole = all(wanted[at] == books.left[at] and at not in at_rate for at in shared)
        flag = "contested" if is_too_much else TOGETHER if is_whole else ""
        if flag:
            flag = f"{best.flag}+{flag}" if best.flag else flag
            # What a whole number names is not what another list may go on with as well.
            weak = {} if best.by == EXACT else listed
            is_doubled = is_too_much and any(named[at] + weak.get(at, 0) > 1 for at in shared)
            rivals = best.rivals + (twins(best, books) if is_doubled else 0)
            # Nor is what a list goes on with sure where another line wants it.
            rivals += is_too_much and any(at in best.beside for at in shared)
            is_part = is_whole and not is_too_much and best.reason == "short-pay"
            reason = "instalment" if is_part else best.reason
            new = best._replace(flag=flag, rivals=rivals, reason=reason)
            changed = [new if one is best else one for _, one in group.ranked]
            group.ranked = _rank(changed, confidence)


def _share_out(found: Mapping[int, Weighed], books: Books) -> list[int]:
    """The surest first; who comes too late keeps its other answers. In the order of sureness."""
    left = list(books.left)
    groups = [(str(group.line.id), at, group) for at, group in found.items()]
    groups.sort(key=itemgetter(0))  # one after the other, each of plain values, is soonest done
    groups.sort(key=lambda one: one[2].line.day)
    groups.sort(key=lambda one: -one[2].ranked[0][0])
    turns = [(-one.ranked[0][0], one.line.day, key, at, 0) for key, at, one in reversed(groups)]
    late: list[tuple[float, int, str, int, int]] = []  # with the next of their answers
    order: list[int] = []
    while turns or late:
        is_late = late and (not turns or late[0] < turns[-1])
        _, day, key, at, rank = heapq.heappop(late) if is_late else turns.pop()
        group = found[at]
        best = group.ranked[rank][1]
        if all(_is_free(left[item], part) for item, part in best.credited):
            for item, part in best.credited:
                left[item] -= part
            if rank:
                group.ranked = group.ranked[rank:]
        elif rank + 1 < len(group.ranked):
            heapq.heappush(late, (-group.ranked[rank + 1][0], day, key, at, rank + 1))
            continue
        else:
            group.ranked = [(0.0, _nothing(group.line))]
        order.append(at)
    return order


def _is_free(left: int, part: int) -> bool:
    return left >= part if part > 0 else left <= part


def _nothing(line: BankLine) -> Hypothesis:
    return Hypothesis((), line.amount, "duplicate", "taken", "none", "known", flag="contested")


def _worth_showing(ranked: Ranked, first: float) -> Ranked:
    """Beside an answer that is sure nobody asks whether the money is for nothing that is open."""
    if first < SURE[0]:
        return ranked
    return [one for at, one in enumerate(ranked) if not at or one[1].fit != "none"]


def _answers(scene: Scene, ranked: Ranked, confidence: Confidence, shown: int) -> list[Answer]:
    evidence = Weighed(scene.line, ranked).evidence
    first = confidence.of_first(evidence)
    ids = scene.books.item_id
    best = ranked[0][1]
    sums = sum(is_sum(other) for _, other in ranked)
    others = sum(share for share, _ in ranked[1:])
    answers = []
    for rank, (share, one) in enumerate(_worth_showing(ranked[:shown], first), 1):
        is_open = is_sum(one) and RARE not in one.flag
        rivals, is_bound = one.rivals, False
        if is_open:
            rivals = max(rivals, sums - 1)
            if rivals and len(one.credited) > 1:
                counted = ways(scene, one)
                is_bound = counted is None
                # All of them were counted, those that share a claim of one amount too.
                rivals = max(sums, counted) - 1 if counted and counted > 1 else rivals
        # What the first answer leaves is shared by all others, those that are not shown too.
        beside = max(others, share * rivals)
        rest = share * max(0.0, 1 - first) / beside if beside else 0.0
        probability = first if rank == 1 else min(share, rest)
        if not rivals and has_unseen_rival(scene, one, [other for _, other in ranked]):
            rivals = 1
        answers.append(
            Answer(
                line=scene.line.id,
                rank=rank,
                probability=round(probability, 6),
                rivals=rivals,
                reason=one.reason,
                credited=tuple([(ids[at], part) for at, part in one.credited]),
                residue=one.residue,
                fit=one.fit,
                evidence=evidence if rank == 1 else one.evidence,
                reasons=reasons(scene, one, best, rivals, is_bound=is_bound),
                kept=tuple([(ids[at], minor, why) for at, minor, why in one.kept]),
            )
        )
    return answers
