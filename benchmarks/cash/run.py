"""``make bench-cash``: the matcher beside simple ones on cases it was never tuned on.

python -m benchmarks.cash.run [--lines 10000] [--seeds 12]

Seeds of the report begin with ``test-``; the hidden profile is drawn from the id of the commit.
Writes ``benchmarks/results/cash.json``, ``cash.md`` and ``cash.svg``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.cash import baselines, files
from benchmarks.cash.curve import counted_files
from benchmarks.cash.generate import make, write
from benchmarks.cash.profiles import profile
from benchmarks.cash.report import markdown, svg
from benchmarks.cash.score import score_files
from benchmarks.peers import linkers
from benchmarks.peers.install import Unreachable

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
BARE = (0, 10, 20, 30, 40)  # percent of lines without any reference
OURS = "acquit"
COMPARED = 2  # seeds on which the baselines run as well: the slowest takes longer than all else


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=12)
    given = parser.parse_args()
    commit = _commit()
    names = ["default", "harsh", "clean", f"hidden:{commit}"]
    report: dict[str, Any] = {"lines": given.lines, "commit": commit, "profiles": {}, "bare": {}}
    for name in names:
        runs = [
            _case(name, f"test-{seed}", given.lines, with_baselines=seed < COMPARED)
            for seed in range(given.seeds)
        ]
        report["profiles"][name] = runs
        _say(name, runs)
    for share in BARE:
        lines = max(1_000, given.lines // 4)
        runs = [_case(f"bare:{share}", "test-bare", lines, with_baselines=False)]
        report["bare"][str(share)] = runs
        _say(f"{share} % bare", runs)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cash.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "cash.md").write_text(markdown(report))
    (RESULTS / "cash.svg").write_text(svg(report))
    print(f"see {RESULTS / 'cash.md'}")


def _case(name: str, seed: str, lines: int, *, with_baselines: bool) -> dict[str, Any]:
    """Figures of every matcher on one generated case."""
    folder = Path(tempfile.mkdtemp(prefix="acquit-cash-"))
    try:
        write(make(lines=lines, seed=seed, profile=profile(name)), folder)
        found = {OURS: _ours(folder)}
        for baseline in baselines.BASELINES if with_baselines else ():
            found[baseline] = _baseline(folder, baseline)
        for name in linkers.NAMES if with_baselines else ():
            try:
                found[name] = _linker(folder, name)
            except Unreachable as why:
                print(f"{name} is left out: {why}")
        return {"seed": seed, "matchers": found}
    finally:
        shutil.rmtree(folder)


def _ours(folder: Path) -> dict[str, Any]:
    """``acquit apply`` as anybody runs it, in a process of its own."""
    names = ("items", "lines", "customers", "history", "rates", "remittances")
    options = [part for name in names for part in (f"--{name}", f"{folder / name}.csv")]
    out = folder / "out"
    command = [sys.executable, "-m", "acquit.entrypoints.console.main", "apply", *options]
    subprocess.run([*command, "-o", str(out)], check=True, capture_output=True, cwd=ROOT)
    summary = json.loads((out / "summary.json").read_text())
    figures = score_files(folder, out / "proposals.csv")
    seconds = summary["seconds"]
    posted = files.answers(out / "proposals.csv")
    value = sum(
        abs(line.amount)
        for line in files.lines(folder)
        if any(one.action == "post" for one in posted.get(line.id, ())[:1])
    )
    return {
        **figures,
        "value_posted": value,
        "curve": counted_files(folder, out / "proposals.csv"),
        "seconds": seconds["all"],
        "lines_per_second": round(summary["lines"] / seconds["all"]),
        "peak_mb": summary["peak_mb"],
    }


def _baseline(folder: Path, name: str) -> dict[str, Any]:
    started = time.perf_counter()
    baselines.write(name, folder, folder / f"{name}.csv")
    seconds = time.perf_counter() - started
    figures = score_files(folder, folder / f"{name}.csv")
    lines = figures["lines"]
    return {**figures, "seconds": round(seconds, 3), "lines_per_second": round(lines / seconds)}


def _linker(folder: Path, name: str) -> dict[str, Any]:
    """A program of other people, which links one line with one item."""
    spent = linkers.write(name, folder, folder / f"{name}.csv")
    figures = score_files(folder, folder / f"{name}.csv")
    return {**figures, **spent, "lines_per_second": round(figures["lines"] / spent["seconds"])}


def _say(name: str, runs: list[dict[str, Any]]) -> None:
    for run in runs:
        ours = run["matchers"][OURS]
        print(
            f"{name:24} {run['seed']}: posted {ours['coverage']:.3f} right {ours['precision']:.4f}"
            f" (at least {ours['precision_low']:.4f}) recall {ours['recall']:.3f}"
            f" ece {ours['ece']:.4f} {ours['lines_per_second']} lines/s {ours['peak_mb']} MB",
            flush=True,
        )


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout.strip() or "none"


if __name__ == "__main__":
    main()
