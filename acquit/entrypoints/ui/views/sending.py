"""Sending from the billing page: after the grace time or at once, and everything's Undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState, Outcome
from acquit.database.together import Read
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.history.queries import done_together
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending
from acquit.stages.dispatch.commands.send import send as dispatch_send
from acquit.stages.dispatch.commands.send_later import send_later
from acquit.stages.dispatch.queries.unsent import recently_undispatched
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.hold import Releasing, release
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.commands.schedule import DraftChoice, recall
from acquit.stages.invoices.commands.undo import Undoing, undo
from acquit.stages.invoices.facts import DraftChanged, DraftDiscarded, DraftHeld

BATCH = 2000
ALL = 100_000
UNSENT_AGE = timedelta(days=31)
# What takes back what, of the acts on chosen drafts.
UNDO = {"hold": "release", "release": "change", "discard": "discard"}
# The fact that names the drafts of one act; without one the draft stands for its act.
TOGETHER = {
    "recall": DraftChanged.KIND,
    "release": DraftHeld.KIND,
    "change": DraftChanged.KIND,
    "discard": DraftDiscarded.KIND,
    "one": "",
}


@require_POST
@page("invoices.issue")
def issues(frame: Frame) -> HttpResponse:
    """Send what is ready: after the grace time each draft gets its number once and leaves once.

    A second click finds nothing ready any more, or waits for the first and then finds its answer.
    """
    ids = invoices.ready_ids(company_id=frame.company_id, limit=ALL)
    waiting = awaiting(frame.company_id).alone()
    send(frame, [one for one in ids if one not in waiting])
    return HttpResponseRedirect(f"{reverse('billing')}?tab=sent")


def awaiting(company_id: UUID) -> Read[set[UUID]]:
    """Drafts whose issue waits for a second person: asking twice would not help."""
    return Read(
        "SELECT item->>'draft_id' AS id FROM access_approval WHERE company_id = %(company)s"
        " AND command = 'invoices.issue' AND state = 'waiting'",
        {"company": company_id},
        lambda rows: {UUID(row["id"]) for row in rows},
    )


def send(frame: Frame, ids: Sequence[UUID]) -> None:
    """Send drafts after the company's grace time; say when they leave, with Undo until then."""
    if not frame.company.grace_minutes:
        send_now(frame, ids)
        return
    ctx = frame.ctx.without_key()
    parts = [
        send_later(ctx=ctx, items=ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)
    ]
    items = tuple(item for part in parts for item in part.items)
    _tell_later(frame, Outcome(items, parts[0].figures if parts else {}))


def _tell_later(frame: Frame, outcome: Outcome) -> None:
    done = [item.id for item in outcome.of(ItemState.DONE) if item.id]
    if done:
        text = ngettext(
            "%(n)s invoice leaves at %(at)s.", "%(n)s invoices leave at %(at)s.", len(done)
        )
        at = datetime.fromisoformat(outcome.figures["issue_at"])
        values = {"n": len(done), "at": f"{timezone.localtime(at):%H:%M}"}
        messages.success(frame.request, text % values, extra_tags=undo_tag("recall", done[0]))
    waiting = len(outcome.of(ItemState.AWAITING))
    refused = [fault for item in outcome.of(ItemState.REFUSED) for fault in item.faults]
    if waiting or refused or not done:
        _report(frame.request, 0, waiting, refused)


def send_now(frame: Frame, ids: Sequence[UUID]) -> None:
    """Number and send at once, batch by batch."""
    done, waiting, refused = 0, 0, list[Fault]()
    for start in range(0, len(ids), BATCH):
        outcome = _issue_and_send(frame.ctx, ids[start : start + BATCH])
        done += len(outcome.of(ItemState.DONE))
        waiting += len(outcome.of(ItemState.AWAITING))
        refused += [f for item in outcome.of(ItemState.REFUSED) for f in item.faults]
    _report(frame.request, done, waiting, refused)


def _issue_and_send(ctx: Context, draft_ids: Sequence[UUID]) -> Outcome:
    """Number the drafts, then queue what got a number; both or neither."""
    plain = ctx.without_key()
    with transaction.atomic():
        issued = issue(ctx=plain, items=[Issuing(draft_id=one) for one in draft_ids])
        documents = [item.id for item in issued.of(ItemState.DONE) if item.id]
        queued = dispatch_send(ctx=plain, items=[Sending(document_id=one) for one in documents])
    return Outcome((*issued.items, *queued.of(ItemState.REFUSED)), issued.figures)


