"""Who plays in the demo: two selling companies, one person per role, 240 customers.

Everything is drawn from a seed, so the demo is the same for everyone on the same day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from random import Random

from schwifty import IBAN
from stdnum.de import vat as de_vat
from stdnum.fr import siren
from stdnum.gb import vat as gb_vat
from stdnum.ro import cui

from acquit.entrypoints.console.demo import CARPAT, NORDLICHT
from acquit.entrypoints.console.demo.names import (
    DE,
    FR,
    GB,
    RO,
    Country,
    company_names,
    mail_address,
    person_name,
    phone_number,
)
from acquit.stages.invoices.rules.planning import PUBLIC
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
        slug=CARPAT,
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
        grace_minutes=1,
        is_demo=True,
    ),
    NewCompany(
        slug=NORDLICHT,
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
        grace_minutes=1,
        is_demo=True,
    ),
)


# Which customers each company has: (country, how many). 240 in all.
MARKETS: dict[str, tuple[tuple[Country, int], ...]] = {
    "carpat": ((RO, 118), (DE, 6), (FR, 6)),
    "nordlicht": ((DE, 60), (FR, 26), (GB, 24)),
}
TERMS = ("NET30", "NET30", "NET30", "NET14", "NET14", "NET14", "2-10-NET30")
FIRST_NUMBER = 10001
MERGES_IN = "carpat"  # the company of which two customers become one payer
NEVER = 99


class Part(StrEnum):
    """What a customer is there to show, beside buying and paying."""

    USUAL = "usual"
    PUBLIC = "public"  # a body of the state, whose invoices need a reference (BT-10)
    FAILING = "failing"  # pays ever later, then not at all
    MERGED = "merged"  # from a month on another customer pays for it
    STANDING = "standing"  # the same order every other day, all for one amount, nothing due yet
    SITE = "site"  # builds something large: an order every third day, nothing due yet
    PAPER = "paper"  # wants its invoices printed


@dataclass(frozen=True, slots=True)
class Habit:
    """How a customer pays. ``delay_days`` after the due date, and ``later_days`` more with every
    month; the rest are shares of his payments in percent. From ``stops_after_month`` on nothing
    comes, from ``paid_by_month`` on ``paid_by`` (a customer's number) pays for him."""

    delay_days: int
    jitter_days: int
    lump_percent: int
    silent_percent: int  # without any reference
    short_percent: int
    half_percent: int  # in two parts
    name_style: int
    iban: str
    later_days: int = 0
    stops_after_month: int = NEVER
    paid_by: str = ""
    paid_by_month: int = NEVER


@dataclass(frozen=True, slots=True)
class Player:
    """A customer of the demo and how he behaves."""

    data: CustomerData
    habit: Habit
    size: Decimal  # how much he buys, 1 is usual; 0 for who has only a standing order
    currency: str
    part: Part = Part.USUAL


def players(slug: str) -> list[Player]:
    """The customers of a company, in order of their numbers."""
    dice = Random(f"cast {slug}")
    found: list[Player] = []
    for country, count in MARKETS[slug]:
        names = company_names(dice, country)
        public = iter(country.public if not found else ())
        for _ in range(count):
            name = next(public, "")
            number = FIRST_NUMBER + len(found)
            player = _player(dice, country, number=number, name=name or next(names))
            found.append(replace(player, part=Part.PUBLIC) if name else player)
    return _with_parts(slug, found)


def _with_parts(slug: str, found: Sequence[Player]) -> list[Player]:
    """Some of the usual customers of the home country get a part of their own."""
    home = [p for p in found if p.data.country == found[0].data.country and p.part is Part.USUAL]
    by_size = sorted(home, key=lambda p: (-p.size, p.data.number))
    site, failing, merged, standing, *paper = (*by_size[3:6], *by_size[-4:])
    chosen = {
        failing.data.number: replace(
            failing,
            part=Part.FAILING,
            habit=replace(failing.habit, delay_days=5, later_days=6, stops_after_month=8),
        ),
        standing.data.number: replace(
            standing,
            part=Part.STANDING,
            size=Decimal(0),
            data=replace(standing.data, terms="NET60"),
        ),
        site.data.number: replace(site, part=Part.SITE, data=replace(site.data, terms="NET60")),
        **{
            p.data.number: replace(p, part=Part.PAPER, data=replace(p.data, channel="print"))
            for p in paper[:2]
        },
    }
    if slug == MERGES_IN:
        habit = replace(merged.habit, paid_by=by_size[6].data.number, paid_by_month=7)
        chosen[merged.data.number] = replace(merged, part=Part.MERGED, habit=habit)
    return [chosen.get(player.data.number, player) for player in found]


def _player(dice: Random, country: Country, *, number: int, name: str) -> Player:
    city, postcode, region = dice.choice(country.towns)
    account = _iban(dice, country)
    is_public = name in country.public
    data = CustomerData(
        number=str(number),
        name=name,
        country=country.code,
        street=country.street.format(
            street=dice.choice(country.streets), number=dice.randint(1, 120)
        ),
        city=city,
        postcode=postcode,
        region=region,
        vat_id=_vat(dice, country),
        email=mail_address(country, name),
        contact_name=person_name(dice, country),
        phone=phone_number(dice, country),
        currency=country.currency,
        terms="NET30" if is_public else dice.choice(TERMS),
        segment=PUBLIC if is_public else "",
        buyer_reference=f"REF-{dice.randint(1000, 9999)}" if is_public else "",
        iban=account,
    )
    size = Decimal(2) if is_public else _size(dice)
    return Player(data, _habit(dice, account), size, country.currency)


def _size(dice: Random) -> Decimal:
    """Few customers buy much, many buy little."""
    return Decimal(min(40, int(dice.paretovariate(1.3) * 10))) / 10


def _habit(dice: Random, account: str) -> Habit:
    kind = dice.random()
    return Habit(
        delay_days=-3 if kind < 0.35 else 2 if kind < 0.75 else 12 if kind < 0.93 else 35,
        jitter_days=dice.choice((2, 3, 5, 9)),
        lump_percent=dice.choice((0, 0, 10, 30)),
        silent_percent=dice.choice((0, 0, 5, 20)),
        short_percent=dice.choice((0, 0, 0, 4)),
        half_percent=dice.choice((0, 0, 0, 30)),
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
