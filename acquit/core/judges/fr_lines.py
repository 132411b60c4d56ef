"""France: how the lines of an invoice of several sellers stand to each other, in UBL and CII.

In frames S8, B8, M8 (BT-23) one invoice is that of several sellers, in S9, B9, M9 that of two that
bill each other. Each sub-invoice is a line of subtype GROUP without a line above it, its *head*;
the others name the line that they stand under. UBL tells both in a reference to the invoice itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from acquit.core.judges import fr
from acquit.core.judges.fr import Syntax
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.steps import groups, path_of

SEVERAL = frozenset(("S8", "B8", "M8"))
MUTUAL = frozenset(("S9", "B9", "M9"))
SUB_INVOICE, FRAME = "AFL", "AVV"  # schemes of BT-128: number and frame of a sub-invoice
OBJECT = "130"  # type of a reference to what is invoiced
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Where the terms stand in one syntax: from the document, or from the line."""

    syntax: Syntax
    base: Names  # the group that holds the lines
    number: Names  # BT-1
    currency: Names  # BT-5
    seller: Names  # BT-30
    buyer: Names  # BT-47
    own: Names  # BT-126, and from here on from the line
    name: Names
    legal: Names
    country: Names
    net: Names
    tax: Names
    gross: Names
    reason: Names
    breakdown: Names  # BG-23, from the document, and the rest from there
    category: Names
    why: Names
    amount: str


