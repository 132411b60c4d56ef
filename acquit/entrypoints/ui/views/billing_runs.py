"""Billing runs that were made: the list, and one with its documents and what waits of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views import sending
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.hold import Holding, discard
from acquit.stages.invoices.queries import Filters, runs
from acquit.stages.invoices.queries.runs import RunRow

ROWS = 50


@require_GET
@page("read.invoices")
def run_list(frame: Frame) -> HttpResponse:
    """Every run, newest first."""
    try:
        found = runs.runs(
            company_id=frame.company_id, limit=ROWS, after=frame.request.GET.get("after") or None
        )
    except ValueError:
        raise Http404("no such page of the list") from None
    values = {
        "rows": [(row, _url(row), _status(row)) for row in found.rows],
        "pages": links.pages(frame.request, found.after),
        "steps": [Step(label=_("Billing"), url=reverse("billing")), Step(label=_("Past runs"))],
        "may_bill": "invoices.bill" in frame.may,
    }
    return frame.show("billing/run_list.html", values)


@require_GET
@page("read.invoices")
def run_page(frame: Frame, key: str) -> HttpResponse:
    """What one run made: totals by currency, its documents, and the drafts that wait still."""
    row = _run(frame, key)
    filters = Filters(run_id=row.id, issued_from=row.as_of, issued_to=row.as_of)
    try:
        found = invoices.documents(
            company_id=frame.company_id,
            filters=filters,
            limit=ROWS,
            after=frame.request.GET.get("after") or None,
        )
    except ValueError:
        raise Http404("no such page of the list") from None
    left = runs.waiting_drafts(company_id=frame.company_id, run_id=row.id)
    values = {
        "row": row,
        "public_id": key,
        "status": _status(row),
        "documents": [(one, links.invoice(one.id)) for one in found.rows],
        "pages": links.pages(frame.request, found.after),
        "left": len(left) if "invoices.discard" in frame.may else 0,
        "steps": [
            Step(label=_("Billing"), url=reverse("billing")),
            Step(label=_("Past runs"), url=reverse("billing_history")),
            Step(label=_("Run")),
        ],
    }
    return frame.show("billing/past_run.html", values)


@require_POST
@page("invoices.discard")
def run_reversal(frame: Frame, key: str) -> HttpResponse:
    """Take back what a run left as drafts; what has a number is corrected by a credit note."""
    row = _run(frame, key)
    ids = runs.waiting_drafts(company_id=frame.company_id, run_id=row.id)
    why = frame.ctx.reason or _("the run was taken back")
    outcome = discard(ctx=frame.ctx, items=[Holding(draft_id=one, why=why) for one in ids])
    done = [item.id for item in outcome.of(ItemState.DONE) if item.id]
    if done:
        text = ngettext(
            "%(n)s draft discarded; its deliveries are open again.",
            "%(n)s drafts discarded; their deliveries are open again.",
            len(done),
        )
        tags = sending.undo_tag("discard", done[0])
        messages.success(frame.request, text % {"n": len(done)}, extra_tags=tags)
    else:
        messages.info(frame.request, _("No draft of this run is left."))
    for fault in outcome.faults[:5]:
        messages.error(frame.request, said(fault.message))
    return HttpResponseRedirect(_url(row))


def _run(frame: Frame, key: str) -> RunRow:
    row = runs.run(company_id=frame.company_id, run_id=id_or_404("run", key))
    if row is None:
        raise Http404("no such run")
    return row


def _url(row: RunRow) -> str:
    return reverse("billing_run", args=[to_public("run", row.id)])


def _status(row: RunRow) -> str:
    if row.finished_at is None:
        return "interrupted"
    return "to_review" if row.waiting else "done"
