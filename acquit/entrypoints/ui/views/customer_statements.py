"""A customer's statement between two days: on screen, and as the PDF the customer gets."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.core.documents.account import LEVELS
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.entrypoints import papers
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.paper import downloaded
from acquit.entrypoints.ui.views.customers import customer_or_404
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import (
    CustomerStatement,
    customer_statement,
    items_by_id,
)
from acquit.stages.receivables.queries.open_at import OpenAt, open_at


@require_GET
@page("read.receivables")
def statement(frame: Frame, key: str) -> HttpResponse:
    """Opening, movements, closing; and the items that make up the closing."""
    view = customer_or_404(frame, key)
    found, items = _read(frame, view)
    known = items_by_id(company_id=frame.company_id, item_ids=[one.item_id for one in found.lines])
    language = {
        "invoice": _("Invoice"),
        "credit_note": _("Credit note"),
        "debit_note": _("Debit note"),
        "receipt": _("Receipt"),
        "payer": _("Payer changed"),
        "third_party": _("Third party"),
        "adjustment": _("Adjustment"),
        "returned": _("Returned payment"),
    }
    rows = []
    for line in found.lines:
        item = known[line.item_id]
        rows.append(
            {
                "on": line.on,
                "kind": language.get(line.kind, line.kind),
                "number": line.number,
                "url": links.invoice(item.document_id) if item.document_id else "",
                "amount": Money(line.amount_minor, found.currency),
                "balance": Money(line.balance_minor, found.currency),
            }
        )
    query = f"currency={found.currency}&from={found.from_on}&to={found.to_on}"
    return frame.show(
        "customers/statement.html",
        {
            "public_id": key,
            "customer": view,
            "found": found,
            "opening": Money(found.opening_minor, found.currency),
            "closing": Money(found.closing_minor, found.currency),
            "rows": rows,
            "items": items,
            "pdf_url": f"{reverse('customer_statement_pdf', args=[key])}?{query}",
            "reminders": _reminders(key, found.currency) if _is_late(items, frame) else [],
            "steps": [
                Step(label=_("Customers"), url=reverse("customers")),
                Step(label=view.name, url=reverse("customer", args=[key])),
                Step(label=_("Statement")),
            ],
        },
    )


def _is_late(items: tuple[OpenAt, ...], frame: Frame) -> bool:
    return any(one.open.minor > 0 and one.due_on < frame.ctx.today for one in items)


def _reminders(key: str, currency: str) -> list[tuple[int, str]]:
    address = reverse("customer_reminder_pdf", args=[key])
    return [(level, f"{address}?currency={currency}&level={level}") for level in LEVELS]


@require_GET
@page("read.receivables")
def statement_pdf(frame: Frame, key: str) -> HttpResponse:
    """The same as a PDF in the customer's language."""
    view = customer_or_404(frame, key)
    found, items = _read(frame, view)
    file = papers.statement(company=frame.company, view=view, found=found, items=items)
    return downloaded(file)


@require_GET
@page("read.receivables")
def reminder_pdf(frame: Frame, key: str) -> HttpResponse:
    """What is late today as a letter of the level asked for, in the customer's language."""
    view = customer_or_404(frame, key)
    level = frame.request.GET.get("level", "1")
    if level not in map(str, LEVELS):
        raise Refused.because(
            "reminder.level", _("Reminders have levels 1, 2 and 3."), path="level", fix="1"
        )
    file = papers.reminder(
        company=frame.company,
        view=view,
        currency=_currency(frame, view),
        level=int(level),
        on=frame.ctx.today,
    )
    return downloaded(file)


def _currency(frame: Frame, view: CustomerView) -> str:
    currency: str = frame.request.GET.get("currency", "") or view.currency
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise Refused.because(
            "statement.currency", _("This is not a currency."), path="currency", fix="EUR"
        )
    return currency


def _read(frame: Frame, view: CustomerView) -> tuple[CustomerStatement, tuple[OpenAt, ...]]:
    today = frame.ctx.today
    start: date = asked.day(frame, "from", today.replace(day=1))
    end: date = asked.day(frame, "to", today)
    currency = _currency(frame, view)
    if end < start:
        raise Refused.because(
            "statement.days", _("The last day is before the first one."), path="to"
        )
    company_id, customer_id = frame.company_id, view.id
    return (
        customer_statement(
            company_id=company_id,
            customer_id=customer_id,
            currency=currency,
            from_on=start,
            to_on=end,
            known_at=None,
        ),
        open_at(company_id=company_id, customer_id=customer_id, currency=currency, as_at=end),
    )
