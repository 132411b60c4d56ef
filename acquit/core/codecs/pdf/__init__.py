"""PDF/A-3b papers: invoice and credit note, statement of account, quittance.

Only written: a PDF is read through the invoice XML inside it (``codecs.facturx``).
"""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.codecs.pdf.account import quittance_data, statement_data
from acquit.core.codecs.pdf.branding import Branding, NotPrintable
from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.pdf.engine import compile_pdf
from acquit.core.codecs.pdf.invoice import invoice_data
from acquit.core.documents.account import Quittance, Statement
from acquit.core.documents.invoice import Invoice

__all__ = ["NAME", "Branding", "NotPrintable", "render", "render_quittance", "render_statement"]

NAME = "pdf"


def render(*, document: Invoice, branding: Branding, locale: str, mentions: Sequence[str]) -> bytes:
    """The document as PDF/A-3b in the recipient's locale (``fr``, ``de-AT``, ...).

    ``mentions`` are the texts that the country's law wants on paper. The creation date is the
    issue date, so the same document always gives the same bytes. NotPrintable names a character
    that no font has, or a logo that is no picture.
    """
    display = display_for(locale)
    data = invoice_data(document=document, branding=branding, display=display, mentions=mentions)
    return compile_pdf(template="invoice", data=data, created=document.issue_date)


def render_statement(
    *, statement: Statement, branding: Branding, locale: str, mentions: Sequence[str]
) -> bytes:
    """The statement of account as PDF/A-3b, dated by its last day."""
    data = statement_data(
        statement=statement, branding=branding, display=display_for(locale), mentions=mentions
    )
    return compile_pdf(template="statement", data=data, created=statement.end)


def render_quittance(
    *, quittance: Quittance, branding: Branding, locale: str, mentions: Sequence[str]
) -> bytes:
    """The quittance as PDF/A-3b, with the amount in figures and in words."""
    data = quittance_data(
        quittance=quittance, branding=branding, display=display_for(locale), mentions=mentions
    )
    return compile_pdf(template="quittance", data=data, created=quittance.issue_date)
