"""What a running supervisor writes down for ``acquit status``: ``<data>/state.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from acquit.supervisor.layout import CannotUseData
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
    mark: str | None
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
    mark: str
    started_at: str
    address: str
    children: tuple[ChildStatus, ...]

    @property
    def process(self) -> Seen:
        return Seen(pid=self.pid, mark=self.mark)


def lock_of(*, data: Path) -> Path:
    return data / "supervisor.lock"


def file_of(*, data: Path) -> Path:
    return data / "state.json"


def write_status(*, data: Path, status: Status) -> None:
    write_json(path=file_of(data=data), value={"format": FORMAT, **asdict(status)})


def read_status(*, data: Path) -> Status | None:
    """The supervisor of a data folder; None when none ever ran there."""
    try:
        facts = read_json(path=file_of(data=data))
    except PermissionError:
        raise CannotUseData.because(
            "data.not_yours",
            f"{data} may not be read by this user",
            path=str(data),
            fix="run as its owner or as root",
        ) from None
    if facts is None or facts.get("format") != FORMAT:
        return None
    return Status(
        running=Lock(path=lock_of(data=data)).held_elsewhere(),
        ready=bool(facts["ready"]),
        pid=int(facts["pid"]),
        mark=str(facts["mark"]),
        started_at=str(facts["started_at"]),
        address=str(facts["address"]),
        children=tuple(_child(child) for child in facts["children"]),
    )


def _child(facts: Mapping[str, Any]) -> ChildStatus:
    pid, mark = facts["pid"], facts["mark"]
    alive = pid is not None and mark is not None and Seen(pid=pid, mark=mark).alive()
    return ChildStatus(
        name=str(facts["name"]),
        state=ChildState(facts["state"]),
        pid=pid,
        mark=mark,
        started_at=facts["started_at"],
        restarts=int(facts["restarts"]),
        exit_code=facts["exit_code"],
        alive=alive,
    )
