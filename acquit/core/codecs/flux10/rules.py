"""What annex 7 asks of an e-reporting transmission before it leaves (rules G1, G2, G6, G8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from acquit.core.documents.amounts import VatCategory
from acquit.core.documents.ereport import (
    IN_UNION,
    SIREN,
    EReport,
    RatePayment,
    ReportedInvoice,
    ReportedParty,
)
from acquit.core.faults import Fault
from acquit.core.money import Money, total

RATES = frozenset(map(Decimal, "0 0.9 1.05 1.75 2.1 5.5 7 8.5 9.2 9.6 10 13 19.6 20 20.6".split()))
_TYPES = frozenset("261 380 381 384 386 389 393 396 471 472 473 500 501 502 503".split())
_CREDITS = frozenset("261 381 396 502 503".split())
_CORRECTIONS = frozenset("384 471 472 473".split())
_FRAMES = frozenset("B1 S1 M1 B2 S2 M2 B4 S4 M4 S5 S6 B7 S7".split())
_SCHEMES = frozenset({SIREN, IN_UNION, "0227", "0228", "0229"})
_CATEGORIES = frozenset("S E AE K G O Z".split())
_NUMBER = re.compile(r"[A-Za-z0-9+_/-]+( [A-Za-z0-9+_/-]+)*")


def breaches(report: EReport) -> list[Fault]:
    """Every rule that the transmission breaks, by its number in annex 7."""
    found = [*_of_head(report)]
    for index, invoice in enumerate(report.invoices):
        found += _of_invoice(invoice, f"invoices[{index}]")
    for index, sales in enumerate(report.transactions):
        path = f"transactions[{index}]"
        found += _rates((row.rate for row in sales.rates), path)
        nets = [row.taxable for row in sales.rates]
        found += _sums(sales.net, nets, sales.vat, [row.tax for row in sales.rates], path)
    for index, payment in enumerate(report.payments):
        path = f"payments[{index}]"
        found += _number(payment.invoice, 35, "G1.05", f"{path}.invoice")
        found += _paid(payment.rates, path)
    for index, day in enumerate(report.collections):
        found += _paid(day.rates, f"collections[{index}]")
    return found


def _fault(rule: str, message: str, path: str, fix: str = "") -> Fault:
    return Fault("flux10.rule", message, path, rule=rule, fix=fix)


def _number(value: str, longest: int, rule: str, path: str) -> Iterator[Fault]:
    if len(value) > longest or not _NUMBER.fullmatch(value):
        message = f"{value[:60]!r} is no number of up to {longest} letters, digits and - + _ /"
        yield _fault(rule, message, path)


def _rates(rates: Iterable[Decimal | None], path: str) -> Iterator[Fault]:
    for rate in rates:
        if rate is not None and rate not in RATES:
            fix = ", ".join(str(known) for known in sorted(RATES))
            yield _fault("G1.24", f"{rate} is no French VAT rate", path, fix)


def _of_head(report: EReport) -> Iterator[Fault]:
    yield from _number(report.number, 50, "G1.104", "number")
    sales = bool(report.invoices or report.transactions)
    if sales == bool(report.payments or report.collections):
        message = "a transmission tells sales or payments, and one of the two"
        yield _fault("G6.29", message, "", "send two transmissions")
    if len(report.platform) != 4:
        yield _fault("G6.22", "the number of a platform has four characters", "platform")
    if not re.fullmatch(r"\d{9}", report.declarant):
        yield _fault("G6.26", "the declarant's SIREN has nine digits", "declarant")
    if report.role not in ("SE", "BY"):
        yield _fault("G7.52", "the declarant is SE or BY", "role")
    start, end = report.period.start, report.period.end
    if start is None or end is None or end <= start:
        yield _fault("G6.25", "the period ends after it begins", "period")


def _of_invoice(invoice: ReportedInvoice, path: str) -> Iterator[Fault]:
    yield from _number(invoice.number, 35, "G1.05", f"{path}.number")
    if invoice.type_code not in _TYPES:
        yield _fault("G1.01", f"{invoice.type_code} is no type of invoice", f"{path}.type_code")
    if invoice.frame not in _FRAMES:
        fix = " ".join(sorted(_FRAMES))
        yield _fault("G1.02", f"{invoice.frame!r} is no frame", f"{path}.frame", fix)
    dated = [part for part in invoice.preceding if part.issue_date]
    if invoice.type_code in _CORRECTIONS and (len(invoice.preceding), len(dated)) != (1, 1):
        message = "a correction names one invoice with its day"
        yield _fault("G1.32", message, f"{path}.preceding")
    if invoice.type_code in _CREDITS and not dated:
        message = "a credit note names the invoice it takes back, with its day"
        yield _fault("G1.32", message, f"{path}.preceding")
    yield from _of_party(invoice.seller, f"{path}.seller", needed=False)
    yield from _of_party(invoice.buyer, f"{path}.buyer", needed=True)
    if invoice.vat.currency != "EUR":
        yield _fault("G6.23", "the VAT is told in euro", f"{path}.vat")
    yield from _rates((row.vat.rate for row in invoice.breakdown), f"{path}.breakdown")
    for row in invoice.breakdown:
        category = row.vat.category
        if category not in _CATEGORIES:
            yield _fault("G2.31", f"category {category} is not known in France", path)
        reason = row.exemption_code and row.exemption_reason
        if category is VatCategory.EXEMPT and not reason:
            message = "an exemption has a code and a text"
            yield _fault("G1.40", message, f"{path}.breakdown")
    if invoice.currency == "EUR":
        nets = [row.taxable for row in invoice.breakdown]
        taxes = [row.tax for row in invoice.breakdown]
        yield from _sums(invoice.net, nets, invoice.vat, taxes, path)


def _of_party(party: ReportedParty, path: str, *, needed: bool) -> Iterator[Fault]:
    known = party.identifier
    if known is None:
        if needed:
            yield _fault("G6.28", "a buyer abroad has a number", f"{path}.identifier")
        return
    digits = {SIREN: r"\d{9}", "0228": r"\d{9,10}", "0229": r"\d{9}"}.get(known.scheme or "")
    if known.scheme not in _SCHEMES or not re.fullmatch(digits or r".{1,18}", known.value):
        message = f"{known.value[:30]!r} is no number of scheme {known.scheme}"
        yield _fault("G2.19", message, f"{path}.identifier")
    if known.scheme in (SIREN, IN_UNION) and not party.vat_id:
        yield _fault("G2.33", "the VAT number is missing", f"{path}.vat_id")


def _sums(
    net: Money, nets: list[Money], vat: Money, taxes: list[Money], path: str
) -> Iterator[Fault]:
    """G1.53: the totals are the sums of the rates, a cent off for each of them at most."""
    for whole, parts in ((net, nets), (vat, taxes)):
        found = total(parts, whole.currency)
        if abs((whole - found).minor) > len(parts):
            yield _fault("G1.53", f"{whole} is not the sum of the rates, {found}", path)


def _paid(rates: tuple[RatePayment, ...], path: str) -> Iterator[Fault]:
    yield from _rates((row.rate for row in rates), path)
    for row in rates:
        if row.amount.currency != "EUR":
            yield _fault("G6.27", "what was collected is told in euro", path)
        if row.amount.minor < 0:
            fix = "replace the first transmission by one of kind RE"
            yield _fault("G1.16", "what was collected cannot be negative", path, fix)
