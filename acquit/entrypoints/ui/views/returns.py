"""Returned payments: which money went back, what that opened again, and what a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.documents.return_reasons import PROVIDER, words
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    FILE,
    PAGE,
    Cell,
    Column,
    Columns,
    Link,
    Noted,
    Status,
)
from acquit.entrypoints.ui.components.shapes import Step, Tab
from acquit.entrypoints.ui.components.status import STATUSES
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import Act, Filter, Listed, ListPage, days, tell
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.templatetags.acquit import money_text
from acquit.entrypoints.ui.words import rule_words, tie_title
from acquit.stages.masterdata.queries import customer_names
from acquit.stages.matching.commands import (
    ReturnChoice,
    ReturnNamed,
    dismiss_return,
    settle_return,
    undo_return,
)
from acquit.stages.matching.queries import returns as queries
from acquit.stages.matching.queries.returns import Likely, ReturnView

LIKELY_SHOWN = 5


@require_GET
@page("read.matching")
def return_list(frame: Frame) -> HttpResponse:
    """What waits for a person."""
    return _show(frame, ())


def _show(frame: Frame, faults: Sequence[Fault], status: int = 200) -> HttpResponse:
    waiting = queries.undecided(company_id=frame.company_id)
    likely = queries.likely(company_id=frame.company_id, ids=[one.id for one in waiting])
    people = {one.customer_id for found in likely.values() for one in found if one.customer_id}
    names = customer_names(company_id=frame.company_id, ids=people).alone() if people else {}
    return frame.show(
        "apply/returns.html",
        {
            "faults": faults,
            "waiting": [_row(one, names, likely[one.id][:LIKELY_SHOWN]) for one in waiting],
            "may_settle": "matching.settle_return" in frame.may,
            "may_dismiss": "matching.dismiss_return" in frame.may,
            **_around("returns"),
        },
        status=status,
    )


@require_GET
@page("read.matching")
def decided(frame: Frame) -> HttpResponse:
    """What a person or a rule decided, to be found again and taken back."""
    return LIST.show(frame, _around("returns_decided"))


def _around(current: str) -> dict[str, Any]:
    tabs = (("returns", _("Waiting")), ("returns_decided", _("Decided")))
    return {
        "tabs": [
            Tab(label=label, url=reverse(name), is_current=name == current) for name, label in tabs
        ],
        "steps": [
            Step(label=_("Apply"), url=reverse("apply")),
            Step(label=_("Returned payments")),
        ],
    }


def _columns(frame: Frame) -> Columns[ReturnView]:
    def who(one: ReturnView) -> Cell:
        name = one.customer_name or one.payer_name or _("No name given")
        return Link(name, links.receipt(one.receipt_id) if one.receipt_id else "")

    def back(one: ReturnView) -> Cell:
        if one.state != "settled":
            return Money(one.amount_minor, one.currency)
        rest = one.amount_minor - one.principal_minor - one.charge_minor
        notes = (
            (_("Bank's charge"), one.charge_minor),
            (_("On suspense"), rest),
        )
        said_below = ", ".join(
            f"{word} {money_text(Money(minor, one.currency))}" for word, minor in notes if minor
        )
        return Noted(Money(one.principal_minor, one.currency), said_below)

    def part(minor: int, one: ReturnView) -> Money | None:
        return Money(minor, one.currency) if one.state == "settled" else None

    return (
        Column(
            _("Movement"),
            lambda one: Link(display.day(one.booked_on, language=_language()), _url(one)),
            only=PAGE,
        ),
        Column(_("Booked"), attrgetter("booked_on"), only=FILE),
        Column(_("Customer"), who),
        Column(_("Reason"), lambda one: Noted(said(words(one.reason)), one.reason)),
        Column(_("Code of the bank"), attrgetter("reason"), only=FILE),
        Column(_("Debit"), lambda one: Money(one.amount_minor, one.currency), AMOUNT, FILE),
        Column(_("Went back"), back, AMOUNT),
        Column(_("Bank's charge"), lambda one: part(one.charge_minor, one), AMOUNT, FILE),
        Column(_("Decided by"), lambda one: Noted(rule_words(one.decided_by), one.decided_at)),
        Column(_("Decided at"), attrgetter("decided_at"), only=FILE),
        Column(_("Status"), lambda one: Status(BADGES[one.state])),
    )


def _language() -> str:
    return get_language() or "en"


def _take_back(frame: Frame, ids: list[UUID]) -> None:
    items = [ReturnNamed(id=one) for one in ids]
    outcome = undo_return(ctx=frame.ctx.without_key(), items=items)
    if done := len(outcome.of(ItemState.DONE)):
        text = ngettext("%(n)s return is taken back.", "%(n)s returns are taken back.", done)
        messages.success(frame.request, text % {"n": done})
    tell(frame, outcome.faults)


BADGES = {"settled": "reversed", "dismissed": "discarded"}
LIST = ListPage(
    name="apply/returns/decided",
    right="read.matching",
    title=gettext_lazy("Decided returns"),
    filters={
        "q": Filter(gettext_lazy("Customer or text")),
        "state": Filter(
            gettext_lazy("State"), {name: STATUSES[code].word for name, code in BADGES.items()}
        ),
        **days(gettext_lazy("Booked from")),
    },
    source=Listed(queries.DECIDED),
    columns=_columns,
    kind="return",
    counts=lambda one: Money(one.amount_minor, one.currency),
    acts=(
        Act(
            verb="undo",
            label=gettext_lazy("Take back"),
            icon="arrow-back-up",
            right="matching.undo_return",
            run=_take_back,
            confirm=(
                gettext_lazy("Take the chosen returns back?"),
                gettext_lazy("What was open again is settled as before where it still fits."),
                gettext_lazy("Take back"),
            ),
        ),
    ),
    empty=(
        gettext_lazy("No return was decided yet"),
        gettext_lazy("What a person or a rule decided is kept here for good."),
    ),
    template="apply/returns_decided.html",
    is_page=False,
)


def _url(view: ReturnView) -> str:
    """Where it stands: in the bank's file, or in the report of a payout that moved nothing."""
    if view.bank_line_id:
        return links.bank_line(view.bank_line_id)
    return links.advice(view.advice_id) if view.advice_id else ""


