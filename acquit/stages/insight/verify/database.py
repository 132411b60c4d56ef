"""Verify the database: the shared checks, and those that only a database can answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from acquit.database.copy import execute, fetch_rows
from acquit.database.models import GuardedLink, SetLink, Walled
from acquit.database.walls import guard_names
from acquit.history import queries as history
from acquit.stages.insight.verify.registry import INVARIANTS
from acquit.stages.insight.verify.source import Broken, Invariant, Source, examine
from acquit.stages.ledger import queries as ledger
from acquit.stages.receivables import queries as receivables

LATE = timedelta(hours=24)  # I34: how long a delivery may wait before somebody must know
_CHUNK = 5_000
_FILES = 50  # whole files, so memory does not grow with the archive


class DatabaseSource:
    """One company's rows, streamed from the server; all reads see one moment."""

    def __init__(self, company_id: UUID) -> None:
        self.company_id = company_id

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self._streamed(sql, _CHUNK)

    def _streamed(self, sql: str, at_once: int) -> Iterator[tuple[Any, ...]]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, {"company": self.company_id})
            while chunk := cursor.fetchmany(at_once):
                yield from chunk

    def facts(self) -> Iterator[Mapping[str, Any]]:
        return history.chain_rows(company_id=self.company_id)

    def head(self) -> tuple[int, str]:
        return history.head(company_id=self.company_id)

    def archived(self) -> Iterator[tuple[str, bytes]]:
        sql = "SELECT digest, body FROM history_archive WHERE company_id = %(company)s"
        return ((digest, bytes(body)) for digest, body in self._streamed(sql, _FILES))

    def archived_bytes(self, digest: str) -> bytes | None:
        rows = fetch_rows(
            "SELECT body FROM history_archive WHERE company_id = %s AND digest = %s",
            [self.company_id, digest],
        )
        return bytes(rows[0][0]) if rows else None


def verify_database(*, company_id: UUID, now: datetime) -> dict[str, Any]:
    """Every check over one company, in one read-only moment."""
    with one_moment():
        return examine(DatabaseSource(company_id), (*INVARIANTS, *only_here(company_id, now)))


