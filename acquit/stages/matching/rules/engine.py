"""The matcher: what each line settles, how sure that is, why, and how many other answers fit.

All lines are answered together. The surest answer takes its items first; two lines never take the
same value, and where more lines want an item than it can bear, none of them is sure. The answer
does not depend on the order in which anything was given.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acquit.stages.matching.rules.books import Books
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.hypotheses import hypotheses
from acquit.stages.matching.rules.inputs import (
    Advice,
    Answer,
    BankLine,
    Convert,
    Customer,
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
        second = self.ranked[1][0] if len(self.ranked) > 1 else 0.0
        close = "close" if second > CLOSE * best else "clear"
        return f"{one.evidence}/{close}"


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
    ordered = sorted(items, key=lambda item: (item.issued, item.number, str(item.id)))
    books, payers = Books(ordered, history, advices), Payers(customers, history)
    scenes = [Scene(line, books, payers, convert) for line in lines]
    done: dict[int, Weighed] = {}
    for sure in (*SURE, 0.0):
        waiting = [at for at in range(len(lines)) if at not in done]
        found = {
            at: Weighed(scenes[at], _rank(hypotheses(scenes[at]), confidence)) for at in waiting
        }
        _contested(list(found.values()), books, confidence)
        for at in _share_out(found, books):
            best = found[at].ranked[0][1]
            if sure and (not best.credited or confidence.of_first(found[at].evidence) < sure):
                continue
            done[at] = found[at]
            for item, part in best.credited if sure else ():
                books.take(item, part)
    return [done[at] for at in range(len(lines))]


def _rank(several: Sequence[Hypothesis], confidence: Confidence) -> list[tuple[float, Hypothesis]]:
    ranked = [(confidence.of_any(one.evidence), one) for one in several]
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
        _, best = group.ranked[0]
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
    first = confidence.of_first(group.evidence)
    books = scene.books
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
                credited=tuple((books.items[at].id, part) for at, part in one.credited),
                residue=one.residue,
                fit=one.fit,
                evidence=group.evidence if rank == 1 else one.evidence,
                reasons=reasons(scene, one, best),
                kept=tuple((books.items[at].id, minor, why) for at, minor, why in one.kept),
            )
        )
    return answers
