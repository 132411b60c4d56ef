"""Billing: drafts that wait, what is ready, what left today and what came back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.access.queries import saved_views
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.ids import to_public
from acquit.core.money import Money, by_currency
from acquit.core.outcome import ItemState, Outcome
from acquit.database.listing import Page
from acquit.database.together import Together
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.repeat import Code, Row, repeat
from acquit.entrypoints.ui.components.shapes import Tab
from acquit.entrypoints.ui.frame import Frame, back_to, id_or_404, page
from acquit.entrypoints.ui.lists import views_of
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.templatetags.acquit import form_key, sums
from acquit.entrypoints.ui.views import changes, sending
from acquit.entrypoints.ui.views.draft_list import LIST
from acquit.entrypoints.ui.views.draft_list import status as draft_status
from acquit.entrypoints.ui.views.home import amounts_text
from acquit.entrypoints.ui.words import CHANGED
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.queries import DispatchView, on_the_way
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.enrich import FIELDS, Enrichment, enrich
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.schedule import DraftChoice, recall
from acquit.stages.invoices.queries import DraftRow
from acquit.stages.orders.rules.places import PREFIX, Place

ROWS = 50
BATCH = 2000
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
        # Whatever leads on from here (pages, views, files) names the tab that is shown.
        frame.request.GET = QueryDict(f"{frame.request.GET.urlencode()}&tab={tab}")
    values |= {"tab": tab, "tabs": _tabs(values, tab)}
    if tab in LISTED:
        values |= _drafts(frame, tab, values)
    else:
        values |= _dispatches(frame, tab)
    return frame.show("billing/page.html", values)


def head(frame: Frame) -> dict[str, Any]:
    """Counts and sums above the list; ``awaiting`` are the drafts a second person is asked
    about."""
    company_id, today, asked = frame.company_id, frame.ctx.today, Together()
    kept = asked.add(
        saved_views(company_id=company_id, person_id=frame.ctx.actor.person_id, list_name=LIST.name)
    )
    drafts = asked.add(invoices.waiting(company_id=company_id))
    dispatches = asked.add(dispatch.counts(company_id=company_id, day=today))
    open_lines = asked.add(invoices.open_deliveries(company_id=company_id, as_of=today))
    awaiting = asked.add(sending.awaiting(company_id)).value
    waiting, sent = drafts.value, dispatches.value
    return {
        "ready": waiting["ready"].count,
        "sendable": max(waiting["ready"].count - len(awaiting), 0),
        "awaiting": awaiting,
        "kept": kept.value,
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


def _drafts(frame: Frame, tab: str, head: Mapping[str, Any]) -> dict[str, object]:
    query, wanted = frame.request.GET, LIST.wanted(frame)
    after = query.get("after") or None
    try:
        if "q" in wanted:
            found = LIST.source.page(frame, wanted, limit=ROWS, after=after)
        else:
            found = invoices.drafts(
                company_id=frame.company_id, states=STATES[tab], limit=ROWS, after=after
            )
    except ValueError:
        raise Http404("no such page of the list") from None
    # Drafts of one run mostly fail the same checks: those are put into words once for the page.
    checks = cache(_checks)
    rows = [row_of(frame, draft, head["awaiting"], checks=checks) for draft in found.rows]
    beside, views = _form(frame), views_of(frame, LIST.name, head["kept"])
    if "q" not in wanted:
        count, sums = _whole(head, tab)
    elif after or found.after:
        count, sums = LIST.source.matching(frame, wanted)
    else:
        count, sums = len(rows), by_currency(*(draft.gross for draft in found.rows))
    return {
        "rows": rows,
        "list": LIST.shown(frame, found=Page((), found.after), views=views),
        "tab_total": count,
        "tab_total_text": amounts_text(sums),
        "fills": [
            {"key": row["key"], "url": f"{row['url']}/enrichments", **beside}
            for row in rows
            if row["gaps"]
        ],
    }


def _whole(head: Mapping[str, Any], tab: str) -> tuple[int, Sequence[Money]]:
    """How many drafts stand on a tab, and their sums."""
    if tab == "ready":
        return head["ready"], head["ready_gross"]
    return head["to_review"], head["review_gross"]


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


def _form(frame: Frame) -> Row:
    """What each of the forms beside a list carries."""
    return {"token": get_token(frame.request), "next": frame.request.get_full_path()}


def leaving(frame: Frame) -> dict[str, object]:
    """What was pressed to be sent and can still be recalled."""
    found = invoices.drafts(company_id=frame.company_id, states=STATES["sent"], limit=ROWS)
    may_recall = "invoices.recall" in frame.may
    may_choose, beside = may_recall or "invoices.issue" in frame.may, _form(frame)
    return {
        "leaving_rows": [
            {
                **_named(draft, may_choose=may_choose),
                "at": draft.issue_at,
                "may_recall": may_recall,
            }
            for draft in found.rows
        ],
        "recalls": [
            {"key": to_public("draft", draft.id), "form_key": form_key(), **beside}
            for draft in found.rows
        ],
        "leaving_more": found.after is not None,
        "may_recall": may_recall,
    }


def counted_checks(faults: Sequence[Fault], passed: int) -> dict[str, str]:
    """How many checks passed, and how many failed; empty where none did."""
    fatal = sum(fault.severity is Severity.FATAL for fault in faults)
    failed = ngettext("%(n)s failed", "%(n)s failed", fatal) % {"n": fatal}
    return {
        "passed": ngettext("%(n)s passed", "%(n)s passed", passed) % {"n": passed},
        "failed": failed if fatal else "",
    }


def _checks(faults: Sequence[Fault], passed: int, held_reason: str) -> Row:
    """What the checks said, in the reader's language."""
    fatal = [fault for fault in faults if fault.severity is Severity.FATAL]
    notes = [fault.fix for fault in fatal]
    notes += [fault.message for fault in faults if fault.severity is not Severity.FATAL]
    return {
        **counted_checks(faults, passed),
        "faults": repeat(
            "billing/_fault.html",
            [
                {"message": said(fault.message), "rule": fault.rule, "is_last": fault is fatal[-1]}
                for fault in fatal
            ],
        ),
        "notes": repeat(
            "billing/_note.html", [{"note": said(note)} for note in (*notes, held_reason) if note]
        ),
    }


