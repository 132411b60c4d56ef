"""Sample rules: taken over for a customer with a value of his, each proved by two documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from acquit.core.documents.plain import NotReadable
from acquit.core.outcome import ItemState
from acquit.core.tables import CannotUseTable
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.views.rules import RuleForm, fact_title, policy_in_force, who
from acquit.policy import demands
from acquit.policy.commands.examples import NewExample
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.models import PASS
from acquit.policy.samples import Sample, Trial, samples, tried

_ANYBODY = "-"  # whose documents the examples of a rule for everybody are


class SampleForm(forms.Form):
    """Whose rule it is, and the value where the sample has one."""

    number, segment = (RuleForm.base_fields[name] for name in ("number", "segment"))
    value = forms.CharField(label=gettext_lazy("What the customer wants"), max_length=100)
    severity, valid_from = (RuleForm.base_fields[name] for name in ("severity", "valid_from"))

    def __init__(self, sample: Sample, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not sample.value:
            del self.fields["value"]


@require_GET
@page("read.policy")
def rule_samples(frame: Frame) -> HttpResponse:
    """Every sample with its verdict on its own two documents."""
    language = get_language() or "en"
    rows = [_row(sample, language) for sample in samples().values()]
    steps = [Step(label=_("Customer rules"), url=reverse("rules")), Step(label=_("Samples"))]
    shown = {"rows": rows, "steps": steps, "may_save": "policy.save" in frame.may}
    return frame.show("rules/samples.html", shown)


def _row(sample: Sample, language: str) -> dict[str, Any]:
    trials = tried(sample, sample.value, language=language)
    return {
        "name": sample.name,
        "title": sample.said(language, sample.value),
        "cells": [(fact_title(fact), cell) for fact, cell in sample.cells(sample.value).items()],
        "is_right": all(trial.is_right for trial in trials),
        "fixes": [fault.fix for trial in trials for fault in trial.faults],
    }


@require_http_methods(["GET", "POST"])
@page("policy.save")
def rule_sample(frame: Frame, name: str) -> HttpResponse:
    """Take a sample over: a row for the customer, and its two documents kept as examples."""
    sample = samples().get(name)
    if sample is None:
        raise Http404("no such sample")
    if frame.request.method == "GET":
        start = {"value": sample.value, "severity": "fatal", "valid_from": frame.ctx.today}
        return _form(frame, sample, SampleForm(sample, initial=start))
    form = SampleForm(sample, frame.request.POST)
    if not form.is_valid() or not _is_proved(form, sample) or not _save(frame, form, sample):
        return _form(frame, sample, form, status=422)
    messages.success(frame.request, _("The rule is kept. Drafts are checked by it from now on."))
    return HttpResponseRedirect(reverse("rules"))


def _form(frame: Frame, sample: Sample, form: SampleForm, status: int = 200) -> HttpResponse:
    steps = [
        Step(label=_("Customer rules"), url=reverse("rules")),
        Step(label=_("Samples"), url=reverse("rule_samples")),
        Step(label=_("New rule")),
    ]
    title = sample.said(get_language() or "en", sample.value)
    shown = {"form": form, "steps": steps, "title": title}
    return frame.show("rules/sample.html", shown, status=status)


def _is_proved(form: SampleForm, sample: Sample) -> bool:
    """The two documents with the value that was typed, decided by the row alone."""
    value = form.cleaned_data.get("value", "")
    try:
        wrong = [trial for trial in tried(sample, value) if not trial.is_right]
    except (CannotUseTable, NotReadable) as bad:
        for fault in bad.faults:
            form.add_error("value", said(fault.message))
        return False
    for trial in wrong:
        form.add_error("value", _otherwise(trial))
    return not wrong


def _otherwise(trial: Trial) -> str:
    if trial.expected == PASS:
        return _("With this value the document that must pass is refused.")
    return _("With this value the document that must be refused passes.")


def _save(frame: Frame, form: SampleForm, sample: Sample) -> bool:
    typed = form.cleaned_data
    value = typed.get("value", "")
    language = get_language() or "en"
    message = sample.said(language, value)
    table = demands.with_row(
        policy_in_force(frame).table.table,
        when=who(typed) | sample.cells(value),
        then=sample.then(language, value, typed["severity"]),
        remark=sample.name,
    )
    version = NewVersion(
        name=demands.NAME,
        table=table.to_dict(),
        valid_from=typed["valid_from"],
        note=message,
        # A warning refuses nothing: there is nothing to prove.
        examples=_examples(sample, typed, value, message) if typed["severity"] == "fatal" else (),
    )
    outcome = save(ctx=frame.ctx, items=[version])
    is_refused = bool(outcome.of(ItemState.REFUSED))
    for fault in outcome.faults if is_refused else ():
        form.add_error(None, said(fault.message))
    return not is_refused


def _examples(
    sample: Sample, typed: dict[str, Any], value: str, message: str
) -> tuple[NewExample, ...]:
    whose = typed["number"] or typed["segment"] or _ANYBODY
    told = {PASS: _("is met")}
    return tuple(
        NewExample(
            title=f"{message} · {whose} · {told.get(expected, _('is not met'))}"[:200],
            document=document,
            expected=expected,
            customer_number=typed["number"] or _ANYBODY,
            customer_country="",
            customer_segment=typed["segment"],
            # Another rule of the customer may ask for what this document does not have.
            proves=message,
        )
        for expected, document in sample.documents(value).items()
    )
