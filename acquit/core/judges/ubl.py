"""The business rules of EN 16931 as they stand for UBL: groups, lines, parties, code lists.

The families of VAT categories are in ``ubl_vat``, what UBL has and EN 16931 does not use in
``structure``. Each test says what must hold; ids and places are those of the official stylesheet.
"""

from __future__ import annotations

from decimal import Decimal

from acquit.core.faults import Severity
from acquit.core.judges.codes import codes
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Idle, Outline, Rule, Test, ValueTest, by_shape
from acquit.core.judges.values import (
    SPACES,
    boolean,
    day,
    decimal,
    double,
    not_below_zero,
    places,
    spaced,
)

LINES = ("InvoiceLine", "CreditNoteLine")
_SUPPLIER = ("AccountingSupplierParty", "Party")
_CUSTOMER = ("AccountingCustomerParty", "Party")
_LEGAL_NAME = ("PartyLegalEntity", "RegistrationName")
_COUNTRY = ("Country", "IdentificationCode")


def has(*path: str) -> Test:
    if len(path) == 1:
        name = path[0]
        return lambda group, _: name in group
    if len(path) == 2:
        first, second = path
        return lambda group, _: any(second in below for below in group.groups(first))
    return lambda group, _: group.has(*path)


def filled(*path: str) -> Test:
    return lambda group, _: (group.one(*path) or "").strip(SPACES) != ""


def has_any(*names: str) -> Test:
    return lambda group, _: any(name in group for name in names)


def at_most_one(*path: str) -> Test:
    return lambda group, _: len(group.values(*path)) <= 1


def never_twice(*names: str) -> Idle:
    """Nothing stands more than once where each step to it stands once at most."""
    steps = frozenset(names)
    return lambda outline: steps.isdisjoint(outline.repeated)


def short_amounts(outline: Outline) -> bool:
    return not outline.long_amounts


def number(group: Group, *path: str) -> Decimal | None:
    """The number there, None where there is none; Unevaluable for two or for no number."""
    if len(path) == 1:
        here = group.get(path[0])
        if here is None:
            return None
        if len(here) == 1:
            return decimal(text_of(here[0]))
    text = group.one(*path)
    return None if text is None else decimal(text)


def two_decimals(name: str) -> Test:
    return lambda group, _: places(group.one(name) or "") <= 2


def is_vat(group: Group) -> bool:
    """Whether the tax scheme of a category or of a registration is VAT."""
    vat = group.vat
    if vat is None:
        vat = False
        for scheme in group.groups("TaxScheme"):
            if spaced((scheme.one("ID") or "").upper()) == "VAT":
                vat = True
                break
        group.vat = vat
    return vat


def is_charge(wanted: bool) -> Test:
    """``ChargeIndicator = true()`` or ``false()``; several indicators: any of them."""
    return lambda group, _: any(boolean(v) is wanted for v in group.values("ChargeIndicator"))


def inside(*parents: str) -> Test:
    return lambda group, _: group.parent is not None and group.parent.name in parents


def charges(record: Record, *, charge: bool) -> list[Group]:
    """Document level allowances (BG-20) or charges (BG-21)."""
    key = f"charges {charge}"
    if key not in record.kept:
        test = is_charge(charge)
        found = record.root.groups("AllowanceCharge")
        record.kept[key] = [group for group in found if test(group, record)]
    return record.kept[key]  # type: ignore[no-any-return]


def _and(*tests: Test) -> Test:
    return lambda group, record: all(test(group, record) for test in tests)


def _allowances() -> list[Rule]:
    found: list[Rule] = []
    document = inside("Invoice", "CreditNote")
    line = inside(*LINES)
    both = ("AllowanceChargeReason", "AllowanceChargeReasonCode")
    for charge, where, group, terms, ids in (
        (False, document, "BG-20", ("BT-92", "BT-95", "BT-97", "BT-98", "BT-93"),
         ("BR-31", "BR-32", "BR-33", "BR-CO-21", "BR-DEC-01", "BR-DEC-02")),
        (True, document, "BG-21", ("BT-99", "BT-102", "BT-104", "BT-105", "BT-100"),
         ("BR-36", "BR-37", "BR-38", "BR-CO-22", "BR-DEC-05", "BR-DEC-06")),
        (False, line, "BG-27", ("BT-136", "", "BT-139", "BT-140", "BT-137"),
         ("BR-41", "", "BR-42", "BR-CO-23", "BR-DEC-24", "BR-DEC-25")),
        (True, line, "BG-28", ("BT-141", "", "BT-144", "BT-145", "BT-142"),
         ("BR-43", "", "BR-44", "BR-CO-24", "BR-DEC-27", "BR-DEC-28")),
    ):  # fmt: skip
        amount, category, reason, code, base = terms
        when = _and(where, is_charge(charge))
        reasons = (reason, code, group)
        on = ("AllowanceCharge",)
        found += [
            Rule(ids[0], has("Amount"), on, when, terms=(amount, group), text="missing"),
            Rule(ids[2], has_any(*both), on, when, terms=reasons, text="either"),
            Rule(ids[3], has_any(*both), on, when, terms=reasons, text="either"),
            Rule(
                ids[4],
                two_decimals("Amount"),
                on,
                when,
                terms=(amount,),
                text="decimals",
                idle=short_amounts,
            ),
            Rule(
                ids[5],
                two_decimals("BaseAmount"),
                on,
                when,
                terms=(base,),
                text="decimals",
                idle=short_amounts,
            ),
        ]
        if ids[1]:
            test = _categorised("TaxCategory")
            found.append(Rule(ids[1], test, on, when, terms=(category, group), text="missing"))
    return found


