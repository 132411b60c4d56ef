"""What the templates of all papers need: parties as lines of text, footer, labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from acquit.core.codecs.pdf.branding import Branding
from acquit.core.codecs.pdf.display import Display
from acquit.core.documents.parties import Address, Party
from acquit.core.looks import Words
from acquit.core.money import Money

_LINE = 40  # characters in a line of the narrowest description
_TALL = 25  # lines of a row that stays whole; a page has about twice as many
# Registers that are known by their own name in every language, by ISO 6523 scheme.
REGISTERS = {"0002": "SIREN", "0009": "SIRET"}


def frame(
    *,
    display: Display,
    branding: Branding,
    title: str,
    number: str,
    seller: Party,
    recipient: Party,
    words: Words,
) -> dict[str, Any]:
    """The part of the data that every paper has."""
    home = seller.address.country
    sender = [seller.name, *address_lines(seller.address, home, display)]
    return {
        "language": display.language,
        "labels": display.labels,
        "accent": branding.ink,
        "design": branding.design,
        "paper": branding.paper,
        "logo": branding.logo_svg(),
        "title": title,
        "number": number,
        "seller": {"name": seller.name, "sender": " · ".join(sender).replace("\n", " · ")},
        "recipient": [
            recipient.name,
            *_person(recipient),
            *address_lines(recipient.address, home, display),
        ],
        "footer": _footer(seller, branding, display),
        "opening_words": list(words.opening),
        "closing_words": list(words.closing),
    }


def address_lines(address: Address, home: str, display: Display) -> list[str]:
    """The postal lines; the country is named only where it is another one than ``home``."""
    lines = [address.street, address.street_2, address.street_3, _town(address)]
    if address.country != home:
        lines.append(display.country(address.country).upper())
    return [line for line in lines if line]


def _town(address: Address) -> str:
    """City and postcode in the order of the country; county codes are not part of an address."""
    city, postcode, county = address.city, address.postcode, address.subdivision
    if address.country in ("US", "CA", "AU"):
        region = " ".join(part for part in (county, postcode) if part)
        return ", ".join(part for part in (city, region) if part)
    if address.country in ("GB", "IE"):
        return "\n".join(part for part in (city, postcode) if part)
    return " ".join(part for part in (postcode, city) if part)


def _person(party: Party) -> list[str]:
    return [party.contact.name] if party.contact and party.contact.name else []


def _footer(seller: Party, branding: Branding, display: Display) -> list[list[str]]:
    """Up to three columns: address, contact, identifiers; the company's own lines last."""
    home = seller.address.country
    address = [seller.name, *address_lines(seller.address, home, display)]
    contact = []
    if seller.contact:
        if seller.contact.phone:
            contact.append(f"{display.label('phone')} {seller.contact.phone}")
        if seller.contact.email:
            contact.append(seller.contact.email)
    ids = []
    if seller.vat_id:
        ids.append(f"{display.label('vat_id')} {seller.vat_id}")
    if seller.tax_registration:
        ids.append(f"{display.label('tax_number')} {seller.tax_registration}")
    if seller.legal_registration:
        registration = seller.legal_registration
        name = REGISTERS.get(registration.scheme or "", display.label("registration"))
        ids.append(f"{name} {registration.value}")
    if seller.legal_information:
        ids.append(seller.legal_information)
    columns = [address, ids, [*contact, *branding.footer]]
    return [column for column in columns if column]


def is_tall(texts: Sequence[str]) -> bool:
    """Whether the words of a row take so many lines that it may go on overleaf."""
    lines = [line for text in texts for line in text.splitlines()]
    return sum(1 + len(line) // _LINE for line in lines) > _TALL


def sums(amounts: Sequence[Money], display: Display) -> list[str]:
    """The sum after each amount of a table, as it stands where the table goes on overleaf."""
    return [display.figure(total) for total in accumulate(amounts)]


def spaced_iban(account: str) -> str:
    """An IBAN in groups of four with non-breaking spaces; another account as it is."""
    plain = account.replace(" ", "")
    if len(plain) < 15 or not plain[:2].isalpha() or not plain[2:4].isdigit():
        return account
    return "\u00a0".join(plain[i : i + 4] for i in range(0, len(plain), 4))
