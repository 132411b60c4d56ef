"""What no form of ours holds is told beside its field, or refused; the page does not break."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.pages import browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "amount", ["Infinity", "NaN", "1e3", "1e999999", "1_000", "\u0661", "9" * 16, "."]
)
def test_what_is_no_amount_is_told_on_the_form(scene: Scene, amount: str) -> None:
    form = {
        "customer": scene.customers[0].number, "amount": amount, "currency": "EUR",
        "method": "cash", "received_on": scene.world.today.isoformat(),
    }  # fmt: skip
    answer = browser(scene.world, "cash_clerk").post(reverse("payment"), form)
    assert answer.status_code == 422
    assert b"is not an amount in EUR" in answer.content


@pytest.mark.parametrize("key", ["a\0b", "k" * 300, "zwölf"])
def test_a_key_that_no_form_has_is_refused(scene: Scene, key: str) -> None:
    """It would be longer than its column, or hold what no text of the database may."""
    clerk = browser(scene.world, "cash_clerk")
    answer = clerk.post(reverse("apply_undo", args=[scene.receipt(3_000)]), {"key": key})
    assert answer.status_code == 400
