"""UBL 2.1 parties: seller, buyer, payee, tax representative, place of delivery (BG-4 to BG-15).

Each block is written and read side by side. Paths follow the syntax binding CEN/TS 16931-3-2.
"""

from __future__ import annotations

from acquit.core.codecs.xml import Node, tag, tag_with, text_of, wrap
from acquit.core.documents.parties import (
    Address,
    Contact,
    DeliveryInformation,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)

# The scheme under which UBL hides the bank's creditor identifier (BT-90) among the identifiers.
CREDITOR_SCHEME = "SEPA"
VAT_SCHEME = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"


def write_address(name: str, address: Address) -> str:
    third = wrap("cac:AddressLine", tag("cbc:Line", address.street_3))
    return (
        f"<{name}>{tag('cbc:StreetName', address.street)}"
        f"{tag('cbc:AdditionalStreetName', address.street_2)}"
        f"{tag('cbc:CityName', address.city)}{tag('cbc:PostalZone', address.postcode)}"
        f"{tag('cbc:CountrySubentity', address.subdivision)}{third}"
        f"{wrap('cac:Country', tag('cbc:IdentificationCode', address.country))}</{name}>"
    )


def read_address(node: Node, *, country_needed: bool = True) -> Address:
    country = node.need if country_needed else node.text
    return Address(
        country=country("Country", "IdentificationCode") or "",
        street=node.text("StreetName"),
        street_2=node.text("AdditionalStreetName"),
        street_3=node.text("AddressLine", "Line"),
        city=node.text("CityName"),
        postcode=node.text("PostalZone"),
        subdivision=node.text("CountrySubentity"),
    )


def identifier(name: str, value: Identifier | None) -> str:
    return tag_with(name, "schemeID", value.scheme, value.value) if value else ""


def read_identifier(node: Node, *path: str) -> Identifier | None:
    element = node.leaf(*path)
    text = text_of(element)
    if element is None or text is None:
        return None
    return Identifier(text, element.get("schemeID") or None)


def write_party(role: str, party: Party, *, creditor: str | None) -> str:
    """cac:AccountingSupplierParty or cac:AccountingCustomerParty; ``creditor`` is BT-90."""
    identifiers = party.identifiers + ((Identifier(creditor, CREDITOR_SCHEME),) if creditor else ())
    vat = wrap("cac:PartyTaxScheme", tag("cbc:CompanyID", party.vat_id))
    local_tax = tag("cbc:CompanyID", party.tax_registration)
    return "".join(
        (
            f"<{role}><cac:Party>",
            identifier("cbc:EndpointID", party.electronic_address),
            *(wrap("cac:PartyIdentification", identifier("cbc:ID", i)) for i in identifiers),
            wrap("cac:PartyName", tag("cbc:Name", party.trading_name)),
            write_address("cac:PostalAddress", party.address),
            vat.replace("</cac:PartyTaxScheme>", VAT_SCHEME + "</cac:PartyTaxScheme>"),
            f"<cac:PartyTaxScheme>{local_tax}<cac:TaxScheme><cbc:ID>TAX</cbc:ID></cac:TaxScheme>"
            "</cac:PartyTaxScheme>"
            if local_tax
            else "",
            "<cac:PartyLegalEntity>",
            tag("cbc:RegistrationName", party.name),
            identifier("cbc:CompanyID", party.legal_registration),
            tag("cbc:CompanyLegalForm", party.legal_information),
            "</cac:PartyLegalEntity>",
            write_contact(party.contact),
            f"</cac:Party></{role}>",
        )
    )


def read_party(node: Node) -> tuple[Party, str | None]:
    """The party, and the creditor identifier (BT-90) that was found among its identifiers."""
    trading_name = node.text("PartyName", "Name")
    name = node.text("PartyLegalEntity", "RegistrationName")
    # Some senders give one name only, and give it as the trading name.
    if name is None:
        name, trading_name = trading_name, None
    if name is None:
        node.source.fault("missing", "the party has no name", node.element)
    identifiers, creditor = _read_identifiers(node)
    vat_id, tax_registration = read_tax_schemes(node)
    party = Party(
        name=name or "",
        address=read_address(node.at("PostalAddress")),
        trading_name=trading_name,
        identifiers=identifiers,
        legal_registration=read_identifier(node, "PartyLegalEntity", "CompanyID"),
        vat_id=vat_id,
        tax_registration=tax_registration,
        legal_information=node.text("PartyLegalEntity", "CompanyLegalForm"),
        electronic_address=read_identifier(node, "EndpointID"),
        contact=read_contact(node.at("Contact")),
    )
    return party, creditor


