"""A French invoice of two sellers, or of two that bill each other, made of an invoice of ours."""

from __future__ import annotations

from tests.core.judges.bending import Change, bent

NUMBER, OTHER = "FA-2026-88", "C-2026-7"
SELLER, ANOTHER, BUYER = "732829320", "404833048", "552100554"
# Each line: its subtype, the line above it, and whether it is the seller's own.
LINES = (
    ("GROUP", "", True),
    ("DETAIL", "1", True),
    ("DETAIL", "1", True),
    ("GROUP", "", False),
    ("DETAIL", "4", False),
)
NETS = ("110.00", "100.00", "10.00", "10.00", "10.00")
TAXES = {True: "22.00", False: "0.55"}


def of_several(data: bytes, syntax: str, frame: str) -> bytes:
    """The invoice of five lines, of rates 20, 20, 20, 5.5, 5.5, in such a frame of BT-23."""
    made = _ubl(frame) if syntax == "ubl" else _cii(frame)
    return bent(data, *made)


def _numbers(own: bool, frame: str) -> tuple[str, str]:
    """Of the sub-invoice and of its seller."""
    if own:
        return NUMBER, SELLER
    return OTHER, BUYER if frame.endswith("9") else ANOTHER


def _ubl(frame: str) -> list[Change]:
    changes: list[Change] = [("ProfileID", frame)]
    if frame.endswith("9"):
        changes.append(("InvoiceTypeCode", "389"))
    for index, (kind, above, own) in enumerate(LINES, start=1):
        number, seller = _numbers(own, frame)
        line = f"InvoiceLine[{index}]"
        party = f"{line}/Item/ManufacturerParty"
        changes += [
            (f"{line}/BillingReference/InvoiceDocumentReference/ID", NUMBER),
            (f"{line}/BillingReference/InvoiceDocumentReference/DocumentStatusCode", kind),
            (f"{line}/DocumentReference/ID", number),
            (f"{line}/DocumentReference/ID@schemeID", "AFL"),
            (f"{line}/DocumentReference/DocumentTypeCode", "130"),
            (f"{line}/Item/ClassifiedTaxCategory/TaxExemptionReason", f"#{number}#"),
            (f"{party}/PartyLegalEntity/CompanyID", seller),
            (f"{line}/LineExtensionAmount", NETS[index - 1]),
        ]
        if above:
            changes.append((f"{line}/BillingReference/BillingReferenceLine/ID", above))
            continue
        changes += [
            (f"{line}/DocumentReference[2]/ID", "B1"),
            (f"{line}/DocumentReference[2]/ID@schemeID", "AVV"),
            (f"{line}/DocumentReference[2]/DocumentTypeCode", "130"),
            (f"{party}/PartyLegalEntity/RegistrationName", "Atelier"),
            (f"{party}/PostalAddress/Country/IdentificationCode", "FR"),
            (f"{line}/TaxTotal/TaxAmount", TAXES[own]),
            (f"{line}/TaxTotal/TaxAmount@currencyID", "EUR"),
            (f"{line}/TaxInclusiveLineExtensionAmount", {True: "132.00", False: "10.55"}[own]),
        ]
    for index, own in ((1, True), (2, False)):
        group = f"TaxTotal/TaxSubtotal[{index}]"
        changes += [
            (f"{group}/TaxAmount", TAXES[own]),
            (f"{group}/TaxCategory/TaxExemptionReason", f"#{_numbers(own, frame)[0]}# TVA"),
        ]
    return changes


def _cii(frame: str) -> list[Change]:
    context = "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter"
    changes: list[Change] = [(f"{context}/ID", frame)]
    if frame.endswith("9"):
        changes.append(("ExchangedDocument/TypeCode", "389"))
    for index, (kind, above, own) in enumerate(LINES, start=1):
        number, seller = _numbers(own, frame)
        line = f"SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem[{index}]"
        party = f"{line}/SpecifiedLineTradeAgreement/ItemSellerTradeParty"
        settlement = f"{line}/SpecifiedLineTradeSettlement"
        sums = f"{settlement}/SpecifiedTradeSettlementLineMonetarySummation"
        changes += [
            (f"{line}/AssociatedDocumentLineDocument/LineStatusReasonCode", kind),
            *_referred(f"{settlement}/AdditionalReferencedDocument", number, "AFL"),
            (f"{settlement}/ApplicableTradeTax/ExemptionReason", f"#{number}#"),
            (f"{party}/SpecifiedLegalOrganization/ID", seller),
            (f"{sums}/LineTotalAmount", NETS[index - 1]),
        ]
        if above:
            changes.append((f"{line}/AssociatedDocumentLineDocument/ParentLineID", above))
            continue
        changes += [
            *_referred(f"{settlement}/AdditionalReferencedDocument[2]", "B1", "AVV"),
            (f"{party}/Name", "Atelier"),
            (f"{party}/PostalTradeAddress/CountryID", "FR"),
            (f"{sums}/TaxTotalAmount", TAXES[own]),
            (f"{sums}/TaxTotalAmount@currencyID", "EUR"),
            (f"{sums}/GrandTotalAmount", {True: "132.00", False: "10.55"}[own]),
        ]
    for index, own in ((1, True), (2, False)):
        above = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
        group = f"{above}/ApplicableTradeTax[{index}]"
        changes += [
            (f"{group}/CalculatedAmount", TAXES[own]),
            (f"{group}/ExemptionReason", f"#{_numbers(own, frame)[0]}# TVA"),
        ]
    return changes


def _referred(group: str, number: str, scheme: str) -> list[Change]:
    return [
        (f"{group}/IssuerAssignedID", number),
        (f"{group}/TypeCode", "130"),
        (f"{group}/ReferenceTypeCode", scheme),
    ]
