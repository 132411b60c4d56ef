"""Customers: the list, the account, the statement, and typing master data."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.ids import to_public
from acquit.stages.masterdata.models import Customer
from tests.entrypoints.ui.test_invoices import pay
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import new_world


def key_of(customer: Customer) -> str:
    return to_public("customer", customer.id)


def test_the_list_shows_what_each_one_owes(shop: Shop) -> None:
    (document,) = shop.issue()
    shop.buyer(name="Zweite Bäckerei", is_placeholder=True)
    client = browser(shop.world, "auditor")
    page = client.get("/customers").content.decode()
    assert "Kunde C-1" in page and "Zweite Bäckerei" in page and "130.90" in page
    assert document.gross_minor == 13_090
    found = client.get("/customers?q=bäck").content.decode()
    assert "Zweite" in found and "Kunde C-1" not in found
    assert "Kunde C-1" not in client.get("/customers?show=placeholders").content.decode()
    assert b"Clear filters" in client.get("/customers?q=nobody").content


def test_the_list_needs_no_more_queries_for_more_rows(shop: Shop) -> None:
    client = browser(shop.world, "auditor")
    shop.issue(1)
    with CaptureQueriesContext(connection) as few:
        client.get("/customers")
    shop.issue(49)
    with CaptureQueriesContext(connection) as many:
        assert client.get("/customers").content.count(b"data-row ") == 50
    assert len(many) == len(few) <= 8


def test_the_account_splits_the_balance(shop: Shop) -> None:
    (document,) = shop.issue()
    pay(shop, document, 3_000)
    client = browser(shop.world, "credit_controller")
    address = f"/customers/{key_of(shop.customers[0])}"
    page = client.get(address).content.decode()
    assert "100.90" in page and document.number in page and "Partly paid" in page
    assert "New customer" not in page and "/edit" not in page
    assert b"<html" not in client.get(address, HTTP_HX_REQUEST="true").content
    assert client.get(f"{address}?after=x_y").status_code == 404


def test_the_statement_adds_up_on_screen_and_on_paper(shop: Shop) -> None:
    (document,) = shop.issue()
    pay(shop, document, 3_000)
    client = browser(shop.world, "accountant")
    address = f"/customers/{key_of(shop.customers[0])}/statement"
    page = client.get(address).content.decode()
    assert page.count("100.90") >= 3 and document.number in page
    paper = client.get(f"{address}.pdf")
    assert paper.content.startswith(b"%PDF") and paper["Content-Type"] == "application/pdf"
    before = (shop.world.today - timedelta(days=2)).isoformat()
    early = client.get(f"{address}?from={before}&to={before}").content.decode()
    assert document.number not in early
    assert client.get(f"{address}?from={shop.world.today}&to={before}").status_code == 422
    assert client.get(f"{address}?currency=money").status_code == 422


def test_master_data_is_typed_with_its_faults_beside_the_fields(shop: Shop) -> None:
    buyer = shop.buyer()
    client = browser(shop.world, "administrator")
    address = f"/customers/{key_of(buyer)}/edit"
    form = client.get(address).content.decode()
    values = dict(re.findall(r'<input[^>]*? name="([a-z_]+)" value="([^"]*)"', form))
    typed = {
        **values,
        "name": "Neuer Name",
        "country": "DE",
        "currency": "EUR",
        "locale": "de_DE",
        "terms": "NET30",
        "channel": "email",
        "key": "1",
    }
    wrong = client.post(address, {**typed, "email": "nobody", "iban": "DE00", "key": "2"})
    text = wrong.content.decode()
    assert wrong.status_code == 422
    assert "is not an e-mail address" in text and "is not a valid IBAN" in text
    assert 'value="Neuer Name"' in text
    saved = client.post(address, typed)
    assert saved["Location"] == f"/customers/{key_of(buyer)}"
    buyer.refresh_from_db()
    assert (buyer.name, buyer.number) == ("Neuer Name", "C-1")
    other = client.post("/customers/new", {**typed, "number": "N-9", "key": "3"})
    assert other.status_code == 302
    assert Customer.objects.of(shop.company_id).filter(number="N-9").exists()


def test_only_who_may_types(shop: Shop) -> None:
    buyer = shop.buyer()
    client = browser(shop.world, "billing_clerk")
    for address in ("/customers/new", f"/customers/{key_of(buyer)}/edit"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"name": "x"}).status_code == 403
    buyer.refresh_from_db()
    assert buyer.name == "Kunde C-1"


def test_customers_of_others_do_not_exist_here(shop: Shop) -> None:
    other = Shop(new_world(seed="other", slug="other", on=shop.world.today))
    key = key_of(other.buyer())
    client = browser(shop.world, "owner")
    for path in ("", "/edit", "/statement", "/statement.pdf"):
        assert client.get(f"/customers/{key}{path}").status_code == 404
    assert client.get("/customers/cus_1").status_code == 404
