"""One child of the supervisor: what to run, and one run of it after the other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from acquit.supervisor.processes import Seen, shorten_log, spawn
from acquit.supervisor.state import ChildState, ChildStatus

BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_AFTER_SECONDS = 60.0
GO = "ACQUIT_GO"  # names the pipe at which an early process waits


class Restart(StrEnum):
    """What the end of a child means. ``ONCE``: it must end with 0 before the next one starts."""

    ALWAYS = "always"
    ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process to run: ``command[0]`` is an absolute path, ``env`` is added to our environment.

    ``ready`` is asked until it is true before the next child starts; it must answer within a
    few seconds. Without it a child counts as ready when it runs. ``stop_seconds`` is the time
    between ``stop_signal`` and ``SIGKILL`` for its whole process group. An ``early`` child calls
    ``wait_for_go`` when it has loaded its program, before it does anything others can see.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    restart: Restart = Restart.ALWAYS
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20.0
    early: bool = False


class Run:
    """The life of one child under the supervisor: at most one process at a time."""

    def __init__(self, *, child: Child, logs: Path) -> None:
        self.child = child
        self.log = logs / f"{child.name}.log"
        self.state = ChildState.WAITING
        self.restarts = 0
        self.exit_code: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: Seen | None = None
        self._started = 0.0
        self._started_at: str | None = None
        self._failures = 0
        self._again_at = 0.0
        self._early: tuple[subprocess.Popen[bytes], int] | None = None

    def start_early(self) -> None:
        """Let it load its program; ``start`` lets it begin, ``drop`` ends it.

        It waits at a pipe, so it ends by itself when this process is gone.
        """
        read, write = os.pipe()
        try:
            process = self._spawn(env={GO: str(read)}, keep_open=[read])
        except BaseException:
            os.close(write)
            raise
        finally:
            os.close(read)
        self._early = process, write

    def drop(self) -> None:
        """End an early process that was never let go."""
        if self._early is not None:
            process, write = self._early
            self._early = None
            os.close(write)
            process.kill()
            process.wait()

    def start(self) -> None:
        if self._early is None:
            self._process = self._spawn(env={}, keep_open=())
        else:
            self._process, write = self._early
            self._early = None
            # One that died meanwhile is seen to like any other that ends.
            with contextlib.suppress(BrokenPipeError):
                os.write(write, b"\n")
            os.close(write)
        self._seen = Seen.of(pid=self._process.pid)
        self._started = time.monotonic()
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.state = ChildState.STARTING

    def _spawn(
        self, *, env: Mapping[str, str], keep_open: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        return spawn(
            command=self.child.command,
            env={**os.environ, **self.child.env, **env},
            log=self.log,
            death_signal=self.child.stop_signal,
            keep_open=keep_open,
        )

    def look(self) -> None:
        """Bring ``state`` up to date: ready, ended, or due for another start."""
        if self.state is ChildState.PAUSING and time.monotonic() >= self._again_at:
            self.restarts += 1
            self.start()
        if self._process is None:
            return
        code = self._process.poll()
        if code is not None:
            self._ended(code=code)
        elif self.state is ChildState.STARTING and self._is_ready():
            self.state = ChildState.RUNNING
        if self.state is ChildState.RUNNING:
            shorten_log(path=self.log)

    def _is_ready(self) -> bool:
        if self.child.restart is Restart.ONCE:
            return False  # it is done when it ends
        return self.child.ready is None or self.child.ready()

    def overdue(self) -> bool:
        """Started long ago and still not ready. A once-only child has all the time it needs."""
        waited = time.monotonic() - self._started
        return (
            self.state is ChildState.STARTING
            and self.child.restart is Restart.ALWAYS
            and waited > self.child.ready_seconds
        )

    def seconds_to_restart(self) -> float | None:
        if self.state is not ChildState.PAUSING:
            return None
        return max(0.0, self._again_at - time.monotonic())

    def ask_to_stop(self) -> None:
        self.state = ChildState.STOPPED
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.child.stop_signal)

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def kill_group(self) -> None:
        """End whatever is left of the child's process group, grandchildren included."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.exit_code = self._process.wait()
        self._process = None

    def _ended(self, *, code: int) -> None:
        self.exit_code = code
        # Its own children would go on unseen, and hold ports the next start needs.
        self.kill_group()
        if self.child.restart is Restart.ONCE:
            self.state = ChildState.DONE if code == 0 else ChildState.FAILED
            return
        if time.monotonic() - self._started > HEALTHY_AFTER_SECONDS:
            self._failures = 0
        pause = BACK_OFF_SECONDS[min(self._failures, len(BACK_OFF_SECONDS) - 1)]
        self._failures += 1
        self._again_at = time.monotonic() + pause
        self.state = ChildState.PAUSING

    def status(self) -> ChildStatus:
        runs = self._process is not None and self._seen is not None
        return ChildStatus(
            name=self.child.name,
            state=self.state,
            pid=self._process.pid if self._process is not None else None,
            mark=self._seen.mark if runs and self._seen is not None else None,
            started_at=self._started_at if runs else None,
            restarts=self.restarts,
            exit_code=self.exit_code,
        )


def wait_for_go() -> None:
    """In an early child: wait for the word to begin, or end with the process that would give it.

    Returns at once in a process that was not started early.
    """
    number = os.environ.pop(GO, "")
    if number:
        with os.fdopen(int(number), "rb") as pipe:
            if not pipe.read(1):
                sys.exit("nobody is left who could say when to begin")
