"""Switch what was learnt on or off; each turn is a fact with its reason, another turns it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.history import unit
from acquit.stages.masterdata.queries import customers_by_id
from acquit.stages.matching.commands.replay import LINES_MAX, replay
from acquit.stages.matching.facts import LessonSwitched
from acquit.stages.matching.models import Lesson
from acquit.stages.matching.queries.lessons import lessons
from acquit.stages.matching.rules.learning import CALIBRATION, KINDS, SINGLE, Lessons, Switch


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSwitch:
    """A kind of what was learnt, or one account, name or pattern of a customer, on or off."""

    kind: str
    is_on: bool
    value: str = ""
    customer_id: UUID | None = None


@command("matching.switch_lesson")
def switch_lesson(*, ctx: Context, items: Sequence[LessonSwitch]) -> Outcome:
    """From the next run of the matcher on these count or do not; the context must say why.
    Calibration that is switched on is counted now, over the last decided receipts."""
    lock(ctx.company_id, "matching")
    known = lessons(company_id=ctx.company_id)
    people = customers_by_id(
        company_id=ctx.company_id, ids={one.customer_id for one in items if one.customer_id}
    )
    results: list[ItemResult] = []
    done: list[Lesson] = []
    for index, item in enumerate(items):
        key, path = f"{item.kind} {item.value}".strip(), f"items[{index}]"
        fault = _unfit(ctx, item, path, is_known=item.customer_id in people)
        if fault is not None:
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
            continue
        if item.kind != CALIBRATION and is_on(known, item) == item.is_on:
            results.append(ItemResult(key, ItemState.DUPLICATE))
            continue
        row = _row(ctx, item)
        known = known.after([Switch(row.kind, row.is_on, row.value, row.customer_id, row.counts)])
        done.append(row)
        results.append(ItemResult(key, ItemState.DONE, row.id))
    unit.record(ctx, [_switched(ctx, row) for row in done])
    return Outcome(items=tuple(results), figures={"switched": len(done)})


def is_on(known: Lessons, item: LessonSwitch) -> bool:
    """Whether it counts as things stand."""
    if item.value:
        return (item.kind, item.value, item.customer_id) not in known.dropped
    return known.has(item.kind)


def _unfit(ctx: Context, item: LessonSwitch, path: str, *, is_known: bool) -> Fault | None:
    if item.kind not in KINDS:
        fix = f"use one of {', '.join(KINDS)}"
        message = f"nothing is learnt under {item.kind!r}"
        return Fault("lesson.kind", message, path=f"{path}.kind", fix=fix)
    is_single = bool(item.value) and item.kind in SINGLE
    if is_single != (item.customer_id is not None) or bool(item.value) != is_single:
        message = "one account, name or pattern needs its customer, a whole kind neither"
        return Fault("lesson.value", message, path=path)
    if item.customer_id is not None and not is_known:
        return Fault("customer.unknown", f"no customer {item.customer_id}", path=path)
    if not ctx.reason.strip():
        fix = "say why, in a few words"
        return Fault("lesson.reason", "a change by hand needs a reason", path="reason", fix=fix)
    return None


def _row(ctx: Context, item: LessonSwitch) -> Lesson:
    """The switch where it stands now. A few by nature: one query each."""
    row = (
        Lesson.objects.of(ctx.company_id)
        .filter(kind=item.kind, value=item.value, customer_id=item.customer_id)
        .first()
    ) or Lesson(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        kind=item.kind,
        value=item.value,
        customer_id=item.customer_id,
    )
    row.is_on, row.decided_at, row.decided_by = item.is_on, ctx.now, ctx.actor.name
    row.counts = {}
    if item.kind == CALIBRATION and item.is_on:
        row.counts = dict(replay(ctx, switches=(), lines=LINES_MAX).counts)
    row.save()
    return row


def _switched(ctx: Context, row: Lesson) -> LessonSwitched:
    return LessonSwitched(
        subject_id=row.id,
        effective_on=ctx.today,
        lesson=row.kind,
        value=row.value,
        customer_id=row.customer_id,
        is_on=row.is_on,
        cases=sum(given for _right, given in row.counts.values()),
    )
