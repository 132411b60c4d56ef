"""Jobs that were given up and wait for a person; workers and when they were last heard of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from acquit.database.copy import fetch_rows


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A job of one company that failed too often."""

    id: int
    name: str
    attempts: int
    subjects: int  # how many objects it was about
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerView:
    id: int
    seen_at: datetime
    running: int


def parked(*, company_id: UUID, limit: int) -> list[ParkedJob]:
    """The company's jobs that were given up, newest first."""
    rows = fetch_rows(
        "SELECT j.id, j.task_name, j.attempts,"
        " CASE jsonb_typeof(j.args->'ids') WHEN 'array' THEN jsonb_array_length(j.args->'ids')"
        "  ELSE 0 END,"
        " (SELECT max(e.at) FROM procrastinate_events e"
        "  WHERE e.job_id = j.id AND e.type = 'failed')"
        " FROM procrastinate_jobs j"
        " WHERE j.status = 'failed' AND j.args->>'company_id' = %s ORDER BY j.id DESC LIMIT %s",
        [str(company_id), limit],
    )
    return [ParkedJob(*row) for row in rows]


def waiting(*, company_id: UUID) -> tuple[int, datetime | None]:
    """How many jobs of the company are due, and since when the oldest waits."""
    ((count, oldest),) = fetch_rows(
        "SELECT count(*), min((SELECT min(e.at) FROM procrastinate_events e"
        "  WHERE e.job_id = j.id)) FROM procrastinate_jobs j"
        " WHERE j.status = 'todo' AND j.args->>'company_id' = %s"
        " AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())",
        [str(company_id)],
    )
    return int(count), oldest


def workers() -> list[WorkerView]:
    """The workers by their heartbeat, youngest first."""
    rows = fetch_rows(
        "SELECT w.id, w.last_heartbeat, (SELECT count(*) FROM procrastinate_jobs j"
        " WHERE j.worker_id = w.id AND j.status = 'doing')"
        " FROM procrastinate_workers w ORDER BY w.last_heartbeat DESC LIMIT 20"
    )
    return [WorkerView(*row) for row in rows]


def put_back(*, company_id: UUID, ids: Sequence[int]) -> set[int]:
    """Queue given-up jobs of the company again; the ids that were. Jobs are idempotent, so one
    that did half of its work does the other half."""
    rows = fetch_rows(
        "SELECT j.id, procrastinate_retry_job_v2(j.id, now(), NULL, NULL, NULL)::text FROM ("
        " SELECT id FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'failed'"
        " AND args->>'company_id' = %s ORDER BY id FOR UPDATE) AS j",
        [list(ids), str(company_id)],
    )
    return {row[0] for row in rows}
