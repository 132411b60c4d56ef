"""One PostgreSQL server as a child of this process: set up, started, watched, stopped.

Whoever uses ``Server`` holds the cluster's lock, and the server's processes inherit it: the lock
is free only when the last of them is gone, whatever happened to this process.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from acquit.supervisor.binaries import (
    MAJOR,
    Binaries,
    CannotRunDatabase,
    clean_environment,
    find_binaries,
    run_tool,
)
from acquit.supervisor.configuration import ADMIN, DATABASE, ROLE, write_configuration
from acquit.supervisor.layout import PORT, SOCKET_NAME, Layout, prepare_folders
from acquit.supervisor.processes import Lock, Seen, command_line, last_lines, spawn

Progress = Callable[[str], None]

# The end of a crash recovery writes all changed pages without a word in the log.
STALL_SECONDS_MAX = 300.0
CONNECT_SECONDS_MAX = 5
FAST_STOP_SECONDS = 60.0
# What our own questions put into the log of a server that is not ready.
OWN_NOISE = ("FATAL:  the database system is", "DETAIL:  Hot standby mode", "DETAIL:  Consistent")
# No process id on Linux or macOS is this high.
IMPOSSIBLE_PID = 2**30


def conninfo(*, layout: Layout, role: str = ROLE, database: str = DATABASE) -> str:
    return psycopg.conninfo.make_conninfo(
        host=str(layout.run), port=PORT, user=role, dbname=database
    )


def connect(
    *, layout: Layout, role: str = ROLE, database: str = DATABASE
) -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection; ``psycopg.OperationalError`` when the server is not ready."""
    return psycopg.connect(
        conninfo(layout=layout, role=role, database=database),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS_MAX,
    )


def answers(*, layout: Layout, role: str = ROLE, database: str = DATABASE) -> bool:
    """Whether the server of this very cluster takes a connection and answers a query."""
    if not (layout.run / SOCKET_NAME).exists():
        return False
    try:
        with connect(layout=layout, role=role, database=database) as connection:
            row = connection.execute("SELECT 1").fetchone()
            return row is not None
    except psycopg.OperationalError:
        return False


def postmaster(*, cluster: Path) -> Seen | None:
    """The running server of this cluster by its pid file, if that process really is it.

    A pid file survives crashes and restarts of the computer, and its number may belong to any
    other program by then: the process must be called postgres and work in this very folder.
    """
    pid = _pid_in_file(cluster=cluster)
    seen = Seen.of(pid=pid) if pid else None
    if seen is None:
        return None
    arguments = command_line(pid=seen.pid)
    if not arguments or Path(arguments[0]).name != "postgres":
        return None
    try:
        return seen if Path(psutil.Process(seen.pid).cwd()) == cluster.resolve() else None
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return seen


