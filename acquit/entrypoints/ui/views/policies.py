"""Policies: the tables in force, their versions, and a form that edits them cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from acquit.core.faults import Fault, Severity
from acquit.core.outcome import ItemState
from acquit.core.tables import Row, Table, outcome_text
from acquit.entrypoints.ui import asked
from acquit.entrypoints.ui.components.shapes import Step
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.trials import TRIALS_MAX, recent
from acquit.entrypoints.ui.words import outcome_title, outcome_word
from acquit.policy import queries
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.registry import SPECS, PolicySpec

ROWS_MAX = 200
CHANGES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the form: its field name, text, what it takes and whether it is wrong."""

    name: str
    column: str
    label: str
    text: str
    choices: tuple[tuple[str, str], ...]
    is_wrong: bool
    is_missing: bool = False

    @property
    def has_lines(self) -> bool:
        return "\n" in self.text


@require_GET
@page("read.policy")
def policies(frame: Frame) -> HttpResponse:
    """Every policy with the version in force on a day."""
    on = asked.day(frame, "on", frame.ctx.today)
    rows = []
    for name, spec in SPECS.items():
        current = queries.in_force(company_id=frame.company_id, name=name, on=on)
        rows.append(
            {
                "name": name,
                "title": said(spec.title),
                "label": current.label,
                "is_shipped": current.version == 0,
                "rows": len(current.table.table.rows),
                "url": reverse("policy", args=[name]),
            }
        )
    return frame.show("policies/page.html", {"rows": rows, "on": on})


@require_GET
@page("read.policy")
def policy(frame: Frame, name: str) -> HttpResponse:
    """One policy as a table, with all its versions; ``?version=`` shows an earlier one."""
    spec = _spec(name)
    kept = queries.versions(company_id=frame.company_id, name=name)
    current = queries.in_force(company_id=frame.company_id, name=name, on=frame.ctx.today)
    wanted = frame.request.GET.get("version", "")
    shown = next(
        (v for v in kept if str(v.version) == (wanted or str(current.version))),
        None,
    )
    if shown is None:
        raise Http404("no such version")
    return frame.show(
        "policies/policy.html",
        {
            "spec": spec,
            "titles": [_title(spec, column) for column in shown.table.inputs],
            "shown": shown,
            "outcomes": [outcome_title(column.name) for column in spec.outputs],
            "rows": list(
                enumerate((_shown(spec, shown.table, row) for row in shown.table.rows), 1)
            ),
            "versions": kept,
            "in_force": current.version,
            "may_save": "policy.save" in frame.may,
            "edit_url": f"{reverse('policy_edit', args=[name])}?version={shown.version}",
            "steps": [
                Step(label=_("Policies"), url=reverse("policies")),
                Step(label=said(spec.title)),
            ],
        },
    )


@require_http_methods(["GET", "POST"])
@page("policy.save")
def edit(frame: Frame, name: str) -> HttpResponse:
    """The table as a form. Every button posts the whole table: nothing typed is lost."""
    spec = _spec(name)
    if frame.request.method == "GET":
        wanted = frame.request.GET.get("version", "")
        kept = queries.versions(company_id=frame.company_id, name=name)
        start = next((v for v in kept if str(v.version) == wanted), kept[0])
        return _form(frame, spec, start.table, frame.request.GET)
    post = frame.request.POST
    table = _posted(spec, post)
    verb, _dash, number = post.get("do", "check").partition("-")
    if verb == "save":
        return _save(frame, spec, table)
    if verb == "try":
        return _try(frame, spec, table)
    if verb != "check":
        table = _changed(spec, table, verb, number, post)
        return _form(frame, spec, table, post)
    faults = spec.check(table)
    return _form(frame, spec, table, post, faults, checked=True)


