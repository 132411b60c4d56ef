"""What the tax office wants, on the pages of a company that must report, and of another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from acquit.core.ids import to_public
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Reporting
from tests.entrypoints.ui.test_every_list import rows
from tests.stages.dispatch.test_reported import HOME, OK
from tests.support.invoices import customer, deliver
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.world import World, new_world


def traded() -> World:
    """A Romanian company that issued a document a month ago, and one today."""
    today = datetime.now(UTC).date()
    world = new_world(
        country="RO", slug="cluj", name="Carpat SRL", vat_id="RO16341004", region="RO-CJ",
        on=today - timedelta(days=30),
    )  # fmt: skip
    for day, number in ((world.today, "C-OLD"), (today, "C-NEW")):
        deliver(world.on(day), customer(world, number, **HOME), currency="RON")
        bill(ctx=world.ctx(), as_of=day).or_refuse()
    return world


def test_what_waits_is_counted_listed_told_and_reported(db: None) -> None:
    world = traded()
    client = browser(world, "billing_clerk")
    (tile,) = [one for one in client.get("/").context["queues"] if "reporting" in one.url]
    assert (tile.number, tile.note, tile.tone) == (2, "1 late", "bad")
    old, new = Document.objects.of(world.company_id).order_by("series_number")
    due = client.get(tile.url).content.decode()
    assert old.number in due and new.number in due and 'name="reporting"' in due
    late = client.get("/invoices?reporting=late").content.decode()
    assert old.number in late and "Late to report" in late and new.number not in late
    page = f"/invoices/{to_public('document', old.id)}"
    assert "To the tax office by" in client.get(page).content.decode()

    said = {"kind": "responses", "document": old.number, "key": "once"}
    file = SimpleUploadedFile("stare.xml", OK)
    asked = client.post("/imports/previews", {**said, "file": file}).content.decode()
    assert "accepted by ANAF" in asked and old.number in asked
    digest = asked.partition('name="digest" value="')[2].partition('"')[0]
    client.post("/imports", {**said, "digest": digest, "filename": "stare.xml"}, follow=True)
    text = client.get(page).content.decode()
    assert "To the tax office by" not in text and "Reported to the tax office on" in text
    by = {
        one["Number"]: (one["Report by"], one["Reported on"])
        for one in rows(client, "/invoices.csv")
    }
    clocks = {one.document_id: one for one in Reporting.objects.of(world.company_id)}
    assert by == {
        old.number: (clocks[old.id].report_by.isoformat(), clocks[old.id].reported_on.isoformat()),
        new.number: (clocks[new.id].report_by.isoformat(), ""),
    }


def test_who_need_not_report_sees_nothing_of_it(shop: Shop) -> None:
    shop.issue()
    client = browser(shop.world, "billing_clerk")
    assert not [one for one in client.get("/").context["queues"] if "reporting" in one.url]
    page = client.get("/invoices").content.decode()
    assert "Tax office" not in page and 'name="reporting"' not in page
    assert "Report by" not in rows(client, "/invoices.csv")[0]
