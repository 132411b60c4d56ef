"""Backups come back equal, damaged ones are refused, and nothing existing is overwritten."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from acquit.supervisor import (
    CannotReadBackup,
    CannotRunDatabase,
    Cluster,
    backup,
    last_backup_at,
    read_backup,
    restore,
)
from acquit.supervisor.backup import CannotBackUp
from acquit.supervisor.configuration import ARCHIVE_SCRIPT
from acquit.supervisor.restore import CannotRestore, unpack

from .conftest import Person

ROWS = 20000
DIGEST = "SELECT count(*), md5(string_agg(id || text, ',' ORDER BY id)) FROM book"

ROUND_TRIP = """
import sys, psycopg
from pathlib import Path
from acquit.supervisor import Cluster, backup, restore
base = Path(sys.argv[1])
cluster = Cluster.at(base / "data")
with psycopg.connect(cluster.ensure_running()) as c:
    c.execute("CREATE TABLE book AS SELECT g AS id, md5(g::text) AS text "
              "FROM generate_series(1, 20000) g")
    before = c.execute(sys.argv[2]).fetchone()
(base / "data" / "documents").mkdir()
(base / "data" / "documents" / "a.pdf").write_bytes(b"%PDF")
backup(data=base / "data", target=base / "copies" / "monday")
cluster.stop()
restore(backup=base / "copies" / "monday", data=base / "again")
again = Cluster.at(base / "again")
assert not again.is_running()
with psycopg.connect(again.ensure_running()) as c:
    after = c.execute(sys.argv[2]).fetchone()
    c.execute("CREATE TABLE more (id int)")
