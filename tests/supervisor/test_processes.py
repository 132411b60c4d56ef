"""Small parts: identities, locks, logs, files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acquit.supervisor import heard
from acquit.supervisor.configuration import quoted, shared_buffers_megabytes
from acquit.supervisor.processes import (
    Lock,
    Seen,
    last_lines,
    make_folder,
    read_json,
    shorten_log,
    write_json,
)


def test_a_zombie_and_a_reused_number_are_not_the_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    seen = Seen.of(pid=child.pid)
    assert seen is not None
    assert seen.alive()
    assert not Seen(pid=seen.pid, mark=f"{seen.mark}0").alive()
    child.kill()
    assert seen.gone_within(seconds=60), "a zombie counts as gone, before anybody reaped it"
    assert Seen.of(pid=child.pid) is None
    assert not seen.signal(0)
    child.communicate()


def test_the_lock_lives_as_long_as_the_last_heir(tmp_path: Path) -> None:
    lock = Lock(path=tmp_path / "lock")
    assert lock.take()
    heir = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()]
    )
    lock.free()
    assert lock.held_elsewhere()
    heir.communicate()
    assert not lock.held_elsewhere()


def test_log_keeps_three_old_copies_and_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        for round_number in range(5):
            writer.write(f"{round_number}" * 100)
            writer.flush()
            shorten_log(path=log, bytes_max=50)
        writer.write("now")
    assert log.read_text() == "now"
    olds = {path.name: path.read_text()[0] for path in tmp_path.glob("web.log.*")}
    assert olds == {"web.log.1": "4", "web.log.2": "3", "web.log.3": "2"}


def test_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_lines(path=log) == ""
    log.write_text("\n".join(str(n) for n in range(9000)))
    assert last_lines(path=log, count=2) == "8998\n8999"


def test_json_is_replaced_whole_and_private(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    write_json(path=file, value={"a": 1})
    write_json(path=file, value={"a": 2})
    assert read_json(path=file) == {"a": 2}
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["state.json"]
    file.write_text("{")
    assert read_json(path=file) is None


def test_existing_folders_keep_their_mode(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert make_folder(path=folder / "new", mode=0o711)
    assert (folder / "new").stat().st_mode & 0o777 == 0o711
    folder.chmod(0o705)
    assert not make_folder(path=folder, mode=0o700)
    assert folder.stat().st_mode & 0o777 == 0o705


@pytest.mark.parametrize(
    ("value", "line"), [("plain", "'plain'"), ("it's", "'it''s'"), ("a\\b", "'a\\\\b'")]
)
def test_quoted(value: str, line: str) -> None:
    assert quoted(value) == line


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(0.5, 128), (2, 256), (64, 512)])
def test_shared_buffers(gigabytes: float, megabytes: int) -> None:
    assert shared_buffers_megabytes(memory_bytes=int(gigabytes * 1024**3)) == megabytes


def goes_on_whatever_comes(after: list[str]) -> None:
    with heard():
        with contextlib.suppress(BaseException):
            signal.raise_signal(signal.SIGINT)
        after.append("the rest of the block")


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_is_heard_though_something_on_the_way_catches_everything() -> None:
    after: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        goes_on_whatever_comes(after)
    assert after == ["the rest of the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
