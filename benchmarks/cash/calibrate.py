"""Measure the precision of every class of evidence: python -m benchmarks.cash.calibrate

Runs the engine over cases of the calibration seeds and counts, per class, how often an answer was
right. The counts are the engine's confidence (``acquit/stages/matching/rules/confidence.json``).
Ranking needs a table to begin with, so the counting is done in rounds.

Payments that are some cents short are not among the scenarios, which are frozen: their classes are
counted apart, on the same cases with a tenth of the payments that come out even made so much less.
``--only-cents`` counts these alone and leaves the other classes as they are.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.resources import files as resources
from pathlib import Path
from random import Random

from acquit.stages.matching import rules
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.engine import Weighed, weigh
from acquit.stages.matching.rules.gaps import SMALL
from acquit.stages.matching.rules.inputs import OpenItem
from acquit.stages.matching.rules.short import CENTS
from benchmarks.cash.generate import make
from benchmarks.cash.inputs import inputs
from benchmarks.cash.profiles import profile
from benchmarks.cash.world import Case, Line

Table = dict[str, list[int]]
ROUNDS = 3  # from the second on, the ranks are those of a measured table


def count(job: tuple[str, str, int, dict[str, Table]]) -> dict[str, Table]:
    """The counts of one case."""
    name, seed, lines, table = job
    case = make(lines=lines, seed=seed, profile=profile(name))
    truth = {one.line: one.items for one in case.truth}
    items, found = weigh(**inputs(case), confidence=_confidence(table))
    counts: dict[str, Table] = {"any": defaultdict(_zero), "first": defaultdict(_zero)}
    for group in found:
        right = truth[group.line.id]
        for at, (_, one) in enumerate(group.ranked):
            is_right = _credited(items, group, at) == right
            _add(counts["any"], one.evidence, is_right)
        _add(counts["first"], group.evidence, _credited(items, group, 0) == right)
    return {name: dict(table) for name, table in counts.items()}


def count_cents(job: tuple[str, str, int, dict[str, Table]]) -> dict[str, Table]:
    """The counts of the classes of one case that are some cents short. Which of several documents
    is the short one is nobody's to know: right is who names them all and gives them the money."""
    name, seed, lines, table = job
    case, truth = _short(make(lines=lines, seed=seed, profile=profile(name)), Random(seed))
    items, found = weigh(**inputs(case), confidence=_confidence(table))
    counts: dict[str, Table] = {"any": defaultdict(_zero), "first": defaultdict(_zero)}
    for group in found:
        for at, (_, one) in enumerate(group.ranked):
            if one.fit == CENTS:
                is_right = truth[group.line.id](_credited(items, group, at))
                _add(counts["any"], one.evidence, is_right)
                if at == 0:
                    _add(counts["first"], group.evidence, is_right)
    return {name: dict(table) for name, table in counts.items()}


def _short(case: Case, draw: Random) -> tuple[Case, dict[str, Callable[[dict[str, int]], bool]]]:
    """The case with a tenth of what comes out even some cents short; line -> whether an answer is
    right for it."""
    lines: list[Line] = []
    truth: dict[str, Callable[[dict[str, int]], bool]] = {}
    opened = {item.id: item.open for item in case.items}
    for line, right in zip(case.lines, case.truth, strict=True):
        truth[line.id] = right.items.__eq__
        whole = sum(opened[item] for item in right.items)
        is_even = bool(right.items) and whole == line.amount > SMALL
        if is_even and draw.random() < 0.1:
            line = replace(line, amount=line.amount - draw.randrange(1, SMALL))
            truth[line.id] = partial(_names_all, right.items, line.amount)
        lines.append(line)
    return replace(case, lines=lines), truth


def _names_all(right: dict[str, int], amount: int, credited: dict[str, int]) -> bool:
    return credited.keys() == right.keys() and sum(credited.values()) == amount


def _zero() -> list[int]:
    return [0, 0]


def _add(table: Table, evidence: str, is_right: bool) -> None:
    table[evidence][0] += is_right
    table[evidence][1] += 1


def _credited(items: Sequence[OpenItem], group: Weighed, at: int) -> dict[str, int]:
    return {items[item].id: part for item, part in group.ranked[at][1].credited}


def _confidence(table: dict[str, Table]) -> Confidence:
    return Confidence(
        **{
            name: {key: (right, given) for key, (right, given) in rows.items()}
            for name, rows in table.items()
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=8_000)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--profiles", nargs="+", default=["default", "harsh"])
    parser.add_argument("--prefix", default="calibrate")
    parser.add_argument("--only-cents", action="store_true")
    given = parser.parse_args()
    cases = [
        (name, f"{given.prefix}-{seed}", given.lines)
        for name in given.profiles
        for seed in range(given.seeds)
    ]
    target = Path(str(resources(rules) / "confidence.json"))
    table: dict[str, Table] = {"any": {}, "first": {}}
    if given.only_cents:
        shipped = json.loads(target.read_text("utf-8"))
        table = {name: _without_cents(rows) for name, rows in shipped.items()}
    for turn in range(0 if given.only_cents else ROUNDS):
        table = _total(count, [(*case, table) for case in cases])
        print(f"round {turn + 1}: {len(table['any'])} classes")
    # The second time the ranks are those of a measured table.
    table = {name: _without_cents(rows) for name, rows in table.items()}
    cents: dict[str, Table] = {"any": {}, "first": {}}
    for _turn in (1, 2):
        known = _joined(table, cents)
        cents = _total(count_cents, [(*case, known) for case in cases])
    print(f"cents: {len(cents['any'])} classes")
    target.write_text(json.dumps(_joined(table, cents), indent=0) + "\n")


Job = tuple[str, str, int, dict[str, Table]]


def _total(counted: Callable[[Job], dict[str, Table]], jobs: Sequence[Job]) -> dict[str, Table]:
    total: dict[str, Table] = {"any": defaultdict(_zero), "first": defaultdict(_zero)}
    with ProcessPoolExecutor(2) as pool:
        for counts in pool.map(counted, jobs):
            for name, rows in counts.items():
                for key, (right, seen) in rows.items():
                    total[name][key][0] += right
                    total[name][key][1] += seen
    return _joined(total, {"any": {}, "first": {}})


def _joined(one: dict[str, Table], other: dict[str, Table]) -> dict[str, Table]:
    return {name: dict(sorted((one[name] | other[name]).items())) for name in one}


def _without_cents(rows: Table) -> Table:
    return {key: counts for key, counts in rows.items() if key.split("/")[1] != CENTS}


if __name__ == "__main__":
    main()
