"""The customer and the seller as billing knows them, and as they are printed."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.documents.parties import Address, Contact, Identifier, Party


class Customer(NamedTuple):
    """The columns of a customer that a document or a policy needs."""

    id: UUID
    number: str
    name: str
    country: str
    street: str
    city: str
    postcode: str
    region: str
    vat_id: str
    registration_id: str
    email: str
    contact_name: str
    phone: str
    locale: str
    terms: str
    channel: str
    endpoint_scheme: str
    endpoint_id: str
    buyer_reference: str
    contract: str  # where an order names none, as the next
    buyer_accounting: str
    segment: str
    is_placeholder: bool


def buyer_party(customer: Customer) -> Party:
    """The buyer (BG-7)."""
    return Party(
        name=customer.name,
        address=_address(customer),
        legal_registration=_identifier(customer.registration_id),
        vat_id=customer.vat_id or None,
        electronic_address=_identifier(customer.endpoint_id, customer.endpoint_scheme),
        contact=_contact(customer),
    )


def seller_party(company: Any) -> Party:
    """The seller (BG-4) from any object with the company's columns. His tax number identifies one
    who has no other number (BR-CO-26)."""
    only = "" if company.registration_id or company.vat_id else company.tax_number
    return Party(
        name=company.name,
        address=_address(company),
        identifiers=(Identifier(only),) if only else (),
        legal_registration=_identifier(company.registration_id),
        vat_id=company.vat_id or None,
        tax_registration=company.tax_number or None,
        legal_information=company.legal_form or None,
        electronic_address=_identifier(company.endpoint_id, company.endpoint_scheme),
        contact=_contact(company),
    )


def _address(of: Any) -> Address:
    return Address(
        country=of.country,
        street=of.street or None,
        city=of.city or None,
        postcode=of.postcode or None,
        subdivision=of.region or None,
    )


def _contact(of: Any) -> Contact | None:
    if not (of.contact_name or of.phone or of.email):
        return None
    return Contact(of.contact_name or None, of.phone or None, of.email or None)


def _identifier(value: str, scheme: str = "") -> Identifier | None:
    return Identifier(value, scheme or None) if value else None
