"""The extensions of EN 16931: what they let pass, what they ask, and both judges on it.

Some hundred broken documents each time; ACQUIT_MUTATIONS asks for more.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from acquit.core.judges import native, official
from acquit.core.judges.compare import Difference, differences
from tests.core.judges.bending import Change, bent, broken, pack
from tests.core.judges.extended import CTC_FR, FACTURX, invoice
from tests.core.judges.extended_ubl import invoice as invoice_in_ubl
from tests.support.grown import grown
from tests.support.mutate import mutations, nudges
from tools.extension_tables import CTC_FR as CTC_FR_IN_CII
from tools.extension_tables import STRUCTURE, TARGET, structure, table
from tools.judge_tables import LEVELS, assertions

_SAMPLES = {
    "facturx-extended cii": invoice(FACTURX),
    "extended-ctc-fr cii": invoice(CTC_FR),
    "extended-ctc-fr ubl": invoice_in_ubl(),
}
_SHEETS = {
    "facturx-extended cii": LEVELS["extended"],
    "extended-ctc-fr cii": CTC_FR_IN_CII,
    "extended-ctc-fr ubl": "ubl-2.1/EXTENDED-CTC-FR-UBL.xslt",
}
_PARTS = 4
_EACH = int(os.environ.get("ACQUIT_MUTATIONS") or 160) // _PARTS
_CODES = ("DETAIL", "GROUP", "INFORMATION", "2", "21", "102")
_T = "SupplyChainTradeTransaction"
_LINE = f"{_T}/IncludedSupplyChainTradeLineItem"
_OWN = "AssociatedDocumentLineDocument"
_NET = "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
_S = f"{_T}/ApplicableHeaderTradeSettlement"
_TOTALS = f"{_S}/SpecifiedTradeSettlementHeaderMonetarySummation"
_ATTACHED = "DespatchAdviceReferencedDocument/AttachmentBinaryObject"
_FEATURE = "SpecifiedTradeProduct/ApplicableProductCharacteristic"


def _differ(data: bytes, profile: str) -> list[Difference]:
    theirs, ours = (judge.judge(data, profile=profile) for judge in (official, native))
    return differences(official=theirs, native=ours)


@pytest.mark.parametrize("sample", _SAMPLES)
def test_an_invoice_of_sub_lines_is_valid_for_both(sample: str) -> None:
    data, profile = _SAMPLES[sample], sample.partition(" ")[0]
    assert native.judge(data).profile == profile
    assert native.judge(data).valid
    assert official.judge(data).valid
    assert _differ(data, profile) == []


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("sample", _SAMPLES)
def test_they_agree_on_broken_documents(sample: str, part: int) -> None:
    data, profile = _SAMPLES[sample], sample.partition(" ")[0]
    count = 0
    for what, found in mutations([data], seed=3_000 + part, count=_EACH, codes=_CODES):
        assert _differ(found, profile) == [], what
        count += not native.judge(found, profile=profile).valid
    assert count > _EACH // 4  # the mutator does break things


@pytest.mark.parametrize("sample", _SAMPLES)
def test_they_agree_on_amounts_that_are_cents_off(sample: str) -> None:
    data, profile = _SAMPLES[sample], sample.partition(" ")[0]
    count = 0
    for what, found in nudges(data, seed=4_000, count=_EACH):
        assert _differ(found, profile) == [], what
        count += not native.judge(found, profile=profile).valid
    assert 0 < count < _EACH  # some are too far off, and some are near enough


def test_they_agree_on_whatever_cii_can_hold() -> None:
    found = Counter()
    for data in grown(guideline=CTC_FR, seed=1, count=_EACH):
        assert _differ(data, "extended-ctc-fr") == []
        faults = official.judge(data, profile="extended-ctc-fr").faults
        found.update(fault.rule for fault in faults if fault.rule.startswith("CII-"))
    assert len(found) > 100


@pytest.mark.parametrize("sample", _SAMPLES)
def test_each_rule_is_as_grave_as_its_sheet_says(sample: str) -> None:
    profile, syntax = sample.split(" ")
    told = {asked.told: asked.severity for asked in assertions(_SHEETS[sample])}
    ours = {rule.id: rule.severity.value for rule in pack(profile, syntax).rules}
    both = ours.keys() & told.keys()
    assert {number: ours[number] for number in both} == {number: told[number] for number in both}
    assert len(both) > 180


def _settle(number: str) -> str:
    return f"{_LINE}[{number}]/SpecifiedLineTradeSettlement"


# What is changed, and the rules that it breaks beside the warning about two groups of category E.
_BROKEN: tuple[tuple[tuple[Change, ...], set[str]], ...] = (
    (((f"{_LINE}[3]/{_OWN}/LineStatusReasonCode", None),), {"06", "08"}),
    (((f"{_LINE}[4]/{_NET}", "49.00"),), {"08"}),
    (((f"{_LINE}[4]/SpecifiedLineTradeSettlement", None),), {"08", "12"}),
    (((f"{_LINE}[7]/{_OWN}/ParentLineID", "9"),), {"11"}),
    (((f"{_LINE}/SpecifiedLineTradeDelivery", None),), {"BR-22", "BR-23"}),
    (((f"{_LINE}[3]/SpecifiedLineTradeAgreement", None),), {"BR-26"}),
    (((f"{_settle('9')}/ApplicableTradeTax/TypeCode", "GST"),), {"CO-04"}),
    (((f"{_LINE}/{_FEATURE}/Value", None),), {"BR-54-2"}),
    (((f"{_LINE}/{_FEATURE}/Description", None),), set()),
    (((f"{_LINE}/{_FEATURE}/TypeCode", "BLUE"),), {"04"}),
    (((f"{_LINE}/{_OWN}/IncludedNote/Content", None),), {"02"}),
    ((("ExchangedDocument/IncludedNote/Content", None),), {"01"}),
    (((f"{_TOTALS}/LineTotalAmount", "350.09"),), set()),
    (((f"{_TOTALS}/LineTotalAmount", "350.10"),), {"CO-10"}),
    (((f"{_TOTALS}/AllowanceTotalAmount", "7.02"),), {"CO-11"}),
    (((f"{_TOTALS}/ChargeTotalAmount", "20.03"),), {"CO-12"}),
    (((f"{_S}/SpecifiedFinancialAdjustment", None),), {"CO-16"}),
    (((f"{_S}/ApplicableTradeTax[3]/ExemptionReasonCode", None),), {"BR-E-10", "E-08b", "E-08rev"}),
    (((f"{_S}/ApplicableTradeTax/BasisAmount", "213.06"),), {"S08b", "S-08ini", "S-08rev"}),
    (((f"{_S}/ApplicableTradeTax/CalculatedAmount", "42.66"),), {"S-09b"}),
    (((f"{_S}/ApplicableTradeTax[5]", None),), {"Z-01"}),
)


@pytest.mark.parametrize("row", _BROKEN, ids=lambda row: row[0][0][0].rpartition("/")[2])
def test_what_breaks_which_rule(row: tuple[tuple[Change, ...], set[str]]) -> None:
    changes, wanted = row
    data = bent(invoice(), *changes)
    found = {rule.removeprefix("BR-FXEXT-") for rule in broken("facturx-extended", data)} - {"XSD"}
    foreign = {"BR-CO-14", "E-08ini"}
    assert found - foreign == wanted
    assert _differ(data, "facturx-extended") == []


_REASON = f"{_S}/SpecifiedTradeAllowanceCharge[2]/ReasonCode"
_SHIP_TO = f"{_T}/ApplicableHeaderTradeDelivery/ShipToTradeParty"
_SELLER = f"{_T}/ApplicableHeaderTradeAgreement/SellerTradeParty"
_FRENCH: tuple[tuple[tuple[Change, ...], set[str]], ...] = (
    (((f"{_LINE}[7]/{_OWN}/LineStatusReasonCode", "TOTAL"),), {"BR-FREXT-05"}),
    (((f"{_LINE}[9]/{_OWN}/ParentLineID", "2"),), {"BR-FREXT-06"}),
    (((f"{_LINE}[4]/{_NET}", "49.00"),), {"BR-FREXT-08"}),
    (((f"{_LINE}[7]/{_OWN}/ParentLineID", "223"),), {"BR-FREXT-11"}),
    (((f"{_LINE}/{_FEATURE}/TypeCode", "BLUE"),), {"BR-FXEXT-04"}),
    (((f"{_TOTALS}/LineTotalAmount", "350.10"),), {"BR-FREXT-CO-10"}),
    (((f"{_S}/ApplicableTradeTax/CategoryCode", None),),
     {"BR-47"}),
    (((_REASON, "AAA"),), set()),
    (((_REASON, "ZZZZ"),), {"BR-FREXT-CL-20"}),
    (((_REASON, "AAA"), (f"{_REASON}@listID", "5153")), set()),
    (((_REASON, "ZZZZ"), (f"{_REASON}@listID", "5153")), {"BR-FREXT-CL-20-TAX"}),
    (((_REASON, "AAA"), (f"{_REASON}@listID", "1001")), {"BR-FREXT-CL-20-LISTID"}),
    (((f"{_SELLER}/GlobalID", "1"), (f"{_SELLER}/GlobalID@schemeID", "BY")), set()),
    (((f"{_SELLER}/GlobalID", "1"), (f"{_SELLER}/GlobalID@schemeID", "QQ")), {"BR-FREXT-CL-10"}),
    (((f"{_SHIP_TO}/GlobalID", "1"), (f"{_SHIP_TO}/GlobalID@schemeID", "BY")), {"BR-CL-26"}),
    (((f"{_T}/ApplicableHeaderTradeAgreement/ApplicableTradeDeliveryTerms/DeliveryTypeCode",
       "XXX"),), {"BR-FREXT-CL-27"}),
    (((f"{_T}/ApplicableHeaderTradeDelivery/{_ATTACHED}", "1"),
      (f"{_T}/ApplicableHeaderTradeDelivery/{_ATTACHED}@mimeCode", "text/xml")), set()),
    (((f"{_T}/ApplicableHeaderTradeDelivery/{_ATTACHED}", "1"),
      (f"{_T}/ApplicableHeaderTradeDelivery/{_ATTACHED}@mimeCode", "text/html")),
     {"BR-FREXT-CL-24"}),
)  # fmt: skip


@pytest.mark.parametrize("row", _FRENCH, ids=lambda row: row[0][0][0].rpartition("/")[2])
def test_what_breaks_which_rule_of_france(row: tuple[tuple[Change, ...], set[str]]) -> None:
    changes, wanted = row
    data = bent(invoice(CTC_FR), *changes)
    found = {rule for rule in broken("extended-ctc-fr", data) if not rule.startswith("BR-FR-")}
    foreign = ("BR-CO-14", "BR-FXEXT-E-08ini", "CII-")
    assert {rule for rule in found if not rule.startswith(foreign)} == wanted
    assert _differ(data, "extended-ctc-fr") == []


_REFERENCE = "BillingReference/InvoiceDocumentReference"
_IN_UBL: tuple[tuple[tuple[Change, ...], set[str]], ...] = (
    ((("InvoiceLine[7]/" + _REFERENCE + "/DocumentStatusCode", "TOTAL"),), {"05"}),
    ((("InvoiceLine[7]/" + _REFERENCE + "/DocumentStatusCode", None),), {"06"}),
    ((("InvoiceLine[4]/LineExtensionAmount", "49.00"),), {"08"}),
    ((("InvoiceLine[4]/LineExtensionAmount", None),), {"08", "12"}),
    ((("InvoiceLine[7]/BillingReference/BillingReferenceLine/ID", "223"),), {"11"}),
    ((("InvoiceLine/InvoicedQuantity", None),), {"22", "23"}),
    ((("InvoiceLine[2]/InvoicedQuantity", None),), set()),
    ((("InvoiceLine/Price", None),), {"26"}),
    ((("InvoiceLine/Item/ClassifiedTaxCategory/TaxScheme/ID", "GST"),), {"CO-04"}),
    ((("InvoiceLine/Item/AdditionalItemProperty/Name", None),), set()),
    ((("InvoiceLine/Item/AdditionalItemProperty/Value", None),), {"54-2"}),
    ((("InvoiceLine/Item/AdditionalItemProperty/NameCode", "BLUE"),), {"04"}),
    ((("LegalMonetaryTotal/LineExtensionAmount", "350.06"),), set()),
    ((("LegalMonetaryTotal/LineExtensionAmount", "350.07"),), {"CO-10"}),
    ((("LegalMonetaryTotal/AllowanceTotalAmount", "7.02"),), {"CO-11"}),
    ((("LegalMonetaryTotal/ChargeTotalAmount", "10.02"),), {"CO-12"}),
    ((("TaxTotal/TaxSubtotal/TaxAmount", "40.65"),), {"S-09"}),
    ((("TaxTotal/TaxSubtotal[5]", None),), {"Z-01"}),
    ((("AllowanceCharge[2]/AllowanceChargeReasonCode", "ZZZZ"),), {"CL-20"}),
    ((("DeliveryTerms/ID", "XXX"),), {"CL-27"}),
)


@pytest.mark.parametrize("row", _IN_UBL, ids=lambda row: row[0][0][0].rpartition("/")[2])
def test_what_breaks_which_rule_in_ubl(row: tuple[tuple[Change, ...], set[str]]) -> None:
    changes, wanted = row
    data = bent(invoice_in_ubl(), *changes)
    found = {rule.removeprefix("BR-FREXT-") for rule in broken("extended-ctc-fr", data)}
    foreign = {"E-08ini", "BR-CO-14", "BR-47", "BR-48"}
    assert {one for one in found if not one.startswith("BR-FR-")} - foreign == wanted
    assert _differ(data, "extended-ctc-fr") == []


def test_each_line_tells_that_groups_do_not_add_up() -> None:
    data = bent(invoice(), (f"{_LINE}[4]/{_NET}", "49.00"))
    assert broken("facturx-extended", data)["BR-FXEXT-08"] == 9


def test_the_tables_are_those_of_the_wheel() -> None:
    assert TARGET.read_text("utf-8") == table()
    assert STRUCTURE.read_text("utf-8") == structure()
