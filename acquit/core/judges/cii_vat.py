"""The VAT category rules for CII: one table of categories, ten or so rules from each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from acquit.core.judges import cii
from acquit.core.judges.cii import DELIVERY, LINE, LINE_TOTAL, SETTLEMENT, TRANSACTION, inside, raw
from acquit.core.judges.cii_totals import CHARGE, number, uncast
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Idle, Rule, Test, ValueTest, by_shape
from acquit.core.judges.values import (
    ONE,
    ZERO,
    Unevaluable,
    boolean,
    cents,
    decimal,
    double,
    equal,
    whole,
)
from acquit.core.judges.vat import COMMON, Family, Taxes, text_key

FAMILIES = (
    *COMMON,
    Family("L", "AF", "any", "", "positive", False),
    Family("M", "AG", "any", "", "not_negative", False),
)
_AT_GROUP = ("O", "AF", "AG")  # their rules on the breakdown stand at the group, not at the code


def _registered(record: Record, party: str, *schemes: str) -> bool:
    return any((party, scheme) in found for found in record.by_piece(_registrations)
               for scheme in schemes)  # fmt: skip


def _registrations(record: Record) -> frozenset[tuple[str, str | None]]:
    """The parties that have a tax number, and of which scheme."""
    return frozenset(
        (party, attribute(value, "schemeID"))
        for party in ("SellerTradeParty", "BuyerTradeParty", "SellerTaxRepresentativeTradeParty")
        for found in record.every(party)
        for value in raw(found.groups("SpecifiedTaxRegistration"), "ID")
    )


def _identified(family: Family) -> Test:
    """BR-x-02 to -04; the answer is the same at every line, so it is found once."""
    key = f"identified {family.code}"

    def test(_: Group, record: Record) -> bool:
        if key not in record.kept:
            record.kept[key] = _parties_identified(family, record)
        return bool(record.kept[key])

    return test


def _parties_identified(family: Family, record: Record) -> bool:
    representative = _registered(record, "SellerTaxRepresentativeTradeParty", "VA")
    buyer = _registered(record, "BuyerTradeParty", "VA")
    if family.seller == "none":
        return not (_registered(record, "SellerTradeParty", "VA") or representative or buyer)
    schemes = ("VA", "FC") if family.seller == "any" else ("VA",)
    if not (_registered(record, "SellerTradeParty", *schemes) or representative):
        return False
    if family.buyer == "any" and not buyer:
        parties = record.every("BuyerTradeParty")
        return any(party.has("SpecifiedLegalOrganization", "ID") for party in parties)
    return buyer or not family.buyer


def _rate(family: Family) -> Test:
    if family.rate == "none":
        return lambda tax, _: "RateApplicablePercent" not in tax

    def test(tax: Group, _: Record) -> bool:
        for value in tax.values("RateApplicablePercent"):
            rate = double(value)
            if rate is None:
                continue
            if (equal(rate, ZERO) and family.rate != "positive") or (
                rate > ZERO and family.rate != "zero"
            ):
                return True
        return False

    return test


_Parts = list[tuple[Taxes, list[str], int]]


def taxes_of(group: Group, name: str) -> Taxes:
    """The taxes of that name in a line or charge."""
    found: Taxes | None = group.taxes
    if found is None:
        groups = group.groups(name)
        group.taxes = found = Taxes.of(
            groups,
            lambda tax: tax.values("CategoryCode"),
            lambda tax: number(tax.one("RateApplicablePercent")),
        )
    return found


def _parts(record: Record, family: Family) -> _Parts:
    """The lines, charges (0, 1) and allowances (2) of a category, each with its tax groups."""
    key = f"parts {family.code}"
    if key not in record.kept:
        found: _Parts = []
        code = family.code
        for line in record.root.down(TRANSACTION, LINE, "SpecifiedLineTradeSettlement"):
            taxes = taxes_of(line, "ApplicableTradeTax")
            if taxes.codes and code in taxes.codes:
                totals = [
                    amount
                    for group in line.groups(LINE_TOTAL[0])
                    for amount in [group.one(LINE_TOTAL[1])]
                    if amount is not None
                ]
                found.append((taxes, totals, 0))
        for charge in record.root.down(*SETTLEMENT, CHARGE):
            taxes = taxes_of(charge, "CategoryTradeTax")
            if taxes.codes and code in taxes.codes:
                indicators = charge.values("ChargeIndicator", "Indicator")
                strict = family.code in ("Z", "O")
                if strict and len(indicators) != 1:
                    raise Unevaluable("a charge or allowance has no single indicator")
                kinds = {boolean(value) for value in indicators}
                amount = charge.values("ActualAmount")[:1]
                if family.code == "S":
                    one = charge.one("ActualAmount")
                    amount = [] if one is None else [one]
                found += [(taxes, amount, 1 if kind else 2) for kind in kinds]
        record.kept[key] = found
    return record.kept[key]  # type: ignore[no-any-return]


def _total(record: Record, family: Family, rate: Decimal | None) -> Decimal:
    sums = [ZERO, ZERO, ZERO]
    for taxes, amounts, kind in _parts(record, family):
        if rate is not None:
            rates = taxes.rates
            if rates is None:  # that one of them is none says so here
                rates = frozenset(number(tax.one("RateApplicablePercent")) for tax in taxes.groups)
            if rate not in rates:
                continue
        sums[kind] += sum((decimal(amount) for amount in amounts), ZERO)
    return cents(sums[0]) + cents(sums[1]) - cents(sums[2])


def _taxable(family: Family) -> Test:
    def near(tax: Group, record: Record) -> bool:
        said = tax.one("BasisAmount")
        total = _total(record, family, None)
        if said is None:
            return False
        basis = uncast(said)
        return basis - ONE <= total < basis + ONE

    def exact(tax: Group, record: Record) -> bool:
        total = _total(record, family, None)
        return any(equal(uncast(value), total) for value in tax.values("BasisAmount"))

    def by_rate(tax: Group, record: Record) -> bool:
        for rate in tax.values("RateApplicablePercent"):
            total = _total(record, family, decimal(rate))
            if not any(equal(uncast(value), total) for value in tax.values("BasisAmount")):
                return False
        return True

    if family.code == "S":
        return by_rate
    return exact if family.code == "O" else near


def _tax(family: Family) -> Test:
    def nothing(tax: Group, _: Record) -> bool:
        found = (double(value) for value in tax.values("CalculatedAmount"))
        return any(number is not None and equal(number, ZERO) for number in found)

    def of_rate(tax: Group, _: Record) -> bool:
        amount = number(tax.one("CalculatedAmount"))
        taxable = number(tax.one("BasisAmount"))
        rate = tax.one("RateApplicablePercent")
        if amount is None or taxable is None or rate is None:
            return False
        expected = whole(abs(taxable) * uncast(rate)).scaleb(-2)
        return abs(amount) - ONE < expected < abs(amount) + ONE

    return of_rate if family.code == "S" else nothing


def _exemption(family: Family) -> Test:
    def test(tax: Group, _: Record) -> bool:
        given = "ExemptionReason" in tax or "ExemptionReasonCode" in tax
        return given is family.exemption

    return test


def _counted(record: Record) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How many taxes are of each category: in the breakdown, on lines, on charges anywhere."""

    def of(name: str, parent: str) -> Counter[str]:
        return Counter(
            code
            for tax in record.every(name)
            if not parent or (tax.parent is not None and tax.parent.name == parent)
            for code in set(tax.values("CategoryCode"))
        )

    tax = "ApplicableTradeTax"
    return (
        of(tax, "ApplicableHeaderTradeSettlement"),
        of(tax, "SpecifiedLineTradeSettlement"),
        of("CategoryTradeTax", ""),
    )


