"""The second wall: a transaction in which the database itself shows one company only.

Portal, field and API requests run inside :func:`walled`. The role has rights on rows but not on
tables, is not their owner, and sees only the company named in the session's setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from uuid import UUID

from django.db import connection, transaction

from acquit.database.walls import WALLED_ROLE

_BEHIND: ContextVar[bool] = ContextVar("acquit_behind_wall", default=False)


def is_behind_wall() -> bool:
    """Whether the transaction runs as the walled role: COPY into its tables is then refused."""
    return _BEHIND.get()


@contextmanager
def walled(company_id: UUID) -> Iterator[None]:
    """One transaction whose queries cannot leave the company, whatever their WHERE says."""
    has_role, is_inner = role_exists(), connection.in_atomic_block
    with transaction.atomic():
        _become(WALLED_ROLE if has_role else "none", str(company_id))
        before = _BEHIND.set(has_role)
        try:
            yield
        finally:
            _BEHIND.reset(before)
        # The end of the transaction takes role and setting back by itself; so does a rollback.
        if is_inner and not connection.needs_rollback:
            _become("none", "")


def _become(role: str, company: str) -> None:
    """Role and setting until the end of the transaction, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('acquit.company_id', %s, true), set_config('role', %s, true)",
            [company, role],
        )


@cache
def role_exists() -> bool:
    """False on a foreign server where we may not create roles; ``doctor`` reports it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WALLED_ROLE])
        return cursor.fetchone() is not None