def _categorised(name: str) -> Test:
    return lambda group, _: any(is_vat(tax) and "ID" in tax for tax in group.groups(name))


def _document() -> list[Rule]:
    def typed(group: Group, _: Record) -> bool:
        return any(
            spaced(group.one(name) or "") for name in ("InvoiceTypeCode", "CreditNoteTypeCode")
        )

    def in_tax_currency(group: Group, record: Record) -> bool:
        currencies = group.values("TaxCurrencyCode")
        if not currencies:
            return True
        totals = [v for total in record.every("TaxTotal") for v in total.get("TaxAmount", ())]
        return {attribute(value, "currencyID") for value in totals}.issuperset(currencies)

    def one_tax_point(group: Group, _: Record) -> bool:
        return not (group.has("TaxPointDate") and group.has("InvoicePeriod", "DescriptionCode"))

    return [
        Rule("BR-01", filled("CustomizationID"), terms=("BT-24",), text="missing"),
        Rule("BR-02", filled("ID"), terms=("BT-1",), text="missing"),
        Rule("BR-03", filled("IssueDate"), terms=("BT-2",), text="missing"),
        Rule("BR-04", typed, terms=("BT-3",), text="missing"),
        Rule("BR-05", filled("DocumentCurrencyCode"), terms=("BT-5",), text="missing"),
        Rule("BR-06", filled(*_SUPPLIER, *_LEGAL_NAME), terms=("BT-27", "BG-4"), text="missing"),
        Rule("BR-07", filled(*_CUSTOMER, *_LEGAL_NAME), terms=("BT-44", "BG-7"), text="missing"),
        Rule("BR-08", has(*_SUPPLIER, "PostalAddress"), terms=("BG-5",), text="missing"),
        Rule("BR-10", has(*_CUSTOMER, "PostalAddress"), terms=("BG-8",), text="missing"),
        Rule("BR-16", has_any(*LINES), terms=("BG-25",), text="missing"),
        Rule("BR-53", in_tax_currency, terms=("BT-111", "BT-6"),
             idle=lambda outline: "TaxCurrencyCode" not in outline.names),
        Rule("BR-CO-03", one_tax_point, terms=("BT-7", "BT-8")),
        Rule("BR-CO-18", has("TaxTotal", "TaxSubtotal"), terms=("BG-23",), text="missing"),
    ]  # fmt: skip


def _lines() -> list[Rule]:
    def quantity(group: Group, _: Record) -> bool:
        return "InvoicedQuantity" in group or "CreditedQuantity" in group

    def unit(group: Group, _: Record) -> bool:
        found = [*group.get("InvoicedQuantity", ()), *group.get("CreditedQuantity", ())]
        return any(attribute(value, "unitCode") is not None for value in found)

    def gross(group: Group, _: Record) -> bool:
        found = group.values("Price", "AllowanceCharge", "BaseAmount")
        return not found or any(_not_negative(value) for value in found)

    def vat(group: Group, _: Record) -> bool:
        for item in group.groups("Item"):
            for tax in item.groups("ClassifiedTaxCategory"):
                if "ID" in tax and is_vat(tax):
                    return True
        return False

    on = LINES
    return [
        Rule("BR-21", filled("ID"), on, terms=("BT-126", "BG-25"), text="missing"),
        Rule("BR-22", quantity, on, terms=("BT-129", "BG-25"), text="missing"),
        Rule("BR-23", unit, on, terms=("BT-130", "BG-25"), text="missing"),
        Rule("BR-24", has("LineExtensionAmount"), on, terms=("BT-131", "BG-25"), text="missing"),
        Rule("BR-25", filled("Item", "Name"), on, terms=("BT-153", "BG-25"), text="missing"),
        Rule("BR-26", has("Price", "PriceAmount"), on, terms=("BT-146", "BG-25"), text="missing"),
        Rule("BR-27", _price_not_negative, on, terms=("BT-146",), text="negative"),
        Rule("BR-28", gross, on, terms=("BT-148",), text="negative"),
        Rule("BR-CO-04", vat, on, terms=("BT-151", "BG-25"), text="missing"),
        Rule("BR-DEC-23", two_decimals("LineExtensionAmount"), on, terms=("BT-131",),
             text="decimals",
             idle=short_amounts),
    ]  # fmt: skip


