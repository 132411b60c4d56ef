"""What would come of posting from another sureness on: one point of the curve for each limit.

The policy as shipped posts from 0.99 on what has no rival. Here the probability alone decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cash import files
from benchmarks.cash.files import Answer, Right
from benchmarks.cash.score import Tally, wilson_low

LIMITS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
COUNTED = ("lines", "payable", "posted", "posted_right", "posted_right_payable")


def counted(
    *, lines: Iterable[tuple[str, int]], truth: Mapping[str, Right], answers: Mapping[str, Any]
) -> dict[str, dict[str, int]]:
    """Counts and money of each limit; those of several cases can be added."""
    tallies = {limit: Tally() for limit in LIMITS}
    for line, amount in lines:
        found = answers.get(line, [])
        for limit, tally in tallies.items():
            tally.add(amount, truth[line], _posted_from(limit, found))
    return {
        str(limit): {
            name: getattr(tally, name) for name in (*COUNTED, "value_posted", "value_wrong")
        }
        for limit, tally in tallies.items()
    }


def counted_files(case: Path, proposals: Path) -> dict[str, dict[str, int]]:
    """As :func:`counted`, of a file of proposals over a generated case."""
    lines = [(line.id, line.amount) for line in files.lines(case)]
    return counted(lines=lines, truth=files.truth(case), answers=files.answers(proposals))


def _posted_from(limit: float, found: Sequence[Answer]) -> list[Answer]:
    if not found:
        return []
    first, *others = found
    is_posted = first.probability >= limit and bool(first.items)
    return [replace(first, action="post" if is_posted else "suggest"), *others]


def points(cases: Sequence[Mapping[str, Mapping[str, int]]]) -> list[dict[str, Any]]:
    """The curve over several cases together."""
    found = []
    for limit in LIMITS:
        ones = [case[str(limit)] for case in cases]
        total = {name: sum(one[name] for one in ones) for name in ones[0]}
        posted, value = total["posted"], total["value_posted"]
        found.append(
            {
                "limit": limit,
                "coverage": posted / total["lines"],
                "precision": total["posted_right"] / posted if posted else 0.0,
                "precision_low": wilson_low(total["posted_right"], posted),
                "recall": total["posted_right_payable"] / total["payable"],
                "misapplied_per_million": 1e6 * total["value_wrong"] / value if value else 0.0,
            }
        )
    return found
