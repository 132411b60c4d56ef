"""The invoice of ``extended`` in UBL: its lines refer to the invoice to say where they stand."""

from __future__ import annotations

from tests.core.judges.extended import CTC_FR

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
# Number, net amount, category with rate and reason, line above, subtype.
_LINES = (
    ("1", "100.00", "S 20", "", ""),
    ("2", "150.00", "", "", "GROUP"),
    ("21", "100.00", "S 20", "2", "DETAIL"),
    ("22", "50.00", "", "2", "GROUP"),
    ("221", "20.00", "S 5.5", "22", "DETAIL"),
    ("222", "30.00", "E 0 VATEX-EU-132", "22", "DETAIL"),
    ("223", "0.00", "S 20", "22", "INFORMATION"),
    ("3", "40.00", "E 0 VATEX-EU-143", "", ""),
    ("4", "60.00", "Z 0", "", ""),
)
_TAXES = (
    ("S 20", "203.00", "40.60"),
    ("S 5.5", "20.00", "1.10"),
    ("E 0 VATEX-EU-132", "30.00", "0.00"),
    ("E 0 VATEX-EU-143", "40.00", "0.00"),
    ("Z 0", "60.00", "0.00"),
)


def _amount(name: str, value: str) -> str:
    return f'<cbc:{name} currencyID="EUR">{value}</cbc:{name}>'


def _tag(name: str, text: str) -> str:
    return f"<cbc:{name}>{text}</cbc:{name}>"


def _tax(name: str, vat: str) -> str:
    category, rate, reason = [*vat.split(), ""][:3]
    said = _tag("TaxExemptionReasonCode", reason) if reason else ""
    scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
    inside = f"{_tag('ID', category)}{_tag('Percent', rate)}{said}{scheme}"
    return f"<cac:{name}>{inside}</cac:{name}>"


def _line(number: str, net: str, vat: str, above: str, subtype: str) -> str:
    own = ""
    if subtype:
        line = f"<cac:BillingReferenceLine>{_tag('ID', above)}</cac:BillingReferenceLine>"
        own = (
            f"<cac:BillingReference><cac:InvoiceDocumentReference>{_tag('ID', 'FX-77')}"
            f"{_tag('DocumentStatusCode', subtype)}</cac:InvoiceDocumentReference>"
            f"{line if above else ''}</cac:BillingReference>"
        )
    tax = _tax("ClassifiedTaxCategory", vat) if vat else ""
    colour = (
        "<cac:AdditionalItemProperty><cbc:Name>Colour</cbc:Name><cbc:NameCode>CM</cbc:NameCode>"
        "<cbc:Value>blue</cbc:Value></cac:AdditionalItemProperty>"
    )
    return (
        f'<cac:InvoiceLine>{_tag("ID", number)}<cbc:InvoicedQuantity unitCode="C62">1'
        f"</cbc:InvoicedQuantity>{_amount('LineExtensionAmount', net)}{own}"
        f"<cac:Item>{_tag('Name', f'Part {number}')}{tax}{colour if number == '1' else ''}"
        f"</cac:Item><cac:Price>{_amount('PriceAmount', net)}</cac:Price></cac:InvoiceLine>"
    )


def _party(name: str, label: str, number: str, vat: str) -> str:
    return (
        f'<cac:{name}><cac:Party><cbc:EndpointID schemeID="0225">{number}</cbc:EndpointID>'
        "<cac:PostalAddress><cbc:StreetName>14 rue des Tanneurs</cbc:StreetName>"
        "<cbc:CityName>Lyon</cbc:CityName><cbc:PostalZone>69002</cbc:PostalZone><cac:Country>"
        f"{_tag('IdentificationCode', 'FR')}</cac:Country></cac:PostalAddress>"
        f"<cac:PartyTaxScheme>{_tag('CompanyID', vat)}<cac:TaxScheme>{_tag('ID', 'VAT')}"
        "</cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity>"
        f'{_tag("RegistrationName", label)}<cbc:CompanyID schemeID="0002">{number}'
        f"</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:{name}>"
    )


def _charge(word: str, amount: str, reason: str) -> str:
    return (
        f"<cac:AllowanceCharge>{_tag('ChargeIndicator', word)}"
        f"{_tag('AllowanceChargeReason', reason)}{_amount('Amount', amount)}"
        f"{_tax('TaxCategory', 'S 20')}</cac:AllowanceCharge>"
    )


def _totals() -> str:
    parts = "".join(
        f"<cac:TaxSubtotal>{_amount('TaxableAmount', base)}{_amount('TaxAmount', tax)}"
        f"{_tax('TaxCategory', vat)}</cac:TaxSubtotal>"
        for vat, base, tax in _TAXES
    )
    sums = (
        ("LineExtensionAmount", "350.00"),
        ("TaxExclusiveAmount", "353.00"),
        ("TaxInclusiveAmount", "394.70"),
        ("AllowanceTotalAmount", "7.00"),
        ("ChargeTotalAmount", "10.00"),
        ("PrepaidAmount", "100.00"),
        ("PayableAmount", "294.70"),
    )
    return (
        f"<cac:TaxTotal>{_amount('TaxAmount', '41.70')}{parts}</cac:TaxTotal>"
        f"<cac:LegalMonetaryTotal>{''.join(_amount(*row) for row in sums)}"
        "</cac:LegalMonetaryTotal>"
    )


def invoice() -> bytes:
    notes = ("#AAI#Thank you", "#PMT#40 EUR", "#PMD#Three times the legal rate", "#AAB#None")
    text = (
        f'<Invoice xmlns="{_UBL}:Invoice-2" xmlns:cbc="{_UBL}:CommonBasicComponents-2"'
        f' xmlns:cac="{_UBL}:CommonAggregateComponents-2">'
        f"{_tag('CustomizationID', CTC_FR)}{_tag('ProfileID', 'M1')}{_tag('ID', 'FX-77')}"
        f"{_tag('IssueDate', '2026-11-20')}{_tag('DueDate', '2026-12-20')}"
        f"{_tag('InvoiceTypeCode', '380')}{''.join(_tag('Note', note) for note in notes)}"
        f"{_tag('DocumentCurrencyCode', 'EUR')}"
        + _party("AccountingSupplierParty", "Atelier Lumière SARL", "732829320", "FR44732829320")
        + _party("AccountingCustomerParty", "Maison Corbeau SAS", "552100554", "FR83552100554")
        + f"<cac:Delivery>{_tag('ActualDeliveryDate', '2026-11-15')}</cac:Delivery>"
        + f"<cac:PaymentMeans>{_tag('PaymentMeansCode', '58')}<cac:PayeeFinancialAccount>"
        + f"{_tag('ID', 'FR7630006000011234567890189')}</cac:PayeeFinancialAccount>"
        + "</cac:PaymentMeans>"
        + _charge("false", "7.00", "Loyalty")
        + _charge("true", "10.00", "Packing")
        + _totals()
        + "".join(_line(*row) for row in _LINES)
        + "</Invoice>"
    )
    return text.encode()
