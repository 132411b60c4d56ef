"""The money that came in, whatever became of it: found, summed, handed out, matched again."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from uuid import UUID

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from acquit.core.faults import Fault
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    FILE,
    PAGE,
    Cell,
    Column,
    Columns,
    Link,
    Status,
)
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Act, Filter, Listed, ListPage, days, tell
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.payments import METHODS
from acquit.stages.matching.commands import MatchReceipt, propose
from acquit.stages.receivables.queries.receipts import RECEIPTS, ReceiptBalance

TEXT_SHOWN = 80  # signs of what the payer wrote
BATCH = 2000
# Of a bank transfer a list need not say that a person may have typed it.
WAYS = dict(METHODS) | {
    "bank": gettext_lazy("Bank transfer"),
    "payout": gettext_lazy("Netted in a payout"),
}
STATES = {
    "unapplied": gettext_lazy("Unapplied"),
    "partly_applied": gettext_lazy("Partly applied"),
    "applied": gettext_lazy("Applied"),
}


def _columns(frame: Frame) -> Columns[ReceiptBalance]:
    nobody = _("No name given")

    def text(one: ReceiptBalance) -> Cell:
        return one.text if len(one.text) <= TEXT_SHOWN else f"{one.text[:TEXT_SHOWN]}…"

    return (
        Column(
            _("Payer"), lambda one: Link(one.payer_name or nobody, links.receipt(one.id)), only=PAGE
        ),
        Column(_("Payer"), attrgetter("payer_name"), only=FILE),
        Column(_("Account"), attrgetter("payer_iban"), only=FILE),
        Column(_("Received"), attrgetter("received_on")),
        Column(_("Customer"), lambda one: Link(one.customer_name, links.customer(one.customer_id))),
        Column(_("Customer number"), attrgetter("customer_number"), only=FILE),
        Column(_("Text"), text, only=PAGE),
        Column(_("Text"), attrgetter("text"), only=FILE),
        Column(_("Paid by"), lambda one: str(WAYS[one.method])),
        Column(_("Quittance"), attrgetter("quittance_number"), only=FILE),
        Column(_("Amount"), attrgetter("amount"), AMOUNT),
        Column(_("Open"), attrgetter("open"), AMOUNT),
        Column(_("Status"), lambda one: Status(one.status)),
    )


def _match(frame: Frame, ids: list[UUID]) -> None:
    """Ask the matcher once more about these."""
    faults, unasked = list[Fault](), Counter[str]()
    for start in range(0, len(ids), BATCH):
        items = [MatchReceipt(receipt_id=one) for one in ids[start : start + BATCH]]
        outcome = propose(ctx=frame.ctx.without_key(), items=items)
        faults += outcome.faults
        unasked.update(outcome.figures.get("not_asked", {}))
    messages.success(frame.request, _("Matched again."))
    for why, count in sorted(unasked.items()):
        text = ngettext(
            "%(n)s receipt was not asked about: %(why)s",
            "%(n)s receipts were not asked about: %(why)s",
            count,
        )
        messages.warning(frame.request, text % {"n": count, "why": said(why)})
    tell(frame, faults)


LIST = ListPage(
    name="receipts",
    right="read.receipts",
    title=gettext_lazy("Receipts"),
    lead=gettext_lazy("All money that came in, with what of it is not applied yet."),
    filters={
        "q": Filter(gettext_lazy("Payer, customer, text or account")),
        "state": Filter(gettext_lazy("State"), STATES),
        "method": Filter(gettext_lazy("Paid by"), WAYS),
        **days(gettext_lazy("Received from")),
    },
    source=Listed(RECEIPTS),
    columns=_columns,
    kind="receipt",
    counts=attrgetter("amount"),
    acts=(
        Act(
            verb="match",
            label=gettext_lazy("Match again"),
            icon="refresh",
            right="matching.propose",
            run=_match,
        ),
    ),
    empty=(
        gettext_lazy("No receipt yet"),
        gettext_lazy("Import a bank file, or record a payment on the page Apply."),
    ),
)
