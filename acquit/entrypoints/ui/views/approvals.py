"""Four eyes: what waits for a second person, what was decided, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access import queries
from acquit.access.commands.approve import Decision, approve, reject
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.core.money import NO_CURRENCY, Money
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.acts import command_title
from acquit.entrypoints.ui.components.shapes import Tab
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.stages.invoices.queries import rows_by_id

ROWS = 50


@require_GET
@page("read.history")
def approvals(frame: Frame) -> HttpResponse:
    """The requests that wait, oldest first."""
    return _waiting(frame)


def _waiting(frame: Frame, faults: tuple[Fault, ...] = (), status: int = 200) -> HttpResponse:
    found = queries.waiting(company_id=frame.company_id, limit=ROWS + 1)
    rows = _rows(frame, found[:ROWS])
    # One primary button: the oldest request that this person may decide.
    first = next((row["id"] for row in rows if not row["is_own"]), "")
    return frame.show(
        "approvals/page.html",
        {
            "tabs": _tabs(frame, "approvals"),
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
    rows = queries.decided(company_id=frame.company_id, limit=ROWS + 1, before=_before(frame))
    return frame.show(
        "approvals/decided.html",
        {
            "tabs": _tabs(frame, "approvals_decided"),
            "rows": _rows(frame, rows[:ROWS]),
            "pages": links.pages(
                frame.request, rows[ROWS - 1].id.hex if len(rows) > ROWS else "", name="before"
            ),
        },
    )


@require_GET
@page("read.history")
def refused(frame: Frame) -> HttpResponse:
    """Attempts that were refused: who wanted what, and why not."""
    rows = queries.refused(company_id=frame.company_id, limit=ROWS + 1, before=_before(frame))
    return frame.show(
        "approvals/refused.html",
        {
            "tabs": _tabs(frame, "approvals_refused"),
            "rows": [(row, command_title(row.command)) for row in rows[:ROWS]],
            "pages": links.pages(
                frame.request, rows[ROWS - 1].id.hex if len(rows) > ROWS else "", name="before"
            ),
        },
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


def _rows(frame: Frame, found: Sequence[queries.ApprovalView]) -> list[dict[str, Any]]:
    """The requests with what they are about by its number, in one more query for all of them."""
    ids = {UUID(row.item["document_id"]) for row in found if row.item.get("document_id")}
    known = rows_by_id(company_id=frame.company_id, ids=ids) if ids else {}
    numbers = {str(one.id): one.number for one in known.values()}
    return [_row(frame, row, numbers) for row in found]


def _row(frame: Frame, row: queries.ApprovalView, numbers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": to_public("approval", row.id),
        "view": row,
        "about": numbers.get(str(row.item.get("document_id")), row.item_key),
        "title": command_title(row.command),
        "amount": Money(row.amount_minor, row.currency) if row.currency != NO_CURRENCY else None,
        "details": _details(row.item),
        "is_own": row.maker_id is not None and row.maker_id == frame.ctx.actor.id,
    }


def _details(item: dict[str, Any]) -> list[tuple[str, str]]:
    """What is asked for, field by field, without ids and nested parts."""
    shown = []
    for name, value in item.items():
        is_id = name == "id" or name.endswith("_id")
        if not is_id and isinstance(value, str | int) and value not in ("", False):
            shown.append((said(_field(name)), said(str(value))))
    return shown


def _field(name: str) -> str:
    """A field of a command as a label: ``bank_name`` is "Bank name", ``iban`` is "IBAN"."""
    return name.upper() if name in ("iban", "bic") else name.replace("_", " ").capitalize()


def _before(frame: Frame) -> UUID | None:
    text = frame.request.GET.get("before", "")
    if not text:
        return None
    try:
        return UUID(hex=text)
    except ValueError:
        raise Http404("no such page") from None


def _tabs(frame: Frame, current: str) -> list[Tab]:
    count = queries.waiting_count(company_id=frame.company_id)
    entries = (
        ("approvals", _("Waiting"), count),
        ("approvals_decided", _("Decided"), None),
        ("approvals_refused", _("Refused attempts"), None),
    )
    return [
        Tab(label=label, url=reverse(name), count=number, is_current=name == current)
        for name, label, number in entries
    ]
