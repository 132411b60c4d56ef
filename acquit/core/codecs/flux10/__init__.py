"""Flux 10, French e-reporting of sales (10.1, 10.3) and payments (10.2, 10.4) to the tax office.

Written by the rules of annex 7 (version 1.8) of the external specifications, read back as any
platform writes it. Of invoices the header is told; lines, notes and allowances stay unread.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.codecs.flux10 import invoices
from acquit.core.codecs.flux10.parts import amount, day, need_day, number, read_amount
from acquit.core.codecs.flux10.rules import breaches
from acquit.core.codecs.moments import NO_TIME, read_time, time_text
from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.xml import Node, Source, tag, wrap
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import (
    Category,
    DayPayments,
    DaySales,
    EReport,
    InvoicePayment,
    RatePayment,
    RateTotal,
    Transmission,
)
from acquit.core.money import Money

__all__ = ["LOSES", "NAME", "VERSIONS", "read_file", "sniff", "write"]

NAME = "flux10"
VERSIONS = ("1.8",)
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {}
_EURO = "EUR"
_UNREAD_MAX = 50


def sniff(data: bytes) -> bool:
    """Whether the bytes look like an e-reporting transmission, from their beginning."""
    head = data[:4096].replace(b"\x00", b"")
    return b"<Report" in head and b"<ReportDocument" in head


def write(*, document: EReport, version: str = VERSIONS[0]) -> Written:
    """The transmission; CannotWrite with every rule of annex 7 that it would break."""
    if faults := breaches(document):
        raise CannotWrite(faults)
    text = wrap("Report", _write_head(document), _write_sales(document), _write_paid(document))
    try:
        data = xml.encode(text)
    except xml.NotXml as refusal:
        raise CannotWrite(refusal.faults) from None
    (part,) = read_file(data=data).parts
    return checked(name=NAME, document=document, data=data, reading=part.reading, loses=LOSES)


def _write_head(report: EReport) -> str:
    return wrap(
        "ReportDocument",
        tag("Id", report.number),
        wrap("IssueDateTime", tag("DateTimeString", time_text(report.issued_at))),
        tag("TypeCode", report.kind.value),
        wrap(
            "Sender",
            f'<Id schemeId="0238">{xml.escape(report.platform)}</Id>',
            tag("Name", report.platform_name),
            tag("RoleCode", "WK"),
        ),
        wrap(
            "Issuer",
            f'<Id schemeId="0002">{xml.escape(report.declarant)}</Id>',
            tag("Name", report.declarant_name),
            tag("RoleCode", report.role),
        ),
    )


def _write_period(report: EReport) -> str:
    period = report.period
    return wrap("ReportPeriod", day("StartDate", period.start), day("EndDate", period.end))


def _write_sales(report: EReport) -> str:
    if not (report.invoices or report.transactions):
        return ""
    return wrap(
        "TransactionsReport",
        _write_period(report),
        *(invoices.write(invoice) for invoice in report.invoices),
        *(_write_day(sales) for sales in report.transactions),
    )


def _write_day(sales: DaySales) -> str:
    return wrap(
        "Transactions",
        day("Date", sales.day),
        tag("TransactionsCurrency", sales.net.currency),
        tag("TaxDueDateTypeCode", sales.tax_point_code),
        tag("CategoryCode", sales.category.value),
        amount("TaxExclusiveAmount", sales.net),
        amount("TaxTotal", sales.vat),
        tag("TransactionsCount", None if sales.count is None else str(sales.count)),
        *(
            wrap(
                "TaxSubtotal",
                number("TaxPercent", row.rate),
                amount("TaxableAmount", row.taxable),
                amount("TaxTotal", row.tax),
            )
            for row in sales.rates
        ),
    )


def _write_paid(report: EReport) -> str:
    if not (report.payments or report.collections):
        return ""
    return wrap(
        "PaymentsReport",
        _write_period(report),
        *(
            wrap(
                "Invoice",
                tag("InvoiceID", payment.invoice),
                day("IssueDate", payment.issue_date),
                _write_payment(payment.paid_on, payment.rates),
            )
            for payment in report.payments
        ),
        *(
            wrap("Transactions", _write_payment(part.paid_on, part.rates))
            for part in report.collections
        ),
    )


def _write_payment(paid_on: date, rates: Iterable[RatePayment]) -> str:
    return wrap(
        "Payment",
        day("Date", paid_on),
        *(
            wrap(
                "SubTotals",
                number("TaxPercent", row.rate),
                tag("CurrencyCode", row.amount.currency),
                tag("Amount", decimal_text(row.amount.decimal)),
            )
            for row in rates
        ),
    )


def read_file(*, data: bytes) -> File[EReport]:
    """The one transmission of the file; never raises for bad bytes."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return File(NAME, (), refusal.faults)
    return File(NAME, (Part(NAME, _read(root)),))


