"""The figures of a document: VAT treatment, allowances and charges, price, breakdown, totals.

Business terms (BT, BG) are those of EN 16931-1:2017. Money is rounded, unit prices are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from acquit.core.money import Money


class VatCategory(StrEnum):
    """VAT category codes (UNCL 5305 as restricted by EN 16931)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"


@dataclass(frozen=True, slots=True)
class Vat:
    """Category and rate in percent of one line, allowance or charge.

    BT-151/152 of a line, BT-95/96 of an allowance, BT-102/103 of a charge, BT-118/119 of a
    breakdown. The rate is None for category O only (BR-O-05), and 0 for Z, E, AE, K and G.
    """

    category: VatCategory
    rate: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included (BG-14 of the document, BG-26 of a line)."""

    start: date | None = None  # BT-73, BT-134
    end: date | None = None  # BT-74, BT-135


@dataclass(frozen=True, slots=True)
class AllowanceCharge:
    """A reduction or a surcharge, of the document (BG-20, BG-21) or of a line (BG-27, BG-28).

    The amount is positive; ``is_charge`` says in which direction it works.
    """

    is_charge: bool
    amount: Money  # BT-92, BT-99, BT-136, BT-141
    base: Money | None = None  # BT-93, BT-100, BT-137, BT-142
    percentage: Decimal | None = None  # BT-94, BT-101, BT-138, BT-143
    reason: str | None = None  # BT-97, BT-104, BT-139, BT-144
    reason_code: str | None = None  # BT-98 (UNCL 5189), BT-105 (UNCL 7161), BT-140, BT-145
    vat: Vat | None = None  # BT-95/96, BT-102/103: of the document only; a line has its own

    @property
    def signed(self) -> Money:
        """The amount as it enters the sum: charges add, allowances take away."""
        return self.amount if self.is_charge else -self.amount


@dataclass(frozen=True, slots=True)
class Price:
    """What ``base_quantity`` units cost before VAT (BG-29). Decimals, not money."""

    net: Decimal  # BT-146
    discount: Decimal | None = None  # BT-147: gross less net
    gross: Decimal | None = None  # BT-148
    base_quantity: Decimal | None = None  # BT-149; None means 1
    base_unit: str | None = None  # BT-150


@dataclass(frozen=True, slots=True)
class VatBreakdown:
    """What is taxed and the tax, for one category and rate (BG-23)."""

    vat: Vat  # BT-118, BT-119
    taxable: Money  # BT-116
    tax: Money  # BT-117
    exemption_reason: str | None = None  # BT-120
    exemption_code: str | None = None  # BT-121 (VATEX list)


@dataclass(frozen=True, slots=True)
class Totals:
    """The document totals (BG-22), in the order EN 16931 computes them."""

    lines_net: Money  # BT-106
    allowances: Money  # BT-107
    charges: Money  # BT-108
    net: Money  # BT-109 = BT-106 - BT-107 + BT-108
    vat: Money  # BT-110 = sum of BT-117
    gross: Money  # BT-112 = BT-109 + BT-110
    prepaid: Money  # BT-113
    rounding: Money  # BT-114
    due: Money  # BT-115 = BT-112 - BT-113 + BT-114
    vat_in_accounting_currency: Money | None = None  # BT-111, in BT-6
