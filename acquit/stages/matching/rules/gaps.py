"""Gaps: what money left open when it was applied, what it most likely is, and when it is over.

A gap is a question about an open item: its amount is what is open of the item, never kept twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from acquit.core.money import Money
from acquit.core.text import normalize_reference
from acquit.stages.matching.rules import reading
from acquit.stages.receivables.rules.exchange import RATE_BAND

# What payers and their banks usually keep back.
FEE_MAX = 2_500  # minor units a bank keeps back at most
FEE_STEP = 50
FEE_SHARE = 10  # what is named is at least so many times the fee
TAX_RATES = (1, 2, 3, 5, 8, 10, 15, 16)  # percent withheld at the source
FX_BAND = RATE_BAND
OVERPAID = "overpaid"  # the other side: money of a receipt that settles nothing
KINDS = (
    "short",
    "discount",
    "late_discount",
    "bank_fee",
    "withheld_tax",
    "small_difference",
    "exchange",
    "error",
    "unexplained",
    OVERPAID,
)
CLEARED = ("adjusted", "paid", "credited")
SMALL = 100  # minor units under which nobody asks why
TAKEN_RATES = (2, 3)  # per cent that payers take as a discount though none was agreed
_BY = {"": "paid", "credit_note": "credited"}


@dataclass(frozen=True, slots=True)
class Rest:
    """What is open of an item after money came for it. ``claim_minor`` was open before that money;
    ``discount_minor`` is the discount agreed for all that the receipt settled, in time or not."""

    is_receipt: bool
    number: str
    rest_minor: int
    claim_minor: int
    discount_minor: int
    is_in_time: bool
    is_exchanged: bool
    text: str
    undone: str = ""  # the adjustment that had closed it and was taken back


def kind_of(rest: Rest) -> str:
    """One of :data:`KINDS`: the strongest sign that the amounts and the payer's text give.

    >>> kind_of(Rest(False, "RE-1", 1_250, 50_000, 0, False, False, "RE-1"))
    'bank_fee'
    """
    if rest.is_receipt:
        return OVERPAID
    if rest.undone in KINDS:
        return rest.undone
    missing, claim = rest.rest_minor, rest.claim_minor
    if rest.is_exchanged and missing * 1000 <= claim * FX_BAND:  # more than rates explain is a part
        return "exchange"
    if rest.discount_minor and missing - rest.discount_minor in (0, 1):  # rounded as the payer does
        return "discount" if rest.is_in_time else "late_discount"
    if is_slip(claim, claim - missing):
        return "error"
    if missing < SMALL:
        return "small_difference"
    if missing <= FEE_MAX and missing * FEE_SHARE <= claim and missing % FEE_STEP == 0:
        return "bank_fee"
    if "less" in reading.read(rest.text).words:  # he says why: a claim, a retention
        return "short"
    if any(is_share(missing, claim, rate) for rate in TAKEN_RATES):
        return "late_discount"
    if any(is_share(missing, claim, rate) for rate in TAX_RATES):
        return "withheld_tax"
    is_named = normalize_reference(rest.number) in reading.keys(rest.text)
    return "short" if is_named else "unexplained"


def is_slip(claim: int, paid: int) -> bool:
    """Whether two neighbouring digits changed places: 1,234.10 was meant, 1,243.10 came.

    >>> is_slip(123_410, 124_310), is_slip(123_410, 123_400)
    (True, False)
    """
    meant, typed = str(claim), str(paid)
    if len(meant) != len(typed):
        return False
    places = [at for at, (one, other) in enumerate(zip(meant, typed, strict=True)) if one != other]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    first, second = places
    return meant[first] == typed[second] and meant[second] == typed[first]


def is_share(part: int, whole: int, rate: int) -> bool:
    """Whether the part is so many per cent of the whole, rounded either way."""
    return part in (whole * rate // 100, (whole * rate + 50) // 100)


class Closing(NamedTuple):
    """One move that settled the item: of which kind the credit was, or for what reason."""

    amount_minor: int
    from_kind: str
    adjustment: str


def state_after(state: str, *, is_paid: bool, rest_minor: int, closings: Sequence[Closing]) -> str:
    """The state of an item's latest gap ("" where it has none) after the item was moved;
    ``is_paid``: money that was applied to it stands. A gap is open as long as money settled a part
    and not all. What cleared it is what closed most of it.

    >>> state_after("", is_paid=True, rest_minor=690, closings=[])
    'open'
    >>> state_after("open", is_paid=True, rest_minor=0, closings=[Closing(690, "", "bank_fee")])
    'adjusted'
    >>> state_after("open", is_paid=False, rest_minor=10_000, closings=[])
    'withdrawn'
    """
    if rest_minor:
        if is_paid:
            return "open"
        return "withdrawn" if state else ""
    if state != "open":
        return state
    largest = max(closings, key=lambda one: one.amount_minor, default=Closing(0, "", ""))
    if largest.adjustment == "returned":
        return "withdrawn"
    if largest.adjustment not in ("", "exchange"):
        return "adjusted"
    return _BY.get(largest.from_kind, "paid")


def gap_facts(*, kind: str, worth: Money, rest_minor: int, original_minor: int) -> dict[str, Any]:
    """What the policy ``gaps`` is told of a gap; ``worth`` is it in the company's currency."""
    percent = Decimal(100 * rest_minor) / original_minor
    return {
        "gap.kind": kind,
        "gap.amount": worth.decimal,
        "gap.share": percent.quantize(Decimal("0.01")),
    }
