"""The canonical invoice, credit note and debit note, in the words of EN 16931-1:2017.

One class for all three: the type code (BT-3) tells them apart, and a credit note carries
positive amounts. Every field names its business term. The document is a value: nothing here
reads a clock, and nothing is changed after it was made (use ``dataclasses.replace``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.amounts import (
    AllowanceCharge,
    Period,
    Price,
    Totals,
    Vat,
    VatBreakdown,
)
from acquit.core.documents.parties import (
    DeliveryInformation,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)
from acquit.core.money import Money

EN16931 = "urn:cen.eu:en16931:2017"
EXTENDED_CTC_FR = f"{EN16931}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
# UNCL 1001 codes that EN 16931 reads as credit notes (BR-CL-01); 383 is the debit note.
CREDIT_NOTE_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
DEBIT_NOTE_CODES = frozenset({"80", "84", "383"})


class DocumentKind(StrEnum):
    """What a document does to the customer's balance."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"


@dataclass(frozen=True, slots=True)
class Note:
    """A text for the reader (BG-1), with what it is about (UNCL 4451, such as PMT, PMD, AAB)."""

    text: str  # BT-22
    subject_code: str | None = None  # BT-21


@dataclass(frozen=True, slots=True)
class References:
    """What the document refers to in the papers of both sides (BT-11 to BT-19)."""

    project: str | None = None  # BT-11
    contract: str | None = None  # BT-12
    purchase_order: str | None = None  # BT-13, the buyer's number
    sales_order: str | None = None  # BT-14, the seller's number
    receiving_advice: str | None = None  # BT-15
    despatch_advice: str | None = None  # BT-16
    tender_or_lot: str | None = None  # BT-17
    invoiced_object: Identifier | None = None  # BT-18
    buyer_accounting: str | None = None  # BT-19


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """The document that this one corrects (BG-3)."""

    number: str  # BT-25
    issue_date: date | None = None  # BT-26


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """An account to pay into (BG-17)."""

    account: str  # BT-84, an IBAN for SEPA
    account_name: str | None = None  # BT-85
    bank_id: str | None = None  # BT-86, a BIC


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """The card that was or will be used (BG-18); only the last 4 to 6 digits (BR-51)."""

    last_digits: str  # BT-87
    holder: str | None = None  # BT-88


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """The mandate under which the money is collected (BG-19)."""

    mandate: str | None = None  # BT-89
    creditor: str | None = None  # BT-90
    debited_account: str | None = None  # BT-91


@dataclass(frozen=True, slots=True)
class PaymentInstructions:
    """How the money should come (BG-16)."""

    means_code: str  # BT-81, UNCL 4461: 30 and 58 credit transfer, 48 card, 59 SEPA debit
    means_text: str | None = None  # BT-82
    remittance: str | None = None  # BT-83, what the payer should quote
    transfers: tuple[CreditTransfer, ...] = ()  # BG-17
    card: PaymentCard | None = None  # BG-18
    direct_debit: DirectDebit | None = None  # BG-19


@dataclass(frozen=True, slots=True)
class Attachment:
    """A supporting document (BG-24), by its place on the web or with its bytes."""

    id: str  # BT-122
    description: str | None = None  # BT-123
    location: str | None = None  # BT-124
    content: bytes | None = None  # BT-125
    mime_type: str | None = None  # BT-125-1
    filename: str | None = None  # BT-125-2


@dataclass(frozen=True, slots=True)
class Classification:
    """What sort of thing an item is, in a list of UNCL 7143 (BT-158)."""

    code: str  # BT-158
    scheme: str  # BT-158-1, such as STI for CPV
    version: str | None = None  # BT-158-2


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of an item (BG-32)."""

    name: str  # BT-160
    value: str  # BT-161


@dataclass(frozen=True, slots=True)
class Item:
    """What was sold (BG-31)."""

    name: str  # BT-153
    description: str | None = None  # BT-154
    seller_id: str | None = None  # BT-155
    buyer_id: str | None = None  # BT-156
    standard_id: Identifier | None = None  # BT-157, scheme 0160 for a GTIN
    classifications: tuple[Classification, ...] = ()  # BT-158
    origin_country: str | None = None  # BT-159
    attributes: tuple[Attribute, ...] = ()  # BG-32


@dataclass(frozen=True, slots=True)
class Line:
    """One line (BG-25)."""

    id: str  # BT-126
    quantity: Decimal  # BT-129
    unit: str  # BT-130, UN/ECE Recommendation 20 or 21
    net: Money  # BT-131, after the line's own allowances and charges
    price: Price  # BG-29
    vat: Vat  # BG-30
    item: Item  # BG-31
    note: str | None = None  # BT-127
    object: Identifier | None = None  # BT-128
    order_line: str | None = None  # BT-132, of the buyer's order
    buyer_accounting: str | None = None  # BT-133
    period: Period | None = None  # BG-26
    allowances_charges: tuple[AllowanceCharge, ...] = ()  # BG-27, BG-28


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice, credit note or debit note; amounts are in ``currency``."""

    number: str  # BT-1
    issue_date: date  # BT-2
    type_code: str  # BT-3, UNCL 1001: 380 invoice, 381 credit note, 383 debit note, 384 ...
    currency: str  # BT-5
    seller: Party  # BG-4
    buyer: Party  # BG-7
    lines: tuple[Line, ...]  # BG-25
    breakdown: tuple[VatBreakdown, ...]  # BG-23
    totals: Totals  # BG-22
    vat_accounting_currency: str | None = None  # BT-6
    tax_point_date: date | None = None  # BT-7
    tax_point_code: str | None = None  # BT-8, UNCL 2005: 3 issue, 35 delivery, 432 payment
    due_date: date | None = None  # BT-9
    buyer_reference: str | None = None  # BT-10, the Leitweg-ID in Germany
    references: References = References()  # BT-11 to BT-19
    payment_terms: str | None = None  # BT-20
    notes: tuple[Note, ...] = ()  # BG-1
    business_process: str | None = None  # BT-23
    specification: str = EN16931  # BT-24
    preceding_invoices: tuple[PrecedingInvoice, ...] = ()  # BG-3
    payee: Payee | None = None  # BG-10
    tax_representative: TaxRepresentative | None = None  # BG-11
    delivery: DeliveryInformation | None = None  # BG-13
    period: Period | None = None  # BG-14
    payment: PaymentInstructions | None = None  # BG-16
    allowances_charges: tuple[AllowanceCharge, ...] = ()  # BG-20, BG-21
    attachments: tuple[Attachment, ...] = ()  # BG-24

    @property
    def kind(self) -> DocumentKind:
        if self.type_code in CREDIT_NOTE_CODES:
            return DocumentKind.CREDIT_NOTE
        if self.type_code in DEBIT_NOTE_CODES:
            return DocumentKind.DEBIT_NOTE
        return DocumentKind.INVOICE

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: decimals as text, dates ISO 8601, what is absent left out."""
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Invoice:
        """The document of ``to_dict``; plain.NotReadable lists every fault with its path."""
        return plain.from_plain(cls, data)
