"""Rests that were closed without money in a month: by rule and by person, each and as a file."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from acquit.core.money import Money
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
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, Wanted, days
from acquit.entrypoints.ui.rules_kept import rule_url
from acquit.entrypoints.ui.words import ADJUSTMENTS, adjustment_title, rule_words
from acquit.stages.receivables.queries.closed import CLOSED, Closed, ClosedSum, closed_sums
from acquit.stages.receivables.rules.adjustment import WITHOUT_MONEY

BY = {
    "rule": gettext_lazy("By rule"),
    "person": gettext_lazy("By a person"),
    "approval": gettext_lazy("After an approval"),
}


def _columns(frame: Frame) -> Columns[Closed]:
    home = frame.company.currency

    def document(one: Closed) -> Cell:
        if one.document_id:
            url = links.invoice(one.document_id)
        else:
            url = links.receipt(one.receipt_id) if one.receipt_id else ""
        return Link(one.number or _("Receipt"), url, is_number=True)

    def reason(one: Closed) -> Cell:
        title = adjustment_title(one.reason)
        return Noted(title, _("a closing taken back")) if one.is_taking_back else title

    def who(one: Closed) -> Cell:
        if one.by == "rule":
            return Link(rule_words(one.who), rule_url(one.who))
        asked = _("asked by %(name)s") % {"name": one.asked_by}
        return Noted(one.who, asked) if one.asked_by else one.who

    return (
        Column(_("Document"), document),
        Column(_("Day"), attrgetter("on")),
        Column(_("Customer number"), attrgetter("customer_number"), only=FILE),
        Column(_("Customer"), lambda one: Link(one.customer_name, links.customer(one.customer_id))),
        Column(_("Reason"), reason),
        Column(_("How"), lambda one: str(BY[one.by])),
        Column(_("Closed by"), who),
        Column(_("Asked by"), attrgetter("asked_by"), only=FILE),
        Column(_("Note"), attrgetter("note"), only=FILE),
        Column(_("Amount"), attrgetter("amount"), AMOUNT),
        Column(_("Of it tax"), attrgetter("tax"), AMOUNT),
        Column(
            _("Amount in %(currency)s") % {"currency": home},
            lambda one: Money(one.home_minor, home),
            AMOUNT,
            FILE,
        ),
        Column(
            _("Status"),
            lambda one: Status("undone") if one.is_undone else "",
            only=PAGE,
        ),
    )


@require_GET
@page("read.receivables")
def closed(frame: Frame) -> HttpResponse:
    """All of them where the address names no days; the buttons lead from month to month."""
    query, path = frame.request.GET, frame.request.path
    wanted = LIST.wanted(frame)
    sums = closed_sums(company_id=frame.company_id, wanted=wanted)
    home = frame.company.currency
    first = (wanted.get("from") or wanted.get("to") or frame.ctx.today).replace(day=1)
    more: dict[str, Any] = {
        "sums": [_sum(frame, one) for one in sums],
        "total": Money(sum(one.home_minor for one in sums), home),
        "tax": Money(sum(one.tax_home_minor for one in sums), home),
        "month": f"{first:%Y-%m}",
        "is_month": _is_month(wanted),
        "before": links.with_query(path, query, _month(first - timedelta(days=1)))
        if first > date(1900, 1, 1)
        else "",
        "after": links.with_query(path, query, _month(first + timedelta(days=31)))
        if first < frame.ctx.today.replace(day=1)
        else "",
        "steps": [Step(label=_("Ageing"), url=reverse("ageing")), Step(label=_("Closed rests"))],
    }
    return LIST.show(frame, more)


def month_url(day: date) -> str:
    """The page of the month of a day."""
    return f"{reverse('ageing_closed')}?{urlencode({k: v for k, v in _month(day).items() if v})}"


def _month(day: date) -> dict[str, str]:
    last = monthrange(day.year, day.month)[1]
    return {
        "from": day.replace(day=1).isoformat(),
        "to": day.replace(day=last).isoformat(),
        "after": "",
    }


def _is_month(wanted: Wanted) -> bool:
    first: date | None = wanted.get("from")
    last: date | None = wanted.get("to")
    if first is None or last is None:
        return False
    return {"from": first.isoformat(), "to": last.isoformat()} == {
        name: value for name, value in _month(first).items() if value
    }


def _sum(frame: Frame, one: ClosedSum) -> dict[str, Any]:
    query = {"by": one.by, "who": one.who, "reason": one.reason, "after": ""}
    return {
        "row": one,
        "who": rule_words(one.who) if one.by == "rule" else one.who,
        "how": BY[one.by],
        "reason": adjustment_title(one.reason),
        "amount": Money(one.amount_minor, one.currency),
        "tax": Money(one.tax_minor, one.currency),
        "home": Money(one.home_minor, frame.company.currency),
        "url": links.with_query(frame.request.path, frame.request.GET, query),
    }


LIST = ListPage(
    name="ageing/closed",
    right="read.receivables",
    title=gettext_lazy("Closed rests"),
    filters={
        "by": Filter(gettext_lazy("How"), BY),
        "who": Filter(gettext_lazy("Closed by")),
        "reason": Filter(gettext_lazy("Reason"), {one: ADJUSTMENTS[one] for one in WITHOUT_MONEY}),
        **days(gettext_lazy("From")),
    },
    source=Listed(CLOSED),
    columns=_columns,
    empty=(
        gettext_lazy("No rest was closed in these days"),
        gettext_lazy("What rules and people close without money appears here."),
    ),
    template="ageing/closed.html",
    is_page=False,
)
