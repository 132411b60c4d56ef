"""The native judge: what its faults say, that nothing makes it crash, how packs are chosen."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from acquit.core.codecs import cii, ubl
from acquit.core.faults import Severity
from acquit.core.judges import cii_structure, compare, native, official
from acquit.core.judges.packs import packs
from acquit.core.judges.record import read
from acquit.core.judges.registry import Breach
from acquit.core.judges.terms import LANGUAGES, term, terms
from acquit.core.judges.texts import RuleFault, told
from acquit.core.judges.values import Unevaluable, boolean, cents, day, decimal, double, whole
from tests.core.documents.samples import credit_note, german_lines, many_lines, two_rates
from tests.support.mutate import mutate

_XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


def test_a_fault_says_rule_term_place_message_and_fix() -> None:
    document = many_lines(3)
    empty = replace(document.lines[1], item=replace(document.lines[1].item, name=" "))
    broken = replace(document, lines=(document.lines[0], empty, document.lines[2]))
    (fault,) = native.judge(ubl.write(document=broken)).faults
    assert isinstance(fault, RuleFault)
    assert (fault.rule, fault.path) == ("BR-25", "/Invoice/InvoiceLine[2]")
    assert fault.terms == ("BT-153", "BG-25")
    assert fault.severity is Severity.FATAL
    assert fault.message == "Item name (BT-153) is missing"
    assert fault.fix == "fill in Item name (BT-153)"


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("fr", "Numéro de facture (BT-1)\u202f: donnée manquante"),
        ("de", "Rechnungsnummer (BT-1) fehlt"),
        ("ro", "Numărul facturii (BT-1) lipsește"),
    ],
)
@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_faults_speak_four_languages(write, language: str, message: str) -> None:  # type: ignore[no-untyped-def]
    data = write(document=replace(two_rates(), number=""))
    found = {f.rule: f.message for f in native.judge(data, language=language).faults}
    assert found["BR-02"] == message


def test_every_rule_has_its_sentence_and_known_terms() -> None:
    for pack in packs():
        for rule in pack.rules:
            assert set(rule.terms) <= terms().keys(), rule.id
            for language in LANGUAGES:
                fault = told(Breach(rule, "/"), language)
                assert fault.message, rule.id
                assert fault.fix, rule.id
                assert "{" not in fault.message + fault.fix


@pytest.mark.parametrize("write", [ubl.write, cii.write])
@pytest.mark.parametrize("document", [two_rates(), credit_note(), many_lines(40)])
def test_good_documents_have_no_fatal_fault(write, document) -> None:  # type: ignore[no-untyped-def]
    verdict = native.judge(write(document=document))
    assert verdict.valid
    assert verdict.profile == "en16931"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml.empty"),
        (b"<a/>", "judge.syntax"),
        (b"%PDF-1.7 nothing", "pdf.damaged"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "xml.doctype"),
    ],
)
def test_unreadable_input_is_a_verdict(data: bytes, code: str) -> None:
    verdict = native.judge(data)
    assert verdict.syntax == "unknown"
    assert [fault.code for fault in verdict.faults] == [code]


def test_an_unknown_pack_says_which_there_are() -> None:
    (fault,) = native.judge(ubl.write(document=two_rates()), profile="nowhere").faults
    assert fault.code == "judge.profile"
    assert "en16931" in fault.fix


def test_a_fragment_gives_the_faults_it_gives() -> None:
    data = (
        b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
        b'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">'
        b"<cac:InvoiceLine/></Invoice>"
    )
    rules = {fault.rule for fault in native.judge(data).faults}
    assert {"BR-01", "BR-02", "BR-21", "BR-24", "BR-26", "BR-CO-04", "BR-CO-18"} <= rules
    assert "BR-16" not in rules


def test_what_cannot_be_evaluated_is_told_and_the_rest_goes_on() -> None:
    data = ubl.write(document=replace(two_rates(), number=""))
    data = data.replace(b"<cbc:PayableAmount", b"<cbc:PayableAmount>x</cbc:PayableAmount><!-- ", 1)
    data = data.replace(b"</cbc:PayableAmount></cac:", b" --></cac:", 1)
    faults = native.judge(data).faults
    assert "BR-02" in {fault.rule for fault in faults}
    stopped = [fault for fault in faults if fault.code == "judge.unevaluable"]
    assert [fault.rule for fault in stopped] == ["BR-CO-16"]
    assert "'x' is not a decimal number" in stopped[0].message


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_nothing_makes_it_crash(write) -> None:  # type: ignore[no-untyped-def]
    """Many things broken at once: every rule of every pack is asked about a ruin, and answers."""
    syntax = "ubl" if write is ubl.write else "cii"
    profiles = [pack.id for pack in packs() if pack.syntax == syntax]
    for seed in range(150):
        dice = random.Random(seed)
        root = etree.fromstring(write(document=two_rates()))
        for _ in range(25):
            mutate(root, dice)
        data = etree.tostring(root)
        assert native.judge(data).faults
        assert native.judge(data, profile=profiles[seed % len(profiles)]).judged_by


def test_a_payee_without_a_number_is_no_creditor() -> None:
    """A direct debit asks for the creditor's number; one without any has none."""
    data = ubl.write(document=replace(german_lines(), specification=_XRECHNUNG))
    empty = re.sub(rb"<cac:PartyIdentification>.*?</cac:PartyIdentification>",
                   b"<cac:PartyIdentification/>", data)  # fmt: skip
    assert empty != data
    found = {fault.rule for fault in native.judge(empty).faults}
    assert "BR-DE-30" in found


