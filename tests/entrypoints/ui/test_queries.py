"""A page asks the database the same number of times for one row and for many."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from acquit.access.models import ApprovalRequest
from acquit.core.ids import to_public
from acquit.entrypoints import health
from tests.support.money import Doc, customers, issue
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import World

SHELL = 1  # the session with the person, and his companies with his roles


def asked(client: Client, path: str) -> int:
    client.get(path)  # what is asked once per process is asked now
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_the_account_of_a_customer(world: World) -> None:
    (customer,) = customers(world, 1)
    clerk = browser(world, "auditor")
    path = f"/customers/{to_public('customer', customer.id)}"
    issue(world, [Doc(customer.id, 1_000)])
    few = asked(clerk, path)
    issue(world, [Doc(customer.id, 1_000 + n) for n in range(40)])
    assert asked(clerk, path) == few <= SHELL + 3


def test_home(shop: Shop) -> None:
    owner = browser(shop.world, "owner")
    shop.issue(1)
    few = asked(owner, "/")
    shop.issue(30)
    assert asked(owner, "/") == few <= SHELL + 3


def test_billing_in_all_its_lists(shop: Shop) -> None:
    clerk = browser(shop.world, "auditor")
    shop.fill(ready=1, lacking=1)
    few = {tab: asked(clerk, f"/billing?tab={tab}") for tab in ("review", "ready", "sent")}
    shop.fill(ready=20, lacking=20)
    assert {tab: asked(clerk, f"/billing?tab={tab}") for tab in few} == few
    assert few == {"review": SHELL + 3, "ready": SHELL + 3, "sent": SHELL + 4}


def test_lists_and_figures(shop: Shop) -> None:
    """What is looked at most asks least."""
    shop.issue(3)
    owner = browser(shop.world, "owner")
    figures = {path: asked(owner, path) for path in ("/invoices", "/customers", "/ageing")}
    assert figures == {"/invoices": SHELL + 2, "/customers": SHELL + 3, "/ageing": SHELL + 3}


def test_lists_of_the_system(world: World) -> None:
    owner = browser(world, "owner")
    few = {path: asked(owner, path) for path in ("/approvals", "/imports")}
    for n in range(20):
        ApprovalRequest.objects.create(
            id=world.ids.new(),
            company_id=world.company_id,
            command="invoices.issue",
            item={"draft_id": str(world.ids.new())},
            item_key=str(n),
            asked_hash=f"{n:064}",
            amount_minor=100,
            currency="EUR",
            why="above the limit",
            maker_name="Somebody",
            created_at=world.ctx().now,
        )
    assert asked(owner, "/imports") == few["/imports"]
    assert asked(owner, "/approvals") <= few["/approvals"] + 1  # what the requests are about


def test_the_probe_asks_once_that_it_is_there(world: World, client: Client) -> None:
    health._tables_seen.clear()
    assert client.get("/readyz").status_code == 200
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/readyz").json() == {"ok": True}
    assert len(caught) == 1
