"""What payers and banks make of a reference: styles, joiners, wrappers, noise, typing errors."""

from __future__ import annotations

import re
from datetime import date
from random import Random

from stdnum.iso7064 import mod_97_10

NUMBER_STYLES = (
    "INV-{y}-{n:06}",
    "RE{yy}{n:07}",
    "F/{y}/{n:06}",
    "90{n:08}",
    "{yy}-{n:06}",
    "FAC {n:07}",
)
JOINERS = (", ", " ", " + ", "; ", "/", " u. ", " et ", " si ", ",", " and ")
WRAPPERS = (
    "{t}",
    "{t}",
    "{t}",
    "SVWZ+{t}",
    "EREF+NOTPROVIDED SVWZ+{t}",
    "/ROC/NOTPROVIDED///URI/{t}",
    "VIR SEPA RECU /MOTIF {t}",
    "OP {x} {t}",
    "{t} DATUM {d}, 09.12 UHR",
    "TRANSFER {x} REF {t}",
)
STYLES = 13


def number(style: int, day: date, serial: int) -> str:
    """The seller's number of its ``serial``-th invoice."""
    return NUMBER_STYLES[style].format(y=day.year, yy=f"{day.year % 100:02}", n=serial)


def written(reference: str, serial: int, style: int, draw: Random) -> str:
    """One reference as a payer writes it."""
    bare = re.sub(r"[^A-Za-z0-9]", "", reference)
    tail = f"{serial:06}"
    ways = (
        reference,
        reference.lower(),
        bare,
        re.sub(r"[-/]", " ", reference),
        str(serial) if serial >= 1000 else tail,
        tail,
        f"Rechnung {reference}",
        f"Facture n° {reference}",
        f"factura nr. {reference}",
        f"inv. {reference}",
        f"RF{mod_97_10.calc_check_digits(bare.upper() + 'RF')}{bare.upper()}",
        f"RG-NR {bare}",
        f"Nr.{reference}",
    )
    # A habit is a habit three times out of four.
    return ways[style] if draw.random() < 0.75 else ways[draw.randrange(len(ways))]


def mistyped(text: str, draw: Random) -> str:
    """The text with one typing error in its last six digits."""
    places = [at for at, character in enumerate(text) if character.isdigit()][-6:]
    if not places:
        return text
    at = draw.choice(places)
    way = draw.randrange(5)
    if way == 0:
        other = draw.choice([digit for digit in "0123456789" if digit != text[at]])
        return text[:at] + other + text[at + 1 :]
    if way == 1 and at + 1 < len(text) and text[at + 1] != text[at]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if way == 2:
        return text[:at] + text[at + 1 :]
    if way == 3:
        return text[:at] + draw.choice("0123456789") + text[at:]
    zeros = [place for place in places if text[place] == "0"]
    if zeros:
        place = draw.choice(zeros)
        return text[:place] + "O" + text[place + 1 :]
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]


def broken(text: str, draw: Random) -> str:
    """The text with a line break of the bank inside one of its numbers."""
    places = [match.start() + 2 for match in re.finditer(r"\d{5,}", text)]
    if not places:
        return text
    at = draw.choice(places)
    return f"{text[:at]} {text[at:]}"


def noisy(text: str, customer: str, day: date, draw: Random) -> str:
    """The text with something beside it that looks like a reference and is none of ours."""
    other = number(draw.randrange(len(NUMBER_STYLES)), day, draw.randrange(100, 900_000))
    extra = draw.choice(
        (
            f"KdNr {customer}",
            f"vom {day:%d.%m.%Y}",
            f"Tel {draw.randrange(10**8, 10**9)}",
            f"VOTRE REF {draw.randrange(10**5, 10**7)}",
            f"our ref {other.swapcase()}X",
            f"contract {draw.randrange(100, 9999)}/{day.year}",
            "danke / merci",
        )
    )
    return f"{text} {extra}" if draw.random() < 0.6 else f"{extra} {text}"


def wrapped(text: str, wrapper: int, day: date, draw: Random, cut: int) -> str:
    """The text as the bank passes it on, cut at so many characters."""
    return (
        WRAPPERS[wrapper]
        .format(t=text, x=draw.randrange(10**5, 10**6), d=f"{day:%d.%m.%Y}")[:cut]
        .strip()
    )
