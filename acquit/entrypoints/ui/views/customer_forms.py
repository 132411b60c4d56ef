"""Typing a customer's master data; only who holds the right sees the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.customers import customer_or_404
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.queries import CustomerView

LOCALES = (
    ("en_GB", "English"),
    ("en_US", "English (US)"),
    ("fr_FR", "Français"),
    ("de_DE", "Deutsch"),
    ("ro_RO", "Română"),
)


class CustomerForm(forms.Form):
    """The fields of ``CustomerData``; what is wrong with them is for the command to say."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    street = forms.CharField(label=gettext_lazy("Street"), max_length=150, required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=40, required=False)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        help_text=gettext_lazy("Two letters, such as DE"),
    )
    vat_id = forms.CharField(label=gettext_lazy("VAT identifier"), max_length=20, required=False)
    registration_id = forms.CharField(
        label=gettext_lazy("Registration number"), max_length=40, required=False
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Contact person"), max_length=100, required=False
    )
    email = forms.CharField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=LOCALES)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3)
    terms = forms.ChoiceField(label=gettext_lazy("Payment terms"))
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=(
            ("email", gettext_lazy("E-mail")),
            ("portal", gettext_lazy("Portal")),
            ("print", gettext_lazy("Post")),
        ),
    )
    buyer_reference = forms.CharField(
        label=gettext_lazy("Buyer reference"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("In Germany the Leitweg-ID"),
    )
    contract = forms.CharField(
        label=gettext_lazy("Contract"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For orders that name none"),
    )
    buyer_accounting = forms.CharField(
        label=gettext_lazy("Cost centre"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For orders that name none"),
    )
    segment = forms.CharField(label=gettext_lazy("Segment"), max_length=40, required=False)
    iban = forms.CharField(label=gettext_lazy("IBAN they pay from"), max_length=42, required=False)
    parent = forms.CharField(
        label=gettext_lazy("Number of the parent"), max_length=40, required=False
    )


@require_http_methods(["GET", "POST"])
@page("masterdata.save_customers")
def customer_new(frame: Frame) -> HttpResponse:
    """A new customer."""
    initial = {"currency": frame.company.currency, "country": frame.company.country}
    return _edit(frame, None, initial)


@require_http_methods(["GET", "POST"])
@page("masterdata.save_customers")
def customer_edit(frame: Frame, key: str) -> HttpResponse:
    """The master data of one customer; the number cannot change."""
    view = customer_or_404(frame, key)
    initial = {name: getattr(view, name) for name in CustomerForm.base_fields if name != "parent"}
    if view.parent_id:
        parent = masterdata.customer(company_id=frame.company_id, customer_id=view.parent_id)
        initial["parent"] = parent.number if parent else ""
    return _edit(frame, view, initial)


def _edit(frame: Frame, view: CustomerView | None, initial: dict[str, Any]) -> HttpResponse:
    post = frame.request.POST if frame.request.method == "POST" else None
    form = CustomerForm(post, initial=initial)
    terms = masterdata.terms(company_id=frame.company_id)
    field = form.fields["terms"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(term.code, said(term.label)) for term in terms.values()]
    language = form.fields["locale"]
    assert isinstance(language, forms.ChoiceField)
    if (current := initial.get("locale", "")) and current not in dict(LOCALES):
        language.choices = [*LOCALES, (current, current)]
    if view is not None:
        form.fields["number"].disabled = True
    if post is not None and form.is_valid():
        data = CustomerData(**form.cleaned_data)
        (result,) = save_customers(ctx=frame.ctx, items=[data]).items
        if result.state is ItemState.REFUSED:
            for fault in result.faults:
                path = fault.path if fault.path in form.fields else None
                form.add_error(path, f"{fault.message}. {fault.fix}".rstrip(". "))
        else:
            messages.success(frame.request, _("Saved."))
            saved = masterdata.customers_by_number(
                company_id=frame.company_id, numbers=[data.number]
            )[data.number]
            key = to_public("customer", saved.id)
            return HttpResponseRedirect(reverse("customer", args=[key]))
    back = reverse("customer", args=[to_public("customer", view.id)]) if view else ""
    values = {
        "form": form,
        "customer": view,
        "back_url": back or reverse("customers"),
        "steps": [
            Step(label=_("Customers"), url=reverse("customers")),
            *([Step(label=view.name, url=back)] if view else []),
            Step(label=_("Edit") if view else _("New customer")),
        ],
    }
    return frame.show("customers/form.html", values, status=422 if form.errors else 200)
