"""Chosen drafts are dated, sent another way, merged, held and split, by pages and by the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.ids import to_public
from acquit.entrypoints.ui.templatetags.acquit import unit
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Draft
from acquit.stages.orders.rules.references import BuyerReferences
from tests.support.invoices import Sold, customer, deliver
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import World


def _form(client, shop: Shop, state: str = "ready"):
    values = {"do": "change", "ids": shop.draft_keys(state), "next": "/billing?tab=ready"}
    return client.post("/billing/selection?tab=ready", values)


def test_the_form_knows_what_was_chosen(shop: Shop) -> None:
    shop.fill(ready=3)
    client = browser(shop.world, "billing_clerk")
    answer = _form(client, shop)
    assert answer.status_code == 200
    assert (answer.context["count"], answer.context["back"]) == (3, "/billing?tab=ready")
    assert set(answer.context["ids"].split(",")) == set(shop.draft_keys("ready"))
    everything = client.post("/billing/selection?tab=ready", {"do": "change", "all_matching": "1"})
    assert everything.context["count"] == 3


def test_date_channel_and_hold_for_many(shop: Shop) -> None:
    shop.fill(ready=2)
    client = browser(shop.world, "billing_clerk")
    ids = ",".join(shop.draft_keys("ready"))
    yesterday = shop.world.today - timedelta(days=1)
    send = {"ids": ids, "next": "/billing?tab=ready"}
    answer = client.post(
        "/billing/changes", {**send, "do": "date", "issue_on": yesterday.isoformat()}
    )
    assert answer["Location"] == "/billing?tab=ready"
    client.post("/billing/changes", {**send, "do": "channel", "channel": "print"})
    assert {row.issue_on for row in shop.drafts()} == {yesterday}
    assert {row.content["header"]["channel"] for row in shop.drafts()} == {"print"}
    assert "Post" in client.get("/billing?tab=ready").content.decode()
    held = client.post("/billing/changes", {**send, "do": "hold", "why": "asks"}, follow=True)
    assert len(shop.drafts("held")) == 2
    tags = [message.extra_tags for message in held.context["messages"]]
    client.post(next(tag for tag in tags if "undo:" in tag).removeprefix("undo:"))
    assert len(shop.drafts("ready")) == 2


def test_what_cannot_be_done_is_said_above_the_form(shop: Shop) -> None:
    shop.fill(ready=2)
    client = browser(shop.world, "billing_clerk")
    ids = ",".join(shop.draft_keys("ready"))
    tomorrow = (shop.world.today + timedelta(days=1)).isoformat()
    for wish in ({"do": "date", "issue_on": tomorrow}, {"do": "merge"}, {"do": "hold", "why": ""}):
        answer = client.post("/billing/changes", {"ids": ids, **wish})
        assert answer.status_code == 422, wish
        assert answer.context["faults"]
        assert answer.context["count"] == 2
    unreadable = client.post("/billing/changes", {"ids": ids, "do": "date", "issue_on": "soon"})
    assert unreadable.status_code == 422
    assert client.post("/billing/changes", {"ids": "", "do": "date"}).status_code == 422
    assert not any(row.issue_on for row in shop.drafts())


def test_merge_and_split_on_the_pages(shop: Shop) -> None:
    shop.fill(ready=1)
    deliver(shop.world, shop.customers[0], [Sold("1", "7.77")])
    bill(ctx=shop.world.ctx(), as_of=shop.world.today, straight_through=False)
    client = browser(shop.world, "billing_clerk")
    keys = shop.draft_keys("ready")
    net = sum(row.net_minor for row in shop.drafts("ready"))
    client.post("/billing/changes", {"ids": ",".join(keys), "do": "merge"})
    (one,) = shop.drafts("ready")
    assert one.net_minor == net
    (key,) = shop.draft_keys("ready")
    page = client.get(f"/billing/drafts/{key}").content.decode()
    assert "Split these lines off" in page
    answer = client.post(f"/billing/drafts/{key}/splits", {"line": ["3"], "key": "s"})
    assert answer.status_code == 302
    assert len(shop.drafts("ready")) == 2
    assert sum(row.net_minor for row in shop.drafts("ready")) == net
    client.post(f"/billing/drafts/{key}/splits", {"key": "t"})
    assert len(shop.drafts("ready")) == 2


def _undo_of(answer) -> str:
    """The address behind the Undo of the last message."""
    tags = [message.extra_tags for message in answer.context["messages"]]
    return next(tag for tag in tags if "undo:" in tag).removeprefix("undo:")


def test_dates_of_many_are_taken_back_in_one_go(shop: Shop) -> None:
    shop.fill(ready=3)
    client = browser(shop.world, "billing_clerk")
    today = shop.world.today.isoformat()
    send = {"ids": ",".join(shop.draft_keys("ready")), "next": "/billing?tab=ready"}
    for name, field in (("date", "issue_on"), ("tax_point", "tax_point")):
        before = [(row.issue_on, row.content) for row in shop.drafts()]
        wish = {**send, "do": name, field: today}
        answer = client.post("/billing/changes", wish, follow=True)
        assert [(row.issue_on, row.content) for row in shop.drafts()] != before
        answer = client.post(_undo_of(answer), follow=True)
        assert "3 drafts are as they were before." in answer.content.decode()
        assert [(row.issue_on, row.content) for row in shop.drafts()] == before


def test_a_merge_and_a_split_are_taken_back(shop: Shop) -> None:
    shop.fill(ready=1)
    deliver(shop.world, shop.customers[0], [Sold("1", "7.77")])
    bill(ctx=shop.world.ctx(), as_of=shop.world.today, straight_through=False)
    client = browser(shop.world, "billing_clerk")
    keys = shop.draft_keys("ready")
    before = [(row.state, row.content) for row in shop.drafts()]
    wish = {"ids": ",".join(keys), "do": "merge"}
    merged = client.post("/billing/changes", wish, follow=True)
    assert len(shop.drafts("ready")) == 1
    client.post(_undo_of(merged))
    assert [(row.state, row.content) for row in shop.drafts()] == before
    path = f"/billing/drafts/{keys[0]}"
    client.post(f"{path}/splits", {"line": ["2"], "key": "s"})
    page = client.get(path)
    split, undone = page.context["events"][-1], f"/billing/undo/one/{keys[0]}"
    assert (split.what, split.undo_url) == ("Draft split", undone)
    page = client.post(undone, follow=True)
    assert page.redirect_chain[-1][0] == path
    assert [(row.state, row.content) for row in shop.drafts() if row.state == "ready"] == before
    assert page.context["events"][-1].what == "Taken back: Split a draft"
    assert not page.context["events"][-1].undo_url
    refused = client.post(undone, follow=True)
    # The merge was before the split, and was taken back as well.
    assert "nothing was done to it" in refused.content.decode()


def test_the_tax_point_is_set_and_shown(shop: Shop) -> None:
    shop.fill(ready=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("ready")
    late = (shop.world.today + timedelta(days=1)).isoformat()
    refused = client.post("/billing/changes", {"ids": key, "do": "tax_point", "tax_point": late})
    assert refused.status_code == 422
    assert "is after the date of issue" in refused.content.decode()
    day = shop.world.today.isoformat()
    client.post("/billing/changes", {"ids": key, "do": "tax_point", "tax_point": day})
    page = client.get(f"/billing/drafts/{key}")
    assert page.context["paper"].tax_point == shop.world.today
    assert page.context["events"][-1].what.startswith("Tax point: ")


@pytest.mark.parametrize(("language", "word"), [("en", "2 pc"), ("de", "2 Stk"), ("ro", "2 buc.")])
def test_units_are_words_of_the_reader(shop: Shop, language: str, word: str) -> None:
    shop.fill(ready=1)
    client = browser(shop.world, "billing_clerk")
    client.cookies["django_language"] = language
    (key,) = shop.draft_keys("ready")
    page = client.get(f"/billing/drafts/{key}").content.decode()
    assert word in page
    assert "C62" not in page


def test_a_unit_without_a_word_shows_its_code() -> None:
    assert unit("XZZ") == "XZZ"


def test_an_auditor_changes_nothing(shop: Shop) -> None:
    shop.fill(ready=1)
    client = browser(shop.world, "auditor")
    (key,) = shop.draft_keys("ready")
    assert client.post("/billing/changes", {"ids": key, "do": "date"}).status_code == 403
    assert client.post(f"/billing/drafts/{key}/splits", {"line": "1"}).status_code == 403
    assert Draft.objects.get().issue_on is None


def test_references_of_the_customer_are_typed_on_the_page_of_the_draft(world: World) -> None:
    client = browser(world, "billing_clerk")
    told = BuyerReferences("4500017", "P-100", "", "4711")
    deliver(world, customer(world, "C-1"), references=told)
    bill(ctx=world.ctx(), as_of=world.today, straight_through=False)
    page = f"/billing/drafts/{to_public('draft', Draft.objects.get().id)}"
    shown = client.get(page).content.decode()
    assert all(f'value="{text}"' in shown for text in told if text)
    typed = {"project": "P-100", "contract": "C-9", "next": page}
    answer = client.post(f"{page}/enrichments", typed, follow=True)
    assert answer.redirect_chain[0][0] == page and 'value="C-9"' in answer.content.decode()
    assert Draft.objects.get().sources.keys() == {"project", "contract"}
