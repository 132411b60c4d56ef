"""Change what a draft says before it has a number: its dates, and the way it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import update_rows
from acquit.history import unit
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.commands.undo import keep_before, one_each
from acquit.stages.invoices.facts import DraftChanged
from acquit.stages.invoices.models import Draft
from acquit.stages.invoices.queries.numbers import last_dates
from acquit.stages.invoices.rules import numbering
from acquit.stages.invoices.rules.tax_point import HEADER as TAX_POINT
from acquit.stages.invoices.rules.tax_point import tax_point_fault, tax_point_of

CHANNELS = ("email", "portal", "print")
OPEN = ("review", "ready", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """The date of issue (BT-2) a draft shall have; None is the day on which it is issued."""

    draft_id: UUID
    issue_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDating:
    """The tax point (BT-7) a draft shall have; None leaves it to the date of issue."""

    draft_id: UUID
    tax_point: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channelling:
    """The way a document shall go, whatever the policy says; empty leaves it to the policy."""

    draft_id: UUID
    channel: str


@command("invoices.change_date")
def change_date(*, ctx: Context, items: Sequence[Dating]) -> Outcome:
    """Give drafts a date of issue: not after the accounting day, and not before the last number
    of their series, which would put numbers out of order (I23)."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    last = last_dates(company_id=ctx.company_id)
    changed: dict[UUID, Draft] = {}
    facts: list[DraftChanged] = []

    def act(item: Dating, draft: Draft) -> ItemResult | None:
        fault = _not_open(draft) or _date_fault(item, draft, ctx.today, last)
        header = editing.plan_of(draft).header
        day = item.issue_on or ctx.today
        fault = fault or tax_point_fault(header=header, issued_on=day)
        if fault is not None:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, (fault,))
        if draft.issue_on == item.issue_on:
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        facts.append(_fact(ctx, draft, "issue_on", draft.issue_on, item.issue_on))
        draft.issue_on = item.issue_on
        changed[draft.id] = draft
        return None

    results = editing.each(desk, items, act)
    keep_before(ctx, command="invoices.change_date", acts=one_each(changed))
    update_rows(
        Draft,
        company_id=ctx.company_id,
        columns={"issue_on": "date", "updated_at": "timestamptz"},
        rows=[(draft.id, draft.issue_on, ctx.now) for draft in changed.values()],
    )
    unit.record(ctx, facts)
    return Outcome(results)


@command("invoices.change_tax_point")
def change_tax_point(*, ctx: Context, items: Sequence[TaxDating]) -> Outcome:
    """Say when the tax of drafts becomes chargeable, where that is not the day of issue: between
    the first delivery and the date of issue."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    changed: dict[UUID, Draft] = {}
    facts: list[DraftChanged] = []

    def act(item: TaxDating, draft: Draft) -> ItemResult | None:
        plan = editing.plan_of(draft)
        before = tax_point_of(plan.header)
        header = {name: value for name, value in plan.header.items() if name != TAX_POINT}
        if item.tax_point is not None:
            header[TAX_POINT] = item.tax_point.isoformat()
        issued_on = draft.issue_on or ctx.today
        fault = _not_open(draft) or tax_point_fault(header=header, issued_on=issued_on)
        if fault is not None:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, (fault,))
        if before == item.tax_point:
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        plan, _ = editing.check_again(desk, draft, plan._replace(header=header))
        editing.keep(ctx, draft, plan)
        changed[draft.id] = draft
        facts.append(_fact(ctx, draft, TAX_POINT, before, item.tax_point))
        return None

    results = editing.each(desk, items, act)
    keep_before(ctx, command="invoices.change_tax_point", acts=one_each(changed))
    editing.store(list(changed.values()))
    unit.record(ctx, facts)
    return Outcome(results)


@command("invoices.change_channel")
def change_channel(*, ctx: Context, items: Sequence[Channelling]) -> Outcome:
    """Send drafts another way than the customer's usual one."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    changed: dict[UUID, Draft] = {}
    facts: list[DraftChanged] = []

    def act(item: Channelling, draft: Draft) -> ItemResult | None:
        fault = _not_open(draft)
        if item.channel and item.channel not in CHANNELS:
            fix = f"use one of {', '.join(CHANNELS)}"
            fault = Fault("draft.channel", f"no channel {item.channel!r}", "channel", fix=fix)
        if fault is not None:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, (fault,))
        plan = editing.plan_of(draft)
        before = plan.header.get("channel", "")
        if before == item.channel:
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        header = {name: value for name, value in plan.header.items() if name != "channel"}
        chosen = {"channel": item.channel} if item.channel else {}
        plan, _ = editing.check_again(desk, draft, plan._replace(header=header | chosen))
        editing.keep(ctx, draft, plan)
        changed[draft.id] = draft
        facts.append(_fact(ctx, draft, "channel", before, item.channel))
        return None

    results = editing.each(desk, items, act)
    keep_before(ctx, command="invoices.change_channel", acts=one_each(changed))
    editing.store(list(changed.values()))
    unit.record(ctx, facts)
    return Outcome(results)


def _not_open(draft: Draft) -> Fault | None:
    if draft.state in OPEN:
        return None
    return Fault("draft.closed", f"the draft is {draft.state}", "draft_id")


def _date_fault(
    item: Dating, draft: Draft, today: date, last: dict[tuple[str, int], date]
) -> Fault | None:
    if item.issue_on is None:
        return None
    day = item.issue_on
    return numbering.future_fault(issued_on=day, today=today) or numbering.date_fault(
        series=draft.kind, issued_on=day, last_date=last.get((draft.kind, day.year))
    )


def _fact(ctx: Context, draft: Draft, field: str, before: object, after: object) -> DraftChanged:
    return DraftChanged(
        subject_id=draft.id,
        effective_on=ctx.today,
        field=field,
        before=str(before or ""),
        after=str(after or ""),
    )
