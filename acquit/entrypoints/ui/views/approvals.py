"""Four eyes: what waits for a second person, what was decided, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from acquit.access import queries
from acquit.access.commands.approve import Decision, approve, reject
from acquit.access.queries import ApprovalView, RefusedView
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import NO_CURRENCY, Money
from acquit.core.outcome import ItemState
from acquit.database.listing import Page
from acquit.entrypoints.ui.acts import command_title
from acquit.entrypoints.ui.components.cells import AMOUNT, FILE, Column, Columns, Noted, Status
from acquit.entrypoints.ui.components.shapes import Tab
from acquit.entrypoints.ui.components.status import STATUSES
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, Wanted, days
from acquit.entrypoints.ui.requested import Names, about, facts, names_of
from acquit.entrypoints.ui.said import said

ROWS = 50
BATCH = 1000


@require_GET
@page("read.history")
def approvals(frame: Frame) -> HttpResponse:
    """The requests that wait, oldest first."""
    return _waiting(frame)


def _waiting(frame: Frame, faults: tuple[Fault, ...] = (), status: int = 200) -> HttpResponse:
    found = queries.waiting(company_id=frame.company_id, limit=ROWS + 1)
    names = names_of(frame, found)
    rows = [_row(frame, row, names) for row in found[:ROWS]]
    # One primary button: the oldest request that this person may decide.
    first = next((row["id"] for row in rows if not row["is_own"]), "")
    return frame.show(
        "approvals/page.html",
        {
            "tabs": _tabs("approvals", queries.waiting_count(company_id=frame.company_id)),
            "faults": faults,
            "rows": rows,
            "first": first,
            "more": len(found) > ROWS,
            "may_decide": "access.approve" in frame.may,
        },
        status=status,
    )


@require_GET
@page("read.history")
def decided(frame: Frame) -> HttpResponse:
    """What was decided, by whom and why."""
    return DECIDED.show(frame, {"tabs": _tabs(DECIDED.name)})


@require_GET
@page("read.history")
def refused(frame: Frame) -> HttpResponse:
    """Attempts that were refused: who wanted what, and why not."""
    return REFUSED.show(frame, {"tabs": _tabs(REFUSED.name)})


class Decided(Listed[ApprovalView]):
    """Requests that name what they are about: a document by its number, in one more query for a
    page or a thousand."""

    def page(
        self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None
    ) -> Page[ApprovalView]:
        found = Listed.page(self, frame, wanted, limit=limit, after=after)
        return Page(tuple(_named(frame, found.rows)), found.after)

    def every(
        self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None
    ) -> Iterator[ApprovalView]:
        every = Listed.every(self, frame, wanted, ids)
        while part := list(islice(every, BATCH)):
            yield from _named(frame, part)


def _named(frame: Frame, rows: Sequence[ApprovalView]) -> list[ApprovalView]:
    names = names_of(frame, rows)
    return [replace(one, item_key=about(one, names)) for one in rows]


def _amount(one: ApprovalView) -> Money | None:
    return Money(one.amount_minor, one.currency) if one.currency != NO_CURRENCY else None


def _decided_columns(frame: Frame) -> Columns[ApprovalView]:
    return (
        Column(_("Act"), lambda one: Noted(command_title(one.command), one.item_key)),
        Column(_("About"), attrgetter("item_key"), only=FILE),
        Column(_("Decision"), lambda one: Status(one.state)),
        Column(_("Amount"), _amount, AMOUNT),
        Column(_("Asked by"), lambda one: Noted(one.maker_name, one.created_at)),
        Column(_("Asked at"), attrgetter("created_at"), only=FILE),
        Column(_("Decided by"), lambda one: Noted(one.decided_by_name, one.decided_at)),
        Column(_("Decided at"), attrgetter("decided_at"), only=FILE),
        Column(_("Reason"), attrgetter("decision_reason")),
    )


DECIDED = ListPage(
    name="approvals/decided",
    right="read.history",
    title=gettext_lazy("Decided approvals"),
    filters={
        "q": Filter(gettext_lazy("About, person or reason")),
        "state": Filter(
            gettext_lazy("Decision"),
            {name: STATUSES[name].word for name in ("approved", "rejected", "withdrawn")},
        ),
        **days(gettext_lazy("Decided from")),
    },
    source=Decided(queries.DECIDED),
    columns=_decided_columns,
    empty=(
        gettext_lazy("Nothing was decided yet"),
        gettext_lazy("Approved and rejected requests are kept here for good."),
    ),
    template="approvals/list.html",
    is_page=False,
)


def _refused_columns(frame: Frame) -> Columns[RefusedView]:
    return (
        Column(_("Who"), attrgetter("actor_name")),
        Column(_("When"), attrgetter("at")),
        Column(_("What"), lambda one: Noted(command_title(one.command), one.command)),
        Column(_("Why not"), lambda one: said(one.why)),
    )


REFUSED = ListPage(
    name="approvals/refused",
    right="read.history",
    title=gettext_lazy("Refused attempts"),
    lead=gettext_lazy("Attempts that were refused. They are kept even though nothing happened."),
    filters={
        "q": Filter(gettext_lazy("Person, act or reason")),
        **days(gettext_lazy("Tried from")),
    },
    source=Listed(queries.REFUSED),
    columns=_refused_columns,
    empty=(gettext_lazy("No attempt was refused"), ""),
    template="approvals/list.html",
    is_page=False,
)


@require_POST
@page("access.approve")
def approval(frame: Frame, waiting: str) -> HttpResponse:
    """Approve: the waiting command runs now, in the name of both."""
    decision = _decision(frame, waiting)
    outcome = approve(ctx=frame.ctx, items=[decision])
    refusals = outcome.of(ItemState.REFUSED)
    if refusals:
        return _waiting(frame, outcome.faults, status=422)
    if outcome.faults:
        for fault in outcome.faults:
            messages.warning(frame.request, said(fault.message))
    else:
        messages.success(frame.request, _("Approved and done."))
    return HttpResponseRedirect(reverse("approvals"))


@require_POST
@page("access.reject")
def rejection(frame: Frame, waiting: str) -> HttpResponse:
    """Reject, with a reason that the maker reads."""
    decision = _decision(frame, waiting)
    if not decision.reason:
        fault = Fault(
            "approval.no_reason", _("Say why it is rejected; the maker reads it."), path="reason"
        )
        return _waiting(frame, (fault,), status=422)
    reject(ctx=frame.ctx, items=[decision])
    messages.success(frame.request, _("Rejected. Nothing of it happened."))
    return HttpResponseRedirect(reverse("approvals"))


def _decision(frame: Frame, waiting: str) -> Decision:
    wanted = id_or_404("approval", waiting)
    if not queries.exists(company_id=frame.company_id, approval_id=wanted):
        raise Http404("no such request")
    return Decision(id=wanted, reason=frame.request.POST.get("reason", "").strip())


def _row(frame: Frame, row: ApprovalView, names: Names) -> dict[str, Any]:
    return {
        "id": to_public("approval", row.id),
        "view": row,
        "about": about(row, names),
        "title": command_title(row.command),
        "amount": _amount(row),
        "facts": facts(row, names),
        "is_own": row.maker_id is not None and row.maker_id == frame.ctx.actor.id,
    }


def _tabs(current: str, waiting: int | None = None) -> list[Tab]:
    """The three lists; how many wait is counted where they stand."""
    entries = (
        ("approvals", _("Waiting"), waiting),
        (DECIDED.name, _("Decided"), None),
        (REFUSED.name, _("Refused attempts"), None),
    )
    return [
        Tab(label=label, url=f"/{name}", count=number, is_current=name == current)
        for name, label, number in entries
    ]
