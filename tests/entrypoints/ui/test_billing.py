"""The billing page: what is shown is sent, once, and what is missing is typed in the row."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from acquit.access.models import ApprovalRequest, Limit
from acquit.core.ids import to_public
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.invoices.models import Document
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import new_world


def test_the_button_says_and_sends_what_is_ready(shop: Shop) -> None:
    shop.fill(ready=4, lacking=3)
    client = browser(shop.world, "billing_clerk")
    assert b"Send 4 ready invoices" in client.get("/billing").content

    answer = client.post("/billing/issues", {"key": "one"}, follow=True)

    assert b"4 invoices sent." in answer.content
    assert len(shop.drafts("review")) == 3
    numbers = [row.series_number for row in shop.documents()]
    assert numbers == [1, 2, 3, 4]
    assert Dispatch.objects.of(shop.company_id).count() == 4
    page = client.get("/billing?tab=review").content.decode()
    assert page.count("buyer reference missing") == 3
    assert "ready invoice" not in page


def test_a_double_click_sends_once(shop: Shop) -> None:
    shop.fill(ready=2)
    client = browser(shop.world, "billing_clerk")
    client.post("/billing/issues", {"key": "same"})
    again = client.post("/billing/issues", {"key": "same"}, follow=True)
    assert b"it had gone already" in again.content
    assert len(shop.documents()) == 2
    assert Dispatch.objects.of(shop.company_id).count() == 2


def test_the_missing_reference_typed_in_the_row_makes_it_ready(shop: Shop) -> None:
    shop.fill(ready=0, lacking=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("review")
    answer = client.post(
        f"/billing/drafts/{key}/enrichments",
        {"key": "a", "buyer_reference": "04011000-1234512345-06"},
        HTTP_HX_REQUEST="true",
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="{key}"' in text and "Ready" in text
    assert "<html" not in text
    # The button and the counts above come along, out of band.
    assert 'id="billing-actions" hx-swap-oob="true"' in text and "Send 1 ready invoice" in text
    assert shop.draft_keys("ready") == [key]


def test_the_same_works_without_script(shop: Shop) -> None:
    shop.fill(ready=0, lacking=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("review")
    form = {"key": "a", "buyer_reference": "REF-1", "next": "/billing?tab=review"}
    answer = client.post(f"/billing/drafts/{key}/enrichments", form)
    assert (answer.status_code, answer["Location"]) == (302, "/billing?tab=review")
    assert shop.draft_keys("ready") == [key]


@pytest.mark.parametrize("typed", ["", "   ", "x" * 81, "a\x07b"])
def test_a_value_that_cannot_be_used_is_said_beside_the_field(shop: Shop, typed: str) -> None:
    shop.fill(ready=0, lacking=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("review")
    answer = client.post(
        f"/billing/drafts/{key}/enrichments",
        {"key": "a", "buyer_reference": typed},
        HTTP_HX_REQUEST="true",
    )
    assert answer.status_code == 422
    assert b'aria-invalid="true"' in answer.content
    assert shop.draft_keys("review") == [key]
    # The row's form is still the same one when the value is corrected.
    form = {"key": "a", "buyer_reference": "REF-1"}
    address = f"/billing/drafts/{key}/enrichments"
    assert client.post(address, form, HTTP_HX_REQUEST="true").status_code == 200
    assert shop.draft_keys("ready") == [key]


def test_hold_release_and_discard(shop: Shop) -> None:
    shop.fill(ready=3)
    client = browser(shop.world, "billing_clerk")
    first, second, third = shop.draft_keys("ready")
    client.post("/billing/selection?tab=ready", {"do": "hold", "ids": [first, second], "key": "1"})
    assert shop.draft_keys("held") == [first, second]
    client.post("/billing/selection?tab=review", {"do": "release", "ids": [first], "key": "2"})
    assert shop.draft_keys("ready") == [first, third]
    client.post("/billing/selection?tab=review", {"do": "discard", "ids": [second], "key": "3"})
    assert shop.draft_keys("discarded") == [second]
    form = {"do": "hold", "all_matching": "1", "key": "4"}
    client.post("/billing/selection?tab=ready", form)
    assert shop.draft_keys("held") == [first, third]
    nothing = client.post("/billing/selection?tab=ready", {"do": "hold", "key": "5"})
    assert nothing.status_code == 422


def test_what_is_above_the_limit_waits_once_for_a_second_person(shop: Shop) -> None:
    shop.fill(ready=1)
    Limit.objects.create(
        id=shop.world.ids.new(),
        company_id=shop.company_id,
        role="billing_clerk",
        command="invoices.issue",
        amount_minor=100,
        currency="EUR",
    )
    client = browser(shop.world, "billing_clerk")
    client.post("/billing/issues", {"key": "1"})
    client.post("/billing/issues", {"key": "2"})
    assert ApprovalRequest.objects.of(shop.company_id).count() == 1
    assert shop.documents() == []
    page = client.get("/billing?tab=ready").content
    assert b"Awaiting approval" in page and b"ready invoice" not in page


def test_a_run_shows_its_difference_before_it_writes(shop: Shop) -> None:
    from tests.support.invoices import deliver

    deliver(shop.world, shop.buyer())
    client = browser(shop.world, "billing_clerk")
    preview = client.get("/billing/runs")
    assert b"Make 1 document" in preview.content and shop.drafts() == []
    form = {"as_of": shop.world.today.isoformat(), "only_drafts": "on", "key": "r"}
    client.post("/billing/runs", form)
    client.post("/billing/runs", form)
    assert len(shop.drafts("ready")) == 1
    assert b"Nothing to bill" in client.get("/billing/runs").content
    assert client.get("/billing/runs?as_of=yesterday").status_code == 422


def test_without_the_right_nothing_happens(shop: Shop) -> None:
    shop.fill(ready=1)
    client = browser(shop.world, "cash_clerk")
    (key,) = shop.draft_keys("ready")
    assert client.get("/billing").status_code == 200
    assert b"Send 1 ready" not in client.get("/billing").content
    assert client.post("/billing/issues", {"key": "1"}).status_code == 403
    form = {"do": "discard", "ids": [key], "key": "2"}
    assert client.post("/billing/selection", form).status_code == 403
    enrich = f"/billing/drafts/{key}/enrichments"
    assert client.post(enrich, {"buyer_reference": "x"}).status_code == 403
    assert client.get("/billing/issues").status_code == 405
    assert shop.draft_keys("ready") == [key] and not Document.objects.of(shop.company_id).exists()


def test_drafts_of_others_do_not_exist_here(shop: Shop) -> None:
    other = Shop(new_world(seed="other", slug="other", on=shop.world.today))
    other.fill(ready=1)
    (key,) = other.draft_keys("ready")
    client = browser(shop.world, "billing_clerk")
    assert client.get(f"/billing/drafts/{key}").status_code == 404
    answer = client.post(f"/billing/drafts/{key}/enrichments", {"email": "a@b.example"})
    assert answer.status_code == 404
    client.post("/billing/selection", {"do": "discard", "ids": [key], "key": "1"})
    assert other.draft_keys("ready") == [key]
    assert client.get("/billing/drafts/drf_nonsense").status_code == 404


def test_a_preview_is_a_page_and_a_fragment(shop: Shop) -> None:
    shop.fill(ready=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("ready")
    page = client.get(f"/billing/drafts/{key}").content
    piece = client.get(f"/billing/drafts/{key}", HTTP_HX_REQUEST="true").content
    assert b"<html" in page and b"<html" not in piece
    assert b"Artikel A-1" in page and b"Artikel A-1" in piece


def test_a_page_of_a_draft_says_each_check_once(shop: Shop) -> None:
    shop.fill(ready=0, lacking=1)
    client = browser(shop.world, "billing_clerk")
    (key,) = shop.draft_keys("review")
    page = client.get(f"/billing/drafts/{key}")
    text = page.content.decode()
    (fault,) = page.context["draft"].faults
    assert text.count(escape(fault.message)) == 1
    assert "<strong>1 failed</strong>" in text and "passed" in text


def test_pages_need_no_more_queries_for_more_rows(shop: Shop) -> None:
    client = browser(shop.world, "billing_clerk")
    shop.fill(ready=1)
    client.get("/billing?tab=ready")  # what is read once per process is read now
    few = _queries(client, "/billing?tab=ready")
    shop.fill(ready=49)
    assert _queries(client, "/billing?tab=ready") == few <= 4
    assert client.get("/billing?tab=ready").content.count(b"data-row ") == 50
    client.post("/billing/issues", {"key": "k"})
    assert client.get("/billing?tab=sent").content.count(b"data-row ") == 50
    assert _queries(client, "/billing?tab=sent") <= 5


def _queries(client: object, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200  # type: ignore[attr-defined]
    return len(caught)


def test_a_failed_delivery_is_on_the_last_tab_and_tried_again(shop: Shop) -> None:
    shop.issue()
    client = browser(shop.world, "billing_clerk")
    key = to_public("document", shop.documents()[0].id)
    client.post(f"/invoices/{key}/dispatches", {"key": "s"})
    row = Dispatch.objects.of(shop.company_id).get()
    Dispatch.objects.of(shop.company_id).update(state="failed", last_error="550 mailbox unknown")
    page = client.get("/billing?tab=rejected").content
    assert b"550 mailbox unknown" in page
    form = {"ids": [to_public("dispatch", row.id)], "key": "t"}
    client.post("/billing/retries", form)
    row.refresh_from_db()
    assert row.state == "queued"


def test_what_was_issued_and_not_sent_is_told_and_sent_once(shop: Shop) -> None:
    shop.world.on(date.today())  # the page looks back one month from the real day
    shop.issue(2)
    client = browser(shop.world, "billing_clerk")
    assert (
        b"2 documents of the last month have gone to nobody yet" in client.get("/billing").content
    )
    client.post("/billing/dispatches")
    client.post("/billing/dispatches")
    assert Dispatch.objects.of(shop.company_id).count() == 2
    assert b"gone to nobody" not in client.get("/billing").content
    cashier = browser(shop.world, "cash_clerk", name="Bo")
    assert cashier.post("/billing/dispatches").status_code == 403


def test_who_may_only_read_is_offered_nothing_to_do(shop: Shop) -> None:
    shop.fill(ready=1, lacking=1)
    auditor = browser(shop.world, "auditor")
    clerk = browser(shop.world, "billing_clerk", name="Bea")
    for tab in ("review", "ready"):
        text = auditor.get(f"/billing?tab={tab}").content.decode()
        assert "/billing/runs" not in text and 'type="checkbox"' not in text
        assert "data-select-all" in clerk.get(f"/billing?tab={tab}").content.decode()
