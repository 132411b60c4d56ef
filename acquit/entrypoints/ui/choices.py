"""What a clerk looks for and chooses by hand on the Apply page: documents and customers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.ids import from_public, to_public
from acquit.core.money import Money
from acquit.core.text import normalize_reference
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.abroad import Worth, parts, rates_of
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.rests import Short, Way, ways
from acquit.stages.masterdata.queries import customer_names, customers
from acquit.stages.matching import queries
from acquit.stages.receivables.queries import OpenClaim, claims_of

CUSTOMERS_SHOWN = 8
NUMBERS_MAX = 200
_BETWEEN = re.compile(r"[\s,;|]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """A document the clerk may tick, with the amount that would be applied. Of a document in
    another currency ``given`` is what the money gives for it, ``worth`` what all that is open of it
    is worth in the money's currency (None without a rate), and ``place`` the proposal that settles
    it, 0 where none does. ``is_offered``: ticked for whoever named it."""

    id: str
    number: str
    url: str
    customer: str
    due_on: date
    open: Money
    amount: Money
    given: Money | None = None
    worth: Money | None = None
    place: int = 0
    is_offered: bool = True

    @property
    def is_chosen(self) -> bool:
        return self.is_offered and self.amount.minor > 0

    @property
    def taken(self) -> Money:
        """What it takes of the money."""
        return self.amount if self.given is None else self.given


def search(
    frame: Frame,
    left: Money,
    on: date,
    standing: Sequence[queries.ProposalView],
    payer: UUID | None,
) -> dict[str, Any]:
    """What was asked for on the page: documents by their numbers or all open ones of the payer, a
    customer by his name."""
    text, who = (frame.request.GET.get(name, "").strip() for name in ("find", "who"))
    is_listed = payer is not None and frame.request.GET.get("open") == "1"
    if is_listed and payer is not None:
        known = claims_of(company_id=frame.company_id, customer_ids=[payer])
    else:
        known = queries.find(company_id=frame.company_id, text=text) if text else []
    claims = [claim for claim in known if claim.side == "debit"]
    if is_listed:
        # What comes to the money by itself stands first.
        claims.sort(key=lambda one: (one.currency != left.currency, one.open_minor != left.minor))
    more = max(len(claims) - NUMBERS_MAX, 0)
    claims = claims[:NUMBERS_MAX]
    ids = {claim.customer_id for claim in claims}
    names = customer_names(company_id=frame.company_id, ids=ids).alone() if ids else {}
    places = {
        item.open_item_id: place
        for place, one in reversed(list(enumerate(standing, 1)))
        for item in one.items
    }
    worth_of = rates_of(frame, claims, left=left, on=on)
    choices = found(claims, names, left, worth_of, places, is_offered=not is_listed)
    return {
        "find": "" if is_listed else text,
        "is_listed": is_listed,
        "more": more,
        "choices": choices,
        "is_abroad": any(one.given is not None for one in choices),
        "unknown": [] if is_listed else not_found(text, [claim.number for claim in claims]),
        "who": who,
        "people": _candidates(frame, who),
    }


def found(
    claims: Sequence[OpenClaim],
    named: Mapping[UUID, str],
    left: Money,
    worth_of: Worth,
    places: Mapping[UUID, int],
    *,
    is_offered: bool,
) -> list[Choice]:
    """Open claims that were asked for, filled from the money left in the order of their due days;
    or, where nobody named them, each with what of the money it would take alone."""
    rest, rows = left.minor, []
    for claim in claims:
        open_, given, worth = Money(claim.open_minor, claim.currency), None, None
        if claim.currency == left.currency:
            amount = Money(max(min(claim.open_minor, rest), 0), claim.currency)
        else:
            amount, given = parts(open_, Money(rest, left.currency), worth_of)
            worth = worth_of(open_, left.currency)
        choice = Choice(
            id=to_public("open_item", claim.id),
            number=claim.number,
            url=links.customer(claim.customer_id),
            customer=named.get(claim.customer_id, ""),
            due_on=claim.due_on,
            open=open_,
            amount=amount,
            given=given,
            worth=worth,
            place=places.get(claim.id, 0) if given is not None else 0,
            is_offered=is_offered,
        )
        if is_offered:
            rest -= choice.taken.minor
        rows.append(choice)
    return rows


def not_found(text: str, numbers: Sequence[str]) -> list[str]:
    """What was pasted and is in none of the numbers that were found, in its order: nobody is to
    think that it is among them.

    >>> not_found("RE 2026 000336, 334 | X-9", ["RE2026-000336"])
    ['334', 'X-9']
    """
    known = [normalize_reference(number) for number in numbers]
    pasted = dict.fromkeys(part for part in _BETWEEN.split(text) if any(map(str.isdigit, part)))
    return [
        part for part in pasted if not any(normalize_reference(part) in number for number in known)
    ]


def rest_ways(frame: Frame, choices: Sequence[Choice], left: Money) -> list[Way]:
    """For what is ticked at first, if anything is: each document as far as the money reached."""
    shorts = [
        Short(from_public("open_item", one.id), one.number, one.open - one.amount)
        for one in choices
        if one.is_chosen and one.amount != one.open
    ]
    is_any = any(one.is_chosen for one in choices)
    return ways(frame, shorts=shorts, left=left) if is_any and left.minor >= 0 else []


def total_of(choices: Sequence[Choice], left: Money) -> Money:
    return sum((one.taken for one in choices if one.is_chosen), Money.zero(left.currency))


def _candidates(frame: Frame, text: str) -> list[dict[str, str]]:
    """Customers whose name or number has the text, for naming the payer."""
    if not text:
        return []
    page = customers(company_id=frame.company_id, limit=CUSTOMERS_SHOWN, after="", search=text)
    return [
        {"id": to_public("customer", one.id), "name": one.name, "number": one.number}
        for one in page.rows
    ]
