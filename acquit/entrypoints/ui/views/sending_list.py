"""Every sending of a document: by which way, to whom, how it stands; what failed is tried again."""

from __future__ import annotations

from operator import attrgetter
from uuid import UUID

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from acquit.core.faults import Fault
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import (
    CHANNELS,
    FILE,
    NUMBER,
    Column,
    Columns,
    Link,
    Noted,
    Status,
    channel,
)
from acquit.entrypoints.ui.components.status import STATUSES
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Act, Filter, Listed, ListPage, days, tell
from acquit.entrypoints.ui.said import said
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.queries import DISPATCHES, DispatchView

BATCH = 2000
STATES = {
    name: STATUSES[name].word for name in ("queued", "sent", "delivered", "failed", "cancelled")
}


def _columns(frame: Frame) -> Columns[DispatchView]:
    return (
        Column(
            _("Document"), lambda one: Link(one.number, links.invoice(one.document_id), "", True)
        ),
        Column(_("Customer"), attrgetter("customer_name")),
        Column(_("Channel"), lambda one: channel(one.channel)),
        Column(_("To"), attrgetter("recipient")),
        Column(_("Queued"), attrgetter("queued_at")),
        Column(_("Sent"), attrgetter("sent_at")),
        Column(_("Tries"), attrgetter("attempts"), NUMBER),
        Column(_("Status"), lambda one: Noted(Status(one.state), said(one.last_error))),
        Column(_("Why not"), lambda one: said(one.last_error), only=FILE),
    )


def try_again(frame: Frame, ids: list[UUID]) -> None:
    """These sendings once more; only what failed can be."""
    done, faults = 0, list[Fault]()
    for start in range(0, len(ids), BATCH):
        outcome = resend(ctx=frame.ctx.without_key(), items=ids[start : start + BATCH])
        done += len(outcome.of(ItemState.DONE))
        faults += outcome.faults
    if done:
        text = ngettext("%(n)s delivery is tried again.", "%(n)s deliveries are tried again.", done)
        messages.success(frame.request, text % {"n": done})
    elif not faults:
        messages.info(frame.request, _("None of them has a delivery that failed."))
    tell(frame, faults)


LIST = ListPage(
    name="sendings",
    right="read.dispatch",
    title=gettext_lazy("Sendings"),
    lead=gettext_lazy("Every way a document went, with its proof."),
    filters={
        "q": Filter(gettext_lazy("Document, customer or address")),
        "state": Filter(gettext_lazy("State"), STATES),
        "channel": Filter(
            gettext_lazy("Channel"),
            {name: CHANNELS[name].word for name in ("email", "portal", "print")},
        ),
        **days(gettext_lazy("Queued from")),
    },
    source=Listed(DISPATCHES),
    columns=_columns,
    kind="dispatch",
    acts=(
        Act(
            verb="resend",
            label=gettext_lazy("Try again"),
            icon="refresh",
            right="dispatch.resend",
            run=try_again,
        ),
    ),
    empty=(
        gettext_lazy("Nothing was sent yet"),
        gettext_lazy("What you send appears here with its proof."),
    ),
)
