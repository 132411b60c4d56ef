"""The French life-cycle status of an invoice (XP Z12-012, flux 6): who says what happened to it.

Platforms, buyers and sellers tell each other how far an invoice is, from 200 (deposited) to 212
(collected). 212 is the seller's word, with the amounts per VAT rate, since the tax on services
becomes due with them; the others come back and may ask for something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.parties import Identifier
from acquit.core.money import Money, total

# The statuses an invoice goes through, by their code (MDT-105), as their message names them.
STATUSES: Mapping[str, str] = {
    "200": "Déposée",
    "201": "Émise par la plateforme",
    "202": "Reçue par la plateforme",
    "203": "Mise à disposition",
    "204": "Prise en charge",
    "205": "Approuvée",
    "206": "Approuvée partiellement",
    "207": "En litige",
    "208": "Suspendue",
    "209": "Complétée",
    "210": "Refusée",
    "211": "Paiement transmis",
    "212": "Encaissée",
    "213": "Rejetée",
    "501": "Irrecevable",
}
COLLECTED = "212"
REFUSALS = frozenset({"210", "213", "501"})
COLLECTED_AMOUNT = "MEN"  # MDT-207: montant encaissé, tax included


class Phase(StrEnum):
    """Who speaks (MDT-77): a platform of the transmission, or a party of the treatment."""

    TRANSMISSION = "305"
    TREATMENT = "23"


@dataclass(frozen=True, slots=True)
class LifecycleParty:
    """A party by its role (UNCL 3035): SE, BY, WK a platform, DFH the public portal, ..."""

    role: str
    identifier: Identifier | None = None  # 0002 SIREN, 0009 SIRET, 0238 number of a platform
    name: str | None = None
    address: Identifier | None = None  # the electronic address


@dataclass(frozen=True, slots=True)
class Characteristic:
    """An amount or a value that goes with a status (MDG-43).

    ``kind`` (MDT-207) is MEN collected, MPA paid, RAP still to be paid, ESC discount, DIV a value
    that is wrong, DVA the value that is wanted, and so on.
    """

    kind: str
    term: str | None = None  # the business term it is about: BT-13
    name: str | None = None
    place: str | None = None  # where in the invoice, as an XPath
    value: str | None = None
    amount: Money | None = None
    percent: Decimal | None = None  # MDT-224, the VAT rate of the amount


@dataclass(frozen=True, slots=True)
class StatusDetail:
    """Why (MDT-113), what is to be done (MDT-121), and with which values (MDG-37)."""

    reason_code: str | None = None  # TX_TVA_ERR, QTE_ERR, ...
    reason: str | None = None
    action_code: str | None = None  # NOA, PIN, NIN, CNF, CNP, CNA, OTH
    action: str | None = None
    notes: tuple[str, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()


@dataclass(frozen=True, slots=True)
class LifecycleStatus:
    """One status of one invoice. Times are those of Paris, without a zone."""

    number: str  # MDT-4, of the message
    issued_at: datetime
    sender: LifecycleParty
    issuer: LifecycleParty
    recipients: tuple[LifecycleParty, ...]
    phase: Phase
    status: str  # MDT-105, a key of STATUSES or a later code
    document: str  # BT-1
    document_type: str = "380"
    document_date: date | None = None
    seller: Identifier | None = None  # BT-30, a SIREN
    effective_at: datetime | None = None  # of the status
    received_at: datetime | None = None  # of the invoice
    process: str | None = "REGULATED"  # MDT-2
    name: str | None = None
    details: tuple[StatusDetail, ...] = ()

    @property
    def is_refusal(self) -> bool:
        """Whether the invoice has to be corrected and sent anew."""
        return self.status in REFUSALS

    def collected(self, currency: str) -> Money:
        """What the status says was collected, over all rates."""
        amounts = (
            part.amount
            for detail in self.details
            for part in detail.characteristics
            if part.kind == COLLECTED_AMOUNT and part.amount is not None
        )
        return total(amounts, currency)

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LifecycleStatus:
        return plain.from_plain(cls, data)


def collected_by_rate(*, paid: Money, invoice: Invoice) -> tuple[Characteristic, ...]:
    """What a payment of an invoice collects per VAT rate: each rate gets its share of the gross
    total, to the cent. A negative ``paid`` takes back what bounced."""
    gross: dict[Decimal, Money] = {}
    for row in invoice.breakdown:
        rate = row.vat.rate or Decimal(0)
        amount = row.taxable + row.tax
        gross[rate] = gross[rate] + amount if rate in gross else amount
    weights = [abs(amount.minor) for amount in gross.values()]
    shares = paid.allocate(weights if any(weights) else [1] * len(weights))
    return tuple(
        Characteristic(COLLECTED_AMOUNT, amount=share, percent=rate)
        for rate, share in zip(gross, shares, strict=True)
    )
