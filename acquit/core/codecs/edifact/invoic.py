"""INVOIC of UN/EDIFACT, by EANCOM 1997 (D.96A) and EANCOM 2002 syntax 3 (D.01B).

Invoices, credit notes and debit notes are one message; BGM 1001 tells them apart, as BT-3 does.
"""

from __future__ import annotations

from dataclasses import replace

from acquit.core.codecs.edi.envelope import Envelope, envelope_for
from acquit.core.codecs.edi.segments import NO_DATE, Node, Trouble, arrange, report_unread
from acquit.core.codecs.edifact import header, lines, parties, settlement, syntax
from acquit.core.codecs.edifact.parts import (
    DELIVERED,
    ISSUED,
    TAX_POINT,
    Directory,
    Draft,
    read_days,
    read_period,
)
from acquit.core.codecs.edifact.syntax import Message
from acquit.core.codecs.edifact.tables import INVOIC
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
from acquit.core.documents.invoice import Invoice, PaymentInstructions, References
from acquit.core.documents.parties import (
    Address,
    DeliveryInformation,
    Party,
    Payee,
    TaxRepresentative,
)
from acquit.core.faults import Severity

NAME = "edifact"
KIND = "INVOIC"
VERSIONS: dict[str, Directory] = {
    "D96A": Directory("D96A", "EAN008", "EN"),
    "D01B": Directory("D01B", "EAN010", "SRV"),
}
# What does not survive writing and reading, and why. The writer reports it for each document.
LOSES: dict[str, str] = {
    "business_process": "INVOIC names no business process (BT-23)",
    "specification": "INVOIC names no specification of EN 16931 (BT-24)",
    "tax_point_code": "there is no code for the tax point, only its date (BT-8)",
    "attachments": "INVOIC carries no files (BG-24)",
    "seller.trading_name": "NAD has one name (BT-28)",
    "buyer.trading_name": "NAD has one name (BT-45)",
    "buyer.legal_information": "EN 16931 knows legal information of the seller only (BT-33)",
    "payment.means_text": "PAI has a code only (BT-82)",
    "payment.card": "card numbers do not belong in an EDI message (BG-18)",
    "payment.direct_debit": "D.96A and D.01B know no mandate (BG-19)",
    "payment.transfers": "D.96A has 17 characters for an account, so no IBAN (BT-84)",
    "lines.item.attributes": "there is no place for free properties (BG-32)",
    "lines.item.classifications.version": "PIA has no version of a list (BT-158-2)",
    "lines.item.standard_id": "only a GTIN (scheme 0160) has a place in LIN (BT-157)",
    "lines.price.discount": "comes back as gross price less net price (BT-147)",
    "lines.price.base_unit": "only written together with a base quantity",
    "seller.address.subdivision": "NAD has nine characters for it (BT-39)",
    "buyer.address.subdivision": "NAD has nine characters for it (BT-54)",
    "delivery.address.subdivision": "NAD has nine characters for it (BT-79)",
    "tax_representative.address.subdivision": "NAD has nine characters for it (BT-68)",
    "seller.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "payee.identifier": "of schemes NAD knows the GLN (BT-60)",
}


def write(*, document: Invoice, envelope: Envelope | None = None, version: str = "D96A") -> Written:
    """One interchange with one INVOIC, in UNOC where the envelope names no character set.

    Raises CannotWrite where a value does not fit; what INVOIC cannot carry is in ``losses``.
    """
    chosen = envelope or default_envelope(document)
    directory = VERSIONS[version]
    data = syntax.write(
        kind=f"{KIND}:{directory.name[0]}:{directory.name[1:]}:UN",
        association=directory.association,
        messages=[write_message(document=document, directory=directory)],
        envelope=chosen,
        lengths=directory.lengths,
    )
    message = syntax.read(data=data).messages[0]
    return checked(
        name=NAME, document=document, data=data, reading=read_message(message, "."), loses=LOSES
    )