def uses(record: Record, code: str) -> tuple[int, int, int]:
    """How often the category stands in the breakdown, on lines, on charges."""
    found = record.by_piece(_counted)
    a, b, c = (sum(of_piece[at][code] for of_piece in found) for at in range(3))
    return a, b, c


def marks(record: Record) -> object:
    """The tax categories of one part, by where they stand, and what it tells of parties."""
    taxes = [*record.every("ApplicableTradeTax"), *record.every("CategoryTradeTax")]
    placed = tuple((_above(tax), tuple(tax.values("CategoryCode"))) for tax in taxes)
    organised = any(
        party.has("SpecifiedLegalOrganization", "ID") for party in record.every("BuyerTradeParty")
    )
    return placed, organised, _registrations(record), cii.marks(record)


def _above(tax: Group) -> tuple[object, ...]:
    """Where a tax stands, and of a charge which indicators it has."""
    above: Group | None = tax.parent
    said = above.values("ChargeIndicator", "Indicator") if above is not None else []
    found: list[str] = []
    while above is not None:
        found.append(above.name)
        above = above.parent
    return *found, *said


def without(code: str) -> Idle:
    """No tax of the document is of this category, so its rules are met."""
    return lambda outline: outline.categories is not None and code not in outline.categories


def categories(record: Record) -> frozenset[str]:
    """Every code of a tax category, just as it is written."""
    return frozenset(record.values("CategoryCode"))


