"""ZUGFeRD 1.0 (2014): the older names of what CII D16B says.

The tree is read as it stands, under the newer names, so that a fault shows the place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from acquit.core.codecs.xml import Node
from acquit.core.documents.invoice import Note
from acquit.core.faults import Fault, Severity

NAMESPACE = "urn:ferd:CrossIndustryDocument:invoice:1p0"
# The name in D16B of an element, or of one below a parent where it depends on that.
ALIASES: Mapping[str, str] = {
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicableSupplyChainTradeSettlement/SpecifiedTradeSettlementMonetarySummation": (
        "SpecifiedTradeSettlementHeaderMonetarySummation"
    ),
    "SpecifiedSupplyChainTradeSettlement/SpecifiedTradeSettlementMonetarySummation": (
        "SpecifiedTradeSettlementLineMonetarySummation"
    ),
    "ApplicablePercent": "RateApplicablePercent",
    "DeliveryNoteReferencedDocument": "DespatchAdviceReferencedDocument",
    "BuyerOrderReferencedDocument/ID": "IssuerAssignedID",
    "ContractReferencedDocument/ID": "IssuerAssignedID",
    "DeliveryNoteReferencedDocument/ID": "IssuerAssignedID",
    "AdditionalReferencedDocument/ID": "IssuerAssignedID",
}


def split_lines(nodes: list[Node]) -> tuple[list[Node], tuple[Note, ...]]:
    """The lines with an amount, and as notes what the others say: BASIC needs no amounts, and all
    levels allow lines of text alone."""
    lines: list[Node] = []
    notes: list[Note] = []
    for node in nodes:
        settled = node.at(
            "SpecifiedLineTradeSettlement",
            "SpecifiedTradeSettlementLineMonetarySummation",
        )
        if settled:
            lines.append(node)
            continue
        head = node.at("AssociatedDocumentLineDocument")
        words = [note.text("Content") for note in head.all("IncludedNote")]
        product = node.at("SpecifiedTradeProduct")
        words += [product.text("Name"), product.text("Description")]
        quantity = node.decimal("SpecifiedLineTradeDelivery", "BilledQuantity")
        words.append(None if quantity is None else format(quantity, "f"))
        text = " ".join(word for word in words if word)
        if text:
            notes.append(Note(text))
    if notes:
        message = f"{len(notes)} lines without an amount are read as notes"
        nodes[0].source.faults.append(Fault("cii.line_of_text", message, severity=Severity.WARNING))
    return lines, tuple(notes)
