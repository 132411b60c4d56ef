"""Several documents paid by one transfer: the customer chooses, and gets one reference for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import get_format
from django.views.decorators.http import require_http_methods, require_safe

from acquit.core.faults import Fault
from acquit.core.ids import from_public, to_public
from acquit.core.money import Money, total
from acquit.core.outcome import ItemState
from acquit.core.payment_references import read_reference
from acquit.entrypoints.portal.opening import Visit, opened
from acquit.entrypoints.portal.views import due_of, transfer_qr
from acquit.entrypoints.ui import asked
from acquit.entrypoints.ui.paper import Transfer
from acquit.stages.receivables.commands import declare_bundle
from acquit.stages.receivables.queries.bundles import BundleView
from acquit.stages.receivables.queries.bundles import bundle as read_bundle
from acquit.stages.receivables.queries.open_at import OpenAt, open_at
from acquit.stages.receivables.rules.bundling import PARTS_MAX, Bundle, BundlePart

_KIND = "open_item"


@dataclass(frozen=True, slots=True)
class Row:
    """A document that may be paid; ``amount`` is what the customer typed, and without a sign."""

    key: str
    kind: str
    number: str
    due_on: object
    open: Money
    amount: str
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@opened
def choose(visit: Visit) -> HttpResponse:
    """What is open of the customer, oldest first; sent, it becomes a bundle."""
    items = _open(visit)[:PARTS_MAX]
    if visit.request.method != "POST":
        return _form(visit, items, chosen={}, faults=())
    post = visit.request.POST
    typed = _typed(items, post)
    try:
        parts = _parts(items, typed)
    except asked.CannotRead as refusal:
        return _form(visit, items, chosen=typed, faults=refusal.faults)
    wish = Bundle(customer_id=visit.link.customer_id, parts=parts)
    outcome = declare_bundle(ctx=visit.ctx, items=[wish])
    (result,) = outcome.items
    if result.state is ItemState.REFUSED or result.id is None:
        return _form(visit, items, chosen=typed, faults=result.faults)
    return HttpResponseRedirect(
        reverse("portal_bundle", args=[visit.token, to_public("advice", result.id)])
    )


def _open(visit: Visit) -> list[OpenAt]:
    """The documents that one transfer can pay: those of the currency of the one he opened."""
    currency = due_of(visit).open.currency
    found = open_at(
        company_id=visit.company_id,
        customer_id=visit.link.customer_id,
        currency=currency,
        as_at=visit.ctx.today,
    )
    return [one for one in found if one.kind != "receipt"]


def _typed(items: Sequence[OpenAt], post: Mapping[str, Any]) -> dict[str, str]:
    """The chosen documents with the amounts as typed; all of them in full by the first button."""
    keys = {to_public(_KIND, one.item_id): one for one in items}
    if post.get("all"):
        return {key: _plain(one) for key, one in keys.items()}
    chosen = post.getlist("item")  # type: ignore[attr-defined]
    return {key: post.get(f"amount-{key}", "") for key in chosen if key in keys}


def _plain(one: OpenAt) -> str:
    """As the customer would type it."""
    return str(abs(one.open).decimal).replace(".", get_format("DECIMAL_SEPARATOR"))


def _parts(items: Sequence[OpenAt], typed: Mapping[str, str]) -> tuple[BundlePart, ...]:
    known = {to_public(_KIND, one.item_id): one for one in items}
    return tuple(
        BundlePart(
            item_id=from_public(_KIND, key),
            amount_minor=asked.amount(text, known[key].open.currency, path=known[key].number).minor,
        )
        for key, text in typed.items()
    )


def _form(
    visit: Visit, items: Sequence[OpenAt], *, chosen: Mapping[str, str], faults: Sequence[Fault]
) -> HttpResponse:
    rows = []
    opened_number = due_of(visit).paper.number
    for one in items:
        key = to_public(_KIND, one.item_id)
        is_chosen = key in chosen or (not faults and one.number == opened_number)
        amount = chosen.get(key, _plain(one))
        rows.append(Row(key, one.kind, one.number, one.due_on, one.open, amount, is_chosen))
    values = {
        "guest": visit.guest,
        "token": visit.token,
        "number": opened_number,
        "rows": rows,
        "total": total((one.open for one in items), items[0].open.currency) if items else None,
        "faults": faults,
        "parts_max": PARTS_MAX if len(rows) == PARTS_MAX else 0,
        "today": visit.ctx.today,
    }
    return render(visit.request, "portal/together.html", values, status=422 if faults else 200)


@require_safe
@opened
def bundle(visit: Visit, key: str) -> HttpResponse:
    """Amount, where to, and the one reference."""
    found, to = _found(visit, key)
    known = read_reference(found.reference)
    has_qr = not found.is_paid and transfer_qr(to, found.amount) is not None
    values = {
        "guest": visit.guest,
        "token": visit.token,
        "number": due_of(visit).paper.number,
        "bundle": found,
        "to": to,
        "reference": known.printed if known else found.reference,
        "qr_url": reverse("portal_bundle_qr", args=[visit.token, key]) if has_qr else "",
    }
    return render(visit.request, "portal/bundle.html", values)


@require_safe
@opened
def bundle_qr(visit: Visit, key: str) -> HttpResponse:
    """The EPC QR of the whole bundle, for a banking app."""
    found, to = _found(visit, key)
    svg = transfer_qr(to, found.amount)
    if svg is None:
        raise Http404("no code for this bundle")
    return HttpResponse(svg, content_type="image/svg+xml")


def _found(visit: Visit, key: str) -> tuple[BundleView, Transfer]:
    try:
        bundle_id = from_public("advice", key)
    except ValueError:
        raise Http404("no such bundle") from None
    found = read_bundle(
        company_id=visit.company_id, customer_id=visit.link.customer_id, bundle_id=bundle_id
    )
    if found is None:
        raise Http404("no such bundle")
    company = visit.company
    return found, Transfer(company.name, company.iban, company.bic, found.reference)
