"""The list of gaps, with what they sum to; many are handed to somebody else at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.access.queries import saved_views
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.listing import Page
from acquit.database.together import Together
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    FILE,
    NUMBER,
    PAGE,
    Cell,
    Column,
    Columns,
    Link,
    Noted,
    Status,
)
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import Act, Filter, ListPage, Wanted, tell, views_of
from acquit.entrypoints.ui.shell import role_name
from acquit.entrypoints.ui.views.gaps import badge_of, owners, steps, wish_of
from acquit.entrypoints.ui.words import GAPS, gap_title
from acquit.policy.registry import GAP_OWNERS
from acquit.stages.matching.commands import assign_gap
from acquit.stages.matching.queries import gaps as queries
from acquit.stages.matching.queries.gaps import MINE, GapView

BATCH = 1000
_CLEARED = "cleared_"  # before the cursor of a page after the open ones
_ROLE = lazy(role_name, str)
MANY = 1000  # gaps that are handed over at once
STATES = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "adjusted": gettext_lazy("Cleared by adjustment"),
    "paid": gettext_lazy("Cleared by payment"),
    "credited": gettext_lazy("Cleared by credit"),
    "withdrawn": gettext_lazy("Withdrawn"),
}


class Gaps:
    """The first deadlines first, and the open ones before those that are cleared."""

    def page(self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None) -> Page[GapView]:
        asked_for = _wanted(frame, wanted)
        if asked_for.state:
            found, more = _part(frame, asked_for, limit, after)
            return Page(tuple(found), more)
        found = []
        if not (after or "").startswith(_CLEARED):
            found, more = _part(frame, replace(asked_for, state="open"), limit, after)
            if more:
                return Page(tuple(found), more)
            after = _CLEARED
        cleared = replace(asked_for, state=queries.CLEARED)
        left, start = limit - len(found), (after or "").removeprefix(_CLEARED) or None
        if not left:
            is_more = bool(_part(frame, cleared, 1, start)[0])
            return Page(tuple(found), _CLEARED if is_more else None)
        others, more = _part(frame, cleared, left, start)
        return Page((*found, *others), f"{_CLEARED}{more}" if more else None)

    def every(self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None) -> Iterator[GapView]:
        asked_for = _wanted(frame, wanted) if ids is None else queries.Wanted("", ids=tuple(ids))
        states = (asked_for.state,) if asked_for.state else ("open", queries.CLEARED)
        for state in states:
            after: str | None = None
            while True:
                found, after = _part(frame, replace(asked_for, state=state), BATCH, after)
                yield from found
                if after is None:
                    break

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        sums = _sums(frame, wanted).alone()
        return sum(one.count for one in sums), _by_currency([one.total for one in sums])


def _part(
    frame: Frame, wanted: queries.Wanted, limit: int, after: str | None
) -> tuple[list[GapView], str | None]:
    return queries.gaps(
        company_id=frame.company_id,
        wanted=wanted,
        today=frame.ctx.today,
        limit=limit,
        after=after,
    )


def _by_currency(amounts: Sequence[Money]) -> list[Money]:
    found: dict[str, Money] = {}
    for one in amounts:
        found[one.currency] = found.get(one.currency, Money.zero(one.currency)) + one
    return list(found.values())


def _sums(frame: Frame, wanted: Wanted) -> queries.Sums:
    return queries.sums(
        company_id=frame.company_id, wanted=_wanted(frame, wanted), today=frame.ctx.today
    )


def _wanted(frame: Frame, wanted: Wanted) -> queries.Wanted:
    actor = frame.ctx.actor
    return queries.Wanted(
        state=wanted.get("state", ""),
        kind=wanted.get("kind", ""),
        owner=wanted.get("owner", ""),
        currency=wanted.get("currency", "").upper(),
        customer_id=wanted.get("customer"),
        text=wanted.get("q", ""),
        person_id=actor.person_id,
        roles=tuple(sorted(actor.roles)),
    )


def _columns(frame: Frame) -> Columns[GapView]:
    today = frame.ctx.today

    def kind(one: GapView) -> Cell:
        return Link(gap_title(one.kind), reverse("gap", args=[to_public("gap", one.id)]))

    def document(one: GapView) -> Cell:
        url = links.invoice(one.document_id) if one.document_id else links.receipt(one.receipt_id)
        return Link(one.number, url, is_number=True)

    def customer(one: GapView) -> Cell:
        name = one.customer_name or one.payer_name or _("No name given")
        return Link(name, links.customer(one.customer_id) if one.customer_id else "")

    def owner(one: GapView) -> Cell:
        role = str(role_name(one.owner))
        return Noted(one.person_name, role) if one.person_name else role

    return (
        Column(_("Kind"), kind),
        Column(_("Document"), lambda one: Noted(document(one), customer(one))),
        Column(_("Customer"), customer, only=FILE),
        Column(_("Payer"), attrgetter("payer_name"), only=FILE),
        Column(_("Amount"), attrgetter("amount"), AMOUNT),
        Column(_("Age"), lambda one: _days(one.age(today)), NUMBER, PAGE),
        Column(_("Age in days"), lambda one: one.age(today), only=FILE),
        Column(_("In charge"), owner, only=PAGE),
        Column(_("Role"), lambda one: str(role_name(one.owner)), only=FILE),
        Column(_("Person"), attrgetter("person_name"), only=FILE),
        Column(_("Deadline"), attrgetter("due_on")),
        Column(_("Status"), lambda one: Status(badge_of(one, today))),
    )


def _days(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def _hand_over(frame: Frame, ids: list[UUID]) -> HttpResponse:
    """The form that asks to whom, until when and why."""
    return _form(frame, ids, ())


def _form(frame: Frame, ids: Sequence[UUID], faults: Sequence[Fault]) -> HttpResponse:
    found = list(LIST.source.every(frame, {}, ids))
    post = frame.request.POST
    return frame.show(
        "apply/gaps_hand_over.html",
        {
            "faults": faults,
            "ids": [to_public("gap", one.id) for one in found],
            "count": len(found),
            "sums": _by_currency([one.amount for one in found]),
            "owners": owners(frame.company_id),
            "given": {name: post.get(name, "") for name in ("owner", "due_on", "reason", "next")},
            "steps": steps(Step(label=_("Hand over"))),
        },
        status=422 if faults else 200,
    )


@require_POST
@page("matching.assign_gap")
def handing_over(frame: Frame) -> HttpResponse:
    """All of the chosen gaps to one owner, with one deadline and reason; what is not filled in
    stays as it is."""
    post = frame.request.POST
    ids = [id_or_404("gap", key) for key in post.getlist("ids")[:MANY]]
    if not ids:
        raise Http404("no gap was chosen")
    try:
        wish = wish_of(post, ids[0])
    except asked.CannotRead as refused:
        return _form(frame, ids, refused.faults)
    outcome = assign_gap(ctx=frame.ctx, items=[replace(wish, id=one) for one in ids])
    if not outcome.of(ItemState.DONE) and not outcome.of(ItemState.DUPLICATE):
        return _form(frame, ids, _each_once(outcome.faults))
    count = outcome.figures["assigned"]
    text = ngettext("%(n)s gap was handed over.", "%(n)s gaps were handed over.", count)
    messages.success(frame.request, text % {"n": count})
    tell(frame, outcome.faults)
    return HttpResponseRedirect(f"{reverse('gaps')}?state=open")


def _each_once(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Every gap says what is wrong with the one form that was sent."""
    return tuple({fault.message: fault for fault in faults}.values())


