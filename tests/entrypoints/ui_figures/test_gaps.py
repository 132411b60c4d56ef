"""Gaps on pages: what the day's payments left open, whose it is, changed by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.console.tables import table
from acquit.entrypoints.figures import figure
from acquit.entrypoints.ui.words import GAPS
from acquit.stages.matching.models import Gap
from acquit.stages.matching.rules.gaps import KINDS
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser
from tests.support.world import new_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def gap(scene: Scene) -> str:
    """30.00 came for 80.00; the public id of what is left."""
    world = scene.world
    money = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=3_000)
    wish = NewAllocation(
        key="short",
        credit_item_id=money.id,
        debit_item_id=scene.items[1].id,
        amount=Money(3_000, "EUR"),
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    return to_public("gap", Gap.objects.get().id)


def test_every_kind_has_its_words() -> None:
    assert tuple(GAPS) == KINDS


def test_a_gap_is_listed_summed_and_changed_by_hand(scene: Scene, gap: str) -> None:
    clerk = browser(scene.world, "cash_clerk", "credit_controller", name="Ana")
    assert reverse("gaps") in clerk.get("/apply").content.decode()
    page = clerk.get(reverse("gaps"))
    (row,) = page.context["rows"]
    assert (row["view"].amount, row["kind"], row["age"]) == (
        Money(5_000, "EUR"),
        "Short payment",
        0,
    )
    ((_title, total, url),) = page.context["sums"]
    assert (total.total, total.count) == (Money(5_000, "EUR"), 1)
    assert [one["id"] for one in clerk.get(url).context["rows"]] == [
        gap
    ]  # the list that sums to it
    for query, count in (
        ("owner=mine", 1),
        ("owner=accountant", 0),
        ("kind=overpaid", 0),
        ("state=overdue", 0),
        ("state=all&currency=EUR", 1),
        ("currency=USD", 0),
        (f"customer={to_public('customer', scene.customers[0].id)}", 1),
    ):
        assert len(clerk.get(f"{reverse('gaps')}?{query}").context["rows"]) == count, query
    assert clerk.get(f"{reverse('gaps')}?after=x").status_code == 404
    address = reverse("gap_assignment", args=[gap])
    due = (scene.world.today + timedelta(40)).isoformat()
    form = {"kind": "withheld_tax", "owner": "accountant", "due_on": due}
    assert "needs a reason" in clerk.post(address, form).content.decode()
    assert clerk.post(address, form | {"reason": "Steuerbescheinigung kommt"}).status_code == 302
    page = clerk.get(reverse("gap", args=[gap]), headers={"Accept-Language": "de"})
    told = page.content.decode()
    assert "Steuerbescheinigung kommt" in told and "Einbehaltene Steuer" in told
    assert clerk.get(f"{reverse('gaps')}?owner=accountant").context["rows"][0]["id"] == gap
    named = form | {"owner": to_public("user", clerk_id(page)), "reason": "I know him"}
    assert clerk.post(address, named).status_code == 302
    assert "Ana" in clerk.get(reverse("gaps")).content.decode()
    assert clerk.post(address, named | {"due_on": "soon"}).status_code == 422


def clerk_id(page: Any) -> Any:
    return page.wsgi_request.user.id


def test_reading_is_not_changing_and_neighbours_see_nothing(scene: Scene, gap: str) -> None:
    auditor = browser(scene.world, "auditor", name="Audit")
    assert "<form" in auditor.get(reverse("gaps")).content.decode()  # the filter
    assert 'name="due_on"' not in auditor.get(reverse("gap", args=[gap])).content.decode()
    assert auditor.post(reverse("gap_assignment", args=[gap])).status_code == 403
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    assert owner.get(reverse("gap", args=[gap])).status_code == 404
    body = {"reason": "mine", "owner": "accountant"}
    assert owner.post(reverse("gap_assignment", args=[gap]), body).status_code == 404
    assert owner.get(reverse("gaps")).context["rows"] == []


def test_the_console_tells_the_same(scene: Scene, gap: str) -> None:
    answer = figure(
        name="gaps", company=scene.world.company, as_at=None, known_at=None, customer_number=""
    )
    assert answer["totals"] == [{"kind": "short", "count": 1, "amount": "50.00", "currency": "EUR"}]
    assert "short" in table("gaps", answer) and scene.items[1].number in table("gaps", answer)
