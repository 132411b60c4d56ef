"""Customers: the list with balances, and the account of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.repeat import Code, Row, repeat
from acquit.entrypoints.ui.components.shapes import Bar, Chip, Step, Tone
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.lists import views_of
from acquit.entrypoints.ui.templatetags.acquit import country, sums, town
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import (
    AgeingRow,
    Buckets,
    CurrencyBalance,
    ItemView,
    account,
    open_items,
)
from acquit.stages.receivables.queries.ageing import ageing_of

ROWS = 50
OPEN_ROWS = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """The split of what a customer owes in one currency."""

    currency: str
    not_due: Money
    overdue: Money
    unapplied: Money
    balance: Money
    home: Money | None
    bars: tuple[Bar, ...]
    statement_url: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An open item with where it leads."""

    item: ItemView
    url: str
    original: Money
    open: Money
    status: str


@require_GET
@page("read.masterdata")
def customer_list(frame: Frame) -> HttpResponse:
    """By number; found by parts of number, name, VAT identifier and address."""
    query = frame.request.GET
    text, only_new = searched(frame)
    found = masterdata.customers(
        company_id=frame.company_id,
        search=text,
        placeholders_only=only_new,
        limit=ROWS,
        after=query.get("after", ""),
    )
    owed = owed_by(frame, [one.id for one in found.rows])
    path = frame.request.path
    chips = [("q", f"“{text}”")] if text else []
    if only_new:
        chips.append(("show", _("To complete")))
    return frame.show(
        "customers/list.html",
        {
            "rows": [_row(one, owed.get(one.id, [])) for one in found.rows],
            "q": text,
            "show": query.get("show", ""),
            "show_options": [("", _("All")), ("placeholders", _("To complete"))],
            "chips": [
                Chip(label=label, remove_url=links.with_query(path, query, {name: "", "after": ""}))
                for name, label in chips
            ],
            "pages": links.pages(frame.request, found.after),
            "may_edit": "masterdata.save_customers" in frame.may,
            "views": views_of(frame, "customers"),
        },
    )


def searched(frame: Frame) -> tuple[str, bool]:
    """The filter of the address: a text, and whether only those to complete are meant."""
    query = frame.request.GET
    return query.get("q", "").strip()[:80], query.get("show") == "placeholders"


def owed_by(frame: Frame, ids: list[UUID]) -> dict[UUID, list[AgeingRow]]:
    """What these customers owe, a row per currency."""
    result: dict[UUID, list[AgeingRow]] = {}
    if ids:
        rows = ageing_of(
            company_id=frame.company_id,
            customer_ids=ids,
            as_at=frame.ctx.today,
            known_at=None,
        )
        for row in rows:
            if row.customer_id:
                result.setdefault(row.customer_id, []).append(row)
    return result


def _row(one: CustomerView, owed: list[AgeingRow]) -> Row:
    """One customer in the list, for ``_row.html``: what he owes per currency."""
    balances = [Money(row.amounts.balance_minor, row.currency) for row in owed]
    overdue = [Money(row.amounts.overdue_minor, row.currency) for row in owed]
    return {
        "key": to_public("customer", one.id),
        "url": links.customer(one.id),
        "name": one.name,
        "is_placeholder": one.is_placeholder,
        "number": one.number,
        "city": town(one.city),
        "country": country(one.country),
        "channel": Code(one.channel),
        "overdue": _amounts([amount for amount in overdue if amount.minor > 0]),
        "balances": _amounts(balances),
        "sums": sums(balances),
    }


def _amounts(amounts: list[Money]) -> SafeString:
    return repeat("customers/_amount.html", [{"amount": one} for one in amounts])


