"""How often evidence of a class was right: the measured precision behind every probability.

The table counts, per class of evidence, how often an answer was right and how often it was given,
on cases made for calibration (``benchmarks/cash/calibrate.py``). A class that was seen seldom
leans on the wider class it belongs to: the share of the wider one counts as ``WEIGHT`` cases, and
``DOUBT`` of a case counts as wrong, so that what was hardly ever seen is never sure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

WEIGHT = 12.0
DOUBT = 0.3
_ROOT = 0.3  # before anything is known
_MOST = 0.99999
OUT = "went out"  # what was no payment to us settles nothing, which need not be measured
Counts = Mapping[str, tuple[int, int]]  # class -> right, given


class Confidence:
    """Probabilities of classes; ``any`` of all answers weighed, ``first`` of those ranked first."""

    def __init__(self, *, any: Counts, first: Counts) -> None:
        self._any, self._first = _Shares(any), _Shares(first)

    def of_any(self, evidence: str) -> float:
        """How often an answer with this evidence is right."""
        return self._any[evidence]

    def of_first(self, evidence: str) -> float:
        """How often it is right when no other answer for the line looked better."""
        return self._first[evidence]


class _Shares(dict[str, float]):
    """How often each class was right, worked out when it is first met."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._counts = _with_wider(counts)

    def __missing__(self, evidence: str) -> float:
        share = _ROOT
        for wider in reversed(widened(evidence)):
            right, given = self._counts.get(wider, (0, 0))
            share = (right + WEIGHT * share) / (given + WEIGHT + DOUBT)
        self[evidence] = _MOST if evidence.startswith(OUT) else min(_MOST, share)
        return self[evidence]


def widened(evidence: str) -> list[str]:
    """The class itself, then ever wider ones: without its last part, and so on."""
    parts = evidence.split("/")
    return ["/".join(parts[:size]) for size in range(len(parts), 0, -1)]


def _with_wider(counts: Counts) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for evidence, (right, given) in counts.items():
        for wider in widened(evidence):
            old = found.get(wider, (0, 0))
            found[wider] = (old[0] + right, old[1] + given)
    return found


@cache
def shipped() -> Confidence:
    """The table that comes with Acquit."""
    counted = _shipped_counts()
    return Confidence(any=counted["any"], first=counted["first"])


def learnt(counts: Counts) -> Confidence:
    """The table that comes with Acquit and what a company counted itself of first answers: each
    case of its own weighs as one more."""
    if not counts:
        return shipped()
    counted = _shipped_counts()
    first = dict(counted["first"])
    for key, (right, given) in counts.items():
        old = first.get(key, (0, 0))
        first[key] = (old[0] + right, old[1] + given)
    return Confidence(any=counted["any"], first=first)


@cache
def _shipped_counts() -> dict[str, dict[str, tuple[int, int]]]:
    data = json.loads((files(__package__) / "confidence.json").read_text("utf-8"))
    return {
        name: {key: (right, given) for key, (right, given) in data[name].items()}
        for name in ("any", "first")
    }
