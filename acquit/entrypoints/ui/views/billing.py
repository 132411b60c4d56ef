"""Billing: drafts that wait, what is ready, what left today and what came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.access.models import ApprovalRequest
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Tab
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.views.home import amounts_text
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import DispatchView, on_the_way
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.queries import DraftRow

ROWS = 50
BATCH = 2000
ALL = 100_000
UNSENT_AGE = timedelta(days=31)
UNSENT_SHOWN = 1000
TABS = ("review", "ready", "sent", "rejected")
STATES = {"review": ("review", "held"), "ready": ("ready",)}


@dataclass(frozen=True, slots=True)
class Gap:
    """A value that can be typed in the row; ``name`` is the command's field."""

    name: str
    label: str
    kind: str
    wrong: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One draft as the list shows it."""

    draft: DraftRow
    key: str
    url: str
    customer_url: str
    status: str
    passed: int
    failed: tuple[Fault, ...]
    noted: tuple[Fault, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One dispatch as the list shows it."""

    dispatch: DispatchView
    key: str
    url: str


@require_GET
@page("read.invoices")
def billing(frame: Frame) -> HttpResponse:
    """One of the four lists, with the counts of all."""
    tab = frame.request.GET.get("tab", "")
    values = head(frame)
    if tab not in TABS:
        tab = "ready" if not values["to_review"] and values["ready"] else "review"
    values |= {"tab": tab, "tabs": _tabs(values, tab)}
    if tab in STATES:
        values |= _drafts(frame, tab)
        amounts = values["ready_gross"] if tab == "ready" else values["review_gross"]
        assert isinstance(amounts, list | tuple)
        values["tab_total"] = values["ready"] if tab == "ready" else values["to_review"]
        values["tab_total_text"] = amounts_text(amounts)
    else:
        values |= _dispatches(frame, tab)
    return frame.show("billing/page.html", values)


def head(frame: Frame) -> dict[str, object]:
    """Counts and sums above the list."""
    waiting = invoices.waiting(company_id=frame.company_id)
    sent = dispatch.counts(company_id=frame.company_id, day=frame.ctx.today)
    open_lines = invoices.open_deliveries(company_id=frame.company_id, as_of=frame.ctx.today)
    held_back = len(awaiting(frame.company_id))
    return {
        "ready": waiting["ready"].count,
        "sendable": max(waiting["ready"].count - held_back, 0),
        "awaiting": held_back,
        "ready_gross": waiting["ready"].gross,
        "to_review": waiting["review"].count + waiting["held"].count,
        "review_gross": [*waiting["review"].gross, *waiting["held"].gross],
        "held": waiting["held"].count,
        "sent_today": sent["sent_today"],
        "in_flight": sent["queued"],
        "rejected": sent["failed"],
        "unbilled": open_lines,
        "unsent": len(_unsent(frame, UNSENT_SHOWN)),
        "unsent_shown": UNSENT_SHOWN,
        "may_send": "dispatch.send" in frame.may,
        "may_issue": "invoices.issue" in frame.may,
        "may_bill": "invoices.bill" in frame.may,
    }


def _tabs(values: dict[str, object], current: str) -> list[Tab]:
    named = (
        ("review", _("To review"), values["to_review"]),
        ("ready", _("Ready"), values["ready"]),
        ("sent", _("Sent today"), int(str(values["sent_today"])) + int(str(values["in_flight"]))),
        ("rejected", _("Rejected"), values["rejected"]),
    )
    return [
        Tab(label=label, url=f"?tab={code}", count=int(str(count)), is_current=code == current)
        for code, label, count in named
    ]


def _drafts(frame: Frame, tab: str) -> dict[str, object]:
    query = frame.request.GET
    try:
        found = invoices.drafts(
            company_id=frame.company_id,
            states=STATES[tab],
            limit=ROWS,
            after=query.get("after") or None,
        )
    except ValueError:
        raise Http404("no such page of the list") from None
    waiting = awaiting(frame.company_id) if tab == "ready" else set()
    return {
        "rows": [row_of(frame, draft, waiting) for draft in found.rows],
        "pages": links.pages(frame.request, found.after),
    }


