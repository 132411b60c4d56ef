"""The list of documents: sent, tried again and handed out one by one, ticked, or all that match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter
from uuid import UUID

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.packs import get
from acquit.database.listing import Page
from acquit.entrypoints.ui import links
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
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Act, Filter, ListPage, Wanted, days, tell
from acquit.entrypoints.ui.views.sending_list import try_again
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.receivables.queries import documents
from acquit.stages.receivables.queries.documents import DocumentBalance

BATCH = 2000
KINDS = {
    "invoice": gettext_lazy("Invoice"),
    "credit_note": gettext_lazy("Credit note"),
    "debit_note": gettext_lazy("Debit note"),
}
STATES = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "paid": gettext_lazy("Paid"),
    "credited": gettext_lazy("Credited"),
}
REPORTING = {
    "due": gettext_lazy("To report"),
    "late": gettext_lazy("Late to report"),
    "reported": gettext_lazy("Reported"),
}


class Documents:
    """Found by parts of number and customer, by the indexes that are made for it."""

    def page(
        self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None
    ) -> Page[DocumentBalance]:
        return documents.documents(
            company_id=frame.company_id,
            wanted=_wanted(wanted),
            today=frame.ctx.today,
            limit=limit,
            after=after,
        )

    def every(
        self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None
    ) -> Iterator[DocumentBalance]:
        return documents.every_document(
            company_id=frame.company_id, wanted=_wanted(wanted), today=frame.ctx.today, ids=ids
        )

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        return documents.matching(
            company_id=frame.company_id, wanted=_wanted(wanted), today=frame.ctx.today
        )


def _wanted(wanted: Wanted) -> documents.Wanted:
    return documents.Wanted(
        text=wanted.get("q", ""),
        customer_id=wanted.get("customer"),
        state=wanted.get("state", ""),
        reporting=wanted.get("reporting", ""),
        kind=wanted.get("kind", ""),
        issued_from=wanted.get("from"),
        issued_to=wanted.get("to"),
    )


def _columns(frame: Frame) -> Columns[DocumentBalance]:
    today, home = frame.ctx.today, {"invoice": ""}  # what most are is not said on each row
    notes = home | {"credit_note": _("credit note"), "debit_note": _("debit note")}

    def state(one: DocumentBalance) -> Cell:
        status = one.status(today)
        partly = one.is_credited and status != "credited"
        return Noted(Status(status), _("partly credited") if partly else "")

    return (
        Column(
            _("Number"), lambda one: Link(one.number, links.invoice(one.id), notes[one.kind], True)
        ),
        Column(_("Kind"), lambda one: str(KINDS[one.kind]), only=FILE),
        Column(_("Customer number"), attrgetter("customer_number"), only=FILE),
        Column(_("Customer"), lambda one: Link(one.customer_name, links.customer(one.customer_id))),
        Column(_("Issued"), attrgetter("issued_on")),
        Column(_("Due"), attrgetter("due_on")),
        Column(_("Amount"), attrgetter("gross"), AMOUNT),
        Column(_("Open"), attrgetter("open"), AMOUNT),
        Column(_("Status"), state),
        *(_reporting(today) if is_reporting(frame) else ()),
    )


def is_reporting(frame: Frame) -> bool:
    """Whether the tax office of the company's country wants its documents."""
    return get(frame.company.country).reporting_on(frame.ctx.today) is not None


def _reporting(today: date) -> Columns[DocumentBalance]:
    def clock(one: DocumentBalance) -> Cell:
        state = one.reporting(today)
        return Noted(Status(state), one.reported_on or one.report_by) if state else ""

    return (
        Column(_("Tax office"), clock, only=PAGE),
        Column(_("Report by"), attrgetter("report_by"), only=FILE),
        Column(_("Reported on"), attrgetter("reported_on"), only=FILE),
    )


def _send(frame: Frame, ids: list[UUID]) -> None:
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
    tell(frame, faults)


def _resend(frame: Frame, ids: list[UUID]) -> None:
    """The failed deliveries of these documents, once more."""
    found = list[UUID]()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        of = dispatch.of_documents(company_id=frame.company_id, document_ids=part)
        found += [one.id for many in of.values() for one in many if one.state == "failed"]
    try_again(frame, found)


LIST = ListPage(
    name="invoices",
    right="read.invoices",
    title=gettext_lazy("Invoices"),
    lead=gettext_lazy("Everything that was issued, with what is open of it."),
    filters={
        "q": Filter(gettext_lazy("Number or customer")),
        "state": Filter(gettext_lazy("State"), STATES),
        "reporting": Filter(gettext_lazy("Tax office"), REPORTING, offered=is_reporting),
        "kind": Filter(gettext_lazy("Kind"), KINDS),
        **days(gettext_lazy("Issued from")),
    },
    source=Documents(),
    columns=_columns,
    kind="document",
    counts=lambda one: -one.gross if one.kind == "credit_note" else one.gross,
    peek=lambda one: links.invoice(one.id),
    acts=(
        Act(
            verb="send",
            label=gettext_lazy("Send"),
            icon="send",
            right="dispatch.send",
            run=_send,
            confirm=(
                gettext_lazy("Send the chosen documents?"),
                gettext_lazy(
                    "Each goes to its customer by his channel. What went there before is not sent"
                    " twice."
                ),
                gettext_lazy("Send"),
            ),
        ),
        Act(
            verb="resend",
            label=gettext_lazy("Try again"),
            icon="refresh",
            right="dispatch.resend",
            run=_resend,
        ),
    ),
    empty=(
        gettext_lazy("No invoices yet"),
        gettext_lazy("Import orders and deliveries, then run billing."),
    ),
    template="invoices/list.html",
)