def _not_negative(value: str) -> bool:
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return True  # as nearly all are: no need to read it
    number = double(value)
    return number is not None and not_below_zero(number)


def _price_not_negative(group: Group, _: Record) -> bool:
    return any(_not_negative(value) for value in group.values("Price", "PriceAmount"))


def _ordered(group: Group, _: Record) -> bool:
    """The end of a period is not before its start."""
    if "StartDate" not in group or "EndDate" not in group:
        return True
    start, end = group.one("StartDate"), group.one("EndDate")
    assert start is not None
    assert end is not None
    return day(end) >= day(start)


def _periods() -> list[Rule]:
    line = inside(*LINES)

    def document(group: Group, record: Record) -> bool:
        return not line(group, record)

    def dated(group: Group, _: Record) -> bool:
        return "StartDate" in group or "EndDate" in group or "DescriptionCode" in group

    on = ("InvoicePeriod",)
    return [
        Rule("BR-30", _ordered, on, line, terms=("BT-135", "BT-134"), text="period"),
        Rule("BR-CO-20", has_any("StartDate", "EndDate"), on, line,
             terms=("BT-134", "BT-135", "BG-26"), text="either"),
        Rule("BR-29", _ordered, on, document, terms=("BT-74", "BT-73"), text="period"),
        Rule("BR-CO-19", dated, on, document, terms=("BT-73", "BT-74", "BG-14"), text="either"),
    ]  # fmt: skip


def _same_text(left: list[str], right: list[str]) -> bool:
    return not set(left).isdisjoint(right)


def _payee(group: Group, _: Record) -> bool:
    above = group.parent
    assert above is not None
    if not group.has("PartyName", "Name"):
        return False
    names = group.values("PartyName", "Name")
    numbers = group.values("PartyIdentification", "ID")
    return not _same_text(names, above.values(*_SUPPLIER, "PartyName", "Name")) and (
        not _same_text(numbers, above.values(*_SUPPLIER, "PartyIdentification", "ID"))
    )


def _identified(group: Group, _: Record) -> bool:
    registered = any(
        is_vat(tax) and "CompanyID" in tax for tax in group.down("Party", "PartyTaxScheme")
    )
    return (
        registered
        or any(
            attribute(value, "schemeID") != "SEPA"
            for found in group.down("Party", "PartyIdentification")
            for value in found.get("ID", ())
        )
        or group.has("Party", "PartyLegalEntity", "CompanyID")
    )


def _parties() -> list[Rule]:
    def party_of(name: str) -> Test:
        return lambda group, _: (
            group.name == "Party" and group.parent is not None and group.parent.name == name
        )

    def address_of(name: str) -> Test:
        return lambda group, _: (
            group.parent is not None
            and group.parent.name == "Party"
            and group.parent.parent is not None
            and group.parent.parent.name == name
        )

    def vat_of_representative(group: Group, _: Record) -> bool:
        return any(is_vat(tax) and "CompanyID" in tax for tax in group.groups("PartyTaxScheme"))

    def prefixed(group: Group, _: Record) -> bool:
        return (group.one("CompanyID") or "")[:2] in prefixes

    # contains() finds the two characters anywhere in the list with its spaces, as it finds "".
    listed_prefixes = f" {' '.join(sorted(codes('vat_prefixes')))} "
    prefixes = _Within(listed_prefixes)
    representative = ("TaxRepresentativeParty",)
    seller_address = address_of("AccountingSupplierParty")
    buyer_address = address_of("AccountingCustomerParty")
    return [
        Rule("BR-63", None, ("Party",), party_of("AccountingCustomerParty"), ("EndpointID",),
             with_attribute("schemeID"), terms=("BT-49",), text="scheme"),
        Rule("BR-62", None, ("Party",), party_of("AccountingSupplierParty"), ("EndpointID",),
             with_attribute("schemeID"), terms=("BT-34",), text="scheme"),
        Rule("BR-11", filled(*_COUNTRY), ("PostalAddress",), buyer_address,
             terms=("BT-55", "BG-8"), text="missing"),
        Rule("BR-09", filled(*_COUNTRY), ("PostalAddress",), seller_address,
             terms=("BT-40", "BG-5"), text="missing"),
        Rule("BR-17", _payee, ("PayeeParty",), terms=("BT-59", "BG-10")),
        Rule("BR-CO-26", _identified, ("AccountingSupplierParty",),
             terms=("BT-29", "BT-30", "BT-31")),
        Rule("BR-18", filled("PartyName", "Name"), representative, terms=("BT-62", "BG-11"),
             text="missing"),
        Rule("BR-19", has("PostalAddress"), representative, terms=("BG-12",), text="missing"),
        Rule("BR-56", vat_of_representative, representative, terms=("BT-63", "BG-11"),
             text="missing"),
        Rule("BR-20", filled(*_COUNTRY), ("PostalAddress",), inside("TaxRepresentativeParty"),
             terms=("BT-69", "BG-12"), text="missing"),
        Rule("BR-CO-09", prefixed, ("PartyTaxScheme",), lambda group, _: is_vat(group),
             terms=("BT-31", "BT-48", "BT-63")),
    ]  # fmt: skip


