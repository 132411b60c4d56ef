"""Save a policy: every cell is checked, and a new version is added; nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.tables import Table
from acquit.core.text import canonical_json, sha256
from acquit.database.bulk import lock
from acquit.history import unit
from acquit.policy import demands
from acquit.policy.commands.examples import (
    Judged,
    NewExample,
    broken_examples,
    judged,
    keep,
)
from acquit.policy.facts import PolicySaved
from acquit.policy.models import PolicyExample, PolicyVersion
from acquit.policy.registry import SPECS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """``table`` is the stored form of a decision table (``Table.to_dict``). The version is in
    force from ``valid_from`` until a later one starts; of equal starts the higher number wins."""

    name: str
    table: dict[str, Any]
    valid_from: date
    note: str = ""
    examples: tuple[NewExample, ...] = ()

    @property
    def key(self) -> str:
        return self.name


@command("policy.save")
def save(*, ctx: Context, items: Sequence[NewVersion]) -> Outcome:
    """Add versions. A table with faults is refused, naming row and column, and so is one that
    decides a kept example otherwise than told; warnings are kept beside the result."""
    examples = iter(judged(ctx, [example for item in items for example in item.examples]))
    candidates = [
        (item, mine, *_judge(ctx, item, mine))
        for item in items
        for mine in [list(islice(examples, len(item.examples)))]
    ]
    numbers = _last_numbers(ctx, {item.name for item, _, table, _ in candidates if table})
    results, rows, facts = [], [], []
    kept: list[PolicyExample] = []
    for item, mine, table, faults in candidates:
        if table is None:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
            continue
        numbers[item.name] += 1
        row = _row(ctx, item, table, numbers[item.name])
        rows.append(row)
        facts.append(_fact(row))
        kept += [example for _, example, _ in mine if example]
        results.append(ItemResult(item.key, ItemState.DONE, row.id, faults))
    PolicyVersion.objects.bulk_create(rows)
    unit.record(ctx, facts)
    keep(ctx, kept)
    return Outcome(items=tuple(results), figures={"saved": len(rows)})


def _judge(
    ctx: Context, item: NewVersion, examples: Sequence[Judged]
) -> tuple[Table | None, tuple[Fault, ...]]:
    """The table when it may be stored, and all its faults; warnings do not stand in the way."""
    spec = SPECS.get(item.name)
    if spec is None:
        known = ", ".join(SPECS)
        fault = Fault("policy.unknown", f"there is no policy {item.name!r}", "name", fix=known)
        return None, (fault,)
    try:
        table = Table.from_dict(item.table)
    except Refused as refused:
        return None, refused.faults
    faults = list(spec.check(table))
    if (table.name, table.outputs, table.hit) != (spec.name, spec.outputs, spec.hit):
        columns = ", ".join(column.name for column in spec.outputs)
        faults.append(
            Fault(
                "policy.outcomes",
                f"the policy {spec.name} decides {columns} by the {spec.hit.value} row that holds",
                path="outputs",
                fix="keep name, outcomes and hit policy as shipped; rows and inputs are yours",
            )
        )
    faults += [fault for _, _, wrong in examples for fault in wrong]
    if examples and spec.name != demands.NAME:
        message = f"the policy {spec.name} has no examples"
        faults.append(Fault("policy.example_policy", message, "examples", fix="leave them out"))
    fatal = any(fault.severity is Severity.FATAL for fault in faults)
    if not fatal and spec.name == demands.NAME:
        more = [example for _, example, _ in examples if example]
        faults += broken_examples(company_id=ctx.company_id, table=table, more=more)
        fatal = any(fault.code == "policy.example" for fault in faults)
    return (None if fatal else table), tuple(faults)


def _last_numbers(ctx: Context, names: set[str]) -> dict[str, int]:
    # Two people saving at once take their numbers one after the other.
    lock(ctx.company_id, "policies")
    numbers = dict.fromkeys(names, 0)
    rows = PolicyVersion.objects.of(ctx.company_id).filter(name__in=names)
    for name, version in rows.values_list("name", "version"):
        numbers[name] = max(numbers[name], version)
    return numbers


def _row(ctx: Context, item: NewVersion, table: Table, number: int) -> PolicyVersion:
    return PolicyVersion(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        name=item.name,
        version=number,
        valid_from=item.valid_from,
        table=table.to_dict(),
        note=item.note,
        created_at=ctx.now,
        created_by=ctx.actor.name,
    )


def _fact(row: PolicyVersion) -> PolicySaved:
    return PolicySaved(
        subject_id=row.id,
        effective_on=row.valid_from,
        name=row.name,
        version=row.version,
        valid_from=row.valid_from,
        rows=len(row.table["rows"]),
        digest=sha256(canonical_json(row.table)),
    )
