"""What was learnt from decided receipts, and what of it counts. Pure.

Accounts and names under which money was applied for a customer, what a customer paid before, and
patterns of his texts count unless a person switched them off. How often evidence was right in
this company counts once a person switched it on, as it was measured then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from acquit.stages.matching.rules.inputs import Id

ACCOUNT, NAME, HABIT, TEXT = "account", "name", "habit", "text"
CALIBRATION = "calibration"
KINDS = (ACCOUNT, NAME, HABIT, TEXT, CALIBRATION)
SINGLE = (ACCOUNT, NAME, TEXT)  # of which one alone can be switched off


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing learnt, on or off: a whole kind, or with ``value`` one account, name or pattern of
    texts of a customer. ``counts`` are those of the calibration: class of evidence -> right,
    given."""

    kind: str
    is_on: bool
    value: str = ""
    customer: Id = None
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What counts of all that was learnt."""

    off: frozenset[str] = frozenset({CALIBRATION})
    dropped: frozenset[tuple[str, str, Id]] = frozenset()
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        return kind not in self.off

    def knows(self, kind: str, value: str, customer: Id) -> bool:
        """Whether this account, name or pattern counts as one of this customer's."""
        return kind not in self.off and (kind, value, customer) not in self.dropped

    def after(self, switches: Sequence[Switch]) -> Lessons:
        """With these switches moved, the later over the earlier.

        >>> Lessons().after([Switch("name", False)]).has("name")
        False
        """
        off, dropped, counts = set(self.off), set(self.dropped), dict(self.counts)
        for one in switches:
            single = (one.kind, one.value, one.customer)
            if one.value:
                dropped.discard(single) if one.is_on else dropped.add(single)
                continue
            off.discard(one.kind) if one.is_on else off.add(one.kind)
            if one.kind == CALIBRATION:
                counts = dict(one.counts) if one.is_on else {}
        return Lessons(frozenset(off), frozenset(dropped), counts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the matcher would say to a decided receipt: right where it is what was decided."""

    is_right: bool
    is_posted: bool
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Verdicts summed: how many are right, posted by rule, and posted though wrong."""

    right: int
    posted: int
    wrong_posts: int


def scored(verdicts: Sequence[Verdict]) -> Score:
    return Score(
        sum(one.is_right for one in verdicts),
        sum(one.is_posted for one in verdicts),
        sum(one.is_posted and not one.is_right for one in verdicts),
    )
