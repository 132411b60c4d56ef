"""UBL 2.1 money blocks: payment, allowances and charges, VAT, totals (BG-16 to BG-23).

Each block is written and read side by side. Paths follow the syntax binding CEN/TS 16931-3-2.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from acquit.core.codecs.numbers import decimal_text, money_text
from acquit.core.codecs.ubl.parties import VAT_SCHEME
from acquit.core.codecs.xml import Node, escape, tag, tag_with, text_of, wrap
from acquit.core.documents.amounts import (
    AllowanceCharge,
    Totals,
    Vat,
    VatBreakdown,
    VatCategory,
)
from acquit.core.documents.invoice import (
    CreditTransfer,
    DirectDebit,
    Invoice,
    PaymentCard,
    PaymentInstructions,
)
from acquit.core.money import Money

# UNCL 4461 "instrument not defined": carries the due date of a credit note, which UBL can only
# write inside cac:PaymentMeans, when the document has no payment instructions.
NO_INSTRUMENT = "1"
# UBL demands a card network, EN 16931 has no such term.
NO_NETWORK = "NA"


def amount(name: str, money: Money) -> str:
    return f'<{name} currencyID="{money.currency}">{money_text(money)}</{name}>'


def number(name: str, value: Decimal | None) -> str:
    return "" if value is None else f"<{name}>{decimal_text(value)}</{name}>"


def write_payment(payment: PaymentInstructions | None, due_date: date | None) -> str:
    """One cac:PaymentMeans per account; ``due_date`` for credit notes, which have no other place.

    The creditor identifier (BT-90) is written with the seller or payee, not here.
    """
    due = tag("cbc:PaymentDueDate", due_date.isoformat() if due_date else None)
    if payment is None:
        code = f"<cbc:PaymentMeansCode>{NO_INSTRUMENT}</cbc:PaymentMeansCode>"
        return f"<cac:PaymentMeans>{code}{due}</cac:PaymentMeans>" if due else ""
    code = "cbc:PaymentMeansCode"
    rest = due + tag("cbc:PaymentID", payment.remittance)
    # The text of the means may stand once only (UBL-SR-46).
    first_head = tag_with(code, "name", payment.means_text, payment.means_code) + rest
    next_head = f"<{code}>{escape(payment.means_code)}</{code}>{rest}"
    first_only = (_write_card(payment.card), _write_mandate(payment.direct_debit))
    accounts: list[str] = [_write_account(t) for t in payment.transfers] or [""]
    blocks = []
    for index, account in enumerate(accounts):
        card, mandate = first_only if index == 0 else ("", "")
        head = next_head if index else first_head
        blocks.append(wrap("cac:PaymentMeans", head, card, account, mandate))
    return "".join(blocks)


def _write_account(transfer: CreditTransfer) -> str:
    return wrap(
        "cac:PayeeFinancialAccount",
        tag("cbc:ID", transfer.account),
        tag("cbc:Name", transfer.account_name),
        wrap("cac:FinancialInstitutionBranch", tag("cbc:ID", transfer.bank_id)),
    )


def _write_card(card: PaymentCard | None) -> str:
    if card is None:
        return ""
    return (
        f"<cac:CardAccount>{tag('cbc:PrimaryAccountNumberID', card.last_digits)}"
        f"<cbc:NetworkID>{NO_NETWORK}</cbc:NetworkID>{tag('cbc:HolderName', card.holder)}"
        "</cac:CardAccount>"
    )


def _write_mandate(debit: DirectDebit | None) -> str:
    if debit is None:
        return ""
    return wrap(
        "cac:PaymentMandate",
        tag("cbc:ID", debit.mandate),
        wrap("cac:PayerFinancialAccount", tag("cbc:ID", debit.debited_account)),
    )


def read_payment(
    nodes: list[Node], creditor: str | None
) -> tuple[PaymentInstructions | None, date | None]:
    """The instructions and the due date of a credit note."""
    due_date: date | None = None
    means: PaymentInstructions | None = None
    transfers: list[CreditTransfer] = []
    for node in nodes:
        due_date = node.date("PaymentDueDate") or due_date
        code = node.leaf("PaymentMeansCode")
        account = node.text("PayeeFinancialAccount", "ID")
        if account:
            transfers.append(
                CreditTransfer(
                    account,
                    node.text("PayeeFinancialAccount", "Name"),
                    node.text("PayeeFinancialAccount", "FinancialInstitutionBranch", "ID"),
                )
            )
        if means is None:
            means = PaymentInstructions(
                means_code=text_of(code) or "",
                means_text=(code.get("name") or None) if code is not None else None,
                remittance=node.text("PaymentID"),
                card=_read_card(node.at("CardAccount")),
                direct_debit=_read_debit(node.at("PaymentMandate"), creditor),
            )
        elif node.text("PaymentID") not in (None, means.remittance):
            node.source.fault("payment", "two different payment references", node.element)
    if means is None or (
        due_date and not transfers and means == PaymentInstructions(NO_INSTRUMENT)
    ):
        return None, due_date
    return replace(means, transfers=tuple(transfers)), due_date


def _read_card(node: Node) -> PaymentCard | None:
    digits = node.text("PrimaryAccountNumberID")
    node.text("NetworkID")
    return PaymentCard(digits, node.text("HolderName")) if digits else None


def _read_debit(node: Node, creditor: str | None) -> DirectDebit | None:
    debit = DirectDebit(node.text("ID"), creditor, node.text("PayerFinancialAccount", "ID"))
    return None if debit == DirectDebit() else debit


def write_category(name: str, vat: Vat) -> str:
    return (
        f"<{name}><cbc:ID>{vat.category.value}</cbc:ID>{number('cbc:Percent', vat.rate)}"
        f"{VAT_SCHEME}</{name}>"
    )


def read_category(node: Node) -> Vat:
    element = node.leaf("ID")
    code = text_of(element) or ""
    rate = node.decimal("Percent")
    node.text("TaxScheme", "ID")
    try:
        category = VatCategory(code)
    except ValueError:
        node.source.fault("vat_category", f"{code!r} is no VAT category", node.element)
        category = VatCategory.STANDARD
    if rate is None and category is not VatCategory.OUT_OF_SCOPE:
        rate = Decimal(0)
    return Vat(category, rate)


def write_allowance_charge(part: AllowanceCharge) -> str:
    return (
        "<cac:AllowanceCharge><cbc:ChargeIndicator>"
        f"{'true' if part.is_charge else 'false'}</cbc:ChargeIndicator>"
        f"{tag('cbc:AllowanceChargeReasonCode', part.reason_code)}"
        f"{tag('cbc:AllowanceChargeReason', part.reason)}"
        f"{number('cbc:MultiplierFactorNumeric', part.percentage)}"
        f"{amount('cbc:Amount', part.amount)}"
        f"{amount('cbc:BaseAmount', part.base) if part.base is not None else ''}"
        f"{write_category('cac:TaxCategory', part.vat) if part.vat else ''}"
        "</cac:AllowanceCharge>"
    )


def read_allowance_charge(node: Node) -> AllowanceCharge:
    category = node.at("TaxCategory")
    return AllowanceCharge(
        is_charge=node.need("ChargeIndicator") in ("true", "1"),
        amount=node.need_money("Amount"),
        base=node.money("BaseAmount"),
        percentage=node.decimal("MultiplierFactorNumeric"),
        reason=node.text("AllowanceChargeReason"),
        reason_code=node.text("AllowanceChargeReasonCode"),
        vat=read_category(category) if category else None,
    )


def write_tax(invoice: Invoice) -> str:
    """cac:TaxTotal with the breakdown, and a second one in the VAT accounting currency."""
    rows = []
    for row in invoice.breakdown:
        reason = tag("cbc:TaxExemptionReasonCode", row.exemption_code)
        reason += tag("cbc:TaxExemptionReason", row.exemption_reason)
        category = write_category("cac:TaxCategory", row.vat)
        rows.append(
            f"<cac:TaxSubtotal>{amount('cbc:TaxableAmount', row.taxable)}"
            f"{amount('cbc:TaxAmount', row.tax)}"
            f"{category.replace(VAT_SCHEME, reason + VAT_SCHEME)}</cac:TaxSubtotal>"
        )
    totals = invoice.totals
    result = f"<cac:TaxTotal>{amount('cbc:TaxAmount', totals.vat)}{''.join(rows)}</cac:TaxTotal>"
    if totals.vat_in_accounting_currency is not None:
        accounting = amount("cbc:TaxAmount", totals.vat_in_accounting_currency)
        result += f"<cac:TaxTotal>{accounting}</cac:TaxTotal>"
    return result


def read_tax(
    nodes: list[Node], accounting_currency: str | None
) -> tuple[tuple[VatBreakdown, ...], Money | None, Money | None]:
    """The breakdown, the VAT total (BT-110), and that in the accounting currency (BT-111)."""
    breakdown: list[VatBreakdown] = []
    vat: Money | None = None
    accounting: Money | None = None
    for node in nodes:
        element = node.leaf("TaxAmount")
        named = None if element is None else element.get("currencyID")
        rows = [_read_subtotal(part) for part in node.all("TaxSubtotal")]
        breakdown.extend(rows)
        if element is None:
            node.source.fault("missing", "TaxAmount is missing", node.element)
        elif accounting_currency and named == accounting_currency != node.source.currency:
            accounting = node.money_of(element, accounting_currency)
        elif vat is None:
            vat = node.money_of(element, node.source.currency)
        else:
            node.source.fault("tax_total", "a second TaxTotal in the same currency", element)
    return tuple(breakdown), vat, accounting


def _read_subtotal(node: Node) -> VatBreakdown:
    category = node.at("TaxCategory")
    return VatBreakdown(
        vat=read_category(category),
        taxable=node.need_money("TaxableAmount"),
        tax=node.need_money("TaxAmount"),
        exemption_reason=category.text("TaxExemptionReason"),
        exemption_code=category.text("TaxExemptionReasonCode"),
    )


def write_totals(invoice: Invoice) -> str:
    totals = invoice.totals
    allowances = any(not part.is_charge for part in invoice.allowances_charges)
    charges = any(part.is_charge for part in invoice.allowances_charges)
    return "".join(
        (
            "<cac:LegalMonetaryTotal>",
            amount("cbc:LineExtensionAmount", totals.lines_net),
            amount("cbc:TaxExclusiveAmount", totals.net),
            amount("cbc:TaxInclusiveAmount", totals.gross),
            amount("cbc:AllowanceTotalAmount", totals.allowances)
            if allowances or totals.allowances
            else "",
            amount("cbc:ChargeTotalAmount", totals.charges) if charges or totals.charges else "",
            amount("cbc:PrepaidAmount", totals.prepaid) if totals.prepaid else "",
            amount("cbc:PayableRoundingAmount", totals.rounding) if totals.rounding else "",
            amount("cbc:PayableAmount", totals.due),
            "</cac:LegalMonetaryTotal>",
        )
    )


def read_totals(node: Node, vat: Money | None, accounting: Money | None) -> Totals:
    nothing = Money.zero(node.source.currency)
    return Totals(
        lines_net=node.need_money("LineExtensionAmount"),
        allowances=node.money("AllowanceTotalAmount") or nothing,
        charges=node.money("ChargeTotalAmount") or nothing,
        net=node.need_money("TaxExclusiveAmount"),
        vat=vat or nothing,
        gross=node.need_money("TaxInclusiveAmount"),
        prepaid=node.money("PrepaidAmount") or nothing,
        rounding=node.money("PayableRoundingAmount") or nothing,
        due=node.need_money("PayableAmount"),
        vat_in_accounting_currency=accounting,
    )
