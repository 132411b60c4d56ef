"""The list of documents, and one document with everything that happened to it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Refused
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.text import sha256
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.history import timeline_of
from acquit.entrypoints.ui.paper import paper_of
from acquit.entrypoints.ui.portal_links import new_token
from acquit.history.archive import Piece
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.deliver import link_url
from acquit.stages.dispatch.commands.link import NewLink, link, revoke_link
from acquit.stages.dispatch.commands.render import render
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import links_of
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.queries import DocumentView
from acquit.stages.invoices.queries.deliveries import deliveries_of
from acquit.stages.receivables import queries as receivables
from acquit.stages.receivables.commands.undo import Undo, undo
from acquit.stages.receivables.queries.documents import DocumentBalance

MEDIA = {"pdf": "application/pdf", "xml": "application/xml"}


@require_GET
@page("read.invoices")
def invoice(frame: Frame, key: str) -> HttpResponse:
    """One document, as a page or as the fragment of a peek."""
    view = view_or_404(frame, key)
    return show(frame, key, view)


def view_or_404(frame: Frame, key: str) -> DocumentView:
    found = invoices.document(company_id=frame.company_id, document_id=id_or_404("document", key))
    if found is None:
        raise Http404("no such document")
    return found


def show(frame: Frame, key: str, view: DocumentView, *, portal_url: str = "") -> HttpResponse:
    """The page; ``portal_url`` is a link just made, which only this answer can show."""
    row, company_id = view.row, frame.company_id
    items = receivables.items_of(company_id=company_id, document_ids=[row.id], receipt_ids=[])
    open_minor = sum(item.open_minor for item in items)
    sent = dispatch.of_documents(company_id=company_id, document_ids=[row.id]).get(row.id, [])
    balance = DocumentBalance(
        id=row.id,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        customer_id=row.customer_id,
        customer_number=row.customer_number,
        customer_name=row.customer_name,
        gross=row.gross,
        open=Money(open_minor, row.gross.currency),
        is_credited=bool(view.corrections),
        report_by=row.report_by,
        reported_on=row.reported_on,
    )
    values = {
        "public_id": key,
        "view": view,
        "row": row,
        "paper": paper_of(view.document),
        "balance": balance,
        "status": balance.status(frame.ctx.today),
        "customer_url": links.customer(row.customer_id),
        "original_url": links.invoice(view.original.id) if view.original else "",
        "corrections": [(one, links.invoice(one.id)) for one in view.corrections],
        "dispatches": [(one, to_public("dispatch", one.id)) for one in sent],
        "portal_url": portal_url,
        "steps": [Step(label=_("Invoices"), url=reverse("invoices")), Step(label=row.number)],
        "may_credit": "invoices.credit" in frame.may and row.kind != "credit_note",
        "may_send": "dispatch.send" in frame.may,
        "may_resend": "dispatch.resend" in frame.may,
        "may_link": "dispatch.link" in frame.may,
        "may_revoke": "dispatch.revoke_link" in frame.may,
    }
    if frame.is_fragment:
        return frame.show("invoices/_peek.html", values)
    files = {
        form: dispatch.rendition(company_id=company_id, document_id=row.id, form=form)
        for form in MEDIA
    }
    deliveries = deliveries_of(company_id=company_id, document_id=row.id)
    values |= {
        "delivery_notes": [(one, reverse("delivery_note", args=[one])) for one in deliveries],
        "files": [
            (form, sha256(piece.body), len(piece.body)) for form, piece in files.items() if piece
        ],
        "portal_links": [
            (one, one.is_live(frame.ctx.now))
            for one in links_of(company_id=company_id, document_id=row.id)
        ],
        "events": timeline_of(frame, view=view, items=items, dispatches=sent),
    }
    return frame.show("invoices/page.html", values)


@require_GET
@page("read.invoices")
def invoice_file(frame: Frame, key: str, form: str) -> HttpResponse:
    """The archived bytes that were, or will be, sent: never made anew."""
    if form not in MEDIA:
        raise Http404("no such form of a document")
    document_id = id_or_404("document", key)
    piece = dispatch.rendition(company_id=frame.company_id, document_id=document_id, form=form)
    if piece is None:
        raise Http404("the file was not made yet")
    return file_answer(piece, form)


def file_answer(piece: Piece, form: str) -> HttpResponse:
    """A download with its SHA-256 in the header that proves it (RFC 9530)."""
    name = piece.name.replace('"', "").replace("\\", "")
    answer = HttpResponse(piece.body, content_type=MEDIA[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-SHA256"] = sha256(piece.body)
    return answer


@require_POST
@page("dispatch.render")
def invoice_renditions(frame: Frame, key: str) -> HttpResponse:
    """Make the files of a document that was not sent yet."""
    document_id = view_or_404(frame, key).row.id
    render(ctx=frame.ctx, items=[document_id]).or_refuse()
    messages.success(frame.request, _("The files were made, judged and archived."))
    return HttpResponseRedirect(reverse("invoice", args=[key]))


@require_POST
@page("dispatch.send")
def invoice_dispatches(frame: Frame, key: str) -> HttpResponse:
    """Send to the customer, or to another address; the same way twice is sent once."""
    document_id = view_or_404(frame, key).row.id
    post = frame.request.POST
    item = Sending(
        document_id=document_id,
        channel=post.get("channel", ""),
        recipient=post.get("recipient", "").strip(),
    )
    outcome = send(ctx=frame.ctx, items=[item]).or_refuse()
    if outcome.of(ItemState.DUPLICATE):
        messages.info(frame.request, _("It went there before; nothing was sent twice."))
    else:
        messages.success(frame.request, _("Queued. It leaves within a moment."))
    return HttpResponseRedirect(reverse("invoice", args=[key]))


@require_POST
@page("dispatch.resend")
def invoice_retries(frame: Frame, key: str) -> HttpResponse:
    """Try a failed delivery again."""
    dispatch_id = _own_dispatch(frame, key)
    resend(ctx=frame.ctx, items=[dispatch_id]).or_refuse()
    messages.success(frame.request, _("The delivery is tried again."))
    return back_to(frame, reverse("invoice", args=[key]))


def _own_dispatch(frame: Frame, key: str) -> UUID:
    document_id = id_or_404("document", key)
    dispatch_id = id_or_404("dispatch", frame.request.POST.get("dispatch", ""))
    own = dispatch.of_documents(company_id=frame.company_id, document_ids=[document_id])
    if dispatch_id not in {one.id for one in own.get(document_id, [])}:
        raise Http404("no such delivery of this document")
    return dispatch_id


@require_POST
@page("dispatch.link")
def invoice_links(frame: Frame, key: str) -> HttpResponse:
    """Make a portal link and show it once; only its hash is kept. The same form again shows the
    same link."""
    view = view_or_404(frame, key)
    if not frame.ctx.idempotency_key:
        raise Refused.because("form.key", _("The form has no key."), fix=_("load the page again"))
    token = new_token(frame.ctx)
    link(ctx=frame.ctx, items=[NewLink(document_id=view.row.id, token=token)]).or_refuse()
    return show(frame, key, view, portal_url=link_url(token))


@require_POST
@page("dispatch.revoke_link")
def invoice_revocations(frame: Frame, key: str) -> HttpResponse:
    """Links that stop opening at once; the ids must be of this document."""
    view = view_or_404(frame, key)
    own = {one.id for one in links_of(company_id=frame.company_id, document_id=view.row.id)}
    chosen = [one for one in own if str(one) == frame.request.POST.get("link", "")]
    if not chosen:
        raise Http404("no such link of this document")
    revoke_link(ctx=frame.ctx, items=chosen)
    messages.success(frame.request, _("The link no longer opens."))
    return HttpResponseRedirect(reverse("invoice", args=[key]))


@require_POST
@page("receivables.undo")
def invoice_reversal(frame: Frame, key: str, allocation: str) -> HttpResponse:
    """Take one application of money to this document back, by its reversal."""
    view = view_or_404(frame, key)
    items = receivables.items_of(
        company_id=frame.company_id, document_ids=[view.row.id], receipt_ids=[]
    )
    own = receivables.allocations_of(
        company_id=frame.company_id, item_ids=[item.id for item in items]
    )
    wanted = id_or_404("allocation", allocation)
    if wanted not in {one.id for one in own}:
        raise Http404("no such application of this document")
    undo(ctx=frame.ctx, items=[Undo(allocation_id=wanted)]).or_refuse()
    messages.success(frame.request, _("Taken back. The reversal is in the timeline."))
    return HttpResponseRedirect(reverse("invoice", args=[key]))
