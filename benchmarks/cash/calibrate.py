"""Measure the precision of every class of evidence: python -m benchmarks.cash.calibrate

Runs the engine over cases of the calibration seeds and counts, per class, how often an answer was
right. The counts are the engine's confidence (``acquit/stages/matching/rules/confidence.json``).
Ranking needs a table to begin with, so the counting is done in rounds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files as resources
from pathlib import Path

from acquit.stages.matching import rules
from acquit.stages.matching.rules.confidence import Confidence
from acquit.stages.matching.rules.engine import Weighed, weigh
from acquit.stages.matching.rules.inputs import OpenItem
from benchmarks.cash.generate import make
from benchmarks.cash.inputs import inputs
from benchmarks.cash.profiles import profile

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
    given = parser.parse_args()
    table: dict[str, Table] = {"any": {}, "first": {}}
    for turn in range(ROUNDS):
        jobs = [
            (name, f"{given.prefix}-{seed}", given.lines, table)
            for name in given.profiles
            for seed in range(given.seeds)
        ]
        total: dict[str, Table] = {"any": defaultdict(_zero), "first": defaultdict(_zero)}
        with ProcessPoolExecutor(2) as pool:
            for counts in pool.map(count, jobs):
                for name, rows in counts.items():
                    for key, (right, seen) in rows.items():
                        total[name][key][0] += right
                        total[name][key][1] += seen
        table = {name: dict(sorted(rows.items())) for name, rows in total.items()}
        print(f"round {turn + 1}: {len(table['any'])} classes")
    target = Path(str(resources(rules) / "confidence.json"))
    target.write_text(json.dumps(table, indent=0) + "\n")


if __name__ == "__main__":
    main()
