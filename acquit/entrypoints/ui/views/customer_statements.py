"""A customer's statement between two days: on screen, and as the PDF the customer gets."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.core.codecs.pdf import render_statement
from acquit.core.documents.account import Movement, MovementKind, Statement, StatementItem
from acquit.core.documents.invoice import CreditTransfer
from acquit.core.documents.parties import Address, Identifier, Party
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.views.customers import customer_or_404
from acquit.stages.dispatch.commands.render import branding_of
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import (
    CustomerStatement,
    customer_statement,
    items_by_id,
)
from acquit.stages.receivables.queries.open_at import OpenAt, open_at

KINDS = {
    "invoice": MovementKind.INVOICE,
    "credit_note": MovementKind.CREDIT_NOTE,
    "debit_note": MovementKind.DEBIT_NOTE,
    "receipt": MovementKind.RECEIPT,
    "payer": MovementKind.RECEIPT,
    "third_party": MovementKind.ADJUSTMENT,
    "adjustment": MovementKind.ADJUSTMENT,
}


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
            "steps": [
                Step(label=_("Customers"), url=reverse("customers")),
                Step(label=view.name, url=reverse("customer", args=[key])),
                Step(label=_("Statement")),
            ],
        },
    )


@require_GET
@page("read.receivables")
def statement_pdf(frame: Frame, key: str) -> HttpResponse:
    """The same as a PDF in the customer's language."""
    view = customer_or_404(frame, key)
    found, items = _read(frame, view)
    body = render_statement(
        statement=_paper(frame, view, found, items),
        branding=branding_of(frame.company),
        locale=view.locale.replace("_", "-"),
        mentions=(),
    )
    answer = HttpResponse(body, content_type="application/pdf")
    name = f"{view.number}-{found.currency}-{found.to_on.isoformat()}.pdf"
    safe = "".join(c if c.isalnum() or c in "-._" else "_" for c in name)
    answer["Content-Disposition"] = f'attachment; filename="{safe}"'
    return answer


def _read(frame: Frame, view: CustomerView) -> tuple[CustomerStatement, tuple[OpenAt, ...]]:
    today = frame.ctx.today
    start: date = asked.day(frame, "from", today.replace(day=1))
    end: date = asked.day(frame, "to", today)
    currency = frame.request.GET.get("currency", "") or view.currency
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise Refused.because(
            "statement.currency", _("This is not a currency."), path="currency", fix="EUR"
        )
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


def _paper(
    frame: Frame, view: CustomerView, found: CustomerStatement, items: tuple[OpenAt, ...]
) -> Statement:
    company, currency = frame.company, found.currency
    transfer = None
    if company.iban:
        transfer = CreditTransfer(company.iban, company.name, company.bic or None)
    return Statement(
        number=f"{view.number} {found.to_on.isoformat()}",
        issuer=_party(company, ""),
        customer=_party(view, view.number),
        currency=currency,
        start=found.from_on,
        end=found.to_on,
        opening=Money(found.opening_minor, currency),
        movements=tuple(
            Movement(line.on, KINDS[line.kind], line.number, Money(line.amount_minor, currency))
            for line in found.lines
        ),
        closing=Money(found.closing_minor, currency),
        items=tuple(
            StatementItem(one.number, one.issued_on, one.due_on, one.original, one.open)
            for one in items
        ),
        pay_to=transfer,
    )


def _party(of: CustomerView | object, number: str) -> Party:
    """Seller or customer from anything with the address columns."""

    def text(name: str) -> str | None:
        return str(getattr(of, name, "") or "") or None

    return Party(
        name=text("name") or "",
        address=Address(
            country=text("country") or "",
            street=text("street"),
            city=text("city"),
            postcode=text("postcode"),
            subdivision=text("region"),
        ),
        identifiers=(Identifier(number),) if number else (),
        vat_id=text("vat_id"),
    )
