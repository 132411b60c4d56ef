"""Policies: decision tables by name, their versions, and a dry run of a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from acquit.core.documents.plain import to_plain
from acquit.core.faults import Fault, Refused
from acquit.core.ids import to_public
from acquit.core.tables import Decision, Facts, FactSpec, Kind, Table, outcome_text
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.problems import NotFound
from acquit.entrypoints.api.schemas import (
    DECIMAL,
    Day,
    DocumentJson,
    Line,
    Page,
    Prose,
    Strict,
    Word,
)
from acquit.policy import queries as policy
from acquit.policy.commands.examples import ExampleChoice, NewExample, drop_example, keep_example
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.queries import ExampleView, VersionView
from acquit.policy.registry import SPECS

routes = Routes("policies")


class CannotTry(Refused):
    """The inputs of a dry run do not fit the facts of the policy."""


class TableColumn(Strict):
    name: Word
    kind: Kind
    choices: list[Word] = []
    currency: Line = ""
    required: bool = False


class TableRow(Strict):
    """Conditions per input, outcomes per output, both as written in cells."""

    when: list[Line]
    then: list[Line]
    remark: Line = ""


class TableBody(Strict):
    """A decision table in its stored form."""

    format: int
    name: Word
    hit: Word
    inputs: Annotated[list[Word], Field(max_length=50)]
    outputs: Annotated[list[TableColumn], Field(max_length=20)]
    rows: Annotated[list[TableRow], Field(max_length=2000)]


class ColumnOut(Strict):
    name: str
    kind: Kind
    choices: list[str]
    currency: str
    required: bool


class RowOut(Strict):
    when: list[str]
    then: list[str]
    remark: str


class TableOut(Strict):
    """A decision table as it was stored."""

    format: int
    name: str
    hit: str
    inputs: list[str]
    outputs: list[ColumnOut]
    rows: list[RowOut]


class PolicyOut(Strict):
    """A policy and the version in force today; version 0 is the shipped one."""

    name: str
    title: str
    version: int
    label: str


class VersionOut(Strict):
    name: str
    version: int
    valid_from: date | None
    table: TableOut
    note: str
    created_at: datetime | None
    created_by: str

    @classmethod
    def of(cls, view: VersionView) -> VersionOut:
        return cls(
            name=view.name,
            version=view.version,
            valid_from=view.valid_from,
            table=TableOut(**view.table.to_dict()),
            note=view.note,
            created_at=view.created_at,
            created_by=view.created_by,
        )


class VersionIn(Strict):
    table: TableBody
    valid_from: Day
    note: Prose = ""


class TryInput(Strict):
    """One question: a label of yours and the facts by name, as text, true or false, or null."""

    label: Word
    facts: dict[Word, Line | bool | None]


class TryIn(Strict):
    table: TableBody
    on: Day | None = None
    inputs: Annotated[list[TryInput], Field(min_length=1, max_length=5000)]


class TryChange(Strict):
    """A question that would be decided otherwise."""

    label: str
    before: str
    after: str


class TryOut(Strict):
    inputs: int
    changed: int
    changes: list[TryChange]


class ExampleIn(Strict):
    """``document`` is a canonical document, as ``acquit read`` prints it; by the demands of that
    customer it must pass or be refused. ``proves`` is the message of the one rule it is about;
    left empty, all of them are asked."""

    title: Word
    document: DocumentJson
    expected: Literal["pass", "refuse"]
    customer_number: Annotated[Word, Field(max_length=40)]
    customer_country: Annotated[Line, Field(max_length=2)] = ""
    customer_segment: Annotated[Line, Field(max_length=40)] = ""
    proves: Annotated[Line, Field(max_length=300)] = ""


class ExampleOut(Strict):
    id: str
    title: str
    document: dict[str, Any]
    expected: str
    customer_number: str
    customer_country: str
    customer_segment: str
    proves: str
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, view: ExampleView) -> ExampleOut:
        return cls(
            id=to_public("policy_example", view.id),
            title=view.title,
            document=to_plain(view.document),
            expected=view.expected,
            customer_number=view.asker.number,
            customer_country=view.asker.country,
            customer_segment=view.asker.segment,
            proves=view.proves,
            created_at=view.created_at,
            created_by=view.created_by,
        )


@routes.get("/policies", "read.policy", Page[PolicyOut])
def list_policies(frame: Frame) -> Page[PolicyOut]:
    """Every policy with the version in force today."""
    items = []
    for spec in SPECS.values():
        now = policy.in_force(company_id=frame.company_id, name=spec.name, on=frame.ctx.today)
        items.append(
            PolicyOut(name=spec.name, title=spec.title, version=now.version, label=now.label)
        )
    return Page(items=items)


@routes.get("/policies/{name}/versions", "read.policy", Page[VersionOut])
def list_policy_versions(frame: Frame, name: str) -> Page[VersionOut]:
    """Every version of a policy, newest first, ending with the shipped one."""
    found = policy.versions(company_id=frame.company_id, name=_known(name))
    return Page(items=[VersionOut.of(view) for view in found])


@routes.post("/policies/{name}/versions", "policy.save")
def add_policy_version(frame: Frame, name: str, body: VersionIn) -> Reply:
    """Add a version; every cell is checked, nothing is edited."""
    item = NewVersion(
        name=_known(name),
        table=body.table.model_dump(mode="json"),
        valid_from=body.valid_from,
        note=body.note,
    )
    return done(save(ctx=frame.ctx, items=[item]), kind="policy")


@routes.post("/policies/{name}/trials", "read.policy", TryOut)
def try_policy(frame: Frame, name: str, body: TryIn) -> TryOut:
    """What a new table would decide otherwise than the one in force, over given inputs."""
    table = Table.from_dict(body.table.model_dump(mode="json"))
    if table.name != _known(name):
        raise CannotTry.because("policy.name", f"the table is for {table.name!r}", path="table")
    found = policy.dry_run(
        company_id=frame.company_id,
        table=table,
        on=body.on or frame.ctx.today,
        inputs=list(_inputs(name, body.inputs)),
    )
    return TryOut(
        inputs=found.inputs_count,
        changed=found.changed_count,
        changes=[
            TryChange(label=c.key, before=_words(c.before), after=_words(c.after))
            for c in found.changes
        ],
    )


@routes.get("/policy-examples", "read.policy", Page[ExampleOut])
def list_policy_examples(frame: Frame) -> Page[ExampleOut]:
    """The examples that every new version of ``demands`` must decide as told."""
    return Page(
        items=[ExampleOut.of(view) for view in policy.examples(company_id=frame.company_id)]
    )


@routes.post("/policy-examples", "policy.keep_example")
def add_policy_example(frame: Frame, body: ExampleIn) -> Reply:
    """Keep an example."""
    item = NewExample(**body.model_dump())
    return done(keep_example(ctx=frame.ctx, items=[item]), kind="policy_example")


@routes.delete("/policy-examples/{example_id}", "policy.drop_example")
def drop_policy_example(frame: Frame, example_id: str) -> Reply:
    """Ask an example no more; it stays on record."""
    chosen = public_id("policy_example", example_id)
    if chosen not in {view.id for view in policy.examples(company_id=frame.company_id)}:
        raise not_found("policy_example")
    return done(
        drop_example(ctx=frame.ctx, items=[ExampleChoice(id=chosen)]), kind="policy_example"
    )


def _words(decision: Decision) -> str:
    return outcome_text(decision)


def _known(name: str) -> str:
    if name not in SPECS:
        raise NotFound.because("policy.unknown", "there is no such policy", fix=", ".join(SPECS))
    return name


def _inputs(name: str, inputs: list[TryInput]) -> Iterator[tuple[str, Facts]]:
    specs = {spec.name: spec for spec in SPECS[name].facts}
    for index, one in enumerate(inputs):
        path = f"inputs[{index}].facts"
        yield one.label, {fact: _fact(specs.get(fact), v, path) for fact, v in one.facts.items()}


def _fact(spec: FactSpec | None, value: str | bool | None, path: str) -> Any:
    if spec is None:
        raise CannotTry.because("policy.fact_unknown", "no such fact", path=path)
    if value is None or value == "":
        return None
    try:
        return _read(spec, value)
    except ValueError as bad:
        message = f"{spec.name} takes a {spec.kind}: {bad}"
        raise CannotTry((Fault("policy.fact", message, path),)) from None


def _read(spec: FactSpec, value: str | bool) -> Any:
    if isinstance(value, bool) or spec.kind is Kind.BOOL:
        if not isinstance(value, bool) or spec.kind is not Kind.BOOL:
            raise ValueError("true or false where the fact is one")
        return value
    if spec.kind is Kind.DATE:
        return date.fromisoformat(value)
    if spec.kind is Kind.DECIMAL:
        return _decimal(value)
    if spec.kind is Kind.ENUM and value not in spec.choices:
        raise ValueError(f"one of {', '.join(spec.choices)}")
    return value


def _decimal(text: str) -> Decimal:
    if not re.fullmatch(DECIMAL, text):
        raise ValueError("a decimal such as 12.50")
    return Decimal(text)
