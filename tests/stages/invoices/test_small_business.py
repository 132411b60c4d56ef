"""Sellers below the threshold charge no VAT from a day on, and say so by the words of their law."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from acquit.access.models import Company
from acquit.core import packs
from acquit.core.codecs import formats
from acquit.core.documents.invoice import Invoice
from acquit.core.outcome import ItemState
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.commands.hold import Holding, discard
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.masterdata.commands.settings import Settings, save_settings
from acquit.stages.masterdata.models import TaxCode
from tests.stages.invoices.test_supplies import french, paper, romanian
from tests.support.invoices import Sold, broken, customer, deliver
from tests.support.world import World, new_world

FRENCH = {"country": "FR", "vat_id": "FR83404833048", "locale": "fr_FR", "city": "Paris"}
ROMANIAN = {"country": "RO", "vat_id": "RO16341004", "locale": "ro_RO", "region": "RO-CJ"}
CASES = {
    "FR": (french, FRENCH, "TVA non applicable, art. 293 B du CGI", "VATEX-FR-FRANCHISE"),
    "DE": (new_world, {}, "Steuerfrei für Kleinunternehmer, § 19 UStG", None),
    "RO": (romanian, ROMANIAN | {"city": "Cluj-Napoca"}, "art. 310 Cod fiscal", None),
}


def choose(world: World, since: date | str, until: date | str = "", **more: Any) -> None:
    item = Settings(small_business_from=str(since), small_business_until=str(until), **more)
    save_settings(ctx=world.ctx(), items=[item]).or_refuse()


def issued(world: World) -> dict[str, Invoice]:
    """Bill, and the documents there are by the number of their customer."""
    bill(ctx=world.ctx(), as_of=world.today).or_refuse()
    rows = list(Document.objects.of(world.company_id).select_related("customer"))
    ids = [row.id for row in rows]
    found = queries.canonical(company_id=world.company_id, document_ids=ids)
    return {row.customer.number: one for row, one in zip(rows, found, strict=True)}


def vat_of(document: Invoice) -> list[tuple[str, str, str | None]]:
    rows = document.breakdown
    return [(str(one.vat.category), str(one.tax.decimal), one.exemption_code) for one in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("country", CASES)
def test_no_vat_is_charged_and_the_law_is_named(country: str) -> None:
    make, home, words, code = CASES[country]
    world = make()  # type: ignore[operator]
    currency = world.currency if hasattr(world, "currency") else packs.get(country).currency
    # A company made before its country's pack had the code gets it with the setting.
    TaxCode.objects.of(world.company_id).filter(code="SB").delete()
    Company.objects.filter(id=world.company_id).update(vat_id="")
    choose(world, world.today, tax_number="32 131 030")
    currency = packs.get(country).currency
    deliver(world, customer(world, "HOME", **home), currency=currency)
    deliver(world, customer(world, "AWAY", country="GB", city="Leeds"), currency=currency)
    reverse = [Sold(tax_code="AE")]
    deliver(world, customer(world, "REVERSE", **home), reverse, currency=currency)
    found = issued(world)
    for one in found.values():
        assert vat_of(one) == [("E", "0.00", code)]
        assert words in str(one.breakdown[0].exemption_reason)
        assert one.seller.tax_registration == "32 131 030"
        for to in ("ubl", "cii"):
            (back,) = formats.read(data=formats.write(document=one, to=to).data).documents
            assert isinstance(back, Invoice) and back.breakdown == one.breakdown
    said = paper(found["HOME"], packs.get(country).locale.replace("_", "-"))
    assert said.count(words) == 1 and "32 131 030" in said
    assert broken(world) == []


@pytest.mark.django_db
def test_it_counts_from_the_first_day_to_the_last_and_no_draft_charges_vat_between() -> None:
    world = french()
    before, after = world.today - timedelta(days=2), world.today - timedelta(days=1)
    old = customer(world, "OLD", **FRENCH)
    deliver(world, old, on=before)
    assert vat_of(issued(world)["OLD"])[0][0] == "S"
    deliver(world, customer(world, "STALE", **FRENCH), on=after)
    bill(ctx=world.ctx(), as_of=world.today, straight_through=False)
    choose(world, after, after)
    draft = Draft.objects.exclude(state="issued").get()
    (refused,) = issue(ctx=world.ctx(), items=[Issuing(draft_id=draft.id)]).of(ItemState.REFUSED)
    assert [fault.code for fault in refused.faults] == ["tax.small_business"]
    discard(ctx=world.ctx(), items=[Holding(draft_id=draft.id, why="anew")]).or_refuse()
    deliver(world, customer(world, "LAST", **FRENCH), on=after)
    deliver(world, customer(world, "NEXT", **FRENCH), on=world.today)
    found = issued(world)
    assert {n: vat_of(one)[0][0] for n, one in found.items()} == {
        "OLD": "S",
        "STALE": "E",
        "LAST": "E",
        "NEXT": "S",
    }
    # What was billed with VAT is credited with it, whatever the company is by then.
    choose(world, after)
    original = Document.objects.get(customer=old)
    credit(ctx=world.ctx(), items=[Credit(document_id=original.id, reason="retour")]).or_refuse()
    assert Document.objects.get(kind="credit_note").tax_minor == original.tax_minor > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "days", "field"),
    [
        ("FR", ("soon", ""), "small_business_from"),
        ("FR", ("2026-01-02", "2026-01-01"), "small_business_until"),
        ("FR", ("", "2026-01-01"), "small_business_until"),
        ("GB", ("2026-01-01", ""), "small_business_from"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    country: str, days: tuple[str, str], field: str
) -> None:
    world = new_world(country=country, slug="x")
    item = Settings(small_business_from=days[0], small_business_until=days[1])
    (fault,) = save_settings(ctx=world.ctx(), items=[item]).faults
    assert fault.path == field
    assert Company.objects.get(id=world.company_id).small_business_from is None
