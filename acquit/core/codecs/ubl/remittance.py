"""UBL 2.1 RemittanceAdvice: what a payment is for, in the payer's words.

A line pays a document (DebitLineAmount) or sets it off (CreditLineAmount), so what is paid is the
one less the other. What was claimed and what is taken off stand in the billing reference. What is
added or taken off the whole payment is a line without a document.
"""

from __future__ import annotations

from acquit.core.codecs.ubl import trade
from acquit.core.codecs.ubl.settlement import NO_INSTRUMENT, amount
from acquit.core.codecs.ubl.trade import VERSIONS
from acquit.core.codecs.writing import Written
from acquit.core.codecs.xml import Node, nothing_in, tag, wrap
from acquit.core.documents.invoice import CREDIT_NOTE_CODES, DEBIT_NOTE_CODES
from acquit.core.documents.remittance import Adjustment, RemittanceAdvice, RemittanceLine
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money

__all__ = ["KIND", "LOSES", "VERSIONS", "build", "write"]

KIND = "RemittanceAdvice"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "means": "code 1, which says nothing, comes back as nothing",
    "lines.document_type": "an invoice without a code stays without one, other kinds get theirs",
}
_DISCOUNT = "95"  # UNCL 5189
_ORDER = "220"  # UNCL 1001
_DOCUMENTS = {
    "InvoiceDocumentReference": None,
    "CreditNoteDocumentReference": "381",
    "DebitNoteDocumentReference": "383",
}


def write(*, document: RemittanceAdvice, version: str = VERSIONS[0]) -> Written:
    """The RemittanceAdvice with what it loses; CannotWrite where an amount would change."""
    count = len(document.lines)
    content = (
        trade.head(document.number, document.issue_date),
        tag("cbc:DocumentCurrencyCode", document.currency),
        amount("cbc:TotalPaymentAmount", document.payments),
        trade.role("AccountingCustomerParty", document.payer, endpoint=False),
        trade.role("AccountingSupplierParty", document.payee, endpoint=False),
        _write_means(document),
        *(_write_line(line, index) for index, line in enumerate(document.lines, 1)),
        *(_write_extra(part, index) for index, part in enumerate(document.adjustments, count + 1)),
    )
    return trade.write_message(
        document=document, kind=KIND, content=content, build=build, loses=LOSES
    )


def _write_means(document: RemittanceAdvice) -> str:
    rest = "".join(
        (
            trade.day("cbc:PaymentDueDate", document.paid_on),
            wrap("cac:PayerFinancialAccount", tag("cbc:ID", document.payer_account)),
            wrap("cac:PayeeFinancialAccount", tag("cbc:ID", document.payee_account)),
        )
    )
    if not (rest or document.means):
        return ""
    code = tag("cbc:PaymentMeansCode", document.means or NO_INSTRUMENT)
    return wrap("cac:PaymentMeans", code, rest)


def _write_paid(paid: Money) -> str:
    if paid.minor < 0:
        return amount("cbc:CreditLineAmount", -paid)
    return amount("cbc:DebitLineAmount", paid)


def _write_line(line: RemittanceLine, index: int) -> str:
    code = line.document_type
    kind = "Invoice"
    if code in CREDIT_NOTE_CODES:
        kind = "CreditNote"
    elif code in DEBIT_NOTE_CODES:
        kind = "DebitNote"
    document = wrap(
        f"cac:{kind}DocumentReference",
        tag("cbc:ID", line.document),
        trade.day("cbc:IssueDate", line.issue_date),
        tag("cbc:DocumentTypeCode", code),
    )
    order = ""
    if line.order_number:
        number = tag("cbc:ID", line.order_number)
        order = wrap("cac:DocumentReference", number, tag("cbc:DocumentTypeCode", _ORDER))
    return wrap(
        "cac:RemittanceAdviceLine",
        tag("cbc:ID", str(index)),
        _write_paid(line.paid),
        wrap("cac:BillingReference", document, _write_claim(line)),
        order,
    )


