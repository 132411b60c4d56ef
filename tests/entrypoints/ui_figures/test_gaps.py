"""Gaps on pages: what the day's payments left open, whose it is, changed by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from acquit.access.commands.grant import NewLimit, save_limit
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.console.tables import table
from acquit.entrypoints.figures import figure
from acquit.entrypoints.ui.frame import frame_of
from acquit.entrypoints.ui.views.gap_list import LIST
from acquit.entrypoints.ui.words import GAPS
from acquit.history import kept
from acquit.stages.matching.models import Gap
from acquit.stages.matching.rules.gaps import KINDS
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.rules.adjustment import WITHOUT_MONEY
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


def listed(client: Client, query: str = "") -> list[str]:
    """The ids of the rows of the list."""
    body = client.get(f"{reverse('gaps')}?{query}").content.decode()
    return re.findall(r'<tr data-row id="(gap_\w+)"', body)


def test_a_gap_is_listed_summed_and_changed_by_hand(scene: Scene, gap: str) -> None:
    clerk = browser(scene.world, "cash_clerk", "credit_controller", name="Ana")
    assert f"{reverse('gaps')}?state=open" in clerk.get("/apply").content.decode()
    page = clerk.get(reverse("gaps"))
    told = page.content.decode()
    assert "Short payment" in told and "0 days" in told and listed(clerk) == [gap]
    ((_title, total, url),) = page.context["sums"]
    assert (total.total, total.count) == (Money(5_000, "EUR"), 1)
    assert listed(clerk, url.partition("?")[2]) == [gap]  # the list that sums to it
    for query, count in (
        ("owner=mine", 1),
        ("owner=accountant", 0),
        ("kind=overpaid", 0),
        ("state=open", 1),
        ("state=overdue", 0),
        ("currency=eur", 1),
        ("currency=USD", 0),
        (f"q={scene.items[1].number[-4:]}", 1),
        ("q=nobody", 0),
        (f"customer={to_public('customer', scene.customers[0].id)}", 1),
    ):
        assert len(listed(clerk, query)) == count, query
    assert clerk.get(f"{reverse('gaps')}?after=x").status_code == 404
    address = reverse("gap_assignment", args=[gap])
    due = (scene.world.today + timedelta(40)).isoformat()
    form = {"kind": "withheld_tax", "owner": "accountant", "due_on": due}
    assert "needs a reason" in clerk.post(address, form).content.decode()
    assert clerk.post(address, form | {"reason": "Steuerbescheinigung kommt"}).status_code == 302
    page = clerk.get(reverse("gap", args=[gap]), headers={"Accept-Language": "de"})
    told = page.content.decode()
    assert "Steuerbescheinigung kommt" in told and "Einbehaltene Steuer" in told
    assert listed(clerk, "owner=accountant") == [gap]
    named = form | {"owner": to_public("user", clerk_id(page)), "reason": "I know him"}
    assert clerk.post(address, named).status_code == 302
    assert "Ana" in clerk.get(reverse("gaps")).content.decode()
    assert clerk.post(address, named | {"due_on": "soon"}).status_code == 422
    assert "1 gap is overdue" not in clerk.get("/apply").content.decode()
    Gap.objects.update(due_on=scene.world.today - timedelta(1))
    kept.forget()  # nobody changes a deadline behind the chain of facts but this test
    assert "1 gap is overdue" in clerk.get("/apply").content.decode()


def test_a_gap_is_closed_for_a_reason_and_opened_again(scene: Scene, gap: str) -> None:
    """By a person whose limit allows it, for a reason; not by others, and not twice."""
    world, item = scene.world, scene.items[1]
    clerk = browser(world, "cash_clerk", name="Ana")
    page, address = reverse("gap", args=[gap]), reverse("gap_closing", args=[gap])
    shown = clerk.get(page).context["closings"]
    assert [one.code for one in shown] == list(WITHOUT_MONEY)
    limit = NewLimit(role="cash_clerk", command="receivables.adjust", amount=Money(6_000, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit]).or_refuse()
    assert clerk.post(address, {"as": "bank_fee", "reason": " "}).status_code == 422
    assert clerk.post(address, {"as": "whatever", "reason": "x"}).status_code == 422
    form = {"as": "withheld_tax", "reason": "certificate 7"}
    assert clerk.post(address, form).status_code == 302
    item.refresh_from_db()
    assert (item.open_minor, Gap.objects.get().state) == (0, "adjusted")
    assert clerk.post(address, form).status_code == 422, "nothing is left to close"
    assert clerk.post(reverse("gap_reopening", args=[gap])).status_code == 302
    item.refresh_from_db()
    assert (item.open_minor, Gap.objects.get().state) == (5_000, "open")
    assert clerk.post(reverse("gap_reopening", args=[gap])).status_code == 404
    auditor = browser(world, "auditor", name="Otto")
    assert 'name="as"' not in auditor.get(page).content.decode()
    assert auditor.post(address, form).status_code == 403


def test_a_rest_above_the_limit_waits_for_a_second_person(scene: Scene, gap: str) -> None:
    """As delivered: 50.00 are more than a clerk closes alone."""
    clerk = browser(scene.world, "cash_clerk", name="Ana")
    form = {"as": "bank_fee", "reason": "the bank took it"}
    done = clerk.post(reverse("gap_closing", args=[gap]), form, follow=True)
    assert "It waits for a second person now." in done.content.decode()
    assert Gap.objects.get().state == "open"


def test_many_gaps_are_handed_to_one_owner(scene: Scene, gap: str) -> None:
    world = scene.world
    money = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=2_500)
    wish = NewAllocation(
        key="more",
        credit_item_id=money.id,
        debit_item_id=scene.items[3].id,
        amount=Money(700, "EUR"),
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    clerk = browser(world, "cash_clerk", name="Ana")
    ids = listed(clerk, "state=open")
    assert len(ids) == 3  # two short, and what is left of the money
    form = clerk.post(f"{reverse('gaps')}/selection?state=open", {"do": "hand_over", "ids": ids})
    assert [form.status_code, form.context["count"]] == [200, 3]
    every = {"do": "hand_over", "all_matching": "1"}
    everything = clerk.post(f"{reverse('gaps')}/selection?kind=short", every)
    assert everything.context["ids"] == listed(clerk, "kind=short")
    address, due = reverse("gaps_hand_over"), (world.today + timedelta(9)).isoformat()
    given = {"ids": ids, "owner": "accountant", "due_on": due}
    silent = clerk.post(address, given)
    assert silent.status_code == 422 and silent.content.decode().count("needs a reason") == 1
    assert clerk.post(address, given | {"due_on": "soon", "reason": "x"}).status_code == 422
    assert clerk.post(address, given | {"reason": "Ana is away"}).status_code == 302
    assert {(row.owner, row.due_on.isoformat()) for row in Gap.objects.all()} == {
        ("accountant", due)
    }
    assert len({row.kind for row in Gap.objects.all()}) > 1  # each stays what it is
    assert clerk.post(address, {"reason": "x"}).status_code == 404
    assert (
        browser(world, "auditor", name="Audit").post(address, given | {"reason": "x"}).status_code
        == 403
    )


def test_open_gaps_come_before_cleared_ones_page_by_page(scene: Scene, gap: str) -> None:
    world = scene.world
    money = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=2_500)
    wish = NewAllocation(
        key="more",
        credit_item_id=money.id,
        debit_item_id=scene.items[3].id,
        amount=Money(700, "EUR"),
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    first = world.today - timedelta(days=30)  # the earliest deadline of all
    left_over = Gap.objects.exclude(kind="short")
    assert left_over.update(state="withdrawn", closed_on=world.today, due_on=first) == 1
    cleared = Gap.objects.exclude(state="open")
    clerk = browser(world, "cash_clerk", name="Ana")
    shown = listed(clerk)
    last = to_public("gap", cleared.get().id)
    assert (len(shown), shown[-1]) == (3, last)
    assert listed(clerk, "state=open") == shown[:-1]
    frame = frame_of(clerk.get(reverse("gaps")).wsgi_request)
    for limit in (1, 2, 3):
        found, after, pages = list[str](), None, 0
        while pages == 0 or after:
            page = LIST.source.page(frame, {}, limit=limit, after=after)
            found += [to_public("gap", one.id) for one in page.rows]
            after, pages = page.after, pages + 1
        assert (found, pages) == (shown, -(-3 // limit))
    assert [to_public("gap", one.id) for one in LIST.source.every(frame, {}, None)] == shown


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
    assert owner.post(reverse("gaps_hand_over"), body | {"ids": [gap]}).status_code == 422
    assert listed(owner) == []


def test_the_console_tells_the_same(scene: Scene, gap: str) -> None:
    answer = figure(
        name="gaps", company=scene.world.company, as_at=None, known_at=None, customer_number=""
    )
    assert answer["totals"] == [{"kind": "short", "count": 1, "amount": "50.00", "currency": "EUR"}]
    assert "short" in table("gaps", answer) and scene.items[1].number in table("gaps", answer)