class _Within:
    """The two first characters of a VAT number are in the list if they are anywhere in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __contains__(self, part: object) -> bool:
        return isinstance(part, str) and part in self.text


def with_attribute(name: str) -> ValueTest:
    return lambda value, _, __: attribute(value, name) is not None


def _payment() -> list[Rule]:
    def transfer(group: Group, _: Record) -> bool:
        means = group.parent
        return (
            means is not None
            and means.name == "PaymentMeans"
            and any(code in ("30", "58") for code in means.values("PaymentMeansCode"))
        )

    def account(group: Group, _: Record) -> bool:
        code = spaced(group.one("PaymentMeansCode") or "")
        return code not in ("30", "58") or group.has("PayeeFinancialAccount", "ID")

    def short(value: Group | str, _: Group, __: Record) -> bool:
        return len(spaced(text_of(value))) <= 10

    def in_means(group: Group, _: Record) -> bool:
        return group.parent is not None and group.parent.name == "PaymentMeans"

    return [
        Rule("BR-51", None, ("CardAccount",), in_means, ("PrimaryAccountNumberID",), short,
             terms=("BT-87",), severity=Severity.WARNING),
        Rule("BR-50", filled("ID"), ("PayeeFinancialAccount",), transfer,
             terms=("BT-84", "BG-17"), text="missing"),
        Rule("BR-49", has("PaymentMeansCode"), ("PaymentMeans",), terms=("BT-81", "BG-16"),
             text="missing"),
        Rule("BR-61", account, ("PaymentMeans",), terms=("BT-84", "BT-81")),
    ]  # fmt: skip


def item_of_line(group: Group, _: Record) -> bool:
    """Whether it stands in the item of a line."""
    item = group.parent
    return (
        item is not None
        and item.name == "Item"
        and item.parent is not None
        and item.parent.name in LINES
    )


def _details() -> list[Rule]:
    def in_delivery(group: Group, _: Record) -> bool:
        above = group.parent
        return (
            above is not None
            and above.name == "DeliveryLocation"
            and above.parent is not None
            and above.parent.name == "Delivery"
        )

    def named(group: Group, _: Record) -> bool:
        return "Name" in group and "Value" in group

    return [
        Rule("BR-52", filled("ID"), ("AdditionalDocumentReference",), terms=("BT-122", "BG-24"),
             text="missing"),
        Rule("BR-57", has(*_COUNTRY), ("Address",), in_delivery, terms=("BT-80", "BG-15"),
             text="missing"),
        Rule("BR-54", named, ("AdditionalItemProperty",), terms=("BT-160", "BT-161", "BG-32"),
             text="both"),
        Rule("BR-65", None, ("CommodityClassification",), item_of_line,
             ("ItemClassificationCode",), with_attribute("listID"), terms=("BT-158",),
             text="scheme"),
        Rule("BR-64", None, ("StandardItemIdentification",), item_of_line, ("ID",),
             with_attribute("schemeID"), terms=("BT-157",), text="scheme"),
        Rule("BR-55", has("InvoiceDocumentReference", "ID"), ("BillingReference",),
             terms=("BT-25", "BG-3"), text="missing"),
    ]  # fmt: skip


def rules() -> list[Rule]:
    """Every rule of this module, in the order in which they are told."""
    found = [
        *_document(), *_parties(), *_details(), *_payment(), *_allowances(), *_periods(),
        *_lines(),
    ]  # fmt: skip
    # Names and numbers are compared with others, days with days; BR-53 looks everywhere.
    return by_shape(found, but=("BR-17", "BR-29", "BR-30", "BR-51", "BR-53", "BR-CO-09", "BR-DEC"))
