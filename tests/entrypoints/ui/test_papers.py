"""Papers on demand, by page and by console: reminder, delivery note, statement, quittance."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acquit.access.models import Company
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.payment_references import customer_number, read_reference
from acquit.core.tables import Row
from acquit.core.text import normalize_reference
from acquit.entrypoints import papers
from acquit.entrypoints.console.main import app
from acquit.policy import texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.orders.models import Delivery
from acquit.stages.receipts.commands import NewReceipt, record
from tests.support.pages import browser
from tests.support.printed import texts as printed
from tests.support.shop import Shop


def said(body: bytes) -> str:
    return " ".join(printed(body)).replace("\r\n", " ")


def test_a_reminder_says_what_is_late_in_the_words_of_the_company(shop: Shop) -> None:
    (document,) = shop.issue()
    row = Row(("opening", "reminder_2", "", "", ""), ('"Noch offen: {{ document.due }}."',))
    table = shipped(texts.NAME)
    own = NewVersion(
        name=texts.NAME,
        table=replace(table, rows=(row, *table.rows)).to_dict(),
        valid_from=shop.world.today + timedelta(days=1),
    )
    save(ctx=shop.world.ctx(), items=[own]).or_refuse()
    view = masterdata.customer(company_id=shop.company_id, customer_id=shop.customers[0].id)
    assert view is not None
    company = Company.objects.get(id=shop.company_id)
    late = shop.world.today + timedelta(days=200)
    with pytest.raises(papers.NothingLate):
        papers.reminder(company=company, view=view, currency="EUR", level=1, on=shop.world.today)
    for level, words in ((1, "Zahlungserinnerung"), (2, "Noch offen: 130,90"), (3, "Letzte")):
        file = papers.reminder(company=company, view=view, currency="EUR", level=level, on=late)
        text = said(file.body)
        assert words in text.replace("\u00a0", " ")
        assert document.number in text
        assert "130,90" in text


def test_who_pays_an_account_is_asked_to_quote_himself(shop: Shop) -> None:
    """Statement and reminder ask for the reference of the customer where the policy wants one."""
    shop.issue()
    company = Company.objects.get(id=shop.company_id)
    view = masterdata.customer(company_id=shop.company_id, customer_id=shop.customers[0].id)
    assert view is not None
    late = shop.world.today + timedelta(days=200)

    def asked() -> str | None:
        found = papers.late(company=company, view=view, currency="EUR", level=1, on=late)
        return found.reference

    assert asked() is None
    table = shipped("payment_reference")
    rows = (Row(("", "", "", ""), ("rf",)),)
    own = NewVersion(
        name="payment_reference",
        table=replace(table, rows=rows).to_dict(),
        valid_from=shop.world.today + timedelta(days=1),
    )
    save(ctx=shop.world.ctx(), items=[own]).or_refuse()
    assert customer_number(asked() or "") == normalize_reference(view.number)
    file = papers.made(
        company=company, kind="statement", number=view.number, level=1, currency="", on=late
    )
    reference = read_reference(asked() or "")
    assert reference is not None
    assert reference.printed in said(file.body).replace("\u00a0", " ")


def test_the_pages_offer_the_papers(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "owner")
    delivery = Delivery.objects.of(shop.company_id).get()
    page = client.get(f"/invoices/{to_public('document', document.id)}").content.decode()
    assert f"/deliveries/{delivery.number}/note.pdf" in page
    note = client.get(f"/deliveries/{delivery.number}/note.pdf")
    assert note["Content-Type"] == "application/pdf"
    assert "Lieferschein" in said(note.content)
    assert "50,00" not in said(note.content)
    assert client.get("/deliveries/none/note.pdf").status_code == 404
    key = to_public("customer", shop.customers[0].id)
    refused = client.get(f"/customers/{key}/reminder.pdf?level=1")
    assert refused.status_code == 422 and b"that is late" in refused.content
    assert client.get(f"/customers/{key}/reminder.pdf?level=9").status_code == 422
    statement = client.get(f"/customers/{key}/statement")
    assert b"reminder.pdf" not in statement.content  # nothing is late today


def test_the_console_writes_every_kind(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path))
    (document,) = shop.issue()
    buyer = shop.customers[0]
    receipt = NewReceipt(
        key="1",
        customer_id=buyer.id,
        method="cash",
        amount=Money.of("20.00", "EUR"),
        received_on=shop.world.today,
        text="",
    )
    outcome = record(ctx=shop.world.ctx(), items=[receipt]).or_refuse()
    (quittance,) = outcome.figures["quittances"]
    delivery = Delivery.objects.of(shop.company_id).get()
    late = (shop.world.today + timedelta(days=200)).isoformat()
    file = tmp_path / "paper.pdf"

    def render(*words: str) -> str:
        answer = CliRunner().invoke(app, ["render", *words, "-o", str(file)])
        return said(file.read_bytes()) if answer.exit_code == 0 else answer.stderr

    assert document.number in render("invoice", document.number)
    assert "Kontoauszug" in render("statement", buyer.number)
    assert "Letzte Mahnung" in render("reminder", buyer.number, "--level", "3", "--date", late)
    assert "zwanzig Euro" in render("quittance", quittance)
    assert "Lieferschein" in render("delivery-note", delivery.number)
    for kind in ("invoice", "quittance", "delivery-note", "statement"):
        what = {"delivery-note": "delivery", "statement": "customer"}.get(kind, kind)
        unknown = render(kind, "X")
        assert f"there is no {what}" in unknown and "'X'" in unknown and "-> take the" in unknown
    assert "no paper 'poem'" in render("poem", "X")
    pale = CliRunner().invoke(app, ["settings", "--accent", "#ffcc00"])
    assert pale.exit_code != 0 and "#8e7200" in pale.stderr
    chosen = CliRunner().invoke(app, ["settings", "--design", "classic"])
    assert "design: classic" in chosen.stdout
