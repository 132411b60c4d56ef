"""Which receipt came back with a bank debit, how much of it, and what must be taken back. Pure.

The bank's own words identify the payment: its end-to-end id or its reference. A mandate or the
text of the payment tell it where they are told of one payment only; an account or a name only
together with the very amount. Of two that fit equally well neither is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# What ties a return to a receipt, and how strongly.
STRENGTH = {
    "end_to_end": 3,
    "bank_reference": 3,
    "mandate": 2,
    "text": 2,
    "account": 1,
    "name": 1,
}
CLASSES = {3: "reference", 2: "mandate", 1: "payer"}
PERSON = "person"  # the tie and the class where somebody says which receipt it was
_EXACT, _PART, _WITH_FEE = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A receipt that may have come back; ``left_minor`` of it did not so far."""

    receipt_id: UUID
    left_minor: int
    by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The receipt, the money of it that went back, and the rest: what the bank took for it.
    ``evidence`` is a class of :data:`CLASSES`, ``by`` the ties, strongest first."""

    receipt_id: UUID
    principal_minor: int
    charge_minor: int
    evidence: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """``found`` is None where nothing fits or several fit equally well: then ``ties`` says how
    many."""

    found: Found | None
    ties: int


def shared(*, amount_minor: int, charges_minor: int, left_minor: int) -> tuple[int, int, int]:
    """How a debit of ``amount`` divides into money of the receipt and the bank's charge, and how
    well that fits. All in minor units.

    >>> shared(amount_minor=10_350, charges_minor=350, left_minor=10_000)
    (10000, 350, 2)
    >>> shared(amount_minor=10_000, charges_minor=350, left_minor=10_000)
    (10000, 0, 2)
    >>> shared(amount_minor=4_000, charges_minor=0, left_minor=10_000)
    (4000, 0, 1)
    >>> shared(amount_minor=10_350, charges_minor=0, left_minor=10_000)
    (10000, 350, 0)
    """
    net = amount_minor - charges_minor if 0 < charges_minor < amount_minor else amount_minor
    for principal in (net, amount_minor):
        if principal == left_minor:
            return principal, amount_minor - principal, _EXACT
    if net < left_minor:
        return net, amount_minor - net, _PART
    return left_minor, amount_minor - left_minor, _WITH_FEE


def choose(*, amount_minor: int, charges_minor: int, candidates: Sequence[Candidate]) -> Answer:
    """The one receipt that fits better than every other one, or none."""
    ranked: list[tuple[tuple[int, int, int], Found]] = []
    for one in candidates:
        if one.left_minor <= 0 or not one.by:
            continue
        strength = max(STRENGTH[tie] for tie in one.by)
        principal, charge, fit = shared(
            amount_minor=amount_minor, charges_minor=charges_minor, left_minor=one.left_minor
        )
        if (strength == 1 and fit < _EXACT) or (strength == 2 and fit < _PART):
            continue
        by = tuple(sorted(one.by, key=lambda tie: (-STRENGTH[tie], tie)))
        found = Found(one.receipt_id, principal, charge, CLASSES[strength], by)
        ranked.append(((strength, fit, len(by)), found))
    if not ranked:
        return Answer(None, 0)
    best = max(key for key, _found in ranked)
    top = [found for key, found in ranked if key == best]
    return Answer(top[0], 0) if len(top) == 1 else Answer(None, len(top))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a receipt settled by one decision: allocations that are undone together, and how much
    of the receipt they use. ``claim_id`` is set where that is a single plain allocation."""

    allocation_id: UUID
    freed_minor: int
    claim_id: UUID | None


@dataclass(frozen=True, slots=True)
class Unwound:
    """Decisions to undo, newest first, and what is applied again of the last one of them."""

    undo: tuple[Standing, ...]
    again_minor: int


def unwind(*, open_minor: int, newest: Sequence[Standing], returned_minor: int) -> Unwound:
    """Free ``returned`` of a receipt: what settles nothing first, then the newest decision, and so
    on. A decision is undone whole, since the log knows no half reversals; what it frees too much
    settles the same claim again.

    >>> unwind(open_minor=50, newest=(), returned_minor=50)
    Unwound(undo=(), again_minor=0)
    """
    free, undo = open_minor, []
    for one in newest:
        if free >= returned_minor:
            break
        undo.append(one)
        free += one.freed_minor
    if free < returned_minor:
        raise ValueError(f"{returned_minor} cannot come back of a receipt that has {free}")
    too_much = free - returned_minor if undo else 0
    return Unwound(tuple(undo), too_much if undo and undo[-1].claim_id else 0)


def worth(*, whole_worth: int, whole_minor: int, part_minor: int) -> int:
    """The part's share of what the debit is worth in the company's currency, half up.

    >>> worth(whole_worth=9_215, whole_minor=10_000, part_minor=5_000)
    4608
    """
    return (2 * whole_worth * part_minor + whole_minor) // (2 * whole_minor)


def evidence_class(ties: Sequence[str]) -> str:
    """The class of the strongest tie.

    >>> evidence_class(["account", "mandate"])
    'mandate'
    """
    if PERSON in ties:
        return PERSON
    return CLASSES[max((STRENGTH[tie] for tie in ties), default=1)]