def _save(frame: Frame, spec: PolicySpec, table: Table) -> HttpResponse:
    post = frame.request.POST
    faults = list(spec.check(table))
    note = post.get("note", "").strip()
    if not note:
        fix = _("it stands beside the version for good")
        faults.append(Fault("policy.no_note", _("Say what changes and why."), "note", fix=fix))
    try:
        valid_from = asked.day_of(post.get("valid_from", ""), path="valid_from")
    except asked.CannotRead as refused:
        faults += refused.faults
        valid_from = frame.ctx.today
    if any(fault.severity is Severity.FATAL for fault in faults):
        return _form(frame, spec, table, post, tuple(faults), status=422)
    item = NewVersion(name=spec.name, table=table.to_dict(), valid_from=valid_from, note=note)
    outcome = save(ctx=frame.ctx, items=[item])
    if outcome.of(ItemState.REFUSED):
        return _form(frame, spec, table, post, outcome.faults, status=422)
    for fault in outcome.faults:
        messages.warning(frame.request, said(fault.message))
    text = _("Saved. The new version is in force from %(day)s.")
    messages.success(frame.request, text % {"day": said(valid_from.isoformat())})
    return HttpResponseRedirect(reverse("policy", args=[spec.name]))


def _try(frame: Frame, spec: PolicySpec, table: Table) -> HttpResponse:
    """The dry run: what the table in the form would have decided otherwise."""
    post = frame.request.POST
    faults = spec.check(table)
    if any(fault.severity is Severity.FATAL for fault in faults):
        return _form(frame, spec, table, post, faults, status=422)
    inputs = recent(frame, spec.name)
    difference = queries.dry_run(
        company_id=frame.company_id, table=table, on=frame.ctx.today, inputs=inputs
    )
    trial = {
        "inputs": difference.inputs_count,
        "max": TRIALS_MAX,
        "changed": difference.changed_count,
        "counts": [
            {"before": _decided(before), "after": _decided(after), "count": count}
            for (before, after), count in sorted(difference.counts.items())
        ],
        "changes": [
            {
                "key": change.key,
                "before": _decided(outcome_text(change.before)),
                "after": _decided(outcome_text(change.after)),
            }
            for change in difference.changes[:CHANGES_SHOWN]
        ],
    }
    return _form(frame, spec, table, post, faults, trial=trial)


def _form(
    frame: Frame,
    spec: PolicySpec,
    table: Table,
    values: Mapping[str, Any],
    faults: tuple[Fault, ...] = (),
    *,
    trial: dict[str, Any] | None = None,
    checked: bool = False,
    status: int = 200,
) -> HttpResponse:
    wrong = {fault.path for fault in faults}
    free = [fact for fact in spec.facts if fact.name not in table.inputs]
    return frame.show(
        "policies/edit.html",
        {
            "spec": spec,
            "inputs": [(column, _title(spec, column)) for column in table.inputs],
            "outcomes": [outcome_title(column.name) for column in spec.outputs],
            "free": free,
            "rows": [_cells(spec, table, number, wrong) for number in range(len(table.rows))],
            "faults": [_told(spec, fault) for fault in faults],
            "trial": trial,
            "is_sound": checked and not faults,
            "valid_from": values.get("valid_from") or frame.ctx.today.isoformat(),
            "note": values.get("note", ""),
            "steps": [
                Step(label=_("Policies"), url=reverse("policies")),
                Step(label=said(spec.title), url=reverse("policy", args=[spec.name])),
                Step(label=_("New version")),
            ],
        },
        status=status,
    )


def _numbered(spec: PolicySpec, table: Table) -> list[tuple[int, dict[str, Any]]]:
    return [(number, _shown(spec, table, row)) for number, row in enumerate(table.rows, start=1)]


def _shown(spec: PolicySpec, table: Table, row: Row) -> dict[str, Any]:
    """A row with the titles of its columns, as a table and as a card show it."""
    titles = [_title(spec, column) for column in table.inputs]
    outcomes = [
        (outcome_title(column.name), outcome_word(text) if column.choices else said(text))
        for column, text in zip(spec.outputs, row.outcomes, strict=True)
    ]
    return {
        "conditions": list(zip(titles, row.conditions, strict=True)),
        "outcomes": outcomes,
        "remark": row.remark,
    }


