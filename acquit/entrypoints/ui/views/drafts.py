"""One draft as the document it would become, and billing runs with their difference first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from acquit.core.documents.invoice import Invoice
from acquit.core.documents.plain import to_plain
from acquit.core.money import Money
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.history import draft_timeline
from acquit.entrypoints.ui.paper import paper_of
from acquit.entrypoints.ui.views.billing import counted_checks
from acquit.entrypoints.ui.words import CHANGED
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.alter import OPEN
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.enrich import FIELDS
from acquit.stages.orders.rules import places

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that a run would make."""

    kind: str
    customer: str
    order: str
    lines: int
    gross: Money
    status: str
    reason: str
    faults: tuple[str, ...]


@require_GET
@page("read.invoices")
def draft(frame: Frame, key: str) -> HttpResponse:
    """The draft as a page, or as the fragment of a peek. It has no number and no portal page."""
    draft_id = id_or_404("draft", key)
    row = invoices.draft(company_id=frame.company_id, draft_id=draft_id)
    form = invoices.preview(company_id=frame.company_id, draft_id=draft_id, on=frame.ctx.today)
    if row is None or form is None:
        raise Http404("no such draft")
    lines = invoices.draft_lines(company_id=frame.company_id, draft_id=draft_id)
    values = {
        "draft": row,
        **counted_checks(row.faults, row.passed),
        "public_id": key,
        "paper": paper_of(form),
        "customer_url": links.customer(row.customer_id),
        "status": "to_review" if row.state == "review" else row.state,
        "steps": [Step(label=_("Billing"), url=reverse("billing")), Step(label=_("Draft"))],
        "lines": lines,
        "acts": _acts(frame, row.state, len(lines)),
        "referring": _referring(frame, row.state, form),
        "here": reverse("draft", args=[key]),
        "events": [] if frame.is_fragment else draft_timeline(frame, draft_id),
    }
    template = "billing/_preview.html" if frame.is_fragment else "billing/draft.html"
    return frame.show(template, values)


def _referring(frame: Frame, state: str, form: Invoice) -> list[tuple[str, str, str, int]]:
    """The references that may be typed, each with its label, its value and its length."""
    if state not in OPEN or "invoices.enrich" not in frame.may:
        return []
    values = {"buyer_reference": form.buyer_reference, **to_plain(form.references)}
    if (delivery := form.delivery) and delivery.address != form.buyer.address:
        values |= places.told(delivery).values()
    return [
        (name, str(CHANGED[name]), values.get(name) or "", longest)
        for name, longest in FIELDS.items()
        if name != "email"
    ]


def _acts(frame: Frame, state: str, lines: int) -> dict[str, bool]:
    is_open = state in ("review", "ready")
    return {
        "change": (is_open or state == "held") and "invoices.change_date" in frame.may,
        "split": is_open and lines > 1 and "invoices.split" in frame.may,
        "send": state == "ready" and "invoices.issue" in frame.may,
        "recall": state == "scheduled" and "invoices.recall" in frame.may,
        "hold": state == "ready" and "invoices.hold" in frame.may,
        "release": state in ("review", "held") and "invoices.release" in frame.may,
        "discard": state in ("review", "held", "ready") and "invoices.discard" in frame.may,
    }


@require_http_methods(["GET", "POST"])
@page("invoices.bill")
def runs(frame: Frame) -> HttpResponse:
    """What a run up to a day would make, then the run itself."""
    if frame.request.method == "POST":
        return _run(frame)
    as_of = asked.day(frame, "as_of", frame.ctx.today)
    figures = bill(ctx=frame.ctx, as_of=as_of, dry_run=True).figures
    rows = [_difference(row) for row in figures["differences"][:SHOWN]]
    currency = frame.company.currency
    return frame.show(
        "billing/run.html",
        {
            "as_of": as_of,
            "figures": figures,
            "net": Money.of(figures["net"], currency),
            "gross": Money.of(figures["gross"], currency),
            "rows": rows,
            "left_off": len(figures["differences"]) - len(rows),
            "total": len(figures["differences"]),
            "steps": [Step(label=_("Billing"), url=reverse("billing")), Step(label=_("New run"))],
        },
    )


def _run(frame: Frame) -> HttpResponse:
    as_of = asked.day_of(frame.request.POST.get("as_of", ""), path="as_of")
    straight = frame.request.POST.get("only_drafts") != "on"
    figures = bill(ctx=frame.ctx, as_of=as_of, straight_through=straight).figures
    made = int(figures["invoices"]) + int(figures["credit_notes"])
    text = _("%(made)s documents issued, %(held)s drafts wait. Gross %(gross)s %(currency)s.")
    values = {
        "made": made,
        "held": figures["held"],
        "gross": figures["gross"],
        "currency": frame.company.currency,
    }
    messages.success(frame.request, text % values)
    return HttpResponseRedirect(f"{reverse('billing')}?tab={'review' if straight else 'ready'}")


def _difference(row: dict[str, Any]) -> Difference:
    statuses = {"issue": "issued", "ready": "ready", "hold": "held", "review": "to_review"}
    return Difference(
        kind=row["kind"],
        customer=row["customer"],
        order=row["order"],
        lines=row["lines"],
        gross=Money.of(row["gross"], row["currency"]),
        status=statuses.get(row["action"], row["action"]),
        reason=row["reason"],
        faults=tuple(fault["message"] for fault in row["faults"]),
    )
