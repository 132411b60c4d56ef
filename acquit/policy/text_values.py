"""The values that the texts of a company may name, taken from a canonical document.

Every function gives exactly the names that :mod:`acquit.policy.texts` lists for its documents, as
the reader of the language writes them; what a document does not have is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from acquit.core.codecs.pdf.display import Display
from acquit.core.documents.account import Quittance, Reminder, Statement
from acquit.core.documents.despatch import DespatchAdvice
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.parties import Contact, Party
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money
from acquit.core.payment_references import read_reference

Values = dict[str, str]


def of_invoice(document: Invoice, display: Display) -> Values:
    """Of an invoice, credit note or debit note."""
    preceding = document.preceding_invoices
    due = document.totals.due
    payment = document.payment
    return {
        **of_parties(document.seller, document.buyer),
        **_head(document.kind.value, document.number, document.issue_date, display),
        "document.total": display.money(document.totals.gross),
        "document.net": display.money(document.totals.net),
        "document.due": display.money(due) if due.minor > 0 else "",
        "document.due_date": _day(document.due_date, display),
        "document.reference": _reference((payment.remittance if payment else None) or ""),
        "document.order": document.references.purchase_order or "",
        "document.corrects": preceding[0].number if preceding else "",
        "document.terms": document.payment_terms or "",
    }


def of_statement(statement: Statement, display: Display) -> Values:
    """Of a statement of account, dated by its last day."""
    closing = statement.closing
    return {
        **of_parties(statement.issuer, statement.customer),
        **_head("statement", statement.number, statement.end, display),
        "document.due": display.money(closing) if closing.minor > 0 else "",
    }


def of_reminder(reminder: Reminder, display: Display) -> Values:
    """Of a reminder; the days are those of the item that is late the longest."""
    days = [item.due_date or item.issue_date for item in reminder.items if item.open.minor > 0]
    return {
        **of_parties(reminder.issuer, reminder.customer),
        **_head(f"reminder_{reminder.level}", reminder.number, reminder.issue_date, display),
        "document.due": display.money(reminder.due),
        "document.due_date": _day(reminder.pay_by, display),
        "document.reference": _reference(reminder.reference or ""),
        "reminder.items": str(len(days)),
        "reminder.days": str((reminder.issue_date - min(days)).days),
    }


def of_quittance(quittance: Quittance, display: Display) -> Values:
    """Of the acknowledgement of money."""
    return {
        **of_parties(quittance.issuer, quittance.payer),
        **_head("quittance", quittance.number, quittance.issue_date, display),
        "document.total": display.money(quittance.amount),
    }


def of_delivery(advice: DespatchAdvice, display: Display) -> Values:
    """Of a delivery note."""
    return {
        **of_parties(advice.seller, advice.buyer),
        **_head("delivery_note", advice.number, advice.issue_date, display),
        "document.order": advice.order_number or "",
    }


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a customer is asked about: ``text`` is what the payer wrote, often ""; he can
    answer ``until`` a day."""

    number: str
    amount: Money
    received_on: date
    text: str
    until: date


_PAYMENT = {"en": "payment", "fr": "paiement", "de": "Zahlung", "ro": "plată"}


def of_question(payment: Payment, seller: Party, buyer: Party, display: Display) -> Values:
    """Of the question what a payment is for."""
    return {
        **of_parties(seller, buyer),
        "document.kind": _PAYMENT[display.language],
        "document.number": payment.number,
        "document.date": _day(payment.received_on, display),
        "document.total": display.money(payment.amount),
        "question.text": " ".join(payment.text.split()),
        "question.until": _day(payment.until, display),
    }


def of_parties(seller: Party | TradeParty, buyer: Party | TradeParty) -> Values:
    """Of the two whom every document names."""
    contact = seller.contact or Contact()
    return {
        "company.name": seller.name or "",
        "company.contact": contact.name or "",
        "company.email": contact.email or "",
        "company.phone": contact.phone or "",
        "customer.name": buyer.name or "",
        "customer.number": buyer.identifiers[0].value if buyer.identifiers else "",
        "customer.contact": (buyer.contact.name if buyer.contact else None) or "",
    }


def _head(kind: str, number: str, day: date, display: Display) -> Values:
    return {
        "document.kind": display.label(kind),
        "document.number": number,
        "document.date": _day(day, display),
    }


def _day(day: date | None, display: Display) -> str:
    return str(format_date(day, "long", locale=display.locale)) if day else ""


def _reference(text: str) -> str:
    known = read_reference(text)
    return known.printed if known else text
