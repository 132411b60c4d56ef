"""The scorer: python -m benchmarks.cash.score CASE PROPOSALS [--json]

It reads ``proposals.csv`` and the truth, and nothing else of whoever made the proposals.

- A line is right when exactly the right items are credited with exactly the right amounts; for
  money that belongs to no item the right answer is no item.
- precision: right among the lines posted; with Wilson's lower bound at 95 %. recall: right posted
  among the lines that pay something. coverage: posted among all lines.
- misapplied: of a million posted, what went to items it did not pay, in the line's money.
- top-k: the right answer is among the first k. touches: 1 for accepting, 1 for each item put
  right, 2 for taking back something posted; nothing for what was posted rightly.
- ECE: ten bins of the first proposal's probability against how often it was right.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cash import files
from benchmarks.cash.files import Answer, Right

Z = 1.959964  # 95 %
BINS = 10
TAKING_BACK = 2


@dataclass(slots=True)
class Tally:
    """Counts over some lines."""

    lines: int = 0
    payable: int = 0
    posted: int = 0
    posted_right: int = 0
    posted_right_payable: int = 0
    value_posted: int = 0
    value_wrong: int = 0
    top: dict[int, int] = field(default_factory=lambda: {1: 0, 3: 0, 5: 0})
    ambiguous: int = 0
    touches: int = 0
    item_hits: int = 0
    item_given: int = 0
    item_true: int = 0
    reasons_right: int = 0

    def add(self, amount: int, right: Right, found: list[Answer]) -> None:
        self.lines += 1
        self.payable += bool(right.items)
        at = next((i for i, answer in enumerate(found) if answer.items == right.items), None)
        for k in self.top:
            self.top[k] += at is not None and at < k
        first = found[0] if found else None
        is_posted = first is not None and first.action == "post"
        given = first.items if first else {}
        self.ambiguous += bool(first and first.rivals > 0)
        self.item_true += len(right.items)
        if is_posted:
            self._posted(amount, right, given)
        self.reasons_right += bool(first and at == 0 and first.reason == right.reason)
        self.touches += _touches(is_posted, at, given, right)

    def _posted(self, amount: int, right: Right, given: dict[str, int]) -> None:
        self.posted += 1
        is_right = given == right.items
        self.posted_right += is_right
        self.posted_right_payable += is_right and bool(right.items)
        self.value_posted += abs(amount)
        self.item_given += len(given)
        self.item_hits += sum(right.items.get(item) == credited for item, credited in given.items())
        self.value_wrong += min(abs(amount), _wrong(given, right.items))

    def figures(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "posted": self.posted,
            "coverage": _share(self.posted, self.lines),
            "precision": _share(self.posted_right, self.posted),
            "precision_low": round(wilson_low(self.posted_right, self.posted), 5),
            "recall": _share(self.posted_right_payable, self.payable),
            "misapplied_per_million": round(1e6 * self.value_wrong / self.value_posted, 1)
            if self.value_posted
            else 0.0,
            **{f"top{k}": _share(count, self.lines) for k, count in self.top.items()},
            "ambiguous": _share(self.ambiguous, self.lines),
            "touches_per_100": round(100 * self.touches / self.lines, 1) if self.lines else 0.0,
            "item_precision": _share(self.item_hits, self.item_given),
            "item_recall": _share(self.item_hits, self.item_true),
            "reason_right": _share(self.reasons_right, self.lines),
        }


def score(
    *, lines: Iterable[tuple[str, int]], truth: dict[str, Right], answers: dict[str, list[Answer]]
) -> dict[str, Any]:
    """All figures of one run. ``lines`` are ids with amounts in minor units."""
    whole = Tally()
    scenarios: dict[str, Tally] = defaultdict(Tally)
    bins: list[list[float]] = [[0, 0.0, 0.0] for _ in range(BINS)]
    for line, amount in lines:
        right, found = truth[line], answers.get(line, [])
        whole.add(amount, right, found)
        scenarios[right.scenario].add(amount, right, found)
        if found:
            row = bins[min(BINS - 1, int(found[0].probability * BINS))]
            row[0] += 1
            row[1] += found[0].probability
            row[2] += found[0].items == right.items
    return {
        **whole.figures(),
        "ece": _ece(bins),
        "bins": [
            {"lines": int(n), "said": round(said / n, 4), "was": round(was / n, 4)}
            for n, said, was in bins
            if n
        ],
        "scenarios": {name: tally.figures() for name, tally in sorted(scenarios.items())},
    }


def wilson_low(right: int, total: int) -> float:
    """The lower bound of a share at 95 % (Wilson 1927); 0 where nothing was counted."""
    if not total:
        return 0.0
    share, z2 = right / total, Z * Z
    middle = share + z2 / (2 * total)
    spread = Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return (middle - spread) / (1 + z2 / total)


def _wrong(given: dict[str, int], right: dict[str, int]) -> int:
    """What the items got beyond what was theirs, in minor units."""
    wrong = (abs(credited - right.get(item, 0)) for item, credited in given.items())
    return sum(wrong)


def _touches(is_posted: bool, at: int | None, given: dict[str, int], right: Right) -> int:
    if is_posted and given == right.items:
        return 0
    edits = len(set(given.items()) ^ set(right.items.items()))
    if is_posted:
        return TAKING_BACK + edits
    return 1 if at is not None and at < 5 else 1 + max(1, edits)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 0.0


def _ece(bins: list[list[float]]) -> float:
    total = sum(n for n, _, _ in bins)
    return round(sum(abs(said - was) for _, said, was in bins) / total, 5) if total else 0.0


def score_files(case: Path, proposals: Path) -> dict[str, Any]:
    """The figures of a file of proposals over a generated case."""
    lines = [(line.id, line.amount) for line in files.lines(case)]
    return score(lines=lines, truth=files.truth(case), answers=files.answers(proposals))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("proposals", type=Path)
    given = parser.parse_args()
    print(json.dumps(score_files(given.case, given.proposals), indent=1))


if __name__ == "__main__":
    main()
