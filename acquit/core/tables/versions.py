"""Versions of a table over time, and what a new version would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from acquit.core.dated import NoValue
from acquit.core.tables.decide import CompiledTable, Decision, Facts
from acquit.core.tables.table import Table
from acquit.core.tables.values import Value, format_value

SILENT = "no row"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a table, in force from ``valid_from`` until a later version starts."""

    number: int
    valid_from: date
    table: Table
    remark: str = ""


def in_force(*, versions: Sequence[Version], day: date) -> Version:
    """The version of the day: the latest start wins, and of equal starts the higher number.

    A correction is therefore a new version with the start of the one it replaces; nothing is
    edited. NoValue when the day lies before every start.
    """
    started = [version for version in versions if version.valid_from <= day]
    if not started:
        raise NoValue(f"no version of the table is in force on {day.isoformat()}")
    return max(started, key=lambda version: (version.valid_from, version.number))


@dataclass(frozen=True, slots=True)
class Change:
    """One past input that would be decided otherwise."""

    key: str
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes between two tables over the same inputs.

    ``counts`` counts each pair (outcome before, outcome after) in words, changed ones only.
    """

    inputs_count: int
    changes: tuple[Change, ...]
    counts: Mapping[tuple[str, str], int]

    @property
    def changed_count(self) -> int:
        return len(self.changes)


def compare(
    *, before: CompiledTable, after: CompiledTable, inputs: Iterable[tuple[str, Facts]]
) -> Difference:
    """The dry run: both tables decide every keyed input; outcomes are compared, not row numbers.

    Moving or splitting rows without another outcome is no change.
    """
    changes = []
    counts: Counter[tuple[str, str]] = Counter()
    inputs_count = 0
    for key, facts in inputs:
        inputs_count += 1
        old, new = before.decide(facts), after.decide(facts)
        if old.outcomes != new.outcomes:
            changes.append(Change(key, old, new))
            counts[outcome_text(old), outcome_text(new)] += 1
    return Difference(inputs_count, tuple(changes), dict(counts))


def outcome_text(decision: Decision) -> str:
    """The outcome in words: ``action = post, limit = 100``, or ``no row``."""
    if not decision.outcomes:
        return SILENT
    return "; ".join(
        ", ".join(f"{name} = {_shown(value)}" for name, value in outcome.items())
        for outcome in decision.outcomes
    )


def _shown(value: Value | None) -> str:
    return "empty" if value is None else format_value(value)