again.stop()
assert (base / "again" / "documents" / "a.pdf").read_bytes() == b"%PDF"
print(before == after, after[0])
"""


@pytest.fixture
def book(cluster: Cluster) -> Iterator[Cluster]:
    """A running database with a table to compare."""
    with psycopg.connect(cluster.ensure_running()) as connection:
        connection.execute(
            "CREATE TABLE book AS SELECT g AS id, md5(g::text) AS text "
            "FROM generate_series(1, %s) g",
            [ROWS],
        )
    yield cluster
    cluster.stop()


def digest(cluster: Cluster) -> object:
    with cluster.reachable(), psycopg.connect(cluster.url()) as connection:
        return connection.execute(DIGEST).fetchone()


def test_backup_and_restore_are_equal(person: Person, folder: Path) -> None:
    os.chown(folder, person.uid, person.gid)
    assert person.run(ROUND_TRIP, str(folder), DIGEST) == f"True {ROWS}"
    copies = folder / "copies" / "monday"
    assert sorted(path.name for path in copies.iterdir()) == [
        "backup.json",
        "backup_manifest",
        "base.tar.gz",
        "files.tar.gz",
        "pg_wal.tar.gz",
    ]
    assert copies.stat().st_mode & 0o077 == 0


def test_restore_to_a_moment_brings_deleted_rows_back(book: Cluster, folder: Path) -> None:
    made = backup(data=book.data, target=folder / "copy")
    assert last_backup_at(data=book.data) == made.taken_at
    with psycopg.connect(book.url(), autocommit=True) as connection:
        connection.execute("INSERT INTO book VALUES (0, 'after the backup')")
        expected = digest(book)
        time.sleep(0.05)
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        moment = row[0]
        time.sleep(0.05)
        connection.execute("DELETE FROM book")
    with psycopg.connect(book.admin_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
        deadline = time.monotonic() + 60
        while connection.execute("SELECT last_archived_wal > %s FROM pg_stat_archiver",
                                 [made.start_segment]).fetchone() != (True,):  # fmt: skip
            assert time.monotonic() < deadline, "the log is not archived"
            time.sleep(0.1)
    past = Cluster.at(folder / "past")
    restore(backup=folder / "copy", data=past.data, until=moment, wal=book.data / "wal")
    assert digest(past) == expected
    end = Cluster.at(folder / "end")
    restore(backup=folder / "copy", data=end.data, wal=book.data / "wal")
    assert digest(end) == (0, None)
    future = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(CannotRunDatabase, match="before configured recovery target"):
        restore(backup=folder / "copy", data=folder / "no", until=future, wal=book.data / "wal")
    assert not (folder / "no").exists()


def test_backup_of_a_stopped_database_leaves_it_stopped(cluster: Cluster, folder: Path) -> None:
    backup(data=cluster.data, target=folder / "copy")
    assert not cluster.is_running()
    assert cluster.server() is None


def test_archive_keeps_what_the_last_two_backups_need(book: Cluster, folder: Path) -> None:
    starts = []
    for name in ("one", "two", "three"):
        starts.append(backup(data=book.data, target=folder / name).start_segment)
    kept = {path.name[:24] for path in (book.data / "wal").iterdir()}
    assert starts[0] not in kept
    assert min(kept) >= starts[1]
    book.set_archiving(on=False)
    backup(data=book.data, target=folder / "four")
    with psycopg.connect(book.url()) as connection:
        assert connection.execute("SHOW archive_timeout").fetchone() == ("0",)
    assert book.layout().archiving is False


@pytest.fixture
def copy(cluster: Cluster, folder: Path) -> Path:
    backup(data=cluster.data, target=folder / "copy")
    return folder / "copy"


def test_damage_is_found_before_anything_is_restored(copy: Path, folder: Path) -> None:
    base = copy / "base.tar.gz"
    content = bytearray(base.read_bytes())
    content[len(content) // 2] ^= 1
    base.write_bytes(content)
    with pytest.raises(CannotReadBackup, match=r"base\.tar\.gz is missing or not as"):
        restore(backup=copy, data=folder / "again")
    assert not (folder / "again").exists()
    base.unlink()
    with pytest.raises(CannotReadBackup, match=r"base\.tar\.gz is missing"):
        read_backup(folder=copy)
    with pytest.raises(CannotReadBackup, match="holds no backup"):
        read_backup(folder=folder)


def test_nothing_that_exists_is_overwritten(cluster: Cluster, copy: Path, folder: Path) -> None:
    before = (copy / "backup.json").read_text()
    with pytest.raises(CannotBackUp, match="already exists"):
        backup(data=cluster.data, target=copy)
    with pytest.raises(CannotBackUp, match="inside the data folder"):
        backup(data=cluster.data, target=cluster.data / "copies" / "x")
    (folder / ".busy.part").mkdir()
    with pytest.raises(CannotBackUp, match="another backup that runs"):
        backup(data=cluster.data, target=folder / "busy")
    assert (copy / "backup.json").read_text() == before
    with pytest.raises(CannotRestore, match="already a database"):
        restore(backup=copy, data=cluster.data)


def test_files_in_the_way_stop_a_restore(cluster: Cluster, folder: Path) -> None:
    (cluster.data / "settings.toml").write_text("a = 1\n")
    backup(data=cluster.data, target=folder / "copy")
    target = folder / "target"
    target.mkdir()
    (target / "settings.toml").write_text("mine\n")
    with pytest.raises(CannotRestore, match=r"settings\.toml is already there"):
        restore(backup=folder / "copy", data=target)
    assert [path.name for path in target.iterdir()] == ["settings.toml"]


def test_a_failed_backup_leaves_nothing_at_the_target(cluster: Cluster, folder: Path) -> None:
    (cluster.layout().cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotRunDatabase):
        backup(data=cluster.data, target=folder / "copy")
    assert not (folder / "copy").exists()
    assert not (folder / ".copy.part").exists()
    assert last_backup_at(data=cluster.data) is None


@pytest.mark.parametrize("name", ["../out", "/tmp/acquit-out", "a/../../out"])
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "files.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        member = tarfile.TarInfo(name)
        member.size = 1
        members.addfile(member, io.BytesIO(b"x"))
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(CannotReadBackup, match="does not belong"):
        unpack(archive=archive, folder=target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files.tar.gz", "target"]


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "files.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        members.addfile(member)
    with pytest.raises(CannotReadBackup, match="does not belong"):
        unpack(archive=archive, folder=tmp_path)


def test_a_throw_away_database_is_not_backed_up(throw_away: Cluster, folder: Path) -> None:
    with pytest.raises(CannotBackUp, match="throw-away"):
        backup(data=throw_away.data, target=folder / "copy")
    assert list(folder.iterdir()) == []


def test_moments_need_a_zone_and_a_log(folder: Path) -> None:
    with pytest.raises(CannotRestore, match="no time zone"):
        restore(backup=folder, data=folder / "a", until=datetime(2026, 11, 21), wal=folder)
    with pytest.raises(CannotRestore, match="needs the log archive"):
        restore(backup=folder, data=folder / "a", until=datetime(2026, 11, 21, tzinfo=UTC))


def test_pages_changed_on_disk_are_found(cluster: Cluster, folder: Path) -> None:
    """A copy whose digests fit but whose pages were already bad: the page check finds it."""
    with psycopg.connect(cluster.ensure_running()) as connection:
        connection.execute("CREATE TABLE big AS SELECT g FROM generate_series(1, 5000) g")
        row = connection.execute("SELECT pg_relation_filepath('big')").fetchone()
    assert row is not None
    cluster.stop()
    made = backup(data=cluster.data, target=folder / "copy")
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    base = folder / "copy" / "base.tar.gz"
    subprocess.run(["tar", "xzf", str(base), "-C", str(unpacked)], check=True)
    file = unpacked / str(row[0])
    content = bytearray(file.read_bytes())
    content[5000] ^= 255
    file.write_bytes(content)
    subprocess.run(["tar", "czf", str(base), "-C", str(unpacked), "."], check=True)
    shutil.rmtree(unpacked)
    facts = json.loads((folder / "copy" / "backup.json").read_text())
    new = subprocess.run(["sha256sum", str(base)], check=True, capture_output=True, text=True)
    facts["digests"]["base.tar.gz"] = new.stdout.split()[0]
    (folder / "copy" / "backup.json").write_text(json.dumps(facts))
    assert made.digests != facts["digests"]
    with pytest.raises(CannotRunDatabase, match="checksum verification failed"):
        restore(backup=folder / "copy", data=folder / "again")
    assert not (folder / "again").exists()


def test_archive_script_never_replaces_a_segment(tmp_path: Path) -> None:
    script = tmp_path / "archive.sh"
    script.write_text(ARCHIVE_SCRIPT)
    wal = tmp_path / "it's a wal % folder"
    wal.mkdir()

    def archive(content: bytes) -> int:
        segment = tmp_path / "segment"
        segment.write_bytes(content)
        command = ["/bin/sh", str(script), str(segment), "0" * 24, str(wal)]
        return subprocess.run(command, check=False).returncode

    assert archive(b"first") == 0
    names = [path.name for path in wal.iterdir()]
    before = (wal / names[0]).read_bytes()
    assert archive(b"first") == 0
    assert archive(b"other") != 0
    assert [path.name for path in wal.iterdir()] == names
    assert (wal / names[0]).read_bytes() == before
