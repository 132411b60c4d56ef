"""Who takes part in a document: seller, buyer, payee, tax representative, place of delivery.

Names and business terms (BT, BG) are those of EN 16931-1:2017, table 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value and the list it comes from: an ISO 6523 scheme such as ``0088`` for a GLN."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address (BG-5 seller, BG-8 buyer, BG-12 tax representative, BG-15 delivery)."""

    country: str  # ISO 3166-1 alpha-2 (BT-40, BT-55, BT-69, BT-80)
    street: str | None = None  # BT-35, BT-50, BT-64, BT-75
    street_2: str | None = None  # BT-36, BT-51, BT-65, BT-76
    street_3: str | None = None  # BT-162, BT-163, BT-164, BT-165
    city: str | None = None  # BT-37, BT-52, BT-66, BT-77
    postcode: str | None = None  # BT-38, BT-53, BT-67, BT-78
    subdivision: str | None = None  # BT-39, BT-54, BT-68, BT-79


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask (BG-6 seller, BG-9 buyer)."""

    name: str | None = None  # BT-41, BT-56
    phone: str | None = None  # BT-42, BT-57
    email: str | None = None  # BT-43, BT-58


@dataclass(frozen=True, slots=True)
class Party:
    """The seller (BG-4) or the buyer (BG-7)."""

    name: str  # BT-27, BT-44
    address: Address  # BG-5, BG-8
    trading_name: str | None = None  # BT-28, BT-45
    identifiers: tuple[Identifier, ...] = ()  # BT-29, BT-46 (the buyer has at most one)
    legal_registration: Identifier | None = None  # BT-30, BT-47
    vat_id: str | None = None  # BT-31, BT-48
    tax_registration: str | None = None  # BT-32, seller only: the local tax number
    legal_information: str | None = None  # BT-33, seller only: legal form, capital, register
    electronic_address: Identifier | None = None  # BT-34, BT-49, scheme of the EAS list
    contact: Contact | None = None  # BG-6, BG-9

    def as_buyer(self) -> Party:
        """Only what EN 16931 knows of a buyer: one identifier, no local tax number, no legal form.

        A codec that writes a buyer declares the rest as a loss.
        """
        if not self.tax_registration and not self.legal_information and len(self.identifiers) < 2:
            return self
        return replace(
            self, tax_registration=None, legal_information=None, identifiers=self.identifiers[:1]
        )


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets the money when it is not the seller (BG-10), for instance a factor."""

    name: str  # BT-59
    identifier: Identifier | None = None  # BT-60
    legal_registration: Identifier | None = None  # BT-61


@dataclass(frozen=True, slots=True)
class TaxRepresentative:
    """Who owes the seller's VAT in the country of the supply (BG-11)."""

    name: str  # BT-62
    vat_id: str  # BT-63
    address: Address  # BG-12


@dataclass(frozen=True, slots=True)
class DeliveryInformation:
    """Where and when the goods or services were handed over (BG-13)."""

    name: str | None = None  # BT-70
    location: Identifier | None = None  # BT-71
    delivered_on: date | None = None  # BT-72
    address: Address | None = None  # BG-15
