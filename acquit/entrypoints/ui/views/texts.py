"""The company's own texts: what stands on papers and in mails, and a form for one of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from acquit.core import wording
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState
from acquit.entrypoints.paper_trials import Trial, tried
from acquit.entrypoints.text_previews import Told, preview
from acquit.entrypoints.ui.components.cells import channel
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.paper import downloaded
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.text_trials import TRIED, values_of
from acquit.policy import texts
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.queries import InForce, in_force
from acquit.policy.texts import OwnText

PLACES = (
    ("opening", gettext_lazy("Before the table")),
    ("closing", gettext_lazy("At the end")),
    ("mail_subject", gettext_lazy("Subject of the mail")),
    ("mail_body", gettext_lazy("Text of the mail")),
)
KINDS = (
    ("invoice", gettext_lazy("Invoice")),
    ("credit_note", gettext_lazy("Credit note")),
    ("debit_note", gettext_lazy("Debit note")),
    ("statement", gettext_lazy("Statement")),
    ("reminder_1", gettext_lazy("Reminder, level 1")),
    ("reminder_2", gettext_lazy("Reminder, level 2")),
    ("reminder_3", gettext_lazy("Reminder, level 3")),
    ("quittance", gettext_lazy("Quittance")),
    ("delivery_note", gettext_lazy("Delivery note")),
    ("question", gettext_lazy("Question about a payment")),
)
ON_PAPER = ("opening", "closing")
LANGUAGES = (("en", "English"), ("fr", "Français"), ("de", "Deutsch"), ("ro", "Română"))
_INPUTS = ("text.place", "text.document", "text.language", "customer.segment", "customer.number")
_FIELDS = ("place", "document", "language", "segment", "number")


class TextForm(forms.Form):
    """One text: where it stands, for whom, and what it says."""

    place = forms.ChoiceField(label=gettext_lazy("Where the text stands"), choices=PLACES)
    document = forms.ChoiceField(label=gettext_lazy("Kind of document"), choices=KINDS)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    segment = forms.CharField(label=gettext_lazy("Customer segment"), max_length=40, required=False)
    number = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Neither of the two: the text is for everybody."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=wording.LENGTH_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "true"}),
        help_text=gettext_lazy("A blank line begins a paragraph. Empty: nothing is said there."),
    )
    sample = forms.CharField(
        label=gettext_lazy("Try it on"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "Number of a document; empty: the latest. For a reminder the number of a customer."
        ),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@require_GET
@page("read.policy")
def all_texts(frame: Frame) -> HttpResponse:
    """Every text in force, the company's own above those that ship."""
    policy = _policy(frame)
    rows = [
        {
            "number": number,
            "cells": [
                (said(_TITLES[name]), _worded(cell))
                for name, cell in zip(policy.table.table.inputs, row.conditions, strict=True)
                if cell
            ],
            "text": str(policy.table.parsed.outcomes[number - 1]["text"] or ""),
            "url": f"{reverse('text')}?row={number}",
        }
        for number, row in enumerate(policy.table.table.rows, start=1)
    ]
    shown = {"rows": rows, "may_save": "policy.save" in frame.may, "name": texts.NAME}
    return frame.show("texts/page.html", shown)


@require_http_methods(["GET", "POST"])
@page("policy.save")
def text(frame: Frame) -> HttpResponse:
    """The form of one text; it is tried on a real document, or saved above all others."""
    if frame.request.method == "GET":
        return _form(frame, TextForm(initial=_start(frame)))
    form = TextForm(frame.request.POST)
    if not form.is_valid():
        return _form(frame, form, status=422)
    values = form.cleaned_data
    written = values["text"].replace("\r\n", "\n")
    names = texts.names_for((values["document"],))
    for fault in wording.faults(text=written, names=names):
        place = said(fault.path)
        form.add_error("text", f"{place}: {said(fault.message)}. {said(fault.fix)}".strip(". "))
    if form.errors:
        return _form(frame, form, status=422)
    if frame.request.POST.get("do") == "try":
        return _try(frame, form, written)
    own = OwnText(
        text=written,
        segment=values["segment"],
        customer_number=values["number"],
        **{name: values[name] for name in ("place", "document", "language")},
    )
    if frame.request.POST.get("do") == "paper":
        return _print(frame, form, own)
    if frame.request.POST.get("do") == "preview":
        return _form(frame, form, told=preview(ctx=frame.ctx, own=own, on=values["valid_from"]))
    table = _policy(frame).table.table
    item = NewVersion(
        name=texts.NAME,
        table=texts.with_text(table=table, own=own).to_dict(),
        valid_from=values["valid_from"],
        note=f"{values['document']} {values['place']} {values['language']}",
    )
    outcome = save(ctx=frame.ctx, items=[item])
    if outcome.of(ItemState.REFUSED):
        for fault in outcome.faults:
            form.add_error(None, said(fault.message))
        return _form(frame, form, status=422)
    messages.success(frame.request, _("The text is kept."))
    return HttpResponseRedirect(reverse("texts"))


