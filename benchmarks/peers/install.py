"""Other people's programs, each in an environment of its own under ``.tools/peers``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.place import ROOT

PEERS = ROOT / ".tools" / "peers"


class Unreachable(RuntimeError):
    """The peer could not be installed; its measurement is left out."""


def install(name: str, packages: tuple[str, ...], *, alone: tuple[str, ...] = ()) -> Path:
    """The peer's Python; installs it at first use. ``alone`` come without what they ask for."""
    folder = PEERS / name
    python = folder / "bin" / "python"
    if (folder / ".done").exists():
        return python
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    into = [uv, "pip", "install", "--quiet", "--python", str(python)]
    steps = [
        [uv, "venv", "--quiet", "--clear", "--python", version, str(folder)],
        [*into, *packages],
    ]
    if alone:
        steps.append([*into, "--no-deps", *alone])
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unreachable(str(error)) from error
        if done.returncode:
            raise Unreachable(done.stderr.strip().splitlines()[-1] if done.stderr else "uv failed")
    (folder / ".done").touch()
    return python
