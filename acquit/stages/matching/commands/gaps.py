"""What a person says of a gap: what it is, who clears it, until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.access.queries import members
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.policy.registry import GAP_OWNERS
from acquit.stages.matching.facts import GapAssigned
from acquit.stages.matching.models import Gap
from acquit.stages.matching.rules.gaps import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAssignment:
    """What a person says of a gap; what is empty stays as it is. A role alone takes the name of a
    person away; a person without a role keeps the role that the gap has."""

    id: UUID
    kind: str = ""
    owner: str = ""
    person_id: UUID | None = None
    due_on: date | None = None


@command("matching.assign_gap")
def assign_gap(*, ctx: Context, items: Sequence[GapAssignment]) -> Outcome:
    """Say what gaps are, who clears them, until when; the context must say why. A gap that is
    cleared is nobody's any more."""
    chosen = Gap.objects.of(ctx.company_id).filter(id__in=[item.id for item in items])
    rows = {row.id: row for row in chosen.order_by("id").select_for_update(no_key=True)}
    named = {item.person_id for item in items if item.person_id}
    people = {one.id for one in members(company_id=ctx.company_id)} if named else set()
    results: list[ItemResult] = []
    changed: dict[UUID, Gap] = {}
    for index, item in enumerate(items):
        row, path = rows.get(item.id), f"items[{index}]"
        fault = _unfit(ctx, item, row, people, path)
        if fault is not None or row is None:
            faults = (fault,) if fault else ()
            results.append(ItemResult(str(item.id), ItemState.REFUSED, faults=faults))
            continue
        state = ItemState.DONE if _take(row, item) else ItemState.DUPLICATE
        if state is ItemState.DONE:
            changed[row.id] = row
        results.append(ItemResult(str(item.id), state, row.id))
    fields = ["kind", "owner", "person_id", "due_on", "rule"]
    Gap.objects.bulk_update(changed.values(), fields)
    unit.record(ctx, [_assigned(ctx, row) for row in changed.values()])
    return Outcome(items=tuple(results), figures={"assigned": len(changed)})


def _unfit(
    ctx: Context, item: GapAssignment, row: Gap | None, people: set[UUID], path: str
) -> Fault | None:
    if row is None:
        return Fault("gap.unknown", f"no gap {item.id}", path=path)
    if row.state != "open":
        return Fault("gap.closed", "this gap is cleared already", path=path)
    if not ctx.reason.strip():
        fix = "say why, in a few words"
        return Fault("gap.reason", "a change by hand needs a reason", path="reason", fix=fix)
    if item.kind and item.kind not in KINDS:
        fix = f"use one of {', '.join(KINDS)}"
        return Fault("gap.kind", f"there is no kind {item.kind!r}", path=f"{path}.kind", fix=fix)
    if item.owner and item.owner not in GAP_OWNERS:
        fix = f"use one of {', '.join(GAP_OWNERS)}"
        message = f"gaps are not given to {item.owner!r}"
        return Fault("gap.owner", message, path=f"{path}.owner", fix=fix)
    if item.person_id is not None and item.person_id not in people:
        message = f"no person {item.person_id} works for this company"
        return Fault("gap.person", message, path=f"{path}.person_id")
    if item.due_on is not None and item.due_on < row.noted_on:
        message = f"the gap came on {row.noted_on}: it cannot be due before"
        return Fault("gap.deadline", message, path=f"{path}.due_on")
    return None


def _take(row: Gap, item: GapAssignment) -> bool:
    """Whether anything is another than it was."""
    before = (row.kind, row.owner, row.person_id, row.due_on)
    row.kind = item.kind or row.kind
    row.due_on = item.due_on or row.due_on
    if item.owner or item.person_id:
        row.owner, row.person_id = item.owner or row.owner, item.person_id
    is_other = before != (row.kind, row.owner, row.person_id, row.due_on)
    row.rule = "" if is_other else row.rule
    return is_other


def _assigned(ctx: Context, row: Gap) -> GapAssigned:
    return GapAssigned(
        subject_id=row.id,
        effective_on=ctx.today,
        gap=row.kind,
        owner=row.owner,
        person_id=row.person_id,
        due_on=row.due_on,
    )
