"""What VAT categories add up to, for UBL: BR-x-08 (taxable amount) and BR-x-09 (tax)."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Test
from acquit.core.judges.ubl import LINES, charges, number
from acquit.core.judges.ubl_totals import near
from acquit.core.judges.values import ONE, ZERO, Unevaluable, double, spaced
from acquit.core.judges.vat import Family, Taxes


def code_of(tax: Group) -> str:
    if tax.code is None:
        tax.code = spaced(tax.one("ID") or "")
    return tax.code


def _amounts(record: Record, code: str, rate: Decimal | None, name: str) -> Decimal:
    """Lines of one kind plus charges less allowances, of a category and perhaps of one rate."""
    total = ZERO
    parts = _kept_parts(record, code, name) if rate is None else _at(record, code, rate, name)
    for _, group, amount, less in parts:
        found = number(group, amount)
        if found is not None:
            total = total - found if less else total + found
    return total


# The tax categories of each part, the part, the name of its amount, and whether it is taken off.
_Parts = list[tuple[Taxes, Group, str, bool]]


def _at(record: Record, code: str, rate: Decimal, name: str) -> _Parts:
    """The parts of a category that have this rate."""
    key = f"rates {code} {name}"
    found = record.kept.get(key)
    if found is None:
        rates: dict[Decimal | None, _Parts] = {}
        for part in _kept_parts(record, code, name):
            known = part[0].rates
            if known is None:
                known = frozenset(number(tax, "Percent") for tax in part[0].groups)
            for at in known:
                rates.setdefault(at, []).append(part)
        found = record.kept[key] = rates
    assert isinstance(found, dict)
    parts: _Parts = found.get(rate, [])
    return parts


def _kept_parts(record: Record, code: str, name: str) -> _Parts:
    key = f"parts {code} {name}"
    if key not in record.kept:
        record.kept[key] = _parts(record, code, name)
    return record.kept[key]  # type: ignore[no-any-return]


def _parts(record: Record, code: str, name: str) -> _Parts:
    found: _Parts = []
    sources = (
        (record.root.groups(name), ("Item", "ClassifiedTaxCategory"), "LineExtensionAmount", False),
        (charges(record, charge=True), ("TaxCategory",), "Amount", False),
        (charges(record, charge=False), ("TaxCategory",), "Amount", True),
    )
    for groups, path, amount, less in sources:
        for group in groups:
            known = group.taxes or _taxes_of(group, path)
            codes = known.codes
            if code in codes if codes is not None else _has_code(known.groups, code):
                found.append((known, group, amount, less))
    return found


def _taxes_of(group: Group, path: tuple[str, ...]) -> Taxes:
    groups = group.down(*path)
    group.taxes = found = Taxes.of(
        groups, lambda tax: (code_of(tax),), lambda tax: number(tax, "Percent")
    )
    return found


def _has_code(taxes: list[Group], code: str) -> bool:
    return any(code_of(tax) == code for tax in taxes)


def _at_rate(taxes: list[Group], rate: Decimal) -> bool:
    found = [number(tax, "Percent") for tax in taxes]
    return rate in found


def taxable(family: Family) -> Test:
    """BR-x-08: the taxable amount of the breakdown is what its parts add up to."""
    code = family.code

    def exact(tax: Group, record: Record) -> bool:
        assert tax.parent is not None
        for name in LINES:
            if next(record.every(name), None) is not None:
                said = number(tax.parent, "TaxableAmount")
                if said is not None and said == _amounts(record, code, None, name):
                    return True
        return False

    def by_rate(tax: Group, record: Record) -> bool:
        assert tax.parent is not None
        rate = number(tax, "Percent")
        if rate is None:
            return True
        for name in LINES:
            if not _uses_rate(record, code, rate, name, family):
                continue
            said = tax.parent.one("TaxableAmount")
            if said is None:
                continue
            wanted = double(said)
            if wanted is None:
                raise Unevaluable(f"{said[:40]!r} is not a decimal number")
            total = _amounts(record, code, rate, name)
            if wanted - ONE < total < wanted + ONE:
                return True
        return False

    return exact if family.rate in ("zero", "none") else by_rate


def _uses_rate(record: Record, code: str, rate: Decimal, name: str, family: Family) -> bool:
    if family.rules != "S":
        return next(record.every(name), None) is not None
    if _at(record, code, rate, name):
        return True
    candidates = [
        *((line, ("Item", "ClassifiedTaxCategory")) for line in record.every(name)),
        *((group, ("TaxCategory",)) for group in record.every("AllowanceCharge")),
    ]
    for group, path in candidates:
        taxes = group.down(*path)
        if any(code_of(tax) == code for tax in taxes) and _at_rate(taxes, rate):
            return True
    return False


def tax_of(family: Family) -> Test:
    """BR-x-09: no tax, or the tax of the rate."""

    def nothing(tax: Group, _: Record) -> bool:
        assert tax.parent is not None
        return number(tax.parent, "TaxAmount") == ZERO

    def of_rate(tax: Group, _: Record) -> bool:
        assert tax.parent is not None
        amount = number(tax.parent, "TaxAmount")
        base = number(tax.parent, "TaxableAmount")
        rate = number(tax, "Percent")
        if amount is None or base is None or rate is None:
            return False
        return near(amount, base, rate)

    return nothing if family.rate in ("zero", "none") else of_rate