def _write_claim(line: RemittanceLine) -> str:
    parts = [_write_adjustment(part) for part in line.adjustments]
    if line.discount is not None:
        parts.insert(0, _write_adjustment(Adjustment(-line.discount, _DISCOUNT)))
    due = amount("cbc:Amount", line.due) if line.due is not None else ""
    if not (due or parts):
        return ""
    return wrap("cac:BillingReferenceLine", tag("cbc:ID", "1"), due, *parts)


def _write_adjustment(part: Adjustment) -> str:
    adds = part.amount.minor > 0
    return wrap(
        "cac:AllowanceCharge",
        tag("cbc:ChargeIndicator", "true" if adds else "false"),
        tag("cbc:AllowanceChargeReasonCode", part.reason_code),
        tag("cbc:AllowanceChargeReason", part.text),
        amount("cbc:Amount", part.amount if adds else -part.amount),
    )


def _write_extra(part: Adjustment, index: int) -> str:
    return wrap(
        "cac:RemittanceAdviceLine",
        tag("cbc:ID", str(index)),
        tag("cbc:Note", part.text),
        _write_paid(part.amount),
        tag("cbc:PaymentPurposeCode", part.reason_code),
    )


def build(node: Node) -> RemittanceAdvice:
    """The canonical advice of a RemittanceAdvice element."""
    found = [_read_line(part) for part in node.each("RemittanceAdviceLine")]
    means = node.at("PaymentMeans")
    code = means.text("PaymentMeansCode")
    payer = trade.read_role(node, "AccountingCustomerParty") or TradeParty()
    payee = trade.read_party(node.at("PayeeParty"))
    return RemittanceAdvice(
        number=node.need("ID"),
        issue_date=trade.need_day(node, "IssueDate"),
        payer=payer,
        payee=payee or trade.read_role(node, "AccountingSupplierParty") or TradeParty(),
        payments=node.need_money("TotalPaymentAmount"),
        lines=tuple(line for line in found if isinstance(line, RemittanceLine)),
        paid_on=means.date("PaymentDueDate"),
        means=None if code == NO_INSTRUMENT else code,
        payer_account=means.text("PayerFinancialAccount", "ID"),
        payee_account=means.text("PayeeFinancialAccount", "ID"),
        adjustments=tuple(line for line in found if isinstance(line, Adjustment)),
    )


def _read_line(node: Node) -> RemittanceLine | Adjustment:
    debit, credit = node.money("DebitLineAmount"), node.money("CreditLineAmount")
    nothing = nothing_in(node.source.currency)
    paid = (debit or nothing) - (credit or nothing)
    if debit is None and credit is None:
        node.source.fault("missing", "the line has no amount", node.element)
    node.text("ID")
    billing = node.at("BillingReference")
    for name, code in _DOCUMENTS.items():
        reference = billing.at(name)
        if reference:
            return _read_document(node, reference, code, paid)
    return Adjustment(paid, node.text("PaymentPurposeCode"), trade.read_words(node))


def _read_document(node: Node, reference: Node, code: str | None, paid: Money) -> RemittanceLine:
    claim = node.at("BillingReference", "BillingReferenceLine")
    claim.text("ID")
    parts = [_read_adjustment(part) for part in claim.all("AllowanceCharge")]
    first = parts[0] if parts else None
    discount = None
    if first and first.reason_code == _DISCOUNT and first.text is None:
        discount = -first.amount
        parts = parts[1:]
    order = node.at("DocumentReference")
    is_order = order.text("DocumentTypeCode") in (_ORDER, None)
    return RemittanceLine(
        document=reference.need("ID"),
        paid=paid,
        document_type=reference.text("DocumentTypeCode") or code,
        issue_date=reference.date("IssueDate"),
        due=claim.money("Amount"),
        discount=discount,
        order_number=order.text("ID") if is_order else None,
        adjustments=tuple(parts),
    )


def _read_adjustment(node: Node) -> Adjustment:
    value = node.need_money("Amount")
    adds = node.text("ChargeIndicator") in ("true", "1")
    code = node.text("AllowanceChargeReasonCode")
    return Adjustment(value if adds else -value, code, node.text("AllowanceChargeReason"))
