"""Money that is chosen for documents of another currency: its worth at our rate of its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from acquit.core.money import Money
from acquit.entrypoints.ui.frame import Frame
from acquit.stages.masterdata.queries import known_rates
from acquit.stages.receivables.queries import OpenClaim
from acquit.stages.receivables.rules.exchange import is_near, worth

Worth = Callable[[Money, str], Money | None]  # in another currency; None without a rate


def rates_of(frame: Frame, claims: Sequence[OpenClaim], *, left: Money, on: date) -> Worth:
    """What money of the day is worth among the currencies of the claims and of the money."""
    currencies = dict.fromkeys([left.currency, *(claim.currency for claim in claims)])
    pairs = [(currency, on) for currency in currencies]
    rates = known_rates(company_id=frame.company_id, pairs=pairs) if len(currencies) > 1 else {}

    def found(money: Money, currency: str) -> Money | None:
        ours, theirs = rates.get((money.currency, on)), rates.get((currency, on))
        if ours is None or theirs is None:
            return None
        return worth(money, rate=ours, currency=currency, other=theirs)

    return found


def parts(open_: Money, rest: Money, worth_of: Worth) -> tuple[Money, Money]:
    """What of a document the rest of the money settles, and what it gives for that: all of it and
    all of the money where nothing but a rate is between them. Nothing without a rate."""
    nothing = Money.zero(open_.currency), Money.zero(rest.currency)
    price = worth_of(open_, rest.currency)
    if price is None or price.minor <= 0 or rest.minor <= 0:
        return nothing
    if is_near(rest, price):
        return open_, rest
    if rest.minor > price.minor:
        return open_, price
    part = worth_of(rest, open_.currency)
    return (part, rest) if part is not None and 0 < part.minor < open_.minor else nothing