def _in_breakdown(family: Family) -> Test:
    def once(_: Group, record: Record) -> bool:
        broken_down, lines, charged = uses(record, family.code)
        used = bool(lines or charged)
        if not broken_down and (not used or family.code == "O"):
            return True
        return broken_down == 1 and used

    def twice(_: Group, record: Record) -> bool:
        broken_down, lines, charged = uses(record, family.code)
        return (not lines or lines + broken_down >= 2) and (
            not charged or charged + broken_down >= 2
        )

    return twice if family.rules in ("S", "AF", "AG") else once


def _at_code(test: Test, code: str) -> ValueTest:
    """Asked at each category code of a breakdown that is this one."""
    return lambda value, group, record: text_of(value) != code or test(group, record)


def _family(family: Family) -> list[Rule]:
    code, name = family.code, f"BR-{family.rules}"
    facts = {"category": code}

    def coded(group: Group) -> bool:
        return code in group.values("CategoryCode")

    def line(tax: Group, _: Record) -> bool:
        path = ("SpecifiedLineTradeSettlement", LINE, TRANSACTION)
        above = tax.parent
        for step in path:
            if above is None or above.name != step:
                return False
            above = above.parent
        return coded(tax)

    def charge(word: str) -> Test:
        def when(tax: Group, _: Record) -> bool:
            above = tax.parent
            return (
                above is not None
                and above.name == CHARGE
                and word in above.values("ChargeIndicator", "Indicator")
                and coded(tax)
            )

        return when

    header = inside("ApplicableHeaderTradeSettlement")
    idle = without(code)
    found: list[Rule] = []

    def add(
        number: str, test: Test, terms: tuple[str, ...], on: str = "", when: Test | None = None
    ) -> None:
        found.append(Rule(f"{name}-{number}", test, (on,) if on else (), when, terms=terms,
                          text=text_key(family, number), facts=facts,
                          idle=idle))  # fmt: skip

    ids = ("BT-31", "BT-32", "BT-63")
    tax, category = "ApplicableTradeTax", "CategoryTradeTax"
    add("01", _in_breakdown(family), ("BT-118", "BG-23"))
    add("02", _identified(family), ids, tax, line)
    add("03", _identified(family), ids, category, charge("false"))
    add("04", _identified(family), ids, category, charge("true"))
    add("05", _rate(family), ("BT-152", "BT-151"), tax, line)
    add("06", _rate(family), ("BT-96", "BT-95"), category, charge("false"))
    add("07", _rate(family), ("BT-103", "BT-102"), category, charge("true"))
    return [*found, *_on_breakdown(family, header, coded)]


