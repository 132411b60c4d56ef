"""A gap: what money left open, whose question it is, and what a person says to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access.queries import members
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.components.shapes import Event, Step, Tone
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.shell import role_name
from acquit.entrypoints.ui.words import GAPS, adjustment_title, gap_title
from acquit.history.queries import timeline
from acquit.policy.registry import GAP_OWNERS
from acquit.stages.matching.commands import GapAssignment, assign_gap
from acquit.stages.matching.queries import gaps as queries
from acquit.stages.matching.queries.gaps import GapView
from acquit.stages.receivables.commands import NewAdjustment, Undo, adjust, undo
from acquit.stages.receivables.queries import AllocationView, allocations_of
from acquit.stages.receivables.rules.adjustment import WITHOUT_MONEY

BADGES = {"adjusted": "gap_adjusted", "paid": "gap_paid", "credited": "gap_credited"}


def badge_of(view: GapView, today: date) -> str:
    """The word of its state."""
    return "overdue" if view.is_overdue(today) else BADGES.get(view.state, view.state)


def _row(frame: Frame, view: GapView) -> dict[str, Any]:
    today = frame.ctx.today
    return {
        "id": to_public("gap", view.id),
        "view": view,
        "kind": gap_title(view.kind),
        "item_url": links.invoice(view.document_id) if view.document_id else "",
        "receipt_url": links.receipt(view.receipt_id),
        "credit_url": _page("credit_note", "document", view.document_id),
        "statement_url": _page("customer_statement", "customer", view.customer_id),
        "customer_url": links.customer(view.customer_id),
        "age": view.age(today),
        "status": badge_of(view, today),
        "role": role_name(view.owner),
        "is_open": view.state == "open",
        "is_money": view.item_kind == "receipt",
    }


def _page(name: str, kind: str, id: UUID | None) -> str:
    return reverse(name, args=[to_public(kind, id)]) if id else ""


@require_GET
@page("read.matching")
def gap(frame: Frame, key: str) -> HttpResponse:
    """One gap: what it is, whose, what happened to it, and the form that changes that."""
    return _show(frame, _view(frame, key), ())


def _view(frame: Frame, key: str) -> GapView:
    found = queries.gap(company_id=frame.company_id, gap_id=id_or_404("gap", key))
    if found is None:
        raise Http404("no such gap")
    return found


def _show(
    frame: Frame, view: GapView, faults: tuple[Fault, ...], status: int = 200
) -> HttpResponse:
    post = frame.request.POST
    facts = timeline(company_id=frame.company_id, subject_ids=[view.id])
    row = _row(frame, view)
    whose = to_public("user", view.person_id) if view.person_id else view.owner
    return frame.show(
        "apply/gap.html",
        {
            "row": row,
            "faults": faults,
            "worth": Money(view.worth_minor, frame.company.currency)
            if row["is_open"] and view.amount.currency != frame.company.currency
            else None,
            "kinds": [(code, str(word)) for code, word in GAPS.items()],
            "owners": owners(frame.company_id),
            "chosen": {
                "kind": post.get("kind", view.kind),
                "owner": post.get("owner", whose),
                "due_on": post.get("due_on", view.due_on.isoformat()),
                "reason": post.get("reason", ""),
            },
            "events": [
                Event(
                    what=fact_title(fact.kind),
                    at=fact.recorded_at,
                    who=fact.actor_name,
                    why=said(fact.reason) if fact.reason else "",
                    icon="circle-check" if fact.kind == "matching.GapClosed" else "circle",
                    tone=Tone.GOOD if fact.kind == "matching.GapClosed" else "",
                )
                for fact in facts
            ],
            "may_assign": "matching.assign_gap" in frame.may,
            "closings": closings(view),
            "may_close": "receivables.adjust" in frame.may,
            "may_credit": "invoices.credit" in frame.may,
            "undo": _closed_by(frame, view) if "receivables.undo" in frame.may else None,
            "steps": steps(Step(label=row["kind"])),
        },
        status=status,
    )


@require_POST
@page("matching.assign_gap")
def assignment(frame: Frame, key: str) -> HttpResponse:
    """Another kind, owner or deadline, with the reason."""
    view = _view(frame, key)
    try:
        wish = wish_of(frame.request.POST, view.id)
    except asked.CannotRead as refused:
        return _show(frame, view, refused.faults, status=422)
    outcome = assign_gap(ctx=frame.ctx, items=[wish])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, view, outcome.faults, status=422)
    messages.success(frame.request, _("The gap was changed; the reason is kept with it."))
    return HttpResponseRedirect(reverse("gap", args=[key]))


@dataclass(frozen=True, slots=True)
class Closing:
    """A reason for which the rest may be closed without money."""

    code: str
    title: str
    is_likely: bool


def closings(view: GapView) -> list[Closing]:
    """The reasons there are for an open document, the one that its kind says chosen; none for money
    that is left over, which is applied or given back from its receipt."""
    if view.state != "open" or view.item_kind == "receipt":
        return []
    return [Closing(code, adjustment_title(code), code == view.kind) for code in WITHOUT_MONEY]


@require_POST
@page("receivables.adjust")
def closing(frame: Frame, key: str) -> HttpResponse:
    """Close the whole rest for a reason; above the person's limit it waits for a second one."""
    view = _view(frame, key)
    code, said_why = frame.request.POST.get("as", ""), frame.request.POST.get("reason", "")
    way = next((one for one in closings(view) if one.code == code), None)
    if way is None:
        fault = Fault("gap.closed", _("There is nothing to close here any more."), path="as")
    elif not said_why.strip():
        fix = _("say why, in a few words")
        fault = Fault("gap.reason", _("To close a rest needs a reason."), path="why", fix=fix)
    else:
        return _close(frame, view, way)
    return _show(frame, view, (fault,), status=422)


