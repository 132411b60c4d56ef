"""The reaper: puts jobs of dead workers back, and parks those that kill their workers.

Runs in the supervisor every 15 seconds, not as a job: a reaper job can itself be left behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from acquit.database.copy import execute, fetch_rows
from acquit.jobs.door import ATTEMPTS_MAX

SILENCE_SECONDS = 30
_STALLED = """
    SELECT job.id, job.task_name, job.attempts, job.priority, job.queue_name, job.lock
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
    ORDER BY job.id LIMIT 1000 FOR UPDATE OF job SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one round did: ids put back, and ids given up after too many attempts."""

    requeued: tuple[int, ...]
    parked: tuple[int, ...]


def reap() -> Reaped:
    """Look once for jobs whose worker has been silent for 30 seconds."""
    requeued, parked = [], []
    with transaction.atomic():
        for job_id, _task, attempts, priority, queue, lock in fetch_rows(
            _STALLED, [SILENCE_SECONDS]
        ):
            if attempts >= ATTEMPTS_MAX:
                execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
                parked.append(job_id)
            else:
                _requeue(job_id, priority, queue, lock)
                requeued.append(job_id)
    return Reaped(tuple(requeued), tuple(parked))


def _requeue(job_id: int, priority: int, queue: str, lock: str | None) -> None:
    """Back to the queue. A newer copy waiting behind the same queueing lock is dropped: the
    stalled one is the older promise."""
    try:
        with transaction.atomic():
            _retry(job_id, priority, queue, lock)
    except IntegrityError:
        execute(
            "DELETE FROM procrastinate_jobs AS newer USING procrastinate_jobs AS old"
            " WHERE old.id = %s AND newer.queueing_lock = old.queueing_lock"
            " AND newer.status = 'todo'",
            [job_id],
        )
        _retry(job_id, priority, queue, lock)


def _retry(job_id: int, priority: int, queue: str, lock: str | None) -> None:
    execute(
        "SELECT procrastinate_retry_job_v2(%s, now(), %s, %s, %s)", [job_id, priority, queue, lock]
    )


def worker_seen_at() -> datetime | None:
    """The youngest heartbeat of any worker, or None: for the health page and ``doctor``."""
    seen: datetime | None = fetch_rows("SELECT max(last_heartbeat) FROM procrastinate_workers")[0][
        0
    ]
    return seen


def parked_jobs() -> int:
    """Jobs that were given up and wait for a person."""
    return int(fetch_rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")[0][0])
