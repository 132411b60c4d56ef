"""Parties in EDIFACT: NAD with its accounts, references and contacts. Written and read here."""

from __future__ import annotations

from acquit.core.codecs.edi.characters import pieces
from acquit.core.codecs.edi.envelope import GLN
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact.parts import OTHER, Draft, other_reference
from acquit.core.documents.invoice import CreditTransfer
from acquit.core.documents.parties import Address, Contact, Identifier, Party

# UNCL 3035 and UNCL 3055.
SELLER, BUYER, DELIVERY, PAYEE, TAX_REPRESENTATIVE = "SU", "BY", "DP", "PE", "LC"
_GS1, _BY_SELLER, _BY_BUYER = "9", "91", "92"
# UNCL 1153: VAT number, local tax number, company register; and the further identification of
# EANCOM, by its release.
_VAT, _FISCAL, _REGISTER = "VA", "FC", "XA"
_FURTHER = {"D96A": "API", "D01B": "YC1"}
_ADDRESS_TERM = "EAS"  # the list of electronic addresses, with the scheme behind it

_REGION_SIZE = 9  # element 3229; a name that is longer is left out, and told


def write_party(
    draft: Draft,
    role: str,
    *,
    name: str | None,
    address: Address | None,
    identifiers: tuple[Identifier, ...],
) -> tuple[Identifier, ...]:
    """The NAD of a party; returns the identifiers that found no place in it."""
    first = next((i for i in identifiers if i.scheme == GLN), None)
    agency = _GS1
    if first is None:
        fits = 35 if draft.directory.wide else 17
        first = next((i for i in identifiers if not i.scheme and len(i.value) <= fits), None)
        agency = _BY_SELLER if role == BUYER else _BY_BUYER
    names = draft.cut(name or "", 35, 5, f"name of {role}", per=5)
    streets = _streets(draft, address, role)
    region = (address.subdivision or "") if address else ""
    draft.add(
        "NAD",
        role,
        (first.value, "", agency) if first else "",
        "",
        names[0] if names else "",
        streets,
        address.city if address else "",
        region if len(region) <= _REGION_SIZE else "",
        address.postcode if address else "",
        address.country if address else "",
    )
    return tuple(i for i in identifiers if i is not first)


def _streets(draft: Draft, address: Address | None, role: str) -> list[str]:
    if address is None:
        return []
    lines = [address.street or "", address.street_2 or "", address.street_3 or ""]
    most = 4 if draft.directory.wide else 3
    if all(len(line) <= 35 for line in lines):
        return lines
    cut: list[str] = []
    for line in filter(None, lines):
        cut += pieces(line, 35, 9) or [line]
    if len(cut) > most:
        draft.cut(" ".join(cut), 35, most, f"street of {role}", per=most)
    return cut


def write_identity(draft: Draft, party: Party, rest: tuple[Identifier, ...]) -> None:
    """The references of a party, and its contact."""
    draft.reference(_VAT, party.vat_id)
    draft.reference(_FISCAL, party.tax_registration)
    if party.legal_registration:
        register = party.legal_registration
        draft.reference(_REGISTER, register.value, term=register.scheme or "")
    for further in rest:
        draft.reference(_FURTHER[draft.directory.name], further.value, term=further.scheme or "")
    if party.electronic_address:
        scheme = f"{_ADDRESS_TERM} {party.electronic_address.scheme or ''}".strip()
        draft.reference(OTHER, party.electronic_address.value, term=scheme)
    contact = party.contact
    if contact is not None:
        draft.add("CTA", "IC", ("", contact.name or ""))
        if contact.phone:
            draft.add("COM", (contact.phone, "TE"))
        if contact.email:
            draft.add("COM", (contact.email, "EM"))


def write_account(draft: Draft, account: CreditTransfer) -> bool:
    """The account of the seller, where its number fits; whether it was written."""
    if len(account.account) > (35 if draft.directory.wide else 17):
        return False
    holder = draft.cut(account.account_name or "", 35, 2, "account name", per=2)
    bank = (account.bank_id, "25", "5") if account.bank_id else ""
    draft.add("FII", "RB", (account.account, *(holder[0] if holder else ())), bank)
    return True


def read_party(node: Node) -> Party:
    """The party of an NAD. What is missing is empty: many send nothing but a GLN."""
    identifiers = list(filter(None, [read_identifier(node)]))
    register: Identifier | None = None
    vat_id = fiscal = None
    for reference in node.all("RFF"):
        kind, value = reference.segment.get(1), reference.segment.get(1, 2)
        if not value or kind not in (_VAT, _FISCAL, _REGISTER, "GN", *_FURTHER.values()):
            continue
        reference.skip(1)
        scheme = reference.segment.get(1, 4) or None
        if kind == _VAT:
            vat_id = value
        elif kind == _FISCAL:
            fiscal = value
        elif kind in _FURTHER.values():
            identifiers.append(Identifier(value, scheme))
        else:
            register = Identifier(value, scheme)
    return Party(
        name=read_name(node) or "",
        address=read_address(node) or Address(""),
        identifiers=tuple(identifiers),
        legal_registration=register,
        vat_id=vat_id,
        tax_registration=fiscal,
        electronic_address=_read_electronic(node),
        contact=read_contact(node),
    )


def read_identifier(node: Node) -> Identifier | None:
    node.get(1)
    value = node.get(2)
    agency = node.get(2, 3)
    node.skip(2)
    return Identifier(value, GLN if agency == _GS1 else None) if value else None


def read_name(node: Node) -> str | None:
    """The name, from the structured or the unstructured element."""
    structured = " ".join(node.texts(4, 1, 5))
    return structured or " ".join(node.texts(3)) or None


def read_address(node: Node) -> Address | None:
    streets = [node.get(5, i) for i in (1, 2, 3, 4)]
    third = " ".join(filter(None, streets[2:])) or None
    address = Address(
        country=node.get(9) or "",
        street=streets[0],
        street_2=streets[1],
        street_3=third,
        city=node.get(6),
        postcode=node.get(8),
        subdivision=node.get(7),
    )
    return None if address == Address("") else address


def _read_electronic(node: Node) -> Identifier | None:
    found = other_reference(node, _ADDRESS_TERM)
    if found is None:
        return None
    value = found.get(1, 2)
    scheme = found.segment.get(1, 4).partition(" ")[2]
    return Identifier(value, scheme or None) if value else None


def read_contact(node: Node) -> Contact | None:
    found = node.first("CTA")
    if found is None:
        return None
    found.get(1)
    by_kind: dict[str, str] = {}
    for channel in found.all("COM"):
        kind = channel.segment.get(1, 2)
        if kind in ("TE", "EM") and kind not in by_kind:
            channel.skip(1)
            by_kind[kind] = channel.segment.get(1)
    name = found.get(2, 2)
    return Contact(name or found.get(2, 1), by_kind.get("TE"), by_kind.get("EM"))


def read_accounts(node: Node) -> tuple[CreditTransfer, ...]:
    accounts = []
    for bank in node.find("FII", "RB", "BF", "BE"):
        account = bank.get(2)
        if account:
            holder = " ".join(bank.texts(2, 2, 3)) or None
            accounts.append(CreditTransfer(account, holder, bank.get(3)))
            bank.skip(3)
    return tuple(accounts)
