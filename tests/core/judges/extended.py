"""An invoice with all that the extensions of EN 16931 in CII know beyond it.

Lines under lines (GROUP, DETAIL, INFORMATION), several groups of one VAT category, services of
logistics, money collected for somebody else, characteristics by code, notes by code.
"""

from __future__ import annotations

from dataclasses import dataclass

FACTURX = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
CTC_FR = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
_DATA = "urn:un:unece:uncefact:data:standard"


@dataclass(frozen=True)
class _Line:
    number: str
    net: str = ""
    vat: str = ""  # category, rate, code of the reason for exemption
    above: str = ""
    subtype: str = ""
    more: str = ""  # of the product


def _tag(name: str, text: str) -> str:
    return f"<ram:{name}>{text}</ram:{name}>" if text else ""


def _tax(name: str, vat: str, more: str = "") -> str:
    category, rate, reason = [*vat.split(), "", ""][:3]
    said = _tag("ExemptionReasonCode", reason)
    inside = f"<ram:TypeCode>VAT</ram:TypeCode>{_tag('CategoryCode', category)}{said}"
    if more:
        tax, base = more.split()
        inside = (
            f"<ram:CalculatedAmount>{tax}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
            f"<ram:BasisAmount>{base}</ram:BasisAmount>"
            f"{_tag('CategoryCode', category)}{said}"
        )
    return f"<ram:{name}>{inside}{_tag('RateApplicablePercent', rate)}</ram:{name}>"


def _line(line: _Line) -> str:
    own = _tag("LineID", line.number) + _tag("ParentLineID", line.above)
    own += _tag("LineStatusReasonCode", line.subtype)
    if line.number == "1":
        own += (
            "<ram:IncludedNote><ram:Content>Aluminium</ram:Content>"
            "<ram:SubjectCode>AAI</ram:SubjectCode></ram:IncludedNote>"
        )
    price = _tag("ChargeAmount", line.net)
    asked = line.subtype in ("", "DETAIL")
    traded = (
        "<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>"
        f"{price}</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        '<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">1'
        "</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>"
    )
    total = (
        "<ram:SpecifiedTradeSettlementLineMonetarySummation>"
        f"{_tag('LineTotalAmount', line.net)}</ram:SpecifiedTradeSettlementLineMonetarySummation>"
    )
    tax = _tax("ApplicableTradeTax", line.vat) if line.vat else ""
    return (
        "<ram:IncludedSupplyChainTradeLineItem>"
        f"<ram:AssociatedDocumentLineDocument>{own}</ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct><ram:Name>Part {line.number}</ram:Name>{line.more}"
        f"</ram:SpecifiedTradeProduct>{traded if asked else ''}"
        f"<ram:SpecifiedLineTradeSettlement>{tax}{total if line.net else ''}"
        "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"
    )


_COLOUR = (
    "<ram:ApplicableProductCharacteristic><ram:TypeCode>CM</ram:TypeCode>"
    "<ram:Description>Colour</ram:Description><ram:Value>blue</ram:Value>"
    "</ram:ApplicableProductCharacteristic>"
)
_WEIGHT = (
    "<ram:ApplicableProductCharacteristic><ram:Description>Weight</ram:Description>"
    '<ram:ValueMeasure unitCode="KGM">2.5</ram:ValueMeasure>'
    "</ram:ApplicableProductCharacteristic>"
)
_LINES = (
    _Line("1", "100.00", "S 20", more=_COLOUR),
    _Line("2", "150.00", "", subtype="GROUP"),
    _Line("21", "100.00", "S 20", above="2", subtype="DETAIL", more=_WEIGHT),
    _Line("22", "50.00", "", above="2", subtype="GROUP"),
    _Line("221", "20.00", "S 5.5", above="22", subtype="DETAIL"),
    _Line("222", "30.00", "E 0 VATEX-EU-132", above="22", subtype="DETAIL"),
    _Line("223", "", "S 20", above="22", subtype="INFORMATION"),
    _Line("3", "40.00", "E 0 VATEX-EU-143"),
    _Line("4", "60.00", "Z 0"),
)


def _charge(word: str, amount: str, vat: str, reason: str) -> str:
    return (
        "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>"
        f"<udt:Indicator>{word}</udt:Indicator></ram:ChargeIndicator>"
        f"{_tag('ActualAmount', amount)}{_tag('Reason', reason)}"
        f"{_tax('CategoryTradeTax', vat)}</ram:SpecifiedTradeAllowanceCharge>"
    )


def _party(name: str, label: str, number: str, vat: str) -> str:
    return (
        f"<ram:{name}><ram:Name>{label}</ram:Name><ram:SpecifiedLegalOrganization>"
        f'<ram:ID schemeID="0002">{number}</ram:ID></ram:SpecifiedLegalOrganization>'
        "<ram:PostalTradeAddress><ram:PostcodeCode>69002</ram:PostcodeCode>"
        "<ram:LineOne>14 rue des Tanneurs</ram:LineOne><ram:CityName>Lyon</ram:CityName>"
        "<ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>"
        f'<ram:URIUniversalCommunication><ram:URIID schemeID="0225">{number}</ram:URIID>'
        "</ram:URIUniversalCommunication><ram:SpecifiedTaxRegistration>"
        f'<ram:ID schemeID="VA">{vat}</ram:ID></ram:SpecifiedTaxRegistration></ram:{name}>'
    )


