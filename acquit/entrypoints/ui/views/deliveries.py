"""Deliveries: which are billed and which are not, and the paper that goes with the goods."""

from __future__ import annotations

from operator import attrgetter

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from acquit.entrypoints import papers
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import FILE, NUMBER, Column, Columns, Link, Status
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, days
from acquit.entrypoints.ui.paper import downloaded
from acquit.stages.orders import queries as orders

KINDS = {"delivery": gettext_lazy("Delivery"), "return": gettext_lazy("Return")}
STATES = {
    "open": gettext_lazy("To be billed"),
    "drafted": gettext_lazy("In a draft"),
    "billed": gettext_lazy("Billed"),
}


def _columns(frame: Frame) -> Columns[orders.DeliveryRow]:
    def link(one: orders.DeliveryRow) -> Link:
        sub = str(KINDS["return"]) if one.kind == "return" else ""
        return Link(one.number, reverse("delivery_note", args=[one.number]), sub, True)

    return (
        Column(_("Delivery"), link),
        Column(_("Kind"), lambda one: str(KINDS[one.kind]), only=FILE),
        Column(_("Customer number"), attrgetter("customer_number"), only=FILE),
        Column(_("Customer"), lambda one: Link(one.customer_name, links.customer(one.customer_id))),
        Column(_("Delivered"), attrgetter("delivered_on")),
        Column(_("Order"), attrgetter("order_number")),
        Column(_("Purchase order"), attrgetter("purchase_order")),
        Column(_("Lines"), attrgetter("lines"), NUMBER),
        Column(_("To be billed"), attrgetter("open"), NUMBER),
        Column(_("Status"), lambda one: Status(BADGES[one.state])),
    )


BADGES = {"open": "to_bill", "drafted": "draft", "billed": "billed"}
LIST = ListPage(
    name="deliveries",
    right="read.orders",
    title=gettext_lazy("Deliveries"),
    lead=gettext_lazy("What was handed over or taken back, and whether it is billed."),
    filters={
        "q": Filter(gettext_lazy("Delivery, order or customer")),
        "state": Filter(gettext_lazy("State"), STATES),
        "kind": Filter(gettext_lazy("Kind"), KINDS),
        **days(gettext_lazy("Delivered from")),
    },
    source=Listed(orders.DELIVERIES),
    columns=_columns,
    empty=(
        gettext_lazy("No delivery yet"),
        gettext_lazy("Import deliveries; a billing run makes invoices of them."),
    ),
)


@require_GET
@page("read.orders")
def note(frame: Frame, number: str) -> HttpResponse:
    """The delivery note as PDF in the customer's language."""
    found = orders.delivery(company_id=frame.company_id, number=number)
    if found is None:
        raise Http404("no such delivery")
    file = papers.delivery_note(company=frame.company, handed_over=found)
    return downloaded(file)
