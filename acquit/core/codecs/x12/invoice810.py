"""The 810 Invoice of ASC X12, releases 004010 and 005010, with VAT in TXI.

Amounts of type N2 (TDS, SAC) have two implied decimals in every currency. What X12 has no code
for stands in REF of qualifier ZZ, named by its business term of EN 16931.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from acquit.core.codecs.edi.envelope import Envelope, envelope_for
from acquit.core.codecs.edi.segments import NO_DATE, Node, Trouble, arrange, read_day, report_unread
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
from acquit.core.codecs.x12 import items, parts, syntax
from acquit.core.codecs.x12.parts import (
    Draft,
    figure,
    own_identifier,
    own_reference,
    own_references,
    read_cents,
    read_date,
    read_days,
    read_reference,
)
from acquit.core.codecs.x12.syntax import TransactionSet
from acquit.core.codecs.x12.tables import INVOICE, LENGTHS
from acquit.core.documents.amounts import (
    AllowanceCharge,
    Period,
    Totals,
    Vat,
    VatBreakdown,
    VatCategory,
)
from acquit.core.documents.invoice import (
    CreditTransfer,
    DocumentKind,
    Invoice,
    Line,
    Note,
    PaymentInstructions,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Address, DeliveryInformation, Party, Payee
from acquit.core.documents.totals import compute
from acquit.core.faults import Severity
from acquit.core.money import Money, total

NAME = "x12"
KIND, FUNCTIONAL = "810", "IN"
VERSIONS = ("4010", "5010")
# What does not survive writing and reading, and why. The writer reports it for each document.
LOSES: dict[str, str] = {
    "type_code": "BIG07 knows invoice, credit memo, debit memo and corrected (BT-3)",
    "specification": "the 810 names no specification of EN 16931 (BT-24)",
    "attachments": "the 810 carries no files (BG-24)",
    "tax_representative": "the 810 has no party that represents the seller for VAT (BG-11)",
    "payment.means_text": "there is a code only (BT-82)",
    "payment.transfers.account_name": "there is account and bank only (BT-85)",
    "payment.card": "card numbers do not belong in an EDI message (BG-18)",
    "payment.direct_debit": "the 810 knows no mandate (BG-19)",
    "payee.identifier": "of schemes N1 knows GLN and DUNS (BT-60)",
    "delivery.location": "of schemes N1 knows GLN and DUNS (BT-71)",
    "delivery.name": "N1 wants a name or a number",
    "lines.item.attributes": "there is no place for free properties (BG-32)",
    "lines.item.classifications": "IT1 has numbers of the item, no classes (BT-158)",
    "lines.item.standard_id": "only a GTIN (scheme 0160) has a place in IT1 (BT-157)",
    "lines.price.net": "a price for other than 1, 100 or 1000 units becomes one for 1 unit",
    "lines.price.base_quantity": "1 is not said, 100 and 1000 are, others become 1",
    "lines.price.base_unit": "is the unit of the quantity",
    "lines.price.discount": "comes back as gross price less net price (BT-147)",
    "lines.price.gross": "a price for other than 1, 100 or 1000 units becomes one for 1 unit",
    "lines.allowances_charges.base": "SAC has percentage and amount, no base (BT-137, BT-142)",
    "allowances_charges.base": "SAC has percentage and amount, no base (BT-93, BT-100)",
    "seller.address.street_2": "lines of the street are put one after the other",
    "seller.address.street_3": "lines of the street are put one after the other",
    "buyer.address.street_2": "lines of the street are put one after the other",
    "buyer.address.street_3": "lines of the street are put one after the other",
    "delivery.address.street_2": "lines of the street are put one after the other",
    "delivery.address.street_3": "lines of the street are put one after the other",
    "seller.identifiers": "the one in N1 comes back first",
}
# Element 640 by BT-3, and back.
_TYPES = {"380": "DI", "381": "CR", "383": "DR", "384": "CO"}
_FROM_TYPE = {"CR": "381", "CN": "381", "DR": "383", "CO": "384", "DI": "380"}
# Element 128 of the references that have a code.
_REFERENCES = {
    "contract": ("CT",),
    "sales_order": ("VN",),
    "despatch_advice": ("PK", "SI"),
    "receiving_advice": ("RV",),
    "project": ("JB",),
    "buyer_accounting": (items.ACCOUNT,),
}
_CUSTOMER, _QUOTED, _ORIGINAL, _LETTER = "CR", "4N", "OI", "L1"
_DELIVERED, _SHIPPED, _AGREED = "035", "011", "14"
_LINES, _NET, _TAX, _DUE, _PREPAID = "1", "N", "T", "NP", "3"


def write(*, document: Invoice, envelope: Envelope | None = None, version: str = "4010") -> Written:
    """One interchange with one 810, in ASCII where the envelope names no encoding.

    Raises CannotWrite where a value does not fit; what an 810 cannot carry is in ``losses``.
    """
    data = syntax.write(
        functional=FUNCTIONAL,
        kind=KIND,
        version=version,
        sets=[write_set(document=document, version=version)],
        envelope=envelope or default_envelope(document),
        lengths=LENGTHS[version],
    )
    read = read_set(syntax.read(data=data).sets[0])
    return checked(name=NAME, document=document, data=data, reading=read, loses=LOSES)


def default_envelope(document: Invoice) -> Envelope:
    digits = "".join(c for c in document.number if c.isascii() and c.isdigit())
    made = envelope_for(
        sender=document.seller.identifiers,
        receiver=document.buyer.identifiers,
        reference=digits[-9:] or "1",
        day=document.issue_date,
        charset="ascii",
        gln_qualifier="",
    )
    return replace(made, sender=made.sender[:15], receiver=made.receiver[:15])


def write_set(*, document: Invoice, version: str) -> syntax.Body:
    draft = Draft(version)
    _write_head(draft, document)
    _write_parties(draft, document)
    _write_terms(draft, document)
    for preceding in document.preceding_invoices:
        day = f"{preceding.issue_date:%Y%m%d}" if preceding.issue_date else ""
        draft.add("N9", _ORIGINAL, preceding.number, "", day)
    for note in document.notes:
        _write_letter(draft, note.subject_code or "NOTE", "", note.text)
    for part in document.breakdown:
        if part.exemption_reason or part.exemption_code:
            term = f"BT-120 {part.vat.category.value}"
            code = part.exemption_code or ""
            _write_letter(draft, term, code, part.exemption_reason or "")
    for line in document.lines:
        items.write_line(draft, line)
    _write_summary(draft, document)
    return draft.finish()


def _write_letter(draft: Draft, name: str, code: str, text: str) -> None:
    draft.add("N9", _LETTER, name, code)
    for piece in draft.cut(text, 264, 40, f"text of {name}"):
        draft.add("MSG", piece)


def _write_head(draft: Draft, document: Invoice) -> None:
    refs = document.references
    kind = {DocumentKind.CREDIT_NOTE: "CR", DocumentKind.DEBIT_NOTE: "DR"}.get(document.kind, "DI")
    code = _TYPES.get(document.type_code, kind)
    issued = f"{document.issue_date:%Y%m%d}"
    order = refs.purchase_order or ""
    short = len(order) <= 22
    draft.add("BIG", issued, document.number, "", order if short else "", "", "", code, "00")
    draft.add("CUR", "SE", document.currency)
    if not short:
        draft.own("BT-13", order)
    for name, codes in _REFERENCES.items():
        draft.reference(codes[0], getattr(refs, name))
    draft.reference(_CUSTOMER, document.buyer_reference)
    draft.own("BT-17", refs.tender_or_lot)
    if refs.invoiced_object:
        draft.own("BT-18", refs.invoiced_object.value, refs.invoiced_object.scheme)
    draft.own("BT-23", document.business_process)
    draft.own("BT-6", document.vat_accounting_currency)
    other = document.totals.vat_in_accounting_currency
    if other is not None:
        draft.own("BT-111", figure(other), other.currency)
    if document.tax_point_date:
        draft.own("BT-7", f"{document.tax_point_date:%Y%m%d}")
    draft.own("BT-8", document.tax_point_code)
    payment = document.payment
    if payment:
        draft.own("BT-81", payment.means_code)
        draft.reference(_QUOTED, payment.remittance)
        for transfer in payment.transfers:
            draft.own("BT-84", transfer.account, transfer.bank_id)


def _write_parties(draft: Draft, document: Invoice) -> None:
    for role, party in ((parts.SELLER, document.seller), (parts.BUYER, document.buyer)):
        rest = parts.write_party(
            draft,
            role,
            name=party.name,
            address=party.address,
            identifiers=party.identifiers,
            trading_name=party.trading_name,
        )
        parts.write_identity(draft, party, rest)
    place = document.delivery
    if place and (place.name or place.location or place.address):
        found = (place.location,) if place.location else ()
        name = place.name or ("DELIVERY" if not found else None)
        parts.write_party(draft, parts.SHIP_TO, name=name, address=place.address, identifiers=found)
    payee = document.payee
    if payee:
        found = (payee.identifier,) if payee.identifier else ()
        parts.write_party(draft, parts.PAYEE, name=payee.name, address=None, identifiers=found)
        register = payee.legal_registration
        parts.write_identity(draft, Party("", Address(""), legal_registration=register), ())


def _write_terms(draft: Draft, document: Invoice) -> None:
    due = f"{document.due_date:%Y%m%d}" if document.due_date else ""
    words = draft.cut(document.payment_terms or "", 80, 20, "payment terms")
    for text in words or ([""] if due else []):
        draft.add("ITD", _AGREED, "", "", "", "", due, "", "", "", "", "", text)
        due = ""
    if document.delivery:
        draft.day(_DELIVERED, document.delivery.delivered_on)
    if document.period:
        draft.day(items.PERIOD_START, document.period.start)
        draft.day(items.PERIOD_END, document.period.end)


def _write_summary(draft: Draft, document: Invoice) -> None:
    totals = document.totals
    draft.add("TDS", draft.cents(totals.gross, "totals.gross"))
    for part in document.breakdown:
        items.write_vat(draft, part.vat, tax=part.tax, basis=part.taxable)
    amounts = (
        (_LINES, totals.lines_net),
        (_NET, totals.net),
        (_TAX, totals.vat),
        (_PREPAID, totals.prepaid),
        (_DUE, totals.due),
    )
    for code, amount in amounts:
        if code != _PREPAID or amount:
            draft.add("AMT", code, figure(amount))
    for index, each in enumerate(document.allowances_charges, 1):
        items.write_allowance_charge(draft, each, f"allowance or charge {index}")
    draft.add("CTT", str(len(document.lines)))


def read_set(found: TransactionSet) -> Reading[Invoice]:
    """The canonical document of one set; never raises, the faults say what is wrong."""
    source = Trouble(NAME, ".", list(found.faults), found.version)
    root = arrange(found.segments, INVOICE, source)
    root.skip(1, 2, 3)
    for node in root.all("SE", "CTT"):
        node.skip(1, 2)
    currency = _currency(root)
    document = _read(root, currency) if currency and not source.fatal else None
    if document is not None:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def _currency(root: Node) -> str | None:
    """The currency of CUR; the dollar where there is none, as X12 practice has it."""
    node = root.first("CUR")
    if node is None:
        message = "there is no currency (CUR); read as US dollars"
        root.source.add("currency", message, root.path, severity=Severity.WARNING)
        return "USD"
    node.get(1)
    code = node.get(2) or ""
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        node.fault("currency", f"{code[:20]!r} is not an ISO 4217 code")
        return None
    return code


def _read(root: Node, currency: str) -> Invoice:
    begin = root.first("BIG")
    issued = read_date(begin, 1)
    if begin is None or issued is None:
        root.fault("missing", "there is no date and number of the invoice (BIG)")
    notes, reasons = _read_letters(root)
    standard, taxes = _read_taxes(root)
    lines = tuple(items.read_line(n, currency, standard) for n in root.all("IT1"))
    extras = tuple(
        items.read_allowance_charge(n, currency) for n in root.all("SAC") if items.counts(n)
    )
    accounting = own_reference(root, "BT-6")
    breakdown, totals = _read_totals(root, currency, taxes, reasons, lines, extras)
    due, terms = _read_terms(root)
    start, end = read_days(root, items.PERIOD_START), read_days(root, items.PERIOD_END)
    tax_point = own_reference(root, "BT-7")
    code = begin.get(7) if begin else None
    if begin:
        begin.skip(3, 8)
    return Invoice(
        number=begin.need(2) if begin else "",
        issue_date=issued or NO_DATE,
        type_code=_FROM_TYPE.get(code or "DI", "380"),
        currency=currency,
        seller=_read_party(root, parts.SELLER, "RI", "SU", "VN", "SO", "II"),
        buyer=_read_party(root, parts.BUYER, "BT", "BS", "ST"),
        lines=lines,
        breakdown=breakdown,
        totals=replace(totals, vat_in_accounting_currency=_read_accounting(root, accounting)),
        vat_accounting_currency=accounting,
        tax_point_date=read_day(tax_point) if tax_point else None,
        tax_point_code=own_reference(root, "BT-8"),
        due_date=due,
        buyer_reference=read_reference(root, _CUSTOMER),
        references=_read_references(root, begin),
        payment_terms=terms,
        notes=notes,
        business_process=own_reference(root, "BT-23"),
        preceding_invoices=tuple(
            PrecedingInvoice(node.need(2), read_date(node, 4))
            for node in root.find("N9", _ORIGINAL)
        ),
        payee=_read_payee(root),
        delivery=_read_delivery(root),
        period=Period(start, end) if start or end else None,
        payment=_read_payment(root),
        allowances_charges=extras,
    )


def _read_letters(root: Node) -> tuple[tuple[Note, ...], dict[str, tuple[str | None, str | None]]]:
    """Notes, and by VAT category the reason and code of an exemption."""
    notes: list[Note] = []
    reasons: dict[str, tuple[str | None, str | None]] = {}
    for node in root.find("N9", _LETTER):
        name, code = node.get(2) or "", node.get(3)
        text = " ".join(t for m in node.all("MSG") if (t := m.get(1))) or None
        if name.startswith("BT-120 "):
            reasons[name[7:]] = (text, code)
        else:
            words = " ".join(filter(None, (code, text)))
            notes.append(Note(words, None if name == "NOTE" else name))
    for node in root.all("NTE"):
        node.get(1)
        if text := node.get(2):
            notes.append(Note(text))
    return tuple(notes), reasons


def _read_taxes(root: Node) -> tuple[Vat | None, list[tuple[Node, Vat]]]:
    """The VAT of the document for lines that say none, and each TXI of the summary."""
    found: list[tuple[Node, Vat]] = []
    for node in root.all("TXI"):
        if node.segment.get(1) == "VA" or not root.find("TXI", "VA"):
            node.get(1)
            found.append((node, items.read_vat(node)))
    return (found[0][1] if len(found) == 1 else None), found


def _read_totals(
    root: Node,
    currency: str,
    taxes: list[tuple[Node, Vat]],
    reasons: dict[str, tuple[str | None, str | None]],
    lines: tuple[Line, ...],
    extras: tuple[AllowanceCharge, ...],
) -> tuple[tuple[VatBreakdown, ...], Totals]:
    """Breakdown and totals; X12 leaves most of them to the reader, who computes them."""
    nothing = Money.zero(currency)
    members = [(line.vat, line.net) for line in lines]
    members += [(part.vat, part.signed) for part in extras if part.vat]
    breakdown = []
    for node, vat in taxes:
        own = total((net for known, net in members if known == vat), currency)
        taxable = node.money(8, 1, currency)
        reason, code = reasons.get(vat.category.value, (None, None))
        tax = node.money(2, 1, currency)
        breakdown.append(
            VatBreakdown(vat, own if taxable is None else taxable, tax or nothing, reason, code)
        )
    if not breakdown and lines:
        breakdown = list(_without_taxes(root, currency, lines, extras))

    def of(code: str) -> Money | None:
        node = root.first("AMT", code)
        return node.money(2, 1, currency) if node else None

    allowances = total((p.amount for p in extras if not p.is_charge), currency)
    charges = total((p.amount for p in extras if p.is_charge), currency)
    given, net, vat_total, due = of(_LINES), of(_NET), of(_TAX), of(_DUE)
    lines_net = total((line.net for line in lines), currency) if given is None else given
    tax_total = total((p.tax for p in breakdown), currency) if vat_total is None else vat_total
    summary = root.first("TDS")
    gross = read_cents(summary, 1, currency) if summary else None
    if gross is None:
        root.fault("missing", "there is no total of the invoice (TDS01)")
    gross = gross or nothing
    prepaid = of(_PREPAID) or nothing
    due = gross - prepaid if due is None else due
    return tuple(breakdown), Totals(
        lines_net=lines_net,
        allowances=allowances,
        charges=charges,
        net=gross - tax_total if net is None else net,
        vat=tax_total,
        gross=gross,
        prepaid=prepaid,
        rounding=due - gross + prepaid,
        due=due,
    )


def _without_taxes(
    root: Node, currency: str, lines: tuple[Line, ...], extras: tuple[AllowanceCharge, ...]
) -> tuple[VatBreakdown, ...]:
    message = "the invoice says no VAT (TXI); its breakdown was computed"
    root.source.add("derived", message, root.path, severity=Severity.WARNING)
    taxed = [p if p.vat else replace(p, vat=Vat(VatCategory.ZERO)) for p in extras]
    return compute(
        currency=currency,
        lines=lines,
        allowances_charges=taxed,
        exemptions=(),
        prepaid=None,
        rounding=None,
        accounting_rate=None,
        fixed_tax=None,
    ).breakdown


def _read_accounting(root: Node, currency: str | None) -> Money | None:
    for value, scheme in own_references(root, "BT-111"):
        try:
            return Money.of(value, scheme or currency or "")
        except (ValueError, ArithmeticError):
            root.fault("amount", f"{value[:40]!r} {scheme} is no amount (BT-111)")
    return None


def _read_terms(root: Node) -> tuple[date | None, str | None]:
    due: date | None = None
    words: list[str] = []
    for node in root.all("ITD"):
        if node.segment.get(1) == _AGREED or node.segment.get(6):
            node.get(1)
            due = due or read_date(node, 6)
        if text := node.get(12):
            words.append(text)
    return due, " ".join(words) or None


def _read_references(root: Node, begin: Node | None) -> References:
    found = {name: read_reference(root, *codes) for name, codes in _REFERENCES.items()}
    order = begin.get(4) if begin else None
    return References(
        **found,
        purchase_order=order or own_reference(root, "BT-13") or read_reference(root, "PO"),
        tender_or_lot=own_reference(root, "BT-17"),
        invoiced_object=own_identifier(root, "BT-18"),
    )


def _read_party(root: Node, *roles: str) -> Party:
    for role in roles:
        node = root.first("N1", role)
        if node is not None:
            return parts.read_party(node)
    message = f"there is no party {' or '.join(roles)} (N1)"
    root.source.add("party", message, root.path, severity=Severity.WARNING)
    return Party("", Address(""))


def _read_payee(root: Node) -> Payee | None:
    node = root.first("N1", parts.PAYEE)
    if node is None:
        return None
    party = parts.read_party(node)
    identifier = party.identifiers[0] if party.identifiers else None
    return Payee(party.name, identifier, party.legal_registration)


def _read_delivery(root: Node) -> DeliveryInformation | None:
    day = read_days(root, _DELIVERED, _SHIPPED)
    node = root.first("N1", parts.SHIP_TO)
    if node is None:
        return DeliveryInformation(delivered_on=day) if day else None
    party = parts.read_party(node)
    location = party.identifiers[0] if party.identifiers else None
    place = party.address if party.address != Address("") else None
    return DeliveryInformation(party.name or None, location, day, place)


def _read_payment(root: Node) -> PaymentInstructions | None:
    means, quoted = own_reference(root, "BT-81"), read_reference(root, _QUOTED)
    transfers = tuple(
        CreditTransfer(account, None, bank) for account, bank in own_references(root, "BT-84")
    )
    if not (means or quoted or transfers):
        return None
    return PaymentInstructions(means or "1", None, quoted, transfers)
