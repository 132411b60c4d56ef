"""General programs for linking records, on bank lines and open items: a line with one item."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.peers.install import Unreachable, install

PACKAGES = {
    "recordlinkage": ("recordlinkage==0.16", "pandas==2.3.3"),
    "splink": ("splink==5.0.0", "pandas==2.3.3"),
}
NAMES = tuple(PACKAGES)
_DRIVER = Path(__file__).with_name("linkers_driver.py")


def write(name: str, folder: Path, output: Path) -> dict[str, Any]:
    """``proposals.csv`` of a case; seconds with the reading of its files, peak in megabytes.
    Unreachable where the program cannot be had."""
    command = [str(install(name, PACKAGES[name])), str(_DRIVER), name, str(folder), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unreachable(done.stderr.strip().rpartition("\n")[2] or "it broke off")
    spent: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return spent