def _date(name: str, day: str, form: str = "102") -> str:
    return (
        f'<ram:{name}><udt:DateTimeString format="{form}">{day}</udt:DateTimeString></ram:{name}>'
    )


_SERVICE = (
    "<ram:SpecifiedLogisticsServiceCharge><ram:Description>Freight</ram:Description>"
    f"<ram:AppliedAmount>10.00</ram:AppliedAmount>{_tax('AppliedTradeTax', 'S 20')}"
    "</ram:SpecifiedLogisticsServiceCharge>"
)
_COLLECTED = (
    "<ram:SpecifiedFinancialAdjustment><ram:Reason>Deposit collected for the recycler</ram:Reason>"
    "<ram:ActualAmount>5.00</ram:ActualAmount>"
    "</ram:SpecifiedFinancialAdjustment>"
)
_NOTES = (
    ("AAI", "Thank you"),
    ("PMT", "40 EUR"),
    ("PMD", "Three times the legal rate"),
    ("AAB", "No discount"),
)


def _settlement(collected: bool) -> str:
    taxes = (
        ("S 20", "42.60 213.00"),
        ("S 5.5", "1.10 20.00"),
        ("E 0 VATEX-EU-132", "0.00 30.00"),
        ("E 0 VATEX-EU-143", "0.00 40.00"),
        ("Z 0", "0.00 60.00"),
    )
    return (
        "<ram:ApplicableHeaderTradeSettlement><ram:PaymentReference>FX-77</ram:PaymentReference>"
        "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>"
        "<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>FR7630006000011234567890189"
        "</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans>"
        + "".join(_tax("ApplicableTradeTax", vat, amounts) for vat, amounts in taxes)
        + _charge("false", "7.00", "S 20", "Loyalty")
        + _charge("true", "10.00", "S 20", "Packing")
        + _SERVICE
        + "<ram:SpecifiedTradePaymentTerms>"
        + _date("DueDateDateTime", "20261220")
        + "</ram:SpecifiedTradePaymentTerms>"
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        "<ram:LineTotalAmount>350.00</ram:LineTotalAmount>"
        "<ram:ChargeTotalAmount>20.00</ram:ChargeTotalAmount>"
        "<ram:AllowanceTotalAmount>7.00</ram:AllowanceTotalAmount>"
        "<ram:TaxBasisTotalAmount>363.00</ram:TaxBasisTotalAmount>"
        '<ram:TaxTotalAmount currencyID="EUR">43.70</ram:TaxTotalAmount>'
        "<ram:GrandTotalAmount>406.70</ram:GrandTotalAmount>"
        "<ram:TotalPrepaidAmount>100.00</ram:TotalPrepaidAmount>"
        f"<ram:DuePayableAmount>{'311.70' if collected else '306.70'}</ram:DuePayableAmount>"
        "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        + (_COLLECTED if collected else "")
        + "</ram:ApplicableHeaderTradeSettlement>"
    )


def invoice(guideline: str = FACTURX) -> bytes:
    """The invoice under a specification (BT-24); nothing is collected for others in France."""
    notes = "".join(
        f"<ram:IncludedNote><ram:Content>{text}</ram:Content>"
        f"<ram:SubjectCode>{code}</ram:SubjectCode></ram:IncludedNote>"
        for code, text in _NOTES
    )
    text = (
        f'<rsm:CrossIndustryInvoice xmlns:rsm="{_DATA}:CrossIndustryInvoice:100"'
        f' xmlns:ram="{_DATA}:ReusableAggregateBusinessInformationEntity:100"'
        f' xmlns:udt="{_DATA}:UnqualifiedDataType:100"'
        f' xmlns:qdt="{_DATA}:QualifiedDataType:100">'
        "<rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter>"
        "<ram:ID>M1</ram:ID></ram:BusinessProcessSpecifiedDocumentContextParameter>"
        f"<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{guideline}</ram:ID>"
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>"
        "<rsm:ExchangedDocument><ram:ID>FX-77</ram:ID><ram:TypeCode>380</ram:TypeCode>"
        f"{_date('IssueDateTime', '20261120')}{notes}</rsm:ExchangedDocument>"
        f"<rsm:SupplyChainTradeTransaction>{''.join(map(_line, _LINES))}"
        "<ram:ApplicableHeaderTradeAgreement>"
        + _party("SellerTradeParty", "Atelier Lumière SARL", "732829320", "FR44732829320")
        + _party("BuyerTradeParty", "Maison Corbeau SAS", "552100554", "FR83552100554")
        + "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery>"
        "<ram:ActualDeliverySupplyChainEvent>"
        + _date("OccurrenceDateTime", "20261115")
        + "</ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>"
        + _settlement(guideline == FACTURX)
        + "</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
    )
    return text.encode()
