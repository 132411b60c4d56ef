"""Days sales outstanding by count-back: how many days of billing are not yet paid for.

From the day backwards, each month's billing is taken off the receivable. Months that fit whole
count with all their days; the last one counts in proportion. Unlike receivable / billing x 90 it
does not move when sales are seasonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_STEP = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Month:
    """Billing of a month in minor units (invoices less credit notes) and its days so far."""

    name: str
    days: int
    billed_minor: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A month as used: how much of the receivable it explains, and how many days that is."""

    month: Month
    taken_minor: int
    days: Decimal


@dataclass(frozen=True, slots=True)
class CountBack:
    """``is_whole`` is False when the months given did not explain the whole receivable: then the
    figure is at least ``days``."""

    days: Decimal
    counted: tuple[Counted, ...]
    is_whole: bool


def count_back(*, receivable_minor: int, months: Sequence[Month]) -> CountBack:
    """Days of billing in the receivable; ``months`` from the newest to the oldest.

    >>> months = [Month("2026-03", 31, 310_00), Month("2026-02", 28, 280_00)]
    >>> count_back(receivable_minor=450_00, months=months).days
    Decimal('45.0')
    """
    rest = max(receivable_minor, 0)
    counted = []
    for month in months:
        if not rest:
            break
        # A month in which more was credited than billed explains nothing, but its days passed.
        billed = max(month.billed_minor, 0)
        taken = min(rest, billed)
        whole = taken == billed
        share = Decimal(month.days) if whole else Decimal(month.days) * taken / billed
        counted.append(Counted(month, taken, share))
        rest -= taken
    days = sum((one.days for one in counted), Decimal(0))
    return CountBack(days.quantize(_STEP, ROUND_HALF_UP), tuple(counted), rest == 0)


def simple_days(*, receivable_minor: int, billed_minor: int, period_days: int) -> Decimal | None:
    """Receivable / billing x days of the period; None where nothing was billed in it.

    >>> simple_days(receivable_minor=450_00, billed_minor=900_00, period_days=90)
    Decimal('45.0')
    """
    if billed_minor <= 0:
        return None
    exact = Decimal(receivable_minor) * period_days / billed_minor
    return exact.quantize(_STEP, ROUND_HALF_UP)
