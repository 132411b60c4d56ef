"""The company of the crash tests, and the processes that get killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection

from acquit.access import actors
from acquit.core.context import Context
from acquit.core.faults import Refused
from acquit.core.ids import IdSource
from acquit.database.copy import execute, fetch_rows
from acquit.jobs.reaper import reap
from acquit.supervisor import Cluster

TODAY = date(2026, 3, 2)
RUN_KEY = "the run of today"
REPOSITORY = Path(__file__).resolve().parents[2]


def frame(company_id: Any, *, key: str = "") -> Context:
    """A frame of now, as the edge makes it; ids are random, as a killed hand's must be."""
    now = datetime.now(UTC)
    ids = IdSource(instant=now, random_bits=random.SystemRandom().getrandbits)
    return Context(
        company_id=company_id,
        actor=actors.installer(),
        now=now,
        today=TODAY,
        ids=ids,
        idempotency_key=key,
    )


@dataclass
class Stage:
    """The database, the processes that run on it, and how often something was killed."""

    cluster: Cluster
    mail_port: int
    log: Path
    kills: dict[str, int] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DATABASE_URL": self.cluster.url(),
            "DJANGO_SETTINGS_MODULE": "acquit.config.settings",
            "ACQUIT_SMTP_PORT": str(self.mail_port),
            "ACQUIT_SECRET_KEY": "a secret that all processes share, as they do in a house",
            "PYTHONPATH": str(REPOSITORY),
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=REPOSITORY,
            )
        self.processes.append(process)
        return process

    def biller(self, company_id: Any) -> subprocess.Popen[bytes]:
        return self.spawn("-m", "tests.crash.biller", str(company_id))

    def worker(self) -> subprocess.Popen[bytes]:
        return self.spawn("-m", "django", "procrastinate", "worker", "--concurrency", "2")

    def kill(self, process: subprocess.Popen[bytes], what: str) -> None:
        """Without a warning, as power cuts and the kernel's memory killer do."""
        if process.poll() is None:
            process.kill()
            self.kills[what] = self.kills.get(what, 0) + 1
        process.wait()

    def kill_database(self) -> None:
        """The postmaster and, by its death, every backend; then it is started again."""
        server = self.cluster.server()
        assert server is not None
        server.signal(signal.SIGKILL)
        self.kills["database"] = self.kills.get("database", 0) + 1
        self.come_back()

    def come_back(self) -> None:
        connection.close()
        deadline = time.monotonic() + 60
        while True:
            try:
                self.cluster.ensure_running()
                connection.ensure_connection()
                return
            except (Refused, OperationalError):
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def reap(self) -> None:
        """What the supervisor does every 15 seconds; the half minute of silence after which a
        worker counts as dead passes at once here."""
        execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
            " WHERE id <> ALL(%s)",
            [self._alive()],
        )
        reap()

    def _alive(self) -> list[int]:
        """Workers that registered after the last kill: those whose process still runs."""
        running = sum(p.poll() is None for p in self.processes)
        rows = fetch_rows(
            "SELECT id FROM procrastinate_workers ORDER BY id DESC LIMIT %s", [running]
        )
        return [row[0] for row in rows]

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@contextmanager
def stage(*, folder: Path, mail_port: int) -> Iterator[Stage]:
    cluster = Cluster.at(folder / "data")
    cluster.ensure_running()
    made = Stage(cluster, mail_port, folder / "processes.log")
    try:
        yield made
    finally:
        made.end()
        connection.close()
        cluster.erase()


def wait_for(what: str, is_so: Callable[[], bool], *, seconds: float, pause: float = 0.01) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


def count(table: str, where: str = "true") -> int:
    """Rows now."""
    return int(fetch_rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])
