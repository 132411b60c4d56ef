"""Is the installation healthy? A list of checks, each with its meaning and what to do.

The functions that judge are pure: they take figures and give a ``Check``. ``examine`` collects
the figures of a data folder or of any other PostgreSQL server and calls them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg

from acquit.core.faults import Refused
from acquit.supervisor.backup import last_backup_at
from acquit.supervisor.cluster import Cluster
from acquit.supervisor.layout import Layout, read_layout

# Newest minor versions known when this was written, as named in update notes of projects that
# carry PostgreSQL (August 2026; not checked at its source).
NEWEST_MINORS = {18: 6, 17: 11, 16: 15, 15: 19}
NEWEST_MINORS_AS_OF = date(2026, 8, 13)
OLDEST_MAJOR = 15
FREE_BYTES_MIN = 2 * 1024**3
FREE_SHARE_MIN = 0.05
BACKUP_AGE_MAX = timedelta(days=2)
HEARTBEAT_AGE_MAX = timedelta(seconds=60)
CONNECT_SECONDS_MAX = 5
SETTINGS = ("server_version_num", "data_checksums", "fsync", "full_page_writes", "archive_timeout")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``detail``: what was found; ``meaning``: why it matters; ``fix``: what to do
    (empty when ``ok``)."""

    name: str
    ok: bool
    detail: str
    meaning: str
    fix: str


def _check(*, name: str, ok: bool, detail: str, meaning: str, fix: str) -> Check:
    return Check(name=name, ok=ok, detail=detail, meaning=meaning, fix="" if ok else fix)


def check_version(*, version_number: int, embedded: bool) -> Check:
    """Judge ``server_version_num`` (180004 is 18.4). The embedded server is the one that this
    release of Acquit brings: that a newer one is known is told, and is nobody's omission here.

    >>> check_version(version_number=180006, embedded=True).ok
    True
    >>> check_version(version_number=180004, embedded=False).detail
    '18.4; 18.6 is known since 2026-08-13 or earlier'
    >>> check_version(version_number=180004, embedded=True).detail
    '18.4; this release of Acquit brings it; 18.6 is known since 2026-08-13 or earlier'
    """
    major, minor = divmod(version_number, 10000)
    newest = NEWEST_MINORS.get(major)
    detail = f"{major}.{minor}" + ("; this release of Acquit brings it" if embedded else "")
    old = major < OLDEST_MAJOR or (newest is not None and minor < newest)
    if newest is not None and minor < newest:
        detail += f"; {major}.{newest} is known since {NEWEST_MINORS_AS_OF} or earlier"
    return _check(
        name="server version",
        ok=embedded or not old,
        detail=detail,
        meaning="minor versions close security holes and repair data-losing errors",
        fix="update the PostgreSQL server; the data stay as they are",
    )


def check_setting(*, name: str, value: str, meaning: str, fix: str) -> Check:
    return _check(
        name=name.replace("_", " "), ok=value == "on", detail=value, meaning=meaning, fix=fix
    )


def check_free_space(*, path: Path, free_bytes: int, total_bytes: int) -> Check:
    enough = free_bytes >= FREE_BYTES_MIN and free_bytes >= total_bytes * FREE_SHARE_MIN
    return _check(
        name="free disk",
        ok=enough,
        detail=f"{free_bytes / 1024**3:.1f} GB of {total_bytes / 1024**3:.1f} GB at {path}",
        meaning="a full disk stops every posting until there is room again",
        fix="make room or move the data folder to a larger disk; old backups are the usual cause",
    )


def check_modes(*, path: Path, mode: int, forbidden: int) -> Check:
    """``mode``: permission bits as found; ``forbidden``: bits that must not be set."""
    return _check(
        name=f"modes of {path.name}",
        ok=not mode & forbidden,
        detail=f"{mode & 0o777:04o} at {path}",
        meaning="other users of this computer must not read or change the books",
        fix=f"chmod {mode & 0o777 & ~forbidden:04o} {path}",
    )


