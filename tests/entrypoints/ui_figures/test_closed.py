"""The page of closed rests: a month, its sums by rule and by person, each, and a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.stages.receivables.commands import NewAdjustment, Undo, adjust, undo
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser
from tests.support.world import someone

pytestmark = pytest.mark.django_db
RULE = "adjusting shipped row 5"


def test_a_month_of_closed_rests_is_summed_listed_and_handed_out(scene: Scene) -> None:
    world = scene.world
    kim = world.ctx(actor=someone("cash_clerk", name="Kim"))
    closings = (
        (world.ctx().because(rule=RULE), 1, 3),
        (kim, 2, 238),
        (kim, 3, 100),
    )
    made = []
    for ctx, index, minor in closings:
        wish = NewAdjustment(
            key="k",
            item_id=scene.items[index].id,
            amount=Money(minor, "EUR"),
            adjustment="small_difference",
        )
        (done,) = adjust(ctx=ctx, items=[wish]).items
        assert done.state is ItemState.DONE
        made.append(done.id)
    undo(ctx=world.ctx(), items=[Undo(allocation_id=made[2])]).or_refuse()

    clerk = browser(world, "cash_clerk")
    first = world.today.replace(day=1)
    url = clerk.get(reverse("ageing")).context["closed_url"]
    assert url.startswith(f"/ageing/closed?from={first.isoformat()}&to=")
    page = clerk.get(url)
    rows = [
        (one["who"], one["row"].count, one["row"].taken_back, one["amount"].minor)
        for one in page.context["sums"]
    ]
    assert rows == [("Kim", 2, 1, 238), ("Rule 5 of Adjustments (as delivered)", 1, 0, 3)]
    assert (page.context["total"].minor, page.context["is_month"]) == (241, True)
    body = page.content.decode()
    assert body.count("data-row") == 4
    document = scene.items[2].document_id
    assert document and links.invoice(document) in body
    assert "/policies/adjusting?version=0#row-5" in body
    narrow = clerk.get(page.context["sums"][1]["url"])
    assert [one["amount"].minor for one in narrow.context["sums"]] == [3]
    assert page.context["after"] == ""
    for end in ({"from": "9999-12-02"}, {"to": "0001-01-31"}):
        assert clerk.get("/ageing/closed", end).context["sums"] == []
    before = clerk.get(page.context["before"])
    assert (before.context["sums"], before.context["month"]) == (
        [],
        f"{first - timedelta(days=1):%Y-%m}",
    )
    back = clerk.get(before.context["after"])
    assert back.context["total"].minor == 241
    span = {"from": first.isoformat(), "to": world.today.isoformat()}
    file = clerk.get("/ageing/closed.csv", span)
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 5
    assert sum("Kim" in line for line in lines) == 3
