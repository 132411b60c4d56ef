"""Money that many documents come to: each of them can be chosen, not only those that the matcher
names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.ids import to_public
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Movement, customers, issue
from tests.support.pages import browser
from tests.support.world import World

pytestmark = pytest.mark.django_db
WAYS = 17


def test_every_one_of_many_ways_can_be_ticked(world: World) -> None:
    (payer,) = customers(world, 1)
    issued = world.today - timedelta(days=20)
    docs = [Doc(payer.id, 3_000, issued_on=issued)]
    items = issue(world, docs + [Doc(payer.id, 5_000, issued_on=issued) for _ in range(WAYS)])
    bank(world, Movement(5_000, "", payer=payer.name, iban=payer.iban))
    propose(ctx=world.ctx(), items=[])
    url = f"/apply/{to_public('receipt', Receipt.objects.get().id)}"
    clerk = browser(world, "cash_clerk")
    page = clerk.get(url)
    body = page.content.decode()
    assert f"{WAYS} ways fit" in body and "Show more ways" in body
    assert len(page.context["work"]["proposals"]) < WAYS
    assert 'data-key="w"' in body and f'href="{url}?open=1"' in body
    listed = clerk.get(f"{url}?open=1")
    work = listed.context["work"]
    assert [one.open.minor for one in work["choices"]] == [5_000] * WAYS + [3_000]
    assert not any(one.is_chosen for one in work["choices"]), "nothing is guessed"
    assert [one.amount.minor for one in work["choices"]] == [5_000] * WAYS + [3_000]
    assert work["difference"]["chosen"].minor == 0 and not work["difference"]["ways"]
    assert " checked" not in listed.content.decode().partition('id="choice"')[2]
    last = items[-1]
    ticked = to_public("open_item", last.id)
    values = {"item": ticked, f"amount-{ticked}": "50.00", "key": "k"}
    clerk.post(f"{url}/allocation", values)
    last.refresh_from_db()
    assert last.open_minor == 0
    assert OpenItem.objects.filter(kind="invoice", open_minor=5_000).count() == WAYS - 1


def test_nothing_is_listed_of_nobody(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    page = clerk.get(f"/apply/{scene.receipt(999)}?open=1")
    assert not page.context["work"]["is_listed"]
    assert "All open documents of" not in page.content.decode()
    auditor = browser(scene.world, "auditor", name="Eve")
    page = auditor.get(f"/apply/{scene.receipt(3_000)}?open=1")
    assert page.context["work"]["is_listed"]
    assert "Apply these" not in page.content.decode()
