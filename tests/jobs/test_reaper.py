"""Jobs of dead workers come back; jobs that kill their workers are parked."""

from __future__ import annotations

import pytest

from acquit.database.copy import execute, fetch_rows
from acquit.jobs.reaper import parked_jobs, reap, worker_seen_at

pytestmark = pytest.mark.django_db


def job(*, worker: str, attempts: int = 1) -> int:
    """A job in ``doing`` whose worker is alive, silent or gone."""
    execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 't')")
    (job_id,) = fetch_rows("SELECT max(id) FROM procrastinate_jobs")[0]
    worker_id = None
    if worker != "gone":
        age = {"alive": 1, "silent": 31}[worker]
        execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s))",
            [age],
        )
        (worker_id,) = fetch_rows("SELECT max(id) FROM procrastinate_workers")[0]
    execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s"
        " WHERE id = %s",
        [worker_id, attempts, job_id],
    )
    return int(job_id)


@pytest.mark.parametrize(
    ("worker", "attempts", "status"),
    [
        ("alive", 1, "doing"),
        ("silent", 1, "todo"),
        ("gone", 4, "todo"),
        ("silent", 5, "failed"),
        ("gone", 9, "failed"),
    ],
)
def test_one_round(worker: str, attempts: int, status: str) -> None:
    job_id = job(worker=worker, attempts=attempts)
    reap()
    (found,) = fetch_rows("SELECT status FROM procrastinate_jobs WHERE id = %s", [job_id])[0]
    assert found == status
    assert parked_jobs() == (1 if status == "failed" else 0)


def test_a_second_round_finds_nothing() -> None:
    job_id = job(worker="gone")
    assert reap().requeued == (job_id,)
    assert reap().requeued == ()


def test_heartbeat_of_the_youngest_worker() -> None:
    assert worker_seen_at() is None
    job(worker="alive")
    assert worker_seen_at() is not None
