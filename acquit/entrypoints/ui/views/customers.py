"""The account of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquit.core.money import Money
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Bar, Step, Tone
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView
from acquit.stages.receivables.queries import (
    Buckets,
    CurrencyBalance,
    ItemView,
    account,
    open_items,
)

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
