"""The words of the mail that carries a document, in the customer's language."""

from __future__ import annotations

from dataclasses import dataclass

from babel.dates import format_date
from babel.numbers import format_currency

from acquit.core.documents.invoice import DocumentKind, Invoice

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "invoice": "Invoice",
        "credit_note": "Credit note",
        "debit_note": "Debit note",
        "greeting": "Good day,",
        "body": "please find attached {kind} {number} of {date} for {gross}.",
        "due": "The amount is due on {due}. Please quote {number} with your payment.",
        "credit": "The amount is credited to your account.",
        "files": "The PDF is for reading; the XML is the same document for your software.",
        "link": "See the document online",
        "regards": "Kind regards",
    },
    "fr": {
        "invoice": "Facture",
        "credit_note": "Avoir",
        "debit_note": "Note de débit",
        "greeting": "Bonjour,",
        "body": "vous trouverez ci-joint le document {kind} {number} du {date}, montant : {gross}.",
        "due": "Le montant est à régler le {due}. Merci d’indiquer {number} avec votre paiement.",
        "credit": "Le montant est porté au crédit de votre compte.",
        "files": "Le PDF est à lire, le XML est le même document pour votre logiciel.",
        "link": "Voir le document en ligne",
        "regards": "Cordialement",
    },
    "de": {
        "invoice": "Rechnung",
        "credit_note": "Rechnungskorrektur",
        "debit_note": "Belastungsanzeige",
        "greeting": "Guten Tag,",
        "body": "anbei erhalten Sie {kind} {number} vom {date} über {gross}.",
        "due": "Der Betrag ist am {due} fällig. Bitte geben Sie bei der Zahlung {number} an.",
        "credit": "Der Betrag wird Ihrem Konto gutgeschrieben.",
        "files": "Das PDF ist zum Lesen, das XML derselbe Beleg für Ihre Software.",
        "link": "Beleg online ansehen",
        "regards": "Mit freundlichen Grüßen",
    },
    "ro": {
        "invoice": "Factura",
        "credit_note": "Factura storno",
        "debit_note": "Nota de debit",
        "greeting": "Bună ziua,",
        "body": "vă trimitem atașat documentul {kind} {number} din {date}, în valoare de {gross}.",
        "due": "Suma este scadentă la {due}. Vă rugăm să menționați {number} la plată.",
        "credit": "Suma este creditată în contul dumneavoastră.",
        "files": "PDF-ul este pentru citit, XML-ul este același document pentru programul dvs.",
        "link": "Vedeți documentul online",
        "regards": "Cu stimă",
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and paragraphs of one mail, and the text of its link."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    link_text: str


def words(*, document: Invoice, locale: str) -> Words:
    """The mail about a document; English where the language is not one of ours."""
    language = locale[:2] if locale[:2] in _WORDS else "en"
    shown = locale.replace("-", "_") if locale[:2] in _WORDS else "en_GB"
    text = _WORDS[language]
    kind = text[document.kind.value]
    values = {
        "kind": kind,
        "number": document.number,
        "date": format_date(document.issue_date, "long", locale=shown),
        "gross": format_currency(document.totals.gross.decimal, document.currency, locale=shown),
        "due": format_date(document.due_date or document.issue_date, "long", locale=shown),
    }
    is_credit = document.kind is DocumentKind.CREDIT_NOTE
    paragraphs = (
        text["greeting"],
        text["body"].format(**values),
        text["credit" if is_credit else "due"].format(**values),
        text["files"],
        f"{text['regards']}\n{document.seller.name}",
    )
    subject = f"{kind} {document.number} · {document.seller.name}"
    return Words(language, subject, paragraphs, text["link"])