@require_GET
@page("read.receivables")
def customer(frame: Frame, key: str) -> HttpResponse:
    """The account: what is owed, how old it is, what is open, what came lately."""
    view = customer_or_404(frame, key)
    found = account(
        company_id=frame.company_id,
        customer_id=view.id,
        as_at=frame.ctx.today,
        limit=OPEN_ROWS,
    )
    page_ = found.open
    if after := frame.request.GET.get("after"):
        page_ = open_items(
            company_id=frame.company_id, customer_id=view.id, limit=OPEN_ROWS, after=_cursor(after)
        )
    values = {
        "public_id": key,
        "customer": view,
        "parent_url": links.customer(view.parent_id),
        "balances": [_balance(frame, key, one) for one in found.balances],
        "rows": [_item(frame, item) for item in page_.items],
        "pages": links.pages(frame.request, _after(page_.next), anchor="#open"),
        "history": [_item(frame, item) for item in found.history.items[:20]],
        "invoices_url": f"{reverse('invoices')}?customer={key}",
        "may_edit": "masterdata.save_customers" in frame.may,
        "steps": [Step(label=_("Customers"), url=reverse("customers")), Step(label=view.name)],
    }
    return frame.show(
        "customers/_peek.html" if frame.is_fragment else "customers/page.html", values
    )


def customer_or_404(frame: Frame, key: str) -> CustomerView:
    found = masterdata.customer(company_id=frame.company_id, customer_id=id_or_404("customer", key))
    if found is None:
        raise Http404("no such customer")
    return found


def _cursor(text: str) -> tuple[date, UUID]:
    day, _blank, last = text.partition("_")
    try:
        return date.fromisoformat(day), UUID(last)
    except ValueError:
        raise Http404("no such page of the list") from None


def _after(cursor: tuple[date, UUID] | None) -> str:
    return f"{cursor[0].isoformat()}_{cursor[1]}" if cursor else ""


def _item(frame: Frame, item: ItemView) -> ItemRow:
    sign = -1 if item.side == "credit" else 1
    url = ""
    if item.document_id:
        url = links.invoice(item.document_id)
    elif item.receipt_id:
        url = links.receipt(item.receipt_id)
    return ItemRow(
        item,
        url,
        Money(sign * item.original_minor, item.currency),
        Money(sign * item.open_minor, item.currency),
        _status(item, frame.ctx.today),
    )


def _status(item: ItemView, today: date) -> str:
    if item.side == "credit":
        if not item.open_minor:
            return "applied"
        return "unapplied" if item.open_minor == item.original_minor else "partly_applied"
    if not item.open_minor:
        return "paid"
    if item.due_on < today:
        return "overdue"
    return "open" if item.open_minor == item.original_minor else "partly_paid"


def _balance(frame: Frame, key: str, one: CurrencyBalance) -> Balance:
    currency, amounts, home = one.currency, one.amounts, frame.company.currency
    start = (frame.ctx.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    statement = reverse("customer_statement", args=[key])
    query = f"currency={currency}&from={start.isoformat()}&to={frame.ctx.today.isoformat()}"
    return Balance(
        currency=currency,
        not_due=Money(amounts.not_due_minor, currency),
        overdue=Money(amounts.overdue_minor, currency),
        unapplied=Money(amounts.unapplied_minor, currency),
        balance=Money(amounts.balance_minor, currency),
        home=Money(one.home.balance_minor, home) if currency != home else None,
        bars=_bars(amounts, currency),
        statement_url=f"{statement}?{query}",
    )


def _bars(amounts: Buckets, currency: str) -> tuple[Bar, ...]:
    parts = (
        (_("Not due"), amounts.not_due_minor, Tone.GOOD),
        (_("1–30 days"), amounts.days_1_30_minor, Tone.INFO),
        (_("31–60 days"), amounts.days_31_60_minor, Tone.WARN),
        (_("61–90 days"), amounts.days_61_90_minor, Tone.WARN),
        (_("Over 90 days"), amounts.over_90_minor, Tone.BAD),
    )
    return tuple(
        Bar(label=label, amount=Money(minor, currency), tone=tone) for label, minor, tone in parts
    )
