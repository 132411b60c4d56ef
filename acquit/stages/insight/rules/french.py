"""What a French company reports of sales to consumers and abroad, and of what they paid: flux 10
(CGI art. 290, 290 A). Payments of businesses in France are told one by one, see dispatch.

Cash counts where services were sold, since the tax on them becomes due with it. What an invoice
mixes is split by the net amounts of its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from acquit.core.documents.amounts import Period, VatBreakdown, VatCategory
from acquit.core.documents.ereport import (
    Category,
    DayPayments,
    DaySales,
    EReport,
    InvoicePayment,
    RatePayment,
    RateTotal,
    Transmission,
    reported,
    reported_party,
)
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.lifecycle import collected_by_rate
from acquit.core.documents.profiles import is_service
from acquit.core.money import Money, total
from acquit.stages.dispatch.rules.collected import Buyer, buyer_of, has_services

_CREDIT = "381"
_NOT_FRENCH = frozenset((VatCategory.INTRA_COMMUNITY, VatCategory.EXPORT, VatCategory.OUT_OF_SCOPE))


@dataclass(frozen=True, slots=True)
class Cash:
    """Money that settled a part of an invoice; negative where that was taken back.

    ``home`` is in euro. ``settled_on`` is the day of the settlement it belongs to: of what was
    taken back, the first one's.
    """

    invoice: Invoice
    settled_on: date
    home: Money


@dataclass(frozen=True, slots=True)
class Declarant:
    """Who reports, over which platform (four characters), in which words."""

    platform: str
    now: datetime  # of Paris, without a zone
    kind: Transmission = Transmission.INITIAL


def sales(invoices: Sequence[Invoice], period: Period, declarant: Declarant) -> EReport | None:
    """The sales of the period to businesses abroad, one by one, and to consumers, day by day;
    None where there were none. ValueError where an invoice lacks its VAT in euro (BT-111)."""
    abroad = [one for one in invoices if buyer_of(one) is Buyer.ABROAD]
    days: dict[tuple[date, Category], list[tuple[Decimal, Money, Money]]] = defaultdict(list)
    counts: dict[tuple[date, Category], set[str]] = defaultdict(set)
    for invoice in invoices:
        if buyer_of(invoice) is Buyer.CONSUMER:
            for category, rate, taxable, tax in _sold(invoice):
                days[invoice.issue_date, category].append((rate, taxable, tax))
                counts[invoice.issue_date, category].add(invoice.number)
    if not abroad and not days:
        return None
    return replace(
        _head(invoices[0], period, declarant, "S"),
        invoices=tuple(reported(one) for one in abroad),
        transactions=tuple(_day(key, rows, len(counts[key])) for key, rows in sorted(days.items())),
    )


def payments(cash: Sequence[Cash], period: Period, declarant: Declarant) -> EReport | None:
    """What services of the period's settlements brought in, VAT included, per rate: by invoice of
    businesses abroad, by day of consumers. None where there was nothing."""
    by_invoice: dict[tuple[str, date], list[Cash]] = defaultdict(list)
    by_day: dict[date, list[Cash]] = defaultdict(list)
    for one in cash:
        if has_services(one.invoice):
            if buyer_of(one.invoice) is Buyer.ABROAD:
                by_invoice[one.invoice.number, one.settled_on].append(one)
            elif buyer_of(one.invoice) is Buyer.CONSUMER:
                by_day[one.settled_on].append(one)
    paid = [
        InvoicePayment(number, rows[0].invoice.issue_date, day, rates)
        for (number, day), rows in sorted(by_invoice.items())
        if (rates := _rates(rows))
    ]
    collected = [
        DayPayments(day, rates) for day, rows in sorted(by_day.items()) if (rates := _rates(rows))
    ]
    if not paid and not collected:
        return None
    return replace(
        _head(cash[0].invoice, period, declarant, "P"),
        payments=tuple(paid),
        collections=tuple(collected),
    )


def _head(invoice: Invoice, period: Period, declarant: Declarant, letter: str) -> EReport:
    siren = reported_party(invoice.seller).identifier
    digits = siren.value if siren else ""
    first, last = period.start, period.end
    assert first is not None
    assert last is not None
    return EReport(
        number=f"{digits}-{first:%Y%m%d}-{last:%Y%m%d}-{letter}{declarant.kind.value}",
        issued_at=declarant.now,
        platform=declarant.platform,
        declarant=digits,
        declarant_name=invoice.seller.name,
        period=period,
        kind=declarant.kind,
    )


def _sold(invoice: Invoice) -> list[tuple[Category, Decimal, Money, Money]]:
    """Category, rate, net and VAT of what an invoice sold, in its currency; a credit note's
    lessen."""
    if invoice.currency != "EUR":
        raise ValueError(f"invoice {invoice.number}: sales to consumers are told in euro")
    is_credit = invoice.type_code == _CREDIT
    found = []
    for row in invoice.breakdown:
        rate = row.vat.rate or Decimal(0)
        weights = _weights(invoice, row)
        kinds = (Category.SERVICES, Category.GOODS)
        if row.vat.category in _NOT_FRENCH:
            weights, kinds = (1, 0), (Category.NOT_TAXED, Category.NOT_TAXED)
        parts = zip(kinds, row.taxable.allocate(weights), row.tax.allocate(weights), strict=True)
        found += [
            (kind, rate, -taxable if is_credit else taxable, -tax if is_credit else tax)
            for kind, taxable, tax in parts
            if taxable.minor or tax.minor
        ]
    return found


def _weights(invoice: Invoice, row: VatBreakdown) -> tuple[int, int]:
    """Services and goods of one VAT rate, by the net amounts of its lines."""
    mine = [line for line in invoice.lines if line.vat == row.vat]
    services = sum(abs(line.net.minor) for line in mine if is_service(line.unit))
    goods = sum(abs(line.net.minor) for line in mine if not is_service(line.unit))
    return (services, goods) if services or goods else (0, 1)


def _day(
    key: tuple[date, Category], rows: Sequence[tuple[Decimal, Money, Money]], count: int
) -> DaySales:
    day, category = key
    rates: dict[Decimal, tuple[Money, Money]] = {}
    for rate, taxable, tax in rows:
        net, vat = rates.get(rate, (Money.zero("EUR"), Money.zero("EUR")))
        rates[rate] = (net + taxable, vat + tax)
    totals = tuple(RateTotal(rate, *rates[rate]) for rate in sorted(rates))
    return DaySales(
        day=day,
        category=category,
        net=total((row.taxable for row in totals), "EUR"),
        vat=total((row.tax for row in totals), "EUR"),
        rates=totals,
        count=count,
    )


def _rates(rows: Sequence[Cash]) -> tuple[RatePayment, ...]:
    """What services brought in per rate; rates that come to nothing are left out."""
    sums: dict[Decimal, Money] = {}
    for row in rows:
        weights: dict[Decimal, tuple[int, int]] = {}
        for each in row.invoice.breakdown:  # categories of one rate count together
            rate = each.vat.rate or Decimal(0)
            before, mine = weights.get(rate, (0, 0)), _weights(row.invoice, each)
            weights[rate] = (before[0] + mine[0], before[1] + mine[1])
        for part in collected_by_rate(paid=row.home, invoice=row.invoice):
            assert part.amount is not None
            assert part.percent is not None
            service, _goods = part.amount.allocate(weights[part.percent])
            sums[part.percent] = sums.get(part.percent, Money.zero(service.currency)) + service
    return tuple(RatePayment(rate, sums[rate]) for rate in sorted(sums) if sums[rate].minor)
