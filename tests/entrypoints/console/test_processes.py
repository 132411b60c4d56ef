"""Commands about the installation itself, typed as a person types them."""

from __future__ import annotations

import doctest
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.db import connection

from acquit.entrypoints.console import processes, serving, shared
from acquit.supervisor import Cluster
from acquit.supervisor.processes import Lock
from acquit.supervisor.state import lock_of
from tests.docs.sessions import fresh_machine


def typed(*words: str, database: str = "") -> tuple[int, str, str]:
    """Exit code, standard output and messages of ``acquit WORDS`` in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ACQUIT_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-m", "acquit.entrypoints.console.main", *words],
        env=kept | ({"DATABASE_URL": database} if database else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def database_url() -> str:
    """The address of the database of this test run."""
    found = connection.settings_dict
    user = ":".join(quote(found[part], safe="") for part in ("USER", "PASSWORD") if found[part])
    host, port = quote(found["HOST"], safe=""), found["PORT"]
    return f"postgres://{user}@{host}{f':{port}' if port else ''}/{found['NAME']}"


@pytest.mark.django_db
def test_the_doctor_looks_at_a_server_of_yours(tmp_path: Path) -> None:
    words = ("doctor", "--json", "--data", str(tmp_path / "data"))
    code, out, messages = typed(*words, database=database_url())
    assert "Traceback" not in messages
    answer = json.loads(out)
    checks = {check["name"]: check for check in answer["checks"]}
    assert {"database", "tables", "second wall", "jobs"} <= set(checks)
    assert checks["tables"]["ok"], checks["tables"]
    assert code == (0 if answer["ok"] else 1)


def test_a_server_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    code, out, messages = typed("doctor", "--data", str(tmp_path), database=nowhere)
    assert (code, out) == (1, "")
    assert "Traceback" not in messages
    assert messages.startswith("DATABASE_URL: the database does not answer: ")


@pytest.mark.slow
def test_an_installation_is_looked_at_and_removed(tmp_path: Path) -> None:
    with fresh_machine() as machine:
        data = machine.folder / "acquit-data"
        machine.type("acquit init --toml examples/files/company.toml")
        looked = json.loads(machine.type("acquit doctor --json || true"))
        checks = {check["name"]: check["ok"] for check in looked["checks"]}
        assert checks["database"]
        assert checks["tables"]
        assert not checks["worker"], "none was started"
        said = machine.type("acquit status || true")
        assert said.splitlines()[1:] == ["serving   no", "database  running"]
        for name in ("secret_key", "state.json", "backups.json"):
            (data / name).touch()
        (data / "mine.txt").write_text("kept")
        said = machine.type("acquit reset --yes")
        assert said.endswith("there is also: mine.txt\n")
        assert [entry.name for entry in data.iterdir()] == ["mine.txt"]
        (data / "mine.txt").unlink()
        assert machine.type("acquit reset --yes").endswith(" is empty.\n")
        assert list(data.iterdir()) == []


@pytest.mark.parametrize("command", ["demo", "up"])
def test_a_folder_in_use_is_refused_before_anything_starts(tmp_path: Path, command: str) -> None:
    lock = Lock(path=lock_of(data=tmp_path))
    assert lock.take_within(seconds=1)
    code, out, messages = typed(command, "--data", str(tmp_path), "--port", "8499")
    lock.free()
    assert (code, out) == (4, "")
    assert "already running" in messages
    assert "starting" not in messages


@pytest.mark.slow
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    words = (
        sys.executable,
        "-m",
        "acquit.entrypoints.console.main",
        "up",
        "--port",
        str(processes._free_port(0)),
    )
    up = subprocess.Popen(
        [*words, "--data", data],
        env=kept,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert up.stderr is not None
        assert up.stderr.readline() == "starting the database\n"
        # The command, the pages that load, the keeper of the database.
        while len(seen := using(data)) < 3:
            assert up.poll() is None
            time.sleep(0.02)
        os.killpg(up.pid, signal.SIGINT)
        assert up.wait(timeout=120) != 0  # the database has a minute to end
        _, alive = psutil.wait_procs(seen, timeout=60)
        assert alive == []
        assert using(data) == []
    finally:
        up.kill()
        Cluster.at(data).erase()


def using(data: str) -> list[psutil.Process]:
    """Processes that name this folder, in their words or their environment."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        told = [
            *(process.info["cmdline"] or []),
            (process.info["environ"] or {}).get("ACQUIT_DATA"),
        ]
        if data in told:
            found.append(process)
    return found


def test_what_runs_is_told_once_and_since_when() -> None:
    since = "2026-03-02T09:15:04+00:00"
    children = [
        {"name": name, "state": "running", "pid": pid, "since": since, "restarts": 0}
        for pid, name in enumerate(("database", "web"), 7)
    ]
    answer = {
        "data": "/home/you/books",
        "running": True,
        "address": "http://127.0.0.1:8400",
        "since": since,
        "database": True,
        "processes": children,
    }
    assert processes._status_text(answer).splitlines() == [
        "data      /home/you/books",
        "serving   http://127.0.0.1:8400, since 2026-03-02 09:15:04 UTC",
        "database  running (pid 7, since 2026-03-02 09:15:04 UTC)",
        "web       running (pid 8, since 2026-03-02 09:15:04 UTC)",
    ]
    assert doctest.testmod(processes).failed == 0


def test_commands_to_type_next_work_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = Path(sys.executable).parent
    monkeypatch.chdir(scripts.parent)
    monkeypatch.setattr(shared, "_SHELLS_FOLDER", tmp_path / "default")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert shared.command_line("up", tmp_path / "default") == f"{scripts.name}/acquit up"
    named = shared.command_line("reset --yes", tmp_path / "my books")
    assert named == f"{scripts.name}/acquit reset --yes --data '{tmp_path}/my books'"
    help_text = subprocess.run([*named.split()[:2], "--help"], capture_output=True, check=True)
    assert help_text.stdout
    monkeypatch.setenv("PATH", f"{scripts}:/usr/bin:/bin")
    assert shared.command_line("up", tmp_path / "default") == "acquit up"


def test_the_last_words_of_a_start_name_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    serving._tell("ready", "http://127.0.0.1:8400", tmp_path)
    assert f"acquit reset --yes --data {tmp_path}" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "postgres://acquit:secret@db.example:5432/books")
    serving._tell("ready", "http://127.0.0.1:8400", tmp_path)
    said = capsys.readouterr().err
    assert "data stay in db.example:5432/books." in said
    assert "reset" not in said and "secret" not in said


def test_a_reset_without_a_clear_yes_waits_and_keeps_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    kept = tmp_path / "data" / "kept"
    kept.parent.mkdir()
    kept.write_text("here")
    code, out, messages = typed("reset", "--json", "--data", str(kept.parent))
    assert (code, kept.read_text()) == (5, "here")
    assert json.loads(out)["refused"][0]["code"] == "reset.confirm"
    assert "reset --yes" in messages
    words = ("reset", "--yes", "--json", "--data", str(kept.parent))
    code, out, _messages = typed(*words, database="postgres://db.example/books")
    assert (code, kept.read_text()) == (5, "here")
    assert json.loads(out)["refused"][0]["code"] == "reset.server"