@contextmanager
def one_moment() -> Iterator[None]:
    """A read-only transaction in which every query sees the same moment, so that work going on
    meanwhile is no false alarm. Inside a transaction of the caller, its moment is taken."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Every check reads whole tables: a loop per row is never right, whatever the statistics
        # of a young company say.
        ((before,),) = fetch_rows("SELECT current_setting('enable_nestloop')")
        execute("SELECT set_config('enable_nestloop', 'off', true)")
        yield
        execute("SELECT set_config('enable_nestloop', %s, true)", [before])


def only_here(company_id: UUID, now: datetime) -> tuple[Invariant, ...]:
    """What an export cannot answer: it has no clock, no as-at engine and no catalogue."""
    return (
        Invariant("I34", "nothing waits to be sent beyond its limit", lambda s: _waiting(s, now)),
        Invariant(
            "I35",
            "ageing = control accounts, at every month's end",
            lambda _s: _ageing(company_id, now),
        ),
        Invariant(
            "I35",
            "the ageing of columns in memory = the as-at engine's",
            lambda _s: _columns(company_id, now),
        ),
        Invariant("I36", "every key starts with the company", lambda _s: keys()),
        Invariant("I36", "every reference stays in the company", lambda _s: references()),
    )


def _waiting(source: Source, now: datetime) -> Iterator[Broken]:
    for recipient, number, due_at in source.rows(
        "SELECT p.recipient, d.number, p.due_at FROM dispatch_dispatch p JOIN invoices_document d"
        " ON d.company_id = p.company_id AND d.id = p.document_id"
        " WHERE p.company_id = %(company)s AND p.state = 'queued'"
    ):
        if due_at + LATE < now:
            yield Broken(f"dispatch to {recipient} of {number}", f"waits since {due_at}")


_SIGNS = {"invoice": 1, "debit_note": 1, "credit_note": -1, "receipt": -1}


def _ageing(company_id: UUID, now: datetime) -> Iterator[Broken]:
    """The as-at engine against the control accounts, today and at the end of every month."""
    ends = fetch_rows(
        "SELECT DISTINCT (date_trunc('month', day) + interval '1 month - 1 day')::date"
        " FROM ledger_balance WHERE company_id = %s",
        [company_id],
    )
    for day in sorted({*(row[0] for row in ends), now.date()}):
        owed: dict[tuple[str, str], list[int]] = {}
        found = receivables.balances(company_id=company_id, as_at=day, known_at=None)
        for (kind, currency), (minor, own) in found.items():
            control = "unapplied" if kind == "receipt" else "receivables"
            _add(owed, (control, currency), _SIGNS[kind] * minor, _SIGNS[kind] * own)
        for control in ("receivables", "unapplied"):
            for row in ledger.control_balances(company_id=company_id, control=control, as_at=day):
                _add(owed, (control, row.currency), -row.minor, -row.functional_minor)
        for (control, currency), (minor, own) in owed.items():
            if minor or own:
                yield Broken(
                    f"{control} in {currency} on {day}",
                    f"ageing and control account differ by {minor} ({own} functional)",
                )


def _columns(company_id: UUID, now: datetime) -> Iterator[Broken]:
    """Every figure of every customer, today and at the end of the month before."""
    today = now.date()
    for day in (today, today.replace(day=1) - timedelta(days=1)):
        quick = receivables.ageing(company_id=company_id, as_at=day, known_at=None)
        plain = receivables.ageing_by_sql(company_id=company_id, as_at=day, known_at=None)
        if quick.totals == plain.totals and quick.rows == plain.rows:
            continue
        found = {(row.customer_id, row.currency): row for row in quick.rows}
        expected = {(row.customer_id, row.currency): row for row in plain.rows}
        for key in sorted(found.keys() | expected.keys(), key=str):
            if found.get(key) != expected.get(key):
                row = expected.get(key) or found[key]
                yield Broken(
                    f"{row.customer_number or 'payer not known'} in {row.currency} on {day}",
                    "the columns in memory differ from the log; restart Acquit to read them anew",
                )


def _add(sums: dict[tuple[str, str], list[int]], key: tuple[str, str], a: int, b: int) -> None:
    found = sums.setdefault(key, [0, 0])
    found[0] += a
    found[1] += b


def walled_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if issubclass(m, Walled)]


_KEYS = """
    SELECT c.relname, i.relname, a.attname FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
    WHERE c.relname = ANY(%s) AND x.indisunique
    ORDER BY c.relname, i.relname
"""
_REFERENCES = """
    SELECT c.relname, k.conname, a.attname FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
    WHERE k.contype = 'f' AND c.relname = ANY(%s)
"""

_GUARDS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"


def keys() -> Iterable[Broken]:
    """The schema can be sharded by company: all unique keys of walled tables begin with it, and
    row-level security is on."""
    tables = [model._meta.db_table for model in walled_models()]
    for table, index, column in fetch_rows(_KEYS, [tables]):
        if column != "company_id":
            yield Broken(f"table {table}", f"unique key {index} begins with {column}")
    open_tables = fetch_rows(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
        " AND NOT relrowsecurity",
        [tables],
    )
    for (table,) in open_tables:
        yield Broken(f"table {table}", "has no row-level security")


def references() -> Iterable[Broken]:
    """Every link between walled tables is a foreign key that carries the company, or is checked
    by the table's own statement trigger; guarded links have both of their triggers."""
    tables = [model._meta.db_table for model in walled_models()]
    found = {(table, name): column for table, name, column in fetch_rows(_REFERENCES, [tables])}
    guards = {name for (name,) in fetch_rows(_GUARDS)}
    for model in walled_models():
        table = model._meta.db_table
        for field in model._meta.get_fields():
            if isinstance(field, GuardedLink):
                for name in set(guard_names(model, field.column)) - guards:
                    yield Broken(f"table {table}", f"{field.column} lacks its trigger {name}")
            if not isinstance(field, models.ForeignKey) or isinstance(field, SetLink):
                continue
            if not issubclass(field.remote_field.model, Walled):
                continue
            name = f"{table}_{field.column}_wall_fk"
            if found.get((table, name)) != "company_id":
                yield Broken(f"table {table}", f"{field.column} may point into another company")
