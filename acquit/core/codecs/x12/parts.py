"""What many transaction sets write and read alike: days, names, own references, N2 amounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from acquit.core.codecs.edi.characters import pieces
from acquit.core.codecs.edi.envelope import GLN
from acquit.core.codecs.edi.segments import Node, read_day
from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.writing import CannotWrite
from acquit.core.codecs.x12.codes import (
    BY_BUYER,
    BY_SELLER,
    SCHEMES,
    UNITS,
)
from acquit.core.codecs.x12.syntax import Body, Value
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.faults import Fault
from acquit.core.money import Money

# Element 128 "mutually defined": what X12 has no code for is named by its business term in REF02,
# with its value in REF03.
OWN = "ZZ"
VAT_NUMBER, TAX_NUMBER = "VX", "TJ"
SELLER, BUYER, SHIP_TO, PAYEE = "SE", "BY", "ST", "PE"
# Elements 93, 19 and 352 of release 4010. What is longer goes on in own references.
_NAME_SIZE, _CITY_SIZE, _REFERENCE_SIZE = 60, 30, 80
_NAME_TERM, _CITY_TERM = "BT-27", "BT-37"
_BY_SCHEME = {scheme: code for code, scheme in SCHEMES.items()}


class Draft:
    """The segments of a set on the way out; values that do not fit are collected as faults."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.body: Body = []
        self.faults: list[Fault] = []

    def add(self, tag: str, *values: Value) -> None:
        self.body.append((tag, values))

    def refuse(self, code: str, message: str, place: str, fix: str) -> None:
        self.faults.append(Fault(f"x12.{code}", message, place, fix=fix))

    def day(self, qualifier: str, day: date | None) -> None:
        if day is not None:
            self.add("DTM", qualifier, f"{day:%Y%m%d}")

    def reference(self, qualifier: str, value: str | None) -> None:
        if value:
            self.add("REF", qualifier, value)

    def own(self, term: str, value: str | None, scheme: str | None = None) -> None:
        if value:
            self.add("REF", OWN, f"{term} {scheme}" if scheme else term, value)

    def own_text(self, term: str, value: str | None) -> None:
        """A text of any length, in as many own references as it takes."""
        for piece in self.cut(value or "", _REFERENCE_SIZE, 20, term):
            self.own(term, piece)

    def cut(self, text: str, size: int, most: int, place: str) -> list[str]:
        found = pieces(text, size, most)
        if found is None:
            message = f"{text[:60]!r} has {len(text)} characters, about {size * most} fit"
            self.refuse("too_long", message, place, "shorten it, or send another syntax")
        return found or []

    def cents(self, amount: Money, place: str) -> str:
        """An amount of type N2: two decimals are implied whatever the currency has."""
        hundred = amount.decimal * 100
        if hundred != hundred.to_integral_value():
            message = f"{amount} has more than the two decimals of X12"
            self.refuse("decimals", message, place, "send another syntax")
        return str(int(hundred))

    def unit(self, unit: str, place: str) -> str:
        code = UNITS.get(unit)
        if code is None:
            message = f"the unit {unit} has no code in X12"
            self.refuse("unit", message, place, f"use one of {', '.join(UNITS)}")
        return code or ""

    def finish(self) -> Body:
        if self.faults:
            raise CannotWrite(self.faults)
        return self.body


def figure(value: Decimal | Money) -> str:
    return decimal_text(value.decimal if isinstance(value, Money) else value)


def read_cents(node: Node, element: int, currency: str) -> Money | None:
    """An amount of type N2. A decimal point in it is wrong but clear, and taken as written."""
    text = node.get(element)
    if text is None:
        return None
    value = node.decimal(element)
    if value is None:
        return None
    return node.as_money(value if "." in text else value.scaleb(-2), currency)


def read_date(node: Node | None, element: int) -> date | None:
    if node is None:
        return None
    text = node.get(element)
    if text is None:
        return None
    day = read_day(text)
    if day is None:
        node.fault("date", f"{text[:40]!r} is not a day")
    return day


def read_days(parent: Node, *qualifiers: str) -> date | None:
    for qualifier in qualifiers:
        node = parent.first("DTM", qualifier)
        if node is not None:
            node.skip(3, 4, 5)
            return read_date(node, 2)
    return None


def read_reference(parent: Node, *qualifiers: str) -> str | None:
    for qualifier in qualifiers:
        node = parent.first("REF", qualifier)
        if node is not None and (value := node.get(2)):
            return value
    return None


def own_references(parent: Node, term: str) -> Iterator[tuple[str, str | None]]:
    """Value and scheme of each own reference with this business term."""
    for node in parent.all("REF"):
        name, _, scheme = node.segment.get(2).partition(" ")
        if node.segment.get(1) == OWN and name == term and node.segment.get(3):
            node.skip(1, 2, 3)
            yield node.segment.get(3), scheme or None


def own_reference(parent: Node, term: str) -> str | None:
    return next((value for value, _ in own_references(parent, term)), None)


def own_text(parent: Node, term: str) -> str | None:
    """The text of all own references with this business term."""
    return " ".join(value for value, _ in own_references(parent, term)) or None


