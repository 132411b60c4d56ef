"""Customers and their habits: names of four countries, accounts, families, near twins."""

from __future__ import annotations

import math
from random import Random

from schwifty import IBAN

from benchmarks.cash.profiles import Profile
from benchmarks.cash.texts import JOINERS, STYLES, WRAPPERS
from benchmarks.cash.world import Customer, Habits

_FIRST = {
    "DE": "Müller Schneider Fischer Weber Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein "
    "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Werner Lehmann Köhler",
    "FR": "Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Simon Laurent Lefebvre "
    "Michel Garcia Roux Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Mercier Guérin",
    "RO": "Popescu Ionescu Popa Radu Dumitru Stan Stoica Gheorghe Matei Ciobanu Rusu Munteanu "
    "Moldovan Șerban Lazăr Țăranu Dobre Barbu Nistor Florea Mureșan Crăciun Sava Preda",
    "GB": "Smith Jones Taylor Brown Wilson Evans Thomas Johnson Roberts Walker Wright Robinson "
    "Thompson White Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke",
}
_TRADES = {
    "DE": "Metallbau Logistik Baustoffe Elektrotechnik Maschinen Handel Gartenbau Lebensmittel "
    "Medizintechnik Druckerei Verpackung Transporte Sanitär Möbel Energie Kunststoffe",
    "FR": "Distribution Bâtiment Transports Menuiserie Électricité Services Emballages Agro "
    "Mécanique Matériaux Boulangerie Conseil Négoce Énergie Textiles Plastiques",
    "RO": "Construct Impex Trans Instal Market Agro Electro Mobila Distribuție Pack Metal Consult "
    "Farm Textil Energo Plast",
    "GB": "Engineering Logistics Builders Foods Packaging Electrical Joinery Supplies Catering "
    "Transport Printing Textiles Energy Plastics Trading Services",
}
_PLACES = {
    "DE": "Berlin Hamburg Köln Leipzig Ulm Kassel Bremen Erfurt",
    "FR": "Lyon Lille Nantes Rennes Dijon Metz Tours Nice",
    "RO": "Cluj Iași Arad Sibiu Brașov Galați Bacău Oradea",
    "GB": "Leeds Bristol Derby York Bath Perth Luton Kent",
}
FORMS = {
    "DE": ("GmbH", "GmbH & Co. KG", "AG", "e.K.", "UG (haftungsbeschränkt)"),
    "FR": ("SARL", "SAS", "SA", "EURL"),
    "RO": ("SRL", "SA", "PFA"),
    "GB": ("Ltd", "Limited", "plc", "LLP"),
}
_COUNTRIES = ("DE", "DE", "FR", "FR", "RO", "GB")
_BANKS = {"DE": 8, "FR": 10, "RO": 4, "GB": 4}
_CURRENCIES = ("USD", "RON", "GBP")


def name_of(country: str, draw: Random) -> str:
    """A company's name with its legal form."""
    words = [draw.choice(_FIRST[country].split()), draw.choice(_TRADES[country].split())]
    if draw.random() < 0.5:
        words.append(draw.choice(_PLACES[country].split()))
    if draw.random() < 0.15:
        words.insert(1, f"& {draw.choice(_FIRST[country].split())}")
    return " ".join([*words, draw.choice(FORMS[country])])


def iban_of(country: str, draw: Random) -> str:
    """An account with right check digits at a bank that need not exist."""
    if country == "GB":
        bank, account = "NWBK", f"{draw.randrange(10**13, 10**14)}"
    elif country == "RO":
        bank, account = "BTRL", f"{draw.randrange(10**15, 10**16)}"
    elif country == "DE":
        bank, account = f"{draw.randrange(10**7, 10**8)}", f"{draw.randrange(10**10):010}"
    else:
        bank, account = f"{draw.randrange(10**4):05}", f"{draw.randrange(10**17):018}"
    body = f"{bank}{account}"
    digits = "".join(str(int(character, 36)) for character in f"{body}{country}00")
    return str(IBAN(f"{country}{98 - int(digits) % 97:02}{body}", allow_invalid=True))


