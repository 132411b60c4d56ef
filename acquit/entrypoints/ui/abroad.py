"""Documents that were asked for on the Apply page and are in another currency than the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.core.money import Money, round_to_minor
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.frame import Frame
from acquit.stages.masterdata.queries import known_rates
from acquit.stages.matching.queries import ProposalView
from acquit.stages.receivables.queries import OpenClaim


@dataclass(frozen=True, slots=True)
class Abroad:
    """``worth`` is what the money is in the document's currency at our rate of its day, None
    without a rate; ``place`` the proposal that settles the document, 0 where none does."""

    number: str
    url: str
    customer: str
    open: Money
    worth: Money | None
    place: int


def abroad(
    frame: Frame,
    claims: Sequence[OpenClaim],
    names: Mapping[UUID, str],
    *,
    left: Money,
    on: date,
    standing: Sequence[ProposalView],
) -> list[Abroad]:
    """Only a proposal settles them: who chooses by hand does so in the currency of the money."""
    if not claims:
        return []
    currencies = dict.fromkeys([left.currency, *(claim.currency for claim in claims)])
    pairs = [(currency, on) for currency in currencies]
    rates = known_rates(company_id=frame.company_id, pairs=pairs)
    ours = rates.get((left.currency, on))
    places = {
        item.open_item_id: place
        for place, one in reversed(list(enumerate(standing, 1)))
        for item in one.items
    }
    found = []
    for claim in claims:
        theirs = rates.get((claim.currency, on))
        worth = None
        if ours is not None and theirs is not None:
            minor = round_to_minor(left.decimal * ours / theirs, currency=claim.currency)
            worth = Money(minor, claim.currency)
        found.append(
            Abroad(
                claim.number,
                links.customer(claim.customer_id),
                names.get(claim.customer_id, ""),
                Money(claim.open_minor, claim.currency),
                worth,
                places.get(claim.id, 0),
            )
        )
    return found
