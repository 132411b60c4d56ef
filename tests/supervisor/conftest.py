"""Real processes and real servers. As root every scenario also runs as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from acquit.supervisor import Cluster, temporary_cluster
from acquit.supervisor.accounts import account_of, can_run
from acquit.supervisor.layout import create_layout

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = Path(psycopg.__file__).parent.parent
PYTHONPATH = os.pathsep.join([str(REPOSITORY), str(PACKAGES)])
ORDINARY = "acquit_test_user"


def fast_folder() -> Path:
    """Memory where there is enough of it: most of the time of these tests is the disk's."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if enough and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


FAST = fast_folder()


@dataclass(frozen=True)
class Person:
    """Somebody who runs Python code with this installation of Acquit."""

    name: str
    uid: int
    gid: int
    python: str

    def popen(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        me = self.uid == os.geteuid()
        return subprocess.Popen(
            [self.python, "-c", code, *arguments],
            user=None if me else self.uid,
            group=None if me else self.gid,
            extra_groups=None if me else [],
            cwd="/",
            env={"PYTHONPATH": PYTHONPATH, "PATH": os.environ["PATH"], "HOME": "/tmp"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, code: str, *arguments: str) -> str:
        process = self.popen(code, *arguments)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return output.strip()


@pytest.fixture(scope="session")
def me() -> Person:
    account = account_of(uid=os.geteuid())
    return Person(account.name, account.uid, account.gid, sys.executable)


@pytest.fixture(scope="session")
def ordinary() -> Iterator[Person]:
    """An ordinary user made for the tests, with a Python he can reach."""
    if os.geteuid() != 0:
        pytest.skip("the tests already run as an ordinary user")
    try:
        pwd.getpwnam(ORDINARY)
        made = False
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", ORDINARY], check=True)
        made = True
    account = account_of(uid=pwd.getpwnam(ORDINARY).pw_uid)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [p for p in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}")
             if Path(p).exists() and can_run(account=account, program=Path(p))]  # fmt: skip
    if not found:
        pytest.skip(f"no {version} that another user than root can run")
    yield Person(account.name, account.uid, account.gid, found[0])
    if made:
        subprocess.run(["userdel", ORDINARY], check=False, capture_output=True)


@pytest.fixture(params=["me", "ordinary"])
def person(request: pytest.FixtureRequest) -> Person:
    who = request.getfixturevalue(request.param)
    assert isinstance(who, Person)
    return who


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder everybody may pass: pytest's own is closed to the server's user."""
    path = Path(tempfile.mkdtemp(prefix="acquit-test-", dir=FAST)).resolve()
    path.chmod(0o755)
    yield path
    for record in path.rglob("database.json"):
        Cluster.at(record.parent).erase()
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A durable data folder, set up and stopped: the tests take copies, setting up is slow."""
    path = Path(tempfile.mkdtemp(prefix="acquit-test-", dir=FAST)).resolve()
    path.chmod(0o755)
    cluster = Cluster.at(path / "data")
    create_layout(data=cluster.data, durable=True)
    with cluster.running_here():
        pass
    yield cluster.data
    shutil.rmtree(path)


@pytest.fixture
def cluster(folder: Path, prepared: Path) -> Cluster:
    """A durable database, stopped, in a folder of its own."""
    data = folder / "data"
    subprocess.run(["cp", "-a", str(prepared), str(data)], check=True)
    record = data / "database.json"
    record.write_text(record.read_text().replace(str(prepared), str(data)))
    return Cluster.at(data)


@pytest.fixture(scope="session")
def throw_away() -> Iterator[Cluster]:
    """One running throw-away database for all tests that only look at it."""
    with temporary_cluster(folder=FAST) as cluster:
        yield cluster
