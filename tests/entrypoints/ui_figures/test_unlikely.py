"""Answers that the policy leaves: shown on the Apply page, and taken by nobody unasked."""

from __future__ import annotations

import pytest
from django.urls import reverse

from acquit.entrypoints.ui import applying
from acquit.stages.matching.models import Proposal
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


def test_what_is_not_worth_showing_is_not_taken_by_one_key(scene: Scene) -> None:
    weak = Proposal.objects.of(scene.world.company_id).filter(total_minor=3_000)
    assert weak.update(probability="0.013", action=applying.LEAVE) == 1
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(3_000)
    page = clerk.get(f"/apply/{receipt}")
    work, text = page.context["work"], page.content.decode()
    assert (work["chosen"], work["unlikely"]["place"], work["owner"]) == (None, 1, "")
    assert "Nothing worth proposing" in text and "1.3%" in text
    assert 'id="accept"' not in text
    assert f'href="/apply/{receipt}?proposal=1"' in text and 'data-key="1"' in text

    asked = clerk.get(f"/apply/{receipt}?proposal=1")
    assert asked.context["work"]["chosen"]["place"] == 1
    assert 'id="accept"' in asked.content.decode()
    wish = {"proposal": asked.context["work"]["chosen"]["id"], "key": "k"}
    assert clerk.post(reverse("apply_acceptance", args=[receipt]), wish).status_code == 302
    assert scene.open(1) == 5_000


def test_what_is_suggested_waits_for_enter_as_before(scene: Scene) -> None:
    page = browser(scene.world, "cash_clerk").get(f"/apply/{scene.receipt(3_000)}")
    assert (page.context["work"]["unlikely"], page.context["work"]["chosen"]["place"]) == (None, 1)
    assert 'id="accept" data-focus' in page.content.decode()
