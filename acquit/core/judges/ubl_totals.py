"""What adds up: totals of the document and of its VAT breakdown, for UBL (BR-CO, BR-DEC)."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, by_shape
from acquit.core.judges.ubl import (
    LINES,
    charges,
    has,
    inside,
    is_vat,
    number,
    short_amounts,
    two_decimals,
)
from acquit.core.judges.values import ONE, ZERO, cents, decimal, spaced, whole

_TOTALS = (
    ("LineExtensionAmount", "BT-106", "BR-12", "BR-DEC-09"),
    ("TaxExclusiveAmount", "BT-109", "BR-13", "BR-DEC-12"),
    ("TaxInclusiveAmount", "BT-112", "BR-14", "BR-DEC-14"),
    ("PayableAmount", "BT-115", "BR-15", "BR-DEC-18"),
    ("AllowanceTotalAmount", "BT-107", "", "BR-DEC-10"),
    ("ChargeTotalAmount", "BT-108", "", "BR-DEC-11"),
    ("PrepaidAmount", "BT-113", "", "BR-DEC-16"),
    ("PayableRoundingAmount", "BT-114", "", "BR-DEC-17"),
)


def total_of_lines(record: Record) -> Decimal:
    """The sum of all line net amounts; Unevaluable where one is no number."""
    found = record.kept.get("lines")
    if found is None:
        amounts = [number(line, "LineExtensionAmount") for line in record.every(*LINES)]
        found = sum([amount for amount in amounts if amount is not None], ZERO)
        record.kept["lines"] = found
    assert isinstance(found, Decimal)
    return found


def _lines_add_up(group: Group, record: Record) -> bool:
    said = number(group, "LineExtensionAmount")
    return said is not None and said == cents(total_of_lines(record))


def _sum_of(groups: list[Group]) -> Decimal:
    amounts = (number(group, "Amount") for group in groups)
    return sum((amount for amount in amounts if amount is not None), ZERO)


def _charges_add_up(name: str, *, charge: bool):  # type: ignore[no-untyped-def]
    def test(group: Group, record: Record) -> bool:
        said = number(group, name)
        found = charges(record, charge=charge)
        if said is None:
            return not found
        return said == cents(_sum_of(found))

    return test


def _without_vat(group: Group, _: Record) -> bool:
    total = number(group, "TaxExclusiveAmount")
    lines = number(group, "LineExtensionAmount")
    charged = number(group, "ChargeTotalAmount")
    allowed = number(group, "AllowanceTotalAmount")
    if total is None or lines is None:
        return False
    if charged is None and allowed is None:
        return total == lines
    return total == cents(lines + (charged or ZERO) - (allowed or ZERO))


def _due(group: Group, _: Record) -> bool:
    due = number(group, "PayableAmount")
    total = number(group, "TaxInclusiveAmount")
    paid = number(group, "PrepaidAmount")
    rounding = number(group, "PayableRoundingAmount")
    if due is None or total is None:
        return False
    if rounding is not None:
        due = cents(due - rounding)
    return due == (total if paid is None else cents(total - paid))


def _with_vat(group: Group, _: Record) -> bool:
    for currency in group.values("DocumentCurrencyCode"):
        taxes = [
            decimal(text_of(value))
            for total in group.groups("TaxTotal")
            for value in _only(
                [v for v in total.get("TaxAmount", ()) if attribute(v, "currencyID") == currency]
            )
        ]
        if len(taxes) != 1:
            return False
        summed = group.groups("LegalMonetaryTotal")
        with_vat = [number(total, "TaxInclusiveAmount") for total in summed]
        without = [number(total, "TaxExclusiveAmount") for total in summed]
        if len(summed) != 1 or with_vat[0] is None or without[0] is None:
            return False
        if with_vat[0] != cents(without[0] + taxes[0]):
            return False
    return True


def _only(values: list[Group | str]) -> list[Group | str]:
    return values


def _vat_adds_up(group: Group, _: Record) -> bool:
    subtotals = group.groups("TaxSubtotal")
    if not subtotals:
        return True
    said = number(group, "TaxAmount")
    amounts = (number(subtotal, "TaxAmount") for subtotal in subtotals)
    found = sum((amount for amount in amounts if amount is not None), ZERO)
    return said is not None and said == cents(found)


def _vat_categories(group: Group) -> list[Group]:
    return [tax for tax in group.groups("TaxCategory") if is_vat(tax)]


def _categorised(group: Group, _: Record) -> bool:
    return any("ID" in tax for tax in _vat_categories(group))


def _rated(group: Group, _: Record) -> bool:
    taxes = _vat_categories(group)
    return any("Percent" in tax for tax in taxes) or any(
        spaced(tax.one("ID") or "") == "O" for tax in taxes
    )


def _tax_of_rate(group: Group, _: Record) -> bool:
    """Tax is taxable amount times rate, give or take one; the official rule is that lenient."""
    rates = [number(tax, "Percent") for tax in _vat_categories(group)]
    given = [rate for rate in rates if rate is not None]
    tax = number(group, "TaxAmount")
    if not given:
        return tax is not None and whole(tax) == ZERO
    rate = given[0]
    if whole(rate) == ZERO:
        return tax is not None and whole(tax) == ZERO
    taxable = number(group, "TaxableAmount")
    if tax is None or taxable is None:
        return False
    return near(tax, taxable, rate)


def near(tax: Decimal, taxable: Decimal, rate: Decimal) -> bool:
    """Whether the tax differs by less than one from taxable amount times rate."""
    expected = cents(abs(taxable) * rate.scaleb(-2))
    return abs(tax) - ONE < expected < abs(tax) + ONE


def rules() -> list[Rule]:
    total = ("LegalMonetaryTotal",)
    found: list[Rule] = []
    for name, term, needed, decimals in _TOTALS:
        if needed:
            found.append(Rule(needed, has(name), total, terms=(term, "BG-22"), text="missing"))
        found.append(
            Rule(
                decimals,
                two_decimals(name),
                total,
                terms=(term,),
                text="decimals",
                idle=short_amounts,
            )
        )
    part = ("TaxSubtotal",)
    of_total = inside("TaxTotal")
    found += [
        Rule("BR-CO-10", _lines_add_up, total, terms=("BT-106", "BT-131")),
        Rule("BR-CO-11", _charges_add_up("AllowanceTotalAmount", charge=False), total,
             terms=("BT-107", "BT-92")),
        Rule("BR-CO-12", _charges_add_up("ChargeTotalAmount", charge=True), total,
             terms=("BT-108", "BT-99")),
        Rule("BR-CO-13", _without_vat, total, terms=("BT-109", "BT-106", "BT-107", "BT-108")),
        Rule("BR-CO-16", _due, total, terms=("BT-115", "BT-112", "BT-113", "BT-114")),
        Rule("BR-CO-15", _with_vat, terms=("BT-112", "BT-109", "BT-110")),
        Rule("BR-CO-14", _vat_adds_up, ("TaxTotal",), inside("Invoice", "CreditNote"),
             terms=("BT-110", "BT-117")),
        Rule("BR-45", has("TaxableAmount"), part, of_total, terms=("BT-116", "BG-23"),
             text="missing"),
        Rule("BR-46", has("TaxAmount"), part, of_total, terms=("BT-117", "BG-23"),
             text="missing"),
        Rule("BR-47", _categorised, part, of_total, terms=("BT-118", "BG-23"), text="missing"),
        Rule("BR-48", _rated, part, of_total, terms=("BT-119", "BG-23"), text="missing"),
        Rule("BR-CO-17", _tax_of_rate, part, of_total, terms=("BT-117", "BT-116", "BT-119")),
        Rule("BR-DEC-19", two_decimals("TaxableAmount"), part, of_total, terms=("BT-116",),
             text="decimals",
             idle=short_amounts),
        Rule("BR-DEC-20", two_decimals("TaxAmount"), part, of_total, terms=("BT-117",),
             text="decimals",
             idle=short_amounts),
    ]  # fmt: skip
    return by_shape(found, but=("BR-CO-", "BR-DEC"))  # these ask for amounts