def row_of(
    frame: Frame,
    draft: DraftRow,
    waiting: Collection[UUID],
    refused: Sequence[Fault] = (),
    checks: Callable[[tuple[Fault, ...], int, str], Row] = _checks,
) -> Row:
    """A row of ``_row.html``: its checks, and the fields to type where one is missing."""
    gaps = _gaps(frame, draft, refused) if "invoices.enrich" in frame.may else []
    return {
        **_named(draft, may_choose=bool(CHOOSING & frame.may)),
        **checks(draft.faults, draft.passed, draft.held_reason),
        "gaps": repeat("billing/_gap.html", gaps),
        "status": Code(_status(draft.state, is_waiting=draft.id in waiting)),
    }


def _named(draft: DraftRow, *, may_choose: bool) -> Row:
    """What each list of drafts shows of one."""
    key = to_public("draft", draft.id)
    return {
        "key": key,
        "url": links.draft(key),
        "may_choose": may_choose,
        "sums": sums(draft.gross),
        "customer": draft.customer_name,
        "number": draft.customer_number,
        "is_credit": draft.kind == "credit_note",
        "order": draft.order,
        "gross": draft.gross,
        "channel": Code(draft.channel),
    }


def _status(state: str, *, is_waiting: bool) -> str:
    return "awaiting_approval" if state == "ready" and is_waiting else draft_status(state)


# What a fault lacks that can be typed right in the row: the command's field, its label, its kind.
FILLED = {
    "buyer.reference": ("buyer_reference", gettext_lazy("Buyer reference"), "text"),
    "order.reference": ("purchase_order", gettext_lazy("Purchase order"), "text"),
    "order.project": ("project", gettext_lazy("Project"), "text"),
    "order.contract": ("contract", gettext_lazy("Contract"), "text"),
    "order.buyer_accounting": ("buyer_accounting", gettext_lazy("Cost centre"), "text"),
    "buyer.email": ("email", gettext_lazy("E-mail address"), "email"),
    **{f"place.{name}": (PREFIX + name, CHANGED[PREFIX + name], "text") for name in Place._fields},
}


def _gaps(frame: Frame, draft: DraftRow, refused: Sequence[Fault]) -> list[Row]:
    """Which of the missing values can be typed right here."""
    wrong = {fault.path: fault.message for fault in refused}
    lacking = {fault.code for fault in draft.faults}
    found = [
        {
            "key": to_public("draft", draft.id),
            "customer": draft.customer_name,
            "name": Code(name),
            "label": str(label),
            "kind": Code(kind),
            "wrong": wrong.get(name, ""),
            "typed": frame.request.POST.get(name, ""),
        }
        for code, (name, label, kind) in FILLED.items()
        if code in lacking or name in wrong
    ]
    return [gap | {"is_first": gap is found[0]} for gap in found]


@require_POST
@page("invoices.enrich")
def enrichments(frame: Frame, key: str) -> HttpResponse:
    """Store what was typed into a row; what then passes is ready, without loading the page."""
    draft_id = id_or_404("draft", key)
    if invoices.draft(company_id=frame.company_id, draft_id=draft_id) is None:
        raise Http404("no such draft")
    typed = {
        name: frame.request.POST[name]
        for name in FIELDS
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
    is_failed = any(fault.severity is Severity.FATAL for fault in draft.faults)
    values |= {
        "rows": [row_of(frame, draft, (), faults)],
        "is_failed": is_failed,
        "tabs": _tabs(values, "review"),
    }
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
        if "q" in (wanted := LIST.wanted(frame)):
            with transaction.atomic():
                return [row.id for row in LIST.source.every(frame, wanted, None)]
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
