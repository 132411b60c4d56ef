"""Lock a month of the books, and reopen it with a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute
from acquit.history import unit
from acquit.stages.ledger.facts import PeriodLocked, PeriodReopened
from acquit.stages.ledger.models import PERIOD, Period
from acquit.stages.ledger.rules.periods import last_day, month_of


class CannotReopen(Refused):
    """The month is not locked, or no reason was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month, by any of its days."""

    month: date

    @property
    def key(self) -> str:
        return f"{self.month:%Y-%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    month: date
    why: str

    @property
    def key(self) -> str:
        return f"{self.month:%Y-%m}"


@command("ledger.lock")
def lock(*, ctx: Context, items: Sequence[Month]) -> Outcome:
    """Lock months that are over. From then on the database refuses any entry dated in them, and
    late facts are booked on the first open day. Waits for postings under way."""
    periods = _held(ctx, [item.month for item in items])
    results: list[ItemResult] = []
    changed: list[Period] = []
    for item in items:
        start = month_of(item.month)
        period = periods.get(start)
        if period is not None and period.state == "locked":
            results.append(ItemResult(item.key, ItemState.DUPLICATE, period.id))
        elif last_day(start) >= ctx.today:
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=(_not_over(item.key),)))
        else:
            period = period or Period(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                starts_on=start,
                ends_on=last_day(start),
            )
            changed.append(_changed(ctx, period, "lock"))
            periods[start] = period
            results.append(ItemResult(item.key, ItemState.DONE, period.id))
    _store(changed)
    unit.record(
        ctx,
        [
            PeriodLocked(subject_id=p.id, effective_on=ctx.today, starts_on=p.starts_on)
            for p in changed
        ],
    )
    return Outcome(items=tuple(results))


@command("ledger.reopen", second_person=True)
def reopen(*, ctx: Context, items: Sequence[Reopening]) -> Outcome:
    """Open locked months again. Every item waits for a second person (invariant I8)."""
    periods = _held(ctx, [item.month for item in items])
    results: list[ItemResult] = []
    facts: list[PeriodReopened] = []
    changed: list[Period] = []
    for item in items:
        period = periods.get(month_of(item.month))
        if period is None or period.state != "locked":
            fault = Fault("period.not_locked", f"{item.key} is not locked", path="month")
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=(fault,)))
        elif not item.why.strip():
            fault = Fault("period.no_reason", "say why the month is reopened", path="why")
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=(fault,)))
        else:
            changed.append(_changed(ctx, period, "reopen"))
            facts.append(
                PeriodReopened(
                    subject_id=period.id,
                    effective_on=ctx.today,
                    starts_on=period.starts_on,
                    why=item.why,
                )
            )
            results.append(ItemResult(item.key, ItemState.DONE, period.id))
    _store(changed)
    unit.record(ctx, facts)
    return Outcome(items=tuple(results))


def _held(ctx: Context, days: Sequence[date]) -> dict[date, Period]:
    """The periods, with postings kept out until this transaction ends."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [str(ctx.company_id)])
    rows = Period.objects.of(ctx.company_id).filter(starts_on__in=[month_of(d) for d in days])
    return {row.starts_on: row for row in rows}


def _changed(ctx: Context, period: Period, verb: str) -> Period:
    period.state = PERIOD.after(period.state, verb)
    period.changed_at = ctx.now
    period.changed_by = ctx.actor.name
    return period


def _store(periods: Sequence[Period]) -> None:
    Period.objects.bulk_create(
        periods,
        update_conflicts=True,
        unique_fields=["company", "starts_on"],
        update_fields=["state", "changed_at", "changed_by"],
    )


def _not_over(key: str) -> Fault:
    return Fault(
        "period.not_over",
        f"{key} is not over yet",
        path="month",
        fix="lock it after its last day",
    )
