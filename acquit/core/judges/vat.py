"""What a VAT category is to the rules, in whichever syntax: one row, ten rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from acquit.core.judges.record import Group
from acquit.core.judges.values import Unevaluable


@dataclass(frozen=True, slots=True)
class Family:
    """One VAT category (UNCL 5305): how its rules are called and what they ask.

    ``seller``: any (VAT number or tax registration), vat (VAT number) or none (no VAT number at
    all). ``buyer``: empty, any (VAT number or legal registration), vat or none. ``rate``: zero,
    positive, not_negative or none. ``exemption``: a reason is due, else it is forbidden.
    """

    code: str
    rules: str  # BR-<rules>-01
    seller: str
    buyer: str
    rate: str
    exemption: bool


STANDARD = Family("S", "S", "any", "", "positive", False)
COMMON = (
    STANDARD,
    Family("Z", "Z", "any", "", "zero", False),
    Family("E", "E", "any", "", "zero", True),
    Family("AE", "AE", "any", "any", "zero", True),
    Family("K", "IC", "vat", "vat", "zero", True),
    Family("G", "G", "vat", "", "zero", True),
    Family("O", "O", "none", "none", "none", True),
)


class Taxes(NamedTuple):
    """The tax categories of a line, an allowance or a charge: all that its shape tells of them."""

    groups: list[Group]
    codes: frozenset[str] | None  # None where one cannot be evaluated
    rates: frozenset[Decimal | None] | None

    @classmethod
    def of(
        cls,
        groups: list[Group],
        codes: Callable[[Group], Iterable[str]],
        rate: Callable[[Group], Decimal | None],
    ) -> Taxes:
        try:
            all_codes = frozenset(code for group in groups for code in codes(group))
        except Unevaluable:
            all_codes = None
        try:
            rates = frozenset(map(rate, groups))
        except Unevaluable:
            rates = None
        return cls(groups, all_codes, rates)


def text_key(family: Family, number: str) -> str:
    """Which sentence fits the rule BR-<family>-<number>."""
    if number in ("02", "03", "04"):
        return f"vat-seller-{family.seller}{'-' + family.buyer if family.buyer else ''}"
    if number in ("05", "06", "07"):
        return f"vat-rate-{family.rate}"
    if number == "09":
        return "vat-tax-zero" if family.rate in ("zero", "none") else "vat-tax-rate"
    if number == "10":
        return "vat-exemption-due" if family.exemption else "vat-exemption-forbidden"
    return {"01": "vat-breakdown", "08": "vat-taxable"}[number]