def _dispatches(frame: Frame, tab: str) -> dict[str, object]:
    query, company_id = frame.request.GET, frame.company_id
    after = query.get("after") or None
    try:
        if tab == "rejected":
            found = dispatch.in_state(
                company_id=company_id, state="failed", limit=ROWS, after=after
            )
        else:
            found = on_the_way(company_id=company_id, day=frame.ctx.today, limit=ROWS, after=after)
    except ValueError:
        raise Http404("no such page of the list") from None
    rows = [
        Delivery(one, to_public("dispatch", one.id), links.invoice(one.document_id))
        for one in found.rows
    ]
    return {
        "deliveries": rows,
        "pages": links.pages(frame.request, found.after),
        "may_resend": "dispatch.resend" in frame.may,
    }


def row_of(
    frame: Frame, draft: DraftRow, waiting: Collection[UUID], refused: Sequence[Fault] = ()
) -> Row:
    """A row with its checks, and the fields to type where one is missing."""
    fatal = tuple(f for f in draft.faults if str(f.severity) == "fatal")
    key = to_public("draft", draft.id)
    gaps = _gaps(frame, draft, refused) if "invoices.enrich" in frame.may else ()
    return Row(
        draft=draft,
        key=key,
        url=reverse("draft", args=[key]),
        customer_url=links.customer(draft.customer_id),
        status=_status(draft.state, is_waiting=draft.id in waiting),
        passed=draft.passed,
        failed=fatal,
        noted=tuple(f for f in draft.faults if f not in fatal),
        gaps=gaps,
    )


def _status(state: str, *, is_waiting: bool) -> str:
    if state == "ready" and is_waiting:
        return "awaiting_approval"
    return "to_review" if state == "review" else state


def _gaps(frame: Frame, draft: DraftRow, refused: Sequence[Fault]) -> tuple[Gap, ...]:
    """Which of the missing values can be typed right here."""
    fields = {
        "buyer.reference": ("buyer_reference", _("Buyer reference"), "text"),
        "order.reference": ("purchase_order", _("Purchase order"), "text"),
        "buyer.email": ("email", _("E-mail address"), "email"),
    }
    wrong = {fault.path: fault.message for fault in refused}
    return tuple(
        Gap(name, label, kind, wrong.get(name, ""), frame.request.POST.get(name, ""))
        for code, (name, label, kind) in fields.items()
        if any(fault.code == code for fault in draft.faults) or name in wrong
    )


@require_POST
@page("invoices.enrich")
def enrichments(frame: Frame, key: str) -> HttpResponse:
    """Store what was typed into a row; what then passes is ready, without loading the page."""
    draft_id = id_or_404("draft", key)
    if invoices.draft(company_id=frame.company_id, draft_id=draft_id) is None:
        raise Http404("no such draft")
    typed = {
        name: frame.request.POST[name]
        for name in ("buyer_reference", "purchase_order", "email")
        if frame.request.POST.get(name, "").strip()
    }
    items = [
        Enrichment(draft_id=draft_id, field=name, value=value) for name, value in typed.items()
    ]
    faults: tuple[Fault, ...] = ()
    if items:
        # The form outlives a refused try: it has no key, and typing the same again changes nothing.
        faults = enrich(ctx=frame.ctx.without_key(), items=items).faults
    else:
        faults = (Fault("draft.value", _("Type the missing value first."), "buyer_reference"),)
    if frame.is_fragment:
        return _row_answer(frame, draft_id, faults)
    for fault in faults:
        messages.error(frame.request, fault.message)
    if not faults:
        messages.success(frame.request, _("Saved. The draft was checked again."))
    return back_to(frame, reverse("billing"))


def _row_answer(frame: Frame, draft_id: UUID, faults: Sequence[Fault]) -> HttpResponse:
    draft = invoices.draft(company_id=frame.company_id, draft_id=draft_id)
    assert draft is not None
    values = head(frame)
    values |= {"row": row_of(frame, draft, (), faults), "tabs": _tabs(values, "review")}
    return frame.show("billing/_row_answer.html", values, status=422 if faults else 200)


