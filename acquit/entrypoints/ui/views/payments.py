"""Record a payment by hand, and hand out its numbered quittance."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from acquit.core.faults import Fault, Refused
from acquit.entrypoints import papers
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.paper import downloaded
from acquit.stages.masterdata.queries import customer, customers_by_number
from acquit.stages.matching.queries import receipt_detail
from acquit.stages.receipts.commands import NewReceipt, record

METHODS = (
    ("cash", gettext_lazy("Cash")),
    ("card", gettext_lazy("Card")),
    ("cheque", gettext_lazy("Cheque")),
    ("bank", gettext_lazy("Bank transfer, seen by hand")),
    ("direct_debit", gettext_lazy("Direct debit")),
)


class PaymentForm(forms.Form):
    """What the clerk has in hand: who paid, how much, how and when."""

    customer = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=60,
        help_text=gettext_lazy("As on the invoice."),
    )
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=30)
    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)
    method = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=METHODS)
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        # A date field takes this form alone, whatever the reader's language writes.
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    text = forms.CharField(
        label=gettext_lazy("For"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Invoice numbers, if the payer named some."),
    )


@require_http_methods(["GET", "POST"])
@page("receipts.record")
def payment(frame: Frame) -> HttpResponse:
    """The form; a recorded payment opens on the Apply page with its quittance."""
    if frame.request.method == "GET":
        start = {
            "customer": frame.request.GET.get("customer", ""),
            "currency": frame.company.currency,
            "received_on": frame.ctx.today,
            "method": "cash",
        }
        return _form(frame, PaymentForm(initial=start))
    form = PaymentForm(frame.request.POST)
    if not form.is_valid():
        return _form(frame, form, status=422)
    values = form.cleaned_data
    currency = values["currency"].upper()
    number = values["customer"].strip()
    found = customers_by_number(company_id=frame.company_id, numbers=[number]).get(number)
    if found is None:
        form.add_error("customer", _("There is no customer with this number."))
        return _form(frame, form, status=422)
    try:
        amount = asked.amount(values["amount"], currency, path="amount")
        item = NewReceipt(
            key=number,
            customer_id=found.id,
            method=values["method"],
            amount=amount,
            received_on=values["received_on"],
            text=values["text"],
        )
        outcome = record(ctx=frame.ctx, items=[item]).or_refuse()
    except Refused as refused:
        return _form(frame, form, refused.faults, status=422)
    messages.success(
        frame.request,
        _("Recorded. Quittance %(number)s is ready.")
        % {"number": ", ".join(outcome.figures["quittances"])},
    )
    made = outcome.items[0].id
    assert made is not None  # a receipt that was not refused has its id
    return HttpResponseRedirect(links.receipt(made))


def _form(
    frame: Frame, form: PaymentForm, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    return frame.show("apply/payment.html", {"form": form, "faults": faults}, status=status)


@require_GET
@page("read.receipts")
def quittance(frame: Frame, receipt: str) -> HttpResponse:
    """The quittance as PDF in the customer's language, the amount in figures and in words."""
    detail = receipt_detail(company_id=frame.company_id, receipt_id=id_or_404("receipt", receipt))
    if detail is None or not detail.receipt.quittance_number:
        raise Http404("no quittance")
    payer_id = detail.receipt.customer_id or detail.item.customer_id
    payer = customer(company_id=frame.company_id, customer_id=payer_id) if payer_id else None
    if payer is None:
        raise Http404("no payer")
    file = papers.quittance(company=frame.company, view=payer, detail=detail)
    return downloaded(file)
