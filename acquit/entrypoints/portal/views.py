"""The pages of one document: reading changes nothing, saying "received" is a POST."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from acquit.access.models import Company
from acquit.core.codecs.pdf.codes import epc_qr
from acquit.core.money import Money
from acquit.core.text import sha256
from acquit.entrypoints.portal.opening import Visit, opened
from acquit.entrypoints.ui.paper import Paper, Transfer, paper_of
from acquit.entrypoints.ui.picture import harmless, picture
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.link import Seeing, see
from acquit.stages.invoices import queries as invoices
from acquit.stages.receivables.queries import items_of, open_items

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
MEDIA = {"pdf": "application/pdf", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class Due:
    """What is still to pay, and by when; ``status`` is a word of the status list."""

    paper: Paper
    open: Money
    status: str

    @property
    def is_to_pay(self) -> bool:
        return bool(self.open) and not self.paper.is_credit


@require_safe
@opened
def document(visit: Visit) -> HttpResponse:
    """Amount and day first, then how to pay, then the lines."""
    due = due_of(visit)
    files = []
    for form in MEDIA:
        piece = dispatch.rendition(
            company_id=visit.company_id, document_id=visit.document_id, form=form
        )
        if piece is not None:
            files.append((form, sha256(piece.body)))
    has_qr = qr_of(due) is not None
    values = {
        "guest": visit.guest,
        "token": visit.token,
        "due": due,
        "paper": due.paper,
        "files": files,
        "qr_url": reverse("portal_qr", args=[visit.token]) if has_qr else "",
        "has_more": due.is_to_pay and _has_more(visit),
        "today": visit.ctx.today,
    }
    return render(visit.request, "portal/document.html", values)


def _has_more(visit: Visit) -> bool:
    """Whether the customer has something else open, that he could pay by the same transfer."""
    customer_id = visit.link.customer_id
    page = open_items(company_id=visit.company_id, customer_id=customer_id, limit=2, after=None)
    return any(item.document_id not in (None, visit.document_id) for item in page.items)


def due_of(visit: Visit) -> Due:
    """The document with what is open of it now."""
    (form,) = invoices.canonical(company_id=visit.company_id, document_ids=[visit.document_id])
    items = items_of(company_id=visit.company_id, document_ids=[visit.document_id], receipt_ids=[])
    paper = paper_of(form)
    open_amount = Money(sum(item.open_minor for item in items), form.currency)
    return Due(paper, open_amount, _status(paper, open_amount, visit.ctx.today))


def _status(paper: Paper, open_amount: Money, today: date) -> str:
    if paper.is_credit:
        return "unapplied" if open_amount else "applied"
    if not open_amount:
        return "paid"
    if paper.due_on and paper.due_on < today:
        return "overdue"
    return "open" if open_amount == paper.gross else "partly_paid"


@require_safe
@opened
def file(visit: Visit, form: str) -> HttpResponse:
    """The very bytes that were sent; their SHA-256 stands on the page and in the header."""
    piece = dispatch.rendition(
        company_id=visit.company_id, document_id=visit.document_id, form=form
    )
    if piece is None:
        raise Http404("the file was not made yet")
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in piece.name)
    answer = HttpResponse(piece.body, content_type=MEDIA[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-SHA256"] = sha256(piece.body)
    return answer


@require_safe
@opened
def qr(visit: Visit) -> HttpResponse:
    """The EPC QR of what is open, for a banking app."""
    svg = qr_of(due_of(visit))
    if svg is None:
        raise Http404("no code for this document")
    return HttpResponse(svg, content_type="image/svg+xml")


def qr_of(due: Due) -> str | None:
    transfer = due.paper.transfer
    return transfer_qr(transfer, due.open) if transfer and due.is_to_pay else None


def transfer_qr(to: Transfer, amount: Money) -> str | None:
    """The EPC QR of a transfer; None where the scheme allows none."""
    return epc_qr(
        amount=amount,
        iban=to.iban,
        bic=to.bic or None,
        name=to.name,
        remittance=to.remittance,
    )


@require_safe
@opened
def brand(visit: Visit) -> HttpResponse:
    return brand_of(visit.company)


def brand_of(company: Company) -> HttpResponse:
    """The seller's colour as a rule above the page: a file, since the page may carry no style."""
    colour = company.accent
    rules = ""
    if _COLOUR.fullmatch(colour):
        rules = f".guest-top{{border-block-start:4px solid {colour}}}.due{{border-color:{colour}}}"
    return HttpResponse(rules, content_type="text/css")


@harmless
@require_safe
@opened
def logo(visit: Visit) -> HttpResponse:
    """The seller's logo."""
    return picture(company=visit.company)


@require_POST
@opened
def seen(visit: Visit) -> HttpResponse:
    """The customer has it: told by the page once it is shown, or by the button."""
    see(
        ctx=visit.ctx,
        items=[Seeing(document_id=visit.document_id, link_id=visit.link.id)],
    )
    if visit.request.POST.get("quiet"):
        return HttpResponse(status=204)
    messages.success(visit.request, _("Thank you. We noted that you received this document."))
    return HttpResponseRedirect(reverse("portal_document", args=[visit.token]))
