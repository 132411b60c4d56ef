"""Backups: a base backup with its own log, the other files of the data folder, and their digests.

A backup folder holds ``base.tar.gz`` and ``pg_wal.tar.gz`` (written by pg_basebackup, which
checks every page on the way), ``files.tar.gz`` (documents and settings of the data folder) and
``backup.json`` (what it is, and the SHA-256 of each file). The files are read after the database,
so whatever the database mentions is among them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from acquit.core.faults import Refused
from acquit.supervisor.binaries import find_binaries, run_tool
from acquit.supervisor.cluster import Cluster, silent
from acquit.supervisor.configuration import ADMIN
from acquit.supervisor.layout import Layout, record_of
from acquit.supervisor.postgres import Progress, connect, conninfo
from acquit.supervisor.processes import read_json, write_json
from acquit.supervisor.state import file_of, lock_of

FORMAT = 1
FACTS = "backup.json"
BASE, WAL, FILES = "base.tar.gz", "pg_wal.tar.gz", "files.tar.gz"
BACKUPS_KEPT_IN_ARCHIVE = 2
# A segment, or the note of a backup that began in it.
SEGMENT = re.compile(r"^[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?(\.gz)?$")
RELOAD_SECONDS_MAX = 10.0


class CannotBackUp(Refused):
    """The backup was not made; nothing is left at the target."""


class CannotReadBackup(Refused):
    """The folder is not a backup, or not the one that was written."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. ``start_segment``: the first log segment it needs from the archive;
    ``digests``: file name -> SHA-256 in hexadecimal."""

    folder: Path
    taken_at: datetime
    server_version: str
    start_segment: str
    size_bytes: int
    digests: dict[str, str]


def backup(*, data: Path, target: Path, progress: Progress = silent) -> Backup:
    """Write a backup of a data folder into the new folder ``target``, running or stopped.

    The first backup also switches on the archive of write-ahead log in ``<data>/wal``, unless
    somebody decided otherwise (``Cluster.set_archiving``): log is only worth keeping on top of a
    backup. Log older than the second newest backup is removed.
    """
    cluster, target = Cluster.at(data), target.expanduser().resolve()
    layout = cluster.layout()
    if not layout.durable:
        raise CannotBackUp.because(
            "backup.throw_away",
            f"the database in {cluster.data} is a throw-away one for tests",
            path=str(cluster.data),
        )
    part = _new_folder(target=target, data=cluster.data)
    try:
        if layout.archiving is None:
            cluster.set_archiving(on=True)
        with cluster.reachable(progress=progress) as layout:
            _wait_for_archive_setting(layout=layout)
            progress("copying the database")
            version = _base_backup(layout=layout, part=part)
        progress("copying the other files")
        _pack_files(data=cluster.data, part=part)
        progress("computing digests")
        made = _finish(part=part, target=target, version=version)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _remember(data=cluster.data, made=made)
    prune_archive(layout=layout)
    return made


def _new_folder(*, target: Path, data: Path) -> Path:
    if target.is_relative_to(data):
        raise CannotBackUp.because(
            "backup.target.inside",
            f"{target} is inside the data folder, and would be lost with it",
            path=str(target),
            fix="name a folder outside, best on another disk",
        )
    if target.exists():
        raise CannotBackUp.because(
            "backup.target.exists",
            f"{target} already exists",
            path=str(target),
            fix="name a folder that does not exist yet; a backup never overwrites another",
        )
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
    except FileExistsError:
        raise CannotBackUp.because(
            "backup.target.unfinished",
            f"{part} is another backup that runs, or one that was cut off",
            path=str(part),
            fix="wait for it, or remove this folder",
        ) from None
    except OSError as problem:
        raise CannotBackUp.because(
            "backup.target.unusable", f"{target}: {problem.strerror}", path=str(target)
        ) from None
    return part


def _wait_for_archive_setting(*, layout: Layout) -> None:
    """A changed setting reaches a running server a moment after it was asked to read it again."""
    wanted = "0" if not layout.archiving else "60"
    deadline = time.monotonic() + RELOAD_SECONDS_MAX
    while time.monotonic() < deadline:
        with connect(layout=layout, role=ADMIN) as connection:
            row = connection.execute(
                "SELECT setting FROM pg_settings WHERE name = 'archive_timeout'"
            ).fetchone()
        if row is not None and str(row[0]) == wanted:
            return
        time.sleep(0.1)
    raise CannotBackUp.because(
        "backup.archive.setting",
        "the server did not take over the setting of the log archive",
        path=str(layout.configuration),
        fix="remove archive_timeout from local.conf beside it, or restart the database",
    )


def _base_backup(*, layout: Layout, part: Path) -> str:
    """Run pg_basebackup as this user (root included) and return the server's version."""
    with connect(layout=layout, role=ADMIN) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None, "SHOW returns one row"
    binaries = find_binaries(account=layout.account)
    run_tool(
        program=binaries.program("pg_basebackup"),
        arguments=[
            f"--dbname={conninfo(layout=layout, role=ADMIN)}",
            f"--pgdata={part}",
            "--format=tar",
            "--wal-method=stream",
            "--compress=client-gzip:level=1",
            "--checkpoint=fast",
            "--label=acquit",
            "--no-password",
        ],
        account=None,
        folder=part,
    )
    return str(row[0])


