"""What the UBL 2.1 messages about trade write and read alike: root, parties, lines, periods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.ubl.header import read_note, write_note
from acquit.core.codecs.ubl.lines import read_price, write_price
from acquit.core.codecs.ubl.parties import (
    VAT_SCHEME,
    identifier,
    read_address,
    read_contact,
    read_identifier,
    read_tax_schemes,
    write_address,
    write_contact,
)
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.xml import Node, Source, escape, tag, text_of, wrap
from acquit.core.documents.amounts import Price
from acquit.core.documents.invoice import Note
from acquit.core.documents.trade import TradeParty

T = TypeVar("T")
NAME = "ubl"
VERSIONS = ("2.1",)
COMMON = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
# UBL demands a number in some places where nothing has one: the placeholder of Peppol.
NOTHING = "NA"
ONE = "C62"  # UN/ECE Recommendation 20: where no unit is told
ZERO = Decimal(0)
_UNREAD_MAX = 50


def namespace(kind: str) -> str:
    return f"urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"


def write_message(
    *,
    document: Any,
    kind: str,
    content: tuple[str, ...],
    build: Callable[[Node], Any],
    loses: Mapping[str, str],
) -> Written:
    """The message with what it loses, found by reading it again with ``build``."""
    try:
        text = f'<{kind} xmlns="{namespace(kind)}" {COMMON}>{"".join(content)}</{kind}>'
        data = xml.encode(text)
    except xml.NotXml as refusal:
        raise CannotWrite(refusal.faults) from None
    root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    reading = read_root(root, build)
    return checked(name=NAME, document=document, data=data, reading=reading, loses=loses)


def read_root(root: etree._Element, build: Callable[[Node], T]) -> Reading[T]:
    """The document ``build`` makes of a parsed message; the faults say what is wrong or unread."""
    source = Source(NAME)
    node = Node(root, source)
    source.currency = _currency(node, root)
    if source.faults:
        return Reading(None, tuple(source.faults))
    document = build(node)
    for name in ("UBLVersionID", "CustomizationID", "ProfileID", "LineCountNumeric"):
        node.text(name)
    fatal = bool(source.faults)
    source.report_unread(_UNREAD_MAX)
    return Reading(None if fatal else document, tuple(source.faults))


def _currency(node: Node, root: etree._Element) -> str:
    """The currency of the document, which some leave to the first amount to say."""
    told = xml.read_currency(node, "DocumentCurrencyCode")
    if told or node.source.faults:
        return told or ""
    return next((e.get("currencyID", "") for e in root.iter() if e.get("currencyID")), "")


def head(number: str | None, issued_on: date | None, *ids: str) -> str:
    """CustomizationID and ProfileID, where the message has them, number and day."""
    names = ("cbc:CustomizationID", "cbc:ProfileID")
    known = "".join(tag(name, value) for name, value in zip(names, ids, strict=False))
    return known + tag("cbc:ID", number) + day("cbc:IssueDate", issued_on)


def day(name: str, value: date | None) -> str:
    return tag(name, value.isoformat() if value else None)


def need_day(node: Node, name: str) -> date:
    found = node.date(name)
    if found is None:
        node.source.fault("missing", f"{name} is missing", node.element)
    return found or xml.NO_DATE


def write_notes(notes: tuple[Note, ...]) -> str:
    return "".join(write_note(note) for note in notes)


def read_notes(node: Node) -> tuple[Note, ...]:
    return tuple(read_note(text) for part in node.leaves("Note") if (text := text_of(part)))


def read_words(node: Node) -> str | None:
    """The notes of a line as one text."""
    return " ".join(text for part in node.leaves("Note") if (text := text_of(part))) or None


def write_party(name: str, party: TradeParty, *, endpoint: bool = False) -> str:
    """The party under ``name``; its first identifier of a scheme is also where it is reached."""
    reached = next((i for i in party.identifiers if i.scheme), None) if endpoint else None
    vat = tag("cbc:CompanyID", party.vat_id)
    return wrap(
        name,
        identifier("cbc:EndpointID", reached),
        *(wrap("cac:PartyIdentification", identifier("cbc:ID", i)) for i in party.identifiers),
        wrap("cac:PartyName", tag("cbc:Name", party.name)),
        write_address("cac:PostalAddress", party.address) if party.address else "",
        f"<cac:PartyTaxScheme>{vat}{VAT_SCHEME}</cac:PartyTaxScheme>" if vat else "",
        write_contact(party.contact),
    )


def read_party(node: Node) -> TradeParty | None:
    """The party; an address to reach it by that is none of its identifiers becomes one."""
    if not node:
        return None
    found = [read_identifier(part, "ID") for part in node.all("PartyIdentification")]
    identifiers = [i for i in found if i]
    endpoint = read_identifier(node, "EndpointID")
    if endpoint and endpoint not in identifiers:
        identifiers.append(endpoint)
    legal = node.text("PartyLegalEntity", "RegistrationName")
    name = node.text("PartyName", "Name")
    address = node.at("PostalAddress")
    vat_id, _ = read_tax_schemes(node)
    return TradeParty(
        name=name or legal,
        identifiers=tuple(identifiers),
        address=read_address(address, country_needed=False) if address else None,
        vat_id=vat_id,
        contact=read_contact(node.at("Contact")),
    )


def role(name: str, party: TradeParty | None, *, endpoint: bool = True) -> str:
    """A role around its party: UBL wants the buyer and the seller even when nothing is known."""
    if party is None:
        return ""
    inner = write_party("cac:Party", party, endpoint=endpoint)
    return f"<cac:{name}>{inner}</cac:{name}>"


def read_role(node: Node, *names: str) -> TradeParty | None:
    """The party in the first of the roles that is there."""
    for name in names:
        found = node.at(name)
        if found:
            return read_party(found.at("Party")) or TradeParty()
    return None


def write_place(place: TradeParty) -> str:
    """cac:DeliveryLocation with number and address of the place."""
    first = place.identifiers[0] if place.identifiers else None
    address = write_address("cac:Address", place.address) if place.address else ""
    return wrap("cac:DeliveryLocation", identifier("cbc:ID", first), address)


def read_place(location: Node, party: Node) -> TradeParty | None:
    """The place of delivery, of what its location and its party say together."""
    known = read_party(party) or TradeParty()
    number = read_identifier(location, "ID")
    name = location.text("Name")
    address = location.at("Address")
    identifiers = known.identifiers
    if number and number not in identifiers:
        identifiers = (number, *identifiers)
    place = TradeParty(
        name=known.name or name,
        identifiers=identifiers,
        address=read_address(address, country_needed=False) if address else known.address,
        vat_id=known.vat_id,
        contact=known.contact,
    )
    return None if place == TradeParty() else place


def write_period(name: str, last: date | None) -> str:
    return wrap(name, day("cbc:EndDate", last))


def read_period(node: Node) -> date | None:
    """The last day of a period; another first day stays unread, and is reported."""
    last = node.date("EndDate")
    first = text_of(node.element.find("{*}StartDate")) if node.element is not None else None
    if last is None or first == last.isoformat():
        last = node.date("StartDate") or last
    return last


def quantity(name: str, value: Decimal | None, unit: str) -> str:
    if value is None:
        return ""
    return f'<{name} unitCode="{escape(unit)}">{decimal_text(value)}</{name}>'


def read_quantity(node: Node, *names: str) -> tuple[Decimal | None, str | None]:
    """The first of the quantities that is there, with its unit."""
    for name in names:
        element = node.leaf(name)
        if element is not None:
            return node.number(element), element.get("unitCode") or None
    return None, None


def write_line_price(price: Price | None, currency: str | None) -> str:
    if price is None:
        return ""
    if not currency:
        message = "a price needs the currency of the document"
        raise CannotWrite.because("ubl.currency", message, fix="name it")
    return write_price(price, currency)


def read_line_price(node: Node) -> Price | None:
    price = node.at("Price")
    return read_price(price) if price else None
