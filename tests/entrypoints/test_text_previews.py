"""Before a text is saved, 20 customers show what it changes for whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from acquit.core.faults import Refused
from acquit.entrypoints.console.main import app
from acquit.entrypoints.text_previews import CUSTOMERS_MAX, Told, preview
from acquit.history.models import FactRecord
from acquit.policy.models import PolicyVersion
from acquit.policy.texts import OwnText
from acquit.stages.invoices.models import Document
from tests.support.api import Api, new_key
from tests.support.invoices import customer
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import living_today

HELLO = "Guten Tag {{ customer.name }}, {{ document.number }} kostet {{ document.total }}."


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop(living_today())


def own(text: str = HELLO, **more: str) -> OwnText:
    said = {"place": "opening", "document": "invoice", "language": "de", **more}
    return OwnText(text=text, **said)


def shown(shop: Shop, text: OwnText) -> tuple[Told, ...]:
    return preview(ctx=shop.world.ctx(), own=text, on=shop.world.today)


def crowd(shop: Shop) -> None:
    """Thirty alike, two of a segment, one who reads French, one who has his papers by post."""
    for number in range(30):
        customer(shop.world, f"A-{number:02}")
    customer(shop.world, "R-1", segment="retail")
    customer(shop.world, "R-2", segment="retail", channel="print")
    customer(shop.world, "F-1", locale="fr_FR")


def test_the_changed_come_first_and_every_kind_of_customer_appears(shop: Shop) -> None:
    crowd(shop)
    (document,) = shop.issue()
    before = FactRecord.objects.of(shop.company_id).count()
    told = shown(shop, own())
    assert len(told) == CUSTOMERS_MAX
    assert {one.number for one in told} >= {"C-1", "R-1", "R-2", "F-1"}
    changed = [one.is_changed for one in told]
    assert changed == sorted(changed, reverse=True) and changed.count(False) == 1
    assert told[-1].number == "F-1" and told[-1].after == ""  # the text is for readers of German
    real = next(one for one in told if one.number == "C-1")
    assert real.document == document.number
    assert real.after.replace("\u00a0", " ") == (
        f"Guten Tag Kunde C-1, {document.number} kostet 130,90 €."
    )
    bare = next(one for one in told if one.number == "R-1")
    assert bare.document == "" and "Kunde R-1, ⟨document.number⟩" in bare.after
    assert FactRecord.objects.of(shop.company_id).count() == before
    assert not PolicyVersion.objects.of(shop.company_id).exists()


def test_only_whom_the_text_is_for_is_changed_whatever_the_paper(shop: Shop) -> None:
    crowd(shop)
    retail = shown(shop, own("Danke!", segment="retail", document="statement", place="closing"))
    assert [one.number for one in retail if one.is_changed] == ["R-1", "R-2"]
    last = shown(shop, own("Danke!", customer_number="A-29", place="mail_body"))
    assert [one.number for one in last if one.is_changed] == ["A-29"]
    assert "⟨document.number⟩" in last[0].before  # the text that ships
    with pytest.raises(Refused) as refusal:
        shown(shop, own("{{ customer.iban }}"))
    assert refusal.value.faults[0].code.startswith("text.unknown")


def test_twenty_customers_cost_the_queries_of_two(shop: Shop) -> None:
    shop.issue(2)
    with CaptureQueriesContext(connection) as few:
        assert len(shown(shop, own())) == 2
    shop.issue(18)
    with CaptureQueriesContext(connection) as many:
        assert sum(one.document != "" for one in shown(shop, own())) == CUSTOMERS_MAX
    assert len(many) == len(few) <= 30


def test_page_api_and_console_show_the_same(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(shop)
    shop.issue()
    number = Document.objects.get().number
    form = {
        "place": "opening", "document": "invoice", "language": "de", "text": HELLO,
        "valid_from": shop.world.today.isoformat(), "do": "preview", "key": "one",
    }  # fmt: skip
    page = browser(shop.world, "administrator").post("/texts/text", form).content.decode()
    assert "Changed for 19 of 20 customers" in page
    assert f"Guten Tag Kunde C-1, {number}" in page
    asked = {name: form[name] for name in ("place", "document", "language", "text")}
    api = Api(new_key(shop.world, "policy.save", "read.invoices"))
    answer = api.post("/text-previews", asked)
    assert answer["changed"] == 19 and len(answer["customers"]) == 20
    reader = Api(new_key(shop.world, "read.invoices"))
    reader.send("POST", "/text-previews", asked, status=403)
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path))
    words = ["text", "opening", "invoice", "de", HELLO, "--preview"]
    assert "changed for 19 of 20 customers" in CliRunner().invoke(app, words).stdout
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert told == answer
    assert not PolicyVersion.objects.of(shop.company_id).exists()
