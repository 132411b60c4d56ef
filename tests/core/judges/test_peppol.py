"""Peppol BIS Billing: what we write obeys, and each rule is broken alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.core.codecs import ubl
from acquit.core.documents.invoice import (
    CreditTransfer,
    Invoice,
    PaymentInstructions,
    PrecedingInvoice,
)
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.faults import Severity
from acquit.core.judges import peppol, peppol_national
from acquit.core.judges.native import judge
from acquit.core.judges.peppol import SPECIFICATION
from tests.core.documents.samples import ATELIER, IBAN_FR, S20, invoice, line
from tests.core.judges.bending import Change, bent, broken, pack
from tests.core.judges.test_xrechnung import ALSO as GERMAN_ALSO
from tests.core.judges.test_xrechnung import MUTANTS as GERMAN
from tests.core.judges.test_xrechnung import UBL as GERMAN_UBL

SHOP = Party(
    name="Lumen Nederland B.V.",
    address=Address("BE", "Kaai 5", None, None, "Gent", "9000"),
    vat_id="BE0123456749",
    electronic_address=Identifier("0123456749", "0208"),
)

# A number of GS1 with its check digit.
SELLING = replace(ATELIER, identifiers=(Identifier("3012345678902", "0088"),))


def french() -> Invoice:
    made = invoice("FA-2026-88", [line(1, "Lampe", "4", "25.00", vat=S20)], seller=SELLING,
                   buyer=SHOP)  # fmt: skip
    return replace(
        made,
        specification=SPECIFICATION,
        business_process=peppol.PROCESS,
        payment=PaymentInstructions("30", transfers=(CreditTransfer(IBAN_FR),)),
    )


def credit() -> Invoice:
    before = (PrecedingInvoice("FA-2026-88", date(2026, 11, 3)),)
    return replace(french(), number="AV-2026-3", type_code="381", preceding_invoices=before)


UBL, CREDIT = ubl.write(document=french()), ubl.write(document=credit())
SELLER, BUYER = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
NAME = "PEPPOL-EN16931-"
PERIOD: tuple[Change, ...] = (
    ("InvoicePeriod/StartDate", "2026-10-01"),
    ("InvoicePeriod/EndDate", "2026-10-31"),
)
ALLOWANCE: tuple[Change, ...] = (
    ("AllowanceCharge/ChargeIndicator", "false"),
    ("AllowanceCharge/Amount", "10.00"),
    ("AllowanceCharge/Amount@currencyID", "EUR"),
)
PRICE = "InvoiceLine/Price"
OFF: tuple[Change, ...] = (
    (f"{PRICE}/AllowanceCharge/ChargeIndicator", "false"),
    (f"{PRICE}/AllowanceCharge/Amount", "5.00"),
    (f"{PRICE}/AllowanceCharge/Amount@currencyID", "EUR"),
    (f"{PRICE}/AllowanceCharge/BaseAmount", "30.00"),
    (f"{PRICE}/AllowanceCharge/BaseAmount@currencyID", "EUR"),
)
DOLLARS: tuple[Change, ...] = (
    ("TaxCurrencyCode", "USD"),
    ("TaxTotal+/TaxAmount", "22.00"),
    ("TaxTotal[2]/TaxAmount@currencyID", "USD"),
)
REASON = "TaxTotal/TaxSubtotal/TaxCategory/TaxExemptionReasonCode"
MUTANTS: dict[str, tuple[Change, ...]] = {
    "R001": (("ProfileID", None),),
    "R002": (("Note", "a"), ("Note+", "b")),
    "R003": (("BuyerReference", None),),
    "R004": (("CustomizationID", "urn:cen.eu:en16931:2017"),),
    "R005": (("TaxCurrencyCode", "EUR"), ("TaxTotal+/TaxAmount", "20.00"),
             ("TaxTotal[2]/TaxAmount@currencyID", "EUR")),
    "R007": (("ProfileID", "urn:other"),),
    "R010": ((f"{BUYER}/EndpointID", None),),
    "R020": ((f"{SELLER}/EndpointID", None),),
    "R040": (*ALLOWANCE, ("AllowanceCharge/BaseAmount", "50.00"),
             ("AllowanceCharge/BaseAmount@currencyID", "EUR"),
             ("AllowanceCharge/MultiplierFactorNumeric", "10")),
    "R041": (*ALLOWANCE, ("AllowanceCharge/MultiplierFactorNumeric", "10")),
    "R042": (*ALLOWANCE, ("AllowanceCharge/BaseAmount", "100.00"),
             ("AllowanceCharge/BaseAmount@currencyID", "EUR")),
    "R043": (*ALLOWANCE, ("AllowanceCharge/ChargeIndicator", "0")),
    "R044": (*OFF, (f"{PRICE}/AllowanceCharge/ChargeIndicator", "true")),
    "R046": (*OFF, (f"{PRICE}/AllowanceCharge/Amount", "6.00")),
    "R051": (("LegalMonetaryTotal/PayableAmount@currencyID", "USD"),),
    "R053": (("TaxTotal+/TaxSubtotal/TaxCategory/ID", "S"),),
    "R054": (("TaxTotal+/TaxAmount", "20.00"), ("TaxTotal[2]/TaxAmount@currencyID", "EUR")),
    "R055": (*DOLLARS, ("TaxTotal[2]/TaxAmount", "-22.00")),
    "R061": (("PaymentMeans/PaymentMeansCode", "59"),),
    "R100": (("InvoiceLine/DocumentReference/DocumentTypeCode", "130"),
             ("InvoiceLine/DocumentReference+/DocumentTypeCode", "130")),
    "R101": (("InvoiceLine/DocumentReference/ID", "x"),),
    "R110": (*PERIOD, ("InvoiceLine/InvoicePeriod/StartDate", "2026-09-30")),
    "R111": (*PERIOD, ("InvoiceLine/InvoicePeriod/EndDate", "2026-11-01")),
    "R120": (("InvoiceLine/LineExtensionAmount", "100.03"),),
    "R121": ((f"{PRICE}/BaseQuantity", "0"),),
    "R130": ((f"{PRICE}/BaseQuantity", "1"), (f"{PRICE}/BaseQuantity@unitCode", "KGM")),
    "CL001": (("AdditionalDocumentReference/Attachment/EmbeddedDocumentBinaryObject", "A"),
              ("AdditionalDocumentReference/Attachment/EmbeddedDocumentBinaryObject@mimeCode",
               "text/html")),
    "CL002": (*ALLOWANCE, ("AllowanceCharge/AllowanceChargeReasonCode", "1")),
    "CL003": (*ALLOWANCE, ("AllowanceCharge/ChargeIndicator", "true"),
              ("AllowanceCharge/AllowanceChargeReasonCode", "1")),
    "CL006": (("InvoicePeriod/DescriptionCode", "4"),),
    "CL007": (*DOLLARS, ("TaxTotal[2]/TaxAmount@currencyID", "XXY"), ("TaxCurrencyCode", "XXY")),
    "CL008": ((f"{BUYER}/EndpointID@schemeID", "EM"),),
    "F001": (("DueDate", "20261203"),),
    "P0100": (("InvoiceTypeCode", "389"),),
    "P0112": (("InvoiceTypeCode", "384"),),
    **{
        f"P{number}": ((REASON, code), ("TaxTotal/TaxSubtotal/TaxCategory/ID", "S"))
        for number, code in (
            ("0104", "VATEX-EU-G"), ("0105", "vatex-eu-o"), ("0106", "VATEX-EU-IC"),
            ("0107", "VATEX-EU-AE"), ("0108", "VATEX-EU-D"), ("0109", "VATEX-EU-F"),
            ("0110", "VATEX-EU-I"), ("0111", "VATEX-EU-J"),
        )
    },
}  # fmt: skip
SCHEMES = {
    "R040": ("0088", "4012345678902"), "R041": ("0192", "974760674"), "R042": ("0184", "DK1"),
    "R043": ("0208", "0123456748"), "R044": ("0201", "ABC"), "R045": ("0210", "12"),
    "R046": ("9907", "12"), "R047": ("0211", "IT12345678901"), "R049": ("0007", "5567891230"),
    "R050": ("0151", "51824753557"),
    "R052": ("0096", "12"), "R053": ("0198", "12345678"), "R054": ("0106", "1234567"),
    "R055": ("0190", "12"), "R056-1": ("9944", "NL123"), "R057": ("0217", "12"),
}  # fmt: skip


def _land(country: str, *more: Change, vat: str = "", buyer: str = "") -> tuple[Change, ...]:
    """Seller (and buyer) moved to another country, with a VAT number of it."""
    where = "PostalAddress/Country/IdentificationCode"
    found: list[Change] = [(f"{SELLER}/{where}", country)]
    if buyer:
        found.append((f"{BUYER}/{where}", buyer))
    found.append((f"{SELLER}/PartyTaxScheme/CompanyID", vat or f"{country}1"))
    return (*found, *more)


LEGAL = f"{SELLER}/PartyLegalEntity/CompanyID"
CVR: tuple[Change, ...] = ((LEGAL, "12345678"), (f"{LEGAL}@schemeID", "0184"))
ORG: tuple[Change, ...] = ((LEGAL, "5567891238"), (f"{LEGAL}@schemeID", "0007"))
RATE25: tuple[Change, ...] = (
    ("TaxTotal/TaxSubtotal/TaxCategory/Percent", "25"),
    ("InvoiceLine/Item/ClassifiedTaxCategory/Percent", "25"),
)
SE = _land("SE", *ORG, *RATE25, vat="SE556789123801")
GIRO = "PaymentMeans/PayeeFinancialAccount"


def _giro(name: str, account: str) -> tuple[Change, ...]:
    branch = f"{GIRO}/FinancialInstitutionBranch/ID"
    return (*SE, (branch, f"SE:{name}GIRO"), (f"{GIRO}/ID", account))


NO: tuple[Change, ...] = (
    (f"{SELLER}/PartyTaxScheme+/CompanyID", "Foretaksregisteret"),
    (f"{SELLER}/PartyTaxScheme[2]/TaxScheme/ID", "TAX"),
)
KVK: tuple[Change, ...] = ((LEGAL, "12345678"), (f"{LEGAL}@schemeID", "0106"))
NL = _land("NL", *KVK, vat="NL123456789B12")
NL_NL = _land("NL", *KVK, vat="NL123456789B12", buyer="NL")
BUYER_LEGAL = f"{BUYER}/PartyLegalEntity/CompanyID"
DK_DK = _land("DK", *CVR, buyer="DK")
DK58: tuple[Change, ...] = (*DK_DK, ("PaymentMeans/PaymentMeansCode", "58"))
CLASS = "InvoiceLine/Item/CommodityClassification/ItemClassificationCode"


def _slip(code: str, number: str, account: str) -> tuple[Change, ...]:
    paid = (("PaymentMeans/PaymentMeansCode", code), ("PaymentMeans/PaymentID", number))
    return (*DK_DK, *paid, (f"{GIRO}/ID", account))


GREEK, DOCUMENT = "EL094259216", "AdditionalDocumentReference"
NUMBER = "094259216|03/11/2026|0|1.1|A|1"
GR = _land(
    "GR", ("ID", NUMBER), (f"{SELLER}/EndpointID", GREEK[2:]),
    (f"{SELLER}/EndpointID@schemeID", "9933"), (f"{BUYER}/PartyName/Name", "Lumen"),
    (f"{DOCUMENT}/ID", "400001234567890"), (f"{DOCUMENT}/DocumentDescription", "##M.AR.K##"),
    (f"{DOCUMENT}[2]/ID", "1"), (f"{DOCUMENT}[2]/DocumentDescription", "##INVOICE|URL##"),
    (f"{DOCUMENT}[2]/Attachment/ExternalReference/URI", "https://mydata.example/1"), vat=GREEK,
)  # fmt: skip
GR_GR: tuple[Change, ...] = (
    *GR, (f"{BUYER}/PostalAddress/Country/IdentificationCode", "GR"),
    (f"{BUYER}/PartyTaxScheme/CompanyID", GREEK), (f"{BUYER}/EndpointID", GREEK[2:]),
    (f"{BUYER}/EndpointID@schemeID", "9933"),
)  # fmt: skip
KENNITALA: tuple[Change, ...] = ((LEGAL, "5402697509"), (f"{LEGAL}@schemeID", "0196"))
IS = _land("IS", *KENNITALA)
IS_IS: tuple[Change, ...] = (
    *_land("IS", *KENNITALA, buyer="IS"), (BUYER_LEGAL, "5402697509"),
    (f"{BUYER_LEGAL}@schemeID", "0196"),
)  # fmt: skip
EINDAGI: tuple[Change, ...] = (
    *IS, (f"{DOCUMENT}/ID", "2026-12-24"), (f"{DOCUMENT}/DocumentDescription", "EINDAGI"),
)  # fmt: skip
NATIONAL: dict[str, tuple[Change, ...]] = {
    "DK-R-003": (*DK58, (CLASS, "1"), (f"{CLASS}@listID", "TST")),
    "DK-R-004": (*DK58, *ALLOWANCE, ("AllowanceCharge/ChargeIndicator", "true"),
                 ("AllowanceCharge/AllowanceChargeReasonCode", "ZZZ"),
                 ("AllowanceCharge/AllowanceChargeReason", "12")),
    "DK-R-006": (*DK_DK, ("PaymentMeans/PaymentMeansCode", "42")),
    "DK-R-007": (*DK_DK, ("PaymentMeans/PaymentMeansCode", "49"),
                 ("PaymentMeans/PaymentMandate/ID", "M1")),
    "DK-R-008": _slip("50", "99#", "1234567"),
    "DK-R-009": _slip("50", "04#1", "1234567"),
    "DK-R-010": _slip("93", "71#123456789012345", "1234567"),
    "DK-R-011": _slip("93", "75#1", "12345678"),
    "GR-R-001-1": (*GR, ("ID", f"{NUMBER}|2")),
    "GR-R-001-2": (*GR, ("ID", NUMBER.replace("094259216", "094259217"))),
    "GR-R-001-3": (*GR, ("ID", NUMBER.replace("03/11", "04/11"))),
    "GR-R-001-4": (*GR, ("ID", NUMBER.replace("|0|", "|x|"))),
    "GR-R-001-5": (*GR, ("ID", NUMBER.replace("1.1", "9.9"))),
    "GR-R-001-6": (*GR, ("ID", NUMBER.replace("|A|", "||"))),
    "GR-R-001-7": (*GR, ("ID", NUMBER.removesuffix("1"))),
    "GR-R-002": (*GR, (f"{SELLER}/PartyName", None)),
    "GR-R-003": (*GR, (f"{SELLER}/PartyTaxScheme/CompanyID", f"GR{GREEK[2:]}")),
    "GR-R-004-1": (*GR, (f"{DOCUMENT}/DocumentDescription", "mark")),
    "GR-R-004-2": (*GR, (f"{DOCUMENT}/ID", "0")),
    "GR-R-005": (*GR, (f"{BUYER}/PartyName", None)),
    "GR-R-006": (*GR_GR, (f"{BUYER}/PartyTaxScheme/CompanyID", "EL094259217")),
    "GR-R-008-2": (*GR, (f"{DOCUMENT}[3]/ID", "2"),
                   (f"{DOCUMENT}[3]/DocumentDescription", "##INVOICE|URL##"),
                   (f"{DOCUMENT}[3]/Attachment/ExternalReference/URI", "https://b.example")),
    "GR-R-008-3": (*GR, (f"{DOCUMENT}[2]/Attachment", None)),
    "GR-R-009": (*GR, (f"{SELLER}/EndpointID", "094259217")),
    "GR-R-010": (*GR_GR, (f"{BUYER}/EndpointID", "094259217")),
    "GR-S-008-1": (*GR, (f"{DOCUMENT}[2]", None)),
    "GR-S-011": (*GR, (f"{SELLER}/PartyTaxScheme", None),
                 ("TaxRepresentativeParty/PartyTaxScheme/CompanyID", GREEK),
                 ("TaxRepresentativeParty/PartyTaxScheme/TaxScheme/ID", "VAT")),
    "IS-R-001": (*IS, ("InvoiceTypeCode", "393")),
    "IS-R-002": _land("IS"),
    "IS-R-003": (*IS, (f"{SELLER}/PostalAddress/PostalZone", None)),
    "IS-R-004": (*IS_IS, (f"{BUYER_LEGAL}@schemeID", "0199")),
    "IS-R-005": (*IS_IS, (f"{BUYER}/PostalAddress/StreetName", None)),
    "IS-R-006": (*IS, ("PaymentMeans/PaymentMeansCode", "9")),
    "IS-R-007": (*IS, ("PaymentMeans/PaymentMeansCode", "42")),
    "IS-R-008": (*EINDAGI, (f"{DOCUMENT}/ID", "2026-12-32")),
    "IS-R-009": (*EINDAGI, ("DueDate", None)),
    "IS-R-010": (*EINDAGI, (f"{DOCUMENT}/ID", "2026-11-24")),
    "NO-R-001": _land("NO", *NO, vat="NO123456786MVA"),
    "NO-R-002": _land("NO", vat="NO974760673MVA"),
    "DK-R-002": _land("DK", (LEGAL, None)),
    "DK-R-005": (*DK_DK, (f"{SELLER}/PartyIdentification", None)),
    "DK-R-013": (*DK_DK, ("PaymentMeans/PaymentMeansCode", "58"),
                 (f"{SELLER}/PartyIdentification/ID@schemeID", None)),
    "DK-R-014": _land("DK", *CVR, (f"{LEGAL}@schemeID", "0002"), (LEGAL, "732829320")),
    "DK-R-017": (*DK_DK, ("PaymentMeans/PaymentMeansCode", "58"), (BUYER_LEGAL, "12345678")),
    "IT-R-001": _land("IT", (f"{SELLER}/PartyTaxScheme+/CompanyID", "12"),
                      (f"{SELLER}/PartyTaxScheme[2]/TaxScheme/ID", "TAX")),
    "IT-R-002": _land("IT", (f"{SELLER}/PostalAddress/StreetName", None)),
    "IT-R-003": _land("IT", (f"{SELLER}/PostalAddress/CityName", None)),
    "IT-R-004": _land("IT", (f"{SELLER}/PostalAddress/PostalZone", None)),
    "SE-R-001": (*SE, (f"{SELLER}/PartyTaxScheme/CompanyID", "SE5567891238")),
    "SE-R-002": (*SE, (f"{SELLER}/PartyTaxScheme/CompanyID", "SE55678912380A")),
    "SE-R-003": (*SE, (LEGAL, "556789123X"), (f"{LEGAL}@schemeID", "0009")),
    "SE-R-004": (*SE, (LEGAL, "55678912380"), (f"{LEGAL}@schemeID", "0009")),
    "SE-R-005": (*SE, (f"{SELLER}/PartyTaxScheme+/CompanyID", "F-skatt"),
                 (f"{SELLER}/PartyTaxScheme[2]/TaxScheme/ID", "TAX")),
    "SE-R-006": (*SE, ("TaxTotal/TaxSubtotal/TaxCategory/Percent", "20")),
    "SE-R-007": _giro("PLUS", "12A4567"),
    "SE-R-008": _giro("BANK", "12A4567"),
    "SE-R-009": _giro("BANK", "123456"),
    "SE-R-010": _giro("PLUS", "1"),
    "SE-R-011": (*SE, ("PaymentMeans/PaymentMeansCode", "56")),
    "SE-R-012": (*SE, (f"{BUYER}/PostalAddress/Country/IdentificationCode", "SE"),
                 ("PaymentMeans/PaymentMeansCode", "31")),
    "SE-R-013": (*SE, (LEGAL, "5567891230"), (f"{LEGAL}@schemeID", "0009")),
    "NL-R-002": (*NL, (f"{SELLER}/PostalAddress/CityName", None)),
    "NL-R-003": (*NL, (f"{LEGAL}@schemeID", "0002"), (LEGAL, "732829320")),
    "NL-R-004": (*NL_NL, (f"{BUYER}/PostalAddress/PostalZone", None)),
    "NL-R-005": (*NL_NL, (BUYER_LEGAL, "12345678")),
    "NL-R-006": (*NL, ("TaxRepresentativeParty/PostalAddress/CityName", "Ede"),
                 ("TaxRepresentativeParty/PostalAddress/Country/IdentificationCode", "NL")),
    "NL-R-007": (*NL, ("PaymentMeans", None)),
    "NL-R-008": (*NL_NL, ("PaymentMeans/PaymentMeansCode", "97")),
    "NL-R-009": (*NL, ("InvoiceLine/OrderLineReference/LineID", "1")),
    "PEPPOL-COMMON-R056-2": ((f"{SELLER}/PartyTaxScheme/CompanyID", "NL123"),),
}  # fmt: skip
ALSO = {
    "PEPPOL-EN16931-R001": {"PEPPOL-EN16931-R007"},
    # Schemes that the network lists no more for addresses.
    "PEPPOL-COMMON-R046": {"PEPPOL-EN16931-CL008"},
    "PEPPOL-COMMON-R057": {"PEPPOL-EN16931-CL008"},
    "GR-R-003": {"GR-S-011"},
    "GR-R-008-2": {"GR-S-008-1"},
    "IS-R-009": {"IS-R-010"},
    "SE-R-003": {"SE-R-013"},
    "SE-R-004": {"SE-R-013"},
}
CASES: dict[str, tuple[Change, ...]] = {
    **{f"{NAME}{number}": changes for number, changes in MUTANTS.items()},
    **{
        f"PEPPOL-COMMON-{number}": (
            (f"{SELLER}/EndpointID", value),
            (f"{SELLER}/EndpointID@schemeID", scheme),
        )
        for number, (scheme, value) in SCHEMES.items()
    },
    **NATIONAL,
}


@pytest.mark.parametrize("data", [UBL, CREDIT], ids=["invoice", "credit note"])
def test_what_we_write_obeys(data: bytes) -> None:
    verdict = judge(data, profile="peppol-bis-3")
    assert [f for f in verdict.faults if f.severity is Severity.FATAL] == []
    assert broken("peppol-bis-3", data) == {}


@pytest.mark.parametrize("number", CASES)
def test_each_rule_is_broken_alone(number: str) -> None:
    found = set(broken("peppol-bis-3", bent(UBL, *CASES[number])))
    assert found == {number} | ALSO.get(number, set())


CREDIT_CASES: dict[str, tuple[Change, ...]] = {
    "PEPPOL-EN16931-P0101": (("CreditNoteTypeCode", "261"),),
    "PEPPOL-EN16931-R080": (
        ("AdditionalDocumentReference/DocumentTypeCode", "50"),
        ("AdditionalDocumentReference+/DocumentTypeCode", "50"),
    ),
    "NL-R-001": (*NL, ("BillingReference", None)),
    "DK-R-016": (*DK_DK, ("LegalMonetaryTotal/PayableAmount", "-1.00")),
}


@pytest.mark.parametrize("number", CREDIT_CASES)
def test_each_rule_of_credit_notes_is_broken_alone(number: str) -> None:
    assert set(broken("peppol-bis-3", bent(CREDIT, *CREDIT_CASES[number]))) == {number}


@pytest.mark.parametrize("number", [n for n in GERMAN if n in peppol_national.GERMAN])
def test_german_rules_speak_between_germans_only(number: str) -> None:
    names = peppol_national.GERMAN
    expected = {f"DE-R-{names[n]}" for n in {number} | GERMAN_ALSO.get(number, set()) if n in names}
    both = bent(GERMAN_UBL, *GERMAN[number], ("CustomizationID", SPECIFICATION))
    found = {n for n in broken("peppol-bis-3", both) if n.startswith("DE-R")}
    assert found == expected
    one = bent(both, (f"{BUYER}/PostalAddress/Country/IdentificationCode", "AT"))
    assert not [n for n in broken("peppol-bis-3", one) if n.startswith("DE-R")]


def test_every_rule_has_its_case() -> None:
    german = {f"DE-R-{number}" for number in peppol_national.GERMAN.values()}
    rules = {rule.id for rule in pack("peppol-bis-3", "ubl").rules}
    assert set(CASES) | set(CREDIT_CASES) | german == rules


def test_an_empty_element_is_a_fault_with_its_place() -> None:
    (fault,) = [
        fault
        for fault in judge(bent(UBL, ("Note", "")), profile="peppol-bis-3").faults
        if fault.rule == "PEPPOL-EN16931-R008"
    ]
    assert (fault.path, fault.severity) == ("/Invoice/Note", Severity.FATAL)
