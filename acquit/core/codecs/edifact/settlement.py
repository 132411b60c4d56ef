"""Money in an INVOIC: allowances and charges, VAT, totals. Each block is written and read here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact.parts import Draft, number, read_amount
from acquit.core.documents.amounts import (
    AllowanceCharge,
    Totals,
    Vat,
    VatBreakdown,
    VatCategory,
)
from acquit.core.documents.invoice import Invoice, Line
from acquit.core.documents.totals import compute
from acquit.core.faults import Severity
from acquit.core.money import Money, total

# UNCL 5025.
AMOUNT, BASE, LINE_NET = "8", "25", "203"
_LINES, _TAXABLE, _TAX, _GROSS, _DUE = "79", "125", "124", "77", "9"
_PREPAID, _CHARGES, _ALLOWANCES = "113", "259", "260"


def write_vat(draft: Draft, vat: Vat) -> None:
    rate = number(vat.rate)
    draft.add("TAX", "7", "VAT", "", "", ("", "", "", rate) if rate else "", vat.category.value)


def write_allowance_charge(draft: Draft, part: AllowanceCharge, order: str) -> None:
    """An ALC group. The reason code is of UNCL 5189 for an allowance, UNCL 7161 for a charge."""
    reason = draft.cut(part.reason or "", 35, 2, f"reason of {order}", per=2)
    words = reason[0] if reason else []
    code = part.reason_code or ""
    service = (code if part.is_charge else "", "", "", *words)
    draft.add(
        "ALC",
        "C" if part.is_charge else "A",
        "" if part.is_charge else ("", code),
        "",
        "",
        service,
    )
    if part.percentage is not None:
        draft.add("PCD", ("3", number(part.percentage)))
    draft.money(AMOUNT, part.amount)
    draft.money(BASE, part.base)
    if part.vat:
        write_vat(draft, part.vat)


def read_vat(node: Node) -> Vat:
    """The category and rate of a TAX; a missing category follows from the rate."""
    node.skip(1, 2)
    rate = node.decimal(5, 4)
    code = node.get(6)
    if code is None:
        return Vat(VatCategory.STANDARD if rate else VatCategory.ZERO, rate or Decimal(0))
    try:
        category = VatCategory(code)
    except ValueError:
        node.fault("vat_category", f"{code[:20]!r} is not a VAT category of EN 16931")
        return Vat(VatCategory.STANDARD, rate)
    if category is VatCategory.OUT_OF_SCOPE:
        return Vat(category, rate)
    return Vat(category, rate if rate is not None else Decimal(0))


def vat_of(node: Node) -> Vat | None:
    """The VAT of a line, an allowance or the whole document; other taxes are reported unread."""
    for tax in node.all("TAX"):
        if tax.segment.get(2) in ("VAT", "") and tax.segment.get(1) in ("7", "5"):
            return read_vat(tax)
    return None


def read_allowances_charges(parent: Node, currency: str) -> tuple[AllowanceCharge, ...]:
    """The allowances and charges that have an amount. One with a percentage alone says how a
    price came about: the amounts of lines and document hold without it, so it is left out with a
    warning."""
    found = [_read_allowance_charge(node, currency) for node in parent.all("ALC")]
    return tuple(part for part in found if part is not None)


def _read_allowance_charge(node: Node, currency: str) -> AllowanceCharge | None:
    is_charge = node.segment.get(1) == "C"
    amounts = node.all("MOA")
    amount = read_amount(amounts, currency, AMOUNT, "23" if is_charge else "204")
    if amount is None:
        message = "left out: the allowance or charge has no amount (MOA 8, 23 or 204)"
        node.source.add("left_out", message, node.path, severity=Severity.WARNING)
        return None
    node.get(1)
    percentage = node.first("PCD", "3", "1" if not is_charge else "2", "12")
    code = node.get(2, 2)
    service = node.get(5, 1)
    words = " ".join(node.texts(5, 4, 5)) or node.get(2, 1)
    return AllowanceCharge(
        is_charge=is_charge,
        amount=amount,
        base=read_amount(amounts, currency, BASE),
        percentage=percentage.decimal(1, 2) if percentage else None,
        reason=words,
        reason_code=service if is_charge else code or service,
        vat=vat_of(node),
    )


def write_totals(draft: Draft, invoice: Invoice) -> None:
    totals = invoice.totals
    draft.add("UNS", "S")
    draft.add("CNT", ("2", str(len(invoice.lines))))
    draft.money(_LINES, totals.lines_net)
    draft.money(_TAXABLE, totals.net)
    draft.money(_TAX, totals.vat)
    other = totals.vat_in_accounting_currency
    if other is not None:
        draft.money(_TAX, other, other.currency)
    draft.money(_GROSS, totals.gross)
    if totals.allowances:
        draft.money(_ALLOWANCES, totals.allowances)
    if totals.charges:
        draft.money(_CHARGES, totals.charges)
    if totals.prepaid:
        draft.money(_PREPAID, totals.prepaid)
    draft.money(_DUE, totals.due)
    for part in invoice.breakdown:
        write_vat(draft, part.vat)
        draft.money(_TAXABLE, part.taxable)
        draft.money(_TAX, part.tax)


def read_breakdown(
    summary: Node, currency: str, reasons: dict[str, str], codes: dict[str, str]
) -> tuple[VatBreakdown, ...]:
    """The TAX groups of the summary that have an amount."""
    found = []
    for tax in summary.all("TAX"):
        taxable = read_amount(tax.all("MOA"), currency, _TAXABLE, "79")
        amount = read_amount(tax.all("MOA"), currency, _TAX)
        if taxable is None and amount is None:
            tax.skip(1, 2, 5, 6)
            continue
        vat = read_vat(tax)
        if taxable is None:
            tax.fault("missing", "the tax has no taxable amount (MOA 125)")
        category = vat.category.value
        found.append(
            VatBreakdown(
                vat,
                taxable or Money.zero(currency),
                amount or Money.zero(currency),
                reasons.pop(category, None),
                codes.pop(category, None),
            )
        )
    return tuple(found)


def read_totals(
    summary: Node,
    currency: str,
    accounting_currency: str | None,
    lines: tuple[Line, ...],
    parts: tuple[AllowanceCharge, ...],
    breakdown: tuple[VatBreakdown, ...],
) -> tuple[Totals, tuple[VatBreakdown, ...]]:
    """The totals that are there; those that are not follow from the others, with a warning."""
    amounts = summary.all("MOA")
    if not breakdown and (lines or parts):
        breakdown = _derived(summary, currency, lines, parts)
    derived: list[str] = []

    def of(name: str, fallback: Money, *qualifiers: str) -> Money:
        amount = read_amount(amounts, currency, *qualifiers)
        if amount is None:
            derived.append(name)
        return fallback if amount is None else amount

    nothing = Money.zero(currency)
    lines_net = of("BT-106", total((line.net for line in lines), currency), _LINES)
    allowances = read_amount(amounts, currency, _ALLOWANCES) or total(
        (p.amount for p in parts if not p.is_charge), currency
    )
    charges = read_amount(amounts, currency, _CHARGES) or total(
        (p.amount for p in parts if p.is_charge), currency
    )
    net = of("BT-109", lines_net - allowances + charges, _TAXABLE)
    vat = of("BT-110", total((part.tax for part in breakdown), currency), _TAX, "176")
    gross = of("BT-112", net + vat, _GROSS, "86", "39", "128")
    prepaid = read_amount(amounts, currency, _PREPAID) or nothing
    due = read_amount(amounts, currency, _DUE)
    other = (
        read_amount(amounts, accounting_currency, _TAX, "176", named=True)
        if accounting_currency and accounting_currency != currency
        else None
    )
    if derived:
        message = f"computed because the message does not say it: {', '.join(derived)}"
        summary.source.add("derived", message, summary.path, severity=Severity.WARNING)
    due = gross - prepaid if due is None else due
    totals = Totals(
        lines_net=lines_net,
        allowances=allowances,
        charges=charges,
        net=net,
        vat=vat,
        gross=gross,
        prepaid=prepaid,
        rounding=due - gross + prepaid,
        due=due,
        vat_in_accounting_currency=other,
    )
    return totals, breakdown


def _derived(
    summary: Node, currency: str, lines: tuple[Line, ...], parts: tuple[AllowanceCharge, ...]
) -> tuple[VatBreakdown, ...]:
    """The breakdown that follows from the lines, where the message has none."""
    standard = lines[0].vat if lines else None
    taxed = tuple(part if part.vat else replace(part, vat=standard) for part in parts)
    if any(part.vat is None for part in taxed):
        return ()
    message = "the VAT breakdown was computed because the message does not have one"
    summary.source.add("derived", message, summary.path, severity=Severity.WARNING)
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
