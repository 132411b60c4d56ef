"""Lines that look alike are folded into one, so a long invoice costs hardly more than a short one.

Rules ask three things of the lines of an invoice: something of each line by itself, whether there
is one of a kind, and what the net amounts of a kind add up to. Lines of the same elements and the
same codes, whose other values are ordinary ones, answer the first alike. So all but one of them
may go (in CII all but two, where some rules ask whether there are two), if the first then carries
the amounts of those that went: the folded file obeys and breaks the same rules. What is not
ordinary is left as it is, and so are files that are hard to cut safely (comments, other
encodings); they are judged line by line as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import count
from operator import itemgetter
from typing import NamedTuple

from acquit.core.codecs import xml
from acquit.core.judges.codes import codes
from acquit.core.judges.cutting import allowed, has_references
from acquit.core.judges.record import CII_SPACES, UBL_SPACES
from acquit.core.judges.values import EXACT, SPACES

_BESIDE = {"IncludedSupplyChainTradeLineItem": 1}  # how many more lines of a kind have to stay
_FORM_MAX = 10_000  # characters of a line without its texts; a larger one is left as it is
_CENT = Decimal("0.01")
_NET_MAX = Decimal(10**12)
_LINES = ("InvoiceLine>", "CreditNoteLine>", "IncludedSupplyChainTradeLineItem>")
_OPENING = re.compile(r"<((?:[\w.-]+:)?(\w+))>")
# Clean vehicles (BR-DE-CVD-*) ask for the very words of items, and lines below a line (BR-DEX-02,
# BR-FXEXT-12) have to fit it: what is any text or any amount elsewhere.
_BY_VALUE = ("xrechnung:cvd_", "SubInvoiceLine", "ParentLineID")
_DECLARATION = re.compile(r"\ufeff?<\?xml[^>]*?encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_SPACE = re.compile(r"xmlns(?::([\w.-]+))?\s*=\s*[\"']([^\"']*)")
# The texts and attributes of a line; what they stand between is the shape of the line.
_TEXT = re.compile(r">([^<>\s][^<>]*+)(?=<)")
_HOLE = re.compile(r'\0|="([^"<]++)(?=")')  # of a text that was taken out, or an attribute
_ELEMENT = re.compile(
    r"<(/?)((?:[\w.-]+:)?)([\w.-]+)((?:\s+[\w.:-]+=\"(?:\0|[^\"<>\0]*)\")*)\s*(/?)>(\0|[^<>\0]*)"
)
_ATTRIBUTE = re.compile(r"([\w.:-]+)=\"(\0?)")

# What the value at a place of a line is to the rules; any other place holds codes and the like,
# where lines that differ are not alike. By the last two names of the path.
_KINDS = {
    **dict.fromkeys(("InvoiceLine/LineExtensionAmount", "CreditNoteLine/LineExtensionAmount",
                     "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"), "net"),
    **dict.fromkeys(("InvoiceLine/ID", "CreditNoteLine/ID", "Item/Name",
                     "OrderLineReference/LineID",
                     "InvoiceLine/AccountingCost", "CreditNoteLine/AccountingCost",
                     "SellersItemIdentification/ID", "BuyersItemIdentification/ID",
                     "StandardItemIdentification/ID", "AdditionalItemProperty/Value",
                     "CommodityClassification/ItemClassificationCode",
                     "AssociatedDocumentLineDocument/LineID", "SpecifiedTradeProduct/Name",
                     "SpecifiedTradeProduct/SellerAssignedID", "SpecifiedTradeProduct/GlobalID",
                     "SpecifiedTradeProduct/BuyerAssignedID",
                     "BuyerOrderReferencedDocument/LineID", "ApplicableProductCharacteristic/Value",
                     "DesignatedProductClassification/ClassCode"), "text"),
    **dict.fromkeys(("InvoiceLine/Note", "CreditNoteLine/Note", "Item/Description",
                     "SpecifiedTradeProduct/Description", "IncludedNote/Content"), "long"),
    **dict.fromkeys(("InvoiceLine/InvoicedQuantity", "CreditNoteLine/CreditedQuantity",
                     "SpecifiedLineTradeDelivery/BilledQuantity"), "quantity"),
    **dict.fromkeys(("Price/PriceAmount", "NetPriceProductTradePrice/ChargeAmount"), "price"),
    **dict.fromkeys(("AllowanceCharge/Amount", "AllowanceCharge/BaseAmount",
                     "SpecifiedTradeAllowanceCharge/ActualAmount",
                     "SpecifiedTradeAllowanceCharge/BasisAmount",
                     "GrossPriceProductTradePrice/ChargeAmount"), "charge"),
    **dict.fromkeys(("AllowanceCharge/MultiplierFactorNumeric",
                     "SpecifiedTradeAllowanceCharge/CalculationPercent"), "percent"),
    **dict.fromkeys(("InvoicedQuantity/@unitCode", "CreditedQuantity/@unitCode",
                     "BilledQuantity/@unitCode"), "unit"),
}  # fmt: skip
# Values that no rule of a pack here finds fault with, whichever they are.
_FORMS = {
    "net": r"(?:\d|-[1-9])\d{0,11}(?:\.\d{1,2})?",
    "quantity": r"(?:\d|-[1-9])\d{0,11}(?:\.\d{1,4})?",
    "price": r"\d{1,12}(?:\.\d{1,6})?",
    "charge": r"\d{1,12}(?:\.\d{1,2})?",
    "percent": r"\d{1,3}(?:\.\d{1,2})?",
}
_ONE = {kind: re.compile(form, re.ASCII) for kind, form in _FORMS.items()}
_ALL = {kind: re.compile(f"(?:{form}\0)*+", re.ASCII) for kind, form in _FORMS.items()}
# What stands for any value of these kinds in what remains, so that the lines of all documents come
# to few forms (see ``moulds``): the same kind of line in pieces and in kilograms is one.
_USUAL = {"unit": "C62", "percent": "10"}
_LENGTHS = {"text": 100, "long": 200}  # the shortest that a pack asks, of names and of texts
_ARITHMETIC = ("quantity", "price", "net")
_Row = tuple[str, ...]
_Shapes = dict[tuple[str, ...], list[tuple[int, _Row]]]  # each line with its place in the file


@dataclass(frozen=True, slots=True)
class Folded:
    """The shorter file, and for each of its lines which ones of the whole file it stands for."""

    data: bytes
    line: str  # the name of the lines
    standing: tuple[tuple[int, ...], ...]

    def places(self, path: str) -> list[tuple[int, str]]:
        """A place of the shorter file in the whole one: in each line that is meant, by its number;
        -1 for a place outside of all lines."""
        match = re.search(rf"/{self.line}(?:\[(\d+)\])?(?=/|$)", path)
        if match is None:
            return [(-1, path)]
        above, below = path[: match.start()], path[match.end() :]
        return [
            (index, f"{above}/{self.line}{f'[{index + 1}]' if index else ''}{below}")
            for index in self.standing[int(match[1] or 1) - 1]
        ]


@dataclass(frozen=True, slots=True)
class _Shape:
    """Lines of the same elements and attributes: what their values are."""

    prefixes: frozenset[str]
    kinds: tuple[str, ...]  # of each value
    texts: tuple[str, ...]  # what stands before each value, and after the last
    places: dict[str, int]  # of net amount, quantity and price, where each stands once
    free: tuple[tuple[int, str], ...]  # values of kinds that have a usual one, with the kind
    plain: bool  # net amount is quantity times price, nothing else


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A file that may be folded: its lines, and what stands before and after them."""

    head: str
    lines: list[str]  # without the end tags
    tail: str
    name: str
    opening: str
    closing: str

    def without_lines(self) -> bytes:
        """Enough to know which packs are asked."""
        return (self.head + self.tail).encode()


