"""CII D16B money blocks: payment, VAT, allowances and charges, terms, totals (BG-16 to BG-23).

Each block is written and read side by side. Paths follow the syntax binding CEN/TS 16931-3-3.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from acquit.core.codecs.numbers import decimal_text, money_text
from acquit.core.codecs.xml import Node, tag, text_of, wrap
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
    DirectDebit,
    Invoice,
    PaymentCard,
    PaymentInstructions,
)
from acquit.core.money import Money

# BT-8: the canonical document uses UNCL 2005 as UBL does, CII uses UNCL 2475.
_TAX_POINT_TO_CII = {"3": "5", "35": "29", "432": "72"}
_TAX_POINT_FROM_CII = {cii: code for code, cii in _TAX_POINT_TO_CII.items()}
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")


def amount(name: str, money: Money) -> str:
    return f"<{name}>{money_text(money)}</{name}>"


def number(name: str, value: Decimal | None) -> str:
    return "" if value is None else f"<{name}>{decimal_text(value)}</{name}>"


def write_date(name: str, day: date | None, inner: str) -> str:
    """A day in format 102 (CCYYMMDD); ``inner`` is the element of the data type used there."""
    if day is None:
        return ""
    return f'<{name}><{inner} format="102">{day:%Y%m%d}</{inner}></{name}>'


def read_date(node: Node, *path: str) -> date | None:
    """A day in format 102; a fault for another format or no such day."""
    opened = node.at(*path)
    if not opened:
        return None
    element = opened.leaf("DateTimeString")
    if element is None:
        element = opened.leaf("DateString")
    text = text_of(element)
    if element is None or text is None:
        return None
    if element.get("format", "102") != "102":
        node.source.fault("date", f"format {element.get('format')} is not 102", element)
        return None
    try:
        if len(text) != 8 or not text.isdecimal():
            raise ValueError(text)
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        node.source.fault("date", f"{text!r} is not a date as CCYYMMDD", element)
        return None


def write_period(period: Period | None) -> str:
    if period is None:
        return ""
    return wrap(
        "ram:BillingSpecifiedPeriod",
        write_date("ram:StartDateTime", period.start, "udt:DateTimeString"),
        write_date("ram:EndDateTime", period.end, "udt:DateTimeString"),
    )


def read_period(node: Node) -> Period | None:
    period = Period(read_date(node, "StartDateTime"), read_date(node, "EndDateTime"))
    return None if period == Period() else period


def write_payment(payment: PaymentInstructions | None) -> str:
    """One ram:SpecifiedTradeSettlementPaymentMeans per account; BT-83 and BT-89/90 go elsewhere."""
    if payment is None:
        return ""
    debit = payment.direct_debit
    head = tag("ram:TypeCode", payment.means_code) + tag("ram:Information", payment.means_text)
    card = ""
    if payment.card:
        card = wrap(
            "ram:ApplicableTradeSettlementFinancialCard",
            tag("ram:ID", payment.card.last_digits),
            tag("ram:CardholderName", payment.card.holder),
        )
    payer = wrap(
        "ram:PayerPartyDebtorFinancialAccount",
        tag("ram:IBANID", debit.debited_account if debit else None),
    )
    accounts = [_write_account(transfer) for transfer in payment.transfers] or [""]
    return "".join(
        wrap(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            head,
            card if index == 0 else "",
            payer if index == 0 else "",
            account,
        )
        for index, account in enumerate(accounts)
    )


def _write_account(transfer: CreditTransfer) -> str:
    name = "ram:IBANID" if _IBAN.fullmatch(transfer.account) else "ram:ProprietaryID"
    holder = tag("ram:AccountName", transfer.account_name)
    # The schema wants IBANID, AccountName, ProprietaryID in this order.
    account = tag(name, transfer.account)
    parts = (account, holder) if name == "ram:IBANID" else (holder, account)
    return wrap("ram:PayeePartyCreditorFinancialAccount", *parts) + wrap(
        "ram:PayeeSpecifiedCreditorFinancialInstitution", tag("ram:BICID", transfer.bank_id)
    )


def read_payment(node: Node, terms: Node) -> PaymentInstructions | None:
    """The instructions from the header settlement and its payment terms."""
    remittance = node.text("PaymentReference")
    debit = DirectDebit(terms.text("DirectDebitMandateID"), node.text("CreditorReferenceID"))
    means: PaymentInstructions | None = None
    transfers: list[CreditTransfer] = []
    for part in node.all("SpecifiedTradeSettlementPaymentMeans"):
        account = part.at("PayeePartyCreditorFinancialAccount")
        number_found = account.text("IBANID") or account.text("ProprietaryID")
        if number_found:
            bank = part.text("PayeeSpecifiedCreditorFinancialInstitution", "BICID")
            transfers.append(CreditTransfer(number_found, account.text("AccountName"), bank))
        if means is not None:
            part.text("TypeCode")
            part.text("Information")
            continue
        debited = part.text("PayerPartyDebtorFinancialAccount", "IBANID")
        debit = replace(debit, debited_account=debited)
        means = PaymentInstructions(
            means_code=part.text("TypeCode") or "",
            means_text=part.text("Information"),
            card=_read_card(part.at("ApplicableTradeSettlementFinancialCard")),
        )
    has_debit = debit != DirectDebit()
    if means is None and not has_debit and remittance is None:
        return None
    return replace(
        means or PaymentInstructions(""),
        remittance=remittance,
        transfers=tuple(transfers),
        direct_debit=debit if has_debit else None,
    )


def _read_card(node: Node) -> PaymentCard | None:
    digits = node.text("ID")
    return PaymentCard(digits, node.text("CardholderName")) if digits else None


def write_category(name: str, vat: Vat) -> str:
    return (
        f"<{name}><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>{vat.category.value}"
        f"</ram:CategoryCode>{number('ram:RateApplicablePercent', vat.rate)}</{name}>"
    )


def read_category(node: Node) -> Vat:
    code = node.text("CategoryCode") or ""
    rate = node.decimal("RateApplicablePercent")
    node.text("TypeCode")
    try:
        category = VatCategory(code)
    except ValueError:
        node.source.fault("vat_category", f"{code!r} is no VAT category", node.element)
        category = VatCategory.STANDARD
    if rate is None and category is not VatCategory.OUT_OF_SCOPE:
        rate = Decimal(0)
    return Vat(category, rate)


def write_breakdown(invoice: Invoice) -> str:
    point = _TAX_POINT_TO_CII.get(invoice.tax_point_code or "", invoice.tax_point_code)
    day = write_date("ram:TaxPointDate", invoice.tax_point_date, "udt:DateString")
    return "".join(
        "".join(
            (
                "<ram:ApplicableTradeTax>",
                amount("ram:CalculatedAmount", row.tax),
                "<ram:TypeCode>VAT</ram:TypeCode>",
                tag("ram:ExemptionReason", row.exemption_reason),
                amount("ram:BasisAmount", row.taxable),
                f"<ram:CategoryCode>{row.vat.category.value}</ram:CategoryCode>",
                tag("ram:ExemptionReasonCode", row.exemption_code),
                day,
                tag("ram:DueDateTypeCode", point),
                number("ram:RateApplicablePercent", row.vat.rate),
                "</ram:ApplicableTradeTax>",
            )
        )
        for row in invoice.breakdown
    )


def read_breakdown(
    nodes: list[Node],
) -> tuple[tuple[VatBreakdown, ...], date | None, str | None]:
    """The breakdown, the VAT point date (BT-7) and code (BT-8) of its first row that has one."""
    rows: list[VatBreakdown] = []
    day: date | None = None
    code: str | None = None
    for node in nodes:
        found = read_date(node, "TaxPointDate")
        day = day or found
        point = node.text("DueDateTypeCode")
        code = code or _TAX_POINT_FROM_CII.get(point or "", point)
        rows.append(
            VatBreakdown(
                vat=read_category(node),
                taxable=node.need_money("BasisAmount"),
                tax=node.need_money("CalculatedAmount"),
                exemption_reason=node.text("ExemptionReason"),
                exemption_code=node.text("ExemptionReasonCode"),
            )
        )
    return tuple(rows), day, code


def write_allowance_charge(part: AllowanceCharge) -> str:
    return "".join(
        (
            "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>",
            "true" if part.is_charge else "false",
            "</udt:Indicator></ram:ChargeIndicator>",
            number("ram:CalculationPercent", part.percentage),
            amount("ram:BasisAmount", part.base) if part.base is not None else "",
            amount("ram:ActualAmount", part.amount),
            tag("ram:ReasonCode", part.reason_code),
            tag("ram:Reason", part.reason),
            write_category("ram:CategoryTradeTax", part.vat) if part.vat else "",
            "</ram:SpecifiedTradeAllowanceCharge>",
        )
    )


def read_allowance_charge(node: Node) -> AllowanceCharge:
    category = node.at("CategoryTradeTax")
    return AllowanceCharge(
        is_charge=node.need("ChargeIndicator", "Indicator") in ("true", "1"),
        amount=node.need_money("ActualAmount"),
        base=node.money("BasisAmount"),
        percentage=node.decimal("CalculationPercent"),
        reason=node.text("Reason"),
        reason_code=node.text("ReasonCode"),
        vat=read_category(category) if category else None,
    )


def read_service_charge(node: Node) -> AllowanceCharge:
    """Freight and the like, which ZUGFeRD 1.0 and EXTENDED set apart from other charges."""
    category = node.at("AppliedTradeTax")
    return AllowanceCharge(
        is_charge=True,
        amount=node.need_money("AppliedAmount"),
        reason=node.text("Description"),
        vat=read_category(category) if category else None,
    )


def write_terms(invoice: Invoice) -> str:
    debit = invoice.payment.direct_debit if invoice.payment else None
    return wrap(
        "ram:SpecifiedTradePaymentTerms",
        tag("ram:Description", invoice.payment_terms),
        write_date("ram:DueDateDateTime", invoice.due_date, "udt:DateTimeString"),
        tag("ram:DirectDebitMandateID", debit.mandate if debit else None),
    )


def write_totals(invoice: Invoice) -> str:
    totals = invoice.totals
    accounting = totals.vat_in_accounting_currency
    allowances = any(not part.is_charge for part in invoice.allowances_charges)
    charges = any(part.is_charge for part in invoice.allowances_charges)
    return "".join(
        (
            "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
            amount("ram:LineTotalAmount", totals.lines_net),
            amount("ram:ChargeTotalAmount", totals.charges) if charges or totals.charges else "",
            amount("ram:AllowanceTotalAmount", totals.allowances)
            if allowances or totals.allowances
            else "",
            amount("ram:TaxBasisTotalAmount", totals.net),
            _tax_total(totals.vat),
            _tax_total(accounting) if accounting is not None else "",
            amount("ram:RoundingAmount", totals.rounding) if totals.rounding else "",
            amount("ram:GrandTotalAmount", totals.gross),
            amount("ram:TotalPrepaidAmount", totals.prepaid) if totals.prepaid else "",
            amount("ram:DuePayableAmount", totals.due),
            "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
        )
    )


def _tax_total(money: Money) -> str:
    name = "ram:TaxTotalAmount"
    return f'<{name} currencyID="{money.currency}">{money_text(money)}</{name}>'


def read_totals(node: Node, accounting_currency: str | None, *, summary: bool) -> Totals:
    """The totals; in a ``summary`` the net total stands for the sum of the lines nobody lists."""
    currency = node.source.currency
    nothing = Money.zero(currency)
    vat: Money | None = None
    accounting: Money | None = None
    for element in node.leaves("TaxTotalAmount"):
        named = element.get("currencyID")
        if accounting_currency and named == accounting_currency != currency:
            accounting = node.money_of(element, accounting_currency)
        elif vat is None:
            vat = node.money_of(element, currency)
        else:
            node.source.fault("tax_total", "a second VAT total in the same currency", element)
    lines_net = node.money("LineTotalAmount") if summary else node.need_money("LineTotalAmount")
    net = node.need_money("TaxBasisTotalAmount")
    return Totals(
        lines_net=net if lines_net is None else lines_net,
        allowances=node.money("AllowanceTotalAmount") or nothing,
        charges=node.money("ChargeTotalAmount") or nothing,
        net=net,
        vat=vat or nothing,
        gross=node.need_money("GrandTotalAmount"),
        prepaid=node.money("TotalPrepaidAmount") or nothing,
        rounding=node.money("RoundingAmount") or nothing,
        due=node.need_money("DuePayableAmount"),
        vat_in_accounting_currency=accounting,
    )