def _read(root: etree._Element) -> Reading[EReport]:
    source = Source(NAME, currency=_EURO)
    if xml.local(root.tag) != "Report":
        source.fault("root", f"{root.tag} is no e-reporting transmission", root)
        return Reading(None, tuple(source.faults))
    node = Node(root, source)
    report = _read_report(node)
    fatal = source.fatal
    source.report_unread(_UNREAD_MAX)
    return Reading(None if fatal else report, tuple(source.faults))


def _read_report(node: Node) -> EReport:
    head, sales, paid = (
        node.at("ReportDocument"),
        node.at("TransactionsReport"),
        node.at("PaymentsReport"),
    )
    kind = head.need("TypeCode")
    if kind not in tuple(Transmission):
        node.source.fault("kind", f"{kind!r} is neither IN nor RE", head.element)
    period = (sales or paid).at("ReportPeriod")
    head.text("Sender", "RoleCode")
    return EReport(
        number=head.need("Id"),
        issued_at=_read_time(head.at("IssueDateTime")),
        platform=head.need("Sender", "Id"),
        declarant=head.need("Issuer", "Id"),
        period=Period(need_day(period, "StartDate"), need_day(period, "EndDate")),
        kind=Transmission(kind) if kind in tuple(Transmission) else Transmission.INITIAL,
        platform_name=head.text("Sender", "Name"),
        declarant_name=head.text("Issuer", "Name"),
        role=head.text("Issuer", "RoleCode") or "SE",
        invoices=tuple(invoices.read(part) for part in sales.all("Invoice")),
        transactions=tuple(_read_day(part) for part in sales.all("Transactions")),
        payments=tuple(
            InvoicePayment(
                part.need("InvoiceID"),
                need_day(part, "IssueDate"),
                need_day(part.at("Payment"), "Date"),
                _read_rates(part.at("Payment")),
            )
            for part in paid.all("Invoice")
        ),
        collections=tuple(
            DayPayments(need_day(part.at("Payment"), "Date"), _read_rates(part.at("Payment")))
            for part in paid.all("Transactions")
        ),
    )


def _read_time(node: Node) -> datetime:
    text = node.text("DateTimeString") or ""
    moment = read_time(text)
    if moment is None:
        message = f"{text[:40]!r} is no time as YYYYMMDDHHMMSS"
        node.source.fault("date", message, node.element)
    return moment or NO_TIME


def _read_day(node: Node) -> DaySales:
    currency = xml.read_currency(node, "TransactionsCurrency") or _EURO
    code = node.need("CategoryCode")
    if code not in tuple(Category):
        node.source.fault("category", f"{code!r} is no category of sales", node.element)
    count = node.decimal("TransactionsCount")
    return DaySales(
        day=need_day(node, "Date"),
        category=Category(code) if code in tuple(Category) else Category.GOODS,
        net=read_amount(node, "TaxExclusiveAmount", currency),
        vat=read_amount(node, "TaxTotal", currency),
        rates=tuple(
            RateTotal(
                row.need_decimal("TaxPercent"),
                read_amount(row, "TaxableAmount", currency),
                read_amount(row, "TaxTotal", currency),
            )
            for row in node.all("TaxSubtotal")
        ),
        tax_point_code=node.text("TaxDueDateTypeCode"),
        count=None if count is None else int(count),
    )


def _read_rates(node: Node) -> tuple[RatePayment, ...]:
    return tuple(_read_rate(row) for row in node.all("SubTotals"))


def _read_rate(node: Node) -> RatePayment:
    currency = xml.read_currency(node, "CurrencyCode") or _EURO
    paid: Money = read_amount(node, "Amount", currency)
    return RatePayment(node.need_decimal("TaxPercent"), paid)
