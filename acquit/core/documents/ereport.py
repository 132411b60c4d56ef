"""French e-reporting (flux 10): what a company sold, and what it was paid, told for a period.

Sales to businesses abroad are told invoice by invoice (10.1), those to consumers summed up per day
(10.3); payments of services likewise (10.2, 10.4). One transmission tells sales or payments. The
header of an invoice is told, not its lines. Business terms (TT) are those of annex 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.amounts import Period, VatBreakdown
from acquit.core.documents.invoice import Invoice, PrecedingInvoice
from acquit.core.documents.parties import Identifier, Party
from acquit.core.documents.profiles import french_frame
from acquit.core.money import Money

SIREN, IN_UNION, OUTSIDE_UNION = "0002", "0223", "0227"
# Member states, for the scheme of a buyer's number; France itself has the SIREN.
_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()
)
_OUTSIDE_NAME_MAX = 16


class Transmission(StrEnum):
    """Whether this is the first word on the period, or replaces what was told before."""

    INITIAL = "IN"
    RECTIFIED = "RE"


class Category(StrEnum):
    """What was sold to consumers (TT-81)."""

    GOODS = "TLB1"
    SERVICES = "TPS1"
    NOT_TAXED = "TNT1"  # in France: distance sales, goods installed elsewhere
    MARGIN = "TMA1"


@dataclass(frozen=True, slots=True)
class ReportedParty:
    """Seller or buyer of a reported invoice."""

    identifier: Identifier | None = None  # 0002 SIREN, 0223 in the EU, 0227 outside, 0228, 0229
    vat_id: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedInvoice:
    """One invoice to a business abroad (10.1). ``vat`` is in euro, whatever the currency."""

    number: str
    issue_date: date
    type_code: str
    currency: str
    frame: str  # cadre de facturation: B1, S1, M1 ...
    seller: ReportedParty
    buyer: ReportedParty
    net: Money
    vat: Money
    breakdown: tuple[VatBreakdown, ...]
    due_date: date | None = None
    tax_point_code: str | None = None
    preceding: tuple[PrecedingInvoice, ...] = ()
    representative_vat_id: str | None = None
    delivered_on: date | None = None
    delivered_to: str | None = None  # the country
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class RateTotal:
    """What was sold at one VAT rate."""

    rate: Decimal
    taxable: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class DaySales:
    """The sales to consumers of one day and category (10.3)."""

    day: date
    category: Category
    net: Money
    vat: Money
    rates: tuple[RateTotal, ...]
    tax_point_code: str | None = None
    count: int | None = None  # of the sales


@dataclass(frozen=True, slots=True)
class RatePayment:
    """What was collected at one VAT rate, tax included, in euro."""

    rate: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoicePayment:
    """What was collected for one invoice on one day (10.2)."""

    invoice: str
    issue_date: date
    paid_on: date
    rates: tuple[RatePayment, ...]


@dataclass(frozen=True, slots=True)
class DayPayments:
    """What was collected from consumers on one day (10.4)."""

    paid_on: date
    rates: tuple[RatePayment, ...]


@dataclass(frozen=True, slots=True)
class EReport:
    """One transmission: ``invoices`` and ``transactions``, or ``payments`` and ``collections``."""

    number: str  # TT-1
    issued_at: datetime  # of Paris, without a zone
    platform: str  # its number of four characters (0238)
    declarant: str  # SIREN
    period: Period
    kind: Transmission = Transmission.INITIAL
    platform_name: str | None = None
    declarant_name: str | None = None
    role: str = "SE"  # SE of the sales, BY of purchases abroad
    invoices: tuple[ReportedInvoice, ...] = ()
    transactions: tuple[DaySales, ...] = ()
    payments: tuple[InvoicePayment, ...] = ()
    collections: tuple[DayPayments, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EReport:
        return plain.from_plain(cls, data)


def reported(invoice: Invoice) -> ReportedInvoice:
    """An invoice as it is reported. ValueError where its VAT is not told in euro (BT-111)."""
    totals = invoice.totals
    vat = totals.vat if invoice.currency == "EUR" else totals.vat_in_accounting_currency
    if vat is None or vat.currency != "EUR":
        raise ValueError(f"invoice {invoice.number}: e-reporting wants its VAT in euro (BT-111)")
    delivery, representative = invoice.delivery, invoice.tax_representative
    address = delivery.address if delivery else None
    return ReportedInvoice(
        number=invoice.number,
        issue_date=invoice.issue_date,
        type_code=invoice.type_code,
        currency=invoice.currency,
        frame=french_frame(document=invoice),
        seller=reported_party(invoice.seller),
        buyer=reported_party(invoice.buyer),
        net=totals.net,
        vat=vat,
        breakdown=invoice.breakdown,
        due_date=invoice.due_date,
        tax_point_code=invoice.tax_point_code,
        preceding=invoice.preceding_invoices,
        representative_vat_id=representative.vat_id if representative else None,
        delivered_on=delivery.delivered_on if delivery else None,
        delivered_to=address.country if address else None,
        period=invoice.period,
    )


def reported_party(party: Party) -> ReportedParty:
    """The party by the number its country gives (G2.19): the SIREN, a VAT number of the Union, or
    the country and the beginning of the name."""
    country = party.address.country
    legal = party.legal_registration
    identifier = None
    if country == "FR":
        digits = "".join(legal.value.split()) if legal else (party.vat_id or "")[-9:]
        identifier = Identifier(digits[:9], SIREN) if digits else None
    elif country in _UNION:
        identifier = Identifier(party.vat_id, IN_UNION) if party.vat_id else None
    else:
        identifier = Identifier(f"{country}{party.name[:_OUTSIDE_NAME_MAX]}", OUTSIDE_UNION)
    return ReportedParty(identifier, party.vat_id, country)
