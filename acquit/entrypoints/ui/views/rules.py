"""Customers' own rules: who demands what, the examples that prove it, and a form for one more."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acquit.core.documents.plain import to_plain
from acquit.core.ids import to_public
from acquit.core.outcome import ItemState
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, id_or_404, page
from acquit.entrypoints.ui.said import said
from acquit.policy import demands
from acquit.policy.commands.examples import ExampleChoice, NewExample, drop_example, keep_example
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.models import PASS, REFUSE
from acquit.policy.queries import InForce, examples, in_force
from acquit.policy.registry import SPECS
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.rules.rejections import lesson
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata import queries as masterdata

_TITLES = {fact.name: fact.title for fact in SPECS[demands.NAME].facts}
_USUAL: dict[str, Any] = {"fact": "document.purchase_order", "severity": "fatal"}
_WHO = ("customer.number", "customer.segment", "customer.country")


class RuleForm(forms.Form):
    """One row: whose documents, which value is wrong, and what to say of it."""

    number = forms.CharField(label=gettext_lazy("Customer number"), max_length=40, required=False)
    segment = forms.CharField(
        label=gettext_lazy("Customer segment"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Neither of the two: the rule is for everybody."),
    )
    fact = forms.ChoiceField(label=gettext_lazy("What is looked at"))
    cell = forms.CharField(
        label=gettext_lazy("Wrong when it"),
        max_length=200,
        help_text=gettext_lazy("Such as: not matches 45*, != KGM, empty, > 1, not in A, B"),
    )
    message = forms.CharField(label=gettext_lazy("What is wrong then"), max_length=200)
    fix = forms.CharField(label=gettext_lazy("What to do"), max_length=200, required=False)
    severity = forms.ChoiceField(
        label=gettext_lazy("Such a document"),
        choices=(
            ("fatal", gettext_lazy("waits until it is put right")),
            ("warning", gettext_lazy("goes out with a warning")),
        ),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("In force from"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        found = [(fact.name, said(fact.title)) for fact in demands.FACTS]
        self.fields["fact"] = forms.ChoiceField(label=_("What is looked at"), choices=found)


class ExampleForm(forms.Form):
    """An issued document that must pass, or be refused, by every later version."""

    title = forms.CharField(label=gettext_lazy("Title of the example"), max_length=200)
    document = forms.CharField(label=gettext_lazy("Number of a document"), max_length=35)
    expected = forms.ChoiceField(
        label=gettext_lazy("The rules must"),
        choices=((PASS, gettext_lazy("let it pass")), (REFUSE, gettext_lazy("refuse it"))),
    )


@require_GET
@page("read.policy")
def rules(frame: Frame) -> HttpResponse:
    """Every rule in force with the customers it is for, and every example with today's verdict."""
    return _show(frame)


def _show(frame: Frame, example: ExampleForm | None = None, status: int = 200) -> HttpResponse:
    policy = policy_in_force(frame)
    return frame.show(
        "rules/page.html",
        {
            "rows": _rows(policy),
            "policy": policy,
            "examples": _examples(frame, policy),
            "example": example or ExampleForm(),
            "may_save": "policy.save" in frame.may,
            "may_keep": "policy.keep_example" in frame.may,
            "may_drop": "policy.drop_example" in frame.may,
            "edit_url": f"{reverse('policy_edit', args=[demands.NAME])}?version={policy.version}",
        },
        status=status,
    )


def policy_in_force(frame: Frame) -> InForce:
    return in_force(company_id=frame.company_id, name=demands.NAME, on=frame.ctx.today)


def _rows(policy: InForce) -> list[dict[str, Any]]:
    table = policy.table.table
    shown = []
    for number, row in enumerate(table.rows, start=1):
        asked = {
            name: cell for name, cell in zip(table.inputs, row.conditions, strict=True) if cell
        }
        outcome = policy.table.parsed.outcomes[number - 1]
        shown.append(
            {
                "number": number,
                "who": [(fact_title(name), asked[name]) for name in _WHO if name in asked],
                "when": [
                    (fact_title(name), cell) for name, cell in asked.items() if name not in _WHO
                ],
                "message": outcome["message"],
                "fix": outcome["fix"],
                "is_fatal": outcome["severity"] == "fatal",
                "remark": row.remark,
            }
        )
    return shown


def fact_title(name: str) -> str:
    return said(_TITLES[name])


def _examples(frame: Frame, policy: InForce) -> list[dict[str, Any]]:
    asked = demands.Demands(policy.table, policy.label)
    shown = []
    for example in examples(company_id=frame.company_id):
        fatal = demands.refusals(
            demands=asked,
            document=example.document,
            asker=example.asker,
            proves=example.proves,
        )
        shown.append(
            {
                "key": to_public("policy_example", example.id),
                "example": example,
                "is_right": (REFUSE if fatal else PASS) == example.expected,
                "fault": fatal[0].message if fatal else "",
            }
        )
    return shown


