"""The list of customers with what they owe, and the statements of many."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.rows_out import Pipe
from acquit.core.codecs.rows_out import Row as FileRow
from acquit.core.money import Money, by_currency
from acquit.database.listing import Page
from acquit.entrypoints import papers
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.cells import (
    AMOUNT,
    Cell,
    Column,
    Columns,
    Link,
    Noted,
    channel,
)
from acquit.entrypoints.ui.exports import Tally, noted, streamed
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Act, Filter, ListPage, Wanted
from acquit.entrypoints.ui.templatetags.acquit import country, mark, town
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import AgeingRow, customer_statement
from acquit.stages.receivables.queries.ageing import ageing_of
from acquit.stages.receivables.queries.open_at import open_at

BATCH = 1000
STATEMENTS_MAX = 200  # each is a paper of its own


@dataclass(frozen=True, slots=True)
class Row:
    """One customer in the list: what he owes per currency."""

    customer: CustomerView
    owed: Sequence[AgeingRow]

    @property
    def id(self) -> UUID:
        return self.customer.id

    @property
    def balances(self) -> tuple[Money, ...]:
        return tuple(Money(row.amounts.balance_minor, row.currency) for row in self.owed)

    @property
    def overdue(self) -> tuple[Money, ...]:
        found = ((row.amounts.overdue_minor, row.currency) for row in self.owed)
        return tuple(Money(minor, currency) for minor, currency in found if minor > 0)


class Customers:
    """By number, found by parts of number, name, VAT identifier and address; what they owe is one
    more query for a page or a thousand."""

    def page(self, frame: Frame, wanted: Wanted, *, limit: int, after: str | None) -> Page[Row]:
        found = masterdata.customers(
            company_id=frame.company_id,
            search=wanted.get("q", ""),
            placeholders_only="show" in wanted,
            limit=limit,
            after=after or "",
        )
        return Page(tuple(_rows(frame, found.rows)), found.after)

    def every(self, frame: Frame, wanted: Wanted, ids: Sequence[UUID] | None) -> Iterator[Row]:
        every = masterdata.every_customer(
            company_id=frame.company_id,
            search=wanted.get("q", ""),
            placeholders_only="show" in wanted,
            ids=ids,
        )
        while part := list(islice(every, BATCH)):
            yield from _rows(frame, part)

    def matching(self, frame: Frame, wanted: Wanted) -> tuple[int, Sequence[Money]]:
        count, sums = 0, list[Money]()
        for row in self.every(frame, wanted, None):
            count += 1
            sums = by_currency(*sums, *row.balances)
        return count, sums


def _rows(frame: Frame, found: Sequence[CustomerView]) -> list[Row]:
    owed: dict[UUID | None, list[AgeingRow]] = {}
    for row in ageing_of(
        company_id=frame.company_id,
        customer_ids=[one.id for one in found],
        as_at=frame.ctx.today,
        known_at=None,
    ):
        owed.setdefault(row.customer_id, []).append(row)
    return [Row(one, owed.get(one.id, ())) for one in found]


def _columns(frame: Frame) -> Columns[Row]:
    to_complete = mark("warn", "flag", _("To complete"))

    def name(row: Row) -> Cell:
        link = Link(row.customer.name, links.customer(row.id))
        return Noted(link, to_complete) if row.customer.is_placeholder else link

    def place(row: Row) -> Cell:
        parts = (town(row.customer.city), country(row.customer.country))
        return ", ".join(part for part in parts if part)

    return (
        Column(_("Name"), name),
        Column(_("Number"), lambda row: row.customer.number),
        Column(_("Place"), place),
        Column(_("Channel"), lambda row: channel(row.customer.channel)),
        Column(_("Overdue"), lambda row: row.overdue, AMOUNT),
        Column(_("Balance"), lambda row: row.balances, AMOUNT),
    )


def _file(frame: Frame, rows: Iterator[Row]) -> tuple[list[str], Iterator[FileRow]]:
    """A row for each currency in which a customer has an account, one where he has none."""
    country = display_for(get_language() or "en").country
    head = [
        _("Number"),
        _("Name"),
        _("City"),
        _("Country"),
        _("E-mail address"),
        _("Channel"),
        _("Currency"),
        _("Overdue"),
        _("Balance"),
    ]

    def lines() -> Iterator[FileRow]:
        for row in rows:
            one = row.customer
            way = str(channel(one.channel).word)
            about = (one.number, one.name, one.city, country(one.country), one.email, way)
            for owed in row.owed:
                overdue = Money(max(owed.amounts.overdue_minor, 0), owed.currency)
                balance = Money(owed.amounts.balance_minor, owed.currency)
                yield (*about, owed.currency, overdue.decimal, balance.decimal)
            if not row.owed:
                yield (*about, None, None, None)

    return head, lines()


def _statements(frame: Frame, ids: list[UUID]) -> HttpResponseBase:
    """The statements of last month and this one, each in its customer's language, in one ZIP."""
    known = masterdata.customers_by_id(company_id=frame.company_id, ids=ids)
    rows = _rows(frame, sorted(known.values(), key=lambda one: one.number))

    tally = Tally()

    def pieces() -> Iterator[bytes]:
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
            for row in tally.of(rows):
                for currency in [owed.currency for owed in row.owed] or [row.customer.currency]:
                    file = _statement(frame, row.customer, currency)
                    package.writestr(file.name, file.body)
                    yield pipe.taken()
        yield pipe.taken()

    name = f"statements-{frame.ctx.today}.zip"
    whole = noted(
        frame, pieces(), tally=tally, list_name="customers/statements", form="zip", is_ticked=True
    )
    return streamed(whole, name=name, media="application/zip")


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


LIST = ListPage(
    name="customers",
    right="read.masterdata",
    title=gettext_lazy("Customers"),
    filters={
        "q": Filter(gettext_lazy("Name, number, VAT id or e-mail")),
        "show": Filter(gettext_lazy("Show"), {"placeholders": gettext_lazy("To complete")}),
    },
    source=Customers(),
    columns=_columns,
    kind="customer",
    counts=lambda row: row.balances,
    peek=lambda row: links.customer(row.id),
    acts=(
        Act(
            verb="statements",
            label=gettext_lazy("Statements"),
            icon="file-text",
            right="read.receivables",
            run=_statements,
            most=STATEMENTS_MAX,
        ),
    ),
    file=_file,
    empty=(
        gettext_lazy("No customers yet"),
        gettext_lazy("Import a list, or let the first order import make them."),
    ),
    template="customers/list.html",
)
