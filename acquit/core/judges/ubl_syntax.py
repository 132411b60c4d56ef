"""What UBL itself may hold for EN 16931 (UBL-SR, UBL-DT, UBL-CR): mostly how often things stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files

from acquit.core.faults import Severity
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Breach, Outline, Rule, Test, by_shape
from acquit.core.judges.ubl import LINES, at_most_one, inside, is_charge, never_twice
from acquit.core.judges.values import places

_SHAPES_KEPT = 500  # ways a group may be made up, remembered for each place
_SELLER = ("AccountingSupplierParty", "Party")
_BUYER = ("AccountingCustomerParty", "Party")
# rule, groups it is asked about ("" is the document), what may stand there once at most
_ONCE = """
UBL-SR-01 - ContractDocumentReference/ID
UBL-SR-02 - ReceiptDocumentReference/ID
UBL-SR-03 - DespatchDocumentReference/ID
UBL-SR-05 - PaymentTerms/Note
UBL-SR-08 - InvoicePeriod
UBL-SR-09 - AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName
UBL-SR-10 - AccountingSupplierParty/Party/PartyName/Name
UBL-SR-11 - AccountingSupplierParty/Party/PartyLegalEntity/CompanyID
UBL-SR-14 - AccountingSupplierParty/Party/PartyLegalEntity/CompanyLegalForm
UBL-SR-15 - AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName
UBL-SR-16 - AccountingCustomerParty/Party/PartyIdentification/ID
UBL-SR-17 - AccountingCustomerParty/Party/PartyLegalEntity/CompanyID
UBL-SR-24 - Delivery
UBL-SR-39 - ProjectReference/ID
UBL-SR-40 - AccountingCustomerParty/Party/PartyName/Name
UBL-SR-45 - PaymentMeans/PaymentDueDate
UBL-SR-49 - InvoicePeriod/DescriptionCode
UBL-SR-54 - PaymentMeans/CardAccount
UBL-SR-55 - PaymentMeans/PaymentMandate
UBL-SR-56 - OriginatorDocumentReference/ID
UBL-SR-51 PostalAddress|Address AddressLine
UBL-SR-33 AdditionalDocumentReference DocumentDescription
UBL-SR-25 Delivery DeliveryParty/PartyName/Name
UBL-SR-34 InvoiceLine|CreditNoteLine Note
UBL-SR-35 InvoiceLine|CreditNoteLine OrderLineReference/LineID
UBL-SR-36 InvoiceLine|CreditNoteLine InvoicePeriod
UBL-SR-37 InvoiceLine|CreditNoteLine Price/AllowanceCharge/Amount
UBL-SR-50 InvoiceLine|CreditNoteLine Item/Description
UBL-SR-52 InvoiceLine|CreditNoteLine DocumentReference
UBL-SR-26 PaymentMeans PaymentID
UBL-SR-27 PaymentMeans PaymentMeansCode
UBL-SR-28 PaymentMeans PaymentMandate/ID
UBL-SR-06 BillingReference InvoiceDocumentReference
UBL-SR-22 TaxRepresentativeParty PartyName/Name
UBL-SR-23 TaxRepresentativeParty PartyTaxScheme/CompanyID
UBL-SR-32 TaxSubtotal TaxCategory/TaxExemptionReason
"""


def _once() -> list[Rule]:
    found = []
    for row in _ONCE.strip().splitlines():
        number, on, path = row.split(" ")
        groups = () if on == "-" else tuple(on.split("|"))
        steps = path.split("/")
        # Several groups of a kind, such as means of payment, are steps too for the document.
        idle = never_twice(*steps)
        facts = {"name": path}
        test = at_most_one(*steps)
        found.append(Rule(number, test, groups, text="once", facts=facts, idle=idle))
    return found


def _tax_numbers(party: tuple[str, ...], *, vat: bool) -> Test:
    def test(group: Group, _: Record) -> bool:
        count = 0
        for tax in group.down(*party, "PartyTaxScheme"):
            schemes = [(scheme.one("ID") or "").upper() for scheme in tax.groups("TaxScheme")]
            if any((scheme == "VAT") is vat for scheme in schemes):
                count += len(tax.get("CompanyID", ()))
        return count <= 1

    return test


def _payees() -> list[Rule]:
    def named_apart(group: Group) -> bool:
        """Some name of the payee differs from some name of the seller."""
        above = group.parent
        assert above is not None
        names = group.values("PartyName", "Name")
        sellers = above.values(*_SELLER, "PartyLegalEntity", "RegistrationName")
        return any(name != seller for name in names for seller in sellers)

    def once(*path: str) -> Test:
        return lambda group, _: len(group.values(*path)) <= 1 and named_apart(group)

    def identified(group: Group, _: Record) -> bool:
        numbers = [v for g in group.groups("PartyIdentification") for v in g.get("ID", ())]
        schemes = (attribute(value, "schemeID") for value in numbers)
        return sum((s or "").upper() != "SEPA" for s in schemes) <= 1 and named_apart(group)

    on = ("PayeeParty",)
    return [
        Rule("UBL-SR-19", once("PartyName", "Name"), on, terms=("BT-59",), text="payee"),
        Rule("UBL-SR-20", identified, on, terms=("BT-60",), text="payee"),
        Rule("UBL-SR-21", once("PartyLegalEntity", "CompanyID"), on, terms=("BT-61",),
             text="payee"),
    ]  # fmt: skip


def _same(name: str) -> Test:
    """All values of that name in the document are equal."""

    def test(_: Group, record: Record) -> bool:
        return len(set(record.values(name))) <= 1

    return test


def _objects(group: Group, _: Record) -> bool:
    found = [
        value
        for reference in group.groups("AdditionalDocumentReference")
        if "130" in reference.values("DocumentTypeCode")
        for value in reference.get("ID", ())
    ]
    return len(found) <= 1


def _reference_type(group: Group, record: Record) -> bool:
    kinds = group.values("DocumentTypeCode")
    if "130" in kinds or (record.root.name == "CreditNote" and "50" in kinds):
        return True
    schemes = [attribute(value, "schemeID") for value in group.get("ID", ())]
    return not kinds and all(scheme is None for scheme in schemes)


def _reason(*, charge: bool) -> Rule:
    number = "UBL-SR-31" if charge else "UBL-SR-30"
    name = "AllowanceChargeReason"
    return Rule(number, at_most_one(name), ("AllowanceCharge",), is_charge(charge),
                text="once", facts={"name": name})  # fmt: skip


def _sepa(_: Group, record: Record) -> bool:
    numbers = [v for g in record.every("PartyIdentification") for v in g.get("ID", ())]
    return sum((attribute(v, "schemeID") or "").upper() == "SEPA" for v in numbers) <= 1


def _names_of_means(group: Group, _: Record) -> bool:
    found = [v for g in group.groups("PaymentMeans") for v in g.get("PaymentMeansCode", ())]
    return sum(attribute(value, "name") is not None for value in found) <= 1


def _one_category(group: Group, _: Record) -> bool:
    return sum(len(item.get("ClassifiedTaxCategory", ())) for item in group.groups("Item")) == 1


def _registered(group: Group, _: Record) -> bool:
    return group.has("TaxScheme", "ID") and "CompanyID" in group


def _schemes(group: Group, _: Record) -> bool:
    return len(group.get("PartyTaxScheme", ())) <= 2


def _names(_: Group, record: Record) -> bool:
    found = record.attributes.get("name", ())
    return all(name == "PaymentMeansCode" for _, name in found)


def _not_attached(name: str) -> Test:
    def test(_: Group, record: Record) -> bool:
        references = record.every("AdditionalDocumentReference")
        return not any(
            name in group and "130" in group.values("DocumentTypeCode") for group in references
        )

    return test


def _object_scheme(_: Group, record: Record) -> bool:
    for group in record.every("AdditionalDocumentReference"):
        kinds = group.values("DocumentTypeCode")
        schemes = [attribute(value, "schemeID") for value in group.get("ID", ())]
        other = not kinds or any(kind != "130" for kind in kinds)
        if other and any(scheme is not None for scheme in schemes):
            return False
    return True


def _unreferenced(outline: Outline) -> bool:
    return "AdditionalDocumentReference" not in outline.groups


def _version(group: Group, _: Record) -> bool:
    found = group.values("UBLVersionID")
    return not found or "2.1" in found


def _no_due_date(group: Group, _: Record) -> bool:
    return group.name == "CreditNote" or not group.has("PaymentMeans", "PaymentDueDate")


def _others() -> list[Rule]:
    warning = Severity.WARNING
    return [
        Rule("UBL-SR-04", _objects, terms=("BT-18",), text="once",
             facts={"name": "AdditionalDocumentReference"}),
        Rule("UBL-SR-12", _tax_numbers(_SELLER, vat=True), terms=("BT-31",), text="once-term"),
        Rule("UBL-SR-13", _tax_numbers(_SELLER, vat=False), terms=("BT-32",), text="once-term"),
        Rule("UBL-SR-18", _tax_numbers(_BUYER, vat=True), terms=("BT-48",), text="once-term"),
        Rule("UBL-SR-29", _sepa, terms=("BT-90",), text="once-term",
             idle=lambda outline: "PartyIdentification" not in outline.groups),
        Rule("UBL-SR-44", _same("PaymentID"), terms=("BT-83",), text="same"),
        Rule("UBL-SR-46", _names_of_means, terms=("BT-82",), text="once-term"),
        Rule("UBL-SR-47", _same("PaymentMeansCode"), terms=("BT-81",), text="same"),
        Rule("UBL-SR-42", _schemes, ("Party",), inside("AccountingSupplierParty"),
             terms=("BT-31", "BT-32")),
        Rule("UBL-SR-43", _reference_type, ("AdditionalDocumentReference",),
             terms=("BT-18", "BT-122")),
        _reason(charge=False),
        _reason(charge=True),
        Rule("UBL-SR-48", _one_category, LINES, terms=("BT-151",)),
        Rule("UBL-SR-53", _registered, ("PartyTaxScheme",), terms=("BT-31",)),
        Rule("UBL-SR-07", lambda group, _: group.has("InvoiceDocumentReference", "ID"),
             ("BillingReference",), terms=("BT-25", "BG-3"), text="missing"),
        Rule("UBL-CR-666", _not_attached("Attachment"), text="unused",
             facts={"name": "AdditionalDocumentReference/Attachment"}, idle=_unreferenced),
        Rule("UBL-CR-673", _not_attached("DocumentDescription"), text="unused",
             facts={"name": "AdditionalDocumentReference/DocumentDescription"},
             idle=_unreferenced),
        Rule("UBL-CR-665", _object_scheme, text="unused", severity=warning,
             facts={"name": "AdditionalDocumentReference/ID/@schemeID"}, idle=_unreferenced),
        Rule("UBL-CR-002", _version, text="unused", severity=warning,
             facts={"name": "UBLVersionID"},
             idle=lambda outline: "UBLVersionID" not in outline.names),
        Rule("UBL-CR-412", _no_due_date, text="unused", severity=warning,
             facts={"name": "PaymentMeans/PaymentDueDate"}),
        Rule("UBL-DT-18", _names, text="unused", severity=warning, facts={"name": "@name"},
             idle=lambda outline: "name" not in outline.attributes),
    ]  # fmt: skip


def two_decimals(record: Record) -> Iterable[Breach]:
    """UBL-DT-01: amounts have two decimals."""
    if not record.long_amounts():
        return
    for name in record.holders:
        if name.endswith("Amount") and not name.endswith("PriceAmount"):
            for holder in record.holders[name]:
                above = holder.parent
                if holder.name == "AllowanceCharge" and above is not None and above.name == "Price":
                    continue
                for index, value in enumerate(holder[name]):
                    if places(text_of(value)) > 2:
                        yield Breach(_TWO_DECIMALS, _at(holder, name, index))


def _described(record: Record) -> Iterable[Breach]:
    """UBL-DT-06, -07: attached files say their type and name."""
    for name in record.holders:
        if name.endswith("BinaryObject"):
            for holder in record.holders[name]:
                for index, value in enumerate(holder[name]):
                    if attribute(value, "mimeCode") is None:
                        yield Breach(_MEDIA_TYPE, _at(holder, name, index))
                    if attribute(value, "filename") is None:
                        yield Breach(_FILE_NAME, _at(holder, name, index))


def _at(holder: Group, name: str, index: int) -> str:
    return f"{holder.path()}/{name}" + (f"[{index + 1}]" if index else "")


_TWO_DECIMALS = Rule("UBL-DT-01", text="decimals-here")
_MEDIA_TYPE = Rule("UBL-DT-06", text="attribute", terms=("BT-125",), facts={"name": "mimeCode"})
_FILE_NAME = Rule("UBL-DT-07", text="attribute", terms=("BT-125",), facts={"name": "filename"})


class _Unused:
    """Names below one group of the document that EN 16931 has no use for: name -> rule."""

    __slots__ = ("below", "names", "shapes")

    def __init__(self) -> None:
        self.names: dict[str, Rule] = {}
        self.below: dict[str, _Unused] = {}
        # Of groups that hold these names: the rules they break, and where to look further.
        self.shapes: dict[tuple[str, ...], tuple[list[Rule], list[tuple[str, _Unused]]]] = {}

    def look(self, names: tuple[str, ...]) -> tuple[list[Rule], list[tuple[str, _Unused]]]:
        found = self.shapes.get(names)
        if found is None:
            rules = [self.names[name] for name in names if name in self.names]
            found = rules, [(name, self.below[name]) for name in names if name in self.below]
            if len(self.shapes) < _SHAPES_KEPT:
                self.shapes[names] = found
        return found


@cache
def _unused() -> tuple[_Unused, list[tuple[tuple[str, ...], str, Rule]]]:
    """The tree of unused names, and the rules about attributes or about any place."""
    text = files("acquit.core.judges").joinpath("data/ubl_unused.txt").read_text("utf-8")
    tree = _Unused()
    anywhere: list[tuple[tuple[str, ...], str, Rule]] = []
    for row in text.splitlines():
        number, path = row.split(" ")
        rule = Rule(number, text="unused", severity=Severity.WARNING, facts={"name": path})
        steps = path.lstrip("/").split("/")
        named = steps.pop()[1:] if "@" in path else ""
        if path.startswith("//") or named:
            start = () if path.startswith("//") else ("",)
            anywhere.append(((*start, *steps), named, rule))
            continue
        node = tree
        for step in steps[:-1]:
            node = node.below.setdefault(step, _Unused())
        node.names[steps[-1]] = rule
    for name in ("CreditNoteLine",):
        tree.below[name] = tree.below["InvoiceLine"]
    return tree, anywhere


def _not_used(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
    """UBL-CR and the rest of UBL-DT: told of the document for each part that it stands in."""
    tree, anywhere = _unused()
    path = f"/{record.root.name}"
    told: dict[tuple[str, int], Breach] = {}

    def tell(rule: Rule, group: Group) -> None:
        part = record.part_of(group)
        told.setdefault((rule.id, id(part)), Breach(rule, path, within=part))

    if parts[0] is record.root:
        _walk(record.root, tree, tell)
    else:
        for line in parts:
            _walk(line, tree.below["InvoiceLine"], tell)
    for steps, name, rule in anywhere:
        for group in _standing(record, steps, name):
            tell(rule, group)
    return told.values()


def _walk(group: Group, node: _Unused, tell: Callable[[Rule, Group], None]) -> None:
    rules, below = node.look(tuple(group))
    for rule in rules:
        tell(rule, group)
    for name, inner in below:
        for child in group[name]:
            if isinstance(child, Group):
                _walk(child, inner, tell)


def _standing(record: Record, steps: tuple[str, ...], name: str) -> Iterable[Group]:
    """The groups that hold an element, or one with an attribute, at the end of the steps."""
    if name or not steps:
        found = record.attributes.get(name, ())
        return [
            group for group, value in found
            if not steps or (value == steps[-1] and _under(group, steps[:-1]))
        ]  # fmt: skip
    holders = record.holders.get(steps[-1], ())
    return [holder for holder in holders if _under(holder, steps[:-1])]


def _under(holder: Group, steps: tuple[str, ...]) -> bool:
    group: Group | None = holder
    for step in reversed(steps):
        if not step:  # the path starts below the document
            return group is not None and group.name in ("Invoice", "CreditNote")
        if group is None or group.name != step:
            return False
        group = group.parent
    return True


def by_table(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
    yield from _described(record)
    yield from _not_used(record, parts)


# These compare texts, read a version, or look for what may stand in any part.
_NOT_BY_SHAPE = (
    "UBL-SR-19", "UBL-SR-20", "UBL-SR-21", "UBL-SR-29", "UBL-SR-44", "UBL-SR-47", "UBL-CR-002",
    "UBL-CR-6", "UBL-DT-18",
)  # fmt: skip


def rules() -> list[Rule]:
    return by_shape([*_once(), *_payees(), *_others()], but=_NOT_BY_SHAPE)
