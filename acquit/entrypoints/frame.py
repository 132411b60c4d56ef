"""Where the clock is read and ids are drawn: the frame of a command, made at the edge."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.access import actors
from acquit.access.models import Company
from acquit.core.context import Actor, Context
from acquit.core.ids import IdSource


def ids(*, now: datetime) -> IdSource:
    """Fresh ids from the operating system's randomness."""
    return IdSource(instant=now, random_bits=secrets.randbits)


def accounting_day(company: Company, *, now: datetime | None = None) -> date:
    """The day of ``now``, else of this moment, in the company's own time zone."""
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(company.timezone)).date()


def context(
    *,
    company: Company,
    actor: Actor,
    key: str = "",
    request_id: str = "",
    reason: str = "",
    confirmed: frozenset[str] = frozenset(),
    today: date | None = None,
) -> Context:
    """The frame of one request: now, and the accounting day in the company's own time zone.

    ``today`` is given where a person works on another accounting day (``--date``)."""
    now = datetime.now(UTC)
    return Context(
        company_id=company.id,
        actor=actor,
        now=now,
        today=today or accounting_day(company, now=now),  # one reading, also at midnight
        ids=ids(now=now),
        idempotency_key=key,
        request_id=request_id or secrets.token_hex(8),
        reason=reason,
        confirmed=confirmed,
    )


def job_context(company_id: UUID) -> Context:
    """The frame of a job: Acquit itself acts, now."""
    return context(company=Company.objects.get(id=company_id), actor=actors.system())


def new_company_context(*, actor: Actor, today: date | None = None) -> Context:
    """The frame in which a company that does not exist yet is created."""
    now = datetime.now(UTC)
    source = ids(now=now)
    company_id: UUID = source.new()
    return Context(
        company_id=company_id,
        actor=actor,
        now=now,
        today=today or now.date(),
        ids=source,
        request_id=secrets.token_hex(8),
    )