def _cells(spec: PolicySpec, table: Table, number: int, wrong: set[str]) -> dict[str, Any]:
    row = table.rows[number]
    path = f"row[{number + 1}]"
    conditions = [
        Cell(
            f"when-{number}-{index}",
            _title(spec, table.inputs[index]),
            _("Row %(row)s, %(column)s")
            % {"row": number + 1, "column": _title(spec, table.inputs[index])},
            text,
            (),
            f"{path}.{table.inputs[index]}" in wrong,
        )
        for index, text in enumerate(row.conditions)
    ]
    outcomes = [
        Cell(
            f"then-{number}-{index}",
            outcome_title(column.name),
            _("Row %(row)s, %(column)s")
            % {"row": number + 1, "column": outcome_title(column.name)},
            text,
            tuple((choice, outcome_word(choice)) for choice in column.choices),
            f"{path}.{column.name}" in wrong,
            bool(column.choices) and text not in column.choices,
        )
        for index, (text, column) in enumerate(zip(row.outcomes, table.outputs, strict=True))
    ]
    return {
        "number": number,
        "place": number + 1,
        "conditions": conditions,
        "outcomes": outcomes,
        "remark": row.remark,
    }


def _posted(spec: PolicySpec, post: QueryDict) -> Table:
    """The table as the form holds it; outcomes and hit policy are the policy's own."""
    inputs = tuple(post.getlist("input"))
    count = post.get("rows", "0")
    number = min(int(count), ROWS_MAX) if count.isdecimal() else 0
    rows = tuple(
        Row(
            tuple(post.get(f"when-{row}-{index}", "") for index in range(len(inputs))),
            tuple(post.get(f"then-{row}-{index}", "") for index in range(len(spec.outputs))),
            post.get(f"remark-{row}", ""),
        )
        for row in range(number)
    )
    return Table(spec.name, inputs, spec.outputs, rows, spec.hit)


def _changed(spec: PolicySpec, table: Table, verb: str, number: str, post: QueryDict) -> Table:
    """The table after one of the buttons that change its shape."""
    index = int(number) if number.isdecimal() else 0
    rows = list(table.rows)
    if verb == "add" and len(rows) < ROWS_MAX:
        first = tuple(column.choices[0] if column.choices else "" for column in spec.outputs)
        rows.append(Row(tuple("" for _name in table.inputs), first))
    elif verb == "remove" and index < len(rows):
        del rows[index]
    elif verb == "up" and 0 < index < len(rows):
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
    elif verb == "column":
        name = post.get("new_input", "")
        if spec.registry.get(name) is not None and name not in table.inputs:
            wider = tuple(replace(row, conditions=(*row.conditions, "")) for row in rows)
            return replace(table, inputs=(*table.inputs, name), rows=wider)
    elif verb == "drop" and index < len(table.inputs):
        kept = [i for i in range(len(table.inputs)) if i != index]
        narrower = tuple(
            replace(row, conditions=tuple(row.conditions[i] for i in kept)) for row in rows
        )
        return replace(table, inputs=tuple(table.inputs[i] for i in kept), rows=narrower)
    return replace(table, rows=tuple(rows))


def _decided(text: str) -> str:
    """``channel = email`` of a dry run in the reader's words."""
    return "; ".join(
        ", ".join(
            f"{outcome_title(name)}: {outcome_word(value)}" if is_pair else said(name)
            for name, is_pair, value in (one.partition(" = ") for one in part.split(", "))
        )
        for part in text.split("; ")
    )


def _told(spec: PolicySpec, fault: Fault) -> Fault:
    """A fault of a cell with the title of its column instead of the names programs know."""
    name = fault.path.partition("].")[2]
    if not name:
        return fault
    title = _title(spec, name) if spec.registry.get(name) else outcome_title(name)
    message = fault.message.replace(f"column {name}:", f"column {title}:", 1)
    return replace(fault, message=message, path="")


def _title(spec: PolicySpec, column: str) -> str:
    fact = spec.registry.get(column)
    return said(fact.title) if fact and fact.title else column


def _spec(name: str) -> PolicySpec:
    if name not in SPECS:
        raise Http404(f"no policy {name}")
    return SPECS[name]
