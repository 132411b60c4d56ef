"""The answers a customer may choose from, as the mail that asks and its page name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from acquit.core.money import Money

DOCUMENTS_SHOWN = 6


class Display(Protocol):
    """How amounts are written for the reader."""

    @property
    def language(self) -> str: ...
    def money(self, amount: Money) -> str: ...


class Credited(NamedTuple):
    """A document of an answer and what it is credited in all; ``unpaid`` is what of that is closed
    without money, ``notes`` are the credit notes that pay with it."""

    number: str
    money: Money
    unpaid: Money
    notes: tuple[str, ...] = ()


_WORDS = {
    "en": {
        "account": "Keep it on our account for later invoices",
        "more": "and {count} more",
        "else": "Something else: tell us",
        "unpaid": "of which {amount} not paid",
        "netted": "with credit note {number}",
    },
    "fr": {
        "account": "Le garder sur notre compte pour des factures à venir",
        "more": "et {count} de plus",
        "else": "Autre chose\u202f: dites-le-nous",
        "unpaid": "dont {amount} non payés",
        "netted": "avec l'avoir {number}",
    },
    "de": {
        "account": "Auf unserem Konto für spätere Rechnungen stehen lassen",
        "more": "und {count} weitere",
        "else": "Etwas anderes: Sagen Sie es uns",
        "unpaid": "davon {amount} nicht gezahlt",
        "netted": "mit Rechnungskorrektur {number}",
    },
    "ro": {
        "account": "Rămâne în contul nostru pentru facturi viitoare",
        "more": "și încă {count}",
        "else": "Altceva: spuneți-ne",
        "unpaid": "din care {amount} neachitat",
        "netted": "cu nota de credit {number}",
    },
}


def lines(*, display: Display, answers: Sequence[Sequence[Credited]]) -> list[str]:
    """A line for each answer: its documents with what they are credited and by what else than the
    money, an empty one that the money stays on account; the last line is "something else"."""
    said = _WORDS[display.language]
    return [*(_line(display, answer, said) for answer in answers), said["else"]]


def _line(display: Display, answer: Sequence[Credited], said: dict[str, str]) -> str:
    if not answer:
        return said["account"]
    parts = [_document(display, one, said) for one in answer[:DOCUMENTS_SHOWN]]
    if len(answer) > DOCUMENTS_SHOWN:
        parts.append(said["more"].format(count=len(answer) - DOCUMENTS_SHOWN))
    return ", ".join(parts)


def _document(display: Display, one: Credited, said: dict[str, str]) -> str:
    notes = [said["netted"].format(number=number) for number in one.notes]
    if one.unpaid.minor:
        notes.append(said["unpaid"].format(amount=display.money(one.unpaid)))
    beside = f" ({', '.join(notes)})" if notes else ""
    return f"{one.number}: {display.money(one.money)}{beside}"
