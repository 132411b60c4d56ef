"""Lines of an 810: item, quantity, price, VAT, allowances. Written and read here."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.x12.codes import (
    BUYER_ITEM,
    BUYER_ITEMS,
    GTINS,
    ORDER_LINE,
    ORIGIN,
    OTHER_UNIT,
    SELLER_ITEM,
    SELLER_ITEMS,
    UNITS,
    gtin_qualifier,
    unit_from,
)
from acquit.core.codecs.x12.parts import (
    Draft,
    figure,
    own_identifier,
    own_reference,
    own_text,
    read_cents,
    read_days,
    read_reference,
)
from acquit.core.documents.amounts import AllowanceCharge, Period, Price, Vat, VatCategory
from acquit.core.documents.invoice import Classification, Item, Line
from acquit.core.documents.parties import Identifier
from acquit.core.documents.totals import line_net
from acquit.core.faults import Severity
from acquit.core.money import Money

GTIN = "0160"
ACCOUNT = "11"
LINE_TOTAL = "1"
PERIOD_START, PERIOD_END = "186", "187"
_BASES = {Decimal(100): "HP", Decimal(1000): "TP"}
_FROM_BASE = {code: base for base, code in _BASES.items()} | {"PE": Decimal(1)}
# Element 1300: discount, freight, other.
_DISCOUNT, _FREIGHT, _OTHER = "C310", "D240", "F050"
_OFF_INVOICE, _PAID_BY_CUSTOMER = "02", "06"


def item_numbers(item: Item, order_line: str | None) -> list[str]:
    """The pairs of qualifier and number of an item, GTIN first."""
    standard = item.standard_id
    gtin = standard.value if standard and standard.scheme == GTIN else None
    pairs = (
        (gtin_qualifier(gtin or ""), gtin),
        (SELLER_ITEM, item.seller_id),
        (BUYER_ITEM, item.buyer_id),
        (ORDER_LINE, order_line),
        (ORIGIN, item.origin_country),
    )
    return [text for kind, value in pairs if value for text in (kind, value)]


def write_names(draft: Draft, item: Item, where: str) -> None:
    for text in draft.cut(item.name, 80, 40, f"{where} name"):
        draft.add("PID", "F", "08", "", "", text)
    for text in draft.cut(item.description or "", 80, 400, f"{where} description"):
        draft.add("PID", "F", "GEN", "", "", text)


def read_item(node: Node, first: int) -> tuple[Item, str | None]:
    """The item by the pairs that begin at element ``first``, and the order line among them."""
    found: dict[str, str] = {}
    classes: list[Classification] = []
    element = first
    while element < len(node.segment.elements):
        kind, value = node.get(element), node.get(element + 1)
        element += 2
        if not kind or not value:
            continue
        name = _kind_of(kind)
        if name and name not in found:
            found[name] = value
        else:
            classes.append(Classification(value, kind))
    short, long = _names(node)
    standard = found.get("standard")
    item = Item(
        name=short or long or found.get("seller") or found.get("buyer") or standard or "",
        description=long if short else None,
        seller_id=found.get("seller"),
        buyer_id=found.get("buyer"),
        standard_id=Identifier(standard, GTIN) if standard else None,
        classifications=tuple(classes),
        origin_country=found.get("origin"),
    )
    return item, found.get("order_line")


def _kind_of(qualifier: str) -> str | None:
    for name, qualifiers in (
        ("standard", GTINS),
        ("seller", SELLER_ITEMS),
        ("buyer", BUYER_ITEMS),
        ("order_line", (ORDER_LINE,)),
        ("origin", (ORIGIN,)),
    ):
        if qualifier in qualifiers:
            return name
    return None


def _names(node: Node) -> tuple[str | None, str | None]:
    short: list[str] = []
    long: list[str] = []
    for text in node.all("PID"):
        text.get(1)
        words = text.get(5)
        if words:
            (long if text.get(2) == "GEN" else short).append(words)
    return " ".join(short) or None, " ".join(long) or None


def unit_price(draft: Draft, price: Price, where: str) -> tuple[str, str]:
    """IT104 and IT105: the price per one, per hundred or per thousand."""
    base = price.base_quantity or Decimal(1)
    if base in _BASES:
        return figure(price.net), _BASES[base]
    value = price.net / base
    if value * base != price.net:
        message = f"a price for {base} units has no exact price for one unit"
        draft.refuse("price", message, where, "price it for 1, 100 or 1000 units")
    return figure(value), ""


def read_price(node: Node, element: int) -> Price | None:
    value = node.decimal(element)
    if value is None:
        return None
    base = _FROM_BASE.get(node.get(element + 1) or "")
    listed = node.first("CTP", "LPR", at=(2, 1))
    gross = listed.decimal(3) if listed else None
    return Price(
        net=value,
        discount=gross - value if gross is not None else None,
        gross=gross,
        base_quantity=base,
    )


def write_line(draft: Draft, line: Line) -> None:
    where = f"line {line.id}"
    price, basis = unit_price(draft, line.price, where)
    unit = UNITS.get(line.unit, OTHER_UNIT)
    draft.add(
        "IT1",
        line.id,
        figure(line.quantity),
        unit,
        price,
        basis,
        *item_numbers(line.item, line.order_line),
    )
    write_vat(draft, line.vat, tax=None, basis=None)
    if line.price.gross is not None:
        draft.add("CTP", "", "LPR", figure(line.price.gross))
    draft.add("PAM", "", "", "", LINE_TOTAL, figure(line.net))
    write_names(draft, line.item, where)
    draft.reference(ACCOUNT, line.buyer_accounting)
    draft.own_text("BT-127", line.note)
    if unit == OTHER_UNIT:
        draft.own("BT-130", line.unit)
    if line.object:
        draft.own("BT-128", line.object.value, line.object.scheme)
    if line.period:
        draft.day(PERIOD_START, line.period.start)
        draft.day(PERIOD_END, line.period.end)
    for index, part in enumerate(line.allowances_charges, 1):
        write_allowance_charge(draft, part, f"{where} allowance or charge {index}")


def read_line(node: Node, currency: str, standard: Vat | None) -> Line:
    quantity = node.decimal(2)
    item, order_line = read_item(node, 6)
    parts = tuple(read_allowance_charge(n, currency) for n in node.all("SAC") if counts(n))
    given = node.first("PAM", LINE_TOTAL, at=(4, 1))
    net = given.money(5, 1, currency) if given else None
    price = read_price(node, 4)
    start, end = read_days(node, PERIOD_START), read_days(node, PERIOD_END)
    if quantity is None or price is None:
        node.fault("missing", "the line has no quantity or no price (IT102, IT104)")
    known = price or Price(Decimal(0))
    own_unit = own_reference(node, "BT-130") if node.get(3) == OTHER_UNIT else None
    return Line(
        id=node.get(1) or str(node.segment.number),
        quantity=Decimal(0) if quantity is None else quantity,
        unit=unit_from(own_unit or node.get(3) or "UN"),
        net=net if net is not None else _net(node, quantity, known, parts, currency),
        price=known,
        vat=vat_of(node) or standard or Vat(VatCategory.ZERO),
        item=item,
        note=own_text(node, "BT-127"),
        object=own_identifier(node, "BT-128"),
        order_line=order_line,
        buyer_accounting=read_reference(node, ACCOUNT),
        period=Period(start, end) if start or end else None,
        allowances_charges=parts,
    )


def _net(
    node: Node,
    quantity: Decimal | None,
    price: Price,
    parts: tuple[AllowanceCharge, ...],
    currency: str,
) -> Money:
    """Quantity x price, as X12 leaves it to the reader where no PAM says it."""
    counted = quantity or Decimal(0)
    try:
        return line_net(quantity=counted, price=price, allowances_charges=parts, currency=currency)
    except InvalidOperation:
        message = f"{counted} x {price.net} is more than an invoice can say (IT102, IT104)"
        node.fault("amount", message)
        return Money.zero(currency)


def write_vat(draft: Draft, vat: Vat, *, tax: Money | None, basis: Money | None) -> None:
    """TXI: release 5010 says a percentage as a part of one, 4010 as a figure."""
    rate = ""
    if vat.rate is not None:
        rate = figure(vat.rate if draft.version == "4010" else vat.rate / 100)
    amount = figure(tax) if tax is not None else "" if rate else "0"
    base = figure(basis) if basis is not None else ""
    fits = sum(c.isdigit() for c in base) <= 9
    draft.add(
        "TXI", "VA", amount, rate, "VD", vat.category.value, "", "", base if fits and rate else ""
    )


def vat_of(node: Node) -> Vat | None:
    for tax in node.all("TXI"):
        if tax.segment.get(1) == "VA":
            tax.skip(1, 2)
            return read_vat(tax)
    return None


def read_vat(node: Node) -> Vat:
    rate = node.decimal(3)
    if rate is not None and rate <= 1 and node.source.release >= "5010":
        rate = rate * 100
    node.skip(4)
    code = node.get(5)
    try:
        category = VatCategory(code) if code else VatCategory.STANDARD if rate else VatCategory.ZERO
    except ValueError:
        message = f"{code!r:.20} is not a VAT category; read by its rate"
        node.source.add("vat_category", message, node.path, severity=Severity.WARNING)
        category = VatCategory.STANDARD if rate else VatCategory.ZERO
    if category is VatCategory.OUT_OF_SCOPE:
        return Vat(category, rate)
    return Vat(category, rate if rate is not None else Decimal(0))


def write_allowance_charge(draft: Draft, part: AllowanceCharge, where: str) -> None:
    service = _DISCOUNT if not part.is_charge else _FREIGHT
    if part.is_charge and part.reason_code != "FC":
        service = _OTHER
    percentage = figure(part.percentage) if part.percentage is not None else ""
    draft.add(
        "SAC",
        "C" if part.is_charge else "A",
        service,
        "",
        "",
        draft.cents(part.amount, where),
        "Z" if percentage else "",
        percentage,
        "",
        "",
        "",
        "",
        _PAID_BY_CUSTOMER if part.is_charge else _OFF_INVOICE,
        part.reason_code,
        "",
        part.reason,
    )
    if part.vat:
        write_vat(draft, part.vat, tax=None, basis=None)


def counts(node: Node) -> bool:
    """Whether a SAC changes the total; an N (no charge) only informs and stays unread."""
    return node.segment.get(1) in ("A", "C")


def read_allowance_charge(node: Node, currency: str) -> AllowanceCharge:
    is_charge = node.get(1) == "C"
    amount = read_cents(node, 5, currency)
    if amount is None:
        node.fault("missing", "the allowance or charge has no amount (SAC05)")
    service = node.get(2)
    node.skip(6, 12)
    return AllowanceCharge(
        is_charge=is_charge,
        # An allowance is often sent with a minus that means no more than the A before it.
        amount=(amount if is_charge else abs(amount)) if amount else Money.zero(currency),
        percentage=node.decimal(7),
        reason=node.get(15) or (service if not node.segment.get(13) else None),
        reason_code=node.get(13),
        vat=vat_of(node),
    )
