"""Returned payments: which money went back, what that opened again, and what a person decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.core.documents.return_reasons import words
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.words import tie_title
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
    """What waits for a person first, then what was decided lately."""
    return _show(frame, ())


def _show(frame: Frame, faults: tuple[Fault, ...], status: int = 200) -> HttpResponse:
    waiting = queries.undecided(company_id=frame.company_id)
    decided = queries.decided(company_id=frame.company_id)
    likely = queries.likely(company_id=frame.company_id, ids=[one.id for one in waiting])
    people = {one.customer_id for one in decided if one.customer_id}
    people |= {one.customer_id for found in likely.values() for one in found if one.customer_id}
    names = customer_names(company_id=frame.company_id, ids=people).alone()
    return frame.show(
        "apply/returns.html",
        {
            "faults": faults,
            "waiting": [_row(one, names, likely[one.id][:LIKELY_SHOWN]) for one in waiting],
            "decided": [_row(one, names, ()) for one in decided],
            "may_settle": "matching.settle_return" in frame.may,
            "may_undo": "matching.undo_return" in frame.may,
            "may_dismiss": "matching.dismiss_return" in frame.may,
            "steps": [
                Step(label=_("Apply"), url=reverse("apply")),
                Step(label=_("Returned payments")),
            ],
        },
        status=status,
    )


def _row(view: ReturnView, names: dict[UUID, str], likely: Any) -> dict[str, Any]:
    rest = view.amount_minor - view.principal_minor - view.charge_minor
    return {
        "id": to_public("return", view.id),
        "view": view,
        "amount": Money(view.amount_minor, view.currency),
        "reason": words(view.reason),
        "line_url": links.bank_line(view.bank_line_id),
        "state": {"settled": "reversed", "dismissed": "discarded"}.get(view.state, "needs_you"),
        "principal": Money(view.principal_minor, view.currency),
        "charge": Money(view.charge_minor, view.currency) if view.charge_minor else None,
        "rest": Money(rest, view.currency) if rest and view.state == "settled" else None,
        "receipt_url": links.receipt(view.receipt_id) if view.receipt_id else "",
        "customer": names.get(view.customer_id, "") if view.customer_id else "",
        "is_settled": view.state == "settled",
        "likely": [_likely(one, names) for one in likely],
    }


def _likely(one: Likely, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": to_public("receipt", one.receipt_id),
        "url": links.receipt(one.receipt_id),
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
    """A person says which receipt it was."""
    choice = ReturnChoice(
        id=id_or_404("return", key),
        receipt_id=id_or_404("receipt", frame.request.POST.get("receipt", "")),
    )
    text = _("What this money had settled is open again.")
    return _answer(frame, settle_return(ctx=frame.ctx, items=[choice]), text)


@require_POST
@page("matching.undo_return")
def reversal(frame: Frame, key: str) -> HttpResponse:
    """It was not this receipt after all."""
    named = ReturnNamed(id=id_or_404("return", key))
    text = _("Taken back. What was open again is settled as before where it still fits.")
    return _answer(frame, undo_return(ctx=frame.ctx, items=[named]), text)


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
    messages.success(frame.request, text)
    return HttpResponseRedirect(reverse("returns"))