def _report(request: HttpRequest, done: int, waiting: int, refused: Sequence[Fault]) -> None:
    if done:
        text = ngettext("%(n)s invoice sent.", "%(n)s invoices sent.", done) % {"n": done}
        messages.success(request, text)
    if waiting:
        text = ngettext(
            "%(n)s is above your limit and waits for approval.",
            "%(n)s are above your limit and wait for approval.",
            waiting,
        )
        messages.warning(request, text % {"n": waiting})
    for fault in refused[:5]:
        messages.error(request, fault.message)
    if not (done or waiting or refused):
        messages.info(request, _("Nothing was left to send: it had gone already."))


def unsent(frame: Frame, limit: int) -> list[UUID]:
    """Documents of the last month that went to nobody. Older ones are history that came before
    sending was switched on; ``acquit send`` takes them too."""
    since = frame.ctx.today - UNSENT_AGE
    return recently_undispatched(company_id=frame.company_id, limit=limit, issued_from=since)


@require_POST
@page("dispatch.send")
def dispatches(frame: Frame) -> HttpResponse:
    """Send what was issued by a run or a credit and has gone to nobody yet."""
    ctx, done = frame.ctx.without_key(), 0
    refused: list[Fault] = []
    ids = unsent(frame, ALL)
    for start in range(0, len(ids), BATCH):
        items = [Sending(document_id=one) for one in ids[start : start + BATCH]]
        outcome = dispatch_send(ctx=ctx, items=items)
        done += len(outcome.of(ItemState.DONE))
        refused += outcome.faults
    _report(frame.request, done, 0, refused)
    return HttpResponseRedirect(f"{reverse('billing')}?tab=sent")


@require_POST
@page("dispatch.resend")
def resends(frame: Frame) -> HttpResponse:
    """Try the chosen failed deliveries again."""
    ids = [id_or_404("dispatch", key) for key in frame.request.POST.getlist("ids")]
    if not ids:
        raise Refused.because(
            "selection.empty", _("No delivery was chosen."), fix=_("tick the rows first")
        )
    outcome = resend(ctx=frame.ctx, items=ids)
    done = len(outcome.of(ItemState.DONE))
    if done:
        text = ngettext("%(n)s delivery is tried again.", "%(n)s deliveries are tried again.", done)
        messages.success(frame.request, text % {"n": done})
    for fault in outcome.faults[:5]:
        messages.error(frame.request, fault.message)
    return back_to(frame, f"{reverse('billing')}?tab=rejected")


def undo_tag(verb: str, first: UUID) -> str:
    """The tag of a message whose Undo takes back all that one act did; ``first`` is one of it."""
    return f"undo:{reverse('billing_undo', args=[verb, to_public('draft', first)])}"


@require_POST
@page("read.invoices")
def undoing(frame: Frame, verb: str, key: str) -> HttpResponse:
    """Take back what one act did to this draft and to those chosen with it."""
    if verb not in TOGETHER:
        raise Http404("no such undo")
    draft_id, kind = id_or_404("draft", key), TOGETHER[verb]
    company_id = frame.company_id
    ids = done_together(company_id=company_id, kind=kind, subject_id=draft_id) if kind else []
    outcome = _taken_back(frame.ctx, verb, ids or [draft_id])
    done = len(outcome.of(ItemState.DONE))
    if done and verb in ("recall", "release"):
        text = ngettext("%(n)s draft is ready again.", "%(n)s drafts are ready again.", done)
        messages.success(frame.request, text % {"n": done})
    elif done:
        text = ngettext(
            "%(n)s draft is as it was before.", "%(n)s drafts are as they were before.", done
        )
        messages.success(frame.request, text % {"n": done})
    for fault in outcome.faults[:5]:
        messages.error(frame.request, said(fault.message))
    state = invoices.draft(company_id=company_id, draft_id=draft_id)
    tab = "ready" if state is not None and state.state == "ready" else "review"
    url = f"{reverse('billing')}?tab={tab}"
    if verb == "one" and state is not None and state.state != "discarded":
        url = reverse("draft", args=[key])
    if not frame.is_fragment:
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def _taken_back(ctx: Context, verb: str, ids: Sequence[UUID]) -> Outcome:
    if verb == "recall":
        return recall(ctx=ctx, items=[DraftChoice(draft_id=one) for one in ids])
    if verb == "release":
        return release(ctx=ctx, items=[Releasing(draft_id=one) for one in ids])
    return undo(ctx=ctx, items=[Undoing(draft_id=one) for one in ids])
