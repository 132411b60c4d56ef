"""Acts on many customers of the list: their statements, export of what is ticked or matches."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from acquit.access.command import Forbidden
from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.rows_out import Pipe, Row
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money, by_currency
from acquit.entrypoints import papers
from acquit.entrypoints.ui import lists
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.views.customers import owed_by, searched
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import customer_statement
from acquit.stages.receivables.queries.open_at import open_at

BATCH = 1000
STATEMENTS_MAX = 200  # each is a paper of its own


@require_GET
@page("read.masterdata")
def customers_matching(frame: Frame) -> HttpResponse:
    """How many match the filter, and what they owe in all."""
    count, sums = 0, list[Money]()
    every = _every(frame, None)
    while part := [one.id for one in islice(every, BATCH)]:
        count += len(part)
        owed = owed_by(frame, part)
        sums = by_currency(
            *sums,
            *(
                Money(row.amounts.balance_minor, row.currency)
                for rows in owed.values()
                for row in rows
            ),
        )
    return lists.told(count, sums)


@require_GET
@page("read.masterdata")
def customers_export(frame: Frame, form: str) -> HttpResponseBase:
    """All that matches the filter as a file."""
    return _export(frame, form, None)


@require_POST
@page("read.masterdata")
def customers_selection(frame: Frame) -> HttpResponseBase:
    """What was pressed in the bar of the selection."""
    verb, ids = frame.request.POST.get("do", ""), lists.chosen(frame, "customer")
    if verb in lists.FORMS:
        return _export(frame, verb, ids)
    if verb != "statements":
        raise lists.unknown_act(verb)
    return _statements(frame, ids)


def _every(frame: Frame, ids: Sequence[UUID] | None) -> Iterator[CustomerView]:
    """Ticked ones come whatever the filter says of them by now."""
    text, only_new = searched(frame) if ids is None else ("", False)
    return masterdata.every_customer(
        company_id=frame.company_id, search=text, placeholders_only=only_new, ids=ids
    )


def _export(frame: Frame, form: str, ids: Sequence[UUID] | None) -> HttpResponseBase:
    """A row for each currency in which a customer has an account, one where he has none."""
    display = display_for(get_language() or "en")
    channels = {"email": _("E-mail"), "portal": _("Portal"), "print": _("Post")}

    def rows() -> Iterator[Row]:
        every = _every(frame, ids)
        while part := list(islice(every, BATCH)):
            owed = owed_by(frame, [one.id for one in part])
            for one in part:
                about = (one.number, one.name, one.city, display.country(one.country), one.email)
                channel = channels.get(one.channel, one.channel)
                for row in owed.get(one.id, ()):
                    overdue = Money(max(row.amounts.overdue_minor, 0), row.currency)
                    balance = Money(row.amounts.balance_minor, row.currency)
                    yield (*about, channel, row.currency, overdue.decimal, balance.decimal)
                if one.id not in owed:
                    yield (*about, channel, None, None, None)

    head = (
        _("Number"),
        _("Name"),
        _("City"),
        _("Country"),
        _("E-mail address"),
        _("Channel"),
        _("Currency"),
        _("Overdue"),
        _("Balance"),
    )
    return lists.download(
        frame, name="customers", title=_("Customers"), head=head, rows=rows, form=form
    )


def _statements(frame: Frame, ids: Sequence[UUID] | None) -> HttpResponseBase:
    """The statements of last month and this one, each in its customer's language, in one ZIP."""
    if not frame.ctx.actor.may("read.receivables"):
        why = f"{frame.ctx.actor.name} may not do this: read.receivables"
        raise Forbidden((Fault("access.forbidden", why),))
    found = list(islice(_every(frame, ids), STATEMENTS_MAX + 1))
    if len(found) > STATEMENTS_MAX:
        raise Refused.because(
            "selection.many",
            _("%(n)s statements are made at once, not more.") % {"n": STATEMENTS_MAX},
            fix=_("choose fewer customers"),
        )
    owed = owed_by(frame, [one.id for one in found])

    def pieces() -> Iterator[bytes]:
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
            for one in found:
                for currency in [row.currency for row in owed.get(one.id, ())] or [one.currency]:
                    file = _statement(frame, one, currency)
                    package.writestr(file.name, file.body)
                    yield pipe.taken()
        yield pipe.taken()

    name = f"statements-{frame.ctx.today}.zip"
    return lists.streamed(pieces(), name=name, media="application/zip")


def _statement(frame: Frame, view: CustomerView, currency: str) -> papers.File:
    today = frame.ctx.today
    start = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = customer_statement(
        company_id=frame.company_id,
        customer_id=view.id,
        currency=currency,
        from_on=start,
        to_on=today,
        known_at=None,
    )
    items = open_at(
        company_id=frame.company_id, customer_id=view.id, currency=currency, as_at=today
    )
    return papers.statement(company=frame.company, view=view, found=found, items=items)
