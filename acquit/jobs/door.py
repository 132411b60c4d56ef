"""The thin door to the queue: names of jobs, enqueueing in the caller's transaction.

House rules: enqueue only inside the business transaction; every job is idempotent by a business
key; heavy work comes in chunks of 100-1,000 ids, never one job per row; every task retries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

Job = Callable[..., None]
RETRY = RetryStrategy(max_attempts=5, exponential_wait=3)
ATTEMPTS_MAX = 5


def job(name: str, *, queue: str = "default") -> Callable[[Job], Job]:
    """Declare ``stage.verb`` as a job. The function takes keywords only and tolerates new ones."""

    def declare(function: Job) -> Job:
        app.task(name=name, queue=queue, retry=RETRY)(function)
        return function

    return declare


def enqueue(name: str, arguments: Sequence[Mapping[str, Any]]) -> None:
    """Queue one job per element; they exist when, and only when, the transaction commits."""
    if arguments:
        app.configure_task(name).batch_defer(*[dict(item) for item in arguments])
