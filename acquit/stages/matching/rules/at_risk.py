"""Money at risk: what an answer is expected to put in the wrong place, and what that comes to in a
day. A policy that limits it lets the surest and smallest answers through first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

_MILLIONTH = Decimal("0.000001")


def at_risk(amount: Decimal, probability: Decimal) -> Decimal:
    """The expected loss of posting ``amount``, right with ``probability``; in its currency, to a
    millionth and not to the cent: a thousand answers of a tenth of a cent are not nothing."""
    return (abs(amount) * (1 - probability)).quantize(_MILLIONTH)


def with_each(risks: Sequence[Decimal], *, before: Decimal, chosen: Iterable[int]) -> list[Decimal]:
    """For each answer what is at risk on the day once it is posted: ``before`` was at risk already,
    of those at ``chosen`` places the smaller risks come first, the others come alone."""
    sums = [before + risk for risk in risks]
    total = before
    for at in sorted(chosen, key=lambda at: (risks[at], at)):
        total += risks[at]
        sums[at] = total
    return sums