@require_POST
@page("invoices.issue")
def issues(frame: Frame) -> HttpResponse:
    """Send what is ready: each draft gets its number once, each document leaves once.

    A second click finds nothing ready any more, or waits for the first and then finds its answer.
    """
    ids = invoices.ready_ids(company_id=frame.company_id, limit=ALL)
    waiting = awaiting(frame.company_id)
    _send(frame, [one for one in ids if one not in waiting])
    return HttpResponseRedirect(f"{reverse('billing')}?tab=sent")


def awaiting(company_id: UUID) -> set[UUID]:
    """Drafts whose issue waits for a second person: asking twice would not help."""
    items = ApprovalRequest.objects.of(company_id).filter(command="invoices.issue", state="waiting")
    return {UUID(item["draft_id"]) for item in items.values_list("item", flat=True)}


def _send(frame: Frame, ids: Sequence[UUID]) -> None:
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
        queued = send(ctx=plain, items=[Sending(document_id=one) for one in documents])
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


def _unsent(frame: Frame, limit: int) -> list[UUID]:
    """Documents of the last month that went to nobody. Older ones are history that came before
    sending was switched on; ``acquit send`` takes them too."""
    since = frame.ctx.today - UNSENT_AGE
    return dispatch.undispatched(company_id=frame.company_id, limit=limit, issued_from=since)


@require_POST
@page("dispatch.send")
def dispatches(frame: Frame) -> HttpResponse:
    """Send what was issued by a run or a credit and has gone to nobody yet."""
    ctx, done = frame.ctx.without_key(), 0
    refused: list[Fault] = []
    ids = _unsent(frame, ALL)
    for start in range(0, len(ids), BATCH):
        items = [Sending(document_id=one) for one in ids[start : start + BATCH]]
        outcome = send(ctx=ctx, items=items)
        done += len(outcome.of(ItemState.DONE))
        refused += outcome.faults
    _report(frame.request, done, 0, refused)
    return HttpResponseRedirect(f"{reverse('billing')}?tab=sent")


@require_POST
@page("read.invoices")
def selection(frame: Frame) -> HttpResponse:
    """Send, hold, release or discard the chosen drafts, or all of the tab."""
    post = frame.request.POST
    ids = _chosen(frame)
    if not ids:
        raise Refused.because(
            "selection.empty", _("No draft was chosen."), fix=_("tick the rows first")
        )
    verb = post.get("do", "")
    why = frame.ctx.reason or _("held on the billing page")
    holdings = [Holding(draft_id=one, why=why) for one in ids]
    ctx = frame.ctx
    if verb == "send":
        _send(frame, ids)
        return back_to(frame, reverse("billing"))
    if verb == "hold":
        outcome = hold(ctx=ctx, items=holdings)
    elif verb == "release":
        outcome = release(ctx=ctx, items=[Releasing(draft_id=one) for one in ids])
    elif verb == "discard":
        outcome = discard(ctx=ctx, items=holdings)
    else:
        raise Refused.because("selection.act", f"{verb!r} is not an act", path="do")
    _tell(frame, verb, outcome)
    return back_to(frame, reverse("billing"))


def _chosen(frame: Frame) -> list[UUID]:
    post = frame.request.POST
    if post.get("all_matching"):
        states = STATES.get(frame.request.GET.get("tab", "review"), STATES["review"])
        found, after = list[UUID](), None
        while True:
            part = invoices.drafts(
                company_id=frame.company_id, states=states, limit=BATCH, after=after
            )
            found += [row.id for row in part.rows]
            after = part.after
            if after is None:
                return found
    return [id_or_404("draft", key) for key in post.getlist("ids")]


def _tell(frame: Frame, verb: str, outcome: Outcome) -> None:
    done = len(outcome.of(ItemState.DONE))
    words = {
        "hold": ngettext("%(n)s draft held.", "%(n)s drafts held.", done),
        "release": ngettext("%(n)s draft released.", "%(n)s drafts released.", done),
        "discard": ngettext(
            "%(n)s draft discarded; its deliveries are open again.",
            "%(n)s drafts discarded; their deliveries are open again.",
            done,
        ),
    }
    if done:
        messages.success(frame.request, words[verb] % {"n": done})
    for fault in outcome.faults[:5]:
        messages.error(frame.request, fault.message)


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