def unfolded(data: bytes) -> Unfolded | None:
    """The lines of a file; None where they cannot be folded."""
    text = _safe(data)
    first = len(text)
    for name in _LINES:
        at = text.find(name, 0, first)
        first = at if at > 0 else first
    found = _OPENING.match(text, text.rfind("<", 0, first)) if text else None
    if found is None or f"{found[2]}>" not in _LINES:
        return None
    opening, closing = found[0], f"</{found[1]}>"
    end = text.rfind(closing)
    head, tail = text[: found.start()], text[end + len(closing) :]
    if any(sign in part for sign in ("<!", found[2]) for part in (head, tail)):
        return None
    lines = text[found.start() : max(end, 0)].split(closing)
    if len(lines) < 2 or text.count(opening) != len(lines):
        return None
    return Unfolded(head, lines, tail, found[2], opening, closing)


def fold(file: Unfolded, *, exact: bool) -> Folded | None:
    """The file with fewer lines, of the same verdict; None where nothing can be folded.

    ``exact`` is for packs that ask whether quantity times price is the net amount: only lines of
    which this holds, without allowances of their own, are folded, and it holds of what remains.
    """
    lines = file.lines
    shapes = _sorted(lines, file.opening)
    prefixes = _prefixes(file.head)
    beside = _BESIDE.get(file.name, 0)
    changed: dict[int, str] = {}
    others: dict[int, tuple[int, ...]] = {}
    gone: set[int] = set()
    for parts, found in shapes.items():
        shape = _shape(parts, file.closing[2:-1])
        if shape is None or not shape.prefixes <= prefixes or (exact and not shape.plain):
            continue
        indices, rows = [index for index, _ in found], [row for _, row in found]
        for alike in _alike(shape, rows, exact=exact):
            summed = (alike[0], *alike[1 + beside :])
            total = _sum(shape, rows, summed, exact=exact) if len(summed) > 1 else None
            if total is not None:
                first, *more = (indices[row] for row in summed)
                rows[alike[0]], others[first] = total, tuple(more)
                gone.update(more)
            for row in alike[: len(alike) if total is None else 1 + beside]:
                changed[indices[row]] = _written(shape, rows[row])
    if not gone:
        return None
    kept = [index for index in range(len(lines)) if index not in gone]
    body = "".join([changed.get(index, lines[index]) + file.closing for index in kept])
    standing = tuple((index, *others.get(index, ())) for index in kept)
    return Folded((file.head + body + file.tail).encode(), file.name, standing)