UBL = Form(
    fr.UBL, (), ("ID",), ("DocumentCurrencyCode",),
    path_of("AccountingSupplierParty/Party/PartyLegalEntity/CompanyID"),
    path_of("AccountingCustomerParty/Party/PartyLegalEntity/CompanyID"),
    ("ID",),
    path_of("Item/ManufacturerParty/PartyLegalEntity/RegistrationName"),
    path_of("Item/ManufacturerParty/PartyLegalEntity/CompanyID"),
    path_of("Item/ManufacturerParty/PostalAddress/Country/IdentificationCode"),
    ("LineExtensionAmount",), ("TaxTotal", "TaxAmount"), ("TaxInclusiveLineExtensionAmount",),
    path_of("Item/ClassifiedTaxCategory/TaxExemptionReason"),
    ("TaxTotal", "TaxSubtotal"), path_of("TaxCategory/TaxScheme/ID"),
    path_of("TaxCategory/TaxExemptionReason"), "TaxAmount",
)  # fmt: skip
_T = "SupplyChainTradeTransaction"
_A = (_T, "ApplicableHeaderTradeAgreement")
_S = (_T, "ApplicableHeaderTradeSettlement")
_LINE = "AssociatedDocumentLineDocument"
_LA = path_of("SpecifiedLineTradeAgreement/ItemSellerTradeParty")
_LS = "SpecifiedLineTradeSettlement"
_SUMS = (_LS, "SpecifiedTradeSettlementLineMonetarySummation")
CII = Form(
    fr.CII, (_T,), ("ExchangedDocument", "ID"), (*_S, "InvoiceCurrencyCode"),
    (*_A, *path_of("SellerTradeParty/SpecifiedLegalOrganization/ID")),
    (*_A, *path_of("BuyerTradeParty/SpecifiedLegalOrganization/ID")),
    (_LINE, "LineID"),
    (*_LA, "Name"), (*_LA, "SpecifiedLegalOrganization", "ID"),
    (*_LA, "PostalTradeAddress", "CountryID"),
    (*_SUMS, "LineTotalAmount"), (*_SUMS, "TaxTotalAmount"), (*_SUMS, "GrandTotalAmount"),
    (_LS, "ApplicableTradeTax", "ExemptionReason"),
    (*_S, "ApplicableTradeTax"), ("TypeCode",), ("ExemptionReason",), "CalculatedAmount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line says that it stands: its subtypes and the lines above it."""

    group: Group  # where its faults are told
    line: Group
    kinds: list[str]
    above: list[str]


class Lines:
    """The lines of a document of one of these frames."""

    __slots__ = (
        "all", "by_number", "form", "frame", "heads", "numbers", "of_line", "record", "under",
    )  # fmt: skip

    def __init__(self, form: Form, record: Record, frame: str) -> None:
        self.form, self.record, self.frame = form, record, frame
        self.numbers = record.root.values(*form.number)
        self.all = groups(record.root, form.syntax.lines)
        self.heads: list[Place] = []
        self.of_line: dict[int, list[Place]] = {}
        self.under: dict[str, list[Place]] = {}
        self.by_number: dict[str, list[Group]] = {}
        for line in self.all:
            self.of_line[id(line)] = list(self._places(line))
            for number in dict.fromkeys(line.values(*form.own)):
                self.by_number.setdefault(number, []).append(line)
        for place in (place for places in self.of_line.values() for place in places):
            if "GROUP" in place.kinds and not place.above:
                self.heads.append(place)
            for number in dict.fromkeys(place.above):
                self.under.setdefault(number, []).append(place)

    def _places(self, line: Group) -> Iterator[Place]:
        if self.form is CII:
            above = line.values(_LINE, "ParentLineID")
            yield Place(line, line, line.values(_LINE, "LineStatusReasonCode"), above)
            return
        reference = "InvoiceDocumentReference"
        for group in line.groups("BillingReference"):
            if any(number in self.numbers for number in group.values(reference, "ID")):
                kinds = group.values(reference, "DocumentStatusCode")
                yield Place(group, line, kinds, group.values("BillingReferenceLine", "ID"))

    def amounts(self, line: Group, currencies: Collection[str | None]) -> list[str]:
        """The VAT of a line in one of these currencies."""
        path = self.form.tax
        return [
            text_of(value)
            for holder in line.down(*path[:-1])
            for value in holder.get(path[-1], ())
            if attribute(value, "currencyID") in currencies
        ]

    def objects(self, line: Group, scheme: str) -> list[str]:
        """What a line invoices (BT-128), by the identifiers of this scheme."""
        if self.form is CII:
            return [
                number
                for reference in references(line, scheme)
                if OBJECT in reference.values("TypeCode")
                for number in reference.values("IssuerAssignedID")
            ]
        return [
            number
            for reference in line.groups("DocumentReference")
            for number in _schemed(reference, scheme)
        ]

    def countries(self, line: Group) -> list[str]:
        """Of the seller of a line; in UBL the items of lines below it count as well."""
        if self.form is CII:
            return line.values(*self.form.country)
        name, *path = self.form.country
        items = [item for item in self.record.every(name) if _is_below(item, line)]
        return [country for item in items for country in item.values(*path)]

    def earlier(self, line: Group) -> tuple[bool, bool]:
        """Whether a line names an invoice before this one, and whether it tells its day."""
        if self.form is CII:
            found = line.down(_LS, "InvoiceReferencedDocument")
            days = [group.has("FormattedIssueDateTime", "DateTimeString") for group in found]
            return any("IssuerAssignedID" in group for group in found), any(days)
        path = "InvoiceDocumentReference"
        found = [
            group
            for group in line.groups("BillingReference")
            if any(own != told for own in self.numbers for told in group.values(path, "ID"))
        ]
        return bool(found), any(group.has(path, "IssueDate") for group in found)

    def repeated(self) -> bool:
        """Whether the number of a sub-invoice stands again after one of its like, in the order of
        the file: in CII any number a document refers to is its like."""
        heads = {id(place.line) for place in self.heads}
        seen: set[str] = set()
        for group in _walked(self.record.root):
            if self.form is UBL:
                numbers = _schemed(group, SUB_INVOICE) if group.name == "DocumentReference" else []
                parent = group.parent
                if id(parent) in heads and not seen.isdisjoint(numbers):
                    return True
                seen.update(numbers)
                continue
            for number in group.values("IssuerAssignedID"):
                if number in seen and _numbers_a_head(group, heads):
                    return True
                seen.add(number)
        return False


def references(line: Group, scheme: str) -> list[Group]:
    """In CII, what a line refers to by this scheme."""
    found = line.down(_LS, "AdditionalReferencedDocument")
    return [group for group in found if scheme in group.values("ReferenceTypeCode")]


def lines_of(form: Form, record: Record) -> Lines | None:
    """The lines, looked up once; None where the frame is another."""
    kept = record.kept
    if "sellers" not in kept:
        frame = fr.frame_of(form.syntax, record)
        several = frame in SEVERAL or frame in MUTUAL
        kept["sellers"] = Lines(form, record, frame) if several else None
    found: Lines | None = kept["sellers"]
    return found


def compared(record: Record) -> bool:
    """Whether the frame of the document asks how its lines stand to each other."""
    return lines_of(UBL if record.syntax == "ubl" else CII, record) is not None


def _schemed(reference: Group, scheme: str) -> list[str]:
    """In UBL, the identifiers of this scheme in a reference to what is invoiced."""
    if OBJECT not in reference.values("DocumentTypeCode"):
        return []
    numbers = reference.get("ID", ())
    return [text_of(number) for number in numbers if attribute(number, "schemeID") == scheme]


def _numbers_a_head(reference: Group, heads: set[int]) -> bool:
    """In CII, whether a reference is the number of a sub-invoice."""
    above = reference.parent.parent if reference.parent is not None else None
    return id(above) in heads and any(
        reference is found and OBJECT in found.values("TypeCode")
        for found in (references(above, SUB_INVOICE) if above is not None else ())
    )


def _is_below(group: Group, line: Group) -> bool:
    above: Group | None = group
    while above is not None and above is not line:
        above = above.parent
    return above is line


def _walked(group: Group) -> Iterator[Group]:
    """Every group in the order of the file, as far as siblings of a name stand together."""
    yield group
    for children in dict.values(group):
        for below in children:
            if isinstance(below, Group):
                yield from _walked(below)