@require_GET
@page("read.matching")
def gap_list(frame: Frame) -> HttpResponse:
    """Filtered by state, kind, owner, currency and customer; all in the address."""
    together, person = Together(), frame.ctx.actor.person_id
    sums = together.add(_sums(frame, LIST.wanted(frame)))
    kept = together.add(
        saved_views(company_id=frame.company_id, person_id=person, list_name=LIST.name)
    )
    path, query = frame.request.path, frame.request.GET
    more: dict[str, Any] = {
        "list": LIST.shown(frame, views=views_of(frame, LIST.name, kept.value)),
        "sums": [
            (
                gap_title(one.kind),
                one,
                links.with_query(
                    path, query, {"kind": one.kind, "currency": one.total.currency, "after": ""}
                ),
            )
            for one in sums.value
        ],
        "steps": steps(),
    }
    return frame.show("apply/gaps.html", more)


LIST = ListPage(
    name="apply/gaps",
    right="read.matching",
    title=gettext_lazy("Gaps"),
    filters={
        "q": Filter(gettext_lazy("Document or customer")),
        "state": Filter(gettext_lazy("State"), STATES),
        "kind": Filter(gettext_lazy("Kind"), GAPS),
        "owner": Filter(
            gettext_lazy("In charge"),
            {MINE: gettext_lazy("Mine"), **{role: _ROLE(role) for role in GAP_OWNERS}},
        ),
        "currency": Filter(gettext_lazy("Currency")),
    },
    source=Gaps(),
    columns=_columns,
    kind="gap",
    counts=attrgetter("amount"),
    acts=(
        Act(
            verb="hand_over",
            label=gettext_lazy("Hand over"),
            icon="users",
            right="matching.assign_gap",
            run=_hand_over,
            most=MANY,
        ),
    ),
    empty=(
        gettext_lazy("No gap is open"),
        gettext_lazy("What payments leave open, and money left over, appears here."),
    ),
    is_page=False,
)
