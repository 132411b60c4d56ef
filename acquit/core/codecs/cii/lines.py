"""CII D16B lines (BG-25 to BG-32): written and read side by side."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.codecs.cii.settlement import (
    amount,
    number,
    read_allowance_charge,
    read_category,
    read_period,
    write_allowance_charge,
    write_category,
    write_period,
)
from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.xml import Node, attributes, escape, tag, tag_with, text_of, wrap
from acquit.core.documents.amounts import Price
from acquit.core.documents.invoice import Attribute, Classification, Item, Line
from acquit.core.documents.parties import Identifier

OBJECT_TYPE = "130"  # UNCL 1001: the reference is to an invoiced object (BT-18, BT-128)


def write_line(line: Line) -> str:
    order = wrap("ram:BuyerOrderReferencedDocument", tag("ram:LineID", line.order_line))
    unit = escape(line.unit)
    quantity = f'<ram:BilledQuantity unitCode="{unit}">{decimal_text(line.quantity)}'
    return "".join(
        (
            "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>",
            tag("ram:LineID", line.id),
            wrap("ram:IncludedNote", tag("ram:Content", line.note)),
            "</ram:AssociatedDocumentLineDocument>",
            write_product(line.item),
            f"<ram:SpecifiedLineTradeAgreement>{order}{write_price(line.price)}",
            "</ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>",
            f"{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>",
            "<ram:SpecifiedLineTradeSettlement>",
            write_category("ram:ApplicableTradeTax", line.vat),
            write_period(line.period),
            *(write_allowance_charge(part) for part in line.allowances_charges),
            "<ram:SpecifiedTradeSettlementLineMonetarySummation>",
            amount("ram:LineTotalAmount", line.net),
            "</ram:SpecifiedTradeSettlementLineMonetarySummation>",
            write_object(line.object),
            wrap(
                "ram:ReceivableSpecifiedTradeAccountingAccount",
                tag("ram:ID", line.buyer_accounting),
            ),
            "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>",
        )
    )


def read_line(node: Node) -> Line:
    agreement = node.at("SpecifiedLineTradeAgreement")
    settlement = node.at("SpecifiedLineTradeSettlement")
    product = node.at("SpecifiedTradeProduct")
    quantity = node.leaf("SpecifiedLineTradeDelivery", "BilledQuantity")
    if quantity is None:
        node.source.fault("missing", "BilledQuantity is missing", node.element)
    return Line(
        id=node.need("AssociatedDocumentLineDocument", "LineID"),
        quantity=Decimal(0) if quantity is None else node.number(quantity),
        unit="" if quantity is None else quantity.get("unitCode") or "",
        net=settlement.need_money(
            "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount"
        ),
        price=read_price(agreement),
        vat=read_category(settlement.at("ApplicableTradeTax")),
        item=read_product(product),
        note=node.text("AssociatedDocumentLineDocument", "IncludedNote", "Content"),
        object=read_object(settlement.at("AdditionalReferencedDocument")),
        order_line=agreement.text("BuyerOrderReferencedDocument", "LineID"),
        buyer_accounting=settlement.text("ReceivableSpecifiedTradeAccountingAccount", "ID"),
        period=read_period(settlement.at("BillingSpecifiedPeriod")),
        allowances_charges=tuple(
            read_allowance_charge(part) for part in settlement.all("SpecifiedTradeAllowanceCharge")
        ),
    )


def write_object(value: Identifier | None) -> str:
    if value is None:
        return ""
    return wrap(
        "ram:AdditionalReferencedDocument",
        f"<ram:IssuerAssignedID>{escape(value.value)}</ram:IssuerAssignedID>",
        f"<ram:TypeCode>{OBJECT_TYPE}</ram:TypeCode>",
        tag("ram:ReferenceTypeCode", value.scheme),
    )


def read_object(node: Node) -> Identifier | None:
    value = node.text("IssuerAssignedID")
    node.text("TypeCode")
    return Identifier(value, node.text("ReferenceTypeCode")) if value else None


def write_product(item: Item) -> str:
    standard = item.standard_id
    return "".join(
        (
            "<ram:SpecifiedTradeProduct>",
            tag_with("ram:GlobalID", "schemeID", standard.scheme, standard.value)
            if standard
            else "",
            tag("ram:SellerAssignedID", item.seller_id),
            tag("ram:BuyerAssignedID", item.buyer_id),
            tag("ram:Name", item.name),
            tag("ram:Description", item.description),
            *(
                f"<ram:ApplicableProductCharacteristic>{tag('ram:Description', part.name)}"
                f"{tag('ram:Value', part.value)}</ram:ApplicableProductCharacteristic>"
                for part in item.attributes
            ),
            *(_write_classification(part) for part in item.classifications),
            wrap("ram:OriginTradeCountry", tag("ram:ID", item.origin_country)),
            "</ram:SpecifiedTradeProduct>",
        )
    )


def _write_classification(part: Classification) -> str:
    attrs = attributes((("listID", part.scheme), ("listVersionID", part.version)))
    return (
        f"<ram:DesignatedProductClassification><ram:ClassCode{attrs}>{escape(part.code)}"
        "</ram:ClassCode></ram:DesignatedProductClassification>"
    )


def read_product(node: Node) -> Item:
    standard = node.leaf("GlobalID")
    standard_text = text_of(standard)
    classifications = []
    for part in node.all("DesignatedProductClassification"):
        element = part.leaf("ClassCode")
        if element is not None and (code := text_of(element)):
            version = element.get("listVersionID") or None
            classifications.append(Classification(code, element.get("listID") or "", version))
    return Item(
        name=node.need("Name"),
        description=node.text("Description"),
        seller_id=node.text("SellerAssignedID"),
        buyer_id=node.text("BuyerAssignedID"),
        standard_id=Identifier(standard_text, standard.get("schemeID") or None)
        if standard is not None and standard_text
        else None,
        classifications=tuple(classifications),
        origin_country=node.text("OriginTradeCountry", "ID"),
        attributes=tuple(
            Attribute(part.need("Description"), part.text("Value") or "")
            for part in node.all("ApplicableProductCharacteristic")
        ),
    )


def write_price(price: Price) -> str:
    base = ""
    if price.base_quantity is not None:
        attrs = attributes((("unitCode", price.base_unit),))
        base = f"<ram:BasisQuantity{attrs}>{decimal_text(price.base_quantity)}</ram:BasisQuantity>"
    gross = price.gross
    if gross is None and price.discount is not None:
        gross = price.net + price.discount
    discount = ""
    if price.discount is not None:
        discount = (
            "<ram:AppliedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false"
            "</udt:Indicator></ram:ChargeIndicator>"
            f"{number('ram:ActualAmount', price.discount)}</ram:AppliedTradeAllowanceCharge>"
        )
    return "".join(
        (
            wrap(
                "ram:GrossPriceProductTradePrice",
                number("ram:ChargeAmount", gross),
                base if gross is not None else "",
                discount,
            ),
            "<ram:NetPriceProductTradePrice>",
            number("ram:ChargeAmount", price.net),
            base,
            "</ram:NetPriceProductTradePrice>",
        )
    )


def read_price(node: Node) -> Price:
    gross = node.at("GrossPriceProductTradePrice")
    discount = gross.at("AppliedTradeAllowanceCharge")
    discount.text("ChargeIndicator", "Indicator")
    net_base = node.leaf("NetPriceProductTradePrice", "BasisQuantity")
    gross_base = gross.leaf("BasisQuantity")
    base = net_base if net_base is not None else gross_base
    return Price(
        net=node.need_decimal("NetPriceProductTradePrice", "ChargeAmount"),
        discount=discount.decimal("ActualAmount"),
        gross=gross.decimal("ChargeAmount"),
        base_quantity=None if base is None else node.number(base),
        base_unit=None if base is None else base.get("unitCode") or None,
    )
