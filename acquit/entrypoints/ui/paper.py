"""A canonical document as the pages of back office and portal show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import get_language

from acquit.core.codecs.pdf.display import display_for
from acquit.core.documents.invoice import DocumentKind, Invoice
from acquit.core.documents.parties import Address, Party
from acquit.core.money import Money
from acquit.entrypoints.papers import File
from acquit.entrypoints.ui.components.display import town


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line."""

    id: str
    name: str
    code: str
    note: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal | None
    net: Money


@dataclass(frozen=True, slots=True)
class PaperTax:
    """One row of the VAT breakdown."""

    category: str
    rate: Decimal | None
    taxable: Money
    tax: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Where to pay by bank, with what to quote."""

    name: str
    iban: str
    bic: str
    remittance: str

    @property
    def iban_in_fours(self) -> str:
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything a reader of the document looks for."""

    kind: str
    number: str
    issued_on: date
    due_on: date | None
    tax_point: date | None
    seller: Party
    buyer: Party
    seller_lines: tuple[str, ...]
    buyer_lines: tuple[str, ...]
    place_lines: tuple[str, ...]  # of delivery, where that is elsewhere
    buyer_reference: str
    purchase_order: str
    project: str
    contract: str
    buyer_accounting: str
    sales_order: str
    preceding: tuple[str, ...]
    terms: str
    notes: tuple[str, ...]
    lines: tuple[PaperLine, ...]
    taxes: tuple[PaperTax, ...]
    net: Money
    tax: Money
    gross: Money
    payable: Money
    transfer: Transfer | None

    @property
    def is_credit(self) -> bool:
        return self.kind == DocumentKind.CREDIT_NOTE


def downloaded(file: File) -> HttpResponse:
    """A PDF under its own name."""
    answer = HttpResponse(file.body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


def paper_of(document: Invoice) -> Paper:
    """The document in the shape of the templates."""
    references, reader = document.references, display_for(get_language() or "en")
    return Paper(
        kind=str(document.kind),
        number=document.number,
        issued_on=document.issue_date,
        due_on=document.due_date,
        tax_point=document.tax_point_date,
        seller=document.seller,
        buyer=document.buyer,
        seller_lines=address_lines(document.seller.address),
        buyer_lines=address_lines(document.buyer.address),
        place_lines=_place_lines(document),
        buyer_reference=document.buyer_reference or "",
        purchase_order=references.purchase_order or "",
        project=references.project or "",
        contract=references.contract or "",
        buyer_accounting=references.buyer_accounting or "",
        sales_order=references.sales_order or "",
        preceding=tuple(one.number for one in document.preceding_invoices),
        terms=document.payment_terms or "",
        notes=tuple(note.text for note in document.notes),
        lines=tuple(
            PaperLine(
                line.id,
                line.item.name,
                line.item.seller_id or "",
                line.note or "",
                line.quantity,
                line.unit,
                line.price.net,
                line.vat.rate,
                line.net,
            )
            for line in document.lines
        ),
        taxes=tuple(
            PaperTax(
                str(row.vat.category),
                row.vat.rate,
                row.taxable,
                row.tax,
                reader.beside(str(row.vat.category), row.exemption_reason or "") or "",
            )
            for row in document.breakdown
        ),
        net=document.totals.net,
        tax=document.totals.vat,
        gross=document.totals.gross,
        payable=document.totals.due,
        transfer=_transfer(document),
    )


def _transfer(document: Invoice) -> Transfer | None:
    payment = document.payment
    if payment is None or not payment.transfers or document.kind is DocumentKind.CREDIT_NOTE:
        return None
    to = payment.transfers[0]
    name = to.account_name or document.seller.name
    remittance = payment.remittance or document.number
    return Transfer(name, to.account.replace(" ", ""), to.bank_id or "", remittance)


def _place_lines(document: Invoice) -> tuple[str, ...]:
    place = document.delivery
    if place is None or place.address == document.buyer.address:
        return ()
    at = address_lines(place.address) if place.address else ()
    number = place.location.value if place.location else ""
    return tuple(line for line in (place.name or "", number, *at) if line)


def address_lines(address: Address) -> tuple[str, ...]:
    """The postal address, line by line, with the country in the language of the page."""
    place = " ".join(part for part in (address.postcode, town(address.city or "")) if part)
    land = display_for(get_language() or "en").country(address.country)
    lines = (address.street, address.street_2, address.street_3, place, land)
    return tuple(line for line in lines if line)
