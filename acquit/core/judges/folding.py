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

from acquit.core.codecs import xml
from acquit.core.judges.codes import codes
from acquit.core.judges.cutting import allowed, has_references
from acquit.core.judges.record import CII_SPACES, UBL_SPACES
from acquit.core.judges.values import EXACT, SPACES

_BESIDE = {"IncludedSupplyChainTradeLineItem": 1}  # how many more lines of a kind have to stay
_OFTEN = 50  # lines of a shape after which a pattern of its own is worth making
_PATTERNS_MAX = 20
_CENT = Decimal("0.01")
_NET_MAX = Decimal(10**12)
_LINES = ("InvoiceLine>", "CreditNoteLine>", "IncludedSupplyChainTradeLineItem>")
_OPENING = re.compile(r"<((?:[\w.-]+:)?(\w+))>")
# Clean vehicles (BR-DE-CVD-*) ask for the very words of items, and lines below a line (BR-DEX-02)
# have to add up to it: what is any text or any amount elsewhere.
_BY_VALUE = ("xrechnung:cvd_", "SubInvoiceLine")
_DECLARATION = re.compile(r"\ufeff?<\?xml[^>]*?encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_SPACE = re.compile(r"xmlns(?::([\w.-]+))?\s*=\s*[\"']([^\"']*)")
# The texts and attributes of a line; what they stand between is the shape of the line.
_TEXT_VALUE = r">([^<>\s][^<>]*+)"
_ATTRIBUTE_VALUE = r'="([^"<]++)'
_VALUE = re.compile(f'{_TEXT_VALUE}(?=<)|{_ATTRIBUTE_VALUE}(?=")')
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
_LENGTHS = {"text": 100, "long": 200}  # the shortest that a pack asks, of names and of texts
_ARITHMETIC = ("quantity", "price", "net")
_Row = tuple[str, ...]
_Shapes = dict[tuple[str, ...], tuple[list[int], list[_Row]]]


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
    places: dict[str, int]  # of net amount, quantity and price, where each stands once
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
    for parts, (indices, rows) in shapes.items():
        shape = _shape(parts, file.closing[2:-1]) if len(rows) > 1 + beside else None
        if shape is None or not shape.prefixes <= prefixes or (exact and not shape.plain):
            continue
        for alike in _alike(shape, rows, exact=exact):
            summed = (alike[0], *alike[1 + beside :])
            written = _sum(shape, parts, rows, summed, exact=exact)
            if len(summed) > 1 and written:
                first, *more = (indices[row] for row in summed)
                changed[first], others[first] = written, tuple(more)
                gone.update(more)
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


def _sorted(lines: list[str], opening: str) -> _Shapes:
    """The lines by what stands between their values; none where one is not surely a line."""
    shapes: _Shapes = {}
    known: list[tuple[Callable[[str], re.Match[str] | None], tuple[list[int], list[_Row]]]] = []
    for index, line in enumerate(lines):
        line = line.lstrip(SPACES)
        for fits, (indices, rows) in known:
            match = fits(line)
            if match is not None:
                indices.append(index)
                rows.append(match.groups())
                break
        else:
            if not line.startswith(opening) or "<!" in line or "<?" in line:
                return {}
            found = _VALUE.split(line)
            parts = tuple(found[::3])
            indices, rows = shapes.setdefault(parts, ([], []))
            indices.append(index)
            rows.append(tuple(map(_either, found[1::3], found[2::3])))
            if len(rows) == _OFTEN and len(known) < _PATTERNS_MAX:
                known.append((_pattern(parts).fullmatch, (indices, rows)))
    return shapes


def _either(text: str | None, attribute: str) -> str:
    return attribute if text is None else text


@lru_cache(maxsize=100)
def _pattern(parts: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the values of a line of this shape four times as fast as looking for them does."""
    values = (_ATTRIBUTE_VALUE if part.startswith('"') else _TEXT_VALUE for part in parts[1:])
    rest = (value + re.escape(part) for value, part in zip(values, parts[1:], strict=True))
    return re.compile(re.escape(parts[0]) + "".join(rest))


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
    text = parts[0] + "".join(_join("\0", part) for part in parts[1:])
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
    return _described(parts, prefixes, kinds)


def _described(parts: tuple[str, ...], prefixes: set[str], kinds: list[str]) -> _Shape | None:
    """None for lines without a net amount, which have nothing to add up."""
    if kinds.count("net") != 1:
        return None
    places = {kind: kinds.index(kind) for kind in _ARITHMETIC if kinds.count(kind) == 1}
    other = ("Allowance", "BaseQuantity", "BasisQuantity", "Gross")
    plain = len(places) == len(_ARITHMETIC) and not any(o in p for p in parts for o in other)
    return _Shape(frozenset(prefixes), tuple(kinds), places, plain)


def _alike(shape: _Shape, rows: list[_Row], *, exact: bool) -> Iterable[Sequence[int]]:
    """The rows in groups that the rules cannot tell apart, without those that stand alone."""
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
    return [group for group in groups.values() if len(group) > 1]


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


def _sum(
    shape: _Shape, parts: tuple[str, ...], rows: list[_Row], alike: Sequence[int], *, exact: bool
) -> str:
    """The first of the rows with the net amounts of all of them, as it is written in the file;
    nothing where the sum has so many digits that the rules would ask why."""
    net = shape.places["net"]
    with localcontext(EXACT):
        total = sum((Decimal(rows[row][net]) for row in alike), Decimal(0))
    if abs(total) >= _NET_MAX:
        return ""
    values = list(rows[alike[0]])
    values[net] = f"{total:f}"
    if exact:
        values[shape.places["price"]] = f"{abs(total):f}"
        values[shape.places["quantity"]] = "-1" if total < 0 else "1"
    return parts[0] + "".join(map(_join, values, parts[1:]))


def _join(value: str, part: str) -> str:
    """A value with what follows it: the end of an attribute, or a tag."""
    return f'="{value}{part}' if part.startswith('"') else f">{value}{part}"
