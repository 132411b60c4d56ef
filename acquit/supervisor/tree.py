"""The supervisor of ``acquit up``: a list of processes, started in order, kept alive, stopped.

Guarantees: one supervisor per data folder (a lock file); a child that dies comes back with
growing pauses; Ctrl-C or SIGTERM stops every child in reverse order and kills what is left of
its process group; on Linux the kernel stops the children when the supervisor is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from acquit.core.faults import Refused
from acquit.supervisor.child import Child, Run
from acquit.supervisor.cluster import (
    STOP_SECONDS_MAX,
    Cluster,
    keeper_command,
    keeper_environment,
    silent,
)
from acquit.supervisor.layout import make_data_folder
from acquit.supervisor.postgres import STALL_SECONDS_MAX, Progress
from acquit.supervisor.processes import (
    Lock,
    Seen,
    Signals,
    last_lines,
    spawn_detached,
)
from acquit.supervisor.state import (
    ChildState,
    Status,
    lock_of,
    read_status,
    write_status,
)

HOOK_SECONDS = 15.0
LOOK_SECONDS = 1.0
START_LOOK_SECONDS = 0.1
LEFTOVER_SECONDS = 30.0
STOP = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class AlreadyRunning(Refused):
    """Another supervisor has this data folder."""


class CannotStart(Refused):
    """A child did not come up; the others were stopped again."""


class CannotStop(Refused):
    """A supervisor did not end in time."""


def database_child(*, cluster: Cluster) -> Child:
    """The database as a child: its keeper. If a keeper of its own already runs the database,
    this one stands by and takes over when that ends."""
    return Child(
        name="database",
        command=tuple(keeper_command(data=cluster.data, standby=True)),
        env={"PYTHONPATH": keeper_environment()["PYTHONPATH"]},
        ready=cluster.is_running,
        ready_seconds=STALL_SECONDS_MAX * 12,
        stop_seconds=STOP_SECONDS_MAX,
    )


class Supervisor:
    """Runs the children of one data folder until told to stop.

    ``every_15_seconds`` is called in this process, in a thread of its own: it may be slow or
    fail (its traceback goes to standard error) without harm to the children.

    Early children load their programs while the caller still prepares what they will find::

        with Supervisor(...) as supervisor:
            prepare()
            supervisor.run()
    """

    def __init__(
        self,
        *,
        data: Path,
        children: Sequence[Child],
        address: str,
        every_15_seconds: Callable[[], None] | None,
        progress: Progress,
    ) -> None:
        self._data = data
        self._address = address
        self._hook = every_15_seconds
        self._tell = progress
        self._runs = [Run(child=child, logs=data / "logs") for child in children]
        self._ready = False
        self._started_at = ""
        self._written: Status | None = None

    def __enter__(self) -> Supervisor:
        make_data_folder(data=self._data)
        for run in self._runs:
            if run.child.early:
                run.start_early()
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.drop()

    def run(self) -> None:
        """Start everything, keep it running, return after SIGINT, SIGTERM or SIGHUP.

        Raises ``AlreadyRunning`` or ``CannotStart``. Must be called from the main thread.
        """
        make_data_folder(data=self._data)
        lock = Lock(path=lock_of(data=self._data))
        # Somebody who only asks whether it is held holds it for a moment himself.
        if not lock.take_within(seconds=0.5):
            raise _already_running(data=self._data)
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        ended = threading.Event()
        try:
            _clear_leftovers(data=self._data, progress=self._progress)
            with Signals(wanted=[*STOP]) as signals:
                try:
                    if self._start_all(signals=signals):
                        self._progress(f"ready at {self._address}")
                        self._start_hook(ended=ended)
                        self._watch(signals=signals)
                finally:
                    ended.set()
                    self._stop_all(signals=signals)
        finally:
            lock.free()

    def _progress(self, text: str) -> None:
        """A terminal that was closed must not keep the supervisor from stopping its children."""
        with contextlib.suppress(OSError):
            self._tell(text)

    def _start_all(self, *, signals: Signals) -> bool:
        """Start the children one after the other; False when told to stop meanwhile."""
        for run in self._runs:
            self._progress(f"starting {run.child.name}")
            run.start()
            while run.state not in (ChildState.RUNNING, ChildState.DONE):
                self._look()
                if run.state is ChildState.FAILED or run.overdue() or run.restarts >= 3:
                    raise _cannot_start(run=run)
                if run.state in (ChildState.RUNNING, ChildState.DONE):
                    break
                signals.wait(seconds=START_LOOK_SECONDS)
                if signals.ever() & STOP:
                    return False
        self._ready = True
        self._look()
        return not signals.ever() & STOP

    def _watch(self, *, signals: Signals) -> None:
        while not signals.ever() & STOP:
            pauses = [p for run in self._runs if (p := run.seconds_to_restart()) is not None]
            starting = any(run.state is ChildState.STARTING for run in self._runs)
            longest = START_LOOK_SECONDS if starting else LOOK_SECONDS
            signals.wait(seconds=min([longest, *pauses]))
            self._look()

    def _look(self) -> None:
        for run in self._runs:
            before = run.state
            run.look()
            if run.state is ChildState.PAUSING and before is not ChildState.PAUSING:
                self._progress(
                    f"{run.child.name} ended with {run.exit_code}, see {run.log}; "
                    f"starting it again in {run.seconds_to_restart() or 0:.1f} s"
                )
        self._write()

    def _stop_all(self, *, signals: Signals) -> None:
        """Reverse order: nobody loses what he depends on while he finishes."""
        for run in reversed(self._runs):
            if run.state is ChildState.WAITING:
                continue
            if not run.ended():
                self._progress(f"stopping {run.child.name}")
            run.ask_to_stop()
            deadline = time.monotonic() + run.child.stop_seconds
            while not run.ended() and time.monotonic() < deadline:
                signals.wait(seconds=START_LOOK_SECONDS)
            run.kill_group()
        self._ready = False
        self._write()

    def _start_hook(self, *, ended: threading.Event) -> None:
        hook = self._hook
        if hook is None:
            return

        def repeat() -> None:
            while not ended.wait(HOOK_SECONDS):
                try:
                    hook()
                except Exception:  # noqa: BLE001 - its guard: the next round comes all the same
                    traceback.print_exc(file=sys.stderr)

        threading.Thread(target=repeat, name="every-15-seconds", daemon=True).start()

    def _write(self) -> None:
        me = Seen.myself()
        status = Status(
            running=True,
            ready=self._ready,
            pid=me.pid,
            mark=me.mark,
            started_at=self._started_at,
            address=self._address,
            children=tuple(run.status() for run in self._runs),
        )
        if status != self._written:
            write_status(data=self._data, status=status)
            self._written = status


def _clear_leftovers(*, data: Path, progress: Progress) -> None:
    """Wait for children of a killed supervisor that are still finishing; end those that hang."""
    status = read_status(data=data)
    left = [child for child in status.children if child.alive] if status is not None else []
    for child in reversed(left):
        assert child.pid is not None, "alive is only said of a known process"
        assert child.mark is not None, "alive is only said of a known process"
        process = Seen(pid=child.pid, mark=child.mark)
        progress(f"waiting for {child.name} of an earlier start (process {child.pid})")
        process.signal(signal.SIGTERM)
        if not process.gone_within(seconds=LEFTOVER_SECONDS):
            os.killpg(child.pid, signal.SIGKILL)


def _already_running(*, data: Path) -> Refused:
    status = read_status(data=data)
    where = f", process {status.pid}, at {status.address}" if status is not None else ""
    return AlreadyRunning.because(
        "supervisor.running",
        f"Acquit is already running for {data}{where}",
        path=str(data),
        fix="use it, stop it with `acquit down`, or choose another folder with --data",
    )


def _cannot_start(*, run: Run) -> Refused:
    ended = f"ended with {run.exit_code}" if run.exit_code is not None else "is not ready"
    return CannotStart.because(
        "supervisor.child",
        f"{run.child.name} {ended}:\n{last_lines(path=run.log)}",
        path=str(run.log),
        fix="the log above names the cause; the whole of it is in this file",
    )


def start_detached(
    *,
    data: Path,
    command: Sequence[str],
    env: Mapping[str, str],
    progress: Progress = silent,
) -> Status:
    """Run a command that calls ``Supervisor.run`` in the background, until it says it is ready.

    The process has its own session, no terminal, ``/`` as its folder and its output in
    ``<data>/logs/supervisor.log``. Raises ``AlreadyRunning`` or ``CannotStart``.
    """
    make_data_folder(data=data)
    refuse_running(data=data)
    log = data / "logs" / "supervisor.log"
    process = spawn_detached(command=command, env={**os.environ, **env}, log=log)
    told = ""
    while process is not None and process.alive():
        status = read_status(data=data)
        if status is not None and status.pid == process.pid and status.ready:
            return status
        line = last_lines(path=log, count=1)
        if line and line != told:
            progress(line)
            told = line
        time.sleep(0.1)
    raise CannotStart.because(
        "supervisor.background",
        f"Acquit did not start:\n{last_lines(path=log, count=15)}",
        path=str(log),
        fix="start it in the foreground to see more",
    )


def refuse_running(*, data: Path) -> None:
    """Raises ``AlreadyRunning`` where a supervisor has this data folder."""
    if data.is_dir() and Lock(path=lock_of(data=data)).held_elsewhere():
        raise _already_running(data=data)


def down(*, data: Path) -> bool:
    """Stop the supervisor of a data folder, then its database; False when nothing ran."""
    status = read_status(data=data)
    stopped = False
    if status is not None and status.running:
        patience = sum(STOP_SECONDS_MAX for _ in status.children) + 10.0
        stopped = status.process.signal(signal.SIGTERM)
        lock = Lock(path=lock_of(data=data))
        if not lock.take_within(seconds=patience):
            raise CannotStop.because(
                "supervisor.does_not_stop",
                f"the supervisor (process {status.pid}) did not end in {patience:.0f} s",
                path=str(data / "logs"),
            )
        lock.free()
        status.process.gone_within(seconds=10.0)
    return Cluster.at(data).stop() or stopped
