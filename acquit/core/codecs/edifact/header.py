"""The head of an INVOIC: numbers, days, notes, references, currencies, terms, means of payment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact.parts import (
    DELIVERED,
    DUE,
    ISSUED,
    OTHER,
    REFERENCE_DAY,
    TAX_POINT,
    Draft,
    other_reference,
    read_date,
    read_days,
)
from acquit.core.documents.invoice import (
    Invoice,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Identifier

# UNCL 4451: general information, regulatory information, tax declaration; UNCL 4453: the text is
# for later use, which marks the legal form of the seller (BT-33) among regulatory texts.
GENERAL, REGULATORY, TAX_TEXT = "AAI", "REG", "TXD"
LEGAL_FORM = "1"
# UNCL 1153 of the references with a code of their own, in the order they are written.
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "purchase_order": ("ON",),
    "sales_order": ("VN",),
    "contract": ("CT",),
    "despatch_advice": ("AAK", "DQ"),
    "receiving_advice": ("ALO",),
    "project": ("AEP",),
    "buyer_accounting": ("ADE",),
}
_BUYER_REFERENCE, _PAYMENT_REFERENCE, _INVOICE = "CR", "PQ", "IV"
_TENDER, _OBJECT, _EXEMPTION = "BT-17", "BT-18", "BT-121"
_TERMS = "ZZZ"  # UNCL 4277: terms mutually defined, said in words


def write_head(draft: Draft, invoice: Invoice) -> None:
    draft.add("BGM", invoice.type_code, invoice.number, "9")
    draft.day(ISSUED, invoice.issue_date)
    draft.day(DELIVERED, invoice.delivery.delivered_on if invoice.delivery else None)
    draft.day(TAX_POINT, invoice.tax_point_date)
    draft.period(invoice.period)
    if invoice.payment:
        draft.add("PAI", ("", "", invoice.payment.means_code))
    if invoice.seller.legal_information:
        draft.text(REGULATORY, invoice.seller.legal_information, function=LEGAL_FORM)
    for note in invoice.notes:
        draft.text(note.subject_code or GENERAL, note.text)
    for part in invoice.breakdown:
        if part.exemption_reason:
            draft.text(TAX_TEXT, part.exemption_reason, code=part.vat.category.value)


def write_references(draft: Draft, invoice: Invoice) -> None:
    refs = invoice.references
    for name, codes in _REFERENCES.items():
        draft.reference(codes[0], getattr(refs, name))
    draft.reference(_BUYER_REFERENCE, invoice.buyer_reference)
    draft.reference(_PAYMENT_REFERENCE, invoice.payment.remittance if invoice.payment else None)
    draft.reference(OTHER, refs.tender_or_lot, term=_TENDER)
    if refs.invoiced_object:
        term = f"{_OBJECT} {refs.invoiced_object.scheme or ''}".strip()
        draft.reference(OTHER, refs.invoiced_object.value, term=term)
    for part in invoice.breakdown:
        term = f"{_EXEMPTION} {part.vat.category.value}"
        draft.reference(OTHER, part.exemption_code, term=term)
    for preceding in invoice.preceding_invoices:
        draft.reference(_INVOICE, preceding.number)
        draft.day(REFERENCE_DAY, preceding.issue_date)


def write_money_terms(draft: Draft, invoice: Invoice) -> None:
    """CUX and PAT: currencies, due date and the words of the terms."""
    other = invoice.vat_accounting_currency
    draft.add("CUX", ("2", invoice.currency, "4"), ("3", other) if other else "")
    terms = draft.cut(invoice.payment_terms or "", 35, 20, "payment terms", per=2)
    for start, words in enumerate(terms or ([[]] if invoice.due_date else [])):
        draft.add("PAT", "1", (_TERMS, "", "", *words) if words else "")
        if start == 0:
            draft.day(DUE, invoice.due_date)


def read_notes(root: Node) -> tuple[tuple[Note, ...], str | None, dict[str, str]]:
    """The notes, the legal form of the seller, and the reasons of exemption by VAT category."""
    notes: list[Note] = []
    legal: str | None = None
    reasons: dict[str, str] = {}
    for node in root.all("FTX"):
        subject, function, code = node.get(1) or "", node.segment.get(2), node.segment.get(3)
        text = " ".join(node.texts(4))
        if not text:
            continue
        if subject == TAX_TEXT and code:
            node.skip(3)
            reasons[code] = f"{reasons[code]} {text}" if code in reasons else text
        elif subject == REGULATORY and function == LEGAL_FORM:
            node.skip(2)
            legal = f"{legal} {text}" if legal else text
        else:
            notes.append(Note(text, None if subject in (GENERAL, "") else subject))
    return tuple(notes), legal, reasons


def read_references(root: Node) -> References:
    found: dict[str, str | None] = {}
    for name, codes in _REFERENCES.items():
        for code in codes:
            node = root.first("RFF", code)
            if node is not None and name not in found:
                found[name] = node.get(1, 2)
    tender = other_reference(root, _TENDER)
    thing = other_reference(root, _OBJECT)
    invoiced: Identifier | None = None
    if thing is not None and (value := thing.get(1, 2)):
        invoiced = Identifier(value, thing.segment.get(1, 4).partition(" ")[2] or None)
    return References(
        **found,
        tender_or_lot=tender.get(1, 2) if tender else None,
        invoiced_object=invoiced,
    )


def read_preceding(root: Node) -> tuple[PrecedingInvoice, ...]:
    return tuple(
        PrecedingInvoice(node.need(1, 2), read_days(node, REFERENCE_DAY))
        for node in root.find("RFF", _INVOICE, "OI")
    )


def read_buyer_reference(root: Node) -> str | None:
    node = root.first("RFF", _BUYER_REFERENCE)
    return node.get(1, 2) if node else None


def exemption_codes(root: Node) -> dict[str, str]:
    codes: dict[str, str] = {}
    for node in root.all("RFF"):
        term, _, category = node.segment.get(1, 4).partition(" ")
        if node.segment.get(1) == OTHER and term == _EXEMPTION:
            node.skip(1)
            codes[category] = node.segment.get(1, 2)
    return codes


def read_payment(root: Node) -> PaymentInstructions | None:
    """The means of payment with the reference to quote; the accounts stand with the seller."""
    means = root.first("PAI")
    quoted = root.first("RFF", _PAYMENT_REFERENCE)
    remittance = quoted.get(1, 2) if quoted else None
    code = means.get(1, 3) if means else None
    if code is None and remittance is None:
        return None
    return PaymentInstructions(code or "1", None, remittance)


def read_terms(root: Node) -> tuple[date | None, str | None]:
    """Due date and payment terms, from all PAT that speak of the basic terms."""
    due: date | None = None
    words: list[str] = []
    for node in root.find("PAT", "1", "3"):
        if node.get(2) == _TERMS or node.segment.get(2, 4):
            words += node.texts(2, 4, 5)
        due = due or read_date(node.first("DTM", DUE) or node.first("DTM", "140", "209"))
    return due or read_days(root, DUE), " ".join(words) or None