@require_http_methods(["GET", "POST"])
@page("policy.save")
def new_rule(frame: Frame) -> HttpResponse:
    """The form for one more row; saving adds a version with it."""
    query = frame.request.GET
    if frame.request.method == "GET":
        start = {name: query[name] for name in RuleForm.base_fields if name in query}
        return _form(frame, RuleForm(initial=_USUAL | {"valid_from": frame.ctx.today} | start))
    form = RuleForm(frame.request.POST)
    if not form.is_valid():
        return _form(frame, form, status=422)
    said_here = form.cleaned_data
    table = demands.with_row(
        policy_in_force(frame).table.table, when=_when(said_here), then=_then(said_here), remark=""
    )
    item = NewVersion(
        name=demands.NAME,
        table=table.to_dict(),
        valid_from=said_here["valid_from"],
        note=said_here["message"],
    )
    outcome = save(ctx=frame.ctx, items=[item])
    if outcome.of(ItemState.REFUSED):
        for fault in outcome.faults:
            form.add_error(None, said(fault.message))
        return _form(frame, form, status=422)
    messages.success(frame.request, _("The rule is kept. Drafts are checked by it from now on."))
    return HttpResponseRedirect(reverse("rules"))


def who(said_here: dict[str, Any]) -> dict[str, str]:
    """The cells that say whose documents the row is about; none: everybody's."""
    when = {"customer.number": said_here["number"], "customer.segment": said_here["segment"]}
    return {name: '= "' + text.replace('"', '""') + '"' for name, text in when.items() if text}


def _when(said_here: dict[str, Any]) -> dict[str, str]:
    return who(said_here) | {said_here["fact"]: said_here["cell"]}


def _then(said_here: dict[str, Any]) -> list[str]:
    quoted = ['"' + said_here[name].replace('"', '""') + '"' for name in ("message", "fix")]
    return [quoted[0], quoted[1] if said_here["fix"] else "", said_here["severity"]]


def _form(frame: Frame, form: RuleForm, status: int = 200) -> HttpResponse:
    steps = [Step(label=_("Customer rules"), url=reverse("rules")), Step(label=_("New rule"))]
    return frame.show("rules/rule.html", {"form": form, "steps": steps}, status=status)


@require_POST
@page("policy.save")
def from_rejection(frame: Frame, key: str) -> HttpResponse:
    """What a customer refused becomes a rule of his: at once where the rejection says what was
    wrong, else in the form, with its words filled in."""
    found = dispatch.rejection(company_id=frame.company_id, dispatch_id=id_or_404("dispatch", key))
    if found is None:
        raise Http404("nothing came back of it")
    document_id, told = found
    (document,) = invoices.canonical(company_id=frame.company_id, document_ids=[document_id])
    asker = _asker(frame, document_id)
    learnt = lesson(told, document=document, asker=asker)
    said_here = {
        "number": asker.number,
        "segment": "",
        "message": told.reason[:200],
        "fix": _fixed(told.term, told.wanted),
        "severity": "fatal",
    }
    if learnt is None:
        return HttpResponseRedirect(f"{reverse('rule_new')}?{urlencode(said_here)}")
    said_here |= dict(zip(("fact", "cell"), learnt, strict=True))
    when = _when(said_here)
    table = demands.with_row(
        policy_in_force(frame).table.table,
        when=when,
        then=_then(said_here),
        remark=told.document_number,
    )
    item = NewVersion(
        name=demands.NAME, table=table.to_dict(), valid_from=frame.ctx.today, note=told.text[:300]
    )
    if save(ctx=frame.ctx, items=[item]).of(ItemState.REFUSED):
        # What is wanted is no such value ("03.01.2026"), or an example speaks against it.
        return HttpResponseRedirect(f"{reverse('rule_new')}?{urlencode(said_here)}")
    messages.success(frame.request, _("The rule is kept. Drafts are checked by it from now on."))
    return HttpResponseRedirect(reverse("rules"))


def _fixed(term: str, wanted: str) -> str:
    return _("%(term)s must be %(value)s") % {"term": term, "value": wanted} if wanted else ""


def _asker(frame: Frame, document_id: UUID) -> demands.Asker:
    row = invoices.rows_by_id(company_id=frame.company_id, ids=[document_id])[document_id]
    who = masterdata.customers_by_id(company_id=frame.company_id, ids=[row.customer_id])
    buyer = who[row.customer_id]
    return demands.Asker(buyer.number, buyer.country, buyer.segment)


@require_POST
@page("policy.keep_example")
def new_example(frame: Frame) -> HttpResponse:
    """Keep an issued document as an example."""
    form = ExampleForm(frame.request.POST)
    if not form.is_valid():
        return _show(frame, form, 422)
    number = form.cleaned_data["document"].strip()
    found = invoices.ids_by_number(company_id=frame.company_id, numbers=[number]).get(number)
    if found is None:
        form.add_error("document", _("There is no document of that number."))
        return _show(frame, form, 422)
    (document,) = invoices.canonical(company_id=frame.company_id, document_ids=[found])
    asker = _asker(frame, found)
    item = NewExample(
        title=form.cleaned_data["title"],
        document=to_plain(document),
        expected=form.cleaned_data["expected"],
        customer_number=asker.number,
        customer_country=asker.country,
        customer_segment=asker.segment,
    )
    outcome = keep_example(ctx=frame.ctx, items=[item])
    if outcome.of(ItemState.REFUSED):
        for fault in outcome.faults:
            form.add_error(None, said(fault.message))
        return _show(frame, form, 422)
    messages.success(frame.request, _("The example is kept; every later version is tried on it."))
    return HttpResponseRedirect(reverse("rules"))


@require_POST
@page("policy.drop_example")
def example_removal(frame: Frame, key: str) -> HttpResponse:
    """Ask an example no more."""
    outcome = drop_example(
        ctx=frame.ctx, items=[ExampleChoice(id=id_or_404("policy_example", key))]
    )
    if outcome.of(ItemState.REFUSED):
        raise Http404("no such example")
    messages.success(frame.request, _("The example is asked no more."))
    return HttpResponseRedirect(reverse("rules"))
