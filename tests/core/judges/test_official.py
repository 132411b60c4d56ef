"""The official judge: it finds what is wrong, says where, and cannot be made to read files."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from acquit.core.codecs import cii, facturx, pdf, ubl
from acquit.core.faults import Severity
from acquit.core.judges import official
from acquit.core.judges.official import judge
from tests.core.documents.samples import credit_note, many_lines, two_rates

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


def test_the_verdict_names_who_judged() -> None:
    verdict = judge(ubl.write(document=two_rates()))
    assert (verdict.syntax, verdict.profile, verdict.valid) == ("ubl", "en16931", True)
    assert verdict.judged_by == (
        "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
        "ubl-2.1/EN16931-UBL-validation.xslt",
    )
    assert judge(ubl.write(document=credit_note())).judged_by[0].endswith("CreditNote-2.1.xsd")
    assert judge(cii.write(document=two_rates())).profile == "facturx-en16931"


def test_a_fault_has_rule_place_and_message() -> None:
    document = many_lines(3)
    empty = replace(document.lines[1], item=replace(document.lines[1].item, name=" "))
    broken = replace(document, lines=(document.lines[0], empty, document.lines[2]))
    faults = judge(ubl.write(document=broken)).faults
    (fault,) = [fault for fault in faults if fault.rule == "BR-25"]
    assert fault.path == "/Invoice/InvoiceLine[2]"
    assert fault.severity is Severity.FATAL
    assert "BT-153" in fault.message
    assert not fault.message.startswith("[")


def test_cii_faults_carry_the_business_rule() -> None:
    data = cii.write(document=replace(two_rates(), number=""))
    faults = judge(data).faults
    assert {"XSD", "BR-02"} <= {fault.rule for fault in faults}
    assert any(fault.path.startswith("/CrossIndustryInvoice/") for fault in faults)


def test_the_schema_speaks_first() -> None:
    data = ubl.write(document=two_rates()).replace(
        b"<cbc:IssueDate>", b"<cbc:Oops>1</cbc:Oops><cbc:IssueDate>"
    )
    faults = judge(data).faults
    assert any(f.code == "judge.schema" and "Oops" in f.path + f.message for f in faults)


def test_a_national_guideline_in_cii_is_no_fault_of_en_16931() -> None:
    data = cii.write(document=replace(two_rates(), specification=XRECHNUNG))
    verdict = judge(data)
    assert verdict.valid
    assert [f.rule for f in verdict.faults if f.rule == "FX-SCH-A-000556"] == ["FX-SCH-A-000556"]
    assert not judge(data, profile="facturx-en16931").valid


def test_what_only_facturx_forbids_is_a_warning_for_plain_cii() -> None:
    data = cii.write(document=two_rates()).replace(
        b"<ram:ApplicableHeaderTradeDelivery>",
        b"<ram:ApplicableHeaderTradeDelivery><ram:RelatedSupplyChainConsignment>"
        b"<ram:ID>7</ram:ID></ram:RelatedSupplyChainConsignment>",
    )
    verdict = judge(data)
    assert verdict.valid
    assert Severity.WARNING in {f.severity for f in verdict.faults if f.code == "judge.schema"}
    assert not judge(data, profile="facturx-en16931").valid


@pytest.mark.parametrize(
    ("profile", "valid"),
    [("en16931", True), ("facturx-extended", False), ("facturx-minimum", False)],
)
def test_a_profile_can_be_asked_for(profile: str, valid: bool) -> None:
    assert judge(cii.write(document=two_rates()), profile=profile).valid is valid


@pytest.mark.parametrize("write", [ubl.write, cii.write])
def test_french_rules_want_their_notes(write) -> None:  # type: ignore[no-untyped-def]
    document = replace(two_rates(), notes=())
    verdict = judge(write(document=document), profile="fr-flux2")
    assert any("BR-FR-05" in fault.rule + fault.message for fault in verdict.faults)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml.empty"),
        (b"<a/>", "judge.syntax"),
        (b"%PDF-1.7 nothing", "pdf.damaged"),
        (b"\x00\x01\x02", "xml.syntax"),
        (b"UNA:+.? 'UNB+UNOC:3'", "xml.syntax"),
    ],
)
def test_unreadable_input_is_a_verdict(data: bytes, code: str) -> None:
    verdict = judge(data)
    assert not verdict.valid
    assert [fault.code for fault in verdict.faults] == [code]
    assert verdict.to_dict()["faults"][0]["message"]


def test_an_unknown_profile_says_which_there_are() -> None:
    (fault,) = judge(ubl.write(document=two_rates()), profile="peppol").faults
    assert fault.code == "judge.profile"
    assert "extended-ctc-fr" in fault.fix


def test_a_pdf_is_judged_by_what_is_inside() -> None:
    branding = pdf.Branding()
    page = pdf.render(document=two_rates(), branding=branding, locale="fr", mentions=())
    assert judge(facturx.write(document=two_rates(), pdf=page)).valid
    assert [f.code for f in judge(page).faults] == ["facturx.missing"]


def test_saxon_itself_opens_no_file(tmp_path: Path) -> None:
    """Past lxml, the engine alone must refuse entities and files (its defaults do not)."""
    canary = tmp_path / "canary.txt"
    canary.write_text("canary-77")
    saxon = official._saxon()
    processor = saxon._processor
    with pytest.raises(Exception, match=r"(?i)doctype"):
        processor.parse_xml(
            xml_text=f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{canary}">]><a>&x;</a>'
        )
    sheet = f"""<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
      <xsl:template match="/"><o><xsl:value-of select="unparsed-text('file://{canary}')"/></o>
      </xsl:template></xsl:stylesheet>"""
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=sheet)
    with pytest.raises(Exception, match="prohibited"):
        compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text="<a/>"))


def test_rules_that_give_up_are_a_fault_beside_those_of_the_schema() -> None:
    """The stylesheet divides by a rate; two rates in one place make it stop with an error."""
    twice = b"<cbc:Percent>20</cbc:Percent>"
    verdict = judge(ubl.write(document=two_rates()).replace(twice, twice * 2))
    codes = {fault.code for fault in verdict.faults}
    assert {"judge.schema", "judge.stopped"} <= codes
    assert not verdict.valid


def test_threads_share_the_judge() -> None:
    good = ubl.write(document=many_lines(2))
    bad = good.replace(b"<cbc:ID>F-2026-0099</cbc:ID>", b"<cbc:ID> </cbc:ID>")
    results: list[tuple[bool, bool]] = []

    def work() -> None:
        results.extend((judge(good).valid, judge(bad).valid) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(True, False)] * 20
