"""Drafts become documents: the moment they get their legal number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.commands.recording import issue_plans
from acquit.stages.invoices.models import Draft
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.queries.numbers import last_dates
from acquit.stages.invoices.rules import numbering
from acquit.stages.invoices.rules.crediting import Creditable
from acquit.stages.invoices.rules.plan import OriginalLine, Plan
from acquit.stages.invoices.rules.tax_point import tax_point_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """A draft to number; without ``issued_on`` the accounting day of the context counts."""

    draft_id: UUID
    issued_on: date | None = None

    @property
    def key(self) -> str:
        return str(self.draft_id)


def _gross(ctx: Context, items: Sequence[Issuing]) -> list[Money | None]:
    rows = fetch_rows(
        "SELECT id, gross_minor, currency FROM invoices_draft"
        " WHERE company_id = %s AND id = ANY(%s)",
        [ctx.company_id, [item.draft_id for item in items]],
    )
    amounts = {row_id: Money(gross, currency) for row_id, gross, currency in rows}
    return [amounts.get(item.draft_id) for item in items]


@command("invoices.issue", weigh=_gross)
def issue(*, ctx: Context, items: Sequence[Issuing]) -> Outcome:
    """Issue ready drafts; each is checked once more first, and refused with its faults.

    A draft that was issued before is a duplicate and keeps its document: a double click issues
    once. The ids in the answer are those of the documents.
    """
    return issue_drafts(ctx, items)


def issue_drafts(ctx: Context, items: Sequence[Issuing]) -> Outcome:
    """The work of :func:`issue`, for a command that weighed the drafts before."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    originals = _originals(ctx, desk)
    creditable = Creditable()
    is_dated = any(draft.issue_on for draft in desk.drafts.values())
    last = last_dates(company_id=ctx.company_id) if is_dated else {}
    chosen: dict[UUID, tuple[Plan, date]] = {}

    def act(item: Issuing, draft: Draft) -> ItemResult | None:
        if draft.state == "issued" or draft.id in chosen:
            document = draft.document_id or chosen[draft.id][0].id
            return ItemResult(str(draft.id), ItemState.DUPLICATE, document)
        editing.next_state(draft, "issue")
        plan = _with_preceding(editing.plan_of(draft), originals)
        plan, _ = editing.check_again(desk, draft, plan)
        faults = [f for f in plan.faults if f.severity is Severity.FATAL]
        day = item.issued_on or draft.issue_on or ctx.today
        faults += _early(plan, day)
        faults += _too_much(plan, originals, creditable)
        faults += _out_of_order(draft, item, last)
        if wrong := tax_point_fault(header=plan.header, issued_on=day):
            faults.append(wrong)
        if faults:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, tuple(faults))
        chosen[draft.id] = (plan, day)
        return ItemResult(str(draft.id), ItemState.DONE, plan.id)

    results = editing.each(desk, items, act)
    for day in sorted({day for _, day in chosen.values()}):
        _issue_day(ctx, desk, [plan for plan, on in chosen.values() if on == day], day)
    for draft_id, (plan, _) in chosen.items():
        draft = desk.drafts[draft_id]
        draft.state = editing.next_state(draft, "issue")
        draft.document_id, draft.updated_at = plan.id, ctx.now
    editing.store_issued(ctx, [desk.drafts[draft_id] for draft_id in chosen])
    return Outcome(results)


def _issue_day(ctx: Context, desk: editing.Desk, plans: Sequence[Plan], day: date) -> None:
    rates = desk.rates
    if day != ctx.today:
        rates = work.company_rates(
            company=desk.setup.company, wanted={plan.currency for plan in plans}, on=day
        )
    issue_plans(
        ctx,
        setup=desk.setup,
        plans=plans,
        customers=desk.customers,
        rates=rates,
        issued_on=day,
        run_id=None,
    )


def _originals(ctx: Context, desk: editing.Desk) -> dict[UUID, OriginalLine]:
    ids = {draft.corrects_id for draft in desk.drafts.values() if draft.corrects_id}
    work.lock_documents(company_id=ctx.company_id, ids=ids)
    rows = work.lines_of_documents(company_id=ctx.company_id, document_ids=ids)
    return {row.id: row for row in rows}


def _with_preceding(plan: Plan, originals: dict[UUID, OriginalLine]) -> Plan:
    """The plan with the number it corrects (BT-25): a draft that was made in the run that also
    made its invoice could not know it."""
    if plan.corrects is None or "preceding" in plan.header:
        return plan
    first = next(line for line in originals.values() if line.document_id == plan.corrects)
    preceding = {"number": first.number, "issued_on": first.issued_on.isoformat()}
    return plan._replace(header=plan.header | {"preceding": preceding})


def _out_of_order(draft: Draft, item: Issuing, last: dict[tuple[str, int], date]) -> list[Fault]:
    """The date that was chosen for the draft may have been overtaken by others since."""
    day = draft.issue_on
    if day is None or item.issued_on is not None:
        return []
    fault = numbering.date_fault(
        series=draft.kind, issued_on=day, last_date=last.get((draft.kind, day.year))
    )
    return [fault] if fault else []


def _early(plan: Plan, day: date) -> list[Fault]:
    before = plan.header.get("preceding")
    if not before:
        return []
    corrected = date.fromisoformat(before["issued_on"])
    fault = numbering.preceding_fault(issued_on=day, number=before["number"], day=corrected)
    return [fault] if fault else []


def _too_much(
    plan: Plan, originals: dict[UUID, OriginalLine], creditable: Creditable
) -> list[Fault]:
    """What was credited by others since the draft was made may leave too little."""
    faults = []
    for line in plan.lines:
        if line.corrects is not None:
            _, _, fault = creditable.take(
                originals[line.corrects], quantity=line.quantity, price=line.unit_price
            )
            if fault is not None:
                faults.append(fault)
    return faults