def test_names_of_other_vocabularies_are_no_business_terms() -> None:
    data = ubl.write(document=replace(two_rates(), number="")).replace(
        b"<cbc:CustomizationID>", b'<x:ID xmlns:x="urn:other">7</x:ID><cbc:CustomizationID>', 1
    )
    assert "BR-02" in {fault.rule for fault in native.judge(data).faults}


def test_a_comment_does_not_cut_a_value() -> None:
    data = ubl.write(document=two_rates()).replace(b">EUR<", b">E<!-- -->UR<", 1)
    assert b"E<!--" in data
    assert native.judge(data).valid


def test_terms_are_found_in_either_syntax() -> None:
    for write in (ubl.write, cii.write):
        record = read(etree.fromstring(write(document=two_rates())))
        assert record is not None
        assert term(record.root, record, "BT-1") == [two_rates().number]
        name = "InvoiceLine" if record.syntax == "ubl" else "IncludedSupplyChainTradeLineItem"
        nets = [term(line, record, "BT-131") for line in record.every(name)]
        assert len(nets) == len(two_rates().lines)
        assert all(len(net) == 1 and decimal(net[0]) for net in nets)


def test_judges_that_differ_are_told_apart() -> None:
    good, bad = two_rates(), replace(two_rates(), number="")
    theirs = official.judge(ubl.write(document=bad), profile="en16931")
    ours = native.judge(ubl.write(document=good), profile="en16931")
    found = compare.differences(official=theirs, native=ours)
    assert [(d.rule, d.path, d.only) for d in found] == [("BR-02", "/Invoice", "official")]
    assert compare.comparable(theirs, ours)
    assert not compare.comparable(theirs, native.judge(cii.write(document=good)))


def test_another_guideline_in_cii_is_a_warning() -> None:
    use = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    verdict = native.judge(cii.write(document=replace(two_rates(), specification=use)))
    assert verdict.valid
    assert "FX-SCH-A-000556" in {fault.rule for fault in verdict.faults}
    assert cii_structure.EN16931 in use


@pytest.mark.parametrize(
    ("number", "rounded"),
    [("2.5", "3"), ("-2.5", "-2"), ("-2.51", "-3"), ("0.49", "0"), ("-0.5", "0")],
)
def test_halves_go_up_as_in_xpath(number: str, rounded: str) -> None:
    assert whole(Decimal(number)) == Decimal(rounded)
    assert cents(Decimal(number) / 100) == Decimal(rounded) / 100


@pytest.mark.parametrize("text", ["", " ", "1e3", "1,5", "--1", "0x1", "١", "."])
def test_what_is_no_decimal_cannot_be_evaluated(text: str) -> None:
    with pytest.raises(Unevaluable):
        decimal(text)


def test_values_are_read_as_xpath_reads_them() -> None:
    assert decimal(" +1.50\n") == Decimal("1.5")
    assert decimal(".5") == decimal("0.5")
    assert double("1e3") == 1000
    assert double("NaN") is None
    assert boolean(" 1 ") is True
    assert day("2024-02-29") == (2024, 2, 29)
    for wrong in ("2023-02-29", "2023-13-01", "1/2/2023"):
        with pytest.raises(Unevaluable):
            day(wrong)
