"""Factur-X, level EXTENDED: its own rules, BR-FXEXT-*.

Source: FACTUR-X_EXTENDED of Factur-X 1.09. Most of its rules are those of the level EN 16931, word
for word (``facturx_sheets``). These loosen the others (totals may be a cent off for each amount) or
speak of what EN 16931 does not know: lines under lines, characteristics by code, services of
logistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from acquit.core.faults import Severity
from acquit.core.judges import cii_totals, extended_vat
from acquit.core.judges.cii import LINE, either
from acquit.core.judges.codes import codes
from acquit.core.judges.extended import (
    NET,
    OWN,
    SUBTYPE,
    categorised,
    due_day,
    lines,
    of_subtype,
    one_answer,
    rounded,
    totals,
)
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, by_shape
from acquit.core.judges.values import ZERO, Unevaluable, binary, decimal, double, spaced

_NAME = "BR-FXEXT"
_DAY = re.compile(r"[ \t\r\n]*\d{4}(1[0-2]|0[1-9])(3[01]|[12][0-9]|0[1-9])[ \t\r\n]*")
_MINUTE = re.compile(
    r"[ \t\r\n]*\d{4}(1[0-2]|0[1-9])(3[01]|[12][0-9]|0[1-9])([01][0-9]|2[0-3])[0-5][0-9][ \t\r\n]*"
)


def _categorised(line: Group, record: Record) -> bool:
    path = ("SpecifiedLineTradeSettlement", "ApplicableTradeTax", "TypeCode")
    return "VAT" in line.values(*path) and categorised(line, record)


# --- Lines under lines ---------------------------------------------------------------------------


def _only(line: Group, *path: str) -> str:
    """The one value there without white space around it, empty where there is none."""
    return spaced(line.one(*path) or "")


def _above(line: Group) -> str:
    return _only(line, OWN, "ParentLineID")


def _subtyped(line: Group, _: Record) -> bool:
    return not _above(line) or any(line.values(OWN, SUBTYPE))


def _number(line: Group) -> Fraction | None:
    """The net amount as a number of 53 binary digits; None where it is none."""
    try:
        found = double(_only(line, *NET))
    except Unevaluable:
        return None
    return None if found is None else binary(Fraction(found))


def _groups_add_up(record: Record) -> bool:
    """Whether each line that groups others has the net amount of those below it, if any."""
    found = list(record.every(LINE))
    groups = [line for line in found if of_subtype(line, "GROUP") and _only(line, *NET)]
    if not groups:
        return True
    below: dict[str, list[Group]] = {}
    for line in found:
        if of_subtype(line, "DETAIL", "GROUP"):
            below.setdefault(_above(line), []).append(line)
    for group in groups:
        total = Fraction(0)
        for line in below.get(_only(group, OWN, "LineID"), ()):
            number = _number(line)
            if number is None:
                return False
            total = binary(total + number)
        if _number(group) != rounded(binary(total * 100)):
            return False
    return True


def _groups(_: Group, record: Record) -> bool:
    """The published rule looks at all groups from each line, so each line is at fault."""
    if "groups add up" not in record.kept:
        record.kept["groups add up"] = _groups_add_up(record)
    return bool(record.kept["groups add up"])


def _known_above(line: Group, record: Record) -> bool:
    if "line numbers" not in record.kept:
        found = {spaced(text) for one in record.every(LINE) for text in one.values(OWN, "LineID")}
        record.kept["line numbers"] = found
    return _above(line) in record.kept["line numbers"]


def _subgroups(record: Record) -> dict[str, list[int]]:
    """By the number of the line above: how many groups stand there, and how many amounts."""
    found: dict[str, list[int]] | None = record.kept.get("groups below")
    if found is None:
        found = record.kept["groups below"] = {}
        for line in record.root.down("SupplyChainTradeTransaction", LINE):
            if of_subtype(line, "GROUP"):
                for number in set(line.values(OWN, "ParentLineID")):
                    counts = found.setdefault(number, [0, 0])
                    counts[0] += 1
                    counts[1] += len(line.values(*NET))
    return found


def _all_or_none(line: Group, record: Record) -> bool:
    counts = _subgroups(record)
    numbers = (counts.get(number, [0, 0]) for number in line.values(OWN, "LineID"))
    return one_answer(groups == amounts for groups, amounts in numbers)


def _sub_lines() -> list[Rule]:
    on, subtype = (LINE,), "BT-X-8"
    return [
        Rule(f"{_NAME}-06", _subtyped, on, terms=(subtype, "BT-X-304", "BG-25"),
             text="needs-subtype"),
        Rule(f"{_NAME}-08", _groups, on, terms=("BT-131", subtype), text="groups-add-up"),
        Rule(f"{_NAME}-11", _known_above, on, lambda line, _: _above(line) != "",
             terms=("BT-X-304", "BT-126"), text="line-above"),
        Rule(f"{_NAME}-12", _all_or_none, on,
             lambda line, _: of_subtype(line, "GROUP") and line.has(*NET),
             terms=("BT-131", subtype), text="groups-all"),
    ]  # fmt: skip


# --- Notes, dates, numbers, characteristics ------------------------------------------------------


def _notes() -> list[Rule]:
    said = either("ContentCode", "Content")

    def coded(group: Group, _: Record) -> bool:
        return "SubjectCode" in group

    def of_line(group: Group, record: Record) -> bool:
        above = group.parent
        return above is not None and above.name == OWN and coded(group, record)

    def of_document(group: Group, record: Record) -> bool:
        above = group.parent
        return (
            above is not None
            and above.name == "ExchangedDocument"
            and above.parent is record.root
            and coded(group, record)
        )

    on = ("IncludedNote",)
    return by_shape([
        Rule(f"{_NAME}-01", said, on, of_document, terms=("BT-22", "BT-X-5", "BG-1"),
             text="either"),
        Rule(f"{_NAME}-02", said, on, of_line, terms=("BT-127", "BT-X-9", "BG-25"),
             text="either"),
    ], but=())  # fmt: skip


def _of_seller(group: Group) -> bool:
    above: Group | None = group
    while above is not None and above.name != "SellerTradeParty":
        above = above.parent
    return above is not None


def _vat_number(value: Group | str, group: Group, _: Record) -> bool:
    return _of_seller(group) or attribute(value, "schemeID") == "VA"


def _attribute_code(value: Group | str, _: Group, __: Record) -> bool:
    return spaced(text_of(value)) in codes("attribute_codes")


def day(value: Group | str, holder: Group, _: Record) -> bool:
    """CII-DT-097: what says that it is a day (102) is one."""
    return not _has(value, holder, "102") or _DAY.fullmatch(text_of(value)) is not None


def _minute(value: Group | str, holder: Group, _: Record) -> bool:
    return not _has(value, holder, "205") or _MINUTE.fullmatch(text_of(value)) is not None


def _has(value: Group | str, holder: Group, form: str) -> bool:
    """Whether it is a date of this form; days of documents referred to are of another type."""
    return attribute(value, "format") == form and not holder.name.startswith("Formatted")


def _values() -> list[Rule]:
    named = ("ApplicableProductCharacteristic",)
    date = ("DateTimeString",)
    return [
        Rule(f"{_NAME}-03", None, ("SpecifiedTaxRegistration",), None, ("ID",), _vat_number,
             terms=("BT-X-367",), text="vat-number-only"),
        Rule(f"{_NAME}-04", None, named, None, ("TypeCode",), _attribute_code,
             terms=("BT-X-11",), text="code", severity=Severity.WARNING),
        Rule("CII-DT-097", None, (), None, date, day, text="date-102"),
        Rule(f"{_NAME}-CII-DT-097a", None, (), None, date, _minute, text="date-205"),
    ]  # fmt: skip


# --- Totals --------------------------------------------------------------------------------------


def _added(values: Iterable[str]) -> Decimal:
    """A sum of texts that no schema has typed, as the rule makes it: in 53 binary digits."""
    total = Fraction(0)
    for value in values:
        number = double(value)
        if number is None:
            raise Unevaluable("NaN is not a number that can be added up")
        total = binary(total + binary(Fraction(number)))
    total = rounded(binary(binary(total * 10) * 10))
    return Decimal(total.numerator) / Decimal(total.denominator)


def _due(group: Group, record: Record) -> bool:
    """BR-CO-16, and what is collected for somebody else is to be paid as well."""
    due = cii_totals.number(group.one("DuePayableAmount"))
    beside = group.parent
    collected = beside.values("SpecifiedFinancialAdjustment", "ActualAmount") if beside else []

    def added(values: list[str]) -> Decimal:
        return sum((decimal(value) for value in values), ZERO)

    grand, paid, rounding = (
        added(group.values(name))
        for name in ("GrandTotalAmount", "TotalPrepaidAmount", "RoundingAmount")
    )
    return due is not None and due == grand - paid + rounding + added(collected)


def _to_pay(record: Record) -> bool:
    found = list(record.values("DuePayableAmount"))
    if len(found) > 1:
        raise Unevaluable("DuePayableAmount stands more than once")
    try:
        number = double(found[0]) if found else None
    except Unevaluable:
        return False
    return number is not None and number > ZERO


def rules() -> list[Rule]:
    due = Rule(f"{_NAME}-CO-16", _due, (cii_totals.TOTAL,),
               terms=("BT-115", "BT-112", "BT-113", "BT-114"), text="due-collected")  # fmt: skip
    return [
        due_day(_to_pay), *lines(_NAME, f"{_NAME}-BR-54", _categorised),
        *totals(_NAME, added=_added), due,
        *_sub_lines(), *_notes(), *_values(),
        *extended_vat.in_breakdown(_NAME, services=True),
        *extended_vat.sums(fatal="08b", odd={f"{_NAME}-S-08b": f"{_NAME}-S08b"},
                           tax_of_rate=f"{_NAME}-S-09b", vat_only=False),
    ]  # fmt: skip
