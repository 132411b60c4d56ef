"""The lines of a message: item, quantity, price, references. Written and read here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact.header import GENERAL
from acquit.core.codecs.edifact.parts import (
    OTHER,
    Draft,
    number,
    other_reference,
    read_amount,
    read_period,
    read_reference,
)
from acquit.core.codecs.edifact.settlement import (
    LINE_NET,
    read_allowances_charges,
    vat_of,
    write_allowance_charge,
    write_vat,
)
from acquit.core.documents.amounts import Price, Vat, VatCategory
from acquit.core.documents.invoice import Classification, Invoice, Item, Line
from acquit.core.documents.parties import Identifier
from acquit.core.faults import Severity
from acquit.core.money import Money

GTIN = "0160"  # ISO 6523
# UNCL 7143: who numbers the item. UNCL 6063: which quantity.
_SELLERS, _BUYERS, _GTINS = ("SA", "VN"), ("IN", "BP"), ("EN", "SRV", "UP", "EU")
INVOICED = "47"
_LINE_OBJECT = "BT-128"
ONE = "C62"  # UN/ECE Recommendation 20: one
NOTHING = Decimal(0)
_PRICE_STEP = Decimal("0.000001")


def write_item(draft: Draft, line_id: str, item: Item, *, action: str = "") -> None:
    """LIN, PIA, IMD: the item under all its numbers and names."""
    standard = item.standard_id
    gtin = (standard.value, draft.directory.gtin) if standard and standard.scheme == GTIN else ""
    draft.add("LIN", line_id, action, gtin)
    numbers = [(item.seller_id, _SELLERS[0]), (item.buyer_id, _BUYERS[0])]
    own = [pair for pair in numbers if pair[0]]
    if own:
        draft.add("PIA", "1", *own)
    for kind in item.classifications:
        draft.add("PIA", "1", (kind.code, kind.scheme))
    size = 256 if draft.directory.wide else 35
    for part in draft.cut(item.name, size, 10, "item name", per=2):
        draft.add("IMD", "F", "", ("", "", "", *part))
    for part in draft.cut(item.description or "", size, 60, "item description", per=2):
        draft.add("IMD", "A", "", ("", "", "", *part))


def read_item(node: Node) -> Item:
    gtin = node.get(3)
    scheme = node.get(3, 2)
    standard: Identifier | None = None
    ids: dict[str, str] = {}
    classes: list[Classification] = []
    if gtin and scheme in _GTINS:
        standard = Identifier(gtin, GTIN)
    elif gtin:
        _place(gtin, scheme or "", ids, classes)
    for extra in node.all("PIA"):
        extra.get(1)
        for element in range(2, 7):
            value, kind = extra.get(element), extra.get(element, 2)
            if value:
                extra.skip(element)
            if value and kind in _GTINS and standard is None:
                standard = Identifier(value, GTIN)
            elif value:
                _place(value, kind or "", ids, classes)
    name, description = _read_names(node)
    return Item(
        name=name or description or ids.get("seller") or ids.get("buyer") or gtin or "",
        description=description if name else None,
        seller_id=ids.get("seller"),
        buyer_id=ids.get("buyer"),
        standard_id=standard,
        classifications=tuple(classes),
    )


def _place(value: str, kind: str, ids: dict[str, str], classes: list[Classification]) -> None:
    if kind in _SELLERS and "seller" not in ids:
        ids["seller"] = value
    elif kind in _BUYERS and "buyer" not in ids:
        ids["buyer"] = value
    else:
        classes.append(Classification(value, kind))


def _read_names(node: Node) -> tuple[str | None, str | None]:
    short: list[str] = []
    long: list[str] = []
    for text in node.all("IMD"):
        kind = text.get(1)
        words = text.texts(3, 4, 5)
        text.get(3, 6)
        (long if kind == "A" else short).extend(words)
    return " ".join(short) or None, " ".join(long) or None


def write_price(draft: Draft, price: Price) -> None:
    base = (number(price.base_quantity), price.base_unit or "") if price.base_quantity else ()
    draft.add("PRI", ("AAA", number(price.net), "", "", *base))
    if price.gross is not None:
        draft.add("PRI", ("AAB", number(price.gross), "", "", *base))


def read_price(node: Node) -> Price | None:
    """The net price (AAA), with the gross price (AAB) where both are there."""
    net = node.first("PRI", "AAA", "CAL", "INV")
    gross = node.first("PRI", "AAB")
    if net is None:
        net, gross = gross, None
    if net is None:
        return None
    value = net.need_decimal(1, 2)
    net.skip(1)
    listed: Decimal | None = None
    if gross is not None:
        listed = gross.decimal(1, 2)
        gross.skip(1)
    base = net.decimal(1, 5)
    if base is not None and base <= 0:
        net.fault("number", f"a price for {base} units")
    return Price(
        net=value,
        discount=listed - value if listed is not None else None,
        gross=listed,
        base_quantity=base,
        base_unit=net.get(1, 6) if base is not None else None,
    )


def write_line(draft: Draft, invoice: Invoice, line: Line) -> None:
    write_item(draft, line.id, line.item)
    draft.add("QTY", (INVOICED, number(line.quantity), line.unit))
    if line.item.origin_country:
        draft.add("ALI", line.item.origin_country)
    draft.period(line.period)
    if line.note:
        draft.text(GENERAL, line.note)
    draft.money(LINE_NET, line.net)
    write_price(draft, line.price)
    write_order_line(draft, invoice.references.purchase_order, line.order_line)
    draft.reference("ADE", line.buyer_accounting)
    if line.object:
        term = f"{_LINE_OBJECT} {line.object.scheme or ''}".strip()
        draft.reference(OTHER, line.object.value, term=term)
    write_vat(draft, line.vat)
    for index, part in enumerate(line.allowances_charges, 1):
        write_allowance_charge(draft, part, f"line {line.id} allowance or charge {index}")


def write_order_line(draft: Draft, order: str | None, order_line: str | None) -> None:
    """The buyer's order line with its order where both fit, else alone."""
    if order and order_line and len(order_line) <= 6:
        draft.reference("ON", order, order_line)
    else:
        draft.reference("LI", order_line)