def _pack_files(*, data: Path, part: Path) -> None:
    """Everything in the data folder that is not the database's own or of the moment."""
    ours = {
        data / "postgres",
        data / "wal",
        data / "logs",
        data / "backups.json",
        record_of(data=data),
        file_of(data=data),
        lock_of(data=data),
    }

    def wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return member if member.isreg() or member.isdir() else None

    with tarfile.open(part / FILES, "w:gz", compresslevel=1) as archive:
        for path in sorted(data.iterdir()):
            if path not in ours:
                archive.add(path, arcname=path.name, filter=wanted)


def _finish(*, part: Path, target: Path, version: str) -> Backup:
    files = [path for path in sorted(part.iterdir()) if path.is_file()]
    made = Backup(
        folder=target,
        taken_at=datetime.now(UTC),
        server_version=version,
        start_segment=_start_segment(base=part / BASE),
        size_bytes=sum(path.stat().st_size for path in files),
        digests={path.name: _digest(path=path) for path in files},
    )
    for path in files:
        _flush(path=path)
    facts = {**asdict(made), "format": FORMAT, "taken_at": made.taken_at.isoformat()}
    del facts["folder"]
    write_json(path=part / FACTS, value=facts)
    part.rename(target)
    _flush(path=target.parent)
    return made


def _start_segment(*, base: Path) -> str:
    with tarfile.open(base, "r:gz") as archive:
        label = archive.extractfile("backup_label")
        assert label is not None, "pg_basebackup writes a backup_label"
        found = re.search(rb"\(file ([0-9A-F]{24})\)", label.read())
    assert found is not None, "the label names the first segment"
    return found.group(1).decode("ascii")


def _digest(*, path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(*, path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read_backup(*, folder: Path) -> Backup:
    """Read the facts of a backup and check every digest; names the first file that differs."""
    facts = read_json(path=folder / FACTS)
    if facts is None or facts.get("format") != FORMAT:
        raise CannotReadBackup.because(
            "backup.unknown",
            f"{folder} holds no backup this version can read",
            path=str(folder / FACTS),
            fix="name the folder that `acquit backup` wrote",
        )
    made = Backup(
        folder=folder,
        taken_at=datetime.fromisoformat(facts["taken_at"]),
        server_version=str(facts["server_version"]),
        start_segment=str(facts["start_segment"]),
        size_bytes=int(facts["size_bytes"]),
        digests={str(name): str(digest) for name, digest in facts["digests"].items()},
    )
    for name, digest in made.digests.items():
        path = folder / name
        if not path.is_file() or _digest(path=path) != digest:
            raise CannotReadBackup.because(
                "backup.damaged",
                f"{name} is missing or not as it was written",
                path=str(path),
                fix="use another backup; this one was damaged after it was made",
            )
    return made


def _remember(*, data: Path, made: Backup) -> None:
    file = data / "backups.json"
    known = (read_json(path=file) or {"backups": []})["backups"]
    entry = {
        "folder": str(made.folder),
        "taken_at": made.taken_at.isoformat(),
        "start_segment": made.start_segment,
        "size_bytes": made.size_bytes,
    }
    write_json(path=file, value={"backups": [*known, entry]})


def last_backup_at(*, data: Path) -> datetime | None:
    """When the newest backup of this data folder was taken; None when there is none."""
    known = (read_json(path=data / "backups.json") or {"backups": []})["backups"]
    return max((datetime.fromisoformat(entry["taken_at"]) for entry in known), default=None)


def prune_archive(*, layout: Layout) -> int:
    """Remove archived log no kept backup needs; returns the number of segments removed."""
    known = (read_json(path=layout.data / "backups.json") or {"backups": []})["backups"]
    if not known:
        return 0
    # The first eight digits are the timeline; log is ordered by the rest.
    oldest = min(str(entry["start_segment"])[8:] for entry in known[-BACKUPS_KEPT_IN_ARCHIVE:])
    old = [
        path
        for path in layout.wal.iterdir()
        if SEGMENT.match(path.name) and path.name[8:24] < oldest
    ]
    for path in old:
        path.unlink()
    return len(old)
