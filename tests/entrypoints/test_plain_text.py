"""A NUL character is refused at the edge and the field is named; nothing reaches the database."""

from __future__ import annotations

import pytest

from acquit.stages.masterdata.models import Customer
from tests.entrypoints.ui.test_customers import key_of
from tests.support.api import Api, new_key
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import living_today

pytestmark = pytest.mark.django_db


def test_a_page_names_the_field_in_the_readers_language() -> None:
    shop = Shop(living_today())
    buyer = shop.buyer()
    client = browser(shop.world, "administrator")
    for address in ("/customers?q=a%00b", "/invoices?q=%00", "/customers/new?%00=1"):
        assert client.get(address).status_code == 400, address
    before = Customer.objects.get(id=buyer.id)
    values = {"name": "Bäck\0erei", "city": "Ulm", "street": "\0", "key": "1"}
    answer = client.post(
        f"/customers/{key_of(buyer)}/edit", values, headers={"accept-language": "de"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "name, street" in page and "NUL" in page and "unsichtbare" in page
    assert Customer.objects.get(id=buyer.id).name == before.name
    # Who is not signed in is told the same, and a file may have any byte.
    assert client.get("/customers").status_code == 200
    client.logout()
    assert client.post("/account/login/", {"login": "a\0@b.example"}).status_code == 400


def test_an_operation_names_the_place_in_its_json() -> None:
    world = living_today()
    caller = Api(new_key(world, "masterdata.save_customers", "read.masterdata"))
    body = {"items": [{"number": "N-1", "name": "fine"}, {"number": "N-2", "name": "a\0b"}]}
    problem = caller.send("PUT", "/customers", body, status=422)
    (error,) = problem["errors"]
    assert (error["code"], error["pointer"]) == ("text.nul", "/items/1/name"), error
    assert not Customer.objects.of(world.company_id).exists()
    fine = {"items": [{"number": "N-1", "name": "C:\\u0000"}]}  # six signs, no NUL
    caller.send("PUT", "/customers", fine)
    found = caller.send("GET", "/customers", query={"q": "%00"}, status=422)
    assert found["errors"][0]["place"] == "query q"
