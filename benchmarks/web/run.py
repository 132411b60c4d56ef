"""Serve as in production and load the pages: closed loops, then 300 people who think."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from acquit.entrypoints.console.serving import web_arguments
from benchmarks.place import ROOT, Place, run_json

IN_FLIGHT = (1, 8, 50, 100, 300, 500)
PEOPLE, THINK_SECONDS = 300, 5.0
SMALL = 10_000  # items of the company that the large one is compared with
TURNS = 3  # of each page in each company
Pages = list[list[Any]]  # name, path, header line, weight


@dataclass(frozen=True, slots=True)
class Served:
    """A running server; ``backends`` gives the processes of the database, none when it is far."""

    port: int
    server: psutil.Process
    backends: Callable[[], list[psutil.Process]]

    def load(
        self, pages: Pages, *, browsers: int, seconds: float, think: float = 0.0
    ) -> dict[str, Any]:
        """One load with what it cost: processor milliseconds per page, peak memory until now."""
        values = {
            "port": self.port,
            "pages": pages,
            "browsers": browsers,
            "seconds": seconds,
            "think": think,
        }
        web, database = _cpu(self._web()), _cpu(self.backends())
        command = [sys.executable, "-m", "benchmarks.web.load", json.dumps(values)]
        row = run_json(command, env=dict(os.environ))
        answers = max(row["pages"] + row["shed"], 1)
        web_ms = (_cpu(self._web()) - web) * 1000 / answers
        database_ms = (_cpu(self.backends()) - database) * 1000 / answers
        return row | {
            "cpu_ms": round(web_ms, 1),
            "database_cpu_ms": round(database_ms, 1),
            "peak_mb": sum(map(_peak_mb, self._web())),
        }

    def _web(self) -> list[psutil.Process]:
        return [self.server, *self.server.children(recursive=True)]


Company = tuple[Pages, Served]


def measure(place: Place, *, items: int, customers: int, seconds: float) -> dict[str, Any]:
    """Every page at one in flight over a small and the large company; then the load."""
    with (
        _company(place, "bench_small", items=SMALL, customers=500) as small,
        _company(place, "bench_web", items=items, customers=customers) as large,
    ):
        pages, served = large
        single = [_compared(small, large, name, seconds) for name in _names(pages)]
        closed = []
        for name in ("invoices", "customer account", "API invoices"):
            chosen = _named(pages, name)
            for browsers in IN_FLIGHT:
                row = served.load(chosen, browsers=browsers, seconds=seconds)
                row.pop("by_page")
                closed.append({"page": name, **row})
        people = served.load(
            pages, browsers=PEOPLE, seconds=max(10 * seconds, 15), think=THINK_SECONDS
        )
    return {"small": SMALL, "single": single, "closed": closed, "people": people}


def _compared(small: Company, large: Company, name: str, seconds: float) -> dict[str, Any]:
    """One page of both companies by turns, so that what the machine does meanwhile hits both;
    medians of the turns."""
    turns: dict[str, list[dict[str, Any]]] = {"small": [], "large": []}
    for company in (small, large):
        # Connections fall to the workers by chance: of eight, both get some and have seen it.
        company[1].load(_named(company[0], name), browsers=8, seconds=1)
    for _ in range(TURNS):
        for which, (pages, served) in (("small", small), ("large", large)):
            row = served.load(_named(pages, name), browsers=1, seconds=seconds / TURNS)
            turns[which].append(row)

    def middle(which: str, figure: str) -> float:
        return float(statistics.median(row[figure] for row in turns[which]))

    rows = [*turns["small"], *turns["large"]]
    return {
        "page": name,
        "p50_ms_small": middle("small", "p50_ms"),
        "p50_ms": middle("large", "p50_ms"),
        "ratio": round(middle("large", "p50_ms") / max(middle("small", "p50_ms"), 0.1), 2),
        "p99_ms": middle("large", "p99_ms"),
        "cpu_ms": middle("large", "cpu_ms"),
        "database_cpu_ms_small": middle("small", "database_cpu_ms"),
        "database_cpu_ms": middle("large", "database_cpu_ms"),
        "errors": sum(row["errors"] for row in rows),
        "first_error": next((row["first_error"] for row in rows if row["first_error"]), ""),
    }


def _names(pages: Pages) -> list[str]:
    return list(dict.fromkeys(page[0] for page in pages))


def _named(pages: Pages, name: str) -> Pages:
    return [page for page in pages if page[0] == name]


@contextmanager
def _company(place: Place, database: str, *, items: int, customers: int) -> Iterator[Company]:
    place.fresh(database)
    try:
        made = place.run("benchmarks.web.people", database, items=items, customers=customers)
        with _served(place, database) as served:
            yield made["pages"], served
    finally:
        place.drop(database)


@contextmanager
def _served(place: Place, database: str) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *web_arguments(host="127.0.0.1", port=port)]
    env = place.environment(database) | {
        "ACQUIT_POOL": "1",
        "ACQUIT_API_PER_MINUTE": "0",  # one key asks for all the programs there are
        "ACQUIT_ADDRESS": f"http://127.0.0.1:{port}",
    }
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server)
            yield Served(port, psutil.Process(server.pid), _backends(place))
        finally:
            server.terminate()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the web server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} does not answer")


def _backends(place: Place) -> Callable[[], list[psutil.Process]]:
    """The database's processes, when its server runs on this machine."""
    folder = Path(str(place.ask("SHOW data_directory")))
    try:
        postmaster = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    except (OSError, psutil.Error):
        return list
    return lambda: postmaster.children(recursive=True)


def _cpu(processes: list[psutil.Process]) -> float:
    """Processor seconds of those that still run."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def _peak_mb(process: psutil.Process) -> int:
    """The most memory the process ever held; what it holds now where the system does not say."""
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    except OSError:
        pass
    return int(process.memory_info().rss // 2**20)
