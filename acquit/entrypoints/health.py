"""One list of checks for ``acquit doctor``, the system page and ``/readyz``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from threading import Event

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from acquit.channels.webhook.queries import troubled
from acquit.database.scope import role_exists
from acquit.entrypoints import built
from acquit.jobs.reaper import parked_jobs, worker_seen_at
from acquit.supervisor import Check, examine, examine_server


def checks(*, data: Path, now: datetime) -> list[Check]:
    """Everything we can find out about this installation, good and bad."""
    if os.environ.get("ACQUIT_EMBEDDED") == "1":
        found = examine(data=data, worker_seen_at=worker_seen_at(), now=now)
    else:
        found = examine_server(url=os.environ["DATABASE_URL"], embedded=False)
    tables = _migrations()
    webhooks = [_webhooks()] if tables.ok else []
    return [*found, tables, _second_wall(), _parked(), *webhooks, *pages()]


_tables_seen = Event()


def ready() -> bool:
    """Whether requests can be answered: database there, tables up to date.

    A process never sees tables go back, so it looks for them only until it found them once.
    """
    if _tables_seen.is_set():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    if _migrations().ok:
        _tables_seen.set()
    return _tables_seen.is_set()


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return Check(
        name="tables",
        ok=missing == 0,
        detail="up to date" if missing == 0 else f"{missing} migrations have not run",
        meaning="an older schema refuses what this release writes",
        fix="" if missing == 0 else "acquit migrate",
    )


def _second_wall() -> Check:
    exists = role_exists()
    return Check(
        name="second wall",
        ok=exists,
        detail="row-level security in force" if exists else "the walled role is missing",
        meaning="the database itself keeps portal and API requests inside one company",
        fix="" if exists else "let the database user create roles, then: acquit migrate",
    )


def _parked() -> Check:
    count = parked_jobs()
    return Check(
        name="jobs",
        ok=count == 0,
        detail="none given up" if count == 0 else f"{count} given up",
        meaning="a job that failed too often waits for a person",
        fix="" if count == 0 else "see System health for the reasons, then retry",
    )


def _webhooks() -> Check:
    silenced, failed = troubled()
    ok = not silenced and not failed
    return Check(
        name="webhooks",
        ok=ok,
        detail="all told" if ok else f"{failed} given up, {silenced} endpoints gone silent",
        meaning="programs outside were not told what happened here",
        fix="" if ok else "look at /api/v1/webhook-deliveries?state=failed; resend, or disable",
    )


def pages(*, root: Path = built.ROOT) -> list[Check]:
    """Whether those of a checkout are built of what is there; nothing of what was installed."""
    changed = built.older_than(root=root)
    if changed is None:
        return []
    return [
        Check(
            name="pages",
            ok=not changed,
            detail=f"older than {changed}" if changed else "built of what is there",
            meaning="a change of styles, scripts or templates is seen when the pages are built",
            fix=built.COMMAND if changed else "",
        )
    ]
