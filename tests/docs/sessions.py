"""Sessions pasted into documents, typed again and compared with what was pasted.

A session is a fenced block marked ``console``: lines after ``$ `` are typed into a shell at the
root of the repository, the lines below them are what appeared on standard output. Nothing is
normalised: the commands give their own dates. ``ACQUIT_REWRITE_GOLDEN=1`` pastes anew.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
COMMAND_SECONDS_MAX = 300
# The port and the home of the documents; here any free port and a folder of the test's own.
MAIL_PORT_SHOWN = "2525"
HOME_SHOWN = "/home/you"


@dataclass(frozen=True)
class Machine:
    """A machine on which Acquit was just installed: an empty data folder, a mail server."""

    folder: Path
    mail_port: int

    def type(self, command: str) -> str:
        """Standard output of a command; fails with its messages when it does not succeed."""
        typed = command.replace(MAIL_PORT_SHOWN, str(self.mail_port))
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout.replace(str(self.folder), HOME_SHOWN)

    def _environment(self) -> dict[str, str]:
        dropped = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in dropped and not name.startswith("ACQUIT_")
        }
        scripts = Path(sys.executable).parent
        return kept | {
            "HOME": str(self.folder),
            "ACQUIT_DATA": str(self.folder / "acquit-data"),
            "PATH": f"{scripts}:{kept['PATH']}",
            "COLUMNS": "100",
        }


@contextmanager
def fresh_machine() -> Iterator[Machine]:
    """An installation of its own, stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="acquit-docs-"))
    folder.chmod(0o755)  # the database's own user has to reach the data folder inside
    mail = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    mail.start()
    machine = Machine(folder=folder, mail_port=mail.port)
    try:
        yield machine
        machine.type("acquit reset --yes")
    finally:
        machine.type("acquit down")
        mail.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def replay(machine: Machine, document: Path) -> None:
    """Type every session of a document. Each answer must be the one that was pasted."""
    before = document.read_text("utf-8")
    sessions = BLOCK.findall(before)
    assert sessions, f"{document} has no session"
    after = BLOCK.sub(lambda found: f"```console\n{_typed(machine, found[1])}```", before)
    if os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1":
        document.write_text(after, "utf-8")
        return
    assert after == before


def _typed(machine: Machine, session: str) -> str:
    commands = re.findall(r"^\$ (.*(?:(?<=\\)\n.*)*)", session, re.M)
    return "".join(f"$ {command}\n{machine.type(command)}" for command in commands)
