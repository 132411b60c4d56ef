"""The outbox: every fact that an endpoint wants becomes a delivery in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from acquit.channels.webhook.models import Delivery
from acquit.channels.webhook.rules import ALL_KINDS
from acquit.core.context import Context
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history.facts import Recorded
from acquit.jobs import enqueue

JOB = "webhook.deliver"
CHUNK = 100
_COLUMNS = (
    "id",
    "company_id",
    "endpoint_id",
    "fact_id",
    "fact_seq",
    "recorded_at",
    "state",
    "attempts",
    "due_at",
    "last_error",
)


def follow(
    company_id: UUID, first_seq: int, rows: Sequence[tuple[Context, str, Recorded[Any]]]
) -> None:
    """Called with the facts of each flush. One query where nobody listens; else one more COPY
    and one for the jobs, however many facts there are."""
    endpoints = fetch_rows(
        "SELECT id, kinds FROM webhook_endpoint WHERE company_id = %s AND disabled_at IS NULL"
        " ORDER BY id",
        [company_id],
    )
    wanted = [
        (endpoint_id, seq, ctx, item)
        for endpoint_id, kinds in endpoints
        for seq, (ctx, _command, item) in enumerate(rows, first_seq)
        if item.fact.KIND in kinds or ALL_KINDS in kinds
    ]
    if not wanted:
        return
    ids = wanted[-1][2].ids.many(len(wanted))
    copy_rows(
        Delivery,
        _COLUMNS,
        (
            (id, company_id, endpoint_id, item.id, seq, ctx.now, "queued", 0, ctx.now, "")
            for id, (endpoint_id, seq, ctx, item) in zip(ids, wanted, strict=True)
        ),
    )
    by_endpoint: dict[UUID, list[UUID]] = defaultdict(list)
    for id, (endpoint_id, *_rest) in zip(ids, wanted, strict=True):
        by_endpoint[endpoint_id].append(id)
    queue(company_id=company_id, groups=list(by_endpoint.values()))


def queue(
    *, company_id: UUID, groups: Sequence[Sequence[UUID]], at: datetime | None = None
) -> None:
    """Jobs for deliveries, of one endpoint each, a hundred at most in one."""
    enqueue(
        JOB,
        [
            {"company_id": str(company_id), "ids": [str(one) for one in ids[start : start + CHUNK]]}
            for ids in groups
            for start in range(0, len(ids), CHUNK)
        ],
        at=at,
    )
