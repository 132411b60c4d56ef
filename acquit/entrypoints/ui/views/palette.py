"""Ctrl+K: pages, customers, invoices and actions found by a few letters."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.shell import DEMO, NAVIGATION
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata import queries as masterdata

EACH = 6


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    url: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: list[Item]


@require_GET
@page("read.history")
def palette(frame: Frame) -> HttpResponse:
    """The results as a fragment for the dialog, or as a page of their own."""
    query = frame.request.GET.get("q", "").strip()[:80]
    groups = [
        group
        for group in (
            Group(_("Pages"), _pages(frame, query)),
            Group(_("Actions"), _actions(frame, query)),
            Group(_("Customers"), _customers(frame, query)),
            Group(_("Invoices"), _invoices(frame, query)),
        )
        if group.items
    ]
    template = "palette/_results.html" if frame.is_fragment else "palette/page.html"
    return frame.show(template, {"groups": groups, "query": query})


def _pages(frame: Frame, query: str) -> list[Item]:
    may = frame.may | frozenset({DEMO} if settings.DEMO else ())
    found = [
        Item(str(label), reverse(route), icon, f"g {letter}")
        for _group, entries in NAVIGATION
        for label, route, icon, letter, right in entries
        if (not right or right in may) and _matches(str(label), query)
    ]
    return found if not query else found[:EACH]


def _actions(frame: Frame, query: str) -> list[Item]:
    known = (
        (_("Run billing"), reverse("billing_runs"), "bolt", "invoices.bill"),
        (_("Import a file"), reverse("imports") + "#new", "upload", "intake.import"),
        (_("New customer"), reverse("customer_new"), "plus", "masterdata.save_customers"),
        (_("Profile"), reverse("profile"), "user", "read.history"),
    )
    return [
        Item(label, url, icon)
        for label, url, icon, right in known
        if right in frame.may and _matches(label, query)
    ]


def _customers(frame: Frame, query: str) -> list[Item]:
    if len(query) < 2 or "read.masterdata" not in frame.may:
        return []
    found = masterdata.customers(company_id=frame.company_id, search=query, limit=EACH)
    return [Item(c.name, links.customer(c.id), "users", c.number) for c in found.rows]


def _invoices(frame: Frame, query: str) -> list[Item]:
    if len(query) < 2 or "read.invoices" not in frame.may:
        return []
    found = invoices.documents(
        company_id=frame.company_id, filters=invoices.Filters(number=query), limit=EACH
    )
    return [
        Item(row.number, links.invoice(row.id), "file-invoice", row.customer_name)
        for row in found.rows
    ]


def _matches(label: str, query: str) -> bool:
    return query.casefold() in label.casefold()
