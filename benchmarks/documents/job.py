"""J3: our judge beside the published stylesheets, our writers beside those of others.

Compared is the processor's time, which other programs on the machine disturb least.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.documents.make import file, paper
from benchmarks.peers.install import Unreachable, install
from benchmarks.place import ROOT, Failed, Place, run_json

SYNTAXES = ("ubl", "cii")
PACKAGES = ("drafthorse==2025.2.0", "weasyprint==70.0")
_DOCUMENTS = {8: 100, 75: 20, 100: 20, 500: 5, 1_000: 3, 10_000: 1}
_GROWING = (100, 1_000, 10_000)
_LIMIT = 300.0  # seconds for one measurement
_PDF_LINES_MAX = 500
_TOGETHER_LINES = 75
_PEERS = Path(__file__).parent.parent / "peers"


def measure(found: Place, *, sizes: tuple[int, ...], repeats: int) -> dict[str, Any]:
    """Each figure the median of the repeats; ours and theirs in turns over the same files."""
    rows = [
        row for syntax in SYNTAXES for lines in sizes
        for row in _judged(found, syntax, lines, repeats)
    ]  # fmt: skip
    short = min(sizes)
    rows += [
        _row(found, f"{judge}, reading alone", syntax, short, repeats)
        for syntax in SYNTAXES for judge in ("native", "saxonche")
    ]  # fmt: skip
    for engine in ("read", "write"):
        for syntax in SYNTAXES:
            rows += [_row(found, engine, syntax, lines, repeats) for lines in sizes]
    printed = [lines for lines in sizes if lines <= _PDF_LINES_MAX]
    rows += [_row(found, "pdf", "cii", lines, repeats) for lines in printed]
    together = [
        _together(found, engine, syntax)
        for engine in ("native", "read", "write", "pdf")
        for syntax in SYNTAXES[: 1 if engine == "pdf" else None]
    ]
    return {
        "rows": rows,
        "together": together,
        "growing": _growing(found),
        "started": _started(repeats),
        "peers": _peers(found, sizes, repeats),
    }


def _judged(found: Place, syntax: str, lines: int, repeats: int) -> list[dict[str, Any]]:
    """The two judges in turns (A B A B); they have to say the same of every file."""
    engines = ("native", "native, first", "saxonche")
    taken: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
    for turn in range(repeats):
        for engine, results in taken.items():
            if engine == "saxonche" and lines > 1_000 and turn:
                continue  # minutes; once is enough
            results.append(_run(found, engine, syntax, lines))
    said = {one["verdicts"] for results in taken.values() for one in results}
    if len(said) > 1:
        raise Failed(f"the judges differ on {syntax} of {lines} lines")
    rows = [_summed(engine, syntax, lines, results) for engine, results in taken.items()]
    for row in rows[:-1]:
        row["times_saxonche"] = round(rows[-1]["cpu_ms_each"] / row["cpu_ms_each"], 1)
    return rows


def _row(found: Place, engine: str, syntax: str, lines: int, repeats: int) -> dict[str, Any]:
    results = [_run(found, engine, syntax, lines) for _ in range(repeats)]
    return _summed(engine, syntax, lines, results)


def _run(found: Place, engine: str, syntax: str, lines: int) -> dict[str, Any]:
    values = {
        "engine": engine, "syntax": syntax, "lines": lines,
        "documents": max(1, _DOCUMENTS[lines] // (4 if engine in ("saxonche", "pdf") else 1)),
    }  # fmt: skip
    if engine.startswith("native"):  # the same files as saxonche
        values["documents"] = max(1, _DOCUMENTS[lines] // 4)
    command = [sys.executable, "-m", "benchmarks.documents.run", json.dumps(values)]
    return run_json(command, env=found.environment("postgres"), seconds=_LIMIT)


def _summed(engine: str, syntax: str, lines: int, results: list[dict[str, Any]]) -> dict[str, Any]:
    cpu, wall = (
        [statistics.median(one[clock]) * 1000 for one in results] for clock in ("cpu", "wall")
    )
    middle = statistics.median(cpu)
    return {
        "what": engine,
        "syntax": syntax,
        "lines": lines,
        "cpu_ms_each": round(middle, 3),
        "fastest": round(min(cpu), 3),
        "slowest": round(max(cpu), 3),
        "wall_ms_each": round(statistics.median(wall), 3),
        "per_cpu_second": round(1000 / middle, 1),
        "times_saxonche": "",
        "peak_mb": max(one["peak_mb"] for one in results),
    }


def _growing(found: Place) -> list[dict[str, Any]]:
    """Microseconds of the processor for each line, of ever longer documents: flat is linear."""
    rows = []
    for engine in ("native", "read", "write", "pdf"):
        for syntax in SYNTAXES[1 if engine == "pdf" else 0 :]:
            each = {
                lines: min(_run(found, engine, syntax, lines)["cpu"]) / lines * 1e6
                for lines in _GROWING
            }
            rows.append({
                "what": engine, "syntax": syntax,
                **{f"us_a_line_{lines}": round(taken, 1) for lines, taken in each.items()},
                "last_to_first": round(each[_GROWING[-1]] / each[_GROWING[0]], 2),
            })  # fmt: skip
    return rows


def _together(found: Place, engine: str, syntax: str) -> dict[str, Any]:
    """Documents per second of one process, and of two at once; one is measured before and after.

    Beside it the processor's time for a document. Where that grows with two, they share caches and
    memory, of which pages use most (170 MB); where it does not and there are fewer than twice as
    many, they wait. Typst's own threads are no reason: they do a thirtieth of the work of a page.
    """

    def run(_: int) -> dict[str, Any]:
        return _run(found, engine, syntax, _TOGETHER_LINES)

    before = run(0)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(run, range(2)))
    alone = [before, run(0)]
    one = statistics.mean(map(_per_second, alone))
    two = sum(map(_per_second, both))
    return {
        "what": engine, "syntax": syntax, "lines": _TOGETHER_LINES,
        "one_process": round(one, 1), "two_processes": round(two, 1),
        "times": round(two / one, 2),
        "cpu_ms_one": _summed(engine, syntax, _TOGETHER_LINES, alone)["cpu_ms_each"],
        "cpu_ms_two": _summed(engine, syntax, _TOGETHER_LINES, both)["cpu_ms_each"],
    }  # fmt: skip


def _started(repeats: int) -> list[dict[str, Any]]:
    """Commands over one file of eight lines, from the shell's call to the end: processor time."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "invoice.xml"
        path.write_bytes(file(syntax="ubl", lines=8, seed=0))
        for words in (
            ["validate", "--judge", "native", str(path)],
            ["validate", "--judge", "official,native", str(path)],
            ["read", str(path)],
            ["convert", "--to", "cii", "--output", "-", str(path)],
        ):
            command = [sys.executable, "-m", "acquit.entrypoints.console.main", *words]
            cpu = sorted(_spent(command) for _ in range(2 * repeats + 1))
            rows.append({
                "what": " ".join(["acquit", *words[:-1]]),
                "cpu_seconds": round(statistics.median(cpu), 3),
                "fastest": round(cpu[0], 3),
            })  # fmt: skip
    return rows