def _safe(data: bytes) -> str:
    """The text of a file whose lines may be cut out by their tags and folded; else nothing."""
    if len(data) > xml.BYTES_MAX:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    if _DECLARATION.match(text) or any(sign in text for sign in _BY_VALUE):
        return ""
    return text if allowed(data, text) and not has_references(text) else ""


class _Form(NamedTuple):
    """A line without its texts."""

    parts: tuple[str, ...]  # what stands between its values
    attributes: tuple[str, ...]
    row: Callable[[Sequence[str]], _Row]  # its values in their order, from texts and attributes


def _sorted(lines: list[str], opening: str) -> _Shapes:
    """The lines by what stands between their values; none where one is not surely a line."""
    forms: dict[str, tuple[list[int], list[list[str]]]] = {}
    for index, line in enumerate(lines):
        pieces = _TEXT.split(line.lstrip(SPACES))
        form = "\0".join(pieces[::2])
        indices, texts = forms.get(form) or forms.setdefault(form, ([], []))
        indices.append(index)
        texts.append(pieces[1::2])
    if any(not form.startswith(opening) or "<!" in form or "<?" in form for form in forms):
        return {}
    shapes: _Shapes = {}
    for form, (indices, texts) in forms.items():
        if len(form) <= _FORM_MAX:
            parts, attributes, row = _form(form)
            rows = [row((*values, *attributes)) for values in texts]
            shapes.setdefault(parts, []).extend(zip(indices, rows, strict=True))
    return {parts: sorted(found) for parts, found in shapes.items()}


@lru_cache(maxsize=1_000)
def _form(form: str) -> _Form:
    """What a line is to its shape, once for all lines that differ in their texts only."""
    found = _HOLE.split(form)
    attributes = tuple(value for value in found[1::2] if value is not None)
    texts, others = count(), count(found[1::2].count(None))
    order = [next(texts if value is None else others) for value in found[1::2]]
    row = itemgetter(*order) if len(order) > 1 else lambda values: tuple(values)
    return _Form(tuple(found[::2]), attributes, row)


def _prefixes(head: str) -> frozenset[str]:
    """The prefixes of our own vocabulary; none where one is declared twice."""
    found = _SPACE.findall(head)
    if len({prefix for prefix, _ in found}) < len(found):
        return frozenset()
    return frozenset(
        f"{prefix}:" if prefix else "" for prefix, space in found
        if space in UBL_SPACES or space in CII_SPACES
    )  # fmt: skip


@lru_cache(maxsize=1_000)
def _shape(parts: tuple[str, ...], line: str) -> _Shape | None:
    """What the parts between the values of a line are; None where they are no whole element."""
    ends = ('="' if part.startswith('"') else ">" for part in parts[1:])
    texts = (*map(str.__add__, parts, ends), parts[-1])
    text = "\0".join(texts)
    path: list[str] = []
    prefixes: set[str] = set()
    kinds: list[str] = []
    position = 0
    for match in _ELEMENT.finditer(f"{text}</{line}>"):
        if match.start() != position or (not path and position):
            return None
        position = match.end()
        end, prefix, name, attributes, alone, value = match.groups()
        prefixes.add(prefix)
        if end:
            if not path or path.pop() != prefix + name or attributes or value == "\0":
                return None
            continue
        for attribute, given in _ATTRIBUTE.findall(attributes):
            if attribute.startswith("xmlns"):
                return None
            if given:
                kinds.append(_KINDS.get(f"{name}/@{attribute}", ""))
        if value == "\0":
            above = path[-1].rpartition(":")[2] if path else ""
            kinds.append(_KINDS.get(f"{above}/{name}", ""))
        if not alone:
            path.append(prefix + name)
        elif value == "\0":
            return None
    if path or position != len(text) + len(line) + 3 or len(kinds) != len(parts) - 1:
        return None
    return _described(texts, prefixes, kinds)