def _try(frame: Frame, form: TextForm, written: str) -> HttpResponse:
    values = form.cleaned_data
    try:
        known = values_of(
            frame,
            document=values["document"],
            language=values["language"],
            number=values["sample"].strip(),
        )
    except Refused as refused:
        for fault in refused.faults:
            form.add_error("sample", said(fault.message))
        return _form(frame, form, status=422)
    filled = wording.fill(text=written, values=known)
    return _form(frame, form, tried=(known["document.number"], wording.paragraphs(filled)))


def _print(frame: Frame, form: TextForm, own: OwnText) -> HttpResponse:
    """The paper with the text on it, before it is saved."""
    if own.place not in ON_PAPER:
        form.add_error("place", _("Mails are no papers: try the text, not the PDF."))
        return _form(frame, form, status=422)
    number = form.cleaned_data["sample"].strip()
    trial = Trial(document=own.document, number=number, language=own.language, text=own)
    try:
        return downloaded(tried(ctx=frame.ctx, trial=trial))
    except Refused as refused:
        for fault in refused.faults:
            form.add_error("sample", said(fault.message))
        return _form(frame, form, status=422)


def _form(
    frame: Frame,
    form: TextForm,
    *,
    tried: tuple[str, tuple[str, ...]] | None = None,
    told: tuple[Told, ...] | None = None,
    status: int = 200,
) -> HttpResponse:
    kinds = dict(KINDS)
    words = [
        (word.name, said(word.title), [kinds[one] for one in word.documents])
        for word in texts.WORDS
    ]
    return frame.show(
        "texts/text.html",
        {
            "form": form,
            "words": words,
            "all": len(texts.DOCUMENTS),
            "tried": tried,
            "told": told and [(one, channel(one.channel)) for one in told],
            "changed": sum(one.is_changed for one in told or ()),
            "may_try": form["document"].value() in TRIED,
            "steps": [Step(label=_("Texts"), url=reverse("texts")), Step(label=_("Text"))],
        },
        status=status,
    )


def _start(frame: Frame) -> dict[str, Any]:
    """The form as it opens: the row asked for, or an invoice in the reader's language."""
    base = {
        "place": "opening",
        "document": "invoice",
        "language": (get_language() or "en")[:2],
        "valid_from": frame.ctx.today,
    }
    wanted = frame.request.GET.get("row", "")
    table = _policy(frame).table
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
    if not 0 < number <= len(table.table.rows):
        return base
    cells = dict(zip(table.table.inputs, table.parsed.conditions[number - 1], strict=True))
    for name, column in zip(_FIELDS, _INPUTS, strict=True):
        if column in cells and cells[column].values and not cells[column].is_negated:
            base[name] = str(cells[column].values[0])
    return base | {"text": str(table.parsed.outcomes[number - 1]["text"] or "")}


def _policy(frame: Frame) -> InForce:
    return in_force(company_id=frame.company_id, name=texts.NAME, on=frame.ctx.today)


_TITLES = {fact.name: fact.title for fact in texts.FACTS} | {
    "customer.number": "Customer number",
    "customer.country": "Customer country (ISO 3166)",
    "customer.segment": "Customer segment",
}
_WORDED = {key: word for pairs in (PLACES, KINDS, LANGUAGES) for key, word in pairs}


def _worded(cell: str) -> str:
    """A cell in the reader's words where it names one of ours: ``in invoice, debit_note``."""
    bare = cell.removeprefix("in ").removeprefix("= ").strip('"')
    names = [one.strip() for one in bare.split(",")]
    return ", ".join(str(_WORDED.get(one, one)) for one in names)
