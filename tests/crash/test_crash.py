"""Processes and the database die without warning while they bill and send: nothing is lost, no
number is missing or given twice, every document is delivered once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from acquit.supervisor import Cluster
from tests.supervisor.conftest import FAST

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user may pass; pytest's own is closed to it."""
    path = Path(tempfile.mkdtemp(prefix="acquit-crash-", dir=FAST)).resolve()
    path.chmod(0o755)
    yield path
    for record in path.rglob("database.json"):
        Cluster.at(record.parent).erase()
    shutil.rmtree(path)


@pytest.mark.slow
def test_kills_lose_nothing_and_double_nothing(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.scenario", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    log = folder / "processes.log"
    print(done.stdout)
    ends = log.read_text()[-3000:] if log.exists() else ""
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}\n{ends}"
    assert "verified" in done.stdout
