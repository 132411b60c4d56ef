"""The words of the mail that asks a customer what his payment is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from acquit.core.money import Money

DOCUMENTS_SHOWN = 6


class Display(Protocol):
    """How amounts and days are written for the reader."""

    @property
    def language(self) -> str: ...
    def money(self, amount: Money) -> str: ...
    def date(self, day: date) -> str: ...


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and paragraphs, and a line for each answer: the last one is "something else"."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    answers: tuple[str, ...]


_WORDS = {
    "en": {
        "subject": "Your payment of {amount}: what is it for?",
        "hello": "Dear customer,",
        "came": "on {day} we received {amount}. The sum fits several documents or none, and we do"
        " not want to guess.",
        "text": "Text of the payment: {text}",
        "choose": "Please choose what it is for. A page opens that shows what the answer settles;"
        " nothing happens before you confirm it there.",
        "until": "The links work until {day} and for one answer.",
        "thanks": "Thank you\n{company}",
        "account": "Keep it on our account for later invoices",
        "more": "and {count} more",
        "else": "Something else: tell us",
    },
    "fr": {
        "subject": "Votre paiement de {amount}\u202f: à quoi correspond-il\u202f?",
        "hello": "Bonjour,",
        "came": "le {day} nous avons reçu {amount}. Cette somme correspond à"
        " plusieurs documents ou à aucun, et nous ne voulons pas deviner.",
        "text": "Libellé du paiement\u202f: {text}",
        "choose": "Merci de choisir à quoi il correspond. Une page s'ouvre et montre ce que la"
        " réponse règle\u202f; rien ne se passe avant que vous l'y confirmiez.",
        "until": "Les liens fonctionnent jusqu'au {day} et pour une seule réponse.",
        "thanks": "Merci\n{company}",
        "account": "Le garder sur notre compte pour des factures à venir",
        "more": "et {count} de plus",
        "else": "Autre chose\u202f: dites-le-nous",
    },
    "de": {
        "subject": "Ihre Zahlung von {amount}: Wofür ist sie?",
        "hello": "Guten Tag,",
        "came": "am {day} haben wir {amount} erhalten. Der Betrag passt zu mehreren"
        " Belegen oder zu keinem, und wir möchten nicht raten.",
        "text": "Text der Zahlung: {text}",
        "choose": "Bitte wählen Sie, wofür die Zahlung ist. Es öffnet sich eine Seite, die zeigt,"
        " was die Antwort ausgleicht; es geschieht nichts, bevor Sie dort bestätigen.",
        "until": "Die Links gelten bis {day} und für eine Antwort.",
        "thanks": "Vielen Dank\n{company}",
        "account": "Auf unserem Konto für spätere Rechnungen stehen lassen",
        "more": "und {count} weitere",
        "else": "Etwas anderes: Sagen Sie es uns",
    },
    "ro": {
        "subject": "Plata dumneavoastră de {amount}: pentru ce este?",
        "hello": "Bună ziua,",
        "came": "la {day} am primit {amount}. Suma se potrivește cu mai multe"
        " documente sau cu niciunul și nu vrem să ghicim.",
        "text": "Textul plății: {text}",
        "choose": "Vă rugăm să alegeți pentru ce este. Se deschide o pagină care arată ce stinge"
        " răspunsul; nu se întâmplă nimic înainte să confirmați acolo.",
        "until": "Linkurile sunt valabile până la {day} și pentru un singur răspuns.",
        "thanks": "Vă mulțumim\n{company}",
        "account": "Rămâne în contul nostru pentru facturi viitoare",
        "more": "și încă {count}",
        "else": "Altceva: spuneți-ne",
    },
}


def words(
    *,
    display: Display,
    company: str,
    amount: Money,
    received_on: date,
    text: str,
    until: date,
    answers: Sequence[Sequence[tuple[str, Money]]],
) -> Words:
    """The mail in the reader's language; each answer is its documents with what they are credited,
    an empty one that the money stays on account. ``text`` is what the payer wrote, often ""."""
    said = _WORDS[display.language]
    values = {
        "amount": display.money(amount),
        "day": display.date(received_on),
        "text": " ".join(text.split()),
        "company": company,
    }
    paragraphs = [said["hello"], said["came"].format(**values)]
    if values["text"]:
        paragraphs.append(said["text"].format(**values))
    paragraphs += [said["choose"], said["until"].format(day=display.date(until))]
    paragraphs.append(said["thanks"].format(**values))
    lines = [_line(display, answer, said) for answer in answers]
    return Words(
        display.language,
        said["subject"].format(**values),
        tuple(paragraphs),
        (*lines, said["else"]),
    )


def _line(display: Display, answer: Sequence[tuple[str, Money]], said: dict[str, str]) -> str:
    if not answer:
        return said["account"]
    parts = [f"{number}: {display.money(money)}" for number, money in answer[:DOCUMENTS_SHOWN]]
    if len(answer) > DOCUMENTS_SHOWN:
        parts.append(said["more"].format(count=len(answer) - DOCUMENTS_SHOWN))
    return ", ".join(parts)
