"""``acquit apply`` at growing sizes: what a line costs, and what the larger of its processes holds.

python -m benchmarks.cash.growth [--sizes 10000 40000] [--seed growth] [--profile default]

Each size is generated and answered in processes of their own. Writes
``benchmarks/results/cash-growth.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
FILES = ("items", "lines", "customers", "history", "rates", "remittances")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 40_000])
    parser.add_argument("--seed", default="growth")
    parser.add_argument("--profile", default="default")
    given = parser.parse_args()
    os.chdir(ROOT)
    rows = [_measured(lines, given.seed, given.profile) for lines in given.sizes]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cash-growth.json").write_text(json.dumps(rows, indent=1) + "\n")
    first, last = rows[0], rows[-1]
    for name in ("microseconds_a_line", "kilobytes_a_line"):
        print(f"{name}: x {last[name] / first[name]:.2f} for x {last['lines'] / first['lines']:g}")


def _measured(lines: int, seed: str, profile: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="acquit-growth-") as name:
        folder = Path(name)
        made = ("--lines", str(lines), "--seed", seed, "--profile", profile, "-o", name)
        _run("benchmarks.cash.generate", *made)
        options = [part for file in FILES for part in (f"--{file}", str(folder / f"{file}.csv"))]
        output = folder / "answers"
        command = ("acquit.entrypoints.console.main", "apply", *options, "-o", str(output))
        spent = _run(*command)
        summary = json.loads((output / "summary.json").read_text())
    seconds, peak = spent.ru_utime + spent.ru_stime, spent.ru_maxrss
    row = {
        "lines": summary["lines"],
        "items": summary["items"],
        "history": summary["history"],
        "processor_seconds": round(seconds, 2),
        "microseconds_a_line": round(seconds / summary["lines"] * 1e6),
        "peak_mb": peak // 1024,
        "kilobytes_a_line": round(peak / summary["lines"], 2),
        "seconds": summary["seconds"],
    }
    print(
        f"{row['lines']:>9,} lines x {row['items']:,} items: {row['microseconds_a_line']} us of"
        f" processor a line, {summary['seconds']['all']} s, {row['peak_mb']} MB",
        flush=True,
    )
    return row


def _run(module: str, *arguments: str) -> Any:
    """What the process and its helper spent: seconds of both, memory of the larger one."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    command = [sys.executable, "-m", module, *arguments]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, spent = os.wait4(pid, 0)
    if status:
        sys.exit(f"{module} ended with {os.waitstatus_to_exitcode(status)}")
    return spent


if __name__ == "__main__":
    main()
