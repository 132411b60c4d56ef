"""Official rule files that a user adds: taken by their names, applied, replaced, refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from acquit.core.codecs import cii, ubl
from acquit.core.faults import Refused
from acquit.core.judges import added, native, official
from acquit.core.judges.added import Added
from acquit.core.judges.compare import comparable, differences
from tests.core.documents.samples import credit_note, two_rates

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
ROOTS = {
    "ubl": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cii": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
}
_SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:d="{root}">
  <xsl:template match="/"><svrl:schematron-output><xsl:apply-templates select="d:*"/>
  </svrl:schematron-output></xsl:template>
  <xsl:template match="d:*">{more}<xsl:if test="{test}">
    <svrl:failed-assert id="{rule}" flag="fatal" location="/Q{{{{{root}}}}}{{local-name()}}[1]">
      <svrl:text>[{rule}]-No good.</svrl:text></svrl:failed-assert></xsl:if></xsl:template>
</xsl:stylesheet>"""


def sheet(syntax: str, rule: str, test: str = "true()", more: str = "") -> str:
    """Rules as a publisher compiles them: one that fails where ``test`` holds."""
    return _SHEET.format(root=ROOTS[syntax], rule=rule, test=test, more=more)


def install(tmp_path: Path, files: dict[str, str], profile: str = "") -> Added:
    source, folder = tmp_path / "published", tmp_path / "rules"
    source.mkdir(exist_ok=True)
    for path in source.iterdir():
        path.unlink()
    for name, text in files.items():
        (source / name).write_text(text)
    added.add(source=source, folder=folder, profile=profile, compiles=official.compiles)
    return added.load(folder=folder)


def test_what_is_added_comes_on_top_of_en_16931(tmp_path: Path) -> None:
    rules = install(tmp_path, {"PEPPOL-EN16931-UBL.xslt": sheet("ubl", "PEPPOL-EN16931-R999")})
    peppol = ubl.write(document=replace(two_rates(), specification=PEPPOL, number=""))
    verdict = official.judge(peppol, added=rules)
    assert verdict.profile == "peppol-bis-3"
    assert verdict.judged_by[1:] == (
        "ubl-2.1/EN16931-UBL-validation.xslt",
        "PEPPOL-EN16931-UBL.xslt",
    )
    assert {"BR-02", "PEPPOL-EN16931-R999"} <= {fault.rule for fault in verdict.faults}
    assert "/Invoice" in {fault.path for fault in verdict.faults}
    # What asks for other rules is judged as before.
    assert official.judge(ubl.write(document=two_rates()), added=rules).valid
    assert official.judge(ubl.write(document=credit_note()), added=rules).valid
    asked = official.judge(ubl.write(document=two_rates()), profile="peppol-bis-3", added=rules)
    assert [fault.rule for fault in asked.faults] == ["PEPPOL-EN16931-R999"]


def test_both_judges_are_compared_by_the_rules_that_were_added(tmp_path: Path) -> None:
    data = ubl.write(document=replace(two_rates(), specification=XRECHNUNG))
    ours = native.judge(data)
    assert not comparable(official.judge(data), ours)
    theirs = official.judge(
        data, added=install(tmp_path, {"XRechnung-UBL.xsl": sheet("ubl", "BR-DE-99")})
    )
    assert comparable(theirs, ours)
    found = differences(official=theirs, native=ours)
    assert ("BR-DE-99", "official") in {(each.rule, each.only) for each in found}


def test_a_newer_edition_stands_in_for_the_one_of_the_wheel(tmp_path: Path) -> None:
    rules = install(
        tmp_path,
        {
            "EN16931-UBL-validation.xslt": sheet("ubl", "BR-99", "not(*)"),
            "EN16931-CII-validation.xslt": sheet("cii", "BR-98"),
        },
    )
    bad = ubl.write(document=replace(two_rates(), number=""))
    assert official.judge(bad, added=rules).judged_by[1:] == ("EN16931-UBL-validation.xslt",)
    plain = official.judge(cii.write(document=two_rates()), added=rules)
    assert (plain.profile, [f.rule for f in plain.faults]) == ("en16931", ["BR-98"])
    # Factur-X by its own name keeps the rules of Factur-X.
    named = official.judge(cii.write(document=two_rates()), profile="facturx-en16931", added=rules)
    assert named.valid
    again = install(tmp_path, {"EN16931-UBL-2.xslt": sheet("ubl", "BR-97")})
    assert [s.name for s in again.sheets] == ["EN16931-CII-validation.xslt", "EN16931-UBL-2.xslt"]
    assert len(list((tmp_path / "rules").glob("*.xsl"))) == 2
    added.remove(folder=tmp_path / "rules", profile="en16931")
    assert added.load(folder=tmp_path / "rules").sheets == ()
    with pytest.raises(Refused, match="no rules were added"):
        added.remove(folder=tmp_path / "rules", profile="en16931")


def test_rules_of_a_name_of_their_own_are_asked_for_by_it(tmp_path: Path) -> None:
    files = {"ours.xsl": sheet("ubl", "OURS-1")}
    with pytest.raises(Refused, match="does not say to which rule set"):
        install(tmp_path, files)
    rules = install(tmp_path, files, "our-group")
    data = ubl.write(document=two_rates())
    assert [f.rule for f in official.judge(data, profile="our-group", added=rules).faults] == [
        "OURS-1"
    ]
    (fault,) = official.judge(data, profile="their-group", added=rules).faults
    assert "our-group" in fault.fix


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("peppol.sch", "<schema xmlns='http://purl.oclc.org/dsdl/schematron'/>", "rules.source"),
        ("peppol.xsl", "<a/>", "rules.other"),
        ("peppol.xsl", "<!DOCTYPE a><a/>", "xml.doctype"),
        ("peppol.xsl", sheet("ubl", "R", "true("), "rules.compile"),
        (
            "peppol.xsl",
            sheet("ubl", "R", more='<xsl:result-document href="file:///tmp/x"/>'),
            "rules.files",
        ),
        ("peppol.xsl", sheet("ubl", "R", "document('codes.xml')"), "rules.files"),
        ("peppol.xsl", sheet("ubl", "R").replace(ROOTS["ubl"], "urn:a"), "rules.other"),
        ("readme.txt", "hello", ""),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(
    tmp_path: Path, name: str, text: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        install(tmp_path, {name: text})
    codes = [fault.code for fault in refused.value.faults]
    assert codes == ["rules.nothing", *([code] if code else [])]
    assert not (tmp_path / "rules").exists()


def test_a_list_that_was_spoilt_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / added.MANIFEST).write_text("[{}]")
    with pytest.raises(Refused, match="cannot be read"):
        added.load(folder=tmp_path)