def _on_breakdown(family: Family, header: Test, coded: Callable[[Group], bool]) -> list[Rule]:
    """BR-x-08, -09, -10, at the category code of a breakdown or at its group."""
    parts = [
        ("08", _taxable(family), ("BT-116",)),
        ("09", _tax(family), ("BT-117",)),
        ("10", _exemption(family), ("BT-120", "BT-121")),
    ]
    if family.rules in ("AF", "AG"):  # the official rules 08 and 09 hold for every document
        parts = parts[2:]
    found = []
    idle = without(family.code)
    tax, facts = ("ApplicableTradeTax",), {"category": family.code}
    for suffix, test, terms in parts:
        name, text = f"BR-{family.rules}-{suffix}", text_key(family, suffix)
        if family.rules in _AT_GROUP:
            rule = Rule(name, test, tax, _all(header, coded), terms=terms, text=text, facts=facts,
                        idle=idle)  # fmt: skip
        else:
            at_code = _at_code(test, family.code)
            rule = Rule(name, None, tax, header, ("CategoryCode",), at_code, terms, text,
                        facts=facts, idle=idle)  # fmt: skip
        found.append(rule)
    return found


def _all(header: Test, coded: Callable[[Group], bool]) -> Test:
    return lambda group, record: header(group, record) and coded(group)


def _of_its_own() -> list[Rule]:
    def dated(tax: Group, record: Record) -> bool:
        path = ("ActualDeliverySupplyChainEvent", "OccurrenceDateTime", "DateTimeString")
        above = tax.parent
        assert above is not None
        return (
            record.root.has(*DELIVERY, *path)
            or above.has("BillingSpecifiedPeriod", "StartDateTime")
            or above.has("BillingSpecifiedPeriod", "EndDateTime")
        )

    def located(_: Group, record: Record) -> bool:
        return record.root.has(*DELIVERY, "ShipToTradeParty", "PostalTradeAddress", "CountryID")

    def alone(name: str) -> Test:
        def test(_: Group, record: Record) -> bool:
            taxes = record.every(name)
            return not any(value != "O" for tax in taxes for value in tax.values("CategoryCode"))

        return test

    def used(record: Record, code: str) -> bool:
        return any(value == code for value in record.values("CategoryCode"))

    def italian(_: Group, record: Record) -> bool:
        return not used(record, "B") or all(v == "IT" for v in record.values("CountryID"))

    def not_with_standard(_: Group, record: Record) -> bool:
        return not (used(record, "B") and used(record, "S"))

    header = inside("ApplicableHeaderTradeSettlement")
    tax, code = ("ApplicableTradeTax",), ("CategoryCode",)
    outside = _all(header, lambda group: "O" in group.values("CategoryCode"))
    return [
        Rule("BR-IC-11", None, tax, header, code, _at_code(dated, "K"), ("BT-72", "BG-14"),
             idle=without("K")),
        Rule("BR-IC-12", None, tax, header, code, _at_code(located, "K"), ("BT-80",),
             idle=without("K")),
        Rule("BR-O-11", alone(tax[0]), tax, outside, terms=("BT-118",), text="vat-alone",
             idle=without("O")),
        Rule("BR-O-12", alone(tax[0]), tax, outside, terms=("BT-151",), text="vat-alone",
             idle=without("O")),
        Rule("BR-O-13", alone("CategoryTradeTax"), tax, outside, terms=("BT-95",),
             text="vat-alone", idle=without("O")),
        Rule("BR-O-14", alone("CategoryTradeTax"), tax, outside, terms=("BT-102",),
             text="vat-alone", idle=without("O")),
        Rule("BR-B-01", italian, terms=("BT-118", "BT-40", "BT-55"), idle=without("B")),
        Rule("BR-B-02", not_with_standard, terms=("BT-118",), idle=without("B")),
    ]  # fmt: skip


def rules() -> list[Rule]:
    families = [rule for family in FAMILIES for rule in _family(family)]
    sums = [rule.id for rule in families if rule.id.endswith(("-08", "-09"))]
    from_part_to_part = ("-01", "-02", "-03", "-04")
    by_marks = [rule.id for rule in families if rule.id.endswith(from_part_to_part)]
    return [*by_shape(families, but=sums, by_marks=by_marks), *_of_its_own()]
