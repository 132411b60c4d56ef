"""Returned payments on pages: seen from Apply, decided by a person, taken back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Return
from acquit.stages.receipts.commands import StatementFile, import_statement
from tests.entrypoints.ui_figures.conftest import Scene
from tests.support.money import Movement, statement_bytes
from tests.support.pages import browser
from tests.support.world import new_world

UNDO = "/apply/returns/decided/selection"
pytestmark = pytest.mark.django_db


@pytest.fixture
def returned(scene: Scene) -> str:
    """The first receipt of the scene came back, as only its payer tells; the public id."""
    one = scene.customers[0]
    scene.world.later(1)
    move = Movement(-10_000, "zurück", payer="Kunde Eins", iban=one.iban, returned="AC04")
    body = statement_bytes([move], on=scene.world.today, opening_minor=17_337, reference="S2")
    import_statement(ctx=scene.world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    propose(ctx=scene.world.ctx(), items=[])
    return to_public("return", Return.objects.get().id)


def test_a_person_decides_a_return_and_takes_it_back(scene: Scene, returned: str) -> None:
    clerk = browser(scene.world, "cash_clerk")
    assert "1 returned payment waits for your decision" in clerk.get("/apply").content.decode()
    page = clerk.get(reverse("returns"))
    assert "the account is closed" in page.content.decode()
    (row,) = page.context["waiting"]
    assert [one["by"] for one in row["likely"]] == [["account of the payer", "name of the payer"]]
    receipt = row["likely"][0]["id"]
    assert receipt == scene.receipt(10_000)
    answer = clerk.post(reverse("return_settlement", args=[returned]), {"receipt": receipt})
    assert (answer.status_code, scene.open(0)) == (302, 10_000)
    assert clerk.get(reverse("returns")).context["waiting"] == []
    german = clerk.get(reverse("returns_decided"), headers={"Accept-Language": "de"})
    assert "das Konto ist geschlossen" in german.content.decode()
    assert clerk.post(reverse("return_dismissal", args=[returned])).status_code == 422
    assert clerk.post(UNDO, {"do": "undo", "ids": returned}).status_code == 302
    assert scene.open(0) == 0
    assert clerk.post(reverse("return_dismissal", args=[returned])).status_code == 302


def test_reading_is_not_deciding_and_neighbours_see_nothing(scene: Scene, returned: str) -> None:
    auditor = browser(scene.world, "auditor", name="Audit")
    read = auditor.get(reverse("returns")).content.decode()
    assert "Receipts it may be" in read
    assert "It was this one" not in read and "Decision" not in read
    decides = browser(scene.world, "cash_clerk").get(reverse("returns")).content.decode()
    assert "It was this one" in decides and "Decision" in decides
    assert auditor.post(UNDO, {"do": "undo", "ids": returned}).status_code == 403
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    for name in ("return_settlement", "return_dismissal"):
        body = {"receipt": scene.receipt(10_000)}
        assert owner.post(reverse(name, args=[returned]), body).status_code == 404
    told = owner.post(UNDO, {"do": "undo", "ids": returned}, follow=True).content.decode()
    assert "no return" in told
    assert owner.get(reverse("returns")).context["waiting"] == []
    assert scene.open(0) == 0
