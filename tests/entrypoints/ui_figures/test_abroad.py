"""Documents in another currency than the money, chosen by hand on the Apply page."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from acquit.access.commands.grant import NewLimit, save_limit
from acquit.access.models import ApprovalRequest
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.stages.insight import verify
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Gap
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Movement, issue
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(scene: Scene) -> OpenItem:
    """1,190 dollars of the second customer; 0.92 is today's rate."""
    world = scene.world
    rate = RateData(day=world.today, base="USD", target="EUR", rate=Decimal("0.92"), source="test")
    save_rates(ctx=world.ctx(), items=[rate]).or_refuse()
    return _claim(scene, "USD")


def _claim(scene: Scene, currency: str) -> OpenItem:
    day = scene.world.today - timedelta(days=5)
    owed = Doc(
        scene.customers[1].id, 119_000, currency=currency, rate=Decimal("0.9"), issued_on=day
    )
    (item,) = issue(scene.world, [owed])
    return item


def _form(claim: OpenItem, amount: str, given: str, **more: str) -> dict[str, str]:
    public = to_public("open_item", claim.id)
    return {
        "item": public,
        f"amount-{public}": amount,
        f"given-{public}": given,
        "key": "k",
    } | more


def _open(scene: Scene, claim: OpenItem, minor: int) -> tuple[int, int]:
    """What is open of the claim, and of the money with this amount."""
    claim.refresh_from_db()
    money = OpenItem.objects.of(scene.world.company_id).get(kind="receipt", original_minor=minor)
    return claim.open_minor, money.open_minor


@pytest.mark.parametrize(
    ("minor", "amount", "given"),
    [
        (55_200, 60_000, 55_200),  # a part, at our rate
        (108_000, 119_000, 108_000),  # all of it, at the payer's own rate
        (150_000, 119_000, 109_480),  # all of it, and money is left
    ],
)
def test_a_document_in_another_currency_is_filled_at_the_rate(
    scene: Scene, claim: OpenItem, minor: int, amount: int, given: int
) -> None:
    bank(scene.world, Movement(minor, f"for {claim.number}"), reference="S2")
    if minor < 100_000:
        propose(ctx=scene.world.ctx(), items=[])
    clerk = browser(scene.world, "cash_clerk")
    path, own = f"/apply/{scene.receipt(minor)}", scene.items[3].number
    page = clerk.get(path, {"find": f"{claim.number} NO-9"})
    work, text = page.context["work"], page.content.decode()
    (one,) = work["choices"]
    assert work["unknown"] == ["NO-9"]
    assert (one.open, one.worth) == (Money(119_000, "USD"), Money(109_480, "EUR"))
    assert (one.amount, one.given) == (Money(amount, "USD"), Money(given, "EUR"))
    assert ("Proposal 1 applies it" in text) is (one.place == 1) is (minor < 100_000)
    assert work["difference"]["rest"] == Money(minor - given, "EUR")

    both = clerk.get(path, {"find": f"{claim.number} {own}"}).context["work"]
    first, second = both["choices"]  # the older one first
    assert (first.number, first.given, first.amount) == (own, None, Money(5_500, "EUR"))
    assert first.taken + second.taken == both["difference"]["chosen"]
    assert both["difference"]["rest"].minor >= 0


def test_it_is_applied_with_both_amounts_and_undone(scene: Scene, claim: OpenItem) -> None:
    bank(scene.world, Movement(108_000, "thank you"), reference="S2")
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(108_000)
    bar = clerk.post(
        reverse("apply_difference", args=[receipt]), _form(claim, "500.00", "460.00")
    ).context["difference"]
    assert (bar["chosen"], bar["rest"]) == (Money(46_000, "EUR"), Money(62_000, "EUR"))
    assert bar["ways"][0].code == "gap"
    url = reverse("apply_allocation", args=[receipt])
    wrong = clerk.post(url, _form(claim, "1190.00", "460.00"))
    assert wrong.status_code == 422
    assert "is too far from it for a rate" in wrong.content.decode()
    assert _open(scene, claim, 108_000) == (119_000, 108_000)
    assert clerk.post(url, _form(claim, "1,190.00", "1080.00", key="two")).status_code == 302
    assert _open(scene, claim, 108_000) == (0, 0)
    assert clerk.post(reverse("apply_undo", args=[receipt])).status_code == 302
    assert _open(scene, claim, 108_000) == (119_000, 108_000)
    found = verify.run(company_id=scene.world.company_id, now=scene.world.ctx().now)["broken"]
    assert [one for one in found if not one["record"].startswith("document ")] == []


def test_the_rest_of_it_is_a_gap_or_waits_with_the_money(scene: Scene, claim: OpenItem) -> None:
    limits = [
        NewLimit(role=role, command="receivables.adjust", amount=Money(minor, "EUR"))
        for role, minor in (("cash_clerk", 10), ("receivables_manager", 5_000))
    ]
    save_limit(ctx=scene.world.ctx(), items=limits).or_refuse()
    bank(scene.world, Movement(105_800, "thank you"), reference="S2")  # 1,150 dollars
    clerk = browser(scene.world, "cash_clerk")
    url = reverse("apply_allocation", args=[scene.receipt(105_800)])
    form = _form(claim, "1150.00", "1058.00", rest="bank_fee")
    held = clerk.post(url, form, follow=True)
    assert "It waits for a second person now." in held.content.decode()
    assert _open(scene, claim, 105_800) == (119_000, 105_800)
    boss = browser(scene.world, "receivables_manager", name="Bob")
    (request,) = ApprovalRequest.objects.of(scene.world.company_id)
    yes = f"/approvals/{to_public('approval', request.id)}/approval"
    assert boss.post(yes, {"reason": "fine"}).status_code == 302
    assert _open(scene, claim, 105_800) == (0, 0)

    bank(scene.world, Movement(46_000, "more"), reference="S3")
    other = _claim(scene, "USD")
    url = reverse("apply_allocation", args=[scene.receipt(46_000)])
    assert (
        clerk.post(url, _form(other, "500.00", "460.00", key="three", rest="gap")).status_code
        == 302
    )
    assert _open(scene, other, 46_000) == (69_000, 0)
    gap = Gap.objects.of(scene.world.company_id).get(item=other)
    assert (gap.amount_minor, gap.state) == (69_000, "open")


def test_without_a_rate_the_page_says_so_and_applies_nothing(scene: Scene) -> None:
    claim = _claim(scene, "GBP")
    bank(scene.world, Movement(55_200, claim.number), reference="S2")
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(55_200)
    page = clerk.get(f"/apply/{receipt}", {"find": claim.number})
    (one,) = page.context["work"]["choices"]
    assert (one.is_chosen, one.worth, one.place) == (False, None, 0)
    assert "No exchange rate of the day is known." in page.content.decode()
    url = reverse("apply_allocation", args=[receipt])
    done = clerk.post(url, _form(claim, "600.00", "552.00"))
    assert (done.status_code, _open(scene, claim, 55_200)) == (422, (119_000, 55_200))
