"""Totals of the document and of the VAT breakdown, for CII (BR-CO, BR-DEC)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from acquit.core.judges.cii import (
    LINE,
    LINE_TOTAL,
    SETTLEMENT,
    TRANSACTION,
    either,
    first,
    has,
    inside,
    raw,
    short_amounts,
)
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, by_shape
from acquit.core.judges.values import (
    ONE,
    SPACES,
    ZERO,
    Unevaluable,
    cents,
    decimal,
    double,
    equal,
    places,
    whole,
)

TOTAL = "SpecifiedTradeSettlementHeaderMonetarySummation"
CHARGE = "SpecifiedTradeAllowanceCharge"
_TOTALS = (
    ("LineTotalAmount", "BT-106", "BR-12", "BR-DEC-09"),
    ("TaxBasisTotalAmount", "BT-109", "BR-13", "BR-DEC-12"),
    ("GrandTotalAmount", "BT-112", "BR-14", "BR-DEC-14"),
    ("DuePayableAmount", "BT-115", "BR-15", "BR-DEC-18"),
    ("AllowanceTotalAmount", "BT-107", "", "BR-DEC-10"),
    ("ChargeTotalAmount", "BT-108", "", "BR-DEC-11"),
    ("TotalPrepaidAmount", "BT-113", "", "BR-DEC-16"),
    ("RoundingAmount", "BT-114", "", "BR-DEC-17"),
)


def number(text: str | None) -> Decimal | None:
    return None if text is None else decimal(text)


def uncast(text: str) -> Decimal:
    """A number that the rule adds up without a cast."""
    found = double(text)
    if found is None:
        raise Unevaluable("NaN is not a number that can be added up")
    return found


def _sum(values: Iterable[str]) -> Decimal:
    texts = list(values)
    total = sum((uncast(text) for text in texts), ZERO)
    if texts and not total and all(text.strip(SPACES).startswith("-") for text in texts):
        return ZERO.copy_negate()  # minus zeros alone
    return total


def _rounded(number: Decimal) -> Decimal:
    """Two decimals of a number without a cast, which keeps the sign of a zero."""
    return number if not number else cents(number)


def settlement(record: Record, *path: str) -> list[str]:
    return record.root.values(*SETTLEMENT, *path)


def _header_charges(record: Record, word: str) -> list[Group]:
    key = f"charges {word}"
    if key not in record.kept:
        record.kept[key] = [
            group
            for group in record.root.down(*SETTLEMENT, CHARGE)
            if word in group.values("ChargeIndicator", "Indicator")
        ]
    return record.kept[key]  # type: ignore[no-any-return]


def _lines_add_up(group: Group, _: Record) -> bool:
    said = number(group.one("LineTotalAmount"))
    above = group.parent.parent if group.parent is not None else None
    found = above.values(LINE, "SpecifiedLineTradeSettlement", *LINE_TOTAL) if above else []
    total = _sum(found)
    return said is not None and said == cents(total)


def _allowances_add_up(group: Group, record: Record) -> bool:
    found = _header_charges(record, "false")
    said = group.values("AllowanceTotalAmount")
    if not found and not said:
        return True
    total = _rounded(_sum(value for charge in found for value in charge.values("ActualAmount")))
    return any(equal(uncast(value), total) for value in said)


def _charges_add_up(group: Group, record: Record) -> bool:
    found = _header_charges(record, "true")
    if not found and "ChargeTotalAmount" not in group:
        return True
    said = settlement(record, TOTAL, "ChargeTotalAmount")
    if len(said) > 1:
        raise Unevaluable("ChargeTotalAmount stands more than once")
    total = cents(_sum(value for charge in found for value in charge.values("ActualAmount")))
    logistics = cents(_sum(settlement(record, "SpecifiedLogisticsServiceCharge", "AppliedAmount")))
    return bool(said) and equal(_rounded(uncast(said[0])), _rounded(total + logistics))


def _without_vat(group: Group, _: Record) -> bool:
    total = number(first(group, "TaxBasisTotalAmount"))
    lines = number(first(group, "LineTotalAmount"))
    allowed = number(first(group, "AllowanceTotalAmount"))
    charged = number(first(group, "ChargeTotalAmount"))
    if total is None or lines is None:
        return False
    return total == cents(lines - (allowed or ZERO) + (charged or ZERO))


def _with_vat(_: Group, record: Record) -> bool:
    with_vat = settlement(record, TOTAL, "GrandTotalAmount")
    without = settlement(record, TOTAL, "TaxBasisTotalAmount")
    taxes = raw(record.root.down(*SETTLEMENT, TOTAL), "TaxTotalAmount")
    for currency in settlement(record, "InvoiceCurrencyCode"):
        mine = [text_of(tax) for tax in taxes if attribute(tax, "currencyID") == currency]
        if not with_vat or not without:
            return False
        grand, base = decimal(with_vat[0]), decimal(without[0])
        if grand == base:
            continue
        if len(mine) != 1 or grand != cents(base + decimal(mine[0])):
            return False
    return True


def _due(group: Group, _: Record) -> bool:
    due = number(first(group, "DuePayableAmount"))
    grand = number(first(group, "GrandTotalAmount"))
    paid = number(first(group, "TotalPrepaidAmount"))
    rounding = number(first(group, "RoundingAmount"))
    if due is None or grand is None:
        return False
    return due == grand - (paid or ZERO) + (rounding or ZERO)


def _two_decimals_of(currency: str) -> Test:
    """Some VAT total in that currency has two decimals, or there is none to look at."""

    def test(group: Group, record: Record) -> bool:
        totals = group.get("TaxTotalAmount", ())
        codes = settlement(record, currency)
        if not totals:
            return True
        for total in totals:
            mine = attribute(total, "currencyID") in codes
            if currency == "InvoiceCurrencyCode" and not mine:
                return True
            if currency == "TaxCurrencyCode" and not codes:
                return True
            if mine:
                number = uncast(text_of(total))
                if number == cents(number):
                    return True
        return False

    return test


def _accounting_currency(group: Group, record: Record) -> bool:
    wanted = settlement(record, "TaxCurrencyCode")
    if not wanted:
        return True
    found = {attribute(value, "currencyID") for value in group.get("TaxTotalAmount", ())}
    return not found.isdisjoint(wanted) and (
        set(wanted).isdisjoint(settlement(record, "InvoiceCurrencyCode"))
    )


def _vat_adds_up(value: Group | str, _: Group, record: Record) -> bool:
    if attribute(value, "currencyID") not in settlement(record, "InvoiceCurrencyCode"):
        return True
    total = _rounded(_sum(settlement(record, "ApplicableTradeTax", "CalculatedAmount")))
    return equal(uncast(text_of(value)), total)


def _totals() -> list[Rule]:
    on = (TOTAL,)
    found: list[Rule] = []
    for name, term, needed, decimals in _TOTALS:
        if needed:
            found.append(Rule(needed, has(name), on, terms=(term, "BG-22"), text="missing"))
        found.append(
            Rule(
                decimals,
                two_decimals(name),
                on,
                terms=(term,),
                text="decimals",
                idle=short_amounts,
            )
        )
    return [
        *found,
        Rule("BR-CO-10", _lines_add_up, on, terms=("BT-106", "BT-131")),
        Rule("BR-CO-11", _allowances_add_up, on, terms=("BT-107", "BT-92")),
        Rule("BR-CO-12", _charges_add_up, on, terms=("BT-108", "BT-99")),
        Rule("BR-CO-13", _without_vat, on, terms=("BT-109", "BT-106", "BT-107", "BT-108")),
        Rule("BR-CO-15", _with_vat, on, terms=("BT-112", "BT-109", "BT-110")),
        Rule("BR-CO-16", _due, on, terms=("BT-115", "BT-112", "BT-113", "BT-114")),
        Rule("BR-DEC-13", _two_decimals_of("InvoiceCurrencyCode"), on, terms=("BT-110",),
             text="decimals"),
        Rule("BR-DEC-15", _two_decimals_of("TaxCurrencyCode"), on, terms=("BT-111",),
             text="decimals"),
        Rule("BR-53", _accounting_currency, on, terms=("BT-111", "BT-6")),
        Rule("BR-CO-14", None, on, None, ("TaxTotalAmount",), _vat_adds_up,
             terms=("BT-110", "BT-117")),
    ]  # fmt: skip


def two_decimals(name: str) -> Test:
    return lambda group, _: places(group.one(name) or "") <= 2


def _tax_of_rate(group: Group, _: Record) -> bool:
    """Tax is taxable amount times rate, give or take one."""
    tax = number(group.one("CalculatedAmount"))
    if tax is None:
        return False  # whatever the rate is, for the official engine looks at it later
    rate = number(group.one("RateApplicablePercent")) if _norm_vat(group) else None
    if rate is None or whole(rate) == ZERO:
        return whole(tax) == ZERO
    taxable = number(group.one("BasisAmount"))
    if taxable is None:
        return False
    expected = cents(abs(taxable) * rate.scaleb(-2))
    return abs(tax) - ONE <= expected <= abs(tax) + ONE


def _norm_vat(group: Group) -> bool:
    return (group.one("TypeCode") or "").upper().strip(" \t\r\n") == "VAT"


def _breakdown() -> list[Rule]:
    on, header = ("ApplicableTradeTax",), inside("ApplicableHeaderTradeSettlement")

    def rated(group: Group, _: Record) -> bool:
        return "RateApplicablePercent" in group or "O" in group.values("CategoryCode")

    def one_date(group: Group, _: Record) -> bool:
        return not ("TaxPointDate" in group and "DueDateTypeCode" in group)

    return [
        Rule("BR-45", has("BasisAmount"), on, header, terms=("BT-116", "BG-23"), text="missing"),
        Rule("BR-46", has("CalculatedAmount"), on, header, terms=("BT-117", "BG-23"),
             text="missing"),
        Rule("BR-47", has("CategoryCode"), on, header, terms=("BT-118", "BG-23"), text="missing"),
        Rule("BR-48", rated, on, header, terms=("BT-119", "BG-23"), text="missing"),
        Rule("BR-CO-03", one_date, on, header, terms=("BT-7", "BT-8")),
        Rule("BR-CO-17", _tax_of_rate, on, header, terms=("BT-117", "BT-116", "BT-119")),
        Rule("BR-DEC-19", two_decimals("BasisAmount"), on, header, terms=("BT-116",),
             text="decimals", idle=short_amounts),
        Rule("BR-DEC-20", two_decimals("CalculatedAmount"), on, header, terms=("BT-117",),
             text="decimals", idle=short_amounts),
        Rule("BR-CO-18", either("ApplicableTradeTax"), ("ApplicableHeaderTradeSettlement",),
             inside(TRANSACTION), terms=("BG-23",), text="missing"),
    ]  # fmt: skip


def rules() -> list[Rule]:
    # These ask for amounts, or in which currency the document is.
    but = ("BR-53", "BR-CO-10", "BR-CO-11", "BR-CO-12", "BR-CO-13", "BR-CO-14", "BR-CO-15",
           "BR-CO-16", "BR-CO-17", "BR-DEC")  # fmt: skip
    return by_shape([*_totals(), *_breakdown()], but=but)