def own_identifier(parent: Node, term: str) -> Identifier | None:
    return next((Identifier(value, scheme) for value, scheme in own_references(parent, term)), None)


def write_party(
    draft: Draft,
    role: str,
    *,
    name: str | None,
    address: Address | None,
    identifiers: tuple[Identifier, ...],
    trading_name: str | None = None,
) -> tuple[Identifier, ...]:
    """The N1 loop of a party up to N4; returns the identifiers that found no place in it."""
    first = next((i for i in identifiers if i.scheme == GLN), None) or next(
        (i for i in identifiers if not i.scheme or i.scheme in _BY_SCHEME), None
    )
    qualifier = ""
    if first is not None:
        unlisted = BY_SELLER if role == BUYER else BY_BUYER
        qualifier = _BY_SCHEME.get(first.scheme or "", unlisted)
    short, rest_of_name = _split(name, _NAME_SIZE)
    draft.add("N1", role, short, qualifier, first.value if first else None)
    if trading_name:
        draft.add("N2", trading_name)
    if address is not None:
        city, rest_of_city = _split(address.city, _CITY_SIZE)
        _write_address(draft, address, city)
        draft.own_text(_CITY_TERM, rest_of_city)
    draft.own_text(_NAME_TERM, rest_of_name)
    return tuple(i for i in identifiers if i is not first)


def _split(text: str | None, size: int) -> tuple[str | None, str | None]:
    """What of a text an element holds, cut at a space that joining restores, and the rest."""
    if text is None or len(text) <= size:
        return text, None
    cut = text.rfind(" ", 1, size + 1)
    return (text[:cut], text[cut + 1 :]) if cut > 0 else (text[:size], text[size:])


def _write_address(draft: Draft, address: Address, city: str | None) -> None:
    lines = [line for line in (address.street, address.street_2, address.street_3) if line]
    for start in range(0, len(lines), 2):
        draft.add("N3", *lines[start : start + 2])
    state = address.subdivision or ""
    short = len(state) == 2
    draft.add(
        "N4",
        city,
        state if short else "",
        address.postcode,
        address.country,
        "SP" if state and not short else "",
        state if not short else "",
    )


def write_identity(draft: Draft, party: Party, rest: tuple[Identifier, ...]) -> None:
    draft.reference(VAT_NUMBER, party.vat_id)
    draft.reference(TAX_NUMBER, party.tax_registration)
    register, electronic = party.legal_registration, party.electronic_address
    if register:
        draft.own("BT-30", register.value, register.scheme)
    draft.own_text("BT-33", party.legal_information)
    for further in rest:
        draft.own("BT-29", further.value, further.scheme)
    if electronic:
        draft.own("BT-34", electronic.value, electronic.scheme)
    contact = party.contact
    if contact is not None:
        channels = [("TE", contact.phone), ("EM", contact.email)]
        filled = [part for kind, value in channels if value for part in (kind, value)]
        draft.add("PER", "IC", contact.name, *filled)


def read_party(node: Node) -> Party:
    identifiers = list(filter(None, [read_identifier(node)]))
    identifiers += [Identifier(value, scheme) for value, scheme in own_references(node, "BT-29")]
    more = node.first("N2")
    return Party(
        name=" ".join(filter(None, (node.get(2), own_text(node, _NAME_TERM)))),
        trading_name=more.get(1) if more else None,
        address=read_address(node) or Address(""),
        identifiers=tuple(identifiers),
        legal_registration=own_identifier(node, "BT-30"),
        vat_id=read_reference(node, VAT_NUMBER),
        tax_registration=read_reference(node, TAX_NUMBER),
        legal_information=own_text(node, "BT-33"),
        electronic_address=own_identifier(node, "BT-34"),
        contact=_read_contact(node),
    )


def read_identifier(node: Node) -> Identifier | None:
    node.get(1)
    qualifier, value = node.get(3), node.get(4)
    return Identifier(value, SCHEMES.get(qualifier or "")) if value else None


def read_address(node: Node) -> Address | None:
    lines = [text for n in node.all("N3") for i in (1, 2) if (text := n.get(i))]
    place = node.first("N4")
    state = country = city = postcode = None
    if place is not None:
        city, state, postcode, country = (place.get(i) for i in (1, 2, 3, 4))
        if place.segment.get(5) == "SP":
            place.get(5)
            state = state or place.get(6)
    third = " ".join(lines[2:]) or None
    address = Address(
        country=country or "",
        street=lines[0] if lines else None,
        street_2=lines[1] if len(lines) > 1 else None,
        street_3=third,
        city=" ".join(filter(None, (city, own_text(node, _CITY_TERM)))) or None,
        postcode=postcode,
        subdivision=state,
    )
    return None if address == Address("") else address


def _read_contact(node: Node) -> Contact | None:
    found = node.first("PER")
    if found is None:
        return None
    found.get(1)
    channels: dict[str, str] = {}
    for element in (3, 5, 7):
        kind, value = found.segment.get(element), found.segment.get(element + 1)
        if kind in ("TE", "EM") and value and kind not in channels:
            found.skip(element, element + 1)
            channels[kind] = value
    return Contact(found.get(2), channels.get("TE"), channels.get("EM"))
