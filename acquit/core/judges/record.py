"""The lenient reader: the file as groups of values, and the business terms found in them.

Nothing fails here: a missing group is missing, an empty one is empty, whatever its values are.
Elements of other vocabularies are kept under their full name, so no rule takes them for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from lxml import etree

from acquit.core.judges.rulesets import CII, UBL_CREDIT_NOTE, UBL_INVOICE
from acquit.core.judges.values import Unevaluable, places

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:Common"
_CBC = f"{_UBL}BasicComponents-2"
UBL_SPACES = {_CBC, f"{_UBL}AggregateComponents-2", f"{_UBL}ExtensionComponents-2"}
_CII_DATA = "urn:un:unece:uncefact:data:standard:"
CII_SPACES = {
    CII,
    f"{_CII_DATA}ReusableAggregateBusinessInformationEntity:100",
    f"{_CII_DATA}UnqualifiedDataType:100",
    f"{_CII_DATA}QualifiedDataType:100",
}
# CII does not tell groups from values by namespace: these stay values even when they hold nothing,
# every other name without content is told by its ending.
_CII_GROUP_ENDINGS: Final = (
    "Party", "Document", "Context", "Parameter", "Transaction", "Agreement", "Delivery",
    "Settlement", "Item", "Product", "Price", "Charge", "Tax", "Terms", "Means", "Summation",
    "Period", "Event", "Address", "Contact", "Communication", "Organization", "Registration",
    "Account", "Institution", "Card", "DateTime", "Characteristic", "Classification", "Country",
    "Project", "ChargeIndicator", "TaxPointDate", "Note", "Instance", "Consignment", "Movement",
    "CopyIndicator", "TestIndicator", "TradeLocation", "Adjustment", "AdvancePayment",
    "CurrencyExchange",
)  # fmt: skip
# The lines of an invoice, under any root.
LINES = frozenset(("InvoiceLine", "CreditNoteLine", "IncludedSupplyChainTradeLineItem"))
ROOTS = {
    (UBL_INVOICE, "Invoice"): "ubl",
    (UBL_CREDIT_NOTE, "CreditNote"): "ubl",
    (CII, "CrossIndustryInvoice"): "cii",
}
Shape = str  # see ``cutting``
_T = TypeVar("_T")
_NAMES_KEPT = 5_000  # names of elements remembered between documents


class Text(str):
    """A value with its attributes; a value without attributes is a plain str."""

    __slots__ = ("attributes",)
    attributes: Mapping[str, str]


_NO_ATTRIBUTES: Mapping[str, str] = {}


class Group(dict[str, list["Group | str"]]):
    """One element with content: for each name its children in order, groups or values."""

    __slots__ = ("__dict__", "index", "name", "parent")
    # Most groups have none of these, so they stand here until one has.
    attributes: Mapping[str, str] = _NO_ATTRIBUTES
    text: str = ""  # where text stands instead of the content of a group
    # Of a tax category, once it was asked for: its code, and whether the tax is VAT.
    code: str | None = None
    vat: bool | None = None
    # Of a line, an allowance or a charge, once they were asked for: see ``vat.Taxes``.
    taxes: Any = None

    def __init__(self, name: str, parent: Group | None, index: int) -> None:
        self.name = name
        self.parent = parent
        self.index = index

    def path(self) -> str:
        """``/Invoice/InvoiceLine[2]/Price``: the first of its name goes without a number."""
        above = self.parent.path() if self.parent is not None else ""
        return f"{above}/{self.name}" + (f"[{self.index + 1}]" if self.index else "")

    def groups(self, name: str) -> list[Group]:
        found = self.get(name)
        if found is None:
            return []
        return [below for below in found if below.__class__ is Group]  # type: ignore[misc]

    def down(self, *names: str) -> list[Group]:
        """Every group at the end of the path."""
        found = [self]
        for name in names:
            if len(found) == 1:
                found = found[0].groups(name)
            else:
                found = [below for group in found for below in group.groups(name)]
            if not found:
                break
        return found

    def values(self, *names: str) -> list[str]:  # type: ignore[override]
        """Every value at the end of the path, in the order of the file."""
        last = names[-1]
        if len(names) == 1:
            return [text_of(found) for found in self.get(last, ())]
        holders = self.down(*names[:-1])
        return [text_of(found) for group in holders for found in group.get(last, ())]

    def has(self, *names: str) -> bool:
        """Whether anything stands at the end of the path, empty or not."""
        if len(names) == 1:
            return names[0] in self
        return any(names[-1] in group for group in self.down(*names[:-1]))

    def one(self, *names: str) -> str | None:
        """The value at the end of the path, None where there is none; Unevaluable for two."""
        if len(names) == 1:
            here = self.get(names[0])
            if here is None:
                return None
            if len(here) == 1:
                return text_of(here[0])
        found = self.values(*names)
        if len(found) > 1:
            raise Unevaluable(f"{'/'.join(names)} stands {len(found)} times")
        return found[0] if found else None


def text_of(found: Group | str) -> str:
    """The text of a value; of a group, that of everything in it."""
    if isinstance(found, str):
        return found
    inner = (text_of(below) for children in dict.values(found) for below in children)
    return found.text + "".join(inner)


class Index(dict[str, list[_T]]):
    """What stands under a name in several parts, put together when somebody asks for the name."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Mapping[str, Sequence[_T]]]) -> None:
        self.parts = parts

    def __missing__(self, name: str) -> list[_T]:
        found: list[_T] = []
        for part in self.parts:
            here = part.get(name)
            if here is not None:
                found += here
        self[name] = found
        return found

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] or default

    def __contains__(self, name: object) -> bool:
        return bool(self[name])  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for part in self.parts for name in part))

    def items(self) -> Any:
        return [(name, self[name]) for name in self]


