"""The company's own words for documents that leave the house: which text is for which of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from acquit.core.codecs.pdf.display import Display, display_for
from acquit.core.documents.invoice import Invoice
from acquit.core.looks import Words
from acquit.policy import texts
from acquit.policy.queries import InForce, in_force_on
from acquit.policy.text_values import of_invoice
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView


class Saying(NamedTuple):
    """What may be said of one document: the table in force on its day, and who asks."""

    policy: InForce
    asked: texts.Asked
    values: Mapping[str, str]

    @property
    def words(self) -> Words:
        """What stands before and after the table of the paper."""
        return texts.words(table=self.policy.table, asked=self.asked, values=self.values)

    def say(self, place: str) -> str:
        """The text of one place of the mail; "" where nothing is said."""
        return texts.say(table=self.policy.table, asked=self.asked, place=place, values=self.values)


def sayings(
    *, company_id: UUID, documents: Mapping[UUID, Invoice], locales: Mapping[UUID, str]
) -> dict[UUID, Saying]:
    """What the company says of each document, by the texts in force on its day of issue."""
    if not documents:
        return {}
    rows = invoices.rows_by_id(company_id=company_id, ids=list(documents))
    customers = masterdata.customers_by_id(
        company_id=company_id, ids={row.customer_id for row in rows.values()}
    )
    days = {document.issue_date for document in documents.values()}
    policies = in_force_on(company_id=company_id, name=texts.NAME, days=days)
    found = {}
    for one, document in documents.items():
        display = shown(locales[one], document.seller.address.country)
        found[one] = Saying(
            policies[document.issue_date],
            asked(document.kind.value, display, customers[rows[one].customer_id]),
            of_invoice(document, display),
        )
    return found


def asked(document: str, display: Display, customer: CustomerView) -> texts.Asked:
    """Who asks for the texts of one kind of document."""
    return texts.Asked(
        document, display.language, customer.number, customer.country, customer.segment
    )


def shown(locale: str, seller_country: str) -> Display:
    """How a reader of the locale ``fr_FR`` sees papers of a seller of that country."""
    return display_for(locale.replace("_", "-"), seller=seller_country)
