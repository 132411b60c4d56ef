"""The journal: every entry of the books, found and handed out line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from acquit.core.codecs.rows_out import Row
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.cells import AMOUNT, Column, Columns, Link
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.lists import Filter, Listed, ListPage, days
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.words import rule_title
from acquit.stages.ledger.queries import JOURNAL, EntryHead, EntryLine, EntryView, entries
from acquit.stages.masterdata.queries import CustomerView, customers_by_id

BATCH = 1000


def _columns(frame: Frame) -> Columns[EntryHead]:
    return (
        Column(_("Entry"), lambda one: Link(said(one.text), links.entry(one.id))),
        Column(_("Day"), attrgetter("booked_on")),
        Column(_("Posting rule"), lambda one: rule_title(one.posting_rule)),
        Column(_("Customer"), attrgetter("customers")),
        Column(_("Accounts"), attrgetter("accounts")),
        Column(_("Amount"), _amount, AMOUNT),
    )


def _amount(one: EntryHead) -> Money:
    return Money(one.minor, one.currency)


def _file(frame: Frame, rows: Iterator[EntryHead]) -> tuple[list[str], Iterator[Row]]:
    """A row for each line of an entry, in its own currency and in the company's."""
    head = [
        _("Day"),
        _("Recorded"),
        _("Entry"),
        _("Posting rule"),
        _("Account"),
        _("Name"),
        _("Customer number"),
        _("Customer"),
        _("Currency"),
        _("Debit"),
        pgettext("ledger", "Credit"),
        _("Debit in %(currency)s") % {"currency": frame.company.currency},
        _("Credit in %(currency)s") % {"currency": frame.company.currency},
    ]

    def lines() -> Iterator[Row]:
        while part := list(islice(rows, BATCH)):
            found = entries(company_id=frame.company_id, ids=[one.id for one in part])
            people = {
                line.customer_id
                for entry in found.values()
                for line in entry.lines
                if line.customer_id
            }
            names = customers_by_id(company_id=frame.company_id, ids=people)
            for one in part:
                entry = found[one.id]
                for line in entry.lines:
                    customer = names.get(line.customer_id) if line.customer_id else None
                    yield _line(entry, line, customer, frame.company.currency)

    return head, lines()


def _line(entry: EntryView, line: EntryLine, customer: CustomerView | None, home: str) -> Row:
    def amount(minor: int, currency: str) -> Money | None:
        return Money(minor, currency) if minor > 0 else None

    sums = (
        amount(line.debit_minor, line.currency),
        amount(line.credit_minor, line.currency),
        amount(line.functional_minor, home),
        amount(-line.functional_minor, home),
    )
    return (
        entry.booked_on,
        display.local(entry.recorded_at),
        said(entry.text),
        rule_title(entry.posting_rule),
        line.account,
        line.account_name,
        customer.number if customer else None,
        customer.name if customer else None,
        line.currency,
        *(one.decimal if one else None for one in sums),
    )


LIST = ListPage(
    name="ledger/entries",
    right="read.ledger",
    title=gettext_lazy("Journal"),
    lead=gettext_lazy("Every entry of the books, newest first; a file has each of its lines."),
    filters={
        "q": Filter(gettext_lazy("Text or customer")),
        "account": Filter(gettext_lazy("Account")),
        **days(gettext_lazy("Booked from")),
    },
    source=Listed(JOURNAL),
    columns=_columns,
    kind="entry",
    counts=_amount,
    file=_file,
    empty=(
        gettext_lazy("Nothing is booked yet"),
        gettext_lazy("Issued invoices and recorded receipts book themselves."),
    ),
    template="ledger/journal.html",
)