def _read_identifiers(node: Node) -> tuple[tuple[Identifier, ...], str | None]:
    found = [read_identifier(part, "ID") for part in node.all("PartyIdentification")]
    creditors = [i.value for i in found if i and i.scheme == CREDITOR_SCHEME]
    others = tuple(i for i in found if i and i.scheme != CREDITOR_SCHEME)
    return others, creditors[0] if creditors else None


def read_tax_schemes(node: Node) -> tuple[str | None, str | None]:
    vat_id = tax_registration = None
    for scheme in node.all("PartyTaxScheme"):
        number = scheme.text("CompanyID")
        if scheme.text("TaxScheme", "ID") == "VAT":
            vat_id = number
        else:
            tax_registration = number
    return vat_id, tax_registration


def write_contact(contact: Contact | None) -> str:
    if contact is None:
        return ""
    return wrap(
        "cac:Contact",
        tag("cbc:Name", contact.name),
        tag("cbc:Telephone", contact.phone),
        tag("cbc:ElectronicMail", contact.email),
    )


def read_contact(node: Node) -> Contact | None:
    contact = Contact(node.text("Name"), node.text("Telephone"), node.text("ElectronicMail"))
    return None if contact == Contact() else contact


def write_payee(payee: Payee | None) -> str:
    if payee is None:
        return ""
    return wrap(
        "cac:PayeeParty",
        wrap("cac:PartyIdentification", identifier("cbc:ID", payee.identifier)),
        wrap("cac:PartyName", tag("cbc:Name", payee.name)),
        wrap("cac:PartyLegalEntity", identifier("cbc:CompanyID", payee.legal_registration)),
    )


def read_payee(node: Node) -> tuple[Payee | None, str | None]:
    """The payee, and the creditor identifier (BT-90) that may stand with it."""
    if not node:
        return None, None
    identifiers, creditor = _read_identifiers(node)
    registration = read_identifier(node, "PartyLegalEntity", "CompanyID")
    name = node.text("PartyName", "Name")
    if name is None and creditor:
        return None, creditor
    if name is None:
        node.source.fault("missing", "the payee has no name", node.element)
    return Payee(name or "", identifiers[0] if identifiers else None, registration), creditor


def write_tax_representative(representative: TaxRepresentative | None) -> str:
    if representative is None:
        return ""
    return (
        "<cac:TaxRepresentativeParty><cac:PartyName>"
        f"{tag('cbc:Name', representative.name)}</cac:PartyName>"
        f"{write_address('cac:PostalAddress', representative.address)}"
        f"<cac:PartyTaxScheme>{tag('cbc:CompanyID', representative.vat_id)}{VAT_SCHEME}"
        "</cac:PartyTaxScheme></cac:TaxRepresentativeParty>"
    )


def read_tax_representative(node: Node) -> TaxRepresentative | None:
    if not node:
        return None
    representative = TaxRepresentative(
        name=node.need("PartyName", "Name"),
        vat_id=node.need("PartyTaxScheme", "CompanyID"),
        address=read_address(node.at("PostalAddress")),
    )
    node.text("PartyTaxScheme", "TaxScheme", "ID")
    return representative


def write_delivery(delivery: DeliveryInformation | None) -> str:
    if delivery is None:
        return ""
    day = delivery.delivered_on
    return wrap(
        "cac:Delivery",
        tag("cbc:ActualDeliveryDate", day.isoformat() if day else None),
        wrap(
            "cac:DeliveryLocation",
            identifier("cbc:ID", delivery.location),
            write_address("cac:Address", delivery.address) if delivery.address else "",
        ),
        wrap("cac:DeliveryParty", wrap("cac:PartyName", tag("cbc:Name", delivery.name))),
    )


def read_delivery(node: Node) -> DeliveryInformation | None:
    address = node.at("DeliveryLocation", "Address")
    delivery = DeliveryInformation(
        name=node.text("DeliveryParty", "PartyName", "Name"),
        location=read_identifier(node, "DeliveryLocation", "ID"),
        delivered_on=node.date("ActualDeliveryDate"),
        address=read_address(address) if address else None,
    )
    return None if delivery == DeliveryInformation() else delivery
