"""What the extensions of EN 16931 in CII change: Factur-X EXTENDED and EXTENDED-CTC-FR.

Both know lines that stand under others, service charges of logistics and amounts collected for
somebody else, so both restate the rules of EN 16931 about lines and totals: what is added up is a
line without a subtype or of subtype DETAIL, and totals may differ by a cent for each amount added.
The ids differ by their beginning. The VAT categories are in ``extended_vat``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from math import floor

from acquit.core.judges.cii import (
    LINE,
    LINE_TOTAL,
    SETTLEMENT,
    either,
    has,
    is_vat,
    raw,
)
from acquit.core.judges.cii_totals import CHARGE, TOTAL, number
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, by_shape
from acquit.core.judges.values import ZERO, Unevaluable, binary, cents, decimal

OWN = "AssociatedDocumentLineDocument"
SUBTYPE = "LineStatusReasonCode"
NET = ("SpecifiedLineTradeSettlement", *LINE_TOTAL)
LOGISTICS = "SpecifiedLogisticsServiceCharge"
CENT = Decimal("0.01")


def added_up(line: Group) -> bool:
    """Whether a line is added up; those that group others or only inform are not."""
    found = line.values(OWN, SUBTYPE)
    return not found or "DETAIL" in found


def of_subtype(line: Group, *subtypes: str) -> bool:
    return not set(line.values(OWN, SUBTYPE)).isdisjoint(subtypes)


def rounded(number: Fraction) -> Fraction:
    """The hundredth of a whole number nearest to this, as the rules round in 53 binary digits."""
    return binary(Fraction(floor(number + Fraction(1, 2)), 100))


def one_answer(answers: Iterable[bool]) -> bool:
    """What is asked for each of some values; Unevaluable for several, where one is expected."""
    found = list(answers)
    if len(found) > 1:
        raise Unevaluable(f"{len(found)} values stand where one may")
    return bool(found) and found[0]


# --- Lines ---------------------------------------------------------------------------------------


def _asked(group: Group, _: Record) -> bool:
    above = group.parent
    found = group.values(SUBTYPE)
    return above is not None and above.name == LINE and (not found or "DETAIL" in found)


def _of_line(test: Test) -> Test:
    """The published rules stand at the group of the line's number and look at what is beside it."""

    def asked(group: Group, record: Record) -> bool:
        assert group.parent is not None
        return test(group.parent, record)

    return asked


def _in_a_unit(line: Group, _: Record) -> bool:
    found = raw(line.groups("SpecifiedLineTradeDelivery"), "BilledQuantity")
    return any(attribute(value, "unitCode") is not None for value in found)


def categorised(line: Group, _: Record) -> bool:
    taxes = line.down("SpecifiedLineTradeSettlement", "ApplicableTradeTax")
    return any(is_vat(tax) and "CategoryCode" in tax for tax in taxes)


def _one_value(group: Group, _: Record) -> bool:
    units = [attribute(value, "unitCode") for value in group.get("ValueMeasure", ())]
    return not units if "Value" in group else any(units)


def lines(name: str, attributes: str, in_category: Test = categorised) -> list[Rule]:
    """BR-22 to -26, BR-CO-04 and BR-54 as ``name`` restates them; all tell by shape."""
    price = ("SpecifiedLineTradeAgreement", "NetPriceProductTradePrice", "ChargeAmount")
    of_line: tuple[tuple[str, Test, str], ...] = (
        ("BR-22", has("SpecifiedLineTradeDelivery", "BilledQuantity"), "BT-129"),
        ("BR-23", _in_a_unit, "BT-130"),
        ("BR-24", has(*NET), "BT-131"),
        ("BR-26", has(*price), "BT-146"),
        ("CO-04", in_category, "BT-151"),
    )
    named = ("ApplicableProductCharacteristic",)
    found = [
        Rule(f"{name}-{number}", _of_line(test), (OWN,), _asked, terms=(term, "BG-25"),
             text="missing")
        for number, test, term in of_line
    ]  # fmt: skip
    found += [
        Rule(f"{attributes}-1", either("Description", "TypeCode"), named,
             terms=("BT-160", "BT-X-11", "BG-32"), text="either"),
        Rule(f"{attributes}-2", _one_value, named, terms=("BT-161", "BT-X-12", "BG-32"),
             text="one-of-both"),
    ]  # fmt: skip
    return by_shape(found, but=())


def charge_reasons(name: str) -> list[Rule]:
    """BR-38 and BR-44: each charge has a reason or its code."""

    def of_charge(parent: str) -> Test:
        def when(group: Group, _: Record) -> bool:
            above = group.parent
            return (
                above is not None
                and above.name == CHARGE
                and above.parent is not None
                and above.parent.name == parent
                and "true" in group.values("Indicator")
            )

        return when

    on, given = ("ChargeIndicator",), _of_line(either("Reason", "ReasonCode"))
    header, line = "ApplicableHeaderTradeSettlement", "SpecifiedLineTradeSettlement"
    found = [
        Rule(f"{name}-BR-38", given, on, of_charge(header), terms=("BT-104", "BT-105", "BG-21"),
             text="either"),
        Rule(f"{name}-BR-44", given, on, of_charge(line), terms=("BT-144", "BT-145", "BG-28"),
             text="either"),
    ]  # fmt: skip
    return by_shape(found, but=())


# --- Totals --------------------------------------------------------------------------------------


def _sum(values: Iterable[str]) -> Decimal:
    return cents(sum((decimal(value) for value in values), ZERO))


