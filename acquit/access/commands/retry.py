"""Put jobs that were given up back into the queue, once somebody has seen to the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acquit.access.command import command
from acquit.access.facts import JobRetried
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.jobs.parked import put_back


@dataclass(frozen=True, slots=True, kw_only=True)
class JobToRetry:
    """The number of the job in the queue."""

    number: int

    @property
    def key(self) -> str:
        return str(self.number)


@command("jobs.retry")
def retry(*, ctx: Context, items: Sequence[JobToRetry]) -> Outcome:
    """Queue the jobs again. One that is not given up any more is refused."""
    done = put_back(company_id=ctx.company_id, ids=[item.number for item in items])
    facts = [
        JobRetried(subject_id=ctx.ids.new(), effective_on=ctx.today, number=number)
        for number in sorted(done)
    ]
    unit.record(ctx, facts)
    fault = Fault(
        "job.not_parked", "no such job is given up in this company", fix="look at the list again"
    )
    return Outcome(
        items=tuple(
            ItemResult(item.key, ItemState.DONE)
            if item.number in done
            else ItemResult(item.key, ItemState.REFUSED, faults=(fault,))
            for item in items
        )
    )