def _pid_in_file(*, cluster: Path) -> int:
    try:
        first = (cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
        return max(0, int(first))
    except (FileNotFoundError, ValueError):
        return 0


def disarm_stale_pid_files(*, cluster: Path, run: Path) -> None:
    """Make sure that pid files left behind neither block the start nor hide a live server.

    PostgreSQL refuses to start when the number in one of its two files is any process of its
    user, even a dead one that nobody collected. In the cluster's file only that number is
    replaced: the rest lets PostgreSQL find memory still in use by processes of a killed server.
    The socket and its file are in a folder of their own and simply made again.
    """
    running = postmaster(cluster=cluster)
    if running is not None:
        raise CannotRunDatabase.because(
            "database.started_by_hand",
            f"a PostgreSQL server (process {running.pid}) not started by Acquit uses {cluster}",
            path=str(cluster),
            fix=f"stop it: kill -INT {running.pid}",
        )
    pid = _pid_in_file(cluster=cluster)
    if pid and psutil.pid_exists(pid):
        file = cluster / "postmaster.pid"
        rest = file.read_text(encoding="utf-8").split("\n", 1)[1:]
        # Written in place: the file keeps its owner, the user of the server.
        file.write_text("\n".join([str(IMPOSSIBLE_PID), *rest]), encoding="utf-8")
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (run / name).unlink(missing_ok=True)


class StartGivenUp(Exception):
    """The start was interrupted from outside; nothing is wrong with the database."""


def never() -> bool:
    return False


class Server:
    """The server process of one cluster. The caller holds ``lock`` as long as it uses this.

    ``give_up`` is asked while a start takes its time (recovery after a crash may take minutes).
    """

    def __init__(
        self,
        *,
        layout: Layout,
        lock: Lock,
        progress: Progress,
        give_up: Callable[[], bool] = never,
    ) -> None:
        self.layout = layout
        self._lock = lock
        self._progress = progress
        self._give_up = give_up
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, recovery: str = "") -> None:
        """Set up what is missing, start, wait for a real connection, make roles and database."""
        binaries = find_binaries(account=self.layout.account)
        prepare_folders(layout=self.layout)
        if not (self.layout.cluster / "PG_VERSION").exists():
            self._progress("setting up a new database")
            create_cluster(layout=self.layout, binaries=binaries)
        _refuse_other_major(cluster=self.layout.cluster)
        disarm_stale_pid_files(cluster=self.layout.cluster, run=self.layout.run)
        write_configuration(layout=self.layout, recovery=recovery)
        self.process = spawn(
            command=[
                str(binaries.program("postgres")),
                f"--config-file={self.layout.configuration}",
            ],
            env=clean_environment(),
            log=self.layout.log,
            death_signal=signal.SIGINT,  # for PostgreSQL: fast shutdown
            user=self.layout.account.switch,
            keep_open=[self._lock.fileno()],
        )
        self.wait_until_ready()
        if not recovery:
            ensure_roles(layout=self.layout)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for a connection as long as the server lives and its log moves."""
        log, pause, moved_at = _LogReader(path=self.layout.log), 0.02, time.monotonic()
        while not answers(layout=self.layout, role=ADMIN, database="postgres"):
            if not self.alive():
                # Our own knocking is in the log, too, between the cause and the end.
                cause = last_lines(path=self.layout.log, count=15)
                raise CannotRunDatabase.because(
                    "database.ended",
                    f"PostgreSQL ended while starting:\n{cause}",
                    path=str(self.layout.log),
                    fix="the log above names the cause; the whole of it is in this file",
                )
            if self._give_up():
                raise StartGivenUp
            line = log.news()
            if line:
                moved_at = time.monotonic()
                self._progress(line)
            if time.monotonic() - moved_at > STALL_SECONDS_MAX:
                raise CannotRunDatabase.because(
                    "database.stalled",
                    f"PostgreSQL does not answer and its log stood still for "
                    f"{STALL_SECONDS_MAX:.0f} s:\n{last_lines(path=self.layout.log)}",
                    path=str(self.layout.log),
                )
            time.sleep(pause)
            pause = min(1.0, pause * 1.3)

    def reload(self) -> None:
        """Write the configuration again and let the running server read it."""
        write_configuration(layout=self.layout)
        if self.alive() and self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def stop(self, *, seconds: float = FAST_STOP_SECONDS) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.process is None:
            return
        for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 10.0)):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                self.process.wait(timeout=patience)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            # SIGQUIT is the hardest stop PostgreSQL itself offers; recovery repairs the rest.
            self.process.kill()
            self.process.wait()
        self.process = None


class _LogReader:
    """Reads what is new in the server's log, without the refusals our own questions cause."""

    def __init__(self, *, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0

    def news(self) -> str:
        if not self._path.exists():
            return ""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        self._offset += len(text)
        lines = [
            line
            for line in text.decode("utf-8", errors="replace").splitlines()
            if line.strip() and not any(words in line for words in OWN_NOISE)
        ]
        return lines[-1].partition("LOG:  ")[2] or lines[-1] if lines else ""


def create_cluster(*, layout: Layout, binaries: Binaries) -> None:
    """initdb beside the final place, then one rename: a cluster is whole or not there."""
    owner, new = layout.account, layout.home / "cluster.new"
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(mode=0o700)
    if not owner.is_me:
        os.chown(new, owner.uid, owner.gid)
    arguments = [
        f"--pgdata={new}",
        f"--username={ADMIN}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    ]
    if not layout.durable:
        arguments.append("--no-sync")
    run_tool(
        program=binaries.program("initdb"), arguments=arguments, account=owner, folder=layout.home
    )
    new.rename(layout.cluster)


def _refuse_other_major(*, cluster: Path) -> None:
    found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != str(MAJOR):
        raise CannotRunDatabase.because(
            "database.major",
            f"{cluster} was written by PostgreSQL {found}, this version brings {MAJOR}",
            path=str(cluster),
            fix="use the version of Acquit that wrote it to make a dump, and load it into a new "
            "data folder",
        )


def ensure_roles(*, layout: Layout) -> None:
    """The role and the database of the application; both exist already after the first start.

    The role is not a superuser, so that triggers and row-level security hold for it.
    """
    with connect(layout=layout, role=ADMIN, database="postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
        if found is None:
            role = sql.Identifier(ROLE)
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
            connection.execute(sql.SQL("GRANT pg_monitor TO {}").format(role))
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(ROLE)
                )
            )
