"""What was posted with undo is right: nobody has to look at it again."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.matching.commands.judge import ProposalChoice
from acquit.stages.matching.facts import ProposalConfirmed
from acquit.stages.matching.models import Proposal


@command("matching.confirm")
def confirm(*, ctx: Context, items: Sequence[ProposalChoice]) -> Outcome:
    """A person looked at what a rule posted with undo, and it is right. It stays as it is, and is
    not put before anybody again; it can still be undone."""
    mine = Proposal.objects.of(ctx.company_id)
    found = {
        row.id: row
        for row in mine.filter(id__in=[item.id for item in items])
        .order_by("id")
        .select_for_update(no_key=True)
    }
    seen: list[Proposal] = []
    results = []
    for index, item in enumerate(items):
        row, key = found.get(item.id), str(item.id)
        if row is None:
            fault = Fault("proposal.unknown", f"no proposal {key}", path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif row.state != "accepted" or row.action != "post_undo":
            message = f"the proposal is {row.state}: only what was posted with undo is looked at"
            fault = Fault("proposal.not_posted", message, path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif row.seen_at is not None:
            results.append(ItemResult(key, ItemState.DUPLICATE, row.id))
        else:
            row.seen_at = ctx.now
            seen.append(row)
            results.append(ItemResult(key, ItemState.DONE, row.id))
    mine.filter(id__in=[row.id for row in seen]).update(seen_at=ctx.now)
    unit.record(
        ctx,
        [
            ProposalConfirmed(subject_id=row.id, effective_on=ctx.today, receipt_id=row.receipt_id)
            for row in seen
        ],
    )
    return Outcome(items=tuple(results), figures={"confirmed": len(seen)})
