"""Tell again: the same events with the same ids, so a receiver that keeps ids loses nothing and
does nothing twice. Nothing but the deliveries changes here: no fact is recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.access.command import command
from acquit.access.models import Company
from acquit.channels.webhook.outbox import queue
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows

_AGAIN = """
    UPDATE webhook_delivery d SET state = 'queued', attempts = 0, due_at = %(now)s
    FROM (SELECT id FROM webhook_delivery WHERE company_id = %(company)s AND {chosen}
          ORDER BY id FOR UPDATE) AS chosen
    WHERE d.company_id = %(company)s AND d.id = chosen.id
    RETURNING d.endpoint_id, d.id, d.fact_seq
"""
_DISABLED = Fault(
    "webhook.disabled",
    "the endpoint is disabled: nothing is sent to it",
    fix="save the endpoint again, which enables it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Everything that an endpoint was told, or should have been, of one day's facts; the day is
    one of the company's time zone."""

    endpoint_id: UUID
    day: date


@command("webhook.resend")
def resend(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """Deliveries in any state are queued again, with a full set of tries."""
    rows = fetch_rows(
        "SELECT d.id, e.disabled_at IS NULL FROM webhook_delivery d JOIN webhook_endpoint e"
        " ON e.company_id = d.company_id AND e.id = d.endpoint_id"
        " WHERE d.company_id = %s AND d.id = ANY(%s)",
        [ctx.company_id, list(items)],
    )
    is_live = dict(rows)
    chosen = [one for one, live in rows if live]
    _again(ctx, fetch_rows(_AGAIN.format(chosen="id = ANY(%(ids)s)"), _values(ctx, ids=chosen)))
    unknown = Fault("webhook_delivery.unknown", "there is no such webhook delivery")
    return Outcome(
        tuple(
            ItemResult(str(one), ItemState.DONE, one)
            if is_live.get(one)
            else ItemResult(
                str(one), ItemState.REFUSED, None, (_DISABLED if one in is_live else unknown,)
            )
            for one in items
        )
    )


@command("webhook.replay")
def replay(*, ctx: Context, items: Sequence[Replay]) -> Outcome:
    """Tell endpoints whole days again. Figures: ``deliveries`` that were queued."""
    zone = ZoneInfo(Company.objects.only("timezone").get(id=ctx.company_id).timezone)
    live = dict(
        fetch_rows(
            "SELECT id, disabled_at IS NULL FROM webhook_endpoint"
            " WHERE company_id = %s AND id = ANY(%s)",
            [ctx.company_id, [item.endpoint_id for item in items]],
        )
    )
    unknown = Fault("webhook_endpoint.unknown", "there is no such webhook endpoint")
    results, good = [], []
    for item in items:
        key, one = f"{item.endpoint_id} {item.day}", item.endpoint_id
        if live.get(one):
            good.append(item)
            results.append(ItemResult(key, ItemState.DONE, one))
        else:
            fault = _DISABLED if one in live else unknown
            results.append(ItemResult(key, ItemState.REFUSED, None, (fault,)))
    starts = [datetime.combine(item.day, time.min, zone) for item in good]
    ends = [datetime.combine(item.day + timedelta(days=1), time.min, zone) for item in good]
    chosen = (
        "EXISTS (SELECT 1 FROM unnest(%(endpoints)s::uuid[], %(starts)s::timestamptz[],"
        " %(ends)s::timestamptz[]) AS n (endpoint, start, stop) WHERE endpoint_id = n.endpoint"
        " AND recorded_at >= n.start AND recorded_at < n.stop)"
    )
    endpoints = [item.endpoint_id for item in good]
    values = _values(ctx, endpoints=endpoints, starts=starts, ends=ends)
    count = _again(ctx, fetch_rows(_AGAIN.format(chosen=chosen), values))
    return Outcome(tuple(results), {"deliveries": count})


def _values(ctx: Context, **more: object) -> dict[str, object]:
    return {"company": ctx.company_id, "now": ctx.now, **more}


def _again(ctx: Context, rows: Sequence[tuple[UUID, UUID, int]]) -> int:
    """Queue the jobs, per endpoint in the order of the facts; how many deliveries."""
    groups: dict[UUID, list[UUID]] = defaultdict(list)
    for endpoint_id, one, _seq in sorted(rows, key=lambda row: row[2]):
        groups[endpoint_id].append(one)
    queue(company_id=ctx.company_id, groups=list(groups.values()))
    return len(rows)
