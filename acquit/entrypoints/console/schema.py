"""Tables: made by themselves in an embedded or empty database, by ``acquit migrate`` elsewhere."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from acquit.core.faults import Refused
from acquit.entrypoints.console.shared import say


class SchemaBehind(Refused):
    """The database is older than the program; nothing was read or written."""


def pending() -> int:
    """Number of migrations that have not run."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def ensure_schema(*, automatic: bool) -> None:
    """Run what is missing where that is ours to do, otherwise say how."""
    missing = pending()
    if not missing:
        return
    empty = not connection.introspection.table_names()
    if not (automatic or empty):
        raise SchemaBehind.because(
            "schema.behind",
            f"{missing} migrations have not run on this database",
            fix="acquit migrate",
        )
    migrate()


def migrate() -> None:
    """Run every migration; says so, since it takes some seconds."""
    say("preparing the database")
    call_command("migrate", interactive=False, verbosity=0)
