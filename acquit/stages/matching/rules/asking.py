"""Which answers a customer is offered when nobody can tell what his money settles. Pure.

First what the matcher found, then single claims of his where it found fewer than two answers, and
always that the money stays on his account. Only his own documents are named to him.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from acquit.core.faults import Fault
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


class Addressee(Protocol):
    """A customer, as he is written to."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...


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


def asked_customer(payer: UUID | None, owners: Collection[UUID | None]) -> UUID | None:
    """Who is asked: whoever is known to have paid, else the one customer whose documents all
    answers of the matcher are about; nobody where these are several customers' or nobody's.

    >>> ana, bob = UUID(int=1), UUID(int=2)
    >>> asked_customer(ana, {bob}) == ana, asked_customer(None, {bob}) == bob
    (True, True)
    >>> asked_customer(None, {ana, bob}), asked_customer(None, {None}), asked_customer(None, ())
    (None, None, None)
    """
    if payer is not None or len(owners) != 1:
        return payer
    return next(iter(owners))


def cannot_ask(customer: Addressee | None, *, path: str = "") -> Fault | None:
    """What is missing for asking: a customer, or his address."""
    if customer is None:
        fix = "say who paid: leave the money on the customer's account, then ask him"
        return Fault("question.customer", "nobody knows whose money this is", path=path, fix=fix)
    if not can_be_written_to(customer.email):
        message = f"{customer.name} has no e-mail address"
        fix = "enter the address of the customer"
        return Fault("question.recipient", message, path=path, fix=fix)
    return None


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
