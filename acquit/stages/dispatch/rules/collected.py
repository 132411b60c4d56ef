"""Status 212 of the French life cycle: that an invoice was paid, with the amounts per VAT rate.

The tax on services becomes due when they are paid, so the seller tells his platform of every
payment, and of every one that is taken back (XP Z12-012; CGI art. 269, 290 A).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from acquit.core.documents.amounts import VatCategory
from acquit.core.documents.ereport import reported_party
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.lifecycle import (
    COLLECTED,
    LifecycleParty,
    LifecycleStatus,
    Phase,
    StatusDetail,
    collected_by_rate,
)
from acquit.core.documents.profiles import french_frame
from acquit.core.money import Money

COUNTRY = "FR"  # whose platforms want to be told
TELL = "tell"
_PORTAL = LifecycleParty("DFH", name="PPF")


class Buyer(StrEnum):
    """Who bought: that decides who is told what."""

    DOMESTIC = "domestic"
    ABROAD = "abroad"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that settled a part of a document, by the id of its allocation; ``amount`` is in the
    currency of the document, negative where that was taken back: then ``undoes`` is the
    allocation it takes back."""

    allocation_id: UUID
    document_id: UUID
    amount: Money
    on: date
    undoes: UUID | None = None


def buyer_of(invoice: Invoice) -> Buyer:
    """A consumer has neither a VAT number nor a registration."""
    buyer = invoice.buyer
    if buyer.vat_id is None and buyer.legal_registration is None:
        return Buyer.CONSUMER
    return Buyer.DOMESTIC if buyer.address.country == "FR" else Buyer.ABROAD


def has_services(invoice: Invoice) -> bool:
    """Whether services are sold, alone or with goods, of which the seller owes the tax: where the
    buyer owes it nobody is told of payments (CGI art. 290 A)."""
    is_owed_by_seller = any(
        row.vat.category is not VatCategory.REVERSE_CHARGE for row in invoice.breakdown
    )
    return is_owed_by_seller and not french_frame(document=invoice).startswith("B")


def status_of(*, payment: Payment, invoice: Invoice, now: datetime) -> LifecycleStatus:
    """What is told of one payment; ``now`` is the time in Paris, without a zone."""
    siren = reported_party(invoice.seller).identifier
    seller = LifecycleParty("SE", siren, invoice.seller.name, invoice.seller.electronic_address)
    parts = collected_by_rate(paid=payment.amount, invoice=invoice)
    return LifecycleStatus(
        # The end of the id keeps the messages of one invoice apart.
        number=f"{invoice.number}-{COLLECTED}-{payment.allocation_id.hex[-8:]}",
        issued_at=now,
        sender=seller,
        issuer=seller,
        recipients=(_PORTAL,),
        phase=Phase.TREATMENT,
        status=COLLECTED,
        document=invoice.number,
        document_type=invoice.type_code,
        document_date=invoice.issue_date,
        seller=siren,
        effective_at=datetime.combine(payment.on, time()),
        details=(StatusDetail(characteristics=parts),),
    )
