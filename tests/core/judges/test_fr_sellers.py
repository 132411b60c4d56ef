"""France: invoices of several sellers (frames 8) and of two that bill each other (frames 9)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from lxml import etree

from acquit.core.codecs import cii, ubl
from acquit.core.judges import fr_sellers, native, official
from acquit.core.judges.record import read
from acquit.core.judges.registry import run
from tests.core.documents.samples import ATELIER, S20, S55, invoice, line
from tests.core.judges.bending import Change, bent, pack
from tests.core.judges.sellers import BUYER, NUMBER, OTHER, of_several
from tests.core.judges.test_fr import BUYER as CUSTOMER
from tests.core.judges.test_fr import VALUES, bend, french

WRITERS = {"ubl": ubl.write, "cii": cii.write}
_Said = Counter[tuple[str, str]]


def _document(syntax: str, frame: str, lines: int = 5) -> bytes:
    rates = [S55 if number in (4, 5) else S20 for number in range(1, lines + 1)]
    items = [line(n, f"Lampe {n}", "1", "10.00", vat=vat) for n, vat in enumerate(rates, start=1)]
    made = invoice(NUMBER, items, seller=ATELIER, buyer=CUSTOMER)
    data = WRITERS[syntax](document=replace(made, business_process="B1", notes=french().notes))
    return of_several(data, syntax, frame) if frame else data


FILES = {(s, frame): _document(s, frame) for s in WRITERS for frame in ("S8", "B9")}


def _said(data: bytes) -> tuple[_Said, _Said] | None:
    """What the official and the native judge say where; None where one could not evaluate."""
    faults = official.judge(data, profile="fr-flux2").faults
    record = read(etree.fromstring(data))
    assert record is not None
    breaches = run(pack("fr-flux2", record.syntax), record)
    if any(f.code == "judge.stopped" for f in faults) or any(b.why for b in breaches):
        return None
    return (
        Counter((f.rule, f.path) for f in faults if f.code == "judge.rule"),
        Counter((b.rule.id, b.path) for b in breaches),
    )


@pytest.mark.parametrize(("syntax", "frame"), FILES)
def test_neither_judge_finds_fault(syntax: str, frame: str) -> None:
    assert _said(FILES[syntax, frame]) == (Counter(), Counter())


_L = "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"
_LS = "SpecifiedLineTradeSettlement"
_SUM = f"{_LS}/SpecifiedTradeSettlementLineMonetarySummation"
_SOLD_BY = "SpecifiedLineTradeAgreement/ItemSellerTradeParty"
_REFERRED = f"{_LS}/AdditionalReferencedDocument"
_STATUS = "BillingReference/InvoiceDocumentReference/DocumentStatusCode"
_KIND = "AssociatedDocumentLineDocument/LineStatusReasonCode"
_OF = "Item/ManufacturerParty"
_TYPE = "ExchangedDocument/TypeCode"
_S = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_Cases = dict[str, tuple[str, tuple[Change, ...], tuple[Change, ...]]]
# Each rule with a frame and how it is broken, in UBL and in CII.
CASES: _Cases = {
    "MV-01_EXT-FR-FE-163": ("S8", (("InvoiceLine[2]/BillingReference", None),),
                            ((f"{_L}[2]/{_KIND}", " "),)),
    "MV-02_EXT-FR-FE-163": (
        "S8",
        ((f"InvoiceLine[1]/{_STATUS}", "DETAIL"), (f"InvoiceLine[4]/{_STATUS}", "DETAIL")),
        ((f"{_L}[1]/{_KIND}", "DETAIL"), (f"{_L}[4]/{_KIND}", "DETAIL")),
    ),
    "BD-02_EXT-FR-FE-163": ("B9", ((f"InvoiceLine[4]/{_STATUS}", "DETAIL"),),
                            ((f"{_L}[4]/{_KIND}", "DETAIL"),)),
    "BD-02_SELLER": ("B9", ((f"InvoiceLine[1]/{_OF}/PartyLegalEntity/CompanyID", BUYER),),
                     ((f"{_L}[1]/{_SOLD_BY}/SpecifiedLegalOrganization/ID", BUYER),)),
    "BD-02_BT-47": ("B9", ((f"InvoiceLine[4]/{_OF}/PartyLegalEntity/CompanyID", "1"),),
                    ((f"{_L}[4]/{_SOLD_BY}/SpecifiedLegalOrganization/ID", "1"),)),
    "MV-03_EXT-FR-FE-164": ("S8", ((f"InvoiceLine/{_OF}/PartyLegalEntity/RegistrationName", " "),),
                            ((f"{_L}/{_SOLD_BY}/Name", None),)),
    "MV-03_EXT-FR-FE-167": ("B9", ((f"InvoiceLine/{_OF}/PartyLegalEntity/CompanyID", ""),),
                            ((f"{_L}/{_SOLD_BY}/SpecifiedLegalOrganization/ID", ""),)),
    "MV-03_EXT-FR-FE-177": ("S8", ((f"InvoiceLine/{_OF}/PostalAddress", None),),
                            ((f"{_L}/{_SOLD_BY}/PostalTradeAddress", None),)),
    "MV-03_EXT-FR-FE-181": ("S8", (("InvoiceLine/TaxTotal/TaxAmount@currencyID", "USD"),),
                            ((f"{_L}/{_SUM}/TaxTotalAmount@currencyID", "USD"),)),
    "MV-03_EXT-FR-FE-182": ("S8", (("TaxCurrencyCode", "USD"),),
                            ((f"{_S}/TaxCurrencyCode", "USD"),)),
    "MV-03_BT-128_AFL": ("S8", (("InvoiceLine[4]/DocumentReference/DocumentTypeCode", "131"),),
                         ((f"{_L}[4]/{_REFERRED}/TypeCode", "131"),)),
    "MV-03_BT-128_AVV": ("S8", (("InvoiceLine/DocumentReference[2]/ID", "M8"),),
                         ((f"{_L}/{_REFERRED}[2]/IssuerAssignedID", "M8"),)),
    "MV-05_EXT-FR-FE-BG-12": ("S8", (("InvoiceLine/LineExtensionAmount", "110.03"),),
                              ((f"{_L}/{_SUM}/LineTotalAmount", "110.03"),)),
    "MV-06_EXT-FR-FE-167": ("S8", ((f"InvoiceLine[2]/{_OF}/PartyLegalEntity/CompanyID", "1"),),
                            ((f"{_L}[2]/{_SOLD_BY}/SpecifiedLegalOrganization/ID", "1"),)),
    "MV-07_BT-128": ("S8", (("InvoiceLine[5]/DocumentReference/ID", "X"),),
                     ((f"{_L}[5]/{_REFERRED}/IssuerAssignedID", "X"),)),
    "MV-08_BT-128": (
        "B9",
        (("InvoiceLine[3]/Item/ClassifiedTaxCategory/TaxExemptionReason", f"{NUMBER}#"),),
        ((f"{_L}[3]/{_LS}/ApplicableTradeTax/ExemptionReason", f"{NUMBER}#"),),
    ),
    "MV-09_EXT-FR-FE-181": ("S8", (("TaxTotal/TaxSubtotal[2]/TaxAmount", "0.60"),),
                            ((f"{_S}/ApplicableTradeTax[2]/CalculatedAmount", "0.60"),)),
    "MV-10_EXT-FR-FE-184": ("S8", (("InvoiceLine/TaxInclusiveLineExtensionAmount", "132.03"),),
                            ((f"{_L}/{_SUM}/GrandTotalAmount", "132.03"),)),
    "MV-11_BT-128": ("S8", (("ID", "FA-OTHER"),
                            *((f"InvoiceLine[{n}]/BillingReference/InvoiceDocumentReference/ID",
                               "FA-OTHER") for n in range(1, 6))),
                     (("ExchangedDocument/ID", "FA-OTHER"),)),
    "MV-12_BT-128": ("S8", (("InvoiceLine[4]/DocumentReference/ID", NUMBER),),
                     ((f"{_L}[4]/{_REFERRED}/IssuerAssignedID", NUMBER),)),
    "MV-13_BT-3": ("S8", (("InvoiceTypeCode", "389"),), ((_TYPE, "389"),)),
    "BD-13_BT-3": ("B9", (("InvoiceTypeCode", "380"),), ((_TYPE, "380"),)),
    **{
        f"{family}-14-EXT-FR-FE-{number}": (frame, (("InvoiceTypeCode", code),), ((_TYPE, code),))
        for family, frame, code in (("MV", "S8", "384"), ("BD", "B9", "261"))
        for number in ("136", "138")
    },
}  # fmt: skip
# The publication numbers these differently in the two syntaxes.
NAMES = {
    "ubl": {"BD-02_SELLER": "BD-02_BT-30", "BD-13_BT-3": "MV-BD_BT-3"},
    "cii": {"BD-02_SELLER": "BD-02_BT-31"},
}


@pytest.mark.parametrize("syntax", WRITERS)
def test_every_rule_is_broken_as_the_official_judge_says(syntax: str) -> None:
    named = {f"BR-FR-{NAMES[syntax].get(number, number)}": number for number in CASES}
    assert set(named) == {rule.id for rule in fr_sellers.rules(syntax)}
    for rule, number in named.items():
        frame, *changes = CASES[number]
        said = _said(bent(FILES[syntax, frame], *changes[syntax == "cii"]))
        assert said is not None, rule
        assert said[0] == said[1], rule
        assert rule in {broken for broken, _ in said[1]}, rule


@pytest.mark.parametrize(("family", "code"), [("S8", "384"), ("B9", "261")])
@pytest.mark.parametrize("syntax", WRITERS)
def test_what_is_corrected_is_named_for_each_sub_invoice(
    syntax: str, family: str, code: str
) -> None:
    changes: list[Change] = []
    for number in (1, 4):
        if syntax == "ubl":
            group = f"InvoiceLine[{number}]/BillingReference[2]/InvoiceDocumentReference"
            changes += [(f"{group}/ID", OTHER), (f"{group}/IssueDate", "2026-05-01")]
        else:
            group = f"{_L}[{number}]/{_LS}/InvoiceReferencedDocument"
            day = f"{group}/FormattedIssueDateTime/DateTimeString"
            changes += [(f"{group}/IssuerAssignedID", OTHER), (day, "20260501")]
    kind = "InvoiceTypeCode" if syntax == "ubl" else _TYPE
    said = _said(bent(FILES[syntax, family], (kind, code), *changes))
    assert said is not None
    assert said[0] == said[1]
    assert not [rule for rule, _ in said[1] if "-14-" in rule]


OF_LINES = (
    *VALUES, "GROUP", "DETAIL", "INFORMATION", "1", "4", NUMBER, OTHER, f" {OTHER}", "AFL", "AVV",
    "130", "M8", "B9", "110.01", "99.99", "10.01", "22.01", "0.54", "132.01", "131.99", "389",
    "552100554", "732829320", f"#{OTHER}# x", "110.02", "1e1", "NaN",
)  # fmt: skip


@pytest.mark.parametrize(("syntax", "frame"), FILES)
def test_both_judges_agree_on_bent_files(syntax: str, frame: str) -> None:
    """Rule by rule and place by place, where the published rules do not stop."""
    dice = random.Random(f"{syntax} {frame} 1")
    asked = broken = 0
    for number in range(35):
        data = bend(FILES[syntax, frame], dice, OF_LINES)
        said = _said(data)
        if said is None:
            continue
        asked += 1
        theirs, ours = said
        broken += any("-MV-" in rule or "-BD-" in rule for rule, _ in ours)
        assert ours == theirs, number
    assert asked > 20
    assert broken > 4


@pytest.mark.parametrize("syntax", WRITERS)
def test_lines_that_are_compared_are_not_folded(syntax: str) -> None:
    plain = _document(syntax, "", 40)
    assert native._folded(plain, "fr-flux2") is not None
    assert native._folded(of_several(plain, syntax, "S8"), "fr-flux2") is None
