"""The drafts that wait, as a list: found by customer or order, kept as a view, handed out."""

from __future__ import annotations

from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acquit.core.faults import Severity
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    NUMBER,
    Column,
    Columns,
    Status,
    channel,
)
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage
from acquit.entrypoints.ui.said import said
from acquit.stages.invoices.queries import DRAFTS, DraftRow


def _columns(frame: Frame) -> Columns[DraftRow]:
    kinds = {"invoice": _("Invoice"), "credit_note": _("Credit note")}

    def failed(one: DraftRow) -> str:
        fatal = [fault for fault in one.faults if fault.severity is Severity.FATAL]
        return "; ".join(said(fault.message) for fault in fatal) or said(one.held_reason)

    return (
        Column(_("Customer"), attrgetter("customer_name")),
        Column(_("Customer number"), attrgetter("customer_number")),
        Column(_("Kind"), lambda one: kinds.get(one.kind, one.kind)),
        Column(_("Order"), attrgetter("order")),
        Column(_("Amount"), attrgetter("gross"), AMOUNT),
        Column(_("Channel"), lambda one: channel(one.channel)),
        Column(_("Checks passed"), attrgetter("passed"), NUMBER),
        Column(_("Why not"), failed),
        Column(_("Made"), attrgetter("created_at")),
        Column(_("Status"), lambda one: Status(status(one.state))),
    )


def status(state: str) -> str:
    """The badge of a draft."""
    return "to_review" if state == "review" else state


LIST = ListPage(
    name="billing",
    right="read.invoices",
    title=gettext_lazy("Billing"),
    filters={
        "tab": Filter(
            gettext_lazy("State"),
            {"review": gettext_lazy("To review"), "ready": gettext_lazy("Ready")},
            is_tab=True,
        ),
        "q": Filter(gettext_lazy("Customer or order")),
    },
    source=Listed(DRAFTS),
    columns=_columns,
    empty=("", ""),
    is_page=False,
)
