"""The grace time: what was pressed to be sent waits, can be recalled, and burns no number."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from acquit.access.models import ApprovalRequest, Company, Limit
from acquit.core.ids import to_public
from acquit.database.copy import fetch_rows
from acquit.stages.dispatch.commands.send_later import JOB, issue_and_send
from acquit.stages.dispatch.jobs import issue_and_send as job
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.invoices.models import Draft
from tests.support.pages import browser
from tests.support.shop import Shop


@pytest.fixture
def patient(shop: Shop) -> Shop:
    Company.objects.filter(id=shop.company_id).update(grace_minutes=10)
    return shop


def _jobs(shop: Shop) -> list[dict[str, object]]:
    """The arguments of the jobs that wait, as a worker would get them."""
    rows = fetch_rows(
        "SELECT args::text, scheduled_at FROM procrastinate_jobs WHERE task_name = %s"
        " AND args->>'company_id' = %s ORDER BY id",
        [JOB, str(shop.company_id)],
    )
    return [json.loads(args) | {"at": at} for args, at in rows]


def _run_jobs(shop: Shop) -> None:
    for arguments in _jobs(shop):
        job(**{name: value for name, value in arguments.items() if name != "at"})


def _press(shop: Shop, client: Client | None = None) -> Client:
    client = client or browser(shop.world, "billing_clerk")
    client.post("/billing/issues", {"key": "one"})
    return client


def test_pressing_sends_nothing_before_the_time_is_over(patient: Shop) -> None:
    patient.fill(ready=4, lacking=3)
    before = timezone.now()
    client = browser(patient.world, "billing_clerk")
    answer = client.post("/billing/issues", {"key": "one"}, follow=True)
    assert "4 invoices leave at" in answer.content.decode()
    assert answer.context["leaving"] == 4
    assert answer.content.count(b"data-row ") == 4
    assert (len(patient.drafts("scheduled")), len(patient.drafts("review"))) == (4, 3)
    assert not patient.documents()
    (waiting,) = _jobs(patient)
    assert abs(waiting["at"] - before - timedelta(minutes=10)) < timedelta(minutes=1)
    _run_jobs(patient)
    assert [row.series_number for row in patient.documents()] == [1, 2, 3, 4]
    assert Dispatch.objects.of(patient.company_id).count() == 4
    assert not patient.drafts("scheduled")


def test_recall_returns_it_to_ready_and_burns_no_number(patient: Shop) -> None:
    patient.fill(ready=3)
    client = _press(patient)
    (first, *_others) = patient.draft_keys("scheduled")
    answer = client.post(
        "/billing/selection?tab=sent", {"do": "recall", "ids": [first], "key": "r"}, follow=True
    )
    assert "1 draft recalled; no number was used." in answer.content.decode()
    assert patient.draft_keys("ready") == [first]
    _run_jobs(patient)
    assert [row.series_number for row in patient.documents()] == [1, 2]
    client.post("/billing/issues", {"key": "two"})
    _run_jobs(patient)
    assert [row.series_number for row in patient.documents()] == [1, 2, 3]


def test_undo_recalls_all_that_one_press_sent(patient: Shop) -> None:
    patient.fill(ready=3)
    client = browser(patient.world, "billing_clerk")
    answer = client.post("/billing/issues", {"key": "one"}, follow=True)
    tags = [message.extra_tags for message in answer.context["messages"]]
    address = next(tag for tag in tags if "undo:" in tag).removeprefix("undo:")
    client.post(address)
    assert len(patient.drafts("ready")) == 3
    assert not any(row.issue_at for row in Draft.objects.of(patient.company_id))
    _run_jobs(patient)
    assert not patient.documents()


def test_a_job_of_before_the_recall_does_not_send_what_was_pressed_again(patient: Shop) -> None:
    patient.fill(ready=1)
    client = _press(patient)
    (key,) = patient.draft_keys("scheduled")
    client.post("/billing/selection?tab=sent", {"do": "recall", "ids": [key], "key": "r"})
    client.post("/billing/issues", {"key": "two"})
    old, new = _jobs(patient)
    assert old["issue_at"] != new["issue_at"]
    job(**{name: value for name, value in old.items() if name != "at"})
    assert not patient.documents()
    _run_jobs(patient)
    _run_jobs(patient)
    assert len(patient.documents()) == 1
    assert Dispatch.objects.of(patient.company_id).count() == 1


def test_a_double_click_schedules_once(patient: Shop) -> None:
    patient.fill(ready=2)
    client = _press(patient)
    again = client.post("/billing/issues", {"key": "one"}, follow=True)
    assert b"it had gone already" in again.content
    assert len(_jobs(patient)) == 1


def test_it_can_leave_at_once(patient: Shop) -> None:
    patient.fill(ready=2)
    client = _press(patient)
    client.post("/billing/selection?tab=sent", {"do": "now", "all_matching": "1", "key": "n"})
    assert len(patient.documents()) == 2
    _run_jobs(patient)
    assert len(patient.documents()) == 2


def test_above_the_limit_it_waits_for_a_second_person_and_leaves_no_gap(patient: Shop) -> None:
    patient.fill(ready=2)
    Limit.objects.create(
        id=patient.world.ids.new(),
        company_id=patient.company_id,
        role="billing_clerk",
        command="invoices.issue",
        amount_minor=1,
        currency=patient.drafts()[0].currency,
    )
    client = browser(patient.world, "billing_clerk")
    answer = client.post("/billing/issues", {"key": "one"}, follow=True)
    assert "2 are above your limit" in answer.content.decode()
    assert ApprovalRequest.objects.of(patient.company_id).count() == 2
    assert not _jobs(patient)
    assert len(patient.drafts("ready")) == 2


def test_what_went_wrong_meanwhile_goes_back_to_review(patient: Shop) -> None:
    patient.fill(ready=2)
    _press(patient)
    buyer = patient.customers[0]
    buyer.segment = "public"
    buyer.save()
    _run_jobs(patient)
    (back,) = patient.drafts("review")
    assert back.customer_id == buyer.id
    assert back.faults
    assert back.issue_at is None
    assert len(patient.documents()) == 1


def test_the_number_of_queries_does_not_grow(patient: Shop) -> None:
    def pressed(count: int) -> tuple[int, int]:
        patient.fill(ready=count)
        client = browser(patient.world, "billing_clerk", name=f"Ana{count}")
        with CaptureQueriesContext(connection) as sending:
            client.post("/billing/issues", {"key": f"k{count}"})
        rows = patient.drafts("scheduled")
        issue_at = rows[0].issue_at
        assert issue_at is not None
        ids: list[UUID] = [row.id for row in rows]
        with CaptureQueriesContext(connection) as leaving:
            issue_and_send(ctx=patient.world.ctx(), items=ids, issue_at=issue_at)
        return len(sending), len(leaving)

    pressed(1)  # opens the series
    assert pressed(2) == pressed(20)


def test_a_scheduled_draft_is_not_held_or_thrown_away(patient: Shop) -> None:
    patient.fill(ready=1)
    client = _press(patient)
    (key,) = patient.draft_keys("scheduled")
    for verb in ("hold", "discard"):
        client.post("/billing/selection", {"do": verb, "ids": [key], "key": verb})
    (row,) = patient.drafts("scheduled")
    assert to_public("draft", row.id) == key
    assert client.get(f"/billing/drafts/{key}").status_code == 200
