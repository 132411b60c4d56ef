"""A document as a country's electronic invoices want it: what follows from it is filled in.

Nothing is invented. What the document does not hold (a Leitweg-ID, a contact, a rate of exchange,
the sector of Bucharest) stays missing, and the pack of rules says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from acquit.core import packs
from acquit.core.documents.invoice import Invoice, Note
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.money import Rate

BASE, CIUS_RO, XRECHNUNG, FR_FLUX2 = "en16931", "cius-ro", "xrechnung", "fr-flux2"
PEPPOL = "peppol-bis-3"
PROFILES = (BASE, CIUS_RO, XRECHNUNG, FR_FLUX2, PEPPOL)  # ids of packs of rules, see core/judges
_PEPPOL_SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
FRENCH_NOTES = ("PMT", "PMD", "AAB")  # recovery 40 EUR, late penalties, early payment
_FRAME = re.compile(r"[BSM][1-9]")
_HOURS = frozenset(("HUR", "DAY", "WEE", "MON", "ANN", "MIN", "SEC", "LH"))  # units of services
_SECTOR = re.compile(r"\bsect(?:or(?:ul)?)?\.?\s*([1-6])\b")
_SIREN = re.compile(r"\d{9}", re.ASCII)
_LEITWEG = re.compile(r"\d{2,12}(-[A-Za-z0-9]{1,30})?-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Skonto:
    """So many percent off for payment within so many days, of all or of ``base``."""

    days: int
    percent: Decimal
    base: Decimal | None = None


def for_profile(
    *,
    document: Invoice,
    profile: str,
    language: str = "",
    discounts: Sequence[Skonto] = (),
    rate: Rate | None = None,
) -> Invoice:
    """The document as one of ``PROFILES`` wants it, as far as it can be told from it.

    ``rate`` turns the VAT into the currency of the seller's books (BT-111); the rest as in
    :func:`for_country`.
    """
    if profile == BASE:
        return document
    if rate is not None and document.currency == rate.base:
        document = with_vat_in(document=document, rate=rate)
    if profile == PEPPOL:
        return replace(
            document, specification=_PEPPOL_SPECIFICATION, business_process=_PEPPOL_PROCESS
        )
    country = _COUNTRY_OF[profile]
    return for_country(document=document, country=country, language=language, discounts=discounts)


_COUNTRY_OF = {CIUS_RO: "RO", XRECHNUNG: "DE", FR_FLUX2: "FR"}


def for_country(
    *,
    document: Invoice,
    country: str,
    language: str = "",
    discounts: Sequence[Skonto] = (),
    rate: Rate | None = None,
) -> Invoice:
    """The document with specification, process and whatever else the country wants of it.

    ``country`` is that of the seller (packs.UnknownCountry for another); without rules of its own,
    as in GB, the document is given back as it is. ``discounts`` are written into BT-20 where a form
    for them exists (DE). ``rate`` turns the VAT into the currency of the country (BT-111).
    """
    pack = packs.get(country)
    if pack.einvoice is None:
        return document
    made = replace(
        document,
        specification=pack.einvoice.specification,
        business_process=pack.einvoice.process or document.business_process,
    )
    if rate is not None and made.currency != pack.currency:
        made = with_vat_in(document=made, rate=rate)
    if country == "RO":
        return _romanian(made, pack)
    if country == "FR":
        return _french(made, pack, language or "fr", {"discount"} if discounts else set())
    return _german(made, discounts) if country == "DE" else made


def with_vat_in(*, document: Invoice, rate: Rate) -> Invoice:
    """BT-6 and BT-111: the VAT in the currency of the books; CurrencyMismatch for another base."""
    totals = replace(document.totals, vat_in_accounting_currency=rate.convert(document.totals.vat))
    return replace(document, vat_accounting_currency=rate.target, totals=totals)


# --- Romania -------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Small letters without accents: ``Bistrița-Năsăud`` is ``bistrita nasaud``."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.split(r"[^a-z0-9]+", letters)).strip()


def _romanian(document: Invoice, pack: packs.Pack) -> Invoice:
    def party(one: Party) -> Party:
        return replace(one, address=romanian_address(address=one.address, regions=pack.regions))

    representative, delivery = document.tax_representative, document.delivery
    if representative is not None:
        place = romanian_address(address=representative.address, regions=pack.regions)
        representative = replace(representative, address=place)
    if delivery is not None and delivery.address is not None:
        place = romanian_address(address=delivery.address, regions=pack.regions)
        delivery = replace(delivery, address=place)
    return replace(
        document,
        seller=party(document.seller),
        buyer=_numbered(party(document.buyer), pack),
        tax_representative=representative,
        delivery=delivery,
    )


def _numbered(buyer: Party, pack: packs.Pack) -> Party:
    """A consumer need not tell his personal number (CNP): zeros stand for it (BR-RO-120)."""
    is_known = buyer.vat_id or buyer.legal_registration
    if is_known or buyer.address.country != "RO" or pack.einvoice is None:
        return buyer
    return replace(buyer, legal_registration=Identifier(pack.einvoice.consumer_id))


def romanian_address(*, address: Address, regions: packs.Regions) -> Address:
    """The county as its code of ISO 3166-2:RO, and in Bucharest the sector for the city.

    ``regions`` is code -> name. The county is known by code (``RO-CJ``, ``CJ``), by name, or as
    Bucharest by the city; the sector is read from the city or a line of the street.
    """
    if address.country != "RO":
        return address
    county = _county(address, regions)
    if county != "RO-B":
        return replace(address, subdivision=county)
    lines = (address.city, address.street, address.street_2, address.street_3)
    found = [match[1] for line in lines if line and (match := _SECTOR.search(plain(line)))]
    city = f"SECTOR{found[0]}" if found else address.city
    return replace(address, subdivision=county, city=city)


def _county(address: Address, regions: packs.Regions) -> str | None:
    told = re.sub(r"^(judetul|judet|jud|municipiul|mun) ", "", plain(address.subdivision or ""))
    for code, name in regions.items():
        if told and told in (plain(code), plain(code).removeprefix("ro "), plain(name)):
            return code
    city = plain(address.city or "")
    if not told and (city.startswith(("bucuresti", "bucharest")) or _SECTOR.fullmatch(city)):
        return "RO-B"
    return address.subdivision


# --- France --------------------------------------------------------------------------------------


def _french(document: Invoice, pack: packs.Pack, language: str, supply: Collection[str]) -> Invoice:
    given = {note.subject_code for note in document.notes}
    mentions = pack.mentions_for(kind="invoice", on=document.issue_date, supply=supply)
    missing = [
        Note(one.said(language=language), one.subject)
        for one in mentions
        if one.subject in FRENCH_NOTES and one.subject not in given
    ]
    return replace(
        document,
        seller=_with_siren(document.seller),
        buyer=_with_siren(document.buyer),
        notes=(*document.notes, *missing),
        business_process=french_frame(document=document),
    )


def is_service(unit: str) -> bool:
    """Whether what is sold by this unit (BT-130) is a service: it is counted in time."""
    return unit in _HOURS


def french_frame(*, document: Invoice) -> str:
    """Cadre de facturation (BT-23): goods B, services S, both M; 2 when all is paid, else 1.

    A frame that the document has already stays. Lines counted in time are services.
    """
    if document.business_process and _FRAME.fullmatch(document.business_process):
        return document.business_process
    services = [is_service(line.unit) for line in document.lines]
    nature = "S" if all(services) else "M" if any(services) else "B"
    totals = document.totals
    paid = totals.due.minor == 0 and totals.prepaid == totals.gross and document.due_date
    return f"{nature}{2 if paid else 1}"


def _with_siren(party: Party) -> Party:
    """The SIREN as legal registration (0002) and as electronic address (0225), where it is told."""
    if party.address.country != "FR":
        return party
    siren = _siren(party)
    if siren is None:
        return party
    legal, identifiers = party.legal_registration, party.identifiers
    number = re.sub(r"\s", "", legal.value) if legal is not None else ""
    siret = Identifier(number, "0009")
    if len(number) == 14 and siret not in identifiers:
        identifiers = (*identifiers, siret)
    return replace(
        party,
        identifiers=identifiers,
        legal_registration=Identifier(siren, "0002"),
        electronic_address=party.electronic_address or Identifier(siren, "0225"),
    )


def _siren(party: Party) -> str | None:
    """From the registration (a SIREN or a SIRET), else from the French VAT number."""
    told = party.legal_registration
    number = re.sub(r"\s", "", told.value) if told is not None else ""
    if len(number) in (9, 14) and _SIREN.match(number):
        return number[:9]
    vat = re.sub(r"\s", "", party.vat_id or "")
    return vat[4:] if vat.startswith("FR") and _SIREN.fullmatch(vat[4:]) else None


# --- Germany -------------------------------------------------------------------------------------


def skonto_line(*, discount: Skonto) -> str:
    """``#SKONTO#TAGE=14#PROZENT=2.00#``, as XRechnung wants it in BT-20 (BR-DE-18)."""
    cent = Decimal("0.01")
    percent = discount.percent.quantize(cent, ROUND_HALF_UP)
    base = f"#BASISBETRAG={discount.base.quantize(cent)}" if discount.base is not None else ""
    return f"#SKONTO#TAGE={discount.days}#PROZENT={percent}{base}#"