class Record:
    """A whole document: its root group, and for each name the groups that hold it.

    ``syntax`` is ubl or cii. ``attributes`` says for each name of an attribute in which groups, and
    at which values of them, it stands (currencies and units are too many for that). ``parts`` are
    the shapes of all that is no line, then of each line, with their groups; ``pieces`` are records
    of each part alone. Both are empty where the shapes do not say all that is asked of them.
    """

    __slots__ = (
        "attributes", "done", "holders", "kept", "named", "parts", "pieces", "repeated", "root",
        "syntax",
    )  # fmt: skip

    def __init__(self, syntax: str) -> None:
        self.syntax = syntax
        self.holders: dict[str, list[Group]] = {}
        self.named: dict[str, list[Group]] = {}  # the groups of each name, anywhere
        self.repeated: set[str] = set()  # names that some group holds more than once
        self.attributes: dict[str, list[tuple[Group, str]]] = {}
        self.kept: dict[object, Any] = {}  # what several rules look up, found once
        self.root = Group("", None, 0)
        self.parts: list[tuple[Shape, Group]] = []
        self.pieces: Sequence[Record] = ()
        self.done: Callable[[], None] | None = None  # what gets its parts back

    def release(self) -> None:
        """Lets the groups go at once: they know each other, so they would wait to be collected,
        and the collector would look at them again and again. The record is of no use afterwards.
        """
        if self.done is not None:
            self.done()
            return
        for groups in self.named.values():
            for group in groups:
                group.parent = None

    def by_piece(self, ask: Callable[[Record], _T]) -> list[_T]:
        """What is said of each part alone, by its shape; asked once of each piece."""
        found: list[_T] = []
        for piece in self.pieces or (self,):
            said = piece.kept.get(ask)
            if said is None:
                said = piece.kept[ask] = ask(piece)
            found.append(said)
        return found

    def every(self, *names: str) -> Iterator[Group]:
        """Every group of one of these names, anywhere."""
        for name in names:
            yield from self.named.get(name, ())

    def part_of(self, group: Group) -> Group:
        """The line that a group is in, or the root where it is in none."""
        found, above, root = group, group.parent, self.root
        while above is not None:
            if found.name in LINES and (above is root or above.parent is root):
                return found
            found, above = above, above.parent
        return root

    def long_amounts(self) -> bool:
        """Whether any amount has more than two decimals; most documents have none."""
        found = self.kept.get("long amounts")
        if found is None:
            found = self.kept["long amounts"] = any(
                places(text_of(value)) > 2
                for name, holders in self.holders.items()
                if name.endswith("Amount") and not name.endswith("PriceAmount")
                for holder in holders
                for value in holder[name]
            )
        return bool(found)

    def values(self, name: str, *, under: str = "") -> Iterator[str]:
        """Every value of that name, anywhere or in groups named ``under``."""
        for holder in self.holders.get(name, ()):
            if not under or holder.name == under:
                for found in holder[name]:
                    yield text_of(found)


