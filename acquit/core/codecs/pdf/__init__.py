"""PDF/A-3b papers in three designs: invoice and credit note, statement of account, reminder,
quittance, delivery note.

Only written: a PDF is read through the invoice XML inside it (``codecs.facturx``).
"""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.codecs.pdf.account import quittance_data, reminder_data, statement_data
from acquit.core.codecs.pdf.branding import Branding, NotPrintable
from acquit.core.codecs.pdf.delivery import delivery_data
from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.pdf.engine import compile_pdf
from acquit.core.codecs.pdf.invoice import invoice_data
from acquit.core.documents.account import Quittance, Reminder, Statement
from acquit.core.documents.despatch import DespatchAdvice
from acquit.core.documents.invoice import Invoice
from acquit.core.looks import DESIGNS, NOTHING, Words

__all__ = [
    "DESIGNS",
    "NAME",
    "NOTHING",
    "Branding",
    "NotPrintable",
    "Words",
    "render",
    "render_delivery_note",
    "render_quittance",
    "render_reminder",
    "render_statement",
]

NAME = "pdf"


def render(
    *,
    document: Invoice,
    branding: Branding,
    locale: str,
    mentions: Sequence[str],
    words: Words = NOTHING,
) -> bytes:
    """The document as PDF/A-3b in the recipient's locale (``fr``, ``de-AT``, ...).

    ``mentions`` are the texts that the country's law wants on paper, ``words`` the company's own.
    The creation date is the issue date, so the same document always gives the same bytes.
    NotPrintable names a character that no font has, or a logo that is no picture.
    """
    data = invoice_data(
        document=document,
        branding=branding,
        display=display_for(locale, seller=document.seller.address.country),
        mentions=mentions,
        words=words,
    )
    return compile_pdf(template="invoice", data=data, created=document.issue_date)


def render_statement(
    *,
    statement: Statement,
    branding: Branding,
    locale: str,
    mentions: Sequence[str],
    words: Words = NOTHING,
) -> bytes:
    """The statement of account as PDF/A-3b, dated by its last day."""
    data = statement_data(
        statement=statement,
        branding=branding,
        display=display_for(locale, seller=statement.issuer.address.country),
        mentions=mentions,
        words=words,
    )
    return compile_pdf(template="statement", data=data, created=statement.end)


def render_reminder(
    *,
    reminder: Reminder,
    branding: Branding,
    locale: str,
    mentions: Sequence[str],
    words: Words = NOTHING,
) -> bytes:
    """The reminder as PDF/A-3b: the letter, what is late, how to pay."""
    data = reminder_data(
        reminder=reminder,
        branding=branding,
        display=display_for(locale, seller=reminder.issuer.address.country),
        mentions=mentions,
        words=words,
    )
    return compile_pdf(template="reminder", data=data, created=reminder.issue_date)


def render_quittance(
    *,
    quittance: Quittance,
    branding: Branding,
    locale: str,
    mentions: Sequence[str],
    words: Words = NOTHING,
) -> bytes:
    """The quittance as PDF/A-3b, with the amount in figures and in words."""
    data = quittance_data(
        quittance=quittance,
        branding=branding,
        display=display_for(locale, seller=quittance.issuer.address.country),
        mentions=mentions,
        words=words,
    )
    return compile_pdf(template="quittance", data=data, created=quittance.issue_date)


def render_delivery_note(
    *,
    advice: DespatchAdvice,
    branding: Branding,
    locale: str,
    mentions: Sequence[str],
    words: Words = NOTHING,
) -> bytes:
    """The delivery note as PDF/A-3b: what was handed over, to be signed."""
    home = advice.seller.address.country if advice.seller.address else ""
    data = delivery_data(
        advice=advice,
        branding=branding,
        display=display_for(locale, seller=home),
        mentions=mentions,
        words=words,
    )
    return compile_pdf(template="delivery", data=data, created=advice.issue_date)
