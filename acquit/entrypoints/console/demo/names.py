"""What companies in four countries are called, where they stand, and how they write it.

All of it is made up from common words: names, streets and addresses belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from acquit.core.text import fold


@dataclass(frozen=True, slots=True)
class Country:
    """What customers of a country look like. ``patterns`` are filled with a family, a place name
    and a trade; ``public`` are bodies of the state, which need a buyer reference (BT-10)."""

    code: str
    currency: str
    families: tuple[str, ...]
    givens: tuple[str, ...]
    places: tuple[str, ...]
    trades: tuple[str, ...]
    patterns: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]  # city, postcode, region
    streets: tuple[str, ...]
    street: str  # how street and house number are written
    mailbox: str
    dialling: str
    bank: str
    public: tuple[str, ...] = ()


RO = Country(
    "RO",
    "RON",
    (
        "Popescu",
        "Ionescu",
        "Rusu",
        "Moldovan",
        "Stan",
        "Dumitru",
        "Pop",
        "Matei",
        "Lazăr",
        "Crișan",
    ),
    ("Andrei", "Elena", "Mihai", "Ioana", "Radu", "Ana", "Cristian", "Simona"),
    ("Someș", "Ardeal", "Mureș", "Bucovina", "Hațeg", "Retezat", "Apuseni", "Bihor", "Turda"),
    ("Construct", "Instal", "Mobilă", "Electro", "Lemn", "Agro", "Auto", "Market", "Textil"),
    (
        "{trade} {place} SRL",
        "{place} {trade} SA",
        "{family} {trade} SRL",
        "{family} & Fiii {trade} SRL",
        "Grup {place} {trade} SRL",
    ),
    (
        ("Cluj-Napoca", "400001", "RO-CJ"),
        ("Timișoara", "300001", "RO-TM"),
        ("Iași", "700001", "RO-IS"),
        ("Brașov", "500001", "RO-BV"),
        ("Oradea", "410001", "RO-BH"),
        ("Sibiu", "550001", "RO-SB"),
        ("SECTOR3", "030001", "RO-B"),
        ("Târgu Mureș", "540001", "RO-MS"),
    ),
    ("Strada Mihai Eminescu", "Bulevardul Unirii", "Calea Turzii", "Strada Horea", "Strada Morii"),
    "{street} nr. {number}",
    "facturi",
    "+40 7{} 555 {}",
    "BTRL",
    (
        "Primăria Comunei Valea Mare",
        "Spitalul Orășenesc Poiana",
        "Liceul Tehnologic Dealul Nou",
        "Direcția de Drumuri Văleni",
        "Biblioteca Județeană Rediu",
        "Regia de Apă Izvorul Alb",
    ),
)
DE = Country(
    "DE",
    "EUR",
    ("Becker", "Schuster", "Kramer", "Vogt", "Lorenz", "Seidel", "Hartmann", "Busch", "Roth"),
    ("Anna", "Jonas", "Katrin", "Stefan", "Sabine", "Florian", "Ute", "Markus"),
    ("Hanse", "Elbe", "Weser", "Nordsee", "Alster", "Harz", "Ruhr", "Spree", "Isar"),
    (
        "Bautechnik",
        "Möbelwerk",
        "Logistik",
        "Elektrotechnik",
        "Druckhaus",
        "Gartenbau",
        "Metallbau",
    ),
    (
        "{family} {trade} GmbH",
        "{place} {trade} GmbH & Co. KG",
        "{trade} {family} e.K.",
        "{place}-{trade} GmbH",
        "{family} & Söhne {trade} GmbH",
    ),
    (
        ("Hamburg", "20095", ""),
        ("Bremen", "28195", ""),
        ("Berlin", "10115", ""),
        ("Köln", "50667", ""),
        ("Leipzig", "04109", ""),
        ("Kiel", "24103", ""),
    ),
    ("Lange Straße", "Am Hafen", "Industrieweg", "Bahnhofstraße", "Mühlenweg"),
    "{street} {number}",
    "rechnung",
    "+49 1{} 555 {}",
    "37040044",
    (
        "Stadtverwaltung Neudorf an der Aue",
        "Klinikum Wiesental",
        "Wasserverband Unterau",
        "Berufsschulzentrum Nordheide",
        "Landesbetrieb Straßen Mittau",
        "Universität Seebrück",
    ),
)
FR = Country(
    "FR",
    "EUR",
    ("Lefèvre", "Moreau", "Girard", "Dubois", "Fournier", "Rousseau", "Blanchard", "Chevalier"),
    ("Camille", "Julien", "Claire", "Antoine", "Hélène", "Nicolas", "Sophie", "Luc"),
    ("Bretagne", "Alpes", "Loire", "Provence", "Atlantique", "Vosges"),
    ("Menuiserie", "Maçonnerie", "Électricité", "Plomberie", "Quincaillerie", "Transports"),
    (
        "{trade} {family} SARL",
        "Établissements {family} {trade} SAS",
        "{trade} {place} SAS",
        "{family} et Fils {trade} SARL",
    ),
    (
        ("Lyon", "69002", ""),
        ("Nantes", "44000", ""),
        ("Lille", "59000", ""),
        ("Rennes", "35000", ""),
        ("Paris", "75011", ""),
    ),
    ("rue de la République", "avenue Jean Jaurès", "quai des Marchands", "rue du Moulin"),
    "{number} {street}",
    "comptabilite",
    "+33 6 {} 55 {}",
    "20041",
)
GB = Country(
    "GB",
    "GBP",
    ("Turner", "Wright", "Cooper", "Marsh", "Hill", "Webb", "Stone", "Lane", "Ashford"),
    ("Emma", "Oliver", "Grace", "Thomas", "Helen", "George", "Lucy", "James"),
    ("Bramley", "Castle", "Foxley", "Granite", "Harbour", "Kestrel", "Northgate"),
    ("Builders", "Interiors", "Timber", "Electrical", "Hardware", "Joinery"),
    (
        "{family} {trade} Ltd",
        "{place} {trade} Ltd",
        "{family} & Sons {trade} Ltd",
        "{place} {trade} PLC",
    ),
    (
        ("London", "EC1A 1BB", ""),
        ("Leeds", "LS1 4AP", ""),
        ("Bristol", "BS1 5TR", ""),
        ("Hull", "HU1 1AA", ""),
    ),
    ("High Street", "Station Road", "Mill Lane", "Victoria Street"),
    "{number} {street}",
    "accounts",
    "+44 7{} 555 {}",
    "BUKB202015",
)


def company_names(dice: Random, country: Country) -> Iterator[str]:
    """Every name that the country's patterns give, each once, in an order of the dice."""
    found = {
        pattern.format(family=family, place=place, trade=trade)
        for pattern, trade in product(country.patterns, country.trades)
        for family, place in _pairs(pattern, country)
    }
    names = sorted(found)
    dice.shuffle(names)
    yield from names


def _pairs(pattern: str, country: Country) -> Iterator[tuple[str, str]]:
    if "{family}" in pattern:
        yield from ((family, "") for family in country.families)
    else:
        yield from (("", place) for place in country.places)


def person_name(dice: Random, country: Country) -> str:
    return f"{dice.choice(country.givens)} {dice.choice(country.families)}"


def phone_number(dice: Random, country: Country) -> str:
    return country.dialling.format(f"{dice.randint(10, 69)}", f"{dice.randint(0, 9999):04d}")


def mail_address(country: Country, name: str) -> str:
    """The address for invoices, at a domain that belongs to nobody (RFC 2606)."""
    plain = "".join(c if c.isalnum() else " " for c in fold(name).lower())
    words = [word for word in plain.split() if len(word) > 1][:4]
    return f"{country.mailbox}@{'-'.join(words)}.example"
