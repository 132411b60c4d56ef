"""A company in the United States: its own rate of sales tax, letter paper, judged as all others."""

from __future__ import annotations

import pypdfium2
import pytest

from acquit.core.outcome import ItemState
from acquit.entrypoints import papers
from acquit.stages.dispatch.commands.render import render
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.masterdata.commands.create_company import CannotCreateCompany
from tests.support.invoices import Sold, customer, deliver
from tests.support.printed import texts
from tests.support.world import new_world


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "tax"), [("8.25", 825), ("", 0)])
def test_an_invoice_has_the_rate_that_the_company_gave(given: str, tax: int) -> None:
    world = new_world(
        country="US",
        vat_id="US123456789",
        registration_id="38-1234567",
        iban="",
        sales_tax=given,
    )
    buyer = customer(
        world, country="US", city="Troy", region="MI", postcode="48083", locale="en_US",
        currency="USD",
    )  # fmt: skip
    deliver(world, buyer, [Sold("1", "100.00")], currency="USD")
    bill(ctx=world.ctx(), as_of=world.today, straight_through=False)
    (draft,) = Draft.objects.of(world.company_id)
    assert draft.state == "ready", draft.faults
    issue(ctx=world.ctx(), items=[Issuing(draft_id=draft.id)]).or_refuse()
    (document,) = Document.objects.of(world.company_id)
    assert (document.currency, document.tax_minor) == ("USD", tax)
    outcome = render(ctx=world.ctx(), items=[document.id])
    assert [item.state for item in outcome.items] == [ItemState.DONE], outcome.items[0].faults
    body = papers.invoice(company=world.company, number=document.number).body
    assert pypdfium2.PdfDocument(body)[0].get_size() == (612, 792)
    printed = " ".join(texts(body))
    assert "Sales tax" in printed
    assert "VAT" not in printed


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "rate"), [("DE", "8"), ("US", "x"), ("US", "120")])
def test_a_rate_is_given_only_where_states_set_it(country: str, rate: str) -> None:
    with pytest.raises(CannotCreateCompany) as refusal:
        new_world(country=country, sales_tax=rate)
    assert refusal.value.faults[0].path == "sales_tax"
