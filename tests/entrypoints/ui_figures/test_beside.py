"""What somebody said of money stands beside it, each line with the page of its place."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from acquit.core.codecs import formats
from acquit.core.documents.remittance import RemittanceLine
from acquit.core.money import Money
from acquit.entrypoints.taking_in import take_in
from acquit.entrypoints.ui import applying
from acquit.stages.receipts.queries import Said
from tests.core.documents.trade_samples import remittance_advice
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Movement
from tests.support.pages import browser

pytestmark = pytest.mark.django_db
LINES = 10


def test_the_remittance_stands_beside_its_receipt(scene: Scene) -> None:
    lines = [RemittanceLine(f"R-{n}", Money(1_000, "EUR"), "380") for n in range(LINES)]
    advice = replace(
        remittance_advice(),
        number="ZA-4711",
        issue_date=scene.world.today,
        paid_on=scene.world.today,
        payments=Money(1_000 * LINES, "EUR"),
        lines=tuple(lines),
    )
    body = formats.write(document=advice, to="ubl").data
    ctx = scene.world.ctx()
    take_in(
        ctx=ctx, kind="remittance", profile="", filename="za.xml", content=body, options={}
    ).or_refuse()
    bank(scene.world, Movement(1_000 * LINES + 1, "other"), reference="S3")
    bank(scene.world, Movement(1_000 * LINES, "Zahlung ZA-4711"), reference="S4")
    clerk = browser(scene.world, "cash_clerk")
    money = [one for one in clerk.get("/apply").context["groups"] for one in one["rows"]]
    (mine,) = [row["id"] for row in money if row["text"] == "Zahlung ZA-4711"]
    page = clerk.get(f"/apply/{mine}")
    (shown,) = page.context["work"]["advices"]
    assert (shown["number"], shown["more"]) == ("ZA-4711", LINES - len(shown["parts"]))
    assert (shown["amount"], shown["is_other"]) == (Money(1_000 * LINES, "EUR"), False)
    assert shown["payer"] and shown["payer"] in page.content.decode()
    first = shown["parts"][0]
    assert (first["name"], first["amount"]) == ("R-0", Money(1_000, "EUR"))
    assert "and 2 more" in page.content.decode()
    assert clerk.get(first["url"]).status_code == 200
    (other,) = [row["id"] for row in money if row["text"] == "other"]
    assert clerk.get(f"/apply/{other}").context["work"]["advices"] == []


@pytest.mark.parametrize(
    ("came", "is_other", "more", "less"),
    [
        (Money(10_000, "EUR"), False, None, None),
        (Money(9_000, "EUR"), True, Money(1_000, "EUR"), None),
        (Money(11_250, "EUR"), True, None, Money(1_250, "EUR")),
        (Money(10_000, "USD"), True, None, None),
    ],
)
def test_what_an_advice_says_more_or_less_than_came_is_marked(
    came: Money, is_other: bool, more: Money | None, less: Money | None
) -> None:
    said = Said(UUID(int=1), "remittance", "ZA-1", "Kunde", 10_000, "EUR", 0, ())
    shown = applying.advice(said, came)
    found = shown["is_other"], shown["more_than"], shown["less_than"]
    assert found == (is_other, more, less)