def _described(texts: tuple[str, ...], prefixes: set[str], kinds: list[str]) -> _Shape | None:
    """None for lines without a net amount, which have nothing to add up."""
    if kinds.count("net") != 1:
        return None
    places = {kind: kinds.index(kind) for kind in _ARITHMETIC if kinds.count(kind) == 1}
    other = ("Allowance", "BaseQuantity", "BasisQuantity", "Gross")
    plain = len(places) == len(_ARITHMETIC) and not any(o in t for t in texts for o in other)
    free = tuple((place, kind) for place, kind in enumerate(kinds) if kind in _USUAL)
    return _Shape(frozenset(prefixes), tuple(kinds), texts, places, free, plain)


def _alike(shape: _Shape, rows: list[_Row], *, exact: bool) -> Iterable[Sequence[int]]:
    """The rows in groups that the rules cannot tell apart."""
    columns = list(zip(*rows, strict=True))
    keys: list[Iterable[object]] = []
    for column, kind in zip(columns, shape.kinds, strict=True):
        if not kind:
            if column.count(column[0]) < len(column):
                keys.append(column)
        elif not _ordinary(kind, column):
            # A net amount that cannot be added up keeps its line to itself.
            others: Iterable[object] = count() if kind == "net" else column
            test = _test(kind)
            keys.append([None if test(v) else o for v, o in zip(column, others, strict=False)])
    if exact:
        numbers = (columns[shape.places[kind]] for kind in _ARITHMETIC)
        wrong = [not _multiplied(*row) for row in zip(*numbers, strict=True)]
        if any(wrong):
            keys.append([index if alone else None for index, alone in enumerate(wrong)])
    if not keys:
        return [range(len(rows))]
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, key in enumerate(zip(*keys, strict=True)):
        groups.setdefault(key, []).append(index)
    return groups.values()


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    return codes("units") & codes("fx8")  # as UBL has them and as CII has them


def _ordinary(kind: str, column: tuple[str, ...]) -> bool:
    """Whether every value is one that the rules take as it comes."""
    if kind in _LENGTHS:
        return max(map(len, column)) <= _LENGTHS[kind]
    if kind == "unit":
        return _units().issuperset(column)
    return _ALL[kind].fullmatch("\0".join(column) + "\0") is not None


def _test(kind: str) -> Callable[[str], object]:
    if kind in _LENGTHS:
        return lambda value: len(value) <= _LENGTHS[kind]
    return _units().__contains__ if kind == "unit" else _ONE[kind].fullmatch


def _multiplied(quantity: str, price: str, net: str) -> bool:
    if not all(map(re.Pattern.fullmatch, map(_ONE.get, _ARITHMETIC), (quantity, price, net))):  # type: ignore[arg-type]
        return False
    return abs(Decimal(quantity) * Decimal(price) - Decimal(net)) <= _CENT


def _sum(shape: _Shape, rows: list[_Row], alike: Sequence[int], *, exact: bool) -> _Row | None:
    """The first of the rows with the net amounts of all of them; None where the sum has so many
    digits that the rules would ask why."""
    net = shape.places["net"]
    with localcontext(EXACT):
        total = sum((Decimal(rows[row][net]) for row in alike), Decimal(0))
    if abs(total) >= _NET_MAX:
        return None
    values = list(rows[alike[0]])
    values[net] = f"{total:f}"
    if exact:
        values[shape.places["price"]] = f"{abs(total):f}"
        values[shape.places["quantity"]] = "-1" if total < 0 else "1"
    return tuple(values)


def _written(shape: _Shape, row: _Row) -> str:
    """The line as it is written in the file, with the usual value wherever the rules take any."""
    values = list(row)
    for place, kind in shape.free:
        if _test(kind)(values[place]):
            values[place] = _USUAL[kind]
    pairs = zip(shape.texts, values, strict=False)
    return "".join([part for pair in pairs for part in pair]) + shape.texts[-1]
