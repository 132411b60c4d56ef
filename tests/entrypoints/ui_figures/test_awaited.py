"""Money for which something waits for a second person is out of the queue until he decides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from acquit.access.commands.approve import Decision, approve, reject
from acquit.access.models import ApprovalRequest
from acquit.core.ids import to_public
from acquit.stages.matching.commands import propose
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Movement, issue
from tests.support.pages import browser
from tests.support.world import someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(scene: Scene) -> Client:
    """Who closes 25.00 alone, as delivered. A discount of 30.00 is taken that nobody agreed to."""
    world = scene.world
    (item,) = issue(world, [Doc(scene.customers[1].id, 100_000, issued_on=world.today)])
    bank(world, Movement(97_000, f"{item.number} abzgl. 3 % Skonto"), reference="S2")
    propose(ctx=world.ctx(), items=[])
    return browser(world, "cash_clerk")


def _groups(page: Any) -> dict[str, list[tuple[str, str]]]:
    return {
        group["code"]: [(row["id"], row["why"]) for row in group["rows"]]
        for group in page.context["groups"]
    }


def _waits(clerk: Client, receipt: str) -> None:
    """Put aside with the reason, counted there, and offered to nobody."""
    page = clerk.get(f"/apply/{receipt}")
    groups = _groups(page)
    assert (receipt, "Waits for a second person") in groups["aside"]
    assert receipt not in [key for code in ("suggested", "needs_you") for key, _ in groups[code]]
    counts = {group["code"]: group["count"] for group in page.context["groups"]}
    assert counts == {code: len(rows) for code, rows in groups.items()}
    text = page.content.decode().replace("\xa0", " ").replace("\u202f", " ")
    assert "is above the limit of 25.00 EUR" in text and 'href="/approvals"' in text
    assert 'id="accept"' not in text and "Nothing worth proposing" not in text


def _told(boss: Client) -> str:
    """The page of approvals as it is read."""
    page = boss.get("/approvals").content.decode()
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page[page.index("<main") :]))


def test_who_decides_sees_the_money_and_the_documents_by_their_names(
    scene: Scene, clerk: Client
) -> None:
    boss = browser(scene.world, "receivables_manager", name="Bob")
    chosen, accepted = scene.receipt(2_500), scene.receipt(97_000)
    key, number = to_public("open_item", scene.items[3].id), scene.items[3].number
    wish = {"item": [key], f"amount-{key}": "25.00", "key": "one", "rest": "bank_fee"}
    clerk.post(reverse("apply_allocation", args=[chosen]), wish)
    told = _told(boss)
    assert f"Apply money: {number} " in told and f"Approve {number} " in told, told
    assert f"{number} 25.00 EUR; Bank fee 30.00 EUR" in told, told

    proposal = clerk.get(f"/apply/{accepted}").context["work"]["chosen"]
    (invoice,) = {row["number"] for row in proposal["rows"]}
    clerk.post(
        reverse("apply_acceptance", args=[accepted]), {"proposal": proposal["id"], "key": "a"}
    )
    told = _told(boss)
    assert f"Accept a proposal: {invoice} " in told, told
    assert f"{invoice} 970.00 EUR; Discount taken late 30.00 EUR" in told, told
    assert "page:" not in told and "Third party" not in told and "bank_fee" not in told
    page = boss.get("/approvals").content.decode()
    assert f'href="/apply/{chosen}"' in page and f'href="/apply/{accepted}"' in page

    (first, second) = ApprovalRequest.objects.of(scene.world.company_id).order_by("id")
    ctx = scene.world.ctx(actor=someone("receivables_manager", name="Bob"))
    reject(ctx=ctx, items=[Decision(one.id, reason="no") for one in (first, second)]).or_refuse()
    decided = boss.get(reverse("approvals_decided")).content.decode()
    assert number in decided and invoice in decided and "page:" not in decided


def test_an_answer_above_the_limit_leaves_the_queue_until_it_is_decided(
    scene: Scene, clerk: Client
) -> None:
    receipt = scene.receipt(97_000)
    chosen = clerk.get(f"/apply/{receipt}").context["work"]["chosen"]["id"]
    url = reverse("apply_acceptance", args=[receipt])
    said = clerk.post(url, {"proposal": chosen, "key": "a"}, follow=True)
    assert "It waits for a second person now." in said.content.decode()
    _waits(clerk, receipt)
    clerk.post(url, {"proposal": chosen, "key": "b"})
    request = ApprovalRequest.objects.of(scene.world.company_id).get()

    boss = scene.world.ctx(actor=someone("receivables_manager", name="Bob"))
    reject(ctx=boss, items=[Decision(request.id, reason="ask him first")]).or_refuse()
    again = clerk.get(f"/apply/{receipt}")
    assert receipt in [key for key, _ in _groups(again)["suggested"]]
    assert 'id="accept"' in again.content.decode()


def test_documents_chosen_above_the_limit_wait_and_are_applied_when_somebody_agrees(
    scene: Scene, clerk: Client
) -> None:
    receipt, key = scene.receipt(2_500), to_public("open_item", scene.items[3].id)
    wish = {"item": [key], f"amount-{key}": "25.00", "key": "one", "rest": "bank_fee"}
    clerk.post(reverse("apply_allocation", args=[receipt]), wish)
    assert scene.open(3) == 5_500
    _waits(clerk, receipt)
    request = ApprovalRequest.objects.of(scene.world.company_id).get()
    boss = scene.world.ctx(actor=someone("receivables_manager", name="Bob"))
    approve(ctx=boss, items=[Decision(request.id)]).or_refuse()
    assert scene.open(3) == 0
    assert receipt not in [key for key, _ in _groups(clerk.get("/apply"))["aside"]]


def test_money_that_waits_for_a_second_person_is_not_matched_again_meanwhile(
    scene: Scene, clerk: Client
) -> None:
    receipt, world = scene.receipt(97_000), scene.world
    chosen = clerk.get(f"/apply/{receipt}").context["work"]["chosen"]
    url = reverse("apply_acceptance", args=[receipt])
    clerk.post(url, {"proposal": chosen["id"], "key": "a"})
    # Now there is a document of exactly this amount: a rule would post the money on it.
    (other,) = issue(world, [Doc(scene.customers[1].id, 97_000, issued_on=world.today)])
    bank(world, Movement(4_000, f"{other.number} part"), reference="S3")
    propose(ctx=world.ctx(), items=[])

    request = ApprovalRequest.objects.of(world.company_id).get()
    boss = world.ctx(actor=someone("receivables_manager", name="Bob"))
    approve(ctx=boss, items=[Decision(request.id)]).or_refuse()
    assert receipt not in [key for key, _ in _groups(clerk.get("/apply"))["aside"]]
    said = clerk.get(f"/apply/{receipt}").content.decode()
    assert "Undo" in said or "undo" in said


def test_a_document_counts_once_though_money_and_a_reason_settle_it(
    scene: Scene, clerk: Client
) -> None:
    receipt = scene.receipt(97_000)
    boss = browser(scene.world, "receivables_manager", name="Bob")
    chosen = boss.get(f"/apply/{receipt}").context["work"]["chosen"]
    assert len(chosen["rows"]) == 2
    url = reverse("apply_acceptance", args=[receipt])
    said = boss.post(url, {"proposal": chosen["id"], "key": "a"}, follow=True)
    text = said.content.decode().replace("\xa0", " ")
    assert "Applied 970.00 EUR to 1 document." in text
