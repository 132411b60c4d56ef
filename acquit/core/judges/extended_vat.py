"""VAT categories of the extensions in CII: what the breakdown adds up, with what tolerance.

Of one category several groups of the breakdown may stand, by rate and by reason for exemption. A
group is compared with what has its rate, and with what has its rate and reasons; each amount that
is added up may be a cent off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from acquit.core.faults import Severity
from acquit.core.judges.cii import LINE, LINE_TOTAL, SETTLEMENT, TRANSACTION, inside, is_vat
from acquit.core.judges.cii_totals import CHARGE, number
from acquit.core.judges.cii_vat import FAMILIES, taxes_of, without
from acquit.core.judges.extended import CENT, LOGISTICS, added_up
from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.values import ZERO, Unevaluable, boolean, cents, decimal, spaced
from acquit.core.judges.vat import Family, Taxes, text_key

_HEADER, _LINE = "ApplicableHeaderTradeSettlement", "SpecifiedLineTradeSettlement"
_TAX, _OF_CHARGE, _OF_SERVICE = "ApplicableTradeTax", "CategoryTradeTax", "AppliedTradeTax"
Reasons = tuple[str, str]  # code and text of an exemption
Codes = frozenset[str]


# --- Which categories there are ------------------------------------------------------------------


def _used(record: Record) -> tuple[Codes, Codes, Codes]:
    """The categories of the breakdown, of lines and charges, of services of logistics."""
    broken_down: set[str] = set()
    used: set[str] = set()
    services: set[str] = set()
    for tax in record.every(_TAX):
        above = tax.parent
        if above is not None and above.name == _HEADER:
            broken_down.update(tax.values("CategoryCode"))
        elif above is not None and above.name == _LINE and _is_added_up(above):
            used.update(tax.values("CategoryCode"))
    for tax in record.every(_OF_CHARGE):
        used.update(tax.values("CategoryCode"))
    for tax in record.every(_OF_SERVICE):
        services.update(tax.values("CategoryCode"))
    return frozenset(broken_down), frozenset(used), frozenset(services)


def _is_added_up(settlement: Group) -> bool:
    return settlement.parent is None or added_up(settlement.parent)


def in_breakdown(name: str, *, services: bool) -> list[Rule]:
    """BR-x-01: what is used is broken down, and only that; ``services`` count as well or not."""

    def test_of(code: str) -> Test:
        def test(_: Group, record: Record) -> bool:
            found = record.by_piece(_used)
            used = any(code in part[1] or (services and code in part[2]) for part in found)
            return used is any(code in part[0] for part in found)

        return test

    return [
        Rule(f"{name}-{family.rules}-01", test_of(family.code), terms=("BT-118", "BG-23"),
             text=text_key(family, "01"), facts={"category": family.code},
             idle=without(family.code))
        for family in FAMILIES
    ]  # fmt: skip


# --- What they add up to -------------------------------------------------------------------------


class _Kind(IntEnum):
    LINE = 0
    ALLOWANCE = 1
    CHARGE = 2
    SERVICE = 3


@dataclass(frozen=True, slots=True)
class _Part:
    """A line, a charge, an allowance, a service: its taxes, what it adds, how often it counts."""

    kind: _Kind
    taxes: Taxes
    amounts: tuple[str | None, ...]
    count: int
    reasons: Reasons | None  # None where there are several
    odd: str = ""  # why it cannot be added up; that matters where it would be

    def has(self, rate: Decimal | None, reasons: Reasons | None) -> bool:
        """Whether it is of this rate (any without one) and has these reasons (any likewise)."""
        if rate is not None:
            rates = self.taxes.rates
            if rates is None:  # that one of them is none says so here
                rates = frozenset(_rate(tax) for tax in self.taxes.groups)
            if rate not in rates:
                return False
        if reasons is None:
            return True
        if self.reasons is None:
            raise Unevaluable("several reasons for exemption stand where one may")
        return self.reasons == reasons


def _rate(tax: Group) -> Decimal | None:
    return number(tax.one("RateApplicablePercent"))


def _reasons(taxes: Iterable[Group]) -> Reasons | None:
    groups = list(taxes)
    found = [
        [value for tax in groups for value in tax.values(name)]
        for name in ("ExemptionReasonCode", "ExemptionReason")
    ]
    if any(len(values) > 1 for values in found):
        return None
    code, text = (spaced(values[0]) if values else "" for values in found)
    return code, text


def _of_lines(record: Record, *, every: bool) -> Iterable[_Part]:
    for line in record.root.down(TRANSACTION, LINE):
        if not (every or added_up(line)):
            continue
        settlements = line.groups(_LINE)
        for settlement in settlements:
            taxes = taxes_of(settlement, _TAX)
            amounts = tuple(one.one(LINE_TOTAL[1]) for one in settlement.groups(LINE_TOTAL[0]))
            alone = len(settlements) == 1
            yield _Part(_Kind.LINE, taxes, amounts, int(alone), _reasons(taxes.groups))
        if len(settlements) > 1:
            groups = line.down(_LINE, _TAX)
            taxes = Taxes.of(groups, lambda tax: tax.values("CategoryCode"), _rate)
            yield _Part(_Kind.LINE, taxes, (), 1, _reasons(groups))


def _of_charges(record: Record) -> Iterable[_Part]:
    for charge in record.root.down(*SETTLEMENT, CHARGE):
        taxes = taxes_of(charge, _OF_CHARGE)
        why = _reasons(taxes.groups)
        try:
            amount = (charge.one("ActualAmount"),)
            said = {boolean(value) for value in charge.values("ChargeIndicator", "Indicator")}
        except Unevaluable as stop:
            yield _Part(_Kind.CHARGE, taxes, (), 1, why, str(stop))
            continue
        yield _Part(_Kind.CHARGE, taxes, (), 1, why)
        for kind in said:
            yield _Part(_Kind.CHARGE if kind else _Kind.ALLOWANCE, taxes, amount, 0, why)
    for service in record.root.down(*SETTLEMENT, LOGISTICS):
        taxes = taxes_of(service, _OF_SERVICE)
        why = _reasons(taxes.groups)
        try:
            amount = (service.one("AppliedAmount"),)
        except Unevaluable as stop:
            yield _Part(_Kind.SERVICE, taxes, (), 1, why, str(stop))
            continue
        yield _Part(_Kind.SERVICE, taxes, amount, 1, why)


def _parts(record: Record, *, every: bool) -> dict[str, list[_Part]]:
    """What is added up, by category; every line or those that are added up."""
    key = ("parts by category", every)
    found: dict[str, list[_Part]] | None = record.kept.get(key)
    if found is None:
        found = {}
        for part in (*_of_lines(record, every=every), *_of_charges(record)):
            if part.taxes.codes is None:
                raise Unevaluable("a tax category cannot be told")
            for code in part.taxes.codes:
                found.setdefault(code, []).append(part)
        record.kept[key] = found
    return found


def _added(
    record: Record, code: str, rate: Decimal | None, why: Reasons | None, *, every: bool = False
) -> tuple[Decimal, int]:
    """What the category adds up to, and of how many parts."""
    key = ("added up", code, rate, why, every)
    if key not in record.kept:
        sums, count = [ZERO] * len(_Kind), 0
        for part in _parts(record, every=every).get(code, ()):
            if part.has(rate, why):
                if part.odd:
                    raise Unevaluable(part.odd)
                count += part.count
                for amount in part.amounts:
                    if amount is not None:
                        sums[part.kind] += decimal(amount)
        lines, allowed, charged, services = map(cents, sums)
        record.kept[key] = lines - allowed + charged + services, count
    found: tuple[Decimal, int] = record.kept[key]
    return found


def _near(said: Decimal, expected: Decimal, count: int) -> bool:
    return abs(said - expected) <= CENT * count


Asked = Callable[[Group, Record], bool]


def taxable(family: Family, *, by_reason: bool, every: bool = False, rated: bool = True) -> Asked:
    """Whether the taxable amount is what its rate, or its rate and reasons, add up to (on every
    line, or on those that are added up).

    ``rated``: without a rate it is not; else nothing has that rate and adds up to nothing.
    """

    def test(tax: Group, record: Record) -> bool:
        rate = _rate(tax) if family.rate != "none" else None
        said = number(tax.one("BasisAmount"))
        if said is None:
            return False
        if rate is None and family.rate != "none":
            return not rated and said == ZERO
        why = None
        if by_reason:
            why = _reasons([tax])
            if why is None:
                raise Unevaluable("several reasons for exemption stand where one may")
        return _near(said, *_added(record, family.code, rate, why, every=every))

    return test


def _tax_of_rate(family: Family) -> Asked:
    """BR-S-09: the tax is the taxable amount times the rate."""

    def test(tax: Group, record: Record) -> bool:
        rate, taxable = _rate(tax), number(tax.one("BasisAmount"))
        said = number(tax.one("CalculatedAmount"))
        if rate is None or taxable is None or said is None:
            return False
        expected = cents((taxable * rate).scaleb(-2))
        why = _reasons([tax])
        if why is None:
            raise Unevaluable("several reasons for exemption stand where one may")
        return any(
            _near(said, expected, _added(record, family.code, rate, reasons)[1])
            for reasons in (why, None)
        )

    return test


def sums(
    *,
    fatal: str,
    odd: Mapping[str, str],
    tax_of_rate: str,
    vat_only: bool,
    families: Iterable[Family] = FAMILIES,
    every: bool = False,
    rated: bool = True,
) -> list[Rule]:
    """BR-x-08 thrice (rate or reasons, rate alone, both) and BR-S-09, told at the breakdown.

    ``fatal`` ends the id of the first; ``odd`` has ids that do not follow. ``vat_only``: BR-S-09
    is asked of VAT alone. ``every``: every line is added up, whatever its subtype is. ``rated``: a
    group without a rate breaks the rules that need one.
    """
    found: list[Rule] = []
    header = inside(_HEADER)

    def coded(family: Family, *, any_tax: bool) -> Test:
        return lambda tax, record: (
            header(tax, record)
            and family.code in tax.values("CategoryCode")
            and (any_tax or is_vat(tax))
        )

    for family in families:
        plain, exact = (
            taxable(family, by_reason=by, every=every, rated=rated) for by in (False, True)
        )
        name, facts = f"BR-FXEXT-{family.rules}", {"category": family.code}
        tests: tuple[tuple[str, Asked, Severity, str], ...] = (
            (f"{name}-{fatal}", _either(exact, plain), Severity.FATAL, "vat-taxable"),
            (f"{name}-08ini", plain, Severity.WARNING, "vat-taxable"),
            (f"{name}-08rev", exact, Severity.WARNING, "vat-taxable-reason"),
        )
        found += [
            Rule(odd.get(number, number), test, (_TAX,), coded(family, any_tax=False),
                 terms=("BT-116",), text=text, severity=severity, facts=facts,
                 idle=without(family.code))
            for number, test, severity, text in tests
        ]  # fmt: skip
        if family.code == "S":
            found.append(
                Rule(tax_of_rate, _tax_of_rate(family), (_TAX,),
                     coded(family, any_tax=not vat_only), terms=("BT-117",),
                     text=text_key(family, "09"), facts=facts, idle=without(family.code))
            )  # fmt: skip
    return found


def _either(first: Asked, second: Asked) -> Asked:
    return lambda tax, record: first(tax, record) or second(tax, record)
