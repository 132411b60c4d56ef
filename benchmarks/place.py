"""Where measurements happen: a durable throw-away PostgreSQL and fresh processes."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg

from acquit.supervisor import temporary_cluster

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "bench_template"
_SECRET = secrets.token_hex(32)


class Failed(RuntimeError):
    """A measured process ended with an error; its last lines are the message."""


@dataclass(frozen=True, slots=True)
class Place:
    """A server; every measurement gets a new database made from a migrated template."""

    server: str

    def url(self, database: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{database}"))

    def ask(self, sql: str) -> Any:
        with psycopg.connect(self.server, autocommit=True) as connection:
            cursor = connection.execute(sql)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def fresh(self, database: str) -> str:
        """A new database with all tables and no rows; its address."""
        self.drop(database)
        self.ask(f'CREATE DATABASE "{database}" TEMPLATE "{TEMPLATE}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Without FORCE: our own processes have ended, the server waits for its vacuum, and an
        ordinary user may not end that one by force."""
        self.ask(f'DROP DATABASE IF EXISTS "{database}"')

    def environment(self, database: str) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.url(database),
            "DJANGO_SETTINGS_MODULE": "acquit.config.settings",
            "PYTHONHASHSEED": "0",
            "ACQUIT_SECRET_KEY": _SECRET,
        }

    def libpq(self) -> dict[str, str]:
        """How programs that know nothing of our addresses find the server."""
        parts = urlsplit(self.server)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        found = {
            "PGHOST": query.get("host") or parts.hostname or "",
            "PGPORT": str(parts.port or query.get("port", "")),
            "PGUSER": parts.username or "",
            "PGPASSWORD": parts.password or "",
        }
        return {name: value for name, value in found.items() if value}

    def run(self, module: str, database: str, **values: Any) -> dict[str, Any]:
        """The module in a fresh process; its answer is the JSON of its last line."""
        command = [sys.executable, "-m", module, json.dumps(values)]
        return run_json(command, env=self.environment(database))


def run_json(
    command: list[str], *, env: dict[str, str], seconds: float | None = None
) -> dict[str, Any]:
    """The JSON of the command's last line; Failed with its last words, or after ``seconds``."""
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"no answer within {seconds} s") from error
    if done.returncode:
        raise Failed("\n".join(done.stderr.strip().splitlines()[-12:]))
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


@contextmanager
def place() -> Iterator[Place]:
    """The server of ``ACQUIT_BENCH_URL``, or an embedded one that flushes to disk."""
    given = os.environ.get("ACQUIT_BENCH_URL")
    if given:
        yield _with_template(Place(given))
        return
    with temporary_cluster(fsync=True) as cluster:
        yield _with_template(Place(cluster.url()))


def _with_template(found: Place) -> Place:
    found.drop(TEMPLATE)
    found.ask(f'CREATE DATABASE "{TEMPLATE}"')
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    env = found.environment(TEMPLATE)
    subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True)
    return found
