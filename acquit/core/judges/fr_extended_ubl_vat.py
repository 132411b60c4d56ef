"""VAT categories of EXTENDED-CTC-FR in UBL: what the breakdown adds up, a cent off for each amount.

As in CII (``extended_vat``) a group of the breakdown is compared with what has its rate, and with
what has its rate and its reason for exemption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from acquit.core.faults import Severity
from acquit.core.judges.fr_extended_ubl import AMOUNT, NAME, added_up, summed
from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Rule, Test, Where
from acquit.core.judges.ubl import LINES, is_charge, number
from acquit.core.judges.ubl_vat import FAMILIES, coded, without
from acquit.core.judges.ubl_vat_sums import code_of
from acquit.core.judges.values import binary, cents, spaced
from acquit.core.judges.vat import Family, text_key

Reasons = tuple[str, str]
Asked = Callable[[Group, Record], bool]


# --- Which categories there are ------------------------------------------------------------------


def _used(record: Record) -> tuple[frozenset[str], frozenset[str]]:
    """The categories of the breakdown, and those of charges and of lines that are added up."""
    found: tuple[frozenset[str], frozenset[str]] | None = record.kept.get("categories used")
    if found is None:
        root = record.root
        taxes = root.down("AllowanceCharge", "TaxCategory")
        for name in LINES:
            for line in root.groups(name):
                if added_up(line, record):
                    taxes += line.down("Item", "ClassifiedTaxCategory")
        broken_down = root.down("TaxTotal", "TaxSubtotal", "TaxCategory")
        found = record.kept["categories used"] = (
            frozenset(map(code_of, broken_down)),
            frozenset(map(code_of, taxes)),
        )
    return found


def _in_breakdown(code: str) -> Test:
    def test(_: Group, record: Record) -> bool:
        broken_down, used = _used(record)
        return (code in broken_down) is (code in used)

    return test


# --- What they add up to -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A line or a charge: its categories, its amounts (none of a line that is not added up, whose
    rates have to be numbers all the same), and whether they are charged, taken off or neither
    (None)."""

    taxes: tuple[Group, ...]
    amounts: tuple[str, ...]
    line: bool
    charge: bool | None

    def has(self, code: str, rate: Decimal | None, why: Reasons | None, *, rated: bool) -> bool:
        """Whether one of its categories is of that code, rate and reasons at once."""
        for tax in self.taxes:
            if code_of(tax) != code:
                continue
            if rated and (rate is None or number(tax, "Percent") != rate):
                continue
            if why is None or _reasons(tax) == why:
                return True
        return False


def _reasons(tax: Group) -> Reasons:
    code, text = (
        spaced(tax.one(name) or "") for name in ("TaxExemptionReasonCode", "TaxExemptionReason")
    )
    return code, text


def _all_parts(record: Record) -> Iterable[_Part]:
    for line in record.every(*LINES):
        taxes = tuple(line.down("Item", "ClassifiedTaxCategory"))
        amounts = tuple(line.values(AMOUNT)) if added_up(line, record) else ()
        yield _Part(taxes, amounts, True, None)
    for charge in record.root.groups("AllowanceCharge"):
        taxes, amounts = tuple(charge.groups("TaxCategory")), tuple(charge.values("Amount"))
        said = [word for word in (False, True) if is_charge(word)(charge, record)]
        yield _Part(taxes, amounts, False, said[0] if said else None)


def _parts(record: Record) -> dict[str, list[_Part]]:
    found: dict[str, list[_Part]] | None = record.kept.get("parts by category")
    if found is None:
        found = {}
        for part in _all_parts(record):
            for code in {code_of(tax) for tax in part.taxes}:
                found.setdefault(code, []).append(part)
        record.kept["parts by category"] = found
    return found


@dataclass(frozen=True, slots=True)
class _Sums:
    lines: Fraction
    allowances: Fraction
    charges: Fraction
    count: int

    def near(self, said: Decimal) -> bool:
        """Whether the amount is what they add up to, a cent off for each."""
        rest = binary(binary(Fraction(said)) - self.lines)
        rest = binary(binary(rest + self.allowances) - self.charges)
        return abs(rest) <= binary(Fraction(self.count, 100))


def _added(record: Record, family: Family, rate: Decimal | None, why: Reasons | None) -> _Sums:
    key = ("added up", family.code, rate, why)
    found: _Sums | None = record.kept.get(key)
    if found is None:
        rated = family.rate != "none"
        parts = [
            part
            for part in _parts(record).get(family.code, ())
            if part.has(family.code, rate, why, rated=rated)
        ]

        def of(line: bool, charge: bool | None) -> Fraction:
            chosen = [part for part in parts if part.line is line and part.charge is charge]
            return summed(amount for part in chosen for amount in part.amounts)

        count = sum(len(part.amounts) for part in parts)
        found = _Sums(of(True, None), of(False, False), of(False, True), count)
        record.kept[key] = found
    return found


def _taxable(family: Family, *, by_reason: bool) -> Asked:
    def test(tax: Group, record: Record) -> bool:
        assert tax.parent is not None
        rate = number(tax, "Percent") if family.rate != "none" else None
        said = number(tax.parent, "TaxableAmount")
        if said is None:
            return False
        return _added(record, family, rate, _reasons(tax) if by_reason else None).near(said)

    return test


def _tax(family: Family) -> Asked:
    """BR-S-09: the tax is the taxable amount times the rate."""

    def test(tax: Group, record: Record) -> bool:
        assert tax.parent is not None
        rate = number(tax, "Percent")
        taxable, said = number(tax.parent, "TaxableAmount"), number(tax.parent, "TaxAmount")
        if rate is None or taxable is None or said is None:
            return False
        expected = cents((taxable * rate).scaleb(-2))
        count = _added(record, family, rate, _reasons(tax)).count
        return abs(Fraction(said - expected)) <= Fraction(count, 100)

    return test


def _family(family: Family) -> list[Rule]:
    plain, exact = (_taxable(family, by_reason=by) for by in (False, True))
    name, facts = f"{NAME}-{family.rules}", {"category": family.code}
    where: Where = coded(family.code, "part")

    def rule(number: str, test: Asked, text: str, term: str = "BT-116",
             severity: Severity = Severity.FATAL) -> Rule:  # fmt: skip
        return Rule(f"{name}-{number}", test, terms=(term,), text=text, severity=severity,
                    facts=facts, where=where, idle=without(family.code))  # fmt: skip

    found = [
        Rule(f"{name}-01", _in_breakdown(family.code), terms=("BT-118", "BG-23"),
             text=text_key(family, "01"), facts=facts, idle=without(family.code)),
        rule("08", lambda tax, record: exact(tax, record) or plain(tax, record), "vat-taxable"),
        rule("08ini", plain, "vat-taxable", severity=Severity.WARNING),
        rule("08rev", exact, "vat-taxable-reason", severity=Severity.WARNING),
    ]  # fmt: skip
    if family.code == "S":
        found.append(rule("09", _tax(family), text_key(family, "09"), "BT-117"))
    return found


def rules() -> list[Rule]:
    return [rule for family in FAMILIES for rule in _family(family)]
