"""The matcher: what each line settles, how sure that is, why, and how many other answers fit.

All lines are answered together. The surest answer takes its items first; two lines never take the
same value, and where more lines want an item than it can bear, none of them is sure. The answer
does not depend on the order in which anything was given.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Protocol

from acquit.stages.matching.rules.books import Books
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.hypotheses import hypotheses
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
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.payers import Payers
from acquit.stages.matching.rules.scene import Hypothesis, Scene
from acquit.stages.matching.rules.similar import TAIL, TYPO
from acquit.stages.matching.rules.words import reasons

SHOWN_MAX = 5
SURE = (0.995, 0.97)  # what is so sure is settled first; the rest is looked at again without it
MANY = 1_000  # lines from which on a helper is worth its start
NUMBERED = ("exact", "serial", TAIL, TYPO)
SUMS = frozenset({"amount", "all", "due", "oldest", "run", "set", "wide set"})
CLOSE = 0.25  # of the best one's probability: from here the second is a rival


Ranked = list[tuple[float, Hypothesis]]  # how often each is right by itself, the best first
Work = Callable[[Any], Any]


class Helper(Protocol):
    """Does the same work as we, on what it is given, while we do ours."""

    def begin(self, request: Any) -> None: ...

    def end(self) -> Any: ...

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
    books, payers = Books(_in_order(items), history, advices), Payers(customers, history, told)
    by_name = sorted(range(len(lines)), key=lambda at: lines[at].payer_name)
    middle = len(lines) // 2 if helper and len(lines) >= MANY else len(lines)
    mine, others = (
        _Share({at: lines[at] for at in part}, books, payers, convert, confidence, shown)
        for part in (by_name[:middle], by_name[middle:])
    )
    beside = helper(others.work) if helper and others.lines else None
    try:
        return _answered(lines, mine, beside)
    finally:
        if beside:
            beside.close()


def _answered(lines: Sequence[BankLine], mine: _Share, beside: Helper | None) -> list[Answer]:
    ranked: dict[int, Ranked] = {}

    def look(taken: Sequence[tuple[int, int]], done: Collection[int]) -> dict[int, Ranked]:
        if beside:
            beside.begin((taken, done))
        ranked.update(mine.weigh(done))
        if beside:
            ranked.update(beside.end())
        return ranked

    weighed = _settle(lines, mine.books, mine.confidence, look)
    final: dict[int, Ranked | None] = {
        at: None if one.ranked is ranked[at] else one.ranked for at, one in enumerate(weighed)
    }
    if beside:
        beside.begin({at: one for at, one in final.items() if at not in mine.lines})
    answers = mine.answers({at: one for at, one in final.items() if at in mine.lines})
    if beside:
        answers |= beside.end()
    return [one for at in range(len(lines)) for one in answers[at]]


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
) -> tuple[list[OpenItem], list[Weighed]]:
    """The hypotheses of each line in their final order, after the lines shared out the items; and
    the items in the order in which the hypotheses count them."""
    books, payers = Books(_in_order(items), history, advices), Payers(customers, history, told)
    share = _Share(dict(enumerate(lines)), books, payers, convert, confidence, SHOWN_MAX)
    ranked: dict[int, Ranked] = {}

    def look(_taken: object, done: Collection[int]) -> dict[int, Ranked]:
        ranked.update(share.weigh(done))
        return ranked

    return books.items, _settle(lines, books, confidence, look)


class _Share:
    """Some of the lines, by their place among all, with the books as they stand."""

    def __init__(
        self,
        lines: Mapping[int, BankLine],
        books: Books,
        payers: Payers,
        convert: Convert,
        confidence: Confidence,
        shown: int,
    ) -> None:
        self.lines, self.books, self.payers = lines, books, payers
        self.convert, self.confidence, self.shown = convert, confidence, shown
        self.ranked: dict[int, Ranked] = {}

    @cached_property
    def scenes(self) -> dict[int, Scene]:
        """Those of one payer one after the other: what his claims come to is worked out once."""
        groups: dict[tuple[Id, ...], list[tuple[int, Scene]]] = defaultdict(list)
        for at, line in self.lines.items():
            scene = Scene(line, self.books, self.payers, self.convert)
            groups[tuple(scene.who)].append((at, scene))
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

    def answers(self, final: Mapping[int, Ranked | None]) -> dict[int, list[Answer]]:
        """The answers in words; None stands for the ranks as they were given."""
        return {
            at: _answers(self.scenes[at], ranked or self.ranked[at], self.confidence, self.shown)
            for at, ranked in final.items()
        }

    def work(self, request: Any) -> Any:
        """As a helper, whose books must hear of what was taken."""
        if isinstance(request, dict):
            return self.answers(request)
        taken, done = request
        for item, part in taken:
            self.books.take(item, part)
        return self.weigh(done)


def _settle(
    lines: Sequence[BankLine],
    books: Books,
    confidence: Confidence,
    look: Callable[[Sequence[tuple[int, int]], Collection[int]], Mapping[int, Ranked]],
) -> list[Weighed]:
    """What is sure first; the rest is looked at again without what that took."""
    done: dict[int, Weighed] = {}
    taken: list[tuple[int, int]] = []
    for sure in (*SURE, 0.0):
        ranked = look(taken, frozenset(done))
        taken = []
        found = {at: Weighed(line, ranked[at]) for at, line in enumerate(lines) if at not in done}
        _contested(list(found.values()), books, confidence)
        for at in _share_out(found, books):
            best = found[at].ranked[0][1]
            if sure and (not best.credited or confidence.of_first(found[at].evidence) < sure):
                continue
            done[at] = found[at]
            taken.extend(best.credited if sure else ())
        for item, part in taken:
            books.take(item, part)
    return [done[at] for at in range(len(lines))]


def _in_order(items: Sequence[OpenItem]) -> list[OpenItem]:
    """By issue, number and id; hardly ever are there two with one number."""
    first = attrgetter("issued", "number")
    ordered = sorted(items, key=first)
    if all(first(one) < first(other) for one, other in itertools.pairwise(ordered)):
        return ordered
    return sorted(items, key=lambda item: (item.issued, item.number, str(item.id)))


def _rank(several: Sequence[Hypothesis], confidence: Confidence) -> Ranked:
    ranked = [(confidence.of_any(one.evidence), one) for one in several]
    if len(ranked) > 1:
        ranked.sort(key=lambda pair: (-pair[0], len(pair[1].credited), pair[1].credited))
    return ranked


def _contested(found: Sequence[Weighed], books: Books, confidence: Confidence) -> None:
    """Several lines want one item: too much of it makes none of them sure, exactly all of it by
    parts makes each of them surer."""
    wanted: dict[int, int] = defaultdict(int)
    lines: dict[int, int] = defaultdict(int)
    named: dict[int, int] = defaultdict(int)  # by how many lines
    for group in found:
        best = group.ranked[0][1]
        for at, part in best.credited:
            wanted[at] += part
            lines[at] += 1
            named[at] += best.by.startswith(NUMBERED)
    for group in found:
        best = group.ranked[0][1]
        shared = [at for at, _ in best.credited if lines[at] > 1]
        if not shared:
            continue
        is_too_much = any(wanted[at] > books.left[at] > 0 for at in shared)
        is_whole = all(wanted[at] == books.left[at] for at in shared)
        flag = "contested" if is_too_much else "together" if is_whole else ""
        if flag:
            flag = f"{best.flag}+{flag}" if best.flag else flag
            is_doubled = is_too_much and any(named[at] > 1 for at in shared)
            rivals = best.rivals + (_twins(best, books) if is_doubled else 0)
            new = best._replace(flag=flag, rivals=rivals)
            several = [new if one is best else one for _, one in group.ranked]
            group.ranked = _rank(several, confidence)


def _twins(one: Hypothesis, books: Books) -> int:
    """Other claims of the customer with the amount of one of these. Where two lines name the same
    claim, one of them was mistyped, and nobody knows which."""
    inside = {at for at, _ in one.credited}
    return sum(
        other not in inside
        for at, part in one.credited
        for other in books.ever(books.items[at].customer, books.items[at].currency, part)
    )


def _share_out(found: Mapping[int, Weighed], books: Books) -> list[int]:
    """The surest first; who comes too late keeps its other answers. In the order of sureness."""
    left = list(books.left)
    heap = [
        (-group.ranked[0][0], group.line.day, str(group.line.id), at, 0)
        for at, group in found.items()
    ]
    heapq.heapify(heap)
    order: list[int] = []
    while heap:
        _, day, key, at, rank = heapq.heappop(heap)
        group = found[at]
        best = group.ranked[rank][1]
        if all(_is_free(left[item], part) for item, part in best.credited):
            for item, part in best.credited:
                left[item] -= part
            if rank:
                group.ranked = group.ranked[rank:]
        elif rank + 1 < len(group.ranked):
            heapq.heappush(heap, (-group.ranked[rank + 1][0], day, key, at, rank + 1))
            continue
        else:
            group.ranked = [(0.0, _nothing(group.line))]
        order.append(at)
    return order


def _is_free(left: int, part: int) -> bool:
    return left >= part if part > 0 else left <= part


def _nothing(line: BankLine) -> Hypothesis:
    return Hypothesis((), line.amount, "duplicate", "taken", "none", "known", flag="contested")


def _is_sum(one: Hypothesis) -> bool:
    """Whether nothing but the amount says so: every other answer of the kind is a rival, though
    one claim is right far more often than several that come to the same."""
    return one.fit == "equal" and one.by in SUMS


def _answers(scene: Scene, ranked: Ranked, confidence: Confidence, shown: int) -> list[Answer]:
    evidence = Weighed(scene.line, ranked).evidence
    first = confidence.of_first(evidence)
    items = scene.books.items
    best = ranked[0][1]
    sums = sum(_is_sum(other) for _, other in ranked)
    answers = []
    for rank, (share, one) in enumerate(ranked[:shown], 1):
        probability = first if rank == 1 else min(share, max(0.0, 1 - first))
        rivals = max(one.rivals, sums - 1) if _is_sum(one) else one.rivals
        answers.append(
            Answer(
                line=scene.line.id,
                rank=rank,
                probability=round(probability, 6),
                rivals=rivals,
                reason=one.reason,
                credited=tuple([(items[at].id, part) for at, part in one.credited]),
                residue=one.residue,
                fit=one.fit,
                evidence=evidence if rank == 1 else one.evidence,
                reasons=reasons(scene, one, best, rivals),
                kept=tuple([(items[at].id, minor, why) for at, minor, why in one.kept]),
            )
        )
    return answers
