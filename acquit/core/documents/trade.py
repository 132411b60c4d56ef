"""What orders, their answers, despatch and remittance advices share.

A party of such a message often sends nothing but its number, so that everything of it is optional
here, other than in an invoice.
"""

from __future__ import annotations

from dataclasses import dataclass

from acquit.core.documents.parties import Address, Contact, Identifier


@dataclass(frozen=True, slots=True)
class TradeParty:
    """Buyer, seller, place of delivery, payer or payee of a message about trade."""

    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()  # scheme 0088 is a GLN
    address: Address | None = None
    vat_id: str | None = None
    contact: Contact | None = None

    def identifier(self, scheme: str | None) -> str | None:
        """The number of the party in a scheme, or the one without a scheme."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)
