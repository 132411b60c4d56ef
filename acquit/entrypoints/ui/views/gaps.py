"""Gaps: what money left open, whose question each is, and what a person says to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access.queries import Member, members
from acquit.core.faults import Fault
from acquit.core.ids import from_public, to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.components.shapes import Chip, Event, Step, Tone
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.shell import role_name
from acquit.entrypoints.ui.words import GAPS, gap_title
from acquit.history.queries import timeline
from acquit.policy.registry import GAP_OWNERS
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.matching.commands import GapAssignment, assign_gap
from acquit.stages.matching.queries import gaps as queries
from acquit.stages.matching.queries.gaps import MINE, STATES, GapView, Wanted

ROWS = 50
ALL = "all"
FILTERS = ("state", "kind", "owner", "currency", "customer")
BADGES = {"adjusted": "gap_adjusted", "paid": "gap_paid", "credited": "gap_credited"}


@require_GET
@page("read.matching")
def gap_list(frame: Frame) -> HttpResponse:
    """Filtered by state, kind, owner, currency and customer; all in the address."""
    query, today = frame.request.GET, frame.ctx.today
    wanted = _wanted(frame)
    try:
        found, after = queries.gaps(
            company_id=frame.company_id,
            wanted=wanted,
            today=today,
            limit=ROWS,
            after=query.get("after") or None,
        )
    except ValueError:
        raise Http404("no such page of the list") from None
    sums = queries.sums(company_id=frame.company_id, wanted=wanted, today=today)
    people = {one.id: one for one in members(company_id=frame.company_id)}
    path = frame.request.path
    return frame.show(
        "apply/gaps.html",
        {
            "rows": [_row(frame, one, people) for one in found],
            "sums": [
                (
                    gap_title(one.kind),
                    one,
                    links.with_query(
                        path,
                        query,
                        {"kind": one.kind, "currency": one.total.currency, "after": ""},
                    ),
                )
                for one in sums
            ],
            "pages": links.pages(frame.request, after),
            "chips": _chips(frame, wanted),
            "is_filtered": any(query.get(name) for name in FILTERS),
            "states": [("", _("Open")), *_state_names().items(), (ALL, _("All"))],
            "kinds": [("", _("All")), *((code, str(word)) for code, word in GAPS.items())],
            "owners": [("", _("All")), (MINE, _("Mine")), *_roles()],
            "shown": {name: query.get(name, "") for name in FILTERS},
            "steps": _steps(),
        },
    )


def _steps(*more: Step) -> list[Step]:
    return [Step(label=_("Apply"), url=reverse("apply")), *more]


def _wanted(frame: Frame) -> Wanted:
    query, actor = frame.request.GET, frame.ctx.actor
    state, kind, owner = (query.get(name, "") for name in ("state", "kind", "owner"))
    customer = query.get("customer", "")
    return Wanted(
        state="" if state == ALL else state if state in STATES else "open",
        kind=kind if kind in GAPS else "",
        owner=owner if owner in (MINE, *GAP_OWNERS) else "",
        currency=query.get("currency", "")[:3],
        customer_id=id_or_404("customer", customer) if customer else None,
        person_id=actor.person_id,
        roles=tuple(sorted(actor.roles)),
    )


def _state_names() -> dict[str, str]:
    return {
        "overdue": _("Overdue"),
        "adjusted": _("Cleared by adjustment"),
        "paid": _("Cleared by payment"),
        "credited": _("Cleared by credit"),
        "withdrawn": _("Withdrawn"),
    }


def _roles() -> list[tuple[str, str]]:
    return [(role, str(role_name(role))) for role in GAP_OWNERS]


def _chips(frame: Frame, wanted: Wanted) -> list[Chip]:
    path, query = frame.request.path, frame.request.GET
    on: list[tuple[str, str]] = []
    if wanted.state != "open":
        on.append(("state", _state_names().get(wanted.state, _("All"))))
    if wanted.kind:
        on.append(("kind", gap_title(wanted.kind)))
    if wanted.owner:
        on.append(("owner", dict(_roles()).get(wanted.owner, _("Mine"))))
    if wanted.currency:
        on.append(("currency", wanted.currency))
    if wanted.customer_id:
        who = masterdata.customer(company_id=frame.company_id, customer_id=wanted.customer_id)
        on.append(("customer", who.name if who else _("Unknown customer")))
    return [
        Chip(label=label, remove_url=links.with_query(path, query, {name: "", "after": ""}))
        for name, label in on
    ]


def _row(frame: Frame, view: GapView, people: dict[UUID, Member]) -> dict[str, Any]:
    today = frame.ctx.today
    named = people.get(view.person_id) if view.person_id else None
    return {
        "id": to_public("gap", view.id),
        "url": reverse("gap", args=[to_public("gap", view.id)]),
        "view": view,
        "kind": gap_title(view.kind),
        "item_url": links.invoice(view.document_id) if view.document_id else "",
        "receipt_url": links.receipt(view.receipt_id),
        "customer_url": links.customer(view.customer_id),
        "age": view.age(today),
        "is_overdue": view.is_overdue(today),
        "status": "overdue" if view.is_overdue(today) else BADGES.get(view.state, view.state),
        "role": role_name(view.owner),
        "person": named.name if named else "",
        "is_open": view.state == "open",
        "is_money": view.item_kind == "receipt",
    }


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
    people = {one.id: one for one in members(company_id=frame.company_id)}
    post = frame.request.POST
    facts = timeline(company_id=frame.company_id, subject_ids=[view.id])
    row = _row(frame, view, people)
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
            "owners": [
                *_roles(),
                *((to_public("user", one.id), one.name) for one in people.values()),
            ],
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
            "steps": _steps(Step(label=_("Gaps"), url=reverse("gaps")), Step(label=row["kind"])),
        },
        status=status,
    )


@require_POST
@page("matching.assign_gap")
def assignment(frame: Frame, key: str) -> HttpResponse:
    """Another kind, owner or deadline, with the reason."""
    view, post = _view(frame, key), frame.request.POST
    owner = post.get("owner", "")
    due = post.get("due_on", "").strip()
    try:
        wish = GapAssignment(
            id=view.id,
            kind=post.get("kind", ""),
            owner="" if owner.startswith("usr_") else owner,
            person_id=from_public("user", owner) if owner.startswith("usr_") else None,
            due_on=asked.day_of(due, path="due_on") if due else None,
        )
    except asked.CannotRead as refused:
        return _show(frame, view, refused.faults, status=422)
    except ValueError:
        raise Http404("no such person") from None
    outcome = assign_gap(ctx=frame.ctx, items=[wish])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, view, outcome.faults, status=422)
    messages.success(frame.request, _("The gap was changed; the reason is kept with it."))
    return HttpResponseRedirect(reverse("gap", args=[key]))
