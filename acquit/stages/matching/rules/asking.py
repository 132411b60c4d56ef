"""Which answers a customer is offered when nobody can tell what his money settles. Pure.

First what the matcher found, then single claims of his where it found fewer than two answers, and
always that the money stays on his account. Only his own documents are named to him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from acquit.stages.matching.rules.plans import Share

PURPOSE = "question"  # of the signed link
DAYS = 14  # a link opens; the longest is DAYS_MAX
DAYS_MAX = 60
ANSWERS_MAX = 5
FOUND_MIN = 2  # answers of the matcher from which on no single claims are added
SOMETHING_ELSE = 0
TEXT_MAX = 1_000
ACCOUNT = "account"
CLAIM = "claim"


class Claim(Protocol):
    """A document of the customer with something open, of either side."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def open_minor(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer. ``shares`` is what it would settle, nothing where the money stays on
    account; ``total_minor`` is the receipt's money in it. ``probability`` is the matcher's, 0 for
    an answer it did not give."""

    reason: str
    shares: tuple[Share, ...]
    total_minor: int
    probability: Decimal = Decimal(0)


def can_be_written_to(email: str) -> bool:
    """Whether an address may stand in the head of a mail.

    >>> can_be_written_to("ana@muster.example"), can_be_written_to("a b@muster.example")
    (True, False)
    """
    return bool(email) and all(ord(sign) > 32 for sign in email)


def options(
    *,
    found: Sequence[Option],
    claims: Sequence[Claim],
    own: set[UUID],
    left_minor: int,
    currency: str,
) -> tuple[Option, ...]:
    """Two to five answers, or only that it stays on account where the customer owes nothing.

    ``found`` are the matcher's answers, best first; one that names a document which is not in
    ``own`` is left out, and so is one that says what another said. ``claims`` come oldest first.
    """
    offered: list[Option] = []
    shapes: set[frozenset[tuple[UUID, int]]] = set()
    wanted = [one for one in found if one.shares and named(one) <= own]
    if len(wanted) < FOUND_MIN:
        wanted += [
            single(claim, left_minor)
            for claim in claims
            if claim.side == "debit" and claim.currency == currency and claim.open_minor > 0
        ]
    for one in wanted:
        shape = _shape(one)
        if shape not in shapes and len(offered) < ANSWERS_MAX - 1:
            shapes.add(shape)
            offered.append(one)
    return (*offered, Option(ACCOUNT, (), 0))


def single(claim: Claim, left_minor: int) -> Option:
    """All the money for one document, or as much of it as the document takes."""
    part = min(claim.open_minor, left_minor)
    return Option(CLAIM, (Share(claim.id, claim.number, part),), part)


def named(one: Option) -> set[UUID]:
    """The documents and credit notes in an answer."""
    owed = {share.open_item_id for share in one.shares}
    return owed | {share.credit_item_id for share in one.shares if share.credit_item_id}


def _shape(one: Option) -> frozenset[tuple[UUID, int]]:
    """What each document is credited, in how many steps ever."""
    sums: dict[UUID, int] = {}
    for share in one.shares:
        sums[share.open_item_id] = sums.get(share.open_item_id, 0) + share.amount_minor
    return frozenset(sums.items())
