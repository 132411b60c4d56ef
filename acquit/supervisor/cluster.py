"""The embedded database of one data folder, as everybody else sees it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from acquit.supervisor.binaries import CannotRunDatabase
from acquit.supervisor.configuration import ADMIN, DATABASE, ROLE
from acquit.supervisor.holder import GUEST, KEEPER, holder, sign
from acquit.supervisor.layout import (
    PORT,
    Layout,
    create_layout,
    read_layout,
    record_of,
    with_archiving,
)
from acquit.supervisor.postgres import (
    FAST_STOP_SECONDS,
    STALL_SECONDS_MAX,
    Progress,
    Server,
    answers,
    postmaster,
)
from acquit.supervisor.processes import (
    Lock,
    Seen,
    last_lines,
    spawn_detached,
    unbroken,
)

KEEPER_STARTS_MAX = 2
STOP_SECONDS_MAX = FAST_STOP_SECONDS + 15.0
PACKAGE_FOLDER = str(Path(__file__).resolve().parents[2])


def silent(_: str) -> None:
    """The progress callback of those who do not want to know."""


def nothing() -> None:
    """What those do meanwhile who have nothing else to do."""


def keeper_command(*, data: Path, standby: bool) -> list[str]:
    """The command line of the keeper process (see ``keeper.py``)."""
    command = [sys.executable, "-m", "acquit.supervisor.keeper", "--data", str(data)]
    return [*command, "--standby"] if standby else command


def keeper_environment() -> dict[str, str]:
    """The caller's environment, with this very installation of Acquit first on the path."""
    path = [PACKAGE_FOLDER, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


class Cluster:
    """The database of a data folder. Opening it (``at``) touches nothing on disk."""

    def __init__(self, *, data: Path) -> None:
        self.data = data

    @classmethod
    def at(cls, data: Path | str) -> Cluster:
        return cls(data=Path(data).expanduser().resolve())

    def layout(self) -> Layout:
        """Where everything is; refuses when there is no database in this folder yet."""
        layout = read_layout(data=self.data)
        if layout is None:
            raise CannotRunDatabase.because(
                "database.missing",
                f"there is no Acquit database in {self.data}",
                path=str(self.data),
                fix="start it with `acquit up`, or name the right folder with --data",
            )
        return layout

    def exists(self) -> bool:
        layout = read_layout(data=self.data)
        return layout is not None and (layout.cluster / "PG_VERSION").exists()

    def url(self, *, role: str = ROLE, database: str = DATABASE) -> str:
        """A URL for libpq, psycopg and ``DATABASE_URL``. The socket folder is in the query, as
        parsers of URLs turn host names into lower case."""
        folder = quote(str(self.layout().run), safe="/")
        return f"postgresql://{quote(role)}@/{quote(database)}?host={folder}&port={PORT}"

    def admin_url(self, *, database: str = DATABASE) -> str:
        """The same for the superuser: only for backup, doctor and repair, never for the app."""
        return self.url(role=ADMIN, database=database)

    def django_settings(self) -> dict[str, str]:
        """The connection part of an entry of Django's ``DATABASES``."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": ROLE,
            "PASSWORD": "",
            "HOST": str(self.layout().run),
            "PORT": str(PORT),
        }

    def is_running(self) -> bool:
        """True when a real connection to the application's database works now."""
        layout = read_layout(data=self.data)
        return layout is not None and answers(layout=layout)

    def prepare(self) -> str:
        """Make the folders unless they are there; the URL at which the database will answer."""
        create_layout(data=self.data, durable=True)
        return self.url()

    def ensure_running(
        self, *, progress: Progress = silent, meanwhile: Callable[[], None] = nothing
    ) -> str:
        """Start the database unless it runs, wait until it answers, and return its URL.

        It is started under a keeper of its own that outlives this process: only ``stop`` ends
        it. Waits for crash recovery as long as the server's log moves. ``meanwhile`` is called
        once, while it starts.
        """
        layout = create_layout(data=self.data, durable=True)
        keeper: Seen | None = None
        starts, told, pause = 0, last_lines(path=self._keeper_log(), count=1), 0.05
        watched_at = time.monotonic()
        try:
            while not answers(layout=layout):
                if (keeper is not None and keeper.alive()) or holder(layout=layout) is not None:
                    # The keeper itself judges whether a start still moves, and gives up if not.
                    watched_at = time.monotonic()
                elif not Lock(path=layout.lock).held_elsewhere() and not answers(layout=layout):
                    # A second try: the first keeper may have met another one that was just ending.
                    if starts == KEEPER_STARTS_MAX:
                        raise self._did_not_start(layout=layout)
                    progress("starting the database")
                    with unbroken():
                        keeper = self._start_keeper()
                    starts += 1
                    meanwhile()
                    meanwhile = nothing
                elif time.monotonic() - watched_at > STALL_SECONDS_MAX:
                    raise self._did_not_start(layout=layout)
                line = last_lines(path=self._keeper_log(), count=1)
                if line and line != told:
                    told = line
                    progress(line)
                time.sleep(pause)
                pause = min(0.5, pause * 1.05)
        except KeyboardInterrupt:
            # Who gives up the wait gives up the start too; what ran before stays.
            if keeper is not None and keeper.signal(signal.SIGTERM):
                keeper.gone_within(seconds=STOP_SECONDS_MAX)
            raise
        meanwhile()
        return self.url()

    def stop(self) -> bool:
        """Stop server and keeper (fast shutdown); False when nothing ran.

        The explicit end, for ``acquit down`` alone: clients never call it.
        """
        layout = read_layout(data=self.data)
        if layout is None or not Lock(path=layout.lock).held_elsewhere():
            return False
        parent = holder(layout=layout)
        if parent is not None and parent.kind == GUEST:
            raise CannotRunDatabase.because(
                "database.in_use",
                f"another command works on the stopped database (process {parent.process.pid})",
                path=str(self.data),
                fix="wait for its end",
            )
        if parent is not None:
            parent.process.signal(signal.SIGTERM)
            parent.process.gone_within(seconds=STOP_SECONDS_MAX)
        server = postmaster(cluster=layout.cluster)
        if server is not None:
            server.signal(signal.SIGINT)
            server.gone_within(seconds=FAST_STOP_SECONDS)
        lock = Lock(path=layout.lock)
        if not lock.take_within(seconds=10.0):
            raise CannotRunDatabase.because(
                "database.does_not_stop",
                f"the database in {self.data} still runs",
                path=str(layout.log),
                fix="see the log; it may be started again by a supervisor: `acquit down`",
            )
        lock.free()
        return True

    def keeper(self) -> Seen | None:
        """The live keeper process, if there is one."""
        layout = read_layout(data=self.data)
        parent = holder(layout=layout) if layout is not None else None
        return parent.process if parent is not None and parent.kind == KEEPER else None

    def server(self) -> Seen | None:
        """The live PostgreSQL server process, if there is one."""
        layout = read_layout(data=self.data)
        return postmaster(cluster=layout.cluster) if layout is not None else None

    def set_archiving(self, *, on: bool) -> None:
        """Switch the archive of write-ahead log in ``<data>/wal`` on or off, also while running."""
        with_archiving(self.layout(), on=on)
        keeper = self.keeper()
        if keeper is not None:
            keeper.signal(signal.SIGHUP)

    @contextlib.contextmanager
    def running_here(self, *, progress: Progress = silent, recovery: str = "") -> Iterator[Layout]:
        """Run the server as a child of this process for the length of a ``with`` block.

        For work on a stopped database (backup, restore) and for tests. Refuses when it runs.
        """
        layout = self.layout()
        lock = Lock(path=layout.lock)
        if not lock.take_within(seconds=5.0):
            raise CannotRunDatabase.because(
                "database.running",
                f"the database in {self.data} is already running",
                path=str(self.data),
                fix="stop it first: `acquit down`",
            )
        server = Server(layout=layout, lock=lock, progress=progress)
        try:
            sign(layout=layout, kind=GUEST)
            server.start(recovery=recovery)
            yield layout
        finally:
            server.stop(seconds=FAST_STOP_SECONDS if layout.durable else 5.0)
            layout.keeper.unlink(missing_ok=True)
            lock.free()

    @contextlib.contextmanager
    def reachable(self, *, progress: Progress = silent) -> Iterator[Layout]:
        """The database as it runs now; a stopped one runs for the length of the block."""
        if self.is_running():
            yield self.layout()
        else:
            with self.running_here(progress=progress) as layout:
                yield layout

    def erase(self) -> None:
        """Stop the database and delete it with its archive; other files of the folder stay."""
        layout = read_layout(data=self.data)
        if layout is None:
            return
        self.stop()
        link = self.data / "wal"
        if link.is_symlink():
            link.unlink()
        for folder in (layout.run, layout.home, layout.wal):
            if folder.exists():
                shutil.rmtree(folder)
        record_of(data=self.data).unlink()

    def _keeper_log(self) -> Path:
        return self.data / "logs" / "database.log"

    def _start_keeper(self) -> Seen | None:
        return spawn_detached(
            command=keeper_command(data=self.data, standby=False),
            env=keeper_environment(),
            log=self._keeper_log(),
        )

    def _did_not_start(self, *, layout: Layout) -> CannotRunDatabase:
        text = last_lines(path=self._keeper_log()) or last_lines(path=layout.log)
        refusal = CannotRunDatabase.because(
            "database.did_not_start",
            f"the database did not start:\n{text}",
            path=str(self._keeper_log()),
            fix="the log above names the cause; `acquit doctor` checks the usual ones",
        )
        assert isinstance(refusal, CannotRunDatabase)
        return refusal


@contextlib.contextmanager
def temporary_cluster(*, fsync: bool = False, folder: Path | None = None) -> Iterator[Cluster]:
    """A throw-away database in a new folder (in ``folder``, else the system's temporary one).

    The server is a child of this process: it ends with the block, and also when this process is
    killed. With ``fsync=False`` nothing is flushed to disk and nothing can be backed up. Call it
    from the main thread: the server ends with the thread that started it.
    """
    data = Path(tempfile.mkdtemp(prefix="acquit-", dir=folder)).resolve()
    if os.geteuid() == 0:
        # Ours and new: the server's user may pass, nobody may list.
        data.chmod(0o711)
    cluster = Cluster.at(data)
    create_layout(data=data, durable=fsync)
    try:
        with cluster.running_here():
            yield cluster
    finally:
        cluster.erase()
        shutil.rmtree(data)
