"""The answers a customer may choose from, as the mail that asks and its page name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acquit.core.money import Money

DOCUMENTS_SHOWN = 6


class Display(Protocol):
    """How amounts are written for the reader."""

    @property
    def language(self) -> str: ...
    def money(self, amount: Money) -> str: ...


_WORDS = {
    "en": {
        "account": "Keep it on our account for later invoices",
        "more": "and {count} more",
        "else": "Something else: tell us",
    },
    "fr": {
        "account": "Le garder sur notre compte pour des factures à venir",
        "more": "et {count} de plus",
        "else": "Autre chose\u202f: dites-le-nous",
    },
    "de": {
        "account": "Auf unserem Konto für spätere Rechnungen stehen lassen",
        "more": "und {count} weitere",
        "else": "Etwas anderes: Sagen Sie es uns",
    },
    "ro": {
        "account": "Rămâne în contul nostru pentru facturi viitoare",
        "more": "și încă {count}",
        "else": "Altceva: spuneți-ne",
    },
}


def lines(*, display: Display, answers: Sequence[Sequence[tuple[str, Money]]]) -> list[str]:
    """A line for each answer: its documents with what they are credited, an empty one that the
    money stays on account; the last line is "something else"."""
    said = _WORDS[display.language]
    return [*(_line(display, answer, said) for answer in answers), said["else"]]


def _line(display: Display, answer: Sequence[tuple[str, Money]], said: dict[str, str]) -> str:
    if not answer:
        return said["account"]
    parts = [f"{number}: {display.money(money)}" for number, money in answer[:DOCUMENTS_SHOWN]]
    if len(answer) > DOCUMENTS_SHOWN:
        parts.append(said["more"].format(count=len(answer) - DOCUMENTS_SHOWN))
    return ", ".join(parts)
