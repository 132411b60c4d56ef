"""What the law wants said of a supply: on the document, on paper and in the electronic invoice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from acquit.core.codecs import pdf, ubl
from acquit.core.documents.invoice import Invoice
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.models import Document, Draft, PartySnapshot
from acquit.stages.masterdata.commands.settings import Settings, save_settings
from tests.support.invoices import Sold, customer, deliver
from tests.support.printed import texts
from tests.support.world import World, new_world

CASH, DEBITS = "TVA la încasare", "Option pour le paiement de la taxe d’après les débits"
GOODS, SERVICES = "livraison de biens", "prestation de services"
AUTUMN = date(2026, 10, 5)


def issued(world: World) -> dict[str, Invoice]:
    """The documents of the world by the number of their customer; all must have been issued."""
    bill(ctx=world.ctx(), as_of=world.today).or_refuse()
    waiting = [draft.faults for draft in Draft.objects.of(world.company_id).exclude(state="issued")]
    assert waiting == []
    rows = list(Document.objects.of(world.company_id).select_related("customer"))
    ids = [row.id for row in rows]
    found = queries.canonical(company_id=world.company_id, document_ids=ids)
    return {row.customer.number: one for row, one in zip(rows, found, strict=True)}


def notes(document: Invoice) -> str:
    return " | ".join(note.text for note in document.notes)


def paper(document: Invoice, locale: str) -> str:
    body = pdf.render(document=document, branding=pdf.Branding(), locale=locale, mentions=())
    return " ".join(" ".join(texts(body)).replace("\u00a0", " ").split())


def romanian() -> World:
    return new_world(
        country="RO", slug="cluj", name="Carpat SRL", vat_id="RO16341004", region="RO-CJ"
    )


def french() -> World:
    return new_world(
        country="FR",
        slug="lyon",
        name="Lyon SAS",
        vat_id="FR44732829320",
        registration_id="732829320",
        on=AUTUMN,
    )


def cluj(world: World, number: str) -> Any:
    more = {"vat_id": "RO16341004", "locale": "ro_RO", "region": "RO-CJ", "city": "Cluj-Napoca"}
    return customer(world, number, country="RO", **more)


def choose(world: World, vat_due: str) -> None:
    save_settings(ctx=world.ctx(), items=[Settings(vat_due=vat_due)]).or_refuse()


@pytest.mark.django_db
def test_cash_accounting_is_said_where_vat_is_charged_once_it_is_chosen() -> None:
    world = romanian()
    deliver(world, cluj(world, "BEFORE"), currency="RON")
    before = issued(world)
    choose(world, "payment")
    deliver(world, cluj(world, "HOME"), currency="RON")
    deliver(world, cluj(world, "REVERSE"), [Sold(tax_code="AE")], currency="RON")
    deliver(world, customer(world, "ABROAD", vat_id="DE136695976"), currency="RON")
    deliver(world, customer(world, "GUEST", locale="en_GB"), currency="RON")
    found = issued(world)
    assert found["BEFORE"] == before["BEFORE"]
    said = {number: CASH in notes(one) for number, one in found.items()}
    want = {"BEFORE": False, "HOME": True, "REVERSE": False, "ABROAD": False, "GUEST": True}
    assert said == want
    assert {n: one.tax_point_code for n, one in found.items() if want[n]} == dict.fromkeys(
        ("HOME", "GUEST"), "432"
    )
    xml = ubl.write(document=found["HOME"])
    assert b"<cbc:DescriptionCode>432</cbc:DescriptionCode>" in xml
    assert paper(found["HOME"], "ro-RO").count(CASH) == 1
    assert f"{CASH} (VAT is due when you pay)" in paper(found["GUEST"], "en-GB")
    original = Document.objects.of(world.company_id).get(customer__number="HOME")
    credit(ctx=world.ctx(), items=[Credit(document_id=original.id, reason="retur")]).or_refuse()
    note = Document.objects.of(world.company_id).get(kind="credit_note")
    (back,) = queries.canonical(company_id=world.company_id, document_ids=[note.id])
    assert CASH in notes(back)


@pytest.mark.django_db
def test_french_invoices_name_their_kind_of_supply_and_the_option_of_services() -> None:
    world = french()
    choose(world, "invoice")
    home = {"country": "FR", "vat_id": "FR83404833048", "locale": "fr_FR", "city": "Paris"}
    hours = Sold(item="B-1", unit="HUR")
    for number, lines in (("G", [Sold()]), ("S", [hours]), ("M", [Sold(), hours])):
        deliver(world, customer(world, number, **home), lines)
    deliver(world, customer(world, "E", **home | {"terms": "2-10-NET30"}))
    deliver(world, customer(world, "DE", vat_id="DE136695976"), [Sold()])
    found = issued(world)
    about = {n: (GOODS in notes(one), SERVICES in notes(one)) for n, one in found.items()}
    goods, services, both = (True, False), (False, True), (True, True)
    assert about == {"G": goods, "S": services, "M": both, "E": goods, "DE": goods}
    assert {n for n, one in found.items() if DEBITS in notes(one)} == {"S", "M"}
    assert {n for n, one in found.items() if one.tax_point_code == "3"} == {"S", "M"}
    assert "livraison de biens (Lieferung von Waren)" in notes(found["DE"])
    # Whoever offers a discount does not say that there is none.
    assert {n for n, one in found.items() if "Pas d’escompte" in notes(one)} == {"G", "S", "M"}
    assert "Escompte pour paiement anticipé selon" in notes(found["E"])
    for one in found.values():
        assert [note.subject_code for note in one.notes].count("AAB") == 1
    assert {n: one.business_process for n, one in found.items() if n in "GSM"} == {
        "G": "B1", "S": "S1", "M": "M1"
    }  # fmt: skip
    printed = paper(found["S"], "fr-FR")
    assert "Votre n° SIREN" in printed and "404833048" in printed
    assert printed.count(DEBITS) == printed.count("Catégorie de l’opération") == 1
    # What is said depends on what is sold, not on how many documents say it.
    sellers = PartySnapshot.objects.of(world.company_id).filter(party__has_key="notes").count()
    assert sellers == 5


@pytest.mark.django_db
def test_before_their_day_nothing_is_said() -> None:
    world = french().on("2026-08-31")
    choose(world, "invoice")
    deliver(world, customer(world, "S", country="FR", city="Paris"), [Sold(unit="HUR")])
    (one,) = issued(world).values()
    assert [note.subject_code for note in one.notes] == ["PMT", "PMD", "AAB"]
    assert one.tax_point_code is None


@pytest.mark.django_db
def test_a_german_exemption_is_said_in_german_beside_the_words_of_the_reader() -> None:
    world = new_world()
    deliver(
        world,
        customer(world, "FR", country="FR", vat_id="FR44732829320", locale="fr_FR", city="Lyon"),
    )
    deliver(
        world, customer(world, "AE", locale="ro_RO", vat_id="DE136695976"), [Sold(tax_code="AE")]
    )
    found = issued(world)
    supply = "Steuerfreie innergemeinschaftliche Lieferung, § 4 Nr. 1 Buchst. b UStG"
    reverse = "Steuerschuldnerschaft des Leistungsempfängers"
    for number, text, locale, beside in (
        ("FR", supply, "fr-FR", "livraison intracommunautaire"),
        ("AE", reverse, "ro-RO", "taxare inversă"),
    ):
        one = found[number]
        assert [row.exemption_reason for row in one.breakdown] == [text]
        assert f">{text}<".encode() in ubl.write(document=one)
        printed = paper(one, locale)
        assert text in printed and beside in printed
        assert all(str(party.vat_id) in printed for party in (one.seller, one.buyer))
