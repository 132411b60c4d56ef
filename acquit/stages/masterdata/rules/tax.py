"""Which tax code a line gets: the policy ``tax`` over facts about buyer, seller and item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from acquit.core.tables import CompiledTable, Facts
from acquit.stages.masterdata.rules.territory import in_eu, is_domestic


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """What is known about a line before its tax code is."""

    customer_country: str
    on: date
    customer_has_vat_id: bool = False
    customer_number: str = ""
    customer_segment: str = ""
    item_code: str = ""
    item_tax_code: str = ""


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """The code, and the words of the row that chose it: ``tax shipped row 1``."""

    tax_code: str
    rule: str


@dataclass(frozen=True, slots=True)
class SmallBusiness:
    """When a company charges no VAT because it is small, and with which code it says so.

    The exemption is that of supplies at home and of goods that leave; a supply whose place is
    abroad keeps its own code, because there the exemption is not the company's."""

    code: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, *, company: Any, code: str) -> SmallBusiness:
        """By the company's columns; ``code`` is that of its country."""
        return cls(code, company.small_business_from, company.small_business_until)

    def counts(self, on: date) -> bool:
        if not self.code or self.since is None or on < self.since:
            return False
        return self.until is None or on <= self.until

    def instead(self, code: str, *, is_domestic: bool) -> bool:
        """Whether the exemption goes before this code."""
        return code != "O" and (is_domestic or code != "AE")


@dataclass(slots=True)
class TaxChooser:
    """The policy in force, for one company; answers are remembered for the batch."""

    table: CompiledTable
    label: str
    company_country: str
    default_code: str
    small_business: SmallBusiness = SmallBusiness()
    _answers: dict[TaxQuestion, TaxAnswer] = field(default_factory=dict)

    def choose(self, question: TaxQuestion) -> TaxAnswer:
        """The policy's code; where it gives none, the item's own, else the country's default."""
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self._decide(question)
        return answer

    def choose_many(self, questions: Iterable[TaxQuestion]) -> list[TaxAnswer]:
        return [self.choose(question) for question in questions]

    def explain(self, question: TaxQuestion) -> str:
        """Why, in words: ``row 1 because customer.is_domestic = yes``."""
        return self.table.explain(self.facts(question)).because

    def facts(self, question: TaxQuestion) -> Facts:
        country = question.customer_country
        return {
            "customer.number": question.customer_number,
            "customer.country": country,
            "customer.segment": question.customer_segment,
            "customer.is_domestic": is_domestic(country, of=self.company_country),
            "customer.in_eu": in_eu(country, question.on),
            "customer.has_vat_id": question.customer_has_vat_id,
            "company.country": self.company_country,
            "company.in_eu": in_eu(self.company_country, question.on),
            "item.code": question.item_code,
            "item.tax_code": question.item_tax_code,
            "delivery.on": question.on,
        }

    def _decide(self, question: TaxQuestion) -> TaxAnswer:
        decision = self.table.decide(self.facts(question))
        row = f"row {decision.rows[0]}" if decision.rows else "no row"
        code = decision.value("tax_code") or question.item_tax_code or self.default_code
        small = self.small_business
        if small.counts(question.on):
            is_home = is_domestic(question.customer_country, of=self.company_country)
            if small.instead(str(code), is_domestic=is_home):
                return TaxAnswer(small.code, "small business")
        return TaxAnswer(str(code), f"{self.label} {row}")
