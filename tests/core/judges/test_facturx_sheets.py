"""Each level of Factur-X by its own sheet: both judges say the same, rule by rule, place by place.

A few dozen broken documents of each level each time; ACQUIT_MUTATIONS asks for more.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from acquit.core.codecs import cii
from acquit.core.faults import Fault, Severity
from acquit.core.judges import facturx_sheets, native, official
from acquit.core.judges.compare import differences
from acquit.core.judges.facturx_levels import LEVELS
from acquit.core.judges.verdict import Verdict
from tests.core.documents.samples import many_lines
from tests.support.grown import grown
from tests.support.mutate import mutations
from tools.judge_tables import DATA, tables

GUIDELINES = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": "urn:cen.eu:en16931:2017",
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
}
_EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "documents" / "cii"
_GUIDELINE = re.compile(rb"(GuidelineSpecifiedDocumentContextParameter>\s*<ram:ID>)[^<]*")
_EACH = int(os.environ.get("ACQUIT_MUTATIONS") or 240) // len(LEVELS)
_STOPPED = ("judge.stopped", "judge.unevaluable")
# What the sheets ask in a way that every document obeys, or by a walk of its own.
_NOT_AS_RULES = {"BR-AF-08", "BR-AG-08", "CII-SR-464", "PEPPOL-EN16931-R008"}


@cache
def _declared(level: str) -> list[bytes]:
    """Our own invoices, said to be of the level: most of what they hold is none of it."""
    files = [path.read_bytes() for path in sorted(_EXAMPLES.glob("*.xml"))]
    said = rb"\g<1>" + GUIDELINES[level].encode()
    return [_GUIDELINE.sub(said, data) for data in files if b"CrossIndustryInvoice" in data[:300]]


@cache
def _trimmed(level: str) -> list[bytes]:
    """The same without what the level does not have."""
    return [_without_others(data, level) for data in _declared(level)]


def _without_others(data: bytes, level: str) -> bytes:
    root = etree.fromstring(data)
    faults = native.judge(data, profile=f"facturx-{level}").faults
    for path in [fault.path for fault in faults if fault.rule == "XSD"][::-1]:
        element = root
        for step in path.split("/")[2:]:
            name, _, number = step.rstrip("]").partition("[")
            element = element.findall(f"{{*}}{name}")[int(number or 1) - 1]
        above = element.getparent()
        assert above is not None
        above.remove(element)
    return etree.tostring(root)


def _both(data: bytes, level: str) -> tuple[Verdict, Verdict]:
    profile = f"facturx-{level}"
    return official.judge(data, profile=profile), native.judge(data, profile=profile)


def _severities(verdict: Verdict) -> set[tuple[str, str, Severity]]:
    return {(fault.rule, fault.path, fault.severity) for fault in verdict.faults if _ruled(fault)}


def _ruled(fault: Fault) -> bool:
    return fault.rule != "XSD" and fault.code != "judge.schema"


def _agree(data: bytes, level: str, what: object = "") -> Verdict:
    theirs, ours = _both(data, level)
    assert differences(official=theirs, native=ours) == [], what
    if not any(fault.code in _STOPPED for fault in theirs.faults):
        assert _severities(theirs) == _severities(ours), what
    return ours


@pytest.mark.parametrize("level", LEVELS)
def test_they_agree_on_our_own_documents(level: str) -> None:
    for data in _declared(level):
        _agree(data, level)
    for data in _trimmed(level):
        verdict = _agree(data, level)
        assert {fault.rule for fault in verdict.faults} & {"XSD"} == set()


@pytest.mark.parametrize("level", LEVELS)
def test_they_agree_on_broken_documents(level: str) -> None:
    documents = [*_declared(level), *_trimmed(level)]
    broken = 0
    for what, data in mutations(documents, seed=LEVELS.index(level), count=_EACH):
        broken += not _agree(data, level, what).valid
    assert broken > _EACH // 4  # the mutator does break things


@pytest.mark.parametrize("level", LEVELS)
def test_they_agree_on_whatever_a_level_may_hold(level: str) -> None:
    """Twice what may stand once stops either of the judges in some documents; those say nothing."""
    said: set[str] = set()
    compared = 0
    for number, data in enumerate(grown(guideline=GUIDELINES[level], seed=1, count=_EACH)):
        theirs, ours = _both(data, level)
        if any(fault.code in _STOPPED for fault in (*theirs.faults, *ours.faults)):
            continue
        _agree(data, level, number)
        said |= {fault.rule for fault in ours.faults}
        compared += 1
    assert compared > _EACH // 2
    assert len(said) > {"minimum": 40, "extended": 500}.get(level, 150)


def test_the_tables_are_those_of_the_wheel() -> None:
    for name, text in tables().items():
        assert (DATA / name).read_text("utf-8") == text, name


_SPACE = "urn:un:unece:uncefact:data:standard:"
_FRAGMENT = (
    f'<a:CrossIndustryInvoice xmlns:a="{_SPACE}CrossIndustryInvoice:100" '
    f'xmlns="{_SPACE}ReusableAggregateBusinessInformationEntity:100" '
    f'xmlns:u="{_SPACE}UnqualifiedDataType:100"><a:SupplyChainTradeTransaction>'
    "<ApplicableHeaderTradeSettlement><ApplicableTradeTax><CalculatedAmount>0</CalculatedAmount>"
    "<TypeCode>VAT</TypeCode><BasisAmount>10</BasisAmount><CategoryCode>%s</CategoryCode>"
    "<RateApplicablePercent>0</RateApplicablePercent></ApplicableTradeTax>"
    "<SpecifiedTradeAllowanceCharge>%s<ActualAmount>1</ActualAmount><CategoryTradeTax>"
    "<CategoryCode>%s</CategoryCode><RateApplicablePercent>0</RateApplicablePercent>"
    "</CategoryTradeTax></SpecifiedTradeAllowanceCharge></ApplicableHeaderTradeSettlement>"
    "</a:SupplyChainTradeTransaction></a:CrossIndustryInvoice>"
)
_INDICATOR = "<ChargeIndicator><u:Indicator>%s</u:Indicator></ChargeIndicator>"


@pytest.mark.parametrize("level", ["minimum", "en16931", "extended"])
@pytest.mark.parametrize("said", [(), ("true",), ("x",), ("true", "x"), ("true", "false")])
def test_a_charge_that_cannot_be_told_matters_where_it_is_added(
    level: str, said: tuple[str, ...]
) -> None:
    """What neither says charge nor allowance stops the sums of its own category, no other."""
    indicators = "".join(_INDICATOR % word for word in said)
    for code in ("S", "Z", "E", "AE", "K", "G", "O"):
        for of_charge in (code, "N"):
            _agree((_FRAGMENT % (code, indicators, of_charge)).encode(), level, (code, of_charge))


@pytest.mark.parametrize(("off", "near"), [("0.10", True), ("0.30", True), ("0.50", False)])
def test_a_cent_for_each_of_many_lines(off: str, near: bool) -> None:
    """Lines are not folded where a tolerance counts them."""
    data = cii.write(document=replace(many_lines(40), specification=GUIDELINES["basic"]))
    data = data.replace(b"<ram:CategoryCode>S<", b"<ram:CategoryCode>Z<")
    data = re.sub(rb"(<ram:RateApplicablePercent>)[^<]*", rb"\g<1>0", data)

    def moved(match: re.Match[bytes]) -> bytes:
        return match[1] + str(Decimal(match[2].decode()) + Decimal(off)).encode()

    data = re.sub(rb"(<ram:BasisAmount>)([^<]*)", moved, data, count=1)
    found = {fault.rule for fault in _agree(data, "basic").faults}
    assert ("BR-FXEXT-Z-08rev" in found) is not near


@pytest.mark.parametrize("level", LEVELS)
def test_they_mind_the_schema_in_the_same_documents(level: str) -> None:
    """The official judge stops at the first fault of a group, so places are not compared."""
    found = [data for _, data in mutations(_trimmed(level), seed=7, count=_EACH)]
    found += grown(guideline=GUIDELINES[level], seed=8, count=_EACH // 4)
    minded = 0
    for number, data in enumerate(found):
        if _torn_apart(data):
            continue
        theirs, ours = _both(data, level)
        schema = [fault for fault in theirs.faults if fault.code == "judge.schema"]
        own = [fault for fault in ours.faults if fault.rule == "XSD"]
        assert bool(schema) is bool(own), (number, schema[:1], own[:1])
        minded += bool(own)
    assert _EACH // 4 < minded < len(found)


def _torn_apart(data: bytes) -> bool:
    """Whether neighbours of one name have another one between them, which no record tells."""
    for element in etree.fromstring(data).iter():
        names = [child.tag for child in element]
        runs = [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]
        if len(runs) > len(set(runs)):
            return True
    return False


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        (b"<ram:LineOne>", b"<ram:CityName>X</ram:CityName><ram:LineOne>", "LineOne",
         "stands at the wrong place"),
        (b"<ram:Name>", b"<ram:Name>A</ram:Name><ram:Name>", "Name[2]", "too often"),
        (b'<udt:DateTimeString format="102">', b"<udt:DateTimeString>", "DateTimeString",
         "the attribute format is missing"),
        (b"<ram:LineOne>", b'<ram:LineOne languageID="fr">', "LineOne", "no attribute languageID"),
        (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>,", "GrandTotalAmount", "no number"),
        (b"<udt:Indicator>", b"<udt:Indicator>x", "Indicator", "neither true nor false"),
        (b"<ram:PostalTradeAddress>", b"<ram:PostalTradeAddress/><ram:PostalTradeAddress>",
         "PostalTradeAddress[2]", "too often"),
        (b"<ram:PostalTradeAddress>", b"<ram:ApplicableHeaderTradeAgreement>a"
         b"</ram:ApplicableHeaderTradeAgreement><ram:PostalTradeAddress>",
         "ApplicableHeaderTradeAgreement", "not part of the declared level BASIC"),
    ],
)  # fmt: skip
def test_the_schema_is_told_in_words(old: bytes, new: bytes, path: str, said: str) -> None:
    (data,) = [one for one in _trimmed("basic") if old in one][:1]
    found = native.judge(data.replace(old, new, 1), profile="facturx-basic").faults
    told = [fault.message for fault in found if fault.rule == "XSD" and fault.path.endswith(path)]
    assert any(said in message for message in told), found


@pytest.mark.parametrize("level", LEVELS)
def test_no_rule_of_a_sheet_is_left_out(level: str) -> None:
    rows = [row.split("\t") for row in (DATA / "facturx_rules.txt").read_text("utf-8").splitlines()]
    wanted = {told for of, told, rule, _ in rows if of == level and rule not in _NOT_AS_RULES}
    ours = [rule.id for rule in facturx_sheets.rules(level)]
    assert wanted <= set(ours)
    assert len(ours) == len(set(ours))


@pytest.mark.parametrize(
    ("level", "rule", "severity"),
    [
        ("basic", "FX-SCH-A-000372", Severity.WARNING),
        ("extended", "PEPPOL-EN16931-R008", Severity.WARNING),
        ("en16931", "PEPPOL-EN16931-R008", Severity.WARNING),
        ("basicwl", "", None),
        ("minimum", "", None),
    ],
)
def test_only_some_levels_mind_empty_elements(
    level: str, rule: str, severity: Severity | None
) -> None:
    data = re.sub(rb"(<ram:LineOne>)[^<]*", rb"\1", _declared(level)[0])
    found = [
        fault for fault in native.judge(data, profile=f"facturx-{level}").faults
        if fault.path.endswith("LineOne") and fault.message == "the element is empty"
    ]  # fmt: skip
    assert [(fault.rule, fault.severity) for fault in found[:1]] == (
        [(rule, severity)] if rule else []
    )


def test_what_has_no_use_is_a_fault_where_a_level_is_declared() -> None:
    data = _declared("basic")[0].replace(b"<ram:LineOne>", b'<ram:LineOne languageID="fr">', 1)
    unused = re.sub(rb"(<ram:ID)(>[^<]*</ram:ID>\s*<ram:TypeCode>)", rb'\1 schemeID="x"\2', data)
    for level, severity in (("basic", Severity.FATAL), ("", Severity.WARNING)):
        profile = f"facturx-{level}" if level else "en16931"
        found = [f for f in native.judge(unused, profile=profile).faults
                 if f.path == "/CrossIndustryInvoice/ExchangedDocument/ID"]  # fmt: skip
        assert [fault.severity for fault in found] == [severity]


def test_another_guideline_is_none_of_the_level() -> None:
    data = _GUIDELINE.sub(rb"\1urn:factur-x.eu:2p0:basic", _declared("basic")[0])
    (fault,) = [f for f in native.judge(data).faults if f.rule == "FX-SCH-A-000026"]
    assert fault.severity is Severity.FATAL
    assert "level" in fault.message
