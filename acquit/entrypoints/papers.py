"""Papers made when somebody asks for them: statement, reminder, quittance, delivery note.

Pages and console call the same functions. The paper is in the customer's language, in the design
and with the words of the company; nothing is recorded by making one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from acquit.access.models import Company
from acquit.core.codecs import pdf
from acquit.core.codecs.pdf.display import Display
from acquit.core.documents.account import (
    Movement,
    MovementKind,
    PaymentMeans,
    Quittance,
    QuittanceItem,
    Reminder,
    Statement,
    StatementItem,
)
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.invoice import CreditTransfer, Item
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Fault, Refused
from acquit.core.looks import Words
from acquit.core.money import Money
from acquit.core.payment_references import Scope
from acquit.history.queries import timeline
from acquit.policy import text_values, texts
from acquit.policy.queries import in_force
from acquit.stages.dispatch.commands.render import branding_of
from acquit.stages.dispatch.queries.sayings import asked, sayings, shown
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.rules.quoting import Quoting
from acquit.stages.masterdata.queries import CustomerView, customer, customers_by_number
from acquit.stages.matching.queries import ReceiptDetail, receipt_detail
from acquit.stages.orders.queries import DeliveryView, delivery
from acquit.stages.orders.rules.places import NOWHERE, Place
from acquit.stages.receipts.queries import receipt_with_quittance
from acquit.stages.receivables.queries import CustomerStatement, customer_statement, items_by_id
from acquit.stages.receivables.queries.open_at import OpenAt, open_at

KINDS = ("invoice", "statement", "reminder", "quittance", "delivery-note")
PAY_WITHIN = timedelta(days=10)
_MOVEMENTS = {
    "invoice": MovementKind.INVOICE,
    "credit_note": MovementKind.CREDIT_NOTE,
    "debit_note": MovementKind.DEBIT_NOTE,
    "receipt": MovementKind.RECEIPT,
    "payer": MovementKind.RECEIPT,
    "third_party": MovementKind.ADJUSTMENT,
    "adjustment": MovementKind.ADJUSTMENT,
    "returned": MovementKind.ADJUSTMENT,
}
_MEANS = {
    "cash": PaymentMeans.CASH,
    "card": PaymentMeans.CARD,
    "cheque": PaymentMeans.CHEQUE,
    "bank": PaymentMeans.TRANSFER,
    "direct_debit": PaymentMeans.TRANSFER,
}


class NotThere(Refused):
    """There is no document, receipt, delivery or customer of that number."""


class NothingLate(Refused):
    """There is nothing to remind the customer of on that day."""


class File(NamedTuple):
    """A paper with the name it is saved under."""

    name: str
    body: bytes


def statement(
    *, company: Company, view: CustomerView, found: CustomerStatement, items: tuple[OpenAt, ...]
) -> File:
    """The account between two days."""
    currency = found.currency
    paper = Statement(
        number=f"{view.number} {found.to_on.isoformat()}",
        issuer=seller(company),
        customer=buyer(view),
        currency=currency,
        start=found.from_on,
        end=found.to_on,
        opening=Money(found.opening_minor, currency),
        movements=tuple(
            Movement(
                line.on, _MOVEMENTS[line.kind], line.number, Money(line.amount_minor, currency)
            )
            for line in found.lines
        ),
        closing=Money(found.closing_minor, currency),
        items=_items(items),
        pay_to=_pay_to(company),
        reference=_reference(company, view, currency, found.to_on),
    )
    display = shown(view.locale, company.country)
    body = pdf.render_statement(
        statement=paper,
        branding=branding_of(company),
        locale=str(display.locale),
        mentions=(),
        words=_words(company, view, "statement", found.to_on, display,
                     text_values.of_statement(paper, display)),
    )  # fmt: skip
    return File(_name(f"{view.number}-{currency}-{found.to_on.isoformat()}"), body)


def late(*, company: Company, view: CustomerView, currency: str, level: int, on: date) -> Reminder:
    """The reminder of what is late on the day; NothingLate where nothing is."""
    items = [
        one
        for one in open_at(company_id=company.id, customer_id=view.id, currency=currency, as_at=on)
        if one.open.minor < 0 or one.due_on < on
    ]
    if sum(one.open.minor for one in items) <= 0:
        message = f"{view.name} owes nothing in {currency} that is late on {on.isoformat()}"
        raise NothingLate.because("reminder.nothing", message, path="customer")
    return Reminder(
        number=f"{view.number}-{on.isoformat()}-{level}",
        level=level,
        issue_date=on,
        pay_by=on + PAY_WITHIN,
        issuer=seller(company),
        customer=buyer(view),
        items=_items(items),
        pay_to=_pay_to(company),
        reference=_reference(company, view, currency, on),
    )


def reminder(*, company: Company, view: CustomerView, currency: str, level: int, on: date) -> File:
    """What is late on the day, with the credits that lower it; NothingLate where nothing is."""
    paper = late(company=company, view=view, currency=currency, level=level, on=on)
    display = shown(view.locale, company.country)
    body = pdf.render_reminder(
        reminder=paper,
        branding=branding_of(company),
        locale=str(display.locale),
        mentions=(),
        words=_words(company, view, f"reminder_{level}", on, display,
                     text_values.of_reminder(paper, display)),
    )  # fmt: skip
    return File(_name(paper.number), body)


def quittance(*, company: Company, view: CustomerView, detail: ReceiptDetail) -> File:
    """The numbered acknowledgement of a receipt, the amount in figures and in words."""
    receipt = detail.receipt
    paid = [
        (one, one.debit_item_id)
        for one in detail.allocations
        if one.is_active and one.debit_item_id is not None
    ]
    items = items_by_id(company_id=company.id, item_ids=[item_id for _one, item_id in paid])
    paper = Quittance(
        number=receipt.quittance_number,
        issuer=seller(company),
        payer=buyer(view),
        issue_date=receipt.received_on,
        amount=Money(receipt.amount_minor, receipt.currency),
        means=_MEANS[receipt.method],
        items=tuple(
            QuittanceItem(
                one.debit_number,
                items[item_id].effective_on,
                Money(one.amount_minor, one.currency),
            )
            for one, item_id in paid
        ),
        place=company.city,
        purpose=receipt.text,
        received_by=_recorded_by(company.id, receipt.id),
    )
    display = shown(view.locale or company.locale, company.country)
    body = pdf.render_quittance(
        quittance=paper,
        branding=branding_of(company),
        locale=str(display.locale),
        mentions=(),
        words=_words(company, view, "quittance", paper.issue_date, display,
                     text_values.of_quittance(paper, display)),
    )  # fmt: skip
    return File(_name(paper.number), body)


def invoice(*, company: Company, number: str) -> File:
    """An issued document as its reader would get it now; NotThere for an unknown number."""
    document_id = invoices.ids_by_number(company_id=company.id, numbers=[number]).get(number)
    if document_id is None:
        raise missing("invoice", number)
    (document,) = invoices.canonical(company_id=company.id, document_ids=[document_id])
    buyers = invoices.buyers(company_id=company.id, document_ids=[document_id])
    locale = buyers[document_id]["locale"]
    said = sayings(
        company_id=company.id, documents={document_id: document}, locales={document_id: locale}
    )
    body = pdf.render(
        document=document,
        branding=branding_of(company),
        locale=locale.replace("_", "-"),
        mentions=(),
        words=said[document_id].words,
    )
    return File(_name(number), body)


def made(*, company: Company, kind: str, number: str, level: int, currency: str, on: date) -> File:
    """The paper of a kind (:data:`KINDS`) as its reader would get it; NotThere for an unknown
    number. ``level``, ``currency`` and ``on`` are of reminders and statements."""
    if kind == "invoice":
        return invoice(company=company, number=number)
    if kind == "delivery-note":
        return delivery_of(company=company, number=number)
    if kind == "quittance":
        return quittance_of(company=company, number=number)
    return of_account(
        company=company, kind=kind, number=number, level=level, currency=currency, on=on
    )


def quittance_of(*, company: Company, number: str) -> File:
    """The quittance of a number; NotThere where none has it."""
    found = receipt_with_quittance(company_id=company.id, number=number)
    detail = receipt_detail(company_id=company.id, receipt_id=found) if found else None
    if detail is None:
        raise missing("quittance", number)
    payer = detail.receipt.customer_id or detail.item.customer_id
    view = customer(company_id=company.id, customer_id=payer) if payer else None
    if view is None:
        raise missing("quittance", number)
    return quittance(company=company, view=view, detail=detail)


def delivery_of(*, company: Company, number: str) -> File:
    """The note of a delivery; NotThere where none has the number."""
    found = delivery(company_id=company.id, number=number)
    if found is None:
        raise missing("delivery", number)
    return delivery_note(company=company, handed_over=found)


def of_account(
    *, company: Company, kind: str, number: str, level: int, currency: str, on: date
) -> File:
    """``statement`` of the month up to the day, or ``reminder``; of a customer by his number."""
    view = customers_by_number(company_id=company.id, numbers=[number]).get(number)
    if view is None:
        raise missing("customer", number)
    asked_in = currency.upper() or view.currency
    if kind == "reminder":
        return reminder(company=company, view=view, currency=asked_in, level=level, on=on)
    found = customer_statement(
        company_id=company.id,
        customer_id=view.id,
        currency=asked_in,
        from_on=on.replace(day=1),
        to_on=on,
        known_at=None,
    )
    items = open_at(company_id=company.id, customer_id=view.id, currency=asked_in, as_at=on)
    return statement(company=company, view=view, found=found, items=items)


def _reference(company: Company, view: CustomerView, currency: str, on: date) -> str | None:
    """What to quote who pays an account and not one document: the customer, with check digits."""
    policy = in_force(company_id=company.id, name="payment_reference", on=on)
    quoting = Quoting(policy.table, company.country, company.iban)
    return quoting.reference(view, currency=currency, number=view.number, scope=Scope.CUSTOMER)


# What a number may be of: nothing has it, and where those are that have one.
_MISSING = {
    "invoice": (
        "there is no invoice, credit note or debit note {number!r}",
        "take the number as the page Invoices shows it",
    ),
    "quittance": (
        "there is no quittance {number!r}",
        "take the number as it stands on the quittance; the page Receipts lists them",
    ),
    "delivery": (
        "there is no delivery {number!r}",
        "take the number of the delivery, not of the order or invoice",
    ),
    "customer": (
        "there is no customer {number!r}",
        "take the number as the page Customers shows it",
    ),
}


def missing(what: str, number: str) -> NotThere:
    """The refusal of a number that none of its kind has; ``what`` is a key of ``_MISSING``."""
    message, fix = _MISSING[what]
    return NotThere((Fault("paper.missing", message.format(number=number), "number", fix=fix),))


def delivery_note(*, company: Company, handed_over: DeliveryView) -> File:
    """What was handed over, to be signed: without prices."""
    view = customer(company_id=company.id, customer_id=handed_over.customer_id)
    assert view is not None  # a delivery's customer is there by its key
    paper = DespatchAdvice(
        number=handed_over.number,
        issue_date=handed_over.delivered_on,
        buyer=_traded(buyer(view)),
        seller=_traded(seller(company)),
        lines=tuple(
            DespatchLine(
                str(line.line_no),
                Item(name=line.description, seller_id=line.item_code),
                line.quantity,
                line.unit,
                order_line=line.buyer_line or None,
            )
            for line in handed_over.lines
        ),
        despatched_on=handed_over.delivered_on,
        deliver_to=_place(handed_over.deliver_to),
        order_number=handed_over.purchase_order or handed_over.order_number,
    )
    display = shown(view.locale, company.country)
    body = pdf.render_delivery_note(
        advice=paper,
        branding=branding_of(company),
        locale=str(display.locale),
        mentions=(),
        words=_words(company, view, "delivery_note", paper.issue_date, display,
                     text_values.of_delivery(paper, display)),
    )  # fmt: skip
    return File(_name(paper.number), body)


def _place(place: Place) -> TradeParty | None:
    if place == NOWHERE:
        return None
    given = place.delivery()
    return TradeParty(
        name=given.name,
        identifiers=(given.location,) if given.location else (),
        address=given.address,
    )


def seller(company: Company) -> Party:
    """The company as its papers name it."""
    registration = company.registration_id
    return Party(
        name=company.name,
        address=_address(company),
        vat_id=company.vat_id or None,
        tax_registration=company.tax_number or None,
        legal_registration=Identifier(registration) if registration else None,
        legal_information=company.legal_form or None,
        contact=Contact(company.contact_name or None, company.phone or None, company.email or None),
    )


def buyer(view: CustomerView) -> Party:
    """The customer as papers name him, with his number."""
    return Party(
        name=view.name,
        address=_address(view),
        identifiers=(Identifier(view.number),),
        vat_id=view.vat_id or None,
        contact=Contact(view.contact_name) if view.contact_name else None,
    )


def _address(of: Company | CustomerView) -> Address:
    return Address(
        country=of.country,
        street=of.street or None,
        city=of.city or None,
        postcode=of.postcode or None,
        subdivision=of.region or None,
    )


def _traded(party: Party) -> TradeParty:
    return TradeParty(party.name, party.identifiers, party.address, party.vat_id, party.contact)


def _items(items: list[OpenAt] | tuple[OpenAt, ...]) -> tuple[StatementItem, ...]:
    return tuple(
        StatementItem(one.number, one.issued_on, one.due_on, one.original, one.open)
        for one in items
    )


def _pay_to(company: Company) -> CreditTransfer | None:
    if not company.iban:
        return None
    return CreditTransfer(company.iban, company.name, company.bic or None)


def _words(
    company: Company,
    view: CustomerView,
    document: str,
    on: date,
    display: Display,
    values: text_values.Values,
) -> Words:
    policy = in_force(company_id=company.id, name=texts.NAME, on=on)
    return texts.words(table=policy.table, asked=asked(document, display, view), values=values)


def _recorded_by(company_id: UUID, receipt_id: UUID) -> str:
    """Whoever recorded the receipt, as the log says."""
    facts = timeline(company_id=company_id, subject_ids=[receipt_id], limit=1)
    return facts[0].actor_name if facts else ""


def _name(number: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in number) + ".pdf"
