"""A document is judged by the pack that its specification and its process ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acquit.core.codecs import cii, ubl
from acquit.core.judges import peppol, ro, xrechnung
from acquit.core.judges.native import judge
from tests.core.documents.samples import two_rates

OLD = "urn:cen.eu:en16931:2017#compliant#urn:xoev-de:kosit:standard:xrechnung_2.3"
CTC = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"


@pytest.mark.parametrize(
    ("specification", "process", "pack"),
    [
        ("urn:cen.eu:en16931:2017", None, "en16931"),
        ("urn:cen.eu:en16931:2017", "B1", "fr-flux2"),
        ("urn:cen.eu:en16931:2017", "P1", "en16931"),
        (ro.SPECIFICATION, None, "cius-ro"),
        (xrechnung.CIUS, peppol.PROCESS, "xrechnung"),
        (xrechnung.EXTENSION, peppol.PROCESS, "xrechnung"),
        (OLD, None, "xrechnung"),
        (peppol.SPECIFICATION, peppol.PROCESS, "peppol-bis-3"),
        (CTC, "S1", "extended-ctc-fr"),
        ("urn:example:unknown", None, "en16931"),
    ],
)
def test_auto_in_ubl(specification: str, process: str | None, pack: str) -> None:
    document = replace(two_rates(), specification=specification, business_process=process)
    assert judge(ubl.write(document=document)).profile == pack


@pytest.mark.parametrize(
    ("specification", "pack"),
    [
        (xrechnung.CIUS, "xrechnung"),
        (CTC, "extended-ctc-fr"),
        (ro.SPECIFICATION, "en16931"),  # Romania takes UBL only
    ],
)
def test_auto_in_cii(specification: str, pack: str) -> None:
    document = replace(two_rates(), specification=specification)
    assert judge(cii.write(document=document)).profile == pack


def test_a_profile_may_be_named() -> None:
    verdict = judge(ubl.write(document=two_rates()), profile="cius-ro")
    assert verdict.profile == "cius-ro"
    assert "BR-RO-001" in {fault.rule for fault in verdict.faults}


def test_a_profile_that_there_is_not_is_told_with_those_there_are() -> None:
    (fault,) = judge(ubl.write(document=two_rates()), profile="cius-xx").faults
    assert fault.code == "judge.profile"
    assert "cius-ro" in fault.fix
