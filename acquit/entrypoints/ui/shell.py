"""Everything around a page: navigation by right, company, language, account."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from acquit.access.models import User
from acquit.entrypoints.ui.components.shapes import CompanyChoice, NavGroup, NavItem, Shell
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.tour import tour_of

# Instead of a right: mails of the demo are caught here, those of others have left for good.
DEMO = "demo"
# group, label, route, icon, letter after g, right
NAVIGATION = (
    (
        gettext_lazy("Work"),
        (
            (gettext_lazy("Home"), "home", "home", "h", ""),
            (gettext_lazy("Billing"), "billing", "file-plus", "b", "read.invoices"),
            (gettext_lazy("Apply"), "apply", "arrows-join", "a", "read.matching"),
            (gettext_lazy("Approvals"), "approvals", "checks", "p", "read.history"),
            (gettext_lazy("Imports"), "imports", "file-import", "i", "read.receipts"),
        ),
    ),
    (
        gettext_lazy("Records"),
        (
            (gettext_lazy("Invoices"), "invoices", "file-invoice", "n", "read.invoices"),
            (gettext_lazy("Customers"), "customers", "users", "c", "read.masterdata"),
            (gettext_lazy("Deliveries"), "deliveries", "truck-delivery", "d", "read.orders"),
            (gettext_lazy("Sendings"), "sendings", "send", "q", "read.dispatch"),
            (gettext_lazy("Receipts"), "receipts", "receipt", "k", "read.receipts"),
            (gettext_lazy("Statements"), "statements", "building-bank", "s", "read.receipts"),
            (gettext_lazy("Remittances"), "remittances", "layout-list", "v", "read.receipts"),
            (gettext_lazy("Items"), "items", "building-store", "w", "read.masterdata"),
        ),
    ),
    (
        gettext_lazy("Figures"),
        (
            (gettext_lazy("Ageing"), "ageing", "hourglass", "o", "read.receivables"),
            (gettext_lazy("Ledger"), "ledger", "book-2", "l", "read.ledger"),
            (gettext_lazy("Automatic acts"), "automatic", "robot", "t", "read.history"),
        ),
    ),
    (
        gettext_lazy("System"),
        (
            (gettext_lazy("Policies"), "policies", "adjustments", "r", "read.policy"),
            (gettext_lazy("Customer rules"), "rules", "scale", "z", "read.policy"),
            (gettext_lazy("Texts"), "texts", "file-text", "x", "read.policy"),
            (gettext_lazy("Mailbox"), "mailbox", "mail", "m", DEMO),
            (gettext_lazy("Health"), "health", "activity", "y", "read.system"),
            (
                gettext_lazy("Company settings"),
                "settings",
                "settings",
                "e",
                "masterdata.save_settings",
            ),
        ),
    ),
)

# Routes do not change while a process lives, and every page names all of them.
address = cache(reverse)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``shell`` and ``tour`` for base.html, nothing for guests."""
    frame = getattr(request, "acquit", None)
    if not isinstance(frame, Frame):
        return {"language_url": address("language")}
    user = request.user
    assert isinstance(user, User)
    return {
        "shell": Shell(
            groups=_groups(frame),
            companies=[
                CompanyChoice(key=c.slug, label=c.name, is_current=c.id == frame.company.id)
                for c in frame.companies
            ],
            user_name=user.name,
            user_role=", ".join(role_name(role) for role in sorted(frame.ctx.actor.roles)),
            company_url=address("company"),
            language_url=address("language"),
            palette_url=address("palette"),
            profile_url=address("profile"),
            sign_out_url=address("signout"),
            keys=user.single_keys,
        ),
        "language_url": address("language"),
        "tour": partial(tour_of, frame),
    }


def _groups(frame: Frame) -> Sequence[NavGroup]:
    here = frame.request.path
    routes = (route for _label, entries in NAVIGATION for _name, route, *_rest in entries)
    current = frozenset(
        route
        for route in routes
        if here == address(route) or (route != "home" and here.startswith(address(route)))
    )
    may = frame.may | frozenset({DEMO} if settings.DEMO else ())
    return _navigation(may, current, get_language() or "en")


@lru_cache(maxsize=512)
def _navigation(
    may: frozenset[str], current: frozenset[str], _language: str
) -> tuple[NavGroup, ...]:
    """The same for all who may the same, in a language and a part of Acquit."""
    groups = []
    for label, entries in NAVIGATION:
        items = [
            NavItem(
                label=str(name),
                url=address(route),
                icon=icon,
                go=letter,
                is_current=route in current,
            )
            for name, route, icon, letter, right in entries
            if not right or right in may
        ]
        if items:
            groups.append(NavGroup(label=str(label), items=items))
    return tuple(groups)


def role_name(role: str) -> str:
    """The role in the reader's language."""
    names = {
        "billing_clerk": _("Billing"),
        "cash_clerk": _("Cash application"),
        "credit_controller": _("Credit control"),
        "receivables_manager": _("Receivables manager"),
        "accountant": _("Accountant"),
        "administrator": _("Administrator"),
        "auditor": _("Auditor"),
        "owner": _("Owner"),
    }
    return names.get(role, role)


ROLE_ICONS = {
    "billing_clerk": "file-plus",
    "cash_clerk": "arrows-join",
    "credit_controller": "hourglass",
    "receivables_manager": "scale",
    "accountant": "book-2",
    "administrator": "settings",
    "auditor": "eye",
    "owner": "building-store",
}


def role_work(role: str) -> str:
    """What somebody in this role does in the morning, in one line."""
    lines = {
        "billing_clerk": _("Checks drafts, sends invoices, clears rejections."),
        "cash_clerk": _("Puts every receipt on the right invoices."),
        "credit_controller": _("Sees who is late, and by how much."),
        "receivables_manager": _("Approves what is above the limits."),
        "accountant": _("Keeps ledger and open items equal."),
        "administrator": _("Sets policies, rights and imports."),
        "auditor": _("Reads everything, changes nothing."),
        "owner": _("Does all of it in one hand."),
    }
    return lines.get(role, "")
