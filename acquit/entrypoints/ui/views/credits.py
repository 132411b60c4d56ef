"""Crediting a document: quantities per line, the result shown first, then the credit note."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from acquit.core.faults import Fault
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.views.invoices import view_or_404
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.queries import DocumentView, LineView

_DIGITS_MAX = 12  # of a quantity, before its decimals


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A line with what may still be credited, and what was typed."""

    line: LineView
    typed: str
    wrong: str = ""

    @property
    def is_left(self) -> bool:
        return Decimal(self.line.creditable_quantity) > 0


@require_http_methods(["GET", "POST"])
@page("invoices.credit")
def credit_note(frame: Frame, key: str) -> HttpResponse:
    """The form, and its posting. Above the actor's limit it waits for a second person."""
    view = view_or_404(frame, key)
    if frame.request.method == "GET":
        return _form(frame, key, view, {}, ())
    typed = {
        line.line_no: frame.request.POST.get(f"quantity-{line.line_no}", "").strip()
        for line in view.lines
    }
    lines, faults = _read(view, typed)
    if not faults:
        item = Credit(document_id=view.row.id, reason=frame.ctx.reason.strip(), lines=tuple(lines))
        outcome = credit(ctx=frame.ctx, items=[item])
        (result,) = outcome.items
        if result.state is ItemState.AWAITING:
            text = _("The credit is above your limit. A second person sees it under Approvals.")
            messages.warning(frame.request, text)
            return HttpResponseRedirect(reverse("invoice", args=[key]))
        if result.state is not ItemState.REFUSED and result.id:
            messages.success(frame.request, _("The credit note was issued."))
            return HttpResponseRedirect(links.invoice(result.id))
        faults = list(result.faults)
    return _form(frame, key, view, typed, faults)


def _read(view: DocumentView, typed: dict[int, str]) -> tuple[list[CreditedLine], list[Fault]]:
    """The quantities typed; nothing typed anywhere is a fault, not a credit of everything."""
    lines, faults = [], []
    for line in view.lines:
        text = typed[line.line_no].replace(",", ".")
        if not text:
            continue
        try:
            quantity = Decimal(text)
            if not quantity.is_finite() or quantity.adjusted() >= _DIGITS_MAX:
                raise InvalidOperation
        except InvalidOperation:
            message = _("%(text)s is not a quantity") % {"text": typed[line.line_no]}
            faults.append(Fault("credit.quantity", message, f"quantity-{line.line_no}"))
            continue
        if quantity:
            lines.append(CreditedLine(line.line_no, quantity))
    if not lines and not faults:
        fix = _("type a quantity beside at least one line")
        faults.append(Fault("credit.none", _("Nothing is credited yet."), fix=fix))
    return lines, faults


def _form(
    frame: Frame,
    key: str,
    view: DocumentView,
    typed: dict[int, str],
    faults: list[Fault] | tuple[Fault, ...],
) -> HttpResponse:
    wrong = {fault.path: fault.message for fault in faults}
    rows = [
        CreditRow(
            line,
            typed.get(line.line_no, line.creditable_quantity if not typed else ""),
            wrong.get(f"quantity-{line.line_no}", ""),
        )
        for line in view.lines
    ]
    values = {
        "public_id": key,
        "row": view.row,
        "rows": rows,
        "is_left": any(row.is_left for row in rows),
        "faults": faults,
        "reason": frame.ctx.reason,
        "steps": [
            Step(label=_("Invoices"), url=reverse("invoices")),
            Step(label=view.row.number, url=reverse("invoice", args=[key])),
            Step(label=_("Credit")),
        ],
    }
    return frame.show("invoices/credit.html", values, status=422 if faults else 200)