def _close(frame: Frame, view: GapView, way: Closing) -> HttpResponse:
    wish = NewAdjustment(
        key=f"gap:{frame.request.POST.get('key', '') or frame.ctx.request_id}",
        item_id=view.item_id,
        amount=view.amount,
        adjustment=way.code,
    )
    outcome = adjust(ctx=frame.ctx, items=[wish])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, view, outcome.faults, status=422)
    if outcome.of(ItemState.AWAITING):
        messages.info(frame.request, _("It waits for a second person now."))
    else:
        text = _("Closed as: %(reason)s.") % {"reason": way.title}
        messages.success(frame.request, text)
    return HttpResponseRedirect(reverse("gap", args=[to_public("gap", view.id)]))


def _closed_by(frame: Frame, view: GapView) -> AllocationView | None:
    """What closed the rest without money and still stands, the latest of it."""
    if view.state != "adjusted":
        return None
    own = allocations_of(company_id=frame.company_id, item_ids=[view.item_id])
    standing = [one for one in own if one.is_active and one.adjustment in WITHOUT_MONEY]
    return standing[-1] if standing else None


@require_POST
@page("receivables.undo")
def reopening(frame: Frame, key: str) -> HttpResponse:
    """Take back what closed the rest, by its reversal: the gap is open again."""
    view = _view(frame, key)
    last = _closed_by(frame, view)
    if last is None:
        raise Http404("nothing closed this gap that could be taken back")
    undo(ctx=frame.ctx, items=[Undo(allocation_id=last.id)]).or_refuse()
    messages.success(frame.request, _("Taken back. The gap is open again."))
    return HttpResponseRedirect(reverse("gap", args=[key]))


def wish_of(post: QueryDict, gap_id: UUID) -> GapAssignment:
    """What a form says of a gap; CannotRead for what is no day."""
    owner, due = post.get("owner", ""), post.get("due_on", "").strip()
    is_person = owner.startswith("usr_")
    return GapAssignment(
        id=gap_id,
        kind=post.get("kind", ""),
        owner="" if is_person else owner,
        person_id=id_or_404("user", owner) if is_person else None,
        due_on=asked.day_of(due, path="due_on") if due else None,
    )


def owners(company_id: UUID) -> list[tuple[str, str]]:
    """Whose a gap may be: a role or one of its people."""
    return [
        *((role, str(role_name(role))) for role in GAP_OWNERS),
        *((to_public("user", one.id), one.name) for one in members(company_id=company_id)),
    ]


def steps(*more: Step) -> list[Step]:
    """The way here from Apply."""
    above = Step(label=_("Gaps"), url=f"{reverse('gaps')}?state=open" if more else "")
    return [Step(label=_("Apply"), url=reverse("apply")), above, *more]
