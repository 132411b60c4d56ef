"""The matcher: what each line settles, how sure that is, why, and how many other answers fit.

All lines are answered together. The surest answer takes its items first; two lines never take the
same value, and where more lines want an item than it can bear, none of them is sure. The answer
does not depend on the order in which anything was given.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

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
from acquit.stages.matching.rules.payers import Payers
from acquit.stages.matching.rules.scene import Hypothesis, Scene
from acquit.stages.matching.rules.words import reasons

SHOWN_MAX = 5
SURE = (0.995, 0.97)  # what is so sure is settled first; the rest is looked at again without it
CLOSE = 0.25  # of the best one's probability: from here the second is a rival


@dataclass(slots=True)
class Weighed:
    """The answers of a line, best first, with how often each is right by itself."""

    scene: Scene
    ranked: list[tuple[float, Hypothesis]]

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
    shown: int = SHOWN_MAX,
) -> list[Answer]:
    """One to ``shown`` answers per line, best first, in the order of the lines."""
    weighed = weigh(
        lines=lines,
        items=items,
        customers=customers,
        history=history,
        advices=advices,
        convert=convert,
        confidence=confidence,
    )
    return [one for group in weighed for one in _answers(group, confidence, shown)]


def weigh(
    *,
    lines: Sequence[BankLine],
    items: Sequence[OpenItem],
    customers: Sequence[Customer],
    history: Sequence[PaidItem],
    advices: Sequence[Advice],
    convert: Convert,
    confidence: Confidence,
) -> list[Weighed]:
    """The hypotheses of each line in their final order, after the lines shared out the items."""
    books, payers = Books(_in_order(items), history, advices), Payers(customers, history)
    scenes = [Scene(line, books, payers, convert) for line in lines]
    waiting = _by_payer(scenes)
    done: dict[int, Weighed] = {}
    ranked: dict[int, list[tuple[float, Hypothesis]]] = {}
    for sure in (*SURE, 0.0):
        for at in waiting:
            if at not in ranked or scenes[at].is_moved:
                ranked[at] = _rank(hypotheses(scenes[at]), confidence)
        books.moved.clear()
        found = {at: Weighed(scenes[at], ranked[at]) for at in waiting}
        _contested(list(found.values()), books, confidence)
        for at in _share_out(found, books):
            best = found[at].ranked[0][1]
            if sure and (not best.credited or confidence.of_first(found[at].evidence) < sure):
                continue
            done[at] = found[at]
            for item, part in best.credited if sure else ():
                books.take(item, part)
        waiting = [at for at in waiting if at not in done]
    return [done[at] for at in range(len(lines))]


def _in_order(items: Sequence[OpenItem]) -> list[OpenItem]:
    """By issue, number and id; hardly ever are there two with one number."""
    first = attrgetter("issued", "number")
    ordered = sorted(items, key=first)
    if all(first(one) < first(other) for one, other in itertools.pairwise(ordered)):
        return ordered
    return sorted(items, key=lambda item: (item.issued, item.number, str(item.id)))


def _by_payer(scenes: Sequence[Scene]) -> list[int]:
    """The lines, those of one payer together: what his claims come to is worked out once."""
    groups: dict[tuple[Id, ...], list[int]] = defaultdict(list)
    for at, scene in enumerate(scenes):
        groups[tuple(scene.who)].append(at)
    return [at for group in groups.values() for at in group]


def _rank(several: Sequence[Hypothesis], confidence: Confidence) -> list[tuple[float, Hypothesis]]:
    ranked = [(confidence.of_any(one.evidence), one) for one in several]
    if len(ranked) > 1:
        ranked.sort(key=lambda pair: (-pair[0], len(pair[1].credited), pair[1].credited))
    return ranked


def _contested(found: Sequence[Weighed], books: Books, confidence: Confidence) -> None:
    """Several lines want one item: too much of it makes none of them sure, exactly all of it by
    parts makes each of them surer."""
    wanted: dict[int, int] = defaultdict(int)
    lines: dict[int, int] = defaultdict(int)
    for group in found:
        for at, part in group.ranked[0][1].credited:
            wanted[at] += part
            lines[at] += 1
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
            several = [one._replace(flag=flag) if one is best else one for _, one in group.ranked]
            group.ranked = _rank(several, confidence)


def _share_out(found: Mapping[int, Weighed], books: Books) -> list[int]:
    """The surest first; who comes too late keeps its other answers. In the order of sureness."""
    left = list(books.left)
    heap = [
        (-group.ranked[0][0], group.scene.line.day, str(group.scene.line.id), at, 0)
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
            group.ranked = group.ranked[rank:]
        elif rank + 1 < len(group.ranked):
            heapq.heappush(heap, (-group.ranked[rank + 1][0], day, key, at, rank + 1))
            continue
        else:
            group.ranked = [(0.0, _nothing(group.scene))]
        order.append(at)
    return order


def _is_free(left: int, part: int) -> bool:
    return left >= part if part > 0 else left <= part


def _nothing(scene: Scene) -> Hypothesis:
    residue = scene.line.amount
    return Hypothesis((), residue, "duplicate", "taken", "none", "known", flag="contested")


def _answers(group: Weighed, confidence: Confidence, shown: int) -> list[Answer]:
    scene = group.scene
    evidence = group.evidence
    first = confidence.of_first(evidence)
    items = scene.books.items
    best = group.ranked[0][1]
    answers = []
    for rank, (share, one) in enumerate(group.ranked[:shown], 1):
        probability = first if rank == 1 else min(share, max(0.0, 1 - first))
        answers.append(
            Answer(
                line=scene.line.id,
                rank=rank,
                probability=round(probability, 6),
                rivals=one.rivals,
                reason=one.reason,
                credited=tuple([(items[at].id, part) for at, part in one.credited]),
                residue=one.residue,
                fit=one.fit,
                evidence=evidence if rank == 1 else one.evidence,
                reasons=reasons(scene, one, best),
                kept=tuple([(items[at].id, minor, why) for at, minor, why in one.kept]),
            )
        )
    return answers
