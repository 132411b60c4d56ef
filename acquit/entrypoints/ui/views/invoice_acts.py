"""Acts on many invoices of the list: send, try again, export what is ticked or all that match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.codecs.rows_out import Row
from acquit.core.faults import Fault
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import lists
from acquit.entrypoints.ui.components.status import STATUSES
from acquit.entrypoints.ui.frame import Frame, back_to, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.invoices import kind_names, wanted_of
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.receivables.queries.documents import (
    Wanted,
    every_document,
    matching,
    matching_ids,
)

BATCH = 2000


@require_GET
@page("read.invoices")
def invoices_matching(frame: Frame) -> HttpResponse:
    """How many match the filter, and their sums; a credit note counts against."""
    found = matching(company_id=frame.company_id, wanted=wanted_of(frame), today=frame.ctx.today)
    return lists.told(*found)


@require_GET
@page("read.invoices")
def invoices_export(frame: Frame, form: str) -> HttpResponseBase:
    """All that matches the filter as a file."""
    return _export(frame, form, None)


@require_POST
@page("read.invoices")
def invoices_selection(frame: Frame) -> HttpResponseBase:
    """What was pressed in the bar of the selection."""
    verb, ids = frame.request.POST.get("do", ""), lists.chosen(frame, "document")
    if verb in lists.FORMS:
        return _export(frame, verb, ids)
    if verb not in ("send", "resend"):
        raise lists.unknown_act(verb)
    if ids is None:
        ids = matching_ids(
            company_id=frame.company_id,
            wanted=wanted_of(frame),
            today=frame.ctx.today,
            limit=lists.ALL,
        )
    (_send if verb == "send" else _resend)(frame, ids)
    return back_to(frame, reverse("invoices"))


def _export(frame: Frame, form: str, ids: Sequence[UUID] | None) -> HttpResponseBase:
    """Ticked rows come whatever became of them since they were shown."""
    wanted = wanted_of(frame) if ids is None else Wanted()
    today = frame.ctx.today
    kinds = kind_names()
    states = {code: str(status.word) for code, status in STATUSES.items()}

    def rows() -> Iterator[Row]:
        for one in every_document(company_id=frame.company_id, wanted=wanted, today=today, ids=ids):
            yield (
                one.number,
                kinds[one.kind],
                one.customer_number,
                one.customer_name,
                one.issued_on,
                one.due_on,
                one.gross.currency,
                one.gross.decimal,
                one.open.decimal,
                states[one.status(today)],
            )

    head = (
        _("Number"),
        _("Kind"),
        _("Customer number"),
        _("Customer"),
        _("Issued"),
        _("Due"),
        _("Currency"),
        _("Amount"),
        _("Open"),
        _("Status"),
    )
    return lists.download(
        frame, name="invoices", title=_("Invoices"), head=head, rows=rows, form=form
    )


def _send(frame: Frame, ids: Sequence[UUID]) -> None:
    """By each document's own channel; what went there before is not sent twice."""
    ctx, done, before, faults = frame.ctx.without_key(), 0, 0, list[Fault]()
    for start in range(0, len(ids), BATCH):
        items = [Sending(document_id=one) for one in ids[start : start + BATCH]]
        outcome = send(ctx=ctx, items=items)
        done += len(outcome.of(ItemState.DONE))
        before += len(outcome.of(ItemState.DUPLICATE))
        faults += outcome.faults
    if done:
        text = ngettext("%(n)s invoice sent.", "%(n)s invoices sent.", done)
        messages.success(frame.request, text % {"n": done})
    if before:
        text = ngettext(
            "%(n)s went there before and was not sent twice.",
            "%(n)s went there before and were not sent twice.",
            before,
        )
        messages.info(frame.request, text % {"n": before})
    _tell(frame, faults)


def _resend(frame: Frame, ids: Sequence[UUID]) -> None:
    """The failed deliveries of these documents, once more."""
    ctx, done, faults = frame.ctx.without_key(), 0, list[Fault]()
    for start in range(0, len(ids), BATCH):
        of = dispatch.of_documents(
            company_id=frame.company_id, document_ids=list(ids[start : start + BATCH])
        )
        failed = [one.id for many in of.values() for one in many if one.state == "failed"]
        outcome = resend(ctx=ctx, items=failed)
        done += len(outcome.of(ItemState.DONE))
        faults += outcome.faults
    if done:
        text = ngettext("%(n)s delivery is tried again.", "%(n)s deliveries are tried again.", done)
        messages.success(frame.request, text % {"n": done})
    elif not faults:
        messages.info(frame.request, _("None of them has a delivery that failed."))
    _tell(frame, faults)


def _tell(frame: Frame, faults: Sequence[Fault]) -> None:
    """The first ones word for word, the rest by their number."""
    for fault in faults[:5]:
        messages.error(frame.request, said(fault.message))
    if (more := len(faults) - 5) > 0:
        text = ngettext("%(n)s more was refused.", "%(n)s more were refused.", more)
        messages.error(frame.request, text % {"n": more})