def read_order_line(node: Node) -> str | None:
    """The line of the order. Which order it is, the message as a whole looks at."""
    order = node.first("RFF", "ON")
    if order is not None and (found := order.get(1, 3)):
        return found
    return read_reference(node, "LI")


def read_line(node: Node, currency: str, standard: Vat | None) -> Line:
    """One line; ``standard`` is the VAT of the document for lines that say none."""
    quantity_node = node.first("QTY", INVOICED, "12", "46", "21")
    quantity = quantity_node.need_decimal(1, 2) if quantity_node else Decimal(1)
    unit = quantity_node.get(1, 3) if quantity_node else None
    net = read_amount(node.all("MOA"), currency, LINE_NET, "66", "38")
    if net is None:
        node.fault("missing", "the line has no amount (MOA 203)")
    item = read_item(node)
    origin = node.first("ALI")
    country = origin.get(1) if origin else None
    price = read_price(node)
    thing = other_reference(node, _LINE_OBJECT)
    value = thing.get(1, 2) if thing else None
    scheme = thing.segment.get(1, 4).partition(" ")[2] if thing else ""
    return Line(
        id=node.get(1) or str(node.segment.number),
        quantity=quantity,
        unit=unit or ONE,
        net=net or Money.zero(currency),
        price=price or _without_price(node, net, quantity),
        vat=vat_of(node) or standard or _unknown_vat(node),
        item=item if not country else _with_origin(item, country),
        note=_note(node),
        object=Identifier(value, scheme or None) if value else None,
        order_line=read_order_line(node),
        buyer_accounting=read_reference(node, "ADE"),
        period=read_period(node),
        allowances_charges=read_allowances_charges(node, currency),
    )


def _with_origin(item: Item, country: str) -> Item:
    return replace(item, origin_country=country)


def _note(node: Node) -> str | None:
    words: list[str] = []
    for text in node.all("FTX"):
        text.get(1)
        words += text.texts(4)
    return " ".join(words) or None


def _without_price(node: Node, net: Money | None, quantity: Decimal) -> Price:
    """The price that the amount of the line comes to, where the message has none."""
    message = "the price was computed because the line has none (PRI)"
    node.source.add("derived", message, node.path, severity=Severity.WARNING)
    if net is None or not quantity:
        return Price(Decimal(0))
    try:
        return Price((net.decimal / quantity).quantize(_PRICE_STEP))
    except InvalidOperation:
        node.fault("amount", f"{net} for {quantity} is no price an invoice can say (MOA, QTY)")
        return Price(Decimal(0))


def _unknown_vat(node: Node) -> Vat:
    message = "the line says no VAT (TAX) and the document none for all lines"
    node.source.add(
        "derived", f"{message}; read as zero rated", node.path, severity=Severity.WARNING
    )
    return Vat(VatCategory.ZERO)
