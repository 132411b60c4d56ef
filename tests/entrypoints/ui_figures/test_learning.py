"""Learning on its page: tried first, switched with a reason, taken back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.entrypoints.ui.words import LESSONS
from acquit.history.models import FactRecord
from acquit.stages.matching.rules.learning import KINDS
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser
from tests.support.world import new_world

pytestmark = pytest.mark.django_db


def test_a_switch_is_tried_moved_and_taken_back(scene: Scene) -> None:
    assert tuple(LESSONS) == KINDS
    manager = browser(scene.world, "receivables_manager")
    page = manager.get(reverse("lessons"))
    states = [(row["kind"], row["is_on"]) for row in page.context["kinds"]]
    assert states == [(kind, kind != "calibration") for kind in KINDS]
    (alias,) = page.context["aliases"]  # 100.00 came from Kunde Eins, who is called Kunde 1 GmbH
    assert (alias["view"].value, alias["view"].customer_name) == ("Kunde Eins", "Kunde 1 GmbH")
    facts = FactRecord.objects.count()
    trial = f"?try=name&turn=off&value=Kunde+Eins&customer={alias['customer']}"
    tried = manager.get(reverse("lessons") + trial)
    assert tried.context["trial"]["found"].lines == 1
    assert "No answer would be another one." in tried.content.decode()
    assert FactRecord.objects.count() == facts
    form = {"try": "name", "turn": "off", "value": "Kunde Eins", "customer": alias["customer"]}
    refused = manager.post(reverse("lesson_switches"), form)
    assert (refused.status_code, "needs a reason" in refused.content.decode()) == (422, True)
    moved = manager.post(reverse("lesson_switches"), form | {"reason": "it was his brother"})
    assert moved.status_code == 302
    (alias,) = manager.get(reverse("lessons")).context["aliases"]
    assert (alias["view"].is_on, alias["turn"]) == (False, "on")
    back = form | {"turn": "on", "reason": "no, it was he"}
    assert manager.post(reverse("lesson_switches"), back).status_code == 302
    assert manager.get(reverse("lessons") + "?q=brother").context["aliases"] == []
    for wrong in ("?try=magic&turn=on", "?try=name&turn=up", "?try=name&turn=on&value=x"):
        assert manager.get(reverse("lessons") + wrong).status_code == 404


def test_a_clerk_sees_it_and_neighbours_do_not(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk", name="Clerk")
    told = clerk.get(reverse("lessons") + "?try=account&turn=off").content.decode()
    assert "Switch off" not in told and "Right before" in told
    form = {"try": "account", "turn": "off", "reason": "x"}
    assert clerk.post(reverse("lesson_switches"), form).status_code == 403
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    assert owner.get(reverse("lessons")).context["aliases"] == []
    single = {"value": "Kunde Eins", "customer": to_public("customer", scene.customers[0].id)}
    assert owner.post(reverse("lesson_switches"), form | single).status_code == 404
