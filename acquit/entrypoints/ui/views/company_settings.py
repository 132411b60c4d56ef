"""The company's settings: how its documents look, whom they name, when they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from acquit.core.codecs.pdf import logo
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemState
from acquit.entrypoints.paper_trials import Trial, tried
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.paper import downloaded
from acquit.entrypoints.ui.picture import harmless, picture
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.customer_forms import LOCALES
from acquit.stages.masterdata import queries
from acquit.stages.masterdata.commands.settings import (
    GRACE_MINUTES_MAX,
    Settings,
    save_settings,
)
from acquit.stages.masterdata.rules.letters import letter_faults


class LookForm(forms.Form):
    """How documents look and when they leave; what is wrong is for the command to say."""

    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy(
            "PNG or JPEG, at most 512 kB and 2000 pixels on a side. It stands on new documents and"
            " on the page your customers open."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(logo.MEDIA.values())}),
    )
    remove_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)
    design = forms.ChoiceField(
        label=gettext_lazy("Design of papers"),
        choices=(
            ("modern", gettext_lazy("Modern: sans serif, air, one colour")),
            ("classic", gettext_lazy("Classic: book type, ruled tables")),
            ("compact", gettext_lazy("Compact: boxes and small type, for many lines")),
        ),
        help_text=gettext_lazy("Papers made from now on have it; those made before keep theirs."),
    )
    accent = forms.CharField(
        label=gettext_lazy("Accent colour"),
        max_length=7,
        help_text=gettext_lazy("Such as #0f5c4d; dark enough to be read on white."),
    )
    footer = forms.CharField(
        label=gettext_lazy("Footer of documents"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    locale = forms.ChoiceField(label=gettext_lazy("Language of documents"), choices=LOCALES)
    grace_minutes = forms.IntegerField(
        label=gettext_lazy("Grace time in minutes"),
        help_text=gettext_lazy(
            "So long can a sent draft be recalled before it gets its number: 0 to 60; 0 sends at"
            " once."
        ),
        min_value=0,
        max_value=GRACE_MINUTES_MAX,
    )


class AddressForm(forms.Form):
    """Whom documents name as their sender."""

    street = forms.CharField(label=gettext_lazy("Street"), max_length=150, required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=40, required=False)
    # With the capital it is long: a box of its own shows it whole, also on a telephone.
    legal_form = forms.CharField(
        label=gettext_lazy("Legal form"),
        max_length=120,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    registration_id = forms.CharField(
        label=gettext_lazy("Number in the register"), max_length=40, required=False
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Contact person"), max_length=100, required=False
    )
    email = forms.CharField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    vat_due = forms.ChoiceField(
        label=gettext_lazy("When VAT is due"),
        choices=(
            ("", gettext_lazy("When the law says")),
            ("invoice", gettext_lazy("On the invoice, as we chose")),
            ("payment", gettext_lazy("On payment, as we chose")),
        ),
        required=False,
        help_text=gettext_lazy("New documents say it where the law wants it said."),
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Of a company without a VAT identifier"),
    )
    small_business_from = forms.CharField(
        label=gettext_lazy("Small business from"),
        required=False,
        help_text=gettext_lazy("First day without VAT (franchise en base, § 19 UStG, art. 310)"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    small_business_until = forms.CharField(
        label=gettext_lazy("Small business until"),
        required=False,
        help_text=gettext_lazy("Last day; empty while it goes on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean_legal_form(self) -> str:
        """One line, however it was typed."""
        return " ".join(self.cleaned_data["legal_form"].split())


@require_http_methods(["GET", "POST"])
@page("masterdata.save_settings")
def settings(frame: Frame) -> HttpResponse:
    """The form of all settings; one press saves them."""
    view = queries.settings(company_id=frame.company_id)
    names = [*LookForm.base_fields, *AddressForm.base_fields]
    initial = {name: getattr(view, name, None) for name in names if name != "logo"}
    posted: tuple[Any, ...] = ()
    if frame.request.method == "POST":
        posted = (frame.request.POST, frame.request.FILES)
    look, address = LookForm(*posted, initial=initial), AddressForm(*posted, initial=initial)
    if not view.logo:
        del look.fields["remove_logo"]
    if posted and look.is_valid() and address.is_valid():
        wanted, faults = _wanted(look.cleaned_data, address.cleaned_data)
        if not faults and frame.request.POST.get("do") == "try":
            try:
                return downloaded(tried(ctx=frame.ctx, trial=Trial(settings=wanted)))
            except Refused as refused:
                faults = refused.faults
        elif not faults:
            faults = _save(frame, wanted)
        if not faults:
            messages.success(frame.request, _("Saved."))
            return HttpResponseRedirect(reverse("settings"))
        for fault in faults:
            form = look if fault.path in look.fields else address
            text = "; ".join(said(part) for part in (fault.message, fault.fix) if part)
            form.add_error(fault.path if fault.path in form.fields else None, text)
    values = {
        "look": look,
        "address": address,
        "has_logo": bool(view.logo),
        "missing": letter_faults(view),
    }
    wrong = bool(look.errors or address.errors)
    return frame.show("settings/company.html", values, status=422 if wrong else 200)


def _wanted(look: dict[str, Any], address: dict[str, Any]) -> tuple[Settings, tuple[Fault, ...]]:
    """What was typed, and what is wrong with its picture."""
    file, gone = look.pop("logo"), look.pop("remove_logo", False)
    wanted = Settings(**look, **address)
    if file is not None:
        if file.size > logo.UPLOAD_BYTES_MAX:
            return wanted, logo.too_large().faults
        wanted = replace(wanted, logo=file.read())
    elif gone:
        wanted = replace(wanted, logo=b"")
    return wanted, ()


def _save(frame: Frame, wanted: Settings) -> tuple[Fault, ...]:
    """Hand it over; the faults by which it was refused."""
    (result,) = save_settings(ctx=frame.ctx, items=[wanted]).items
    return result.faults if result.state is ItemState.REFUSED else ()


@harmless
@require_safe
@page("masterdata.save_settings")
def settings_logo(frame: Frame) -> HttpResponse:
    """The logo that is kept now."""
    return picture(company=frame.company)
