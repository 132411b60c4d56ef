"""CII D16B parties: seller, buyer, payee, tax representative, place of delivery (BG-4 to BG-15).

Each block is written and read side by side. Paths follow the syntax binding CEN/TS 16931-3-3.
"""

from __future__ import annotations

from acquit.core.codecs.xml import Node, tag, tag_with, text_of, wrap
from acquit.core.documents.parties import (
    Address,
    Contact,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)


def write_address(address: Address) -> str:
    return "".join(
        (
            "<ram:PostalTradeAddress>",
            tag("ram:PostcodeCode", address.postcode),
            tag("ram:LineOne", address.street),
            tag("ram:LineTwo", address.street_2),
            tag("ram:LineThree", address.street_3),
            tag("ram:CityName", address.city),
            tag("ram:CountryID", address.country),
            tag("ram:CountrySubDivisionName", address.subdivision),
            "</ram:PostalTradeAddress>",
        )
    )


def read_address(node: Node, *, summary: bool = False) -> Address:
    country = node.text if summary else node.need
    return Address(
        country=country("CountryID") or "",
        street=node.text("LineOne"),
        street_2=node.text("LineTwo"),
        street_3=node.text("LineThree"),
        city=node.text("CityName"),
        postcode=node.text("PostcodeCode"),
        subdivision=node.text("CountrySubDivisionName"),
    )


def write_identifiers(identifiers: tuple[Identifier, ...]) -> str:
    """Identifiers without a scheme are ram:ID, those with one ram:GlobalID, in this order."""
    plain = "".join(tag("ram:ID", i.value) for i in identifiers if not i.scheme)
    schemed = (
        tag_with("ram:GlobalID", "schemeID", i.scheme, i.value) for i in identifiers if i.scheme
    )
    return plain + "".join(schemed)


def read_identifiers(node: Node) -> tuple[Identifier, ...]:
    elements = [*node.leaves("ID"), *node.leaves("GlobalID")]
    return tuple(
        Identifier(text, element.get("schemeID") or None)
        for element in elements
        if (text := text_of(element))
    )


def _write_organization(registration: Identifier | None, trading_name: str | None) -> str:
    number = (
        tag_with("ram:ID", "schemeID", registration.scheme, registration.value)
        if registration
        else ""
    )
    name = tag("ram:TradingBusinessName", trading_name)
    return wrap("ram:SpecifiedLegalOrganization", number, name)


def _read_registration(node: Node) -> Identifier | None:
    element = node.leaf("SpecifiedLegalOrganization", "ID")
    text = text_of(element)
    if element is None or text is None:
        return None
    return Identifier(text, element.get("schemeID") or None)


def write_party(name: str, party: Party) -> str:
    """ram:SellerTradeParty or ram:BuyerTradeParty."""
    electronic = party.electronic_address
    uri = (
        tag_with("ram:URIID", "schemeID", electronic.scheme, electronic.value) if electronic else ""
    )
    return "".join(
        (
            f"<{name}>",
            write_identifiers(party.identifiers),
            tag("ram:Name", party.name),
            tag("ram:Description", party.legal_information),
            _write_organization(party.legal_registration, party.trading_name),
            write_contact(party.contact),
            write_address(party.address),
            wrap("ram:URIUniversalCommunication", uri),
            write_tax("FC", party.tax_registration),
            write_tax("VA", party.vat_id),
            f"</{name}>",
        )
    )


def read_party(node: Node, *, summary: bool) -> Party:
    """The party; ``summary`` where a level is read that asks for no address."""
    registrations = read_taxes(node)
    uri = node.leaf("URIUniversalCommunication", "URIID")
    address = text_of(uri)
    return Party(
        name=node.need("Name"),
        address=read_address(node.at("PostalTradeAddress"), summary=summary),
        trading_name=node.text("SpecifiedLegalOrganization", "TradingBusinessName"),
        identifiers=read_identifiers(node),
        legal_registration=_read_registration(node),
        vat_id=registrations.get("VA"),
        tax_registration=registrations.get("FC"),
        legal_information=node.text("Description"),
        electronic_address=Identifier(address, uri.get("schemeID") or None)
        if uri is not None and address
        else None,
        contact=read_contact(node.at("DefinedTradeContact")),
    )


def read_taxes(node: Node) -> dict[str, str]:
    """The tax numbers by their scheme: VA is the VAT number, FC the local one."""
    found: dict[str, str] = {}
    for part in node.all("SpecifiedTaxRegistration"):
        element = part.leaf("ID")
        if element is not None and (text := text_of(element)):
            found[element.get("schemeID") or "VA"] = text
    return found


def write_tax(scheme: str, number: str | None) -> str:
    if not number:
        return ""
    identifier = tag_with("ram:ID", "schemeID", scheme, number)
    return wrap("ram:SpecifiedTaxRegistration", identifier)


def write_contact(contact: Contact | None) -> str:
    if contact is None:
        return ""
    phone = tag("ram:CompleteNumber", contact.phone)
    return wrap(
        "ram:DefinedTradeContact",
        tag("ram:PersonName", contact.name),
        wrap("ram:TelephoneUniversalCommunication", phone),
        wrap("ram:EmailURIUniversalCommunication", tag("ram:URIID", contact.email)),
    )


def read_contact(node: Node) -> Contact | None:
    contact = Contact(
        name=node.text("PersonName") or node.text("DepartmentName"),
        phone=node.text("TelephoneUniversalCommunication", "CompleteNumber"),
        email=node.text("EmailURIUniversalCommunication", "URIID"),
    )
    return None if contact == Contact() else contact


def write_payee(payee: Payee | None) -> str:
    if payee is None:
        return ""
    return wrap(
        "ram:PayeeTradeParty",
        write_identifiers((payee.identifier,) if payee.identifier else ()),
        tag("ram:Name", payee.name),
        _write_organization(payee.legal_registration, None),
    )


def read_payee(node: Node) -> Payee | None:
    if not node:
        return None
    identifiers = read_identifiers(node)
    return Payee(
        node.need("Name"), identifiers[0] if identifiers else None, _read_registration(node)
    )


def write_tax_representative(representative: TaxRepresentative | None) -> str:
    if representative is None:
        return ""
    return wrap(
        "ram:SellerTaxRepresentativeTradeParty",
        tag("ram:Name", representative.name),
        write_address(representative.address),
        write_tax("VA", representative.vat_id),
    )


def read_tax_representative(node: Node) -> TaxRepresentative | None:
    if not node:
        return None
    return TaxRepresentative(
        name=node.need("Name"),
        vat_id=node.need("SpecifiedTaxRegistration", "ID"),
        address=read_address(node.at("PostalTradeAddress")),
    )
