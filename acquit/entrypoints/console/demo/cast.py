"""Who plays in the demo: two selling companies, one person per role, 240 customers.

Everything is drawn from a seed, so the demo is the same for everyone on the same day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from schwifty import IBAN
from stdnum.de import vat as de_vat
from stdnum.fr import siren
from stdnum.gb import vat as gb_vat
from stdnum.ro import cui

from acquit.stages.masterdata.commands.create_company import NewCompany
from acquit.stages.masterdata.commands.save_customers import CustomerData

PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("ioana", "Ioana Munteanu", "cash_clerk"),
    ("lukas", "Lukas Brandt", "billing_clerk"),
    ("camille", "Camille Laurent", "credit_controller"),
    ("maria", "Maria Ionescu", "receivables_manager"),
    ("stefan", "Ștefan Albu", "accountant"),
    ("greta", "Greta Vogel", "administrator"),
    ("owen", "Owen Price", "auditor"),
)

COMPANIES: tuple[NewCompany, ...] = (
    NewCompany(
        slug="carpat",
        name="Carpat Distribuție SRL",
        country="RO",
        street="Strada Fabricii 14",
        city="Cluj-Napoca",
        postcode="400632",
        region="RO-CJ",
        vat_id="RO16341004",
        registration_id="J12/1034/2004",
        legal_form="Societate cu răspundere limitată, capital social 200 RON",
        email="facturi@carpat.example",
        phone="+40 264 555 010",
        contact_name="Lukas Brandt",
        iban="RO49AAAA1B31007593840000",
        bank_name="Banca Exemplu",
        accent="#0f5c4d",
        footer="Carpat Distribuție SRL · Cluj-Napoca · RO16341004",
        is_demo=True,
    ),
    NewCompany(
        slug="nordlicht",
        name="Nordlicht Großhandel GmbH",
        country="DE",
        street="Speicherstraße 7",
        city="Hamburg",
        postcode="20457",
        vat_id="DE136695976",
        registration_id="HRB 109876",
        legal_form="Gesellschaft mit beschränkter Haftung",
        email="rechnung@nordlicht.example",
        phone="+49 40 555 0170",
        contact_name="Lukas Brandt",
        iban="DE02120300000000202051",
        bic="BYLADEM1001",
        bank_name="Beispielbank",
        accent="#1f4e8c",
        footer="Nordlicht Großhandel GmbH · Amtsgericht Hamburg HRB 109876",
        is_demo=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Country:
    """What customers of a country look like."""

    code: str
    currency: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]  # city, postcode, region
    streets: tuple[str, ...]
    bank: str


RO = Country(
    "RO",
    "RON",
    ("Alpin", "Someș", "Bucovina", "Dacia", "Mureș", "Hațeg", "Retezat", "Apuseni", "Olt", "Turda"),
    ("Ardeal", "Transilvan", "Nord", "Vest", "Central", "Plus", "Prim", "Expert", "Pan", "Real"),
    ("Construct", "Market", "Farm", "Auto", "Textil", "Mobilă", "Instal", "Electro", "Lemn", "Bio"),
    ("SRL", "SRL", "SA", "SRL-D"),
    (
        ("Cluj-Napoca", "400001", "RO-CJ"),
        ("Timișoara", "300001", "RO-TM"),
        ("Iași", "700001", "RO-IS"),
        ("Brașov", "500001", "RO-BV"),
        ("SECTOR3", "030001", "RO-B"),
        ("Târgu Mureș", "540001", "RO-MS"),
    ),
    ("Strada Mihai Eminescu", "Bulevardul Unirii", "Calea Turzii", "Strada Horea"),
    "BTRL",
)
DE = Country(
    "DE",
    "EUR",
    ("Hansa", "Elbe", "Weser", "Nordsee", "Alster", "Harz", "Ruhr", "Spree", "Isar", "Rhön"),
    ("Becker", "Schuster", "Kramer", "Vogt", "Lorenz", "Seidel", "Hartmann", "Busch", "Roth"),
    ("Bau", "Technik", "Handel", "Logistik", "Möbel", "Elektro", "Druck", "Küchen", "Garten"),
    ("GmbH", "GmbH", "GmbH & Co. KG", "e.K.", "AG"),
    (
        ("Hamburg", "20095", ""),
        ("Bremen", "28195", ""),
        ("Berlin", "10115", ""),
        ("Köln", "50667", ""),
        ("Leipzig", "04109", ""),
    ),
    ("Lange Straße", "Am Hafen", "Industrieweg", "Bahnhofstraße"),
    "37040044",
)
FR = Country(
    "FR",
    "EUR",
    ("Atelier", "Maison", "Comptoir", "Établissements", "Ateliers", "Groupe"),
    ("Lefèvre", "Moreau", "Girard", "Dubois", "Fournier", "Rousseau", "Blanchard", "Éclair"),
    ("du Nord", "de l’Ouest", "Alpes", "Bretagne", "Lyon", "et Fils", "Associés"),
    ("SARL", "SAS", "SA", "EURL"),
    (
        ("Lyon", "69002", ""),
        ("Nantes", "44000", ""),
        ("Lille", "59000", ""),
        ("Paris", "75011", ""),
    ),
    ("Rue de la République", "Avenue Jean Jaurès", "Quai des Marchands"),
    "20041",
)
GB = Country(
    "GB",
    "GBP",
    ("Ashford", "Bramley", "Castle", "Dover", "Elm", "Foxley", "Granite", "Harbour", "Kestrel"),
    ("Turner", "Wright", "Cooper", "Marsh", "Hill", "Webb", "Stone", "Lane"),
    ("Supplies", "Trading", "Interiors", "Builders", "Foods", "Textiles", "Retail"),
    ("Ltd", "Ltd", "PLC", "LLP"),
    (("London", "EC1A 1BB", ""), ("Leeds", "LS1 4AP", ""), ("Bristol", "BS1 5TR", "")),
    ("High Street", "Station Road", "Mill Lane", "Victoria Street"),
    "BUKB202015",
)

# Which customers each company has: (country, how many).
MARKETS: dict[str, tuple[tuple[Country, int], ...]] = {
    "carpat": ((RO, 118), (DE, 6), (FR, 6)),
    "nordlicht": ((DE, 60), (FR, 26), (GB, 24)),
}
TERMS = ("NET30", "NET30", "NET30", "NET14", "NET14", "NET60", "2-10-NET30")


@dataclass(frozen=True, slots=True)
class Habit:
    """How a customer pays. ``delay_days`` after the due date; the rest are shares of his
    payments in percent. ``stops_after_month`` is when he stops paying (going bad), or 99."""

    delay_days: int
    jitter_days: int
    lump_percent: int
    silent_percent: int  # without any reference
    short_percent: int
    stops_after_month: int
    name_style: int
    iban: str


@dataclass(frozen=True, slots=True)
class Player:
    """A customer of the demo and how he behaves."""

    data: CustomerData
    habit: Habit
    size: Decimal  # how much he buys, 1 is usual
    currency: str


def players(slug: str) -> list[Player]:
    """The customers of a company, in order of their numbers."""
    dice = Random(f"cast {slug}")
    found: list[Player] = []
    names: set[str] = set()
    for country, count in MARKETS[slug]:
        for _ in range(count):
            found.append(_player(dice, country, number=10001 + len(found), taken=names))
    return found


def _player(dice: Random, country: Country, *, number: int, taken: set[str]) -> Player:
    name = next(n for n in _names(dice, country) if n not in taken)
    taken.add(name)
    city, postcode, region = dice.choice(country.places)
    account = _iban(dice, country)
    data = CustomerData(
        number=str(number),
        name=name,
        country=country.code,
        street=f"{dice.choice(country.streets)} {dice.randint(1, 120)}",
        city=city,
        postcode=postcode,
        region=region,
        vat_id=_vat(dice, country),
        email=f"contact.{number}@kunde.example",
        currency=country.currency,
        terms=dice.choice(TERMS),
        buyer_reference=f"PO-{dice.randint(1000, 9999)}" if dice.random() < 0.3 else "",
        iban=account,
    )
    return Player(data, _habit(dice, account), _size(dice), country.currency)


def _names(dice: Random, country: Country) -> Iterator[str]:
    while True:
        first, last = dice.choice(country.firsts), dice.choice(country.lasts)
        trade, form = dice.choice(country.trades), dice.choice(country.forms)
        yield f"{first} {last} {trade} {form}"


def _size(dice: Random) -> Decimal:
    """Few customers buy much, many buy little."""
    return Decimal(min(40, int(dice.paretovariate(1.3) * 10))) / 10


def _habit(dice: Random, account: str) -> Habit:
    kind = dice.random()
    delay = -3 if kind < 0.35 else 2 if kind < 0.7 else 14 if kind < 0.9 else 45
    return Habit(
        delay_days=delay,
        jitter_days=dice.choice((2, 3, 5, 9)),
        lump_percent=dice.choice((0, 0, 10, 40)),
        silent_percent=dice.choice((0, 0, 5, 25)),
        short_percent=dice.choice((0, 0, 0, 8)),
        stops_after_month=dice.choice((7, 9)) if kind > 0.985 else 99,
        name_style=dice.randint(0, 2),
        iban=account if dice.random() < 0.85 else "",
    )


def _iban(dice: Random, country: Country) -> str:
    length = 8 if country.code == "GB" else 10
    digits = "".join(dice.choice("0123456789") for _ in range(length))
    return str(IBAN.generate(country.code, bank_code=country.bank, account_code=digits))


def _vat(dice: Random, country: Country) -> str:
    makers: dict[str, Callable[[Random], str]] = {
        "RO": lambda d: "RO" + _checked(d, 7, cui.is_valid),
        "DE": lambda d: "DE" + _checked(d, 8, de_vat.is_valid, first="123456789"),
        "FR": _french_vat,
        "GB": lambda d: "GB" + _checked(d, 7, gb_vat.is_valid, check_digits=2),
    }
    return makers[country.code](dice)


def _french_vat(dice: Random) -> str:
    number = _checked(dice, 8, siren.is_valid)
    return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


def _checked(
    dice: Random,
    length: int,
    is_valid: Callable[[str], bool],
    *,
    first: str = "12345678",
    check_digits: int = 1,
) -> str:
    """Random digits followed by the check digits that make them a valid number."""
    while True:
        body = dice.choice(first) + "".join(dice.choice("0123456789") for _ in range(length - 1))
        for check in range(10**check_digits):
            candidate = f"{body}{check:0{check_digits}d}"
            if is_valid(candidate):
                return candidate
