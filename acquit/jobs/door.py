"""The thin door to the queue: names of jobs, enqueueing in the caller's transaction.

House rules: enqueue only inside the business transaction; every job is idempotent by a business
key; heavy work comes in chunks of 100-1,000 ids, never one job per row; every task retries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from acquit.core.context import Context

Job = Callable[..., None]
Frame = Callable[[UUID], Context]
_frame: list[Frame] = []
RETRY = RetryStrategy(max_attempts=5, exponential_wait=3)
ATTEMPTS_MAX = 5
# While a worker runs, the queue's own app talks to the database over connections of its own: a job
# queued by a job would exist before what it is about is committed, and even if that is taken back.
_sender = App(connector=DjangoConnector())


def job(name: str) -> Callable[[Job], Job]:
    """Declare ``stage.verb`` as a job. The function takes keywords only and tolerates new ones."""

    def declare(function: Job) -> Job:
        app.task(name=name, retry=RETRY)(function)
        return function

    return declare


def enqueue(
    name: str, arguments: Sequence[Mapping[str, Any]], *, at: datetime | None = None
) -> None:
    """Queue one job per element; they exist when, and only when, the transaction commits.

    With ``at`` they start no earlier than that instant.
    """
    if arguments:
        options: dict[str, Any] = {"schedule_at": at} if at is not None else {}
        deferrer = _sender.configure_task(name, **options)
        deferrer.batch_defer(*[dict(item) for item in arguments])


def install_frame(frame: Frame) -> None:
    """Say how the frame of a job is made (its clock, its ids); called once by the configuration."""
    _frame[:] = [frame]


def frame(company_id: UUID) -> Context:
    """The frame in which a job of a company calls its command, acting as Acquit itself."""
    if not _frame:
        raise RuntimeError("no job frame is installed; the configuration does it")
    return _frame[0](company_id)
