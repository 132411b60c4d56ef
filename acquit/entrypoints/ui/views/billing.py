"""Billing: drafts that wait, what is ready, what left today and what came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.money import by_currency
from acquit.core.outcome import ItemState, Outcome
from acquit.database.together import Together
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Tab
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.views import changes, sending
from acquit.entrypoints.ui.views.home import amounts_text
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.queries import DispatchView, on_the_way
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.schedule import DraftChoice, recall
from acquit.stages.invoices.queries import DraftRow

ROWS = 50
BATCH = 2000
ALL = 100_000
UNSENT_AGE = timedelta(days=31)
UNSENT_SHOWN = 1000
TABS = ("review", "ready", "sent", "rejected")
# Without one of these rights a box before a row would lead nowhere.
CHOOSING = frozenset(
    f"invoices.{act}" for act in ("issue", "change_date", "hold", "release", "discard")
)
STATES = {"review": ("review", "held"), "ready": ("ready",), "sent": ("scheduled",)}
LISTED = ("review", "ready")


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
    fill_url: str
    status: str
    passed_text: str
    failed_text: str
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
    if tab in LISTED:
        values |= _drafts(frame, tab, values["awaiting"])
        amounts = values["ready_gross"] if tab == "ready" else values["review_gross"]
        values["tab_total"] = values["ready"] if tab == "ready" else values["to_review"]
        values["tab_total_text"] = amounts_text(amounts)
    else:
        values |= _dispatches(frame, tab)
    return frame.show("billing/page.html", values)


def head(frame: Frame) -> dict[str, Any]:
    """Counts and sums above the list; ``awaiting`` are the drafts a second person is asked
    about."""
    company_id, today, asked = frame.company_id, frame.ctx.today, Together()
    drafts = asked.add(invoices.waiting(company_id=company_id))
    dispatches = asked.add(dispatch.counts(company_id=company_id, day=today))
    open_lines = asked.add(invoices.open_deliveries(company_id=company_id, as_of=today))
    awaiting = asked.add(sending.awaiting(company_id)).value
    waiting, sent = drafts.value, dispatches.value
    return {
        "ready": waiting["ready"].count,
        "sendable": max(waiting["ready"].count - len(awaiting), 0),
        "awaiting": awaiting,
        "ready_gross": waiting["ready"].gross,
        "to_review": waiting["review"].count + waiting["held"].count,
        "review_gross": by_currency(*waiting["review"].gross, *waiting["held"].gross),
        "held": waiting["held"].count,
        "leaving": waiting["scheduled"].count,
        "leaving_total_text": amounts_text(waiting["scheduled"].gross),
        "sent_today": sent["sent_today"],
        "in_flight": sent["queued"],
        "rejected": sent["failed"],
        "unbilled": open_lines.value,
        "unsent": len(sending.unsent(frame, UNSENT_SHOWN)),
        "unsent_shown": UNSENT_SHOWN,
        "may_send": "dispatch.send" in frame.may,
        "may_issue": "invoices.issue" in frame.may,
        "may_bill": "invoices.bill" in frame.may,
        "may_choose": bool(CHOOSING & frame.may),
    }


def _tabs(values: dict[str, Any], current: str) -> list[Tab]:
    named = (
        ("review", _("To review"), values["to_review"]),
        ("ready", _("Ready"), values["ready"]),
        (
            "sent",
            _("Sent or leaving"),
            sum(values[name] for name in ("leaving", "sent_today", "in_flight")),
        ),
        ("rejected", _("Rejected"), values["rejected"]),
    )
    return [
        Tab(label=label, url=f"?tab={code}", count=count, is_current=code == current)
        for code, label, count in named
    ]


def _drafts(frame: Frame, tab: str, awaiting: Collection[UUID]) -> dict[str, object]:
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
    return {
        "rows": [row_of(frame, draft, awaiting) for draft in found.rows],
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
        **(leaving(frame) if tab == "sent" else {}),
        "deliveries": rows,
        "pages": links.pages(frame.request, found.after),
        "may_resend": "dispatch.resend" in frame.may,
    }


def leaving(frame: Frame) -> dict[str, object]:
    """What was pressed to be sent and can still be recalled."""
    found = invoices.drafts(company_id=frame.company_id, states=STATES["sent"], limit=ROWS)
    may_recall = "invoices.recall" in frame.may
    return {
        "leaving_rows": [row_of(frame, draft, ()) for draft in found.rows],
        "leaving_more": found.after is not None,
        "may_recall": may_recall,
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
        url=links.draft(key),
        customer_url=links.customer(draft.customer_id),
        fill_url=f"{links.draft(key)}/enrichments",
        status=_status(draft.state, is_waiting=draft.id in waiting),
        passed_text=ngettext("%(n)s passed", "%(n)s passed", draft.passed) % {"n": draft.passed},
        failed_text=ngettext("%(n)s failed", "%(n)s failed", len(fatal)) % {"n": len(fatal)},
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
@page("read.invoices")
def selection(frame: Frame) -> HttpResponse:
    """Send, hold, release or discard the chosen drafts, or all of the tab."""
    post = frame.request.POST
    ids = chosen(frame)
    if not ids:
        raise Refused.because(
            "selection.empty", _("No draft was chosen."), fix=_("tick the rows first")
        )
    verb = post.get("do", "")
    why = frame.ctx.reason or _("held on the billing page")
    holdings = [Holding(draft_id=one, why=why) for one in ids]
    ctx = frame.ctx
    if verb == "change":
        return changes.form(frame, ids)
    if verb == "send":
        sending.send(frame, ids)
        return back_to(frame, reverse("billing"))
    if verb == "hold":
        outcome = hold(ctx=ctx, items=holdings)
    elif verb == "now":
        sending.send_now(frame, ids)
        return back_to(frame, reverse("billing"))
    elif verb == "recall":
        outcome = recall(ctx=ctx, items=[DraftChoice(draft_id=one) for one in ids])
    elif verb == "release":
        outcome = release(ctx=ctx, items=[Releasing(draft_id=one) for one in ids])
    elif verb == "discard":
        outcome = discard(ctx=ctx, items=holdings)
    else:
        raise Refused.because("selection.act", f"{verb!r} is not an act", path="do")
    _tell(frame, verb, outcome)
    return back_to(frame, reverse("billing"))


def chosen(frame: Frame) -> list[UUID]:
    """The drafts that were ticked, or all of the tab."""
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
        "recall": ngettext(
            "%(n)s draft recalled; no number was used.",
            "%(n)s drafts recalled; no number was used.",
            done,
        ),
    }
    if done:
        first = next(item.id for item in outcome.of(ItemState.DONE) if item.id)
        tags = sending.undo_tag(sending.UNDO[verb], first) if verb in sending.UNDO else ""
        messages.success(frame.request, words[verb] % {"n": done}, extra_tags=tags)
    for fault in outcome.faults[:5]:
        messages.error(frame.request, fault.message)
