"""What a customer is asked to quote when he pays (BT-83), by the policy payment_reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from acquit.core.payment_references import NUMBER, Scope, is_qr_iban, quoted
from acquit.core.tables import CompiledTable

_Key = tuple[str, str, str, str]


class Payer(Protocol):
    """What the policy asks of a customer."""

    @property
    def number(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def segment(self) -> str: ...


@dataclass(slots=True)
class Quoting:
    """The policy over the documents of a run; each sort of customer is asked for once."""

    table: CompiledTable
    company_country: str
    iban: str
    _schemes: dict[_Key, str] = field(default_factory=dict)

    def reference(
        self, customer: Payer, *, currency: str, number: str, scope: Scope = Scope.INVOICE
    ) -> str | None:
        """The reference with check digits of what has this number: a document, or with its scope
        the customer itself. None where the number is what is quoted."""
        if not self.iban:
            return None
        scheme = self._scheme(customer, currency)
        if scheme == NUMBER:
            return None
        made = quoted(scheme=scheme, scope=scope, number=number)
        return made if made != number else None

    def _scheme(self, customer: Payer, currency: str) -> str:
        by_number = "customer.number" in self.table.table.inputs
        number = customer.number if by_number else ""
        key = (customer.country, customer.segment, currency, number)
        scheme = self._schemes.get(key)
        if scheme is None:
            facts = {
                "customer.number": number or None,
                "customer.country": customer.country,
                "customer.segment": customer.segment or None,
                "company.country": self.company_country,
                "account.country": self.iban[:2],
                "account.is_qr_iban": is_qr_iban(self.iban),
                "document.currency": currency,
            }
            scheme = str(self.table.decide(facts).value("scheme") or NUMBER)
            self._schemes[key] = scheme
        return scheme
