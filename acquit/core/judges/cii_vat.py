"""Totals and VAT categories for CII: what adds up, and one table of categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from acquit.core.judges.cii import (
    DELIVERY,
    LINE,
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
from acquit.core.judges.registry import Rule, Test, ValueTest
from acquit.core.judges.values import (
    ONE,
    ZERO,
    Unevaluable,
    boolean,
    cents,
    decimal,
    double,
    places,
    whole,
)

_TOTAL = "SpecifiedTradeSettlementHeaderMonetarySummation"
_CHARGE = "SpecifiedTradeAllowanceCharge"
_LINE_TOTAL = ("SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")
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


def _number(text: str | None) -> Decimal | None:
    return None if text is None else decimal(text)


def _float(text: str) -> Decimal:
    """A number that the rule adds up without a cast."""
    found = double(text)
    if found is None:
        raise Unevaluable("NaN is not a number that can be added up")
    return found


def _sum(values: Iterable[str]) -> Decimal:
    return sum((_float(value) for value in values), ZERO)


def settlement(record: Record, *path: str) -> list[str]:
    return record.root.values(*SETTLEMENT, *path)


def _header_charges(record: Record, word: str) -> list[Group]:
    key = f"charges {word}"
    if key not in record.kept:
        record.kept[key] = [
            group
            for group in record.root.down(*SETTLEMENT, _CHARGE)
            if word in group.values("ChargeIndicator", "Indicator")
        ]
    return record.kept[key]  # type: ignore[return-value]


def _lines_add_up(group: Group, _: Record) -> bool:
    said = _number(group.one("LineTotalAmount"))
    above = group.parent.parent if group.parent is not None else None
    found = above.values(LINE, "SpecifiedLineTradeSettlement", *_LINE_TOTAL) if above else []
    total = _sum(found)
    return said is not None and said == cents(total)


def _allowances_add_up(group: Group, record: Record) -> bool:
    found = _header_charges(record, "false")
    said = group.values("AllowanceTotalAmount")
    if not found and not said:
        return True
    total = cents(_sum(value for charge in found for value in charge.values("ActualAmount")))
    return any(_float(value) == total for value in said)


def _charges_add_up(group: Group, record: Record) -> bool:
    found = _header_charges(record, "true")
    if not found and "ChargeTotalAmount" not in group:
        return True
    said = settlement(record, _TOTAL, "ChargeTotalAmount")
    if len(said) > 1:
        raise Unevaluable("ChargeTotalAmount stands more than once")
    total = cents(_sum(value for charge in found for value in charge.values("ActualAmount")))
    logistics = cents(_sum(settlement(record, "SpecifiedLogisticsServiceCharge", "AppliedAmount")))
    return bool(said) and cents(_float(said[0])) == cents(total + logistics)


def _without_vat(group: Group, _: Record) -> bool:
    total = _number(first(group, "TaxBasisTotalAmount"))
    lines = _number(first(group, "LineTotalAmount"))
    allowed = _number(first(group, "AllowanceTotalAmount"))
    charged = _number(first(group, "ChargeTotalAmount"))
    if total is None or lines is None:
        return False
    return total == cents(lines - (allowed or ZERO) + (charged or ZERO))


def _with_vat(_: Group, record: Record) -> bool:
    with_vat = settlement(record, _TOTAL, "GrandTotalAmount")
    without = settlement(record, _TOTAL, "TaxBasisTotalAmount")
    taxes = raw(record.root.down(*SETTLEMENT, _TOTAL), "TaxTotalAmount")
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
    due = _number(first(group, "DuePayableAmount"))
    grand = _number(first(group, "GrandTotalAmount"))
    paid = _number(first(group, "TotalPrepaidAmount"))
    rounding = _number(first(group, "RoundingAmount"))
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
                number = _float(text_of(total))
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
    total = cents(_sum(settlement(record, "ApplicableTradeTax", "CalculatedAmount")))
    return _float(text_of(value)) == total


def _totals() -> list[Rule]:
    on = (_TOTAL,)
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
                unless=short_amounts,
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
    vat = _norm_vat(group)
    rate = _number(group.one("RateApplicablePercent")) if vat else None
    tax = _number(group.one("CalculatedAmount"))
    if rate is None or whole(rate) == ZERO:
        return tax is not None and whole(tax) == ZERO
    taxable = _number(group.one("BasisAmount"))
    if tax is None or taxable is None:
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
             text="decimals", unless=short_amounts),
        Rule("BR-DEC-20", two_decimals("CalculatedAmount"), on, header, terms=("BT-117",),
             text="decimals", unless=short_amounts),
        Rule("BR-CO-18", either("ApplicableTradeTax"), ("ApplicableHeaderTradeSettlement",),
             inside(TRANSACTION), terms=("BG-23",), text="missing"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """One VAT category (UNCL 5305): how its rules are called and what they ask in CII."""

    code: str
    rules: str
    seller: str  # any, vat, none
    buyer: str  # "", any, vat, none
    rate: str  # zero, positive, not_negative, none
    exemption: bool
    leaf: bool = True  # rules on the breakdown stand at the category code, else at its group


FAMILIES = (
    Family("S", "S", "any", "", "positive", False),
    Family("Z", "Z", "any", "", "zero", False),
    Family("E", "E", "any", "", "zero", True),
    Family("AE", "AE", "any", "any", "zero", True),
    Family("K", "IC", "vat", "vat", "zero", True),
    Family("G", "G", "vat", "", "zero", True),
    Family("O", "O", "none", "none", "none", True, leaf=False),
    Family("L", "AF", "any", "", "positive", False, leaf=False),
    Family("M", "AG", "any", "", "not_negative", False, leaf=False),
)


def _registered(record: Record, party: str, *schemes: str) -> bool:
    key = f"{party} {schemes}"
    if key not in record.kept:
        record.kept[key] = any(
            attribute(value, "schemeID") in schemes
            for found in record.every(party)
            for value in raw(found.groups("SpecifiedTaxRegistration"), "ID")
        )
    return bool(record.kept[key])


def _identified(family: Family) -> Test:
    def test(_: Group, record: Record) -> bool:
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

    return test


def _rate(family: Family) -> Test:
    if family.rate == "none":
        return lambda tax, _: "RateApplicablePercent" not in tax

    def test(tax: Group, _: Record) -> bool:
        for value in tax.values("RateApplicablePercent"):
            rate = double(value)
            if rate is None:
                continue
            if (rate == ZERO and family.rate != "positive") or (
                rate > ZERO and family.rate != "zero"
            ):
                return True
        return False

    return test


def _parts(record: Record, family: Family) -> list[tuple[list[Group], Group, str, int]]:
    """The lines, charges (0, 1) and allowances (2) of a category, each with its tax groups."""
    key = f"parts {family.code}"
    if key not in record.kept:
        found: list[tuple[list[Group], list[str], int]] = []
        code = family.code
        for line in record.root.down(TRANSACTION, LINE, "SpecifiedLineTradeSettlement"):
            taxes = line.groups("ApplicableTradeTax")
            if any(code in tax.values("CategoryCode") for tax in taxes):
                totals = [
                    amount
                    for group in line.groups(_LINE_TOTAL[0])
                    for amount in [group.one(_LINE_TOTAL[1])]
                    if amount is not None
                ]
                found.append((taxes, totals, 0))
        for charge in record.root.down(*SETTLEMENT, _CHARGE):
            taxes = charge.groups("CategoryTradeTax")
            indicators = charge.values("ChargeIndicator", "Indicator")
            strict = family.code in ("Z", "O")
            if strict and len(indicators) != 1:
                raise Unevaluable("a charge or allowance has no single indicator")
            kinds = {boolean(value) for value in indicators}
            if any(code in tax.values("CategoryCode") for tax in taxes):
                amount = charge.values("ActualAmount")[:1]
                if family.code == "S":
                    one = charge.one("ActualAmount")
                    amount = [] if one is None else [one]
                found += [(taxes, amount, 1 if kind else 2) for kind in kinds]
        record.kept[key] = found
    return record.kept[key]  # type: ignore[return-value]


def _total(record: Record, family: Family, rate: Decimal | None) -> Decimal:
    sums = [ZERO, ZERO, ZERO]
    for taxes, amounts, kind in _parts(record, family):
        if rate is not None:
            rates = (_number(tax.one("RateApplicablePercent")) for tax in taxes)
            if rate not in list(rates):
                continue
        sums[kind] += sum((decimal(amount) for amount in amounts), ZERO)
    return cents(sums[0]) + cents(sums[1]) - cents(sums[2])


def _taxable(family: Family) -> Test:
    def near(tax: Group, record: Record) -> bool:
        said = tax.one("BasisAmount")
        total = _total(record, family, None)
        if said is None:
            return False
        basis = _float(said)
        return basis - ONE <= total < basis + ONE

    def exact(tax: Group, record: Record) -> bool:
        total = _total(record, family, None)
        return any(_float(value) == total for value in tax.values("BasisAmount"))

    def by_rate(tax: Group, record: Record) -> bool:
        for rate in tax.values("RateApplicablePercent"):
            total = _total(record, family, decimal(rate))
            if not any(_float(value) == total for value in tax.values("BasisAmount")):
                return False
        return True

    if family.code == "S":
        return by_rate
    return exact if family.code == "O" else near


def _tax(family: Family) -> Test:
    def nothing(tax: Group, _: Record) -> bool:
        return any(double(value) == ZERO for value in tax.values("CalculatedAmount"))

    def of_rate(tax: Group, _: Record) -> bool:
        amount = _number(tax.one("CalculatedAmount"))
        taxable = _number(tax.one("BasisAmount"))
        rate = tax.one("RateApplicablePercent")
        if amount is None or taxable is None or rate is None:
            return False
        expected = whole(abs(taxable) * _float(rate)).scaleb(-2)
        return abs(amount) - ONE < expected < abs(amount) + ONE

    return of_rate if family.code == "S" else nothing


def _exemption(family: Family) -> Test:
    def test(tax: Group, _: Record) -> bool:
        given = "ExemptionReason" in tax or "ExemptionReasonCode" in tax
        return given is family.exemption

    return test


@dataclass(slots=True)
class Uses:
    """How often each category stands in the breakdown, on lines, on charges; anywhere."""

    breakdown: list[set[str]]
    lines: list[set[str]]
    charges: list[set[str]]

    def count(self, code: str) -> tuple[int, int, int]:
        groups = (self.breakdown, self.lines, self.charges)
        a, b, c = (sum(code in codes for codes in found) for found in groups)
        return a, b, c


def uses(record: Record) -> Uses:
    found = record.kept.get("uses")
    if found is None:

        def of(name: str, parent: str) -> list[set[str]]:
            return [
                set(tax.values("CategoryCode"))
                for tax in record.every(name)
                if not parent or (tax.parent is not None and tax.parent.name == parent)
            ]

        tax = "ApplicableTradeTax"
        found = record.kept["uses"] = Uses(
            of(tax, "ApplicableHeaderTradeSettlement"),
            of(tax, "SpecifiedLineTradeSettlement"),
            of("CategoryTradeTax", ""),
        )
    assert isinstance(found, Uses)
    return found


def _in_breakdown(family: Family) -> Test:
    def once(_: Group, record: Record) -> bool:
        broken_down, lines, charged = uses(record).count(family.code)
        used = bool(lines or charged)
        if not broken_down and (not used or family.code == "O"):
            return True
        return broken_down == 1 and used

    def twice(_: Group, record: Record) -> bool:
        broken_down, lines, charged = uses(record).count(family.code)
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
                and above.name == _CHARGE
                and word in above.values("ChargeIndicator", "Indicator")
                and coded(tax)
            )

        return when

    header = inside("ApplicableHeaderTradeSettlement")
    found: list[Rule] = []

    def add(
        number: str, test: Test, terms: tuple[str, ...], on: str = "", when: Test | None = None
    ) -> None:
        variant = _variant(family, number)
        found.append(Rule(f"{name}-{number}", test, (on,) if on else (), when, terms=terms,
                          text=f"vat-{number}-{variant}", facts=facts))  # fmt: skip

    ids = ("BT-31", "BT-32", "BT-63")
    tax, category = "ApplicableTradeTax", "CategoryTradeTax"
    add("01", _in_breakdown(family), ("BT-118", "BG-23"))
    add("02", _identified(family), ids, tax, line)
    add("03", _identified(family), ids, category, charge("false"))
    add("04", _identified(family), ids, category, charge("true"))
    add("05", _rate(family), ("BT-152", "BT-151"), tax, line)
    add("06", _rate(family), ("BT-96", "BT-95"), category, charge("false"))
    add("07", _rate(family), ("BT-103", "BT-102"), category, charge("true"))
    parts = [
        ("08", _taxable(family), ("BT-116",)),
        ("09", _tax(family), ("BT-117",)),
        ("10", _exemption(family), ("BT-120", "BT-121")),
    ]
    if family.rules in ("AF", "AG"):  # the official rules 08 and 09 hold for every document
        parts = parts[2:]
    for number, test, terms in parts:
        rule = Rule(f"{name}-{number}", None, (tax,), header, ("CategoryCode",),
                    _at_code(test, code), terms, f"vat-{number}-{_variant(family, number)}",
                    facts=facts)  # fmt: skip
        if not family.leaf:
            rule = Rule(rule.id, test, (tax,), _all(header, coded), terms=terms, text=rule.text,
                        facts=facts)  # fmt: skip
        found.append(rule)
    return found


def _all(header: Test, coded: object) -> Test:
    assert callable(coded)
    return lambda group, record: header(group, record) and bool(coded(group))


def _variant(family: Family, number: str) -> str:
    if number in ("02", "03", "04"):
        return f"{family.seller}{'-' + family.buyer if family.buyer else ''}"
    if number in ("05", "06", "07"):
        return family.rate
    if number == "09":
        return "rate" if family.code == "S" else "zero"
    if number == "10":
        return "due" if family.exemption else "forbidden"
    return "all"


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
        Rule("BR-IC-11", None, tax, header, code, _at_code(dated, "K"), ("BT-72", "BG-14")),
        Rule("BR-IC-12", None, tax, header, code, _at_code(located, "K"), ("BT-80",)),
        Rule("BR-O-11", alone(tax[0]), tax, outside, terms=("BT-118",), text="vat-alone"),
        Rule("BR-O-12", alone(tax[0]), tax, outside, terms=("BT-151",), text="vat-alone"),
        Rule("BR-O-13", alone("CategoryTradeTax"), tax, outside, terms=("BT-95",),
             text="vat-alone"),
        Rule("BR-O-14", alone("CategoryTradeTax"), tax, outside, terms=("BT-102",),
             text="vat-alone"),
        Rule("BR-B-01", italian, terms=("BT-118", "BT-40", "BT-55")),
        Rule("BR-B-02", not_with_standard, terms=("BT-118",)),
    ]  # fmt: skip


def rules() -> list[Rule]:
    families = [rule for family in FAMILIES for rule in _family(family)]
    return [*_totals(), *_breakdown(), *families, *_of_its_own()]
