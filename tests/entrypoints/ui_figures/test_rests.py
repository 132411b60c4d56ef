"""The difference bar: what may become of the rest, why not, and all of it taken back at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from acquit.access.commands.grant import NewLimit, save_limit
from acquit.access.models import ApprovalRequest
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.insight import verify
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Gap
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Incoming, Movement, customers, issue, receive
from tests.support.pages import browser
from tests.support.world import someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(scene: Scene) -> OpenItem:
    """100.20 is open, 100.00 comes and names nothing."""
    world = scene.world
    day = world.today - timedelta(days=5)
    (item,) = issue(world, [Doc(scene.customers[1].id, 10_020, issued_on=day)])
    bank(world, Movement(10_001, "x"), reference="S2")  # some other money
    return item


def _form(item: OpenItem, amount: str, **more: str) -> dict[str, Any]:
    key = to_public("open_item", item.id)
    return {"item": [key], f"amount-{key}": amount, "key": "one", **more}


def test_the_rest_is_taken_as_the_policy_lets_it_and_undone_with_the_money(
    scene: Scene, short: OpenItem
) -> None:
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(10_001)
    page = clerk.get(f"/apply/{receipt}?find={short.number}")
    ways = {way.code: way for way in page.context["work"]["difference"]["ways"]}
    assert list(ways) == ["gap", "bank_fee", "discount", "small_difference"]
    assert [way.why for way in ways.values()] == [""] * 4
    assert 'data-key="e"' in page.content.decode()
    bar = clerk.post(reverse("apply_difference", args=[receipt]), _form(short, "50.00"))
    whys = {way.code: way.why for way in bar.context["difference"]["ways"]}
    assert whys["bank_fee"] == "money is left: apply it first"
    url = reverse("apply_allocation", args=[receipt])
    done = clerk.post(url, _form(short, "100.01", rest="bank_fee"))
    assert done.status_code == 302
    short.refresh_from_db()
    assert (short.open_minor, Gap.objects.filter(item=short).count()) == (0, 0)
    kept = Allocation.objects.of(scene.world.company_id).filter(debit_item=short)
    assert sorted((one.adjustment, one.amount_minor) for one in kept) == [
        ("", 10_001),
        ("bank_fee", 19),
    ]
    assert clerk.post(url, _form(short, "100.01", rest="bank_fee")).status_code == 422
    assert clerk.post(reverse("apply_undo", args=[receipt])).status_code == 302
    short.refresh_from_db()
    assert short.open_minor == 10_020
    broken = verify.run(company_id=scene.world.company_id, now=scene.world.ctx().now)["broken"]
    assert [one for one in broken if not one["record"].startswith("document ")] == []


def test_as_delivered_thirty_euros_wait_for_a_second_person_or_stay_a_gap(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    item, receipt = scene.items[3], scene.receipt(2_500)  # 55.00 open
    bar = clerk.post(reverse("apply_difference", args=[receipt]), _form(item, "25.00"))
    assert [way.why for way in bar.context["difference"]["ways"]] == [""] * 4
    url = reverse("apply_allocation", args=[receipt])
    wish = _form(item, "25.00", rest="small_difference")
    said = clerk.post(url, wish, follow=True).content.decode()
    assert "It waits for a second person now." in said
    assert scene.open(3) == 5_500
    assert clerk.post(url, wish | {"rest": "gap", "key": "two"}).status_code == 302
    assert (scene.open(3), Gap.objects.get(state="open").amount_minor) == (3_000, 3_000)


def test_limits_say_what_a_person_closes_beyond_the_rules(scene: Scene) -> None:
    """A fee that the rules keep open is a person's to take, up to his limit; above it the money
    waits with it, and nothing is posted."""
    amounts = (("cash_clerk", 2_000), ("receivables_manager", 5_000))
    limits = [
        NewLimit(role=role, command="receivables.adjust", amount=Money(minor, "EUR"))
        for role, minor in amounts
    ]
    save_limit(ctx=scene.world.ctx(), items=limits).or_refuse()
    item, receipt = scene.items[3], scene.receipt(2_500)  # 55.00 open
    url = reverse("apply_allocation", args=[receipt])
    wish = _form(item, "25.00", rest="bank_fee")
    clerk = browser(scene.world, "cash_clerk")
    bar = clerk.post(reverse("apply_difference", args=[receipt]), _form(item, "25.00"))
    assert [way.why for way in bar.context["difference"]["ways"]] == [""] * 4
    assert (
        "It waits for a second person now." in clerk.post(url, wish, follow=True).content.decode()
    )
    assert scene.open(3) == 5_500
    boss = browser(scene.world, "receivables_manager", name="Bob")
    assert boss.post(url, {**wish, "key": "two"}).status_code == 302
    assert scene.open(3) == 0
    taken = Allocation.objects.of(scene.world.company_id).get(adjustment="bank_fee")
    assert (taken.amount_minor, taken.rule) == (3_000, "")


def test_a_rest_above_the_limit_waits_with_its_money(scene: Scene, short: OpenItem) -> None:
    limit = NewLimit(role="cash_clerk", command="receivables.adjust", amount=Money(10, "EUR"))
    save_limit(ctx=scene.world.ctx(), items=[limit]).or_refuse()
    clerk = browser(scene.world, "cash_clerk")
    url = reverse("apply_allocation", args=[scene.receipt(10_001)])
    done = clerk.post(url, _form(short, "100.01", rest="bank_fee"), follow=True)
    assert "It waits for a second person now." in done.content.decode()
    short.refresh_from_db()
    assert short.open_minor == 10_020


def test_a_group_above_the_limit_waits_as_one_and_happens_whole(
    scene: Scene, short: OpenItem
) -> None:
    """Two documents and a rest, applied in one step: one request, and all of it or nothing."""
    world = scene.world
    (other,) = issue(world, [Doc(scene.customers[1].id, 5_000, issued_on=world.today)])
    limits = [
        NewLimit(role=role, command="receivables.adjust", amount=Money(minor, "EUR"))
        for role, minor in (("cash_clerk", 10), ("receivables_manager", 50_000))
    ]
    save_limit(ctx=world.ctx(), items=limits).or_refuse()
    boss = browser(world, "receivables_manager", name="Bob")
    money = OpenItem.objects.of(world.company_id).get(original_minor=10_001)
    wishes = [
        NewAllocation(
            key="pair",
            credit_item_id=money.id,
            debit_item_id=item.id,
            amount=Money(minor, "EUR"),
            together="pair",
            closing=closing,
            adjustment="small_difference" if closing else "",
        )
        for item, minor, closing in ((short, 9_501, Money(519, "EUR")), (other, 500, None))
    ]
    kim = someone("cash_clerk", name="Kim")
    held = allocate(ctx=world.ctx(actor=kim), items=wishes).items
    assert [one.state for one in held] == [ItemState.AWAITING] * 2
    (request,) = ApprovalRequest.objects.of(world.company_id)
    assert (request.amount_minor, scene_open(short, other)) == (519, [10_020, 5_000])
    page = boss.get("/approvals").content.decode()
    told = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))
    assert f"{short.number} 95.01 EUR; Small difference 5.19 EUR" in told, told
    assert f"{other.number} 5.00 EUR" in told, told
    # Somebody pays the second document meanwhile: nothing of the group happens, and it waits on.
    (paid,) = receive(world, [Incoming(4_900, scene.customers[1].id)])
    wish = NewAllocation(
        key="w", credit_item_id=paid.id, debit_item_id=other.id, amount=Money(4_900, "EUR")
    )
    (done,) = allocate(ctx=world.ctx(), items=[wish]).items
    url = f"/approvals/{to_public('approval', request.id)}/approval"
    assert boss.post(url, {"reason": "fine"}).status_code == 422
    request.refresh_from_db()
    assert (request.state, scene_open(short, other)) == ("waiting", [10_020, 100])
    undo(ctx=world.ctx(), items=[Undo(allocation_id=done.id)]).or_refuse()
    assert boss.post(url, {"reason": "fine"}).status_code == 302
    assert scene_open(short, other) == [0, 4_500]
    request.refresh_from_db()
    assert (request.state, ApprovalRequest.objects.count()) == ("approved", 1)
    assert [one for one in _broken(scene) if not one["record"].startswith("document ")] == []


def scene_open(*items: OpenItem) -> list[int]:
    for item in items:
        item.refresh_from_db()
    return [item.open_minor for item in items]


def _broken(scene: Scene) -> list[dict[str, str]]:
    answer = verify.run(company_id=scene.world.company_id, now=scene.world.ctx().now)
    return list(answer["broken"])


def test_a_proposal_that_leaves_a_rest_offers_the_same_ways(scene: Scene) -> None:
    """The buttons send what the proposal says, so nobody searches for its document again."""
    clerk, world = browser(scene.world, "cash_clerk"), scene.world
    (item,) = issue(world, [Doc(scene.customers[1].id, 10_020)])
    bank(world, Movement(9_001, f"for {item.number}"), reference="S3")
    propose(ctx=world.ctx(), items=[])
    receipt = scene.receipt(9_001)
    page = clerk.get(f"/apply/{receipt}")
    work = page.context["work"]
    assert [way.code for way in work["difference"]["ways"]] == [
        "gap",
        "bank_fee",
        "discount",
        "small_difference",
    ]
    ((key, money, _short),) = work["chosen"]["parts"]
    told = page.content.decode()
    assert f'name="item" value="{key}"' in told
    assert f'name="amount-{key}" value="{money.decimal}"' in told
    wish = {"item": [key], f"amount-{key}": str(money.decimal), "rest": "small_difference"}
    url = reverse("apply_allocation", args=[receipt])
    assert clerk.post(url, wish | {"key": "one"}).status_code == 302
    item.refresh_from_db()
    assert item.open_minor == 0
    assert clerk.get(f"/apply/{receipt}").context["work"]["difference"]["ways"] == []
    auditor = browser(world, "auditor", name="Audit")
    part = scene.receipt(3_000)
    assert clerk.get(f"/apply/{part}").context["work"]["difference"]["ways"]
    assert not auditor.get(f"/apply/{part}").context["work"]["difference"]["ways"]


def test_what_a_rule_closes_with_the_money_is_said_before_it_is_accepted(scene: Scene) -> None:
    """Another customer pays: a person looks. Cents that are missing, and cents too many."""
    clerk, world = browser(scene.world, "cash_clerk"), scene.world
    owner, payer = customers(world, 2)
    claims = issue(world, [Doc(owner.id, 77_700 + n) for n in (0, 1)])
    moves = [
        Movement(minor, f"for {claim.number}", payer=payer.name, iban=payer.iban)
        for minor, claim in zip((77_697, 77_704), claims, strict=True)
    ]
    bank(world, *moves, reference="S3")
    propose(ctx=world.ctx(), items=[])
    rule = "is closed with it: Rule 5 of Adjustments (as delivered)"
    for minor, said in ((77_697, f"0.03 EUR {rule}"), (77_704, rule)):
        receipt = scene.receipt(minor)
        page = clerk.get(f"/apply/{receipt}").content.decode()
        assert said in page.replace("\xa0", " ")
        assert "stays open" not in page
        assert "stays on account" not in page
        proposal = clerk.get(f"/apply/{receipt}").context["work"]["chosen"]["id"]
        accepted = clerk.post(reverse("apply_acceptance", args=[receipt]), {"proposal": proposal})
        assert accepted.status_code == 302
    assert scene_open(*claims) == [0, 0]
    closed = Allocation.objects.of(world.company_id).filter(adjustment="small_difference")
    assert {(one.amount_minor, one.rule) for one in closed} == {(3, "adjusting shipped row 5")}
