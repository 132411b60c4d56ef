"""What the doctor says: judgements as tables, and one look at real servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acquit.supervisor import Cluster, backup, examine, examine_server
from acquit.supervisor.doctor import (
    check_archive,
    check_backup_age,
    check_free_space,
    check_modes,
    check_version,
    check_worker,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "ok"),
    [
        (180006, True),
        (180007, True),
        (180004, False),
        (170010, False),
        (170011, True),
        (140023, False),
        (190000, True),
    ],
)
def test_version(number: int, ok: bool) -> None:
    check = check_version(version_number=number, embedded=False)
    assert check.ok is ok
    assert bool(check.fix) is not ok
    # The server that Acquit brings is replaced by Acquit alone.
    assert check_version(version_number=number, embedded=True).ok


@pytest.mark.parametrize(
    ("free_gigabytes", "total_gigabytes", "ok"), [(10, 100, True), (1, 10, False), (3, 100, False)]
)
def test_free_space(free_gigabytes: int, total_gigabytes: int, ok: bool) -> None:
    check = check_free_space(
        path=Path("/data"), free_bytes=free_gigabytes << 30, total_bytes=total_gigabytes << 30
    )
    assert check.ok is ok


@pytest.mark.parametrize(
    ("mode", "forbidden", "fix"),
    [(0o700, 0o077, ""), (0o711, 0o022, ""), (0o777, 0o022, "chmod 0755 /data")],
)
def test_modes(mode: int, forbidden: int, fix: str) -> None:
    check = check_modes(path=Path("/data"), mode=mode, forbidden=forbidden)
    assert (check.ok, check.fix) == (not fix, fix)


@pytest.mark.parametrize(("hours", "ok"), [(1, True), (47, True), (49, False), (None, False)])
def test_backup_age(hours: int | None, ok: bool) -> None:
    taken_at = None if hours is None else NOW - timedelta(hours=hours)
    assert check_backup_age(taken_at=taken_at, now=NOW).ok is ok


@pytest.mark.parametrize(("seconds", "ok"), [(5, True), (61, False), (None, False)])
def test_worker(seconds: int | None, ok: bool) -> None:
    seen_at = None if seconds is None else NOW - timedelta(seconds=seconds)
    assert check_worker(seen_at=seen_at, now=NOW).ok is ok


def test_archive_names_the_segment() -> None:
    check = check_archive(failed_after_success=True, last_failed="000000010000000000000007")
    assert not check.ok
    assert "000000010000000000000007" in check.detail


def test_throw_away_server_is_found_unsafe(throw_away: Cluster) -> None:
    found = {check.name: check.ok for check in examine_server(url=throw_away.url(), embedded=True)}
    assert found["database"]
    assert found["data checksums"]
    assert not found["fsync"]
    assert not found["full page writes"]


def test_a_healthy_installation(cluster: Cluster, folder: Path) -> None:
    cluster.ensure_running()
    now = datetime.now(UTC)
    before = {c.name: c.ok for c in examine(data=cluster.data, worker_seen_at=None, now=now)}
    assert not before["last backup"]
    assert not before["worker"]
    backup(data=cluster.data, target=folder / "copy")
    found = {c.name: c for c in examine(data=cluster.data, worker_seen_at=now, now=now)}
    bad = [check for check in found.values() if not check.ok]
    # The version is judged by what is known outside; the disk is the computer's.
    assert {check.name for check in bad} <= {"server version", "free disk"}
    assert {"fsync", "log archive", "modes of cluster", "modes of run"} <= set(found)


def test_stopped_and_missing_databases_are_findings(cluster: Cluster, folder: Path) -> None:
    found = examine(data=cluster.data, worker_seen_at=None, now=NOW)
    assert found[0].name == "database"
    assert not found[0].ok
    missing = examine(data=folder, worker_seen_at=None, now=NOW)
    assert [check.ok for check in missing] == [False]
    assert list(folder.glob("*.json")) == []
