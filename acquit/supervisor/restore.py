"""Restore a backup into a new data folder, to its end or to a point in time, and prove it."""

from __future__ import annotations

import os
import shlex
import shutil
import tarfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from acquit.core.faults import Refused
from acquit.supervisor.backup import (
    BASE,
    FILES,
    SEGMENT,
    WAL,
    Backup,
    CannotReadBackup,
    read_backup,
)
from acquit.supervisor.binaries import find_binaries, run_tool
from acquit.supervisor.cluster import Cluster, silent
from acquit.supervisor.configuration import quoted
from acquit.supervisor.layout import Layout, create_layout
from acquit.supervisor.postgres import Progress
from acquit.supervisor.processes import Lock

# What a running server leaves in its folder and must not find there when it starts elsewhere.
STRIPPED = ("postmaster.pid", "postmaster.opts", "*.lock", ".s.PGSQL.*", "*.signal")


class CannotRestore(Refused):
    """Nothing was restored; the target is as it was before."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored, stopped data folder whose every page was checked."""

    data: Path
    backup: Backup
    until: datetime | None
    seconds: float


def restore(
    *,
    backup: Path,
    data: Path,
    until: datetime | None = None,
    wal: Path | None = None,
    progress: Progress = silent,
) -> Restored:
    """Make a new database in ``data`` from a backup folder; it is left stopped.

    ``wal`` is the log archive of the original (``<its data>/wal``): with it everything archived
    after the backup is replayed, up to the moment ``until`` (an aware datetime) if given. The
    restored copy is started once, stopped, and every page of it is checked.
    """
    begun = time.monotonic()
    _refuse_odd_times(until=until, wal=wal)
    progress("checking the backup")
    made = read_backup(folder=backup.expanduser().resolve())
    cluster = Cluster.at(data)
    if cluster.exists():
        raise CannotRestore.because(
            "restore.target.used",
            f"there is already a database in {cluster.data}",
            path=str(cluster.data),
            fix="restore into a new folder, look at it, then use it instead of the old one",
        )
    fresh = not cluster.data.exists()
    _refuse_files_in_the_way(made=made, data=cluster.data)
    layout = create_layout(data=cluster.data, durable=True)
    try:
        _unpack(made=made, layout=layout, progress=progress)
        recovery = _recovery(layout=layout, until=until, wal=wal)
        progress("starting the restored database")
        with cluster.running_here(progress=progress, recovery=recovery):
            pass
        shutil.rmtree(_log_folder(layout=layout), ignore_errors=True)
        progress("checking every page")
        run_tool(
            program=find_binaries(account=layout.account).program("pg_checksums"),
            arguments=["--check", f"--pgdata={layout.cluster}"],
            account=layout.account,
            folder=layout.home,
        )
        unpack(archive=made.folder / FILES, folder=cluster.data)
    except BaseException:
        cluster.erase()
        if fresh:
            shutil.rmtree(cluster.data)
        raise
    return Restored(data=cluster.data, backup=made, until=until, seconds=time.monotonic() - begun)


def _refuse_odd_times(*, until: datetime | None, wal: Path | None) -> None:
    if until is not None and until.tzinfo is None:
        raise CannotRestore.because(
            "restore.until.zone", "the moment has no time zone", fix="add one: ...T12:00:00+00:00"
        )
    if until is not None and wal is None:
        raise CannotRestore.because(
            "restore.wal.missing",
            "a restore to a moment after the backup needs the log archive",
            fix="name the wal folder of the original data folder",
        )
    if wal is not None and not wal.is_dir():
        raise CannotRestore.because("restore.wal.missing", f"{wal} is not a folder", path=str(wal))


def _unpack(*, made: Backup, layout: Layout, progress: Progress) -> None:
    lock = Lock(path=layout.lock)
    if not lock.take_within(seconds=1.0):
        raise CannotRestore.because(
            "restore.target.busy", f"another process works on {layout.data}", path=str(layout.data)
        )
    try:
        progress("unpacking the database")
        new = layout.home / "cluster.new"
        if new.exists():
            shutil.rmtree(new)
        new.mkdir(mode=0o700)
        for name, folder in ((BASE, new), (WAL, new / "pg_wal")):
            unpack(archive=made.folder / name, folder=folder)
        for pattern in STRIPPED:
            for path in new.glob(pattern):
                path.unlink()
        _hand_over(folder=new, layout=layout)
        new.rename(layout.cluster)
    finally:
        lock.free()


def _hand_over(*, folder: Path, layout: Layout) -> None:
    """PostgreSQL wants its files for its user alone."""
    owner = layout.account
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if not owner.is_me:
            os.chown(path, owner.uid, owner.gid)


def _log_folder(*, layout: Layout) -> Path:
    return layout.home / "restore-wal"


def _recovery(*, layout: Layout, until: datetime | None, wal: Path | None) -> str:
    """Copy the log where the server's user can read it; the lines that make it be replayed."""
    if wal is None:
        return ""
    copy = _log_folder(layout=layout)
    copy.mkdir(mode=0o700)
    for path in wal.iterdir():
        if SEGMENT.match(path.name) or path.suffix in (".history", ".gz"):
            shutil.copyfile(path, copy / path.name)
    _hand_over(folder=copy, layout=layout)
    asked = layout.cluster / "recovery.signal"
    asked.touch(mode=0o600)
    _hand_over(folder=asked, layout=layout)
    script, folder = (
        shlex.quote(str(path)).replace("%", "%%") for path in (layout.conf / "restore.sh", copy)
    )
    lines = {
        "restore_command": quoted(f"/bin/sh {script} '%f' '%p' {folder}"),
        "recovery_target_action": "'promote'",
        # No connection before the end is reached: ready means restored.
        "hot_standby": "off",
    }
    if until is not None:
        moment = until.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        lines["recovery_target_time"] = quoted(moment)
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def _refuse_files_in_the_way(*, made: Backup, data: Path) -> None:
    with tarfile.open(made.folder / FILES, "r:gz") as archive:
        names = [member.name for member in archive if not member.isdir()]
    for name in names:
        if (data / name).exists():
            raise CannotRestore.because(
                "restore.file.exists",
                f"{name} is already there",
                path=str(data / name),
                fix="restore into a new folder",
            )


def unpack(*, archive: Path, folder: Path) -> None:
    """Unpack files and folders, nothing else and nowhere else; no owner, no special mode.

    By hand, because the filters of ``tarfile`` are missing in Python 3.11 before 3.11.4.
    """
    with tarfile.open(archive, "r:gz") as members:
        for member in members:
            name = PurePosixPath(member.name)
            target = folder / name
            content = members.extractfile(member) if member.isreg() else None
            if name.is_absolute() or ".." in name.parts or not (content or member.isdir()):
                raise CannotReadBackup.because(
                    "backup.member",
                    f"{archive.name} holds {member.name}, which does not belong in a backup",
                    path=str(archive),
                    fix="use another backup; this one was not written by Acquit",
                )
            if content is None:
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file, 1024 * 1024)
            target.chmod(member.mode & 0o755)