def _spent(command: list[str]) -> float:
    """Processor seconds of one child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _per_second(result: dict[str, Any]) -> float:
    return 1 / float(statistics.median(result["wall"]))


def _peers(found: Place, sizes: tuple[int, ...], repeats: int) -> list[dict[str, Any]]:
    """drafthorse for CII, WeasyPrint for PDF/A-3, in turns with ours; or why one is out."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for package, ours in zip(PACKAGES, ("write", "pdf"), strict=True):
            name = package.partition("==")[0]
            try:
                python = install(name, (package,))
                for lines in (lines for lines in sizes if lines <= _PDF_LINES_MAX):
                    given = _given(name, lines, Path(folder) / f"{name}.json")
                    command = [str(python), str(_PEERS / f"{name}_driver.py"), given]
                    rows += _beside(found, command, package, ours, lines, repeats)
            except (Unreachable, Failed) as error:
                rows.append({"what": package, "left_out": str(error).splitlines()[-1]})
    return rows


def _given(name: str, lines: int, path: Path) -> str:
    """What the peer's driver is told: how much, or the file of the papers it shall print."""
    documents = 20 if lines < _TOGETHER_LINES else 3
    if name != "weasyprint":
        return json.dumps({"lines": lines, "documents": documents})
    path.write_text(json.dumps([paper(lines=lines, seed=seed) for seed in range(documents)]))
    return str(path)


def _beside(
    found: Place, command: list[str], package: str, ours: str, lines: int, repeats: int
) -> list[dict[str, Any]]:
    """The peer and ours in turns (A B A B)."""
    env = found.environment("postgres")
    taken = [
        (run_json(command, env=env, seconds=_LIMIT), _run(found, ours, "cii", lines))
        for _ in range(repeats)
    ]
    theirs, own = (
        _summed(what, "cii", lines, [pair[place] for pair in taken])
        for place, what in enumerate((package, ours))
    )
    for row, other in ((theirs, own), (own, theirs)):
        del row["times_saxonche"]
        row["times_the_other"] = round(other["cpu_ms_each"] / row["cpu_ms_each"], 1)
    return [theirs, own]