def customers(count_items: int, profile: Profile, draw: Random) -> list[tuple[Customer, int]]:
    """Customers with the number of their open items, some ``count_items`` in all.

    Items per customer are log-normal (median 7, p99 64) with a heavy tail of one in a hundred.
    """
    found: list[tuple[Customer, int]] = []
    total = 0
    prices = [round(math.exp(draw.gauss(7.5, 1.1))) * 10 - 1 for _ in range(60)]
    while total < count_items:
        size = max(1, round(math.exp(draw.gauss(math.log(7), 0.95))))
        if draw.random() < 0.01:
            size = round(size * draw.paretovariate(1.2)) + 20
        size = min(size, max(8, count_items // 40), count_items - total)
        found.append((_customer(len(found), profile, prices, draw), size))
        total += size
    _families([customer for customer, _ in found], profile, draw)
    _twins([customer for customer, _ in found], draw)
    return found


def _customer(index: int, profile: Profile, prices: list[int], draw: Random) -> Customer:
    country = draw.choice(_COUNTRIES)
    ibans = [iban_of(country, draw) for _ in range(2 if draw.random() < 0.1 else 1)]
    kind = draw.random()
    amounts: list[int] = []
    if kind < profile.recurring:
        amounts = [round(math.exp(draw.gauss(9.6, 1.0))) for _ in range(draw.randint(1, 3))]
    elif kind < profile.recurring + profile.price_list:
        amounts = [price * draw.randint(1, 6) for price in draw.sample(prices, 6)]
    is_round = kind > 1 - profile.round_amounts
    return Customer(
        id=f"C{index + 1:06}",
        name=name_of(country, draw),
        country=country,
        currency=draw.choice(_CURRENCIES) if draw.random() < profile.foreign else "EUR",
        term_days=draw.choice((14, 30, 30, 30, 45, 60)),
        discount_pct=draw.choice((2, 2, 3)) if draw.random() < 0.25 else 0,
        habits=_habits(profile, draw),
        ibans=ibans,
        known_ibans=[iban for iban in ibans if draw.random() < profile.on_file],
        amounts=amounts,
        rounds_to=draw.choice((1000, 5000)) if is_round else 1,
    )


def _habits(profile: Profile, draw: Random) -> Habits:
    return Habits(
        style=draw.randrange(STYLES),
        joiner=draw.randrange(len(JOINERS)),
        wrapper=draw.randrange(len(WRAPPERS)),
        payer=draw.randrange(5),
        quotes_account=draw.random() >= profile.account_missing,
        pays_oldest=draw.random() < 0.6,
        takes_discount=draw.random() < 0.7,
        days_late=round(draw.gauss(6, 12)),
        upper=draw.random() < 0.4,
    )


def _families(everyone: list[Customer], profile: Profile, draw: Random) -> None:
    """Some customers are daughters of others, which sometimes pay for them."""
    for customer in everyone:
        if draw.random() >= profile.families:
            continue
        parent = draw.choice(everyone)
        if parent is not customer and not parent.parent:
            customer.parent = parent.id
            customer.currency = parent.currency


def _twins(everyone: list[Customer], draw: Random) -> None:
    """Two customers of nearly the same name, one pair in fifty."""
    for _ in range(len(everyone) // 50):
        one, other = draw.choice(everyone), draw.choice(everyone)
        if one is other:
            continue
        words = one.name.split()
        words[-1] = draw.choice(FORMS[one.country])
        other.name = " ".join(words) if draw.random() < 0.5 else f"{one.name} {draw.randint(2, 9)}"


def payer_name(customer: Customer, draw: Random) -> str:
    """The payer's name as the bank gives it: its own habit, mostly."""
    name = customer.name
    way = customer.habits.payer if draw.random() < 0.85 else draw.randrange(5)
    plain = name
    for form in FORMS[customer.country]:
        plain = plain.removesuffix(f" {form}")
    short = " ".join(word if len(word) < 8 else f"{word[:5]}." for word in plain.split())
    return (name, name.upper(), plain, name[:27].strip(), short)[way]


def stranger(draw: Random) -> tuple[str, str]:
    """Somebody who owes nothing: a name and an account."""
    country = draw.choice(_COUNTRIES)
    names = (
        "FINANZAMT MITTE",
        "TRESOR PUBLIC",
        "ALLIANZ VERSICHERUNG",
        "ANAF TREZORERIE",
        "HM REVENUE",
        name_of(country, draw),
    )
    return draw.choice(names), iban_of(country, draw)


def odd_payer(draw: Random) -> tuple[str, str]:
    """Somebody who pays for others: a payment service, a factor, a private person."""
    first = draw.choice("Ana Ion Maria Hans Claire Paul Eva Luc".split())
    last = draw.choice(_FIRST[draw.choice(_COUNTRIES)].split())
    names = (
        "PAYNOVA PAYMENTS EUROPE",
        "EUROFACTOR SERVICES",
        "GLOBAL COLLECT BV",
        f"{first} {last}",
    )
    return draw.choice(names), iban_of("DE", draw)
