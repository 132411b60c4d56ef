"""A run of the matcher as a whole: what it applied is named, and taken back in one step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.history.models import FactRecord
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import bank
from tests.support.money import Doc, Movement, customers, issue
from tests.support.pages import browser
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db


def run_of_two(world: World) -> list[OpenItem]:
    """Three invoices, two of which one run of the matcher settles by itself."""
    (payer,) = customers(world, 1)
    items = issue(world, [Doc(payer.id, minor) for minor in (10_000, 20_000, 30_000)])
    moves = [Movement(item.open_minor, item.number, payer=payer.name) for item in items[:2]]
    bank(world, *moves)
    propose(ctx=replace(world.ctx(), rule="matching"), items=[])
    return items


def test_what_one_run_applied_is_taken_back_at_once(world: World) -> None:
    items = run_of_two(world)
    clerk = browser(world, "cash_clerk")
    ((run, gone),) = clerk.get(reverse("automatic")).context["applied"]
    assert (run.count, gone) == (2, None)
    for left in ([10_000, 20_000, 30_000], [10_000, 20_000, 30_000]):
        answer = clerk.post(reverse("automatic_run_undo", args=[run.first]))
        assert answer["Location"] == reverse("automatic")
        assert [OpenItem.objects.get(id=item.id).open_minor for item in items] == left
    assert {one.state for one in Proposal.objects.filter(rank=1)} == {"undone"}
    assert clerk.post(reverse("automatic_run_undo", args=[1])).status_code == 404
    stranger = browser(new_world(seed="other", slug="other"), "cash_clerk", name="Zoe")
    assert stranger.post(reverse("automatic_run_undo", args=[run.first])).status_code == 404


def test_a_run_of_which_nothing_stands_says_who_took_it_back(world: World) -> None:
    run_of_two(world)
    ana = browser(world, "cash_clerk", name="Ana")
    bob = browser(world, "cash_clerk", name="Bob")
    first, _second = Proposal.objects.filter(state="accepted").order_by("id")
    ana.post(reverse("posted_undo", args=[to_public("proposal", first.id)]))
    page = ana.get(reverse("automatic"))
    ((run, gone),) = page.context["applied"]
    assert gone is None, "one of the two stands"
    back = reverse("automatic_run_undo", args=[run.first])
    assert back in page.content.decode()
    bob.post(back)
    page = ana.get(reverse("automatic"))
    ((_run, gone),) = page.context["applied"]
    undone = FactRecord.objects.filter(kind="matching.ProposalUndone").order_by("seq").last()
    assert undone is not None
    assert (gone.by, gone.at) == (("Ana", "Bob"), undone.recorded_at)
    body = page.content.decode()
    assert back not in body and "Ana, Bob" in body
    again = bob.post(back, follow=True)
    assert "This was undone already." in again.content.decode()


def test_a_document_that_is_settled_in_parts_is_named_once(world: World) -> None:
    (payer,) = customers(world, 1)
    (item,) = issue(world, [Doc(payer.id, 11_900)])
    move = Movement(11_400, f"{item.number} abz. Bankgebuehr 5,00", payer=payer.name)
    bank(world, replace(move, iban=payer.iban))
    propose(ctx=replace(world.ctx(), rule="matching"), items=[])
    (act,) = browser(world, "cash_clerk").get(reverse("automatic")).context["rows"]
    assert len(Proposal.objects.get(state="accepted").items) == 2  # the money and the fee
    assert act["documents"] == [item.number]