def is_leitweg(text: str) -> bool:
    """A Leitweg-ID: parts and check digits by ISO 7064 (modulo 97) over digits and letters."""
    if not _LEITWEG.fullmatch(text):
        return False
    digits = "".join(str(int(c, 36)) for c in text.replace("-", "").lower())
    return int(digits) % 97 == 1


def _german(document: Invoice, discounts: Sequence[Skonto]) -> Invoice:
    reference = document.buyer_reference or document.references.purchase_order
    buyer = document.buyer
    if reference and is_leitweg(reference) and buyer.electronic_address is None:
        buyer = replace(buyer, electronic_address=Identifier(reference, "0204"))
    return replace(
        document,
        buyer_reference=reference,
        seller=_by_mail(document.seller),
        buyer=_by_mail(buyer),
        payment_terms=_terms(document.payment_terms, discounts),
    )


def _by_mail(party: Party) -> Party:
    """The mailbox of the contact is an electronic address too (EAS code EM)."""
    contact = party.contact
    if party.electronic_address is not None or contact is None or not contact.email:
        return party
    return replace(party, electronic_address=Identifier(contact.email, "EM"))


def _terms(text: str | None, discounts: Sequence[Skonto]) -> str | None:
    """BT-20: words first, then the Skonto lines, each with the line break that is asked for."""
    lines = [line for line in (text or "").splitlines() if line.strip()]
    lines += [found for one in discounts if (found := skonto_line(discount=one)) not in lines]
    if not any(line.startswith("#") for line in lines):
        return text
    words = [line for line in lines if not line.startswith("#")]
    return "\n".join((*words, *(line for line in lines if line.startswith("#")), ""))
