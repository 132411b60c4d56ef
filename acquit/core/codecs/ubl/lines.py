"""UBL 2.1 lines (BG-25 to BG-32): written and read side by side."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.ubl.parties import identifier, read_identifier
from acquit.core.codecs.ubl.settlement import (
    amount,
    read_allowance_charge,
    read_category,
    write_allowance_charge,
    write_category,
)
from acquit.core.codecs.xml import Node, attributes, escape, tag, text_of, wrap
from acquit.core.documents.amounts import Period, Price
from acquit.core.documents.invoice import Attribute, Classification, Item, Line
from acquit.core.documents.parties import Identifier

OBJECT_TYPE = "130"  # UNCL 1001: the reference is to an invoiced object (BT-18, BT-128)


def write_line(line: Line, *, credit_note: bool) -> str:
    name, quantity = (
        ("cac:CreditNoteLine", "cbc:CreditedQuantity")
        if credit_note
        else ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    )
    return "".join(
        (
            f"<{name}>{tag('cbc:ID', line.id)}{tag('cbc:Note', line.note)}",
            f'<{quantity} unitCode="{escape(line.unit)}">',
            f"{decimal_text(line.quantity)}</{quantity}>",
            amount("cbc:LineExtensionAmount", line.net),
            tag("cbc:AccountingCost", line.buyer_accounting),
            write_period(line.period, None),
            wrap("cac:OrderLineReference", tag("cbc:LineID", line.order_line)),
            write_object(line.object),
            *(write_allowance_charge(part) for part in line.allowances_charges),
            write_item(line.item, write_category("cac:ClassifiedTaxCategory", line.vat)),
            write_price(line.price, line.net.currency),
            f"</{name}>",
        )
    )


def read_line(node: Node, *, credit_note: bool) -> Line:
    quantity = "CreditedQuantity" if credit_note else "InvoicedQuantity"
    element = node.leaf(quantity)
    if element is None:
        node.source.fault("missing", f"{quantity} is missing", node.element)
    return Line(
        id=node.need("ID"),
        quantity=Decimal(0) if element is None else node.number(element),
        unit="" if element is None else element.get("unitCode") or "",
        net=node.need_money("LineExtensionAmount"),
        price=read_price(node.at("Price")),
        vat=read_category(node.at("Item", "ClassifiedTaxCategory")),
        item=read_item(node.at("Item")),
        note=node.text("Note"),
        object=_read_object(node),
        order_line=node.text("OrderLineReference", "LineID"),
        buyer_accounting=node.text("AccountingCost"),
        period=read_period(node.at("InvoicePeriod")),
        allowances_charges=tuple(
            read_allowance_charge(part) for part in node.all("AllowanceCharge")
        ),
    )


def write_object(value: Identifier | None) -> str:
    if value is None:
        return ""
    code = f"<cbc:DocumentTypeCode>{OBJECT_TYPE}</cbc:DocumentTypeCode>"
    return f"<cac:DocumentReference>{identifier('cbc:ID', value)}{code}</cac:DocumentReference>"


def _read_object(node: Node) -> Identifier | None:
    reference = node.at("DocumentReference")
    reference.text("DocumentTypeCode")
    return read_identifier(reference, "ID")


def write_period(period: Period | None, tax_point_code: str | None) -> str:
    """cac:InvoicePeriod, which also carries the VAT point code (BT-8) of the document."""
    start = period.start if period else None
    end = period.end if period else None
    return wrap(
        "cac:InvoicePeriod",
        tag("cbc:StartDate", start.isoformat() if start else None),
        tag("cbc:EndDate", end.isoformat() if end else None),
        tag("cbc:DescriptionCode", tax_point_code),
    )


def read_period(node: Node) -> Period | None:
    period = Period(node.date("StartDate"), node.date("EndDate"))
    return None if period == Period() else period


def write_item(item: Item, tax: str) -> str:
    """cac:Item; ``tax`` is its cac:ClassifiedTaxCategory, or nothing."""
    return "".join(
        (
            "<cac:Item>",
            tag("cbc:Description", item.description),
            tag("cbc:Name", item.name),
            wrap("cac:BuyersItemIdentification", tag("cbc:ID", item.buyer_id)),
            wrap("cac:SellersItemIdentification", tag("cbc:ID", item.seller_id)),
            wrap("cac:StandardItemIdentification", identifier("cbc:ID", item.standard_id)),
            wrap("cac:OriginCountry", tag("cbc:IdentificationCode", item.origin_country)),
            *(_write_classification(part) for part in item.classifications),
            tax,
            *(
                f"<cac:AdditionalItemProperty>{tag('cbc:Name', part.name)}"
                f"{tag('cbc:Value', part.value)}</cac:AdditionalItemProperty>"
                for part in item.attributes
            ),
            "</cac:Item>",
        )
    )


def _write_classification(part: Classification) -> str:
    attrs = attributes((("listID", part.scheme), ("listVersionID", part.version)))
    return (
        f"<cac:CommodityClassification><cbc:ItemClassificationCode{attrs}>{escape(part.code)}"
        "</cbc:ItemClassificationCode></cac:CommodityClassification>"
    )


def read_item(node: Node) -> Item:
    return Item(
        name=node.need("Name"),
        description=node.text("Description"),
        seller_id=node.text("SellersItemIdentification", "ID"),
        buyer_id=node.text("BuyersItemIdentification", "ID"),
        standard_id=read_identifier(node, "StandardItemIdentification", "ID"),
        classifications=tuple(
            found
            for part in node.all("CommodityClassification")
            if (found := _read_classification(part)) is not None
        ),
        origin_country=node.text("OriginCountry", "IdentificationCode"),
        attributes=tuple(
            Attribute(part.need("Name"), part.text("Value") or "")
            for part in node.all("AdditionalItemProperty")
        ),
    )


def _read_classification(node: Node) -> Classification | None:
    element = node.leaf("ItemClassificationCode")
    code = text_of(element)
    if element is None or code is None:
        return None
    return Classification(code, element.get("listID") or "", element.get("listVersionID") or None)


def write_price(price: Price, currency: str) -> str:
    base = ""
    if price.base_quantity is not None:
        attrs = attributes((("unitCode", price.base_unit),))
        base = f"<cbc:BaseQuantity{attrs}>{decimal_text(price.base_quantity)}</cbc:BaseQuantity>"
    discount = ""
    if price.gross is not None or price.discount is not None:
        # UBL demands the amount of the discount, EN 16931 does not: it is gross less net.
        gross = price.gross if price.gross is not None else price.net
        off = price.discount if price.discount is not None else gross - price.net
        base_amount = _price_amount("cbc:BaseAmount", price.gross, currency)
        discount = (
            "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
            f"{_price_amount('cbc:Amount', off, currency)}"
            f"{base_amount}</cac:AllowanceCharge>"
        )
    return (
        f'<cac:Price><cbc:PriceAmount currencyID="{currency}">{decimal_text(price.net)}'
        f"</cbc:PriceAmount>{base}{discount}</cac:Price>"
    )


def _price_amount(name: str, value: Decimal | None, currency: str) -> str:
    if value is None:
        return ""
    return f'<{name} currencyID="{currency}">{decimal_text(value)}</{name}>'


def read_price(node: Node) -> Price:
    base = node.leaf("BaseQuantity")
    discount = node.at("AllowanceCharge")
    discount.text("ChargeIndicator")
    return Price(
        net=node.need_decimal("PriceAmount"),
        discount=discount.decimal("Amount"),
        gross=discount.decimal("BaseAmount"),
        base_quantity=None if base is None else node.number(base),
        base_unit=None if base is None else base.get("unitCode") or None,
    )
