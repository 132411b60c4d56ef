"""Put failed dispatches back into the queue: the person who looks has changed something."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.lifecycle import NotAllowed
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.dispatch.commands.send import queue
from acquit.stages.dispatch.facts import DispatchQueued
from acquit.stages.dispatch.models import DISPATCH, Dispatch


@command("dispatch.resend")
def resend(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """Failed dispatches get new tries, with the same Message-ID; others are refused.

    For another address send the document again with that recipient: it is another delivery.
    """
    found = {
        row.id: row
        for row in Dispatch.objects.of(ctx.company_id)
        .filter(id__in=list(items))
        .select_for_update()
        .order_by("id")
    }
    results, changed, facts = [], [], []
    for one in dict.fromkeys(items):
        row = found.get(one)
        if row is None:
            fault = Fault("dispatch.unknown", "there is no such dispatch")
            results.append(ItemResult(str(one), ItemState.REFUSED, None, (fault,)))
            continue
        try:
            row.state = DISPATCH.after(row.state, "retry")
        except NotAllowed as refusal:
            results.append(ItemResult(str(one), ItemState.REFUSED, one, refusal.faults))
            continue
        row.due_at, row.rejection = ctx.now, None  # it may be rejected anew for the same reason
        changed.append(row)
        results.append(ItemResult(str(one), ItemState.DONE, one))
        facts.append(
            DispatchQueued(
                subject_id=row.id,
                effective_on=ctx.today,
                document_id=row.document_id,
                channel=row.channel,
                recipient=row.recipient,
            )
        )
    if changed:
        Dispatch.objects.bulk_update(
            changed, ["state", "due_at", "rejection"], batch_size=len(changed)
        )
    unit.record(ctx, facts)
    queue(ctx, [row.id for row in changed])
    return Outcome(tuple(results))