def _row(view: ReturnView, names: dict[UUID, str], likely: Sequence[Likely]) -> dict[str, Any]:
    return {
        "id": to_public("return", view.id),
        "view": view,
        "amount": Money(view.amount_minor, view.currency),
        "reason": words(view.reason),
        "code": "" if view.reason in PROVIDER else view.reason,
        "line_url": links.bank_line(view.bank_line_id) if view.bank_line_id else "",
        "report_url": links.advice(view.advice_id) if view.advice_id else "",
        "likely": [_likely(one, names) for one in likely],
    }


def _likely(one: Likely, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": to_public("receipt", one.receipt_id),
        "url": links.receipt(one.receipt_id),
        "claim": to_public("open_item", one.claim_id) if one.claim_id else "",
        "document": one.claim_number,
        "on": one.received_on,
        "payer": names.get(one.customer_id, "") if one.customer_id else one.payer_name,
        "amount": Money(one.amount_minor, one.currency),
        "left": Money(one.left_minor, one.currency),
        "is_gone": one.left_minor <= 0,
        "by": [tie_title(tie) for tie in one.by],
        "is_contradicted": one.is_contradicted,
    }


@require_POST
@page("matching.settle_return")
def settlement(frame: Frame, key: str) -> HttpResponse:
    """A person says which receipt it was, and of which document the money was."""
    claim = frame.request.POST.get("claim", "")
    choice = ReturnChoice(
        id=id_or_404("return", key),
        receipt_id=id_or_404("receipt", frame.request.POST.get("receipt", "")),
        claim_id=id_or_404("open_item", claim) if claim else None,
    )
    text = _("What this money had settled is open again.")
    return _answer(frame, settle_return(ctx=frame.ctx, items=[choice]), text)


@require_POST
@page("matching.dismiss_return")
def dismissal(frame: Frame, key: str) -> HttpResponse:
    """No payment of a customer came back."""
    named = ReturnNamed(id=id_or_404("return", key))
    text = _("Left on suspense: it is no payment of a customer.")
    return _answer(frame, dismiss_return(ctx=frame.ctx, items=[named]), text)


def _answer(frame: Frame, outcome: Outcome, text: str) -> HttpResponse:
    if any(fault.code in ("return.unknown", "receipt.unknown") for fault in outcome.faults):
        raise Http404("no such return")
    if outcome.of(ItemState.REFUSED):
        return _show(frame, outcome.faults, status=422)
    if outcome.of(ItemState.AWAITING):
        text = _("It waits for a second person now.")
    messages.success(frame.request, text)
    return HttpResponseRedirect(reverse("returns"))