def charges(start: Group | None, word: str) -> list[Group]:
    """The charges (true) or allowances (false) of a settlement."""
    found = start.groups(CHARGE) if start is not None else []
    return [group for group in found if word in group.values("ChargeIndicator", "Indicator")]


def _settlements(record: Record) -> list[Group]:
    return record.root.down(*SETTLEMENT)


def _amounts(record: Record, word: str) -> list[str]:
    found = [charge for group in _settlements(record) for charge in charges(group, word)]
    return [value for charge in found for value in charge.values("ActualAmount")]


def _lines(group: Group) -> list[Group]:
    above = group.parent.parent if group.parent is not None else None
    return above.groups(LINE) if above is not None else []


def _net(group: Group) -> Decimal:
    return _sum(value for line in _lines(group) if added_up(line) for value in line.values(*NET))


def _charged(record: Record) -> Decimal:
    logistics = record.root.values(*SETTLEMENT, LOGISTICS, "AppliedAmount")
    return _sum(_amounts(record, "true")) + _sum(logistics)


def _counted(group: Group) -> tuple[int, int, int]:
    """How many lines are added up, and how many allowances and charges stand beside the totals."""
    beside = group.parent
    services = len(beside.get(LOGISTICS, ())) if beside is not None else 0
    return (
        sum(added_up(line) for line in _lines(group)),
        len(charges(beside, "false")),
        len(charges(beside, "true")) + services,
    )


def _lines_add_up(group: Group, _: Record) -> bool:
    total = number(group.one("LineTotalAmount"))
    return total is not None and abs(total - _net(group)) <= CENT * len(_lines(group))


Added = Callable[[list[str]], Decimal]


def _allowances_add_up(added: Added) -> Test:
    def test(group: Group, record: Record) -> bool:
        settled = [charge for one in _settlements(record) for charge in charges(one, "false")]
        if not settled and "AllowanceTotalAmount" not in group:
            return True
        total = number(group.one("AllowanceTotalAmount"))
        if total is None:
            return False
        difference = abs(total - added(_amounts(record, "false")))
        return difference <= CENT * _counted(group)[1]

    return test


def _charges_add_up(group: Group, record: Record) -> bool:
    settled = [charge for one in _settlements(record) for charge in charges(one, "true")]
    if not settled and "ChargeTotalAmount" not in group:
        return True
    total = number(group.one("ChargeTotalAmount"))
    if total is None:
        return False
    return abs(total - _charged(record)) <= CENT * _counted(group)[2]


def _without_vat(group: Group, record: Record) -> bool:
    total = number(group.one("TaxBasisTotalAmount"))
    if total is None:
        return False
    expected = _net(group) - _sum(_amounts(record, "false")) + _charged(record)
    return abs(total - expected) <= CENT * sum(_counted(group))


def _with_vat(*, first_only: bool) -> Test:
    """``first_only``: of several amounts the first is taken, else there may be but one."""

    def taken(values: list[str]) -> Decimal | None:
        if len(values) > 1 and not first_only:
            raise Unevaluable(f"{len(values)} values stand where one may")
        return decimal(values[0]) if values else None

    def of_currency(group: Group, currency: str) -> Iterable[bool]:
        without = taken(group.values("TaxBasisTotalAmount"))
        if without is None:
            return
        totals = group.get("TaxTotalAmount", ())
        mine = [text_of(value) for value in totals if attribute(value, "currencyID") == currency]
        tax = taken(mine)
        if tax is None:
            return
        total = taken(group.values("GrandTotalAmount"))
        if total is None:
            return
        near = abs(total - tax - without) <= CENT * sum(_counted(group))
        yield (near and len(mine) == 1) or (without == total and len(mine) != 1)

    def test(group: Group, _: Record) -> bool:
        above = group.parent
        currencies = above.values("InvoiceCurrencyCode") if above is not None else []
        return one_answer(yes for currency in currencies for yes in of_currency(group, currency))

    return test


def totals(name: str, *, added: Added = _sum, first_only: bool = False) -> list[Rule]:
    """BR-CO-10 to -13 and -15 as ``name`` restates them; ``added`` adds up allowances."""
    on = (TOTAL,)
    return [
        Rule(f"{name}-CO-10", _lines_add_up, on, terms=("BT-106", "BT-131"), text="BR-CO-10"),
        Rule(f"{name}-CO-11", _allowances_add_up(added), on, terms=("BT-107", "BT-92"),
             text="BR-CO-11"),
        Rule(f"{name}-CO-12", _charges_add_up, on, terms=("BT-108", "BT-99"), text="BR-CO-12"),
        Rule(f"{name}-CO-13", _without_vat, on, terms=("BT-109", "BT-106", "BT-107", "BT-108"),
             text="BR-CO-13"),
        Rule(f"{name}-CO-15", _with_vat(first_only=first_only), on,
             terms=("BT-112", "BT-109", "BT-110"), text="BR-CO-15"),
    ]  # fmt: skip


def due_day(positive: Callable[[Record], bool]) -> Rule:
    """BR-CO-25: what is to be paid has a due date or payment terms."""

    def test(_: Group, record: Record) -> bool:
        terms = record.every("SpecifiedTradePaymentTerms")
        return not positive(record) or any(
            "DueDateDateTime" in group or "Description" in group for group in terms
        )

    return Rule("BR-CO-25", test, terms=("BT-9", "BT-20", "BT-115"), text="due-day")