def default_envelope(document: Invoice) -> Envelope:
    return envelope_for(
        sender=document.seller.identifiers,
        receiver=document.buyer.identifiers,
        reference=document.number[-14:],
        day=document.issue_date,
        charset="UNOC",
        gln_qualifier="14",
    )


def write_message(*, document: Invoice, directory: Directory) -> syntax.Body:
    draft = Draft(directory)
    header.write_head(draft, document)
    header.write_references(draft, document)
    _write_parties(draft, document)
    header.write_money_terms(draft, document)
    for index, part in enumerate(document.allowances_charges, 1):
        settlement.write_allowance_charge(draft, part, f"allowance or charge {index}")
    for line in document.lines:
        lines.write_line(draft, document, line)
    settlement.write_totals(draft, document)
    return draft.finish()


def _write_parties(draft: Draft, document: Invoice) -> None:
    seller, buyer = document.seller, document.buyer
    rest = parties.write_party(
        draft,
        parties.SELLER,
        name=seller.name,
        address=seller.address,
        identifiers=seller.identifiers,
    )
    for account in document.payment.transfers if document.payment else ():
        parties.write_account(draft, account)
    parties.write_identity(draft, seller, rest)
    rest = parties.write_party(
        draft, parties.BUYER, name=buyer.name, address=buyer.address, identifiers=buyer.identifiers
    )
    parties.write_identity(draft, buyer, rest)
    place = document.delivery
    if place and (place.name or place.location or place.address):
        found = (place.location,) if place.location else ()
        rest = parties.write_party(
            draft, parties.DELIVERY, name=place.name, address=place.address, identifiers=found
        )
        parties.write_identity(draft, _nobody(), rest)
    payee = document.payee
    if payee:
        found = (payee.identifier,) if payee.identifier else ()
        rest = parties.write_party(
            draft, parties.PAYEE, name=payee.name, address=None, identifiers=found
        )
        known = replace(_nobody(), legal_registration=payee.legal_registration)
        parties.write_identity(draft, known, rest)
    agent = document.tax_representative
    if agent:
        parties.write_party(
            draft,
            parties.TAX_REPRESENTATIVE,
            name=agent.name,
            address=agent.address,
            identifiers=(),
        )
        parties.write_identity(draft, replace(_nobody(), vat_id=agent.vat_id), ())


def _nobody() -> Party:
    return Party("", Address(""))


def read_message(message: Message, decimal_mark: str) -> Reading[Invoice]:
    """The canonical document of one message; never raises, the faults say what is wrong."""
    source = Trouble(NAME, decimal_mark, list(message.faults))
    root = arrange(message.segments, INVOIC, source)
    root.skip(1, 2, 3, 4)
    currency = _currency(root)
    document = _read(root, currency) if currency and not source.fatal else None
    if document is not None:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def _currency(root: Node) -> str | None:
    node = root.first("CUX")
    code = node.get(1, 2) if node else None
    if code is None:
        amounts = [m for part in root.all("UNS", "LIN") for m in part.all("MOA")]
        code = next((m.segment.get(1, 3) for m in amounts if m.segment.get(1, 3)), None)
    if code is None:
        root.source.add("missing", "there is no currency (CUX)", root.path)
        return None
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        root.source.add("currency", f"{code[:20]!r} is not an ISO 4217 code", root.path)
        return None
    return code