def check_backup_age(*, taken_at: datetime | None, now: datetime) -> Check:
    age = now - taken_at if taken_at is not None else None
    detail = "none was ever made" if taken_at is None else f"{taken_at:%Y-%m-%d %H:%M} UTC"
    return _check(
        name="last backup",
        ok=age is not None and age <= BACKUP_AGE_MAX,
        detail=detail,
        meaning="what is not in a backup is lost with this disk",
        fix="acquit backup FOLDER, each day, on another disk",
    )


def check_archive(*, failed_after_success: bool, last_failed: str) -> Check:
    return _check(
        name="log archive",
        ok=not failed_after_success,
        detail=f"cannot archive {last_failed}" if failed_after_success else "no failure",
        meaning="without it a restore ends at the last backup, and the log fills the disk",
        fix="see logs/postgres.log: the wal folder must exist, be writable and have room",
    )


def check_worker(*, seen_at: datetime | None, now: datetime) -> Check:
    """``seen_at``: the newest heartbeat of any worker; None when there is none."""
    alive = seen_at is not None and now - seen_at <= HEARTBEAT_AGE_MAX
    seconds = 0 if seen_at is None else (now - seen_at).total_seconds()
    return _check(
        name="worker",
        ok=alive,
        detail="never seen" if seen_at is None else f"seen {seconds:.0f} s ago",
        meaning="without a worker nothing is sent, rendered or matched",
        fix="acquit up starts one; its log is logs/worker.log",
    )


def check_reachable(*, problem: str) -> Check:
    return _check(
        name="database",
        ok=not problem,
        detail=problem or "answers",
        meaning="nothing works without it",
        fix="acquit up; then logs/database.log and logs/postgres.log",
    )


def examine_server(*, url: str, embedded: bool) -> list[Check]:
    """The checks of a running server, embedded or not."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            rows = connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS)]
            ).fetchall()
            archiver = connection.execute(
                "SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'),"
                " false), coalesce(last_failed_wal, '') FROM pg_stat_archiver"
            ).fetchone()
    except psycopg.OperationalError as problem:
        return [check_reachable(problem=str(problem).strip())]
    found: Mapping[str, str] = {str(name): str(value) for name, value in rows}
    checks = [
        check_reachable(problem=""),
        check_version(version_number=int(found["server_version_num"]), embedded=embedded),
        check_setting(
            name="data_checksums",
            value=found["data_checksums"],
            meaning="without checksums a failing disk changes figures unseen",
            fix="stop the server and run pg_checksums --enable on it",
        ),
    ]
    for name in ("fsync", "full_page_writes"):
        checks.append(
            check_setting(
                name=name,
                value=found[name],
                meaning="without it a power cut loses or damages what was already confirmed",
                fix=f"set {name} = on and restart the server",
            )
        )
    if archiver is not None:
        checks.append(
            check_archive(failed_after_success=bool(archiver[0]), last_failed=str(archiver[1]))
        )
    return checks


def examine(*, data: Path, worker_seen_at: datetime | None, now: datetime) -> list[Check]:
    """All checks of a data folder with an embedded database. Starts and changes nothing."""
    data = data.expanduser().resolve()
    try:
        layout = read_layout(data=data)
    except Refused as refusal:
        return [check_reachable(problem=str(refusal))]
    if layout is None:
        return [check_reachable(problem=f"there is no database in {data}")]
    space = shutil.disk_usage(layout.home)
    return [
        *examine_server(url=Cluster.at(data).url(), embedded=True),
        check_free_space(path=layout.home, free_bytes=space.free, total_bytes=space.total),
        *_modes(layout=layout),
        check_backup_age(taken_at=last_backup_at(data=data), now=now),
        check_worker(seen_at=worker_seen_at, now=now),
    ]


def _modes(*, layout: Layout) -> list[Check]:
    """The data folder may be passed by the server's user (root's installation), never written."""
    found = {layout.data: 0o022, layout.home: 0o022, layout.cluster: 0o077, layout.run: 0o077}
    return [
        check_modes(path=path, mode=path.stat().st_mode, forbidden=forbidden)
        for path, forbidden in found.items()
        if path.exists()
    ]
