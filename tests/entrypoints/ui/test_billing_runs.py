"""Runs that were made: the list, what each issued, and the way back for what has no number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import BillingRun, Draft
from acquit.stages.invoices.queries import runs
from acquit.stages.masterdata.models import ExchangeRate
from acquit.stages.orders.models import Unbilled
from tests.support.api import Api, new_key
from tests.support.invoices import Sold, customer, deliver, rate
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import World


def billed(world: World, minutes: int, *, straight: bool = True) -> BillingRun:
    """A run over two deliveries in two currencies, so many minutes from now."""
    ctx = world.ctx()
    ctx = replace(ctx, now=ctx.now + timedelta(minutes=minutes))
    deliver(world, customer(world, f"E-{minutes}"), [Sold("1", "100.00")])
    if not ExchangeRate.objects.of(world.company_id).exists():
        rate(world, "USD", "EUR", "0.9")
    deliver(world, customer(world, f"U-{minutes}"), [Sold("2", "50.00")], currency="USD")
    bill(ctx=ctx, as_of=world.today, straight_through=straight)
    return BillingRun.objects.of(world.company_id).order_by("started_at").last()


def test_a_run_tells_what_it_issued_by_currency(shop: Shop) -> None:
    world = shop.world
    first, second = billed(world, 1), billed(world, 2, straight=False)
    client = browser(world, "billing_clerk")
    listed = client.get("/billing/history")
    assert [(row.id, status) for row, _url, status in listed.context["rows"]] == [
        (second.id, "to_review"),
        (first.id, "done"),
    ]
    (row,) = (row for row, _url, _status in listed.context["rows"] if row.id == first.id)
    assert [(str(one.net), str(one.gross)) for one in row.totals] == [
        ("100.00 EUR", "119.00 EUR"),
        ("100.00 USD", "119.00 USD"),
    ]
    page = client.get(f"/billing/history/{to_public('run', first.id)}")
    assert {one.number for one, _url in page.context["documents"]} == {
        one.number for one in shop.documents()
    }
    assert "Rule" not in row.policy and row.policy == "billing shipped"
    assert client.get(f"/billing/history/{to_public('run', world.company_id)}").status_code == 404


def test_what_a_run_left_as_drafts_goes_back_and_forth(shop: Shop) -> None:
    world = shop.world
    run = billed(world, 1, straight=False)
    kept, _other = shop.drafts("ready")
    issue(ctx=world.ctx(), items=[Issuing(draft_id=kept.id)])
    client = browser(world, "billing_clerk")
    path = f"/billing/history/{to_public('run', run.id)}"
    assert client.get(path).context["left"] == 1
    answer = client.post(f"{path}/reversal", follow=True)
    assert "1 draft discarded" in answer.content.decode()
    assert answer.context["left"] == 0
    assert sorted(row.state for row in Draft.objects.all()) == ["discarded", "issued"]
    assert Unbilled.objects.filter(billing="open").count() == 1
    (message,) = answer.context["messages"]
    client.post(message.extra_tags.removeprefix("undo:"))
    assert sorted(row.state for row in Draft.objects.all()) == ["issued", "ready"]
    assert browser(world, "auditor", name="Au").post(f"{path}/reversal").status_code == 403


def test_programs_read_and_take_back_the_same(shop: Shop) -> None:
    world = shop.world
    run = billed(world, 1)
    api = Api(new_key(world, "read.invoices", "invoices.discard"))
    (listed,) = api.get("/billing-runs")["items"]
    assert listed == api.get(f"/billing-runs/{listed['id']}")
    assert (listed["id"], listed["invoices"]) == (to_public("run", run.id), 2)
    assert [one["gross"]["currency"] for one in listed["totals"]] == ["EUR", "USD"]
    documents = api.get("/invoices", run=listed["id"])["items"]
    assert {one["number"] for one in documents} == {one.number for one in shop.documents()}
    other = billed(world, 2, straight=False)
    gone = api.post(f"/billing-runs/{to_public('run', other.id)}/discard", {"why": "too early"})
    assert [item["state"] for item in gone["items"]] == [str(ItemState.DONE)] * 2
    page = api.get("/billing-runs", limit=1)
    assert api.get("/billing-runs", limit=1, cursor=page["next"])["items"] == [listed]


def test_the_number_of_queries_does_not_grow_with_the_runs(shop: Shop) -> None:
    def queries(limit: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            page = runs.runs(company_id=shop.world.company_id, limit=limit)
        assert len(page.rows) == limit
        return len(seen)

    for minutes in range(3):
        billed(shop.world, minutes)
    assert queries(1) == queries(3)
