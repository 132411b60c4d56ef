"""Documents in another currency than the money, asked for on the Apply page."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from acquit.core.money import Money
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.matching.commands import propose
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Movement, issue
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_known", [True, False])
def test_a_document_in_another_currency_is_shown_with_its_proposal(
    scene: Scene, is_known: bool
) -> None:
    """552 euros are 600 dollars at 0.92, and a proposal applies them; without a rate none does."""
    world = scene.world
    if is_known:
        rate = RateData(
            day=world.today, base="USD", target="EUR", rate=Decimal("0.92"), source="test"
        )
        save_rates(ctx=world.ctx(), items=[rate]).or_refuse()
    day = world.today - timedelta(days=5)
    owed = Doc(scene.customers[1].id, 119_000, currency="USD", rate=Decimal("0.9"), issued_on=day)
    (claim,) = issue(world, [owed])
    bank(world, Movement(55_200, claim.number), reference="S2")
    propose(ctx=world.ctx(), items=[])
    clerk = browser(world, "cash_clerk")
    asked = f"{claim.number} {scene.items[3].number} NO-9"
    page = clerk.get(f"/apply/{scene.receipt(55_200)}", {"find": asked})
    work, text = page.context["work"], page.content.decode()
    assert [one.number for one in work["choices"]] == [scene.items[3].number]
    assert work["unknown"] == ["NO-9"]
    (one,) = work["abroad"]
    assert (one.number, one.open) == (claim.number, Money(119_000, "USD"))
    assert one.worth == (Money(60_000, "USD") if is_known else None)
    assert one.place == (1 if is_known else 0)
    assert ("proposal=1" in text, "none settles this document" in text) == (is_known, not is_known)

    alone = clerk.get(f"/apply/{scene.receipt(55_200)}", {"find": claim.number}).content.decode()
    assert "No open document has these numbers" not in alone
    assert "in another currency than the money" in alone
