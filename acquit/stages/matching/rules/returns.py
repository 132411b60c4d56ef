"""Which receipt came back with a bank debit, how much of it, and what must be taken back. Pure.

The bank's own words identify the payment: its end-to-end id or its reference. A mandate or the
text of the payment tell it where they are told of one payment only; an account or a name only
together with the very amount. Of two that fit equally well neither is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

# What ties a return to a receipt, and how strongly.
STRENGTH = {
    "end_to_end": 3,
    "bank_reference": 3,
    "payout_reference": 3,
    "document": 3,
    "mandate": 2,
    "text": 2,
    "account": 1,
    "name": 1,
}
# How a payout closed a document: by its money, by money that others took back, by its fee.
PAID_BY = ("", "netted", "bank_fee")
CLASSES = {3: "reference", 2: "mandate", 1: "payer"}
PERSON = "person"  # the tie and the class where somebody says which receipt it was
_EXACT, _PART, _WITH_FEE = 2, 1, 0


_NO_NAME = ("", "NOTPROVIDED", "NONREF")  # what stands where a bank or a payer gave no id
_WORD_MIN, _TEXT_MIN, _PAYER_MIN = 6, 8, 3
_APART = re.compile(r"[\s,;()]+")
_PIECES = re.compile(r"[\s,;()+:/]+")
_LABEL = re.compile(r"/?\b[A-Z]{4}[+:/]")  # such as EREF+ in MT940, /EREF/ elsewhere


@dataclass(frozen=True, slots=True)
class Movement:
    """What the bank says of a return, or of a payment: its ids, who paid, its text, and its
    amount without its sign. ``charges_minor`` is what the bank took for it."""

    amount_minor: int
    charges_minor: int
    end_to_end: str
    reference: str
    mandate: str
    iban: str
    name: str
    text: str

    @property
    def payer(self) -> str:
        return self.name.lower() if len(self.name) >= _PAYER_MIN else ""

    @property
    def amounts(self) -> frozenset[int]:
        """What came in, if all of it went back: with the bank's charge or without."""
        return frozenset({self.amount_minor, self.amount_minor - self.charges_minor})


def words(text: str) -> frozenset[str]:
    """The words of a text that may be an id, also behind a label: a number that is a part of
    another one is no word.

    >>> sorted(words("EREF+2026/000017, INV-1001."))
    ['000017', '2026/000017', 'EREF+2026/000017', 'INV-1001']
    """
    found = {*_APART.split(text), *_PIECES.split(text), *_APART.split(_LABEL.sub(" ", text))}
    return frozenset(word for one in found if len(word := one.strip(".'\"")) >= _WORD_MIN)


def marks(one: Movement, *, is_return: bool) -> Iterator[tuple[str, str | int]]:
    """By what a return and a payment may find each other: each tie shares one of them."""
    ids = {"end_to_end": one.end_to_end, "bank_reference": one.reference}
    for tie, value in ids.items():
        told = {value, *words(one.text)} if is_return else {value}
        yield from ((tie, each) for each in told if each not in _NO_NAME)
    for tie, value in {"mandate": one.mandate, "account": one.iban, "name": one.payer}.items():
        if value:
            yield tie, value
    for amount in one.amounts if is_return else (one.amount_minor,):
        yield "amount", amount


def ties(told: Movement, paid: Movement, *, said: frozenset[str]) -> frozenset[str]:
    """What ties a payment to a return; ``said`` are the words of the return's text."""
    found = {
        "end_to_end": paid.end_to_end not in _NO_NAME
        and (paid.end_to_end == told.end_to_end or paid.end_to_end in said),
        "bank_reference": len(paid.reference) >= _WORD_MIN
        and paid.reference not in _NO_NAME
        and (paid.reference == told.reference or paid.reference in said),
        "mandate": bool(told.mandate) and paid.mandate == told.mandate,
        "text": len(paid.text) >= _TEXT_MIN
        and paid.amount_minor in told.amounts
        and paid.text.lower() in told.text.lower(),
        "account": bool(told.iban) and paid.iban == told.iban,
        "name": bool(told.payer) and paid.payer == told.payer,
    }
    return frozenset(tie for tie, holds in found.items() if holds)


def is_contradicted(told: Movement, paid: Movement, *, said: frozenset[str]) -> bool:
    """Both name a payment by its id, and not the same one."""
    named = paid.end_to_end not in _NO_NAME and told.end_to_end not in _NO_NAME
    return named and paid.end_to_end != told.end_to_end and paid.end_to_end not in said


@dataclass(frozen=True, slots=True)
class Candidate:
    """A receipt that may have come back; ``left_minor`` of it did not so far. ``claim_id`` is the
    one document whose money it was, of a payout that paid many."""

    receipt_id: UUID
    left_minor: int
    by: frozenset[str]
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The receipt, the money of it that went back, and the rest: what the bank took for it.
    ``evidence`` is a class of :data:`CLASSES`, ``by`` the ties, strongest first."""

    receipt_id: UUID
    principal_minor: int
    charge_minor: int
    evidence: str
    by: tuple[str, ...]
    claim_id: UUID | None = None


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
        found = Found(one.receipt_id, principal, charge, CLASSES[strength], by, one.claim_id)
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


def taken(*, back: int, closed: Mapping[str, int]) -> dict[str, int]:
    """How much of each way in which a payout closed a document (:data:`PAID_BY`) goes back, in
    minor units: of its money and of what was netted the same share, so that the next part finds
    money too; its fee last.

    >>> taken(back=50, closed={"": 60, "netted": 40, "bank_fee": 3})
    {'': 30, 'netted': 20, 'bank_fee': 0}
    """
    ways = PAID_BY
    money, netted, fee = (closed.get(way, 0) for way in ways)
    came = min(back, money + netted)
    own = max(came * money // (money + netted), min(money, 1)) if came else 0
    return dict(zip(ways, (own, came - own, min(back - came, fee)), strict=True))


def worth(*, whole_worth: int, whole_minor: int, part_minor: int) -> int:
    """The part's share of what the debit is worth in the company's currency, half up.

    >>> worth(whole_worth=9_215, whole_minor=10_000, part_minor=5_000)
    4608
    """
    return (2 * whole_worth * part_minor + whole_minor) // (2 * whole_minor)


def shares(*, whole_worth: int, parts: Sequence[int]) -> list[int]:
    """What each part is worth where all together are worth ``whole_worth``: no cent is left.

    >>> shares(whole_worth=100, parts=[1, 1, 1])
    [33, 34, 33]
    """
    whole, upto, done = sum(parts), 0, 0
    found = []
    for part in parts:
        upto += part
        reached = worth(whole_worth=whole_worth, whole_minor=whole, part_minor=upto)
        found.append(reached - done)
        done = reached
    return found


def charge_worth(
    *, whole_worth: int, whole_minor: int, principal_minor: int, charge_minor: int
) -> int:
    """The charge's share of it: with the principal's it is what both are worth together, so that
    rounding leaves no cent of the debit on suspense.

    >>> charge_worth(whole_worth=101, whole_minor=100, principal_minor=50, charge_minor=50)
    50
    """
    with_charge, without = (
        worth(whole_worth=whole_worth, whole_minor=whole_minor, part_minor=part)
        for part in (principal_minor + charge_minor, principal_minor)
    )
    return with_charge - without


def evidence_class(ties: Sequence[str]) -> str:
    """The class of the strongest tie.

    >>> evidence_class(["account", "mandate"])
    'mandate'
    """
    if PERSON in ties:
        return PERSON
    return CLASSES[max((STRENGTH[tie] for tie in ties), default=1)]
