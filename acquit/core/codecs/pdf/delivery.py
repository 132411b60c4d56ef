"""The data of the delivery note: what was handed over, without prices, to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acquit.core.codecs.pdf.branding import Branding
from acquit.core.codecs.pdf.codes import code_128
from acquit.core.codecs.pdf.display import Display
from acquit.core.codecs.pdf.layout import address_lines, frame, is_tall
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.parties import Address, Party
from acquit.core.documents.trade import TradeParty
from acquit.core.looks import Words


def delivery_data(
    *,
    advice: DespatchAdvice,
    branding: Branding,
    display: Display,
    mentions: Sequence[str],
    words: Words,
) -> dict[str, Any]:
    """The template's data; goods go to ``deliver_to``, where that is not the buyer."""
    buyer = _party(advice.buyer)
    data = frame(
        display=display,
        branding=branding,
        title=display.label("delivery_note"),
        number=advice.number,
        seller=_party(advice.seller),
        recipient=buyer,
        words=words,
    )
    packages = advice.packages
    handed_over = advice.despatched_on or advice.issue_date
    pairs = [
        ("issue_date", display.date(advice.issue_date)),
        ("delivered_on", display.date(handed_over)),
        ("order", advice.order_number),
        ("customer_number", advice.buyer.identifier(None)),
        ("carrier", advice.carrier),
        ("transport_document", advice.transport_document),
        ("packages", str(packages) if packages else None),
    ]
    place = advice.deliver_to
    intro = []
    if place and place.address and place.address != advice.buyer.address:
        lines = [place.name, *address_lines(place.address, "", display)]
        text = ", ".join(line.replace("\n", ", ") for line in lines if line)
        intro.append(f"{display.label('delivery_address')}{display.label('colon')}{text}")
    columns = ("position", "description", "order", "quantity")
    return {
        **data,
        "meta": [[display.label(key), value] for key, value in pairs if value],
        "barcode": code_128(advice.number),
        "intro": intro,
        "columns": [display.label(key) for key in columns],
        "lines": [_line(line, advice, display) for line in advice.lines],
        "small": list(mentions),
    }


def _line(line: DespatchLine, advice: DespatchAdvice, display: Display) -> dict[str, Any]:
    item = line.item
    details = [item.description]
    for key, code in (("item_number", item.seller_id), ("buyer_item_number", item.buyer_id)):
        details.append(f"{display.label(key)} {code}" if code else None)
    if line.package:
        details.append(f"SSCC {line.package}")
    order = line.order_number or advice.order_number or ""
    place = f"{display.label('line')} {line.order_line}" if line.order_line else ""
    said = [detail for detail in details if detail]
    return {
        "position": line.id,
        "name": item.name,
        "details": said,
        "tall": is_tall((item.name, *said)),
        "order": "\n".join(part for part in (order, place) if part),
        "quantity": f"{display.quantity(line.quantity)}\u00a0{display.unit(line.unit)}",
    }


def _party(party: TradeParty) -> Party:
    """A party as letters name it; one that sent nothing but its number is called by it."""
    number = party.identifiers[0].value if party.identifiers else ""
    return Party(
        name=party.name or number,
        address=party.address or Address(country=""),
        vat_id=party.vat_id,
        contact=party.contact,
    )