def read(root: etree._Element) -> Record | None:
    """The record of a UBL Invoice or CreditNote or of a CII; None for any other document."""
    space, _, name = root.tag.rpartition("}")
    space = space.lstrip("{")
    syntax = ROOTS.get((space, name))
    if syntax is None:
        return None
    kinds = UBL_KINDS if syntax == "ubl" else CII_KINDS
    record = Record(syntax)
    record.root.name = name
    _fill(record, record.root, root, kinds)
    return record


_SHARED: dict[tuple[str, str], Mapping[str, str]] = {}  # a currency stands at each amount
_Kinds = dict[str, tuple[str, bool]]
UBL_KINDS: _Kinds = {}
CII_KINDS: _Kinds = {}


def kind_of(tag: str, kinds: _Kinds) -> tuple[str, bool]:
    """The name to keep an element under, and whether it is a group even when it is empty."""
    if len(kinds) > _NAMES_KEPT:
        kinds.clear()
    space, _, name = tag.rpartition("}")
    space = space.lstrip("{")
    if kinds is UBL_KINDS:
        found = (name, space != _CBC) if space in UBL_SPACES else (tag, False)
    else:
        found = (name, name.endswith(_CII_GROUP_ENDINGS)) if space in CII_SPACES else (tag, False)
    kinds[tag] = found
    return found


def _fill(record: Record, group: Group, element: etree._Element, kinds: _Kinds) -> None:
    """Takes what is in the element; the depth is limited by the door for XML."""
    items: Any = element.items()
    if items:
        group.attributes = _attributes(record, items, group, "")
    holders = record.holders
    for child in element:
        tag = child.tag
        kind = kinds.get(tag)
        if kind is None:
            if not isinstance(tag, str):
                continue  # a comment or an instruction
            kind = kind_of(tag, kinds)
        name, is_group = kind
        children = group.get(name)
        if children is None:
            group[name] = children = []
            if name in holders:
                holders[name].append(group)
            else:
                holders[name] = [group]
        else:
            record.repeated.add(name)
        count = len(child)
        if is_group or (count and any(isinstance(below.tag, str) for below in child)):
            below = Group(name, group, len(children))
            children.append(below)
            if name in record.named:
                record.named[name].append(below)
            else:
                record.named[name] = [below]
            if count:
                _fill(record, below, child, kinds)
            else:
                _leave_empty(record, below, child)
            continue
        text = child.text or ""
        if count:  # a comment parts the text
            text += "".join(part.tail or "" for part in child)
        items = child.items()
        if items:
            value = Text(text)
            value.attributes = _attributes(record, items, group, name)
            text = value
        children.append(text)


def _leave_empty(record: Record, group: Group, element: etree._Element) -> None:
    items: Any = element.items()
    if items:
        group.attributes = _attributes(record, items, group, "")
    if element.text:
        group.text = element.text


def _attributes(
    record: Record, items: list[tuple[str, str]], group: Group, name: str
) -> Mapping[str, str]:
    if len(items) == 1 and items[0][0] in COMMON:
        known = _SHARED.get(items[0])
        if known is None:
            if len(_SHARED) > _NAMES_KEPT:
                _SHARED.clear()
            known = _SHARED[items[0]] = dict(items)
        return known
    found = dict(items)
    for key in found:
        if key not in COMMON:
            record.attributes.setdefault(key, []).append((group, name))
    return found


def place(group: Group, name: str = "", index: int = 0) -> str:
    """Where a value stands in the file."""
    if not name:
        return group.path()
    return f"{group.path()}/{name}" + (f"[{index + 1}]" if index else "")


def attribute(value: Group | str, name: str) -> str | None:
    """An attribute of a value, None where it has none of that name."""
    found = getattr(value, "attributes", None)
    return found.get(name) if found else None


# Attributes that stand everywhere; the rules look at them where they matter.
COMMON = frozenset(("currencyID", "unitCode"))
