"""One invoice of a transactions report (10.1): header, parties, breakdown."""

from __future__ import annotations

from acquit.core.codecs import xml
from acquit.core.codecs.flux10.parts import amount, day, need_day, number, read_amount, read_day
from acquit.core.codecs.numbers import money_text
from acquit.core.codecs.xml import Node, tag, tag_with, text_of, wrap
from acquit.core.documents.amounts import Period, Vat, VatBreakdown, VatCategory
from acquit.core.documents.ereport import ReportedInvoice, ReportedParty
from acquit.core.documents.invoice import PrecedingInvoice
from acquit.core.documents.parties import Identifier
from acquit.core.money import Money

PROFILE = "urn.cpro.gouv.fr:1p0:ereporting"
_EURO = "EUR"


def write(invoice: ReportedInvoice) -> str:
    period = invoice.period
    place = wrap("Location", tag("CountryId", invoice.delivered_to))
    return wrap(
        "Invoice",
        tag("ID", invoice.number),
        day("IssueDate", invoice.issue_date),
        tag("TypeCode", invoice.type_code),
        tag("CurrencyCode", invoice.currency),
        day("DueDate", invoice.due_date),
        tag("TaxDueDateTypeCode", invoice.tax_point_code),
        wrap("BusinessProcess", tag("ID", invoice.frame), tag("TypeID", PROFILE)),
        *(
            wrap("ReferencedDocument", tag("ID", part.number), day("IssueDate", part.issue_date))
            for part in invoice.preceding
        ),
        _write_party("Seller", invoice.seller),
        _write_party("Buyer", invoice.buyer),
        wrap("SellerTaxRepresentative", _write_vat_id(invoice.representative_vat_id)),
        wrap("Delivery", day("Date", invoice.delivered_on), place),
        wrap("InvoicePeriod", day("StartDate", period.start), day("EndDate", period.end))
        if period
        else "",
        wrap(
            "MonetaryTotal",
            amount("TaxExclusiveAmount", invoice.net),
            tag_with("TaxAmount", "CurrencyCode", invoice.vat.currency, money_text(invoice.vat)),
        ),
        *(_write_row(row) for row in invoice.breakdown),
    )


def _write_vat_id(value: str | None) -> str:
    return tag_with("TaxRegistrationId", "qualifyingId", "VAT", value) if value else ""


def _write_party(name: str, party: ReportedParty) -> str:
    known = party.identifier
    return wrap(
        name,
        tag_with("CompanyId", "schemeId", known.scheme, known.value) if known else "",
        _write_vat_id(party.vat_id),
        wrap("PostalAddress", tag("CountryId", party.country)),
    )


def _write_row(row: VatBreakdown) -> str:
    return wrap(
        "TaxSubTotal",
        amount("TaxableAmount", row.taxable),
        amount("TaxAmount", row.tax),
        wrap(
            "TaxCategory",
            tag("Code", row.vat.category.value),
            number("Percent", row.vat.rate),
            tag("TaxExemptionReason", row.exemption_reason),
            tag("TaxExemptionReasonCode", row.exemption_code),
        ),
    )


def read(node: Node) -> ReportedInvoice:
    """The reported invoice of one element."""
    currency = xml.need_currency(node, "CurrencyCode") or _EURO
    process, delivery = node.at("BusinessProcess"), node.at("Delivery")
    process.text("TypeID")
    totals, spell = node.at("MonetaryTotal"), node.at("InvoicePeriod")
    vat = totals.leaf("TaxAmount")
    told_in = _EURO if vat is None else vat.get("CurrencyCode") or _EURO
    if vat is None:
        node.source.fault("missing", "MonetaryTotal/TaxAmount is missing", totals.element)
    return ReportedInvoice(
        number=node.need("ID"),
        issue_date=need_day(node, "IssueDate"),
        type_code=node.need("TypeCode"),
        currency=currency,
        frame=process.need("ID"),
        seller=_read_party(node.at("Seller")),
        buyer=_read_party(node.at("Buyer")),
        net=read_amount(totals, "TaxExclusiveAmount", currency),
        vat=Money.zero(told_in) if vat is None else node.money_of(vat, told_in),
        breakdown=tuple(_read_row(part, currency) for part in node.all("TaxSubTotal")),
        due_date=read_day(node, "DueDate"),
        tax_point_code=node.text("TaxDueDateTypeCode"),
        preceding=tuple(
            PrecedingInvoice(part.need("ID"), read_day(part, "IssueDate"))
            for part in node.all("ReferencedDocument")
        ),
        representative_vat_id=node.text("SellerTaxRepresentative", "TaxRegistrationId"),
        delivered_on=read_day(delivery, "Date"),
        delivered_to=delivery.text("Location", "CountryId"),
        period=Period(read_day(spell, "StartDate"), read_day(spell, "EndDate")) if spell else None,
    )


def _read_party(node: Node) -> ReportedParty:
    element = node.leaf("CompanyId")
    text = text_of(element)
    known = None
    if element is not None and text:
        known = Identifier(text, element.get("schemeId") or None)
    country = node.text("PostalAddress", "CountryId")
    return ReportedParty(known, node.text("TaxRegistrationId"), country)


def _read_row(node: Node, currency: str) -> VatBreakdown:
    category = node.at("TaxCategory")
    code = category.need("Code")
    if code not in tuple(VatCategory):
        node.source.fault("vat_category", f"{code!r} is no VAT category", category.element)
    return VatBreakdown(
        vat=Vat(
            VatCategory(code) if code in tuple(VatCategory) else VatCategory.STANDARD,
            category.decimal("Percent"),
        ),
        taxable=read_amount(node, "TaxableAmount", currency),
        tax=read_amount(node, "TaxAmount", currency),
        exemption_reason=category.text("TaxExemptionReason"),
        exemption_code=category.text("TaxExemptionReasonCode"),
    )
