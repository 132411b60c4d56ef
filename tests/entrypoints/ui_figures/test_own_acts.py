"""What the clerk did last on Apply: named after a reload too, and taken back by one key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from acquit.access.models import IdempotencyKey
from acquit.core.ids import from_public, to_public
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.models import Proposal
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Movement
from tests.support.pages import browser

pytestmark = pytest.mark.django_db
UNDO = 'data-key="u" data-key-label="Undo your last act"'


def accept(clerk: Client, scene: Scene, minor: int) -> None:
    """As the button does it, with the key of its form."""
    receipt = scene.receipt(minor)
    chosen = clerk.get(f"/apply/{receipt}").context["work"]["chosen"]["id"]
    answer = clerk.post(
        reverse("apply_acceptance", args=[receipt]), {"proposal": chosen, "key": f"a{minor}"}
    )
    assert answer.status_code == 302


def told(clerk: Client, path: str = "/apply") -> dict[str, Any] | None:
    found: dict[str, Any] | None = clerk.get(path).context["last_act"]
    return found


def _url(act: dict[str, Any] | None) -> str:
    assert act is not None
    return reverse("apply_act_undo", args=[act["id"]])


def back(clerk: Client, act: dict[str, Any] | None) -> Any:
    return clerk.post(_url(act), {"key": f"undo{_url(act)}"})


def test_the_last_act_is_taken_back_after_a_reload(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    assert told(clerk) is None, "what the rule applied is not the clerk's"
    accept(clerk, scene, 3_000)
    accept(clerk, scene, 2_500)
    clerk.get("/apply")  # the notice is read
    page = clerk.get("/apply")
    assert UNDO in page.content.decode()
    act = page.context["last_act"]
    assert (act["title"], act["payer"], act["amount"].minor) == ("Money applied", "Zwei", 2_500)
    assert act["numbers"] == [scene.items[3].number]
    answer = back(clerk, act)
    assert answer["Location"] == f"/apply/{scene.receipt(2_500)}"
    assert (scene.open(1), scene.open(3)) == (5_000, 5_500)
    first = told(clerk)
    assert first is not None and first["amount"].minor == 3_000, "then the one before"
    back(clerk, first)
    assert (scene.open(1), told(clerk)) == (8_000, None)
    assert b"undone already" in clerk.get(back(clerk, act)["Location"]).content


def test_it_is_the_clerks_own_and_of_today(scene: Scene) -> None:
    ana = browser(scene.world, "cash_clerk", name="Ana")
    bob = browser(scene.world, "cash_clerk", name="Bob")
    accept(ana, scene, 3_000)
    assert told(bob) is None
    act = told(ana)
    back(bob, act)
    assert scene.open(1) == 5_000, "nobody takes back what another did by this key"
    assert act is not None and told(browser(scene.world, "auditor", name="Eve")) is None
    row = IdempotencyKey.objects.get(id=from_public("act", act["id"]))
    row.created_at -= timedelta(days=1)
    row.save()
    assert told(ana) is None
    back(ana, act)
    assert scene.open(1) == 5_000


def test_only_the_act_itself_is_taken_back(scene: Scene) -> None:
    """What was applied of the same money before stays."""
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(999)
    for minor, item in ((400, 1), (300, 2)):
        public = to_public("open_item", scene.items[item].id)
        values = {"item": public, f"amount-{public}": f"{minor / 100:.2f}", "key": f"k{minor}"}
        answer = clerk.post(
            reverse("apply_allocation", args=[receipt]), values, headers={"HX-Request": "true"}
        )
    act = told(clerk, f"/apply/{receipt}")
    assert json.loads(answer["HX-Trigger"])["toast"]["undo"] == _url(act), "the notice says so too"
    assert act is not None and act["has_key"] and act["numbers"] == [scene.items[2].number]
    back(clerk, act)
    assert (scene.open(1), scene.open(2)) == (7_600, 7_700)


def test_putting_aside_naming_the_payer_and_asking(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(999)
    customer = to_public("customer", scene.customers[0].id)
    clerk.post(reverse("apply_payer", args=[receipt]), {"customer": customer, "key": "p"})
    item = OpenItem.objects.get(receipt_id=from_public("receipt", receipt))
    assert item.customer_id == scene.customers[0].id
    act = told(clerk)
    assert act is not None and act["title"] == "Put aside"
    assert told(clerk, f"/apply/{receipt}") == {**act, "has_key": False}
    back(clerk, act)
    act = told(clerk)
    assert act is not None and act["title"] == "Payer identified"
    back(clerk, act)
    item.refresh_from_db()
    assert item.customer_id is None
    Customer.objects.update(email="kasse@kunde.example")
    clerk.post(reverse("apply_question", args=[scene.receipt(2_500)]), {"key": "q"})
    act = told(clerk)
    assert act is not None and act["title"] == "Customer asked"
    back(clerk, act)
    assert told(clerk) is None


def test_many_that_were_accepted_at_once_are_one_act(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    until = clerk.get(reverse("suggestions") + "?over=1").context["until"]
    values = {"over": "1", "until": until, "key": "many"}
    clerk.post(reverse("suggestions_acceptances"), values)
    act = told(clerk)
    assert act is not None and (act["receipts"], act["amount"]) == (2, None)
    assert "2 receipts" in clerk.get("/apply").content.decode()
    assert back(clerk, act)["Location"] == "/apply"
    assert (scene.open(1), scene.open(3)) == (8_000, 5_500)


def test_money_that_is_done_with_keeps_the_key_for_itself(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    accept(clerk, scene, 3_000)
    body = clerk.get(f"/apply/{scene.receipt(10_000)}").content.decode()
    assert UNDO not in body and body.count('data-key="u"') == 1
    bank(scene.world, Movement(700, "later"), reference="S2")
    body = clerk.get(f"/apply/{scene.receipt(700)}").content.decode()
    assert UNDO in body and body.count('data-key="u"') == 1
    assert Proposal.objects.filter(state="accepted").count() == 2