def _read(root: Node, currency: str) -> Invoice:
    begin = root.first("BGM")
    if begin is None:
        root.fault("missing", "there is no BGM")
    summary = root.first("UNS") or root
    for node in (*root.all("UNT"), *summary.all("CNT")):
        node.skip(1, 2)
    summary.get(1)
    accounting = _accounting_currency(root)
    notes, legal, reasons = header.read_notes(root)
    codes = header.exemption_codes(root)
    seller, payment = _read_seller(root, legal)
    standard = settlement.vat_of(root)
    read_lines = tuple(lines.read_line(n, currency, standard) for n in root.all("LIN"))
    parts = settlement.read_allowances_charges(root, currency)
    breakdown = settlement.read_breakdown(summary, currency, reasons, codes)
    totals, breakdown = settlement.read_totals(
        summary, currency, accounting, read_lines, parts, breakdown
    )
    due, terms = header.read_terms(root)
    issued = read_days(root, ISSUED, "3")
    if issued is None and not root.find("DTM", ISSUED):
        root.fault("missing", "there is no date of the document (DTM 137)")
    return Invoice(
        number=_number(begin) if begin else "",
        issue_date=issued or NO_DATE,
        type_code=(begin.get(1) if begin else None) or "380",
        currency=currency,
        seller=seller,
        buyer=_read_party(root, parties.BUYER, "IV", "BT"),
        lines=read_lines,
        breakdown=breakdown,
        totals=totals,
        vat_accounting_currency=accounting,
        tax_point_date=read_days(root, TAX_POINT),
        due_date=due,
        buyer_reference=header.read_buyer_reference(root),
        references=_read_references(root),
        payment_terms=terms,
        notes=notes,
        preceding_invoices=header.read_preceding(root),
        payee=_read_payee(root),
        tax_representative=_read_representative(root),
        delivery=_read_delivery(root),
        period=read_period(root),
        payment=payment,
        allowances_charges=parts,
    )


def _read_references(root: Node) -> References:
    """The references of the document; the order of all lines is the order of the document. An
    order that is another one stays unread, and is reported so."""
    references = header.read_references(root)
    nodes = [node for line in root.all("LIN") for node in line.find("RFF", "ON")]
    orders = {node.segment.get(1, 2) for node in nodes}
    if references.purchase_order is None and len(orders) == 1:
        references = replace(references, purchase_order=orders.pop())
    for node in nodes:
        if node.segment.get(1, 2) == references.purchase_order:
            node.get(1, 2)
    return references


def _number(begin: Node) -> str:
    begin.get(3)
    return begin.need(2)


def _accounting_currency(root: Node) -> str | None:
    node = root.first("CUX")
    if node is None:
        return None
    node.get(1)
    node.get(1, 3)
    if node.segment.get(2) != "3":
        return None
    node.skip(2)
    code = node.segment.get(2, 2)
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        node.fault("currency", f"{code[:20]!r} is not an ISO 4217 code")
        return None
    return code


def _read_party(root: Node, *roles: str) -> Party:
    for role in roles:
        node = root.first("NAD", role)
        if node is not None:
            return parties.read_party(node)
    message = f"there is no party {' or '.join(roles)} (NAD)"
    root.source.add("missing", message, root.path, severity=Severity.FATAL)
    return _nobody()


def _read_seller(root: Node, legal: str | None) -> tuple[Party, PaymentInstructions | None]:
    seller = _read_party(root, parties.SELLER, "SE", "II")
    node = next((n for r in (parties.SELLER, "SE", "II") for n in root.find("NAD", r)), None)
    accounts = parties.read_accounts(node) if node else ()
    payment = header.read_payment(root)
    if accounts:
        payment = replace(payment or PaymentInstructions("30"), transfers=accounts)
    return replace(seller, legal_information=legal), payment


def _read_payee(root: Node) -> Payee | None:
    node = root.first("NAD", parties.PAYEE)
    if node is None:
        return None
    party = parties.read_party(node)
    identifier = party.identifiers[0] if party.identifiers else None
    return Payee(party.name, identifier, party.legal_registration)


def _read_representative(root: Node) -> TaxRepresentative | None:
    node = root.first("NAD", parties.TAX_REPRESENTATIVE)
    if node is None:
        return None
    party = parties.read_party(node)
    return TaxRepresentative(party.name, party.vat_id or "", party.address)


def _read_delivery(root: Node) -> DeliveryInformation | None:
    day = read_days(root, DELIVERED, "1", "2") if root.find("DTM", DELIVERED) else None
    node = root.first("NAD", parties.DELIVERY, "ST")
    if node is None:
        return DeliveryInformation(delivered_on=day) if day else None
    party = parties.read_party(node)
    address = party.address if party.address != Address("") else None
    location = party.identifiers[0] if party.identifiers else None
    return DeliveryInformation(party.name or None, location, day, address)
