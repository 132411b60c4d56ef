"""The VAT category rules for UBL: one table of categories, ten or so rules from each row.

The families differ in four things: which identifiers the seller must give (BR-x-02 to
-04), which rate is allowed (-05 to -07), how the breakdown adds up (-08, -09), and whether a reason
for exemption is due or forbidden (-10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Idle, Rule, Test, Where, applies
from acquit.core.judges.ubl import LINES, charges, is_charge, is_vat, number
from acquit.core.judges.ubl_vat_sums import code_of, tax_of, taxable
from acquit.core.judges.values import (
    ZERO,
    Unevaluable,
    boolean,
    double,
    not_below_zero,
    spaced,
)
from acquit.core.judges.vat import COMMON, Family, text_key

FAMILIES = (
    *COMMON,
    Family("L", "AF", "any", "", "not_negative", False),
    Family("M", "AG", "any", "", "not_negative", False),
)
# The rates, and the reasons of exemption; some of the others look from part to part, some add up.
_BY_SHAPE = ("05", "06", "07", "10")
_BY_MARKS = ("01", "02", "03", "04")
_SEVERAL = ("S", "AF", "AG")  # with several rates, so more than once in the breakdown


@dataclass(slots=True)
class Uses:
    """Which tax categories stand where in a document, looked up once."""

    lines: list[Group]  # ClassifiedTaxCategory anywhere
    others: list[Group]  # TaxCategory anywhere
    breakdown: list[Group]  # TaxCategory of the breakdown of the document
    seller_any: bool
    seller_vat: bool
    representative_vat: bool
    buyer_vat: bool
    buyer_legal: bool


def uses(record: Record) -> Uses:
    found = record.kept.get("uses")
    if found is None:
        found = record.kept["uses"] = _uses(record)
    assert isinstance(found, Uses)
    return found


def _uses(record: Record) -> Uses:
    return Uses(
        list(record.every("ClassifiedTaxCategory")),
        list(record.every("TaxCategory")),
        record.root.down("TaxTotal", "TaxSubtotal", "TaxCategory"),
        *map(any, zip(*record.by_piece(_parties), strict=True)),
    )


def _parties(record: Record) -> tuple[bool, bool, bool, bool, bool]:
    """Who is registered, in the order of ``Uses``."""

    def taxed(name: str, *, vat: bool) -> bool:
        return any(
            "CompanyID" in tax and (not vat or is_vat(tax))
            for party in record.every(name)
            for tax in party.down(
                *([] if name == "TaxRepresentativeParty" else ["Party"]), "PartyTaxScheme"
            )
        )

    legal = any(
        party.has("Party", "PartyLegalEntity", "CompanyID")
        for party in record.every("AccountingCustomerParty")
    )
    return (
        taxed("AccountingSupplierParty", vat=False),
        taxed("AccountingSupplierParty", vat=True),
        taxed("TaxRepresentativeParty", vat=True),
        taxed("AccountingCustomerParty", vat=True),
        legal,
    )


def of_charges(record: Record, *, charge: bool) -> list[Group]:
    """The tax categories of all charges, or of all allowances, wherever they stand."""
    key = f"taxes {charge}"
    if key not in record.kept:
        test = is_charge(charge)
        found = [group for group in record.every("AllowanceCharge") if test(group, record)]
        record.kept[key] = [tax for group in found for tax in group.groups("TaxCategory")]
    return record.kept[key]  # type: ignore[no-any-return]


def _holds(taxes: list[Group], code: str) -> bool:
    return any(code_of(tax) == code and is_vat(tax) for tax in taxes)


def _number_of_ids(taxes: list[Group], code: str) -> int:
    return sum(
        1 for tax in taxes if is_vat(tax) for value in tax.values("ID") if spaced(value) == code
    )


def _used(record: Record) -> dict[str, int]:
    """How often each code stands in a VAT category, anywhere."""
    found = record.kept.get("used")
    if found is None:
        where = uses(record)
        counted: dict[str, int] = {}
        for tax in [*where.others, *where.lines]:
            if is_vat(tax):
                for value in tax.values("ID"):
                    code = spaced(value)
                    counted[code] = counted.get(code, 0) + 1
        found = record.kept["used"] = counted
    assert isinstance(found, dict)
    return found


def _in_breakdown(family: Family) -> Test:
    """BR-x-01: what is used on lines, allowances or charges is in the breakdown."""
    code = family.code

    def once(_: Group, record: Record) -> bool:
        if not _used(record).get(code):
            return True
        return _number_of_ids(uses(record).breakdown, code) == 1

    def at_least_once(_: Group, record: Record) -> bool:
        where = uses(record)
        vat = family.rules != "S"  # the rule for S does not ask for the tax scheme

        def used_in(taxes: list[Group]) -> bool:
            return any(code_of(tax) == code and (not vat or is_vat(tax)) for tax in taxes)

        used = used_in(where.lines) or any(
            used_in(group.groups("TaxCategory")) for group in record.every("AllowanceCharge")
        )
        if used:
            return any(_breakdown_has(tax, family) for tax in where.breakdown)
        return not any(code_of(tax) == code and (not vat or is_vat(tax)) for tax in where.breakdown)

    return at_least_once if family.rules in _SEVERAL else once


def _breakdown_has(tax: Group, family: Family) -> bool:
    if family.rules == "S":
        return code_of(tax) == "S"
    named = family.code in tax.values("ID")
    return named and (family.rules == "AF" or is_vat(tax))


def _identified(family: Family, place: str) -> Test:
    """BR-x-02, -03, -04: the identifiers of seller and buyer that the category asks for."""
    code = family.code

    def test(_: Group, record: Record) -> bool:
        where = uses(record)
        charge = place == "charge"
        if place == "line":
            taxes = where.lines
        elif family.rules == "O":  # only those of the document
            found = charges(record, charge=charge)
            taxes = [tax for group in found for tax in group.groups("TaxCategory")]
        else:
            taxes = of_charges(record, charge=charge)
        if family.rules == "AF" and place == "charge":  # the official rule wants no white space
            taxes = [tax for tax in taxes if code in tax.values("ID")]
        if not _holds(taxes, code):
            if family.rules == "S" and place == "line":
                return not any(code_of(tax) == code for tax in taxes)
            return True
        representative = where.representative_vat
        if family.seller == "none":
            return not (where.seller_vat or representative or where.buyer_vat)
        seller = where.seller_any if family.seller == "any" else where.seller_vat
        if not (seller or representative):
            return False
        if family.buyer == "vat":
            return where.buyer_vat
        return not family.buyer or where.buyer_vat or where.buyer_legal

    return test


def _rate(family: Family) -> Test:
    """BR-x-05, -06, -07: the rate that goes with the category."""

    def zero(tax: Group, _: Record) -> bool:
        return number(tax, "Percent") == ZERO

    def positive(tax: Group, _: Record) -> bool:
        return any(_over(value, zero=False) for value in tax.values("Percent"))

    def not_negative(tax: Group, _: Record) -> bool:
        return any(_over(value, zero=True) for value in tax.values("Percent"))

    def none(tax: Group, _: Record) -> bool:
        return "Percent" not in tax

    tests: dict[str, Test] = {
        "zero": zero, "positive": positive, "not_negative": not_negative, "none": none,
    }  # fmt: skip
    return tests[family.rate]


def _over(value: str, *, zero: bool) -> bool:
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return zero or value.strip("0.") != ""  # as nearly all are: no need to read it
    found = double(value)
    return found is not None and (found > ZERO or (zero and not_below_zero(found)))


def _exemption(family: Family) -> Test:
    """BR-x-10: a reason why there is no VAT is due, or must not stand."""

    def test(tax: Group, _: Record) -> bool:
        given = "TaxExemptionReason" in tax or "TaxExemptionReasonCode" in tax
        return given is family.exemption

    return test


def without(code: str) -> Idle:
    """No tax category of the document has this code, so its rules are met."""
    return lambda outline: outline.categories is not None and code not in outline.categories


def categories(record: Record) -> frozenset[str] | None:
    """Every code of a tax category; None where some rule of the families cannot be evaluated."""
    try:
        for group in record.every("AllowanceCharge"):
            for value in group.values("ChargeIndicator"):
                boolean(value)
        taxes = [*record.every("TaxCategory"), *record.every("ClassifiedTaxCategory")]
        for tax in taxes:
            is_vat(tax)
        return frozenset(map(code_of, taxes))
    except Unevaluable:
        return None


def marks(record: Record) -> object | None:
    """The tax categories of one part, by where they stand, and who is registered there."""

    def said(taxes: Iterable[Group]) -> tuple[tuple[str | None, bool], ...]:
        return tuple((tax.one("ID"), is_vat(tax)) for tax in taxes)

    try:
        where = uses(record)
        charged = (tax for group in record.every("AllowanceCharge")
                   for tax in group.groups("TaxCategory"))  # fmt: skip
        of_document = [
            [tax for group in charges(record, charge=charge) for tax in group.groups("TaxCategory")]
            for charge in (False, True)
        ]
        lists = (
            where.lines, where.others, where.breakdown, charged, *of_document,
            of_charges(record, charge=False), of_charges(record, charge=True),
        )  # fmt: skip
        return tuple(map(said, lists)), _parties(record)
    except Unevaluable:
        return None


def _by_code(record: Record, place: str) -> dict[str, list[Group]]:
    """The VAT categories of one kind of place (part, line, False or True), by their code."""
    key = f"codes {place}"
    if key not in record.kept:
        found: dict[str, list[Group]] = {}
        for tax in _places(record, place):
            try:
                if is_vat(tax):
                    found.setdefault(code_of(tax), []).append(tax)
            except Unevaluable:
                continue  # it is of no single category
        record.kept[key] = found
    return record.kept[key]  # type: ignore[no-any-return]


def _places(record: Record, place: str) -> list[Group]:
    if place == "part":
        return record.root.down("TaxTotal", "TaxSubtotal", "TaxCategory")
    if place == "line":
        items = [
            item for name in LINES for line in record.every(name) for item in line.groups("Item")
        ]
        return [tax for item in items for tax in item.groups("ClassifiedTaxCategory")]
    test = is_charge(place == "charge")
    groups = [group for group in record.every("AllowanceCharge") if applies(test, group, record)]
    return [tax for group in groups for tax in group.groups("TaxCategory")]


def coded(code: str, place: str) -> Where:
    return lambda record: _by_code(record, place).get(code, ())


def _family(family: Family) -> list[Rule]:
    facts = {"category": family.code}
    name = f"BR-{family.rules}"

    def rule(number: str, test: Test, terms: tuple[str, ...], where: Where | None = None) -> Rule:
        text = text_key(family, number)
        return Rule(f"{name}-{number}", test, terms=terms, text=text, facts=facts, where=where,
                    idle=idle, by_shape=number in _BY_SHAPE,
                    by_marks=number in _BY_MARKS)  # fmt: skip

    idle = without(family.code)
    part = coded(family.code, "part")
    return [
        rule("01", _in_breakdown(family), ("BT-118", "BG-23")),
        rule("02", _identified(family, "line"), ("BT-31", "BT-32", "BT-63")),
        rule("03", _identified(family, "allowance"), ("BT-31", "BT-32", "BT-63")),
        rule("04", _identified(family, "charge"), ("BT-31", "BT-32", "BT-63")),
        rule("05", _rate(family), ("BT-152", "BT-151"), coded(family.code, "line")),
        rule("06", _rate(family), ("BT-96", "BT-95"), coded(family.code, "allowance")),
        rule("07", _rate(family), ("BT-103", "BT-102"), coded(family.code, "charge")),
        rule("08", taxable(family), ("BT-116",), part),
        rule("09", tax_of(family), ("BT-117",), part),
        rule("10", _exemption(family), ("BT-120", "BT-121"), part),
    ]


def _of_its_own() -> list[Rule]:
    """Intra-community supply is dated and located; not subject to VAT stands alone; Italy's B."""

    def supplied(record: Record) -> bool:
        return bool(_number_of_ids(uses(record).breakdown, "K"))

    def dated(root: Group, record: Record) -> bool:
        if not supplied(record):
            return True
        delivered = root.one("Delivery", "ActualDeliveryDate") or ""
        return len(delivered) > 1 or any(len(period) for period in root.groups("InvoicePeriod"))

    def located(root: Group, record: Record) -> bool:
        path = ("Delivery", "DeliveryLocation", "Address", "Country", "IdentificationCode")
        return not supplied(record) or len(root.one(*path) or "") > 1

    def alone(choose: Callable[[Record], list[Group]]) -> Test:
        def test(_: Group, record: Record) -> bool:
            if not _number_of_ids(uses(record).breakdown, "O"):
                return True
            return not any(code_of(tax) != "O" and is_vat(tax) for tax in choose(record))

        return test

    def split(record: Record, code: str) -> bool:
        where = uses(record)
        taxes = [*where.others, *where.lines]
        return any(code in tax.values("ID") for tax in taxes)

    def italian(_: Group, record: Record) -> bool:
        if not split(record, "B"):
            return True
        return all(value == "IT" for value in record.values("IdentificationCode"))

    def not_with_standard(root: Group, record: Record) -> bool:
        def used(code: str) -> bool:
            where = uses(record)
            taxes = [*where.breakdown, *where.lines, *root.down("AllowanceCharge", "TaxCategory")]
            return any(code in tax.values("ID") for tax in taxes)

        return not (used("B") and used("S"))

    return [
        Rule("BR-IC-11", dated, terms=("BT-72", "BG-14"), idle=without("K")),
        Rule("BR-IC-12", located, terms=("BT-80",), idle=without("K")),
        Rule("BR-O-11", alone(lambda record: uses(record).breakdown), terms=("BT-118",),
             text="vat-alone", idle=without("O")),
        Rule("BR-O-12", alone(lambda record: uses(record).lines), terms=("BT-151",),
             text="vat-alone", idle=without("O")),
        Rule("BR-O-13", alone(lambda record: of_charges(record, charge=False)), terms=("BT-95",),
             text="vat-alone", idle=without("O")),
        Rule("BR-O-14", alone(lambda record: of_charges(record, charge=True)), terms=("BT-102",),
             text="vat-alone", idle=without("O")),
        Rule("BR-B-01", italian, terms=("BT-118", "BT-40", "BT-55"), idle=without("B")),
        Rule("BR-B-02", not_with_standard, terms=("BT-118",), idle=without("B")),
    ]  # fmt: skip


def rules() -> list[Rule]:
    return [rule for family in FAMILIES for rule in _family(family)] + _of_its_own()
