"""``acquit apply`` at growing sizes: what a line costs, and what the larger of its processes holds.

python -m benchmarks.cash.growth [--sizes 10000 40000] [--rounds 3] [--seed growth]
    [--profile default]

Each size is generated and answered in processes of their own, the sizes by turns, since a machine
is not always as fast. Medians are written to ``benchmarks/results/cash-growth.json``, with the
spread of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
FILES = ("items", "lines", "customers", "history", "rates", "remittances")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 40_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", default="growth")
    parser.add_argument("--profile", default="default")
    given = parser.parse_args()
    os.chdir(ROOT)
    with ExitStack() as kept:
        folders = [
            _made(Path(kept.enter_context(tempfile.TemporaryDirectory())), size, given)
            for size in given.sizes
        ]
        rounds = [[_measured(folder) for folder in folders] for _ in range(given.rounds)]
    rows = [_typical(several) for several in zip(*rounds, strict=True)]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cash-growth.json").write_text(json.dumps(rows, indent=1) + "\n")
    first, last = rows[0], rows[-1]
    for name in ("microseconds_a_line", "kilobytes_a_line"):
        print(f"{name}: x {last[name] / first[name]:.2f} for x {last['lines'] / first['lines']:g}")


def _made(folder: Path, lines: int, given: argparse.Namespace) -> Path:
    made = ("--lines", str(lines), "--seed", given.seed, "--profile", given.profile)
    _run("benchmarks.cash.generate", *made, "-o", str(folder))
    return folder


def _measured(folder: Path) -> dict[str, Any]:
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


def _typical(several: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The round in the middle, with the median, the least and the most of all rounds."""
    every = [one["microseconds_a_line"] for one in several]
    middle = min(several, key=lambda one: abs(one["microseconds_a_line"] - median(every)))
    return middle | {
        "microseconds_a_line": round(median(every)),
        "spread": [min(every), max(every)],
    }


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
