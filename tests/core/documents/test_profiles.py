"""Documents made ready for a country obey the pack of rules of that country."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from acquit.core import packs
from acquit.core.codecs import cii, ubl
from acquit.core.documents.invoice import (
    CreditTransfer,
    Invoice,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
)
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.documents.profiles import (
    Skonto,
    for_country,
    french_frame,
    is_leitweg,
    romanian_address,
    skonto_line,
)
from acquit.core.faults import Severity
from acquit.core.judges.native import judge
from acquit.core.money import Money, Rate
from tests.core.documents.samples import (
    ATELIER,
    HOLZWERK,
    IBAN_DE,
    PADURENI,
    S19,
    S20,
    S21,
    invoice,
    line,
)

CLUJ = Party(
    name="Morărit Apuseni S.A.",
    address=Address("RO", "Calea Moților 9", None, None, "Cluj-Napoca", "400001", "jud. Cluj"),
    vat_id="RO16341004",
)
CAPITAL = replace(
    PADURENI, address=Address("RO", "Str. Țăranilor 21", "Sector 3", None, "București", "030167")
)
AUBRAC = Party(
    name="Menuiserie Aubrac SAS",
    address=Address("FR", "3 rue Haute", None, None, "Rodez", "12000"),
    legal_registration=Identifier("552 100 554 00017"),
    vat_id="FR40552100554",
)
OFFICE = Party(
    name="Stadt Flussheim",
    address=Address("DE", "Rathausplatz 1", None, None, "Flussheim", "80995"),
)


def romanian() -> Invoice:
    lines = [line(1, "Făină", "40", "61.20", vat=S21, unit="KGM", currency="RON")]
    return invoice("F2026-000412", lines, seller=CAPITAL, buyer=CLUJ, currency="RON")


def french() -> Invoice:
    return invoice("FA-2026-88", [line(1, "Lampe", "4", "25.00", vat=S20)], seller=ATELIER,
                   buyer=AUBRAC)  # fmt: skip


def german() -> Invoice:
    made = invoice("RE-2026-99", [line(1, "Brett", "8", "41.25", vat=S19)], seller=HOLZWERK,
                   buyer=OFFICE)  # fmt: skip
    return replace(
        made,
        buyer_reference="04011000-1234512345-06",
        payment_terms="Zahlbar in 30 Tagen",
        payment=PaymentInstructions("58", transfers=(CreditTransfer(IBAN_DE),)),
    )


def credited(document: Invoice) -> Invoice:
    before = (PrecedingInvoice(document.number, date(2026, 11, 3)),)
    return replace(document, number="CN-2026-1", type_code="381", preceding_invoices=before)


SKONTO = (Skonto(14, Decimal("2")),)
MADE: dict[str, tuple[str, Callable[[], Invoice], str]] = {
    "RO": ("RO", romanian, "cius-ro"),
    "FR": ("FR", french, "fr-flux2"),
    "DE": ("DE", german, "xrechnung"),
}


WRITERS: dict[str, Callable[[Invoice], bytes]] = {
    "ubl": lambda document: ubl.write(document=document),
    "cii": lambda document: cii.write(document=document),
}


@pytest.mark.parametrize("turn", [lambda d: d, credited], ids=["invoice", "credit note"])
@pytest.mark.parametrize(
    ("country", "syntax"),
    [("RO", "ubl"), ("FR", "ubl"), ("FR", "cii"), ("DE", "ubl"), ("DE", "cii")],
)
def test_documents_obey_the_pack_of_their_country(
    country: str, syntax: str, turn: Callable[[Invoice], Invoice]
) -> None:
    _, make, profile = MADE[country]
    document = for_country(document=turn(make()), country=country, discounts=SKONTO)
    verdict = judge(WRITERS[syntax](document))
    assert verdict.profile == profile
    assert [f for f in verdict.faults if f.severity is Severity.FATAL] == []


@pytest.mark.parametrize("country", MADE)
def test_made_ready_twice_is_made_ready_once(country: str) -> None:
    once = for_country(document=MADE[country][1](), country=country, discounts=SKONTO)
    assert for_country(document=once, country=country, discounts=SKONTO) == once


def test_a_country_without_rules_leaves_the_document_alone() -> None:
    assert for_country(document=german(), country="GB") == german()


def test_romanian_vat_is_told_in_lei() -> None:
    lines = [line(1, "Făină", "1", "100", vat=S21)]
    document = invoice("F1", lines, seller=CAPITAL, buyer=CLUJ)
    rate = Rate(Decimal("5.0952"), "EUR", "RON")
    made = for_country(document=document, country="RO", rate=rate)
    assert made.vat_accounting_currency == "RON"
    assert made.totals.vat_in_accounting_currency == Money.of("107.00", "RON")
    faults = judge(ubl.write(document=made)).faults
    assert [f for f in faults if f.severity is Severity.FATAL] == []
    bare = for_country(document=document, country="RO")
    assert "BR-RO-030" in {fault.rule for fault in judge(ubl.write(document=bare)).faults}


@pytest.mark.parametrize(
    ("city", "street_2", "subdivision", "expected"),
    [
        ("București", "Sector 4", None, ("RO-B", "SECTOR4")),
        ("Bucuresti Sectorul 1", None, None, ("RO-B", "SECTOR1")),
        ("SECTOR6", None, "RO-B", ("RO-B", "SECTOR6")),
        ("București", "sect. 2", "Municipiul București", ("RO-B", "SECTOR2")),
        ("București", None, "B", ("RO-B", "București")),
        ("Cluj-Napoca", None, "Cluj", ("RO-CJ", "Cluj-Napoca")),
        ("Bistrița", None, "Judetul Bistrita-Nasaud", ("RO-BN", "Bistrița")),
        ("Deva", None, "hd", ("RO-HD", "Deva")),
        ("Deva", None, "ro-hd", ("RO-HD", "Deva")),
        ("Deva", None, "Transilvania", ("Transilvania", "Deva")),
        ("Deva", None, None, (None, "Deva")),
    ],
)
def test_counties_and_sectors(
    city: str, street_2: str | None, subdivision: str | None, expected: tuple[str | None, str]
) -> None:
    address = Address("RO", "Str. Lungă 1", street_2, None, city, "1", subdivision)
    made = romanian_address(address=address, regions=packs.get("RO").regions)
    assert (made.subdivision, made.city) == expected


def test_addresses_abroad_stay_as_they_are() -> None:
    address = Address("HU", "Fő utca 1", None, None, "Budapest", "1011", "Budapest")
    assert romanian_address(address=address, regions=packs.get("RO").regions) == address


def test_the_counties_are_those_that_the_rules_know() -> None:
    from acquit.core.judges.ro import COUNTIES

    assert set(packs.get("RO").regions) == COUNTIES


@pytest.mark.parametrize("country", MADE)
def test_the_specification_of_a_country_is_that_of_its_rules(country: str) -> None:
    told = packs.get(country).einvoice
    assert told is not None
    assert told.profile == MADE[country][2]


def test_french_notes_keep_what_was_said() -> None:
    document = replace(french(), notes=(Note("40 €, déjà dit", "PMT"), Note("Merci")))
    made = for_country(document=document, country="FR")
    assert [note.subject_code for note in made.notes] == ["PMT", None, "PMD", "AAB"]
    assert made.notes[0].text == "40 €, déjà dit"


def test_a_siret_gives_the_siren() -> None:
    buyer = for_country(document=french(), country="FR").buyer
    assert buyer.legal_registration == Identifier("552100554", "0002")
    assert buyer.identifiers == (Identifier("55210055400017", "0009"),)
    assert buyer.electronic_address == Identifier("552100554", "0225")
    alone = replace(french(), buyer=replace(AUBRAC, legal_registration=None))
    assert for_country(document=alone, country="FR").buyer.legal_registration == Identifier(
        "552100554", "0002"
    )


@pytest.mark.parametrize(
    ("units", "frame"), [(("C62",), "B1"), (("HUR",), "S1"), (("C62", "DAY"), "M1")]
)
def test_the_frame_tells_goods_from_services(units: tuple[str, ...], frame: str) -> None:
    lines = [line(n, "x", "1", "10", unit=unit) for n, unit in enumerate(units, 1)]
    document = invoice("F1", lines)
    assert french_frame(document=document) == frame
    assert french_frame(document=replace(document, business_process="S7")) == "S7"
    total = document.totals.gross
    paid = invoice("F1", lines, prepaid=total)
    assert french_frame(document=paid) == frame.replace("1", "2")


def test_skonto_is_written_as_agreed() -> None:
    made = for_country(document=german(), country="DE", discounts=SKONTO)
    assert made.payment_terms == "Zahlbar in 30 Tagen\n#SKONTO#TAGE=14#PROZENT=2.00#\n"
    partly = Skonto(10, Decimal("1.5"), Decimal("90"))
    assert skonto_line(discount=partly) == "#SKONTO#TAGE=10#PROZENT=1.50#BASISBETRAG=90.00#"
    assert for_country(document=german(), country="DE").payment_terms == "Zahlbar in 30 Tagen"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("04011000-1234512345-06", True),
        ("04011000-1234512345-07", False),
        ("991-33333TEST-33", True),
        ("04011000", False),
        ("", False),
    ],
)
def test_leitweg(text: str, right: bool) -> None:
    assert is_leitweg(text) is right


def test_a_leitweg_id_is_an_address_and_a_mailbox_too() -> None:
    made = for_country(document=german(), country="DE")
    assert made.buyer.electronic_address == Identifier("04011000-1234512345-06", "0204")
    shop = replace(OFFICE, contact=Contact("Einkauf", None, "einkauf@office.example"))
    private = replace(german(), buyer=shop, buyer_reference="B-7")
    assert for_country(document=private, country="DE").buyer.electronic_address == Identifier(
        "einkauf@office.example", "EM"
    )
