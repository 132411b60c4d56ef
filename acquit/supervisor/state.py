"""What a running supervisor writes down for ``acquit status``: ``<data>/state.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from acquit.supervisor.processes import Lock, Seen, read_json, write_json

FORMAT = 1


class ChildState(StrEnum):
    WAITING = "waiting"  # not started yet
    STARTING = "starting"  # runs, not ready yet
    RUNNING = "running"
    PAUSING = "pausing"  # ended unexpectedly, will be started again
    DONE = "done"  # a once-only child that ended well
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """One child. ``started_at``: ISO 8601 UTC; ``exit_code``: of the last run, negative = signal;
    ``alive``: checked at the time of asking."""

    name: str
    state: ChildState
    pid: int | None
    started: float | None
    started_at: str | None
    restarts: int
    exit_code: int | None
    alive: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A supervisor: ``running`` is the truth of its lock, the rest what it last wrote."""

    running: bool
    ready: bool
    pid: int
    started: float
    started_at: str
    address: str
    children: tuple[ChildStatus, ...]

    @property
    def process(self) -> Seen:
        return Seen(pid=self.pid, started=self.started)


def lock_of(*, data: Path) -> Path:
    return data / "supervisor.lock"


def file_of(*, data: Path) -> Path:
    return data / "state.json"


def write_status(*, data: Path, status: Status) -> None:
    write_json(path=file_of(data=data), value={"format": FORMAT, **asdict(status)})


def read_status(*, data: Path) -> Status | None:
    """The supervisor of a data folder; None when none ever ran there."""
    facts = read_json(path=file_of(data=data))
    if facts is None or facts.get("format") != FORMAT:
        return None
    return Status(
        running=Lock(path=lock_of(data=data)).held_elsewhere(),
        ready=bool(facts["ready"]),
        pid=int(facts["pid"]),
        started=float(facts["started"]),
        started_at=str(facts["started_at"]),
        address=str(facts["address"]),
        children=tuple(_child(child) for child in facts["children"]),
    )


def _child(facts: Mapping[str, Any]) -> ChildStatus:
    pid, started = facts["pid"], facts["started"]
    alive = pid is not None and started is not None and Seen(pid=pid, started=started).alive()
    return ChildStatus(
        name=str(facts["name"]),
        state=ChildState(facts["state"]),
        pid=pid,
        started=started,
        started_at=facts["started_at"],
        restarts=int(facts["restarts"]),
        exit_code=facts["exit_code"],
        alive=alive,
    )
