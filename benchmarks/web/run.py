"""Serve as in production and load the pages: closed loops, then 300 people who think."""

from __future__ import annotations

import json
import os
import socket
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


def measure(place: Place, *, items: int, customers: int, seconds: float) -> dict[str, Any]:
    """Every page at one in flight over a small and the large company; then the load."""
    single: dict[str, dict[str, Any]] = {}
    with _company(place, items=SMALL, customers=500) as (pages, served):
        for name in _names(pages):
            single[name] = {"small": _alone(served, pages, name, seconds)}
    with _company(place, items=items, customers=customers) as (pages, served):
        for name in _names(pages):
            single[name]["large"] = _alone(served, pages, name, seconds)
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
    return {
        "small": SMALL,
        "single": [_compared(name, row) for name, row in single.items()],
        "closed": closed,
        "people": people,
    }


def _compared(name: str, row: dict[str, Any]) -> dict[str, Any]:
    small, large = row["small"], row["large"]
    return {
        "page": name,
        "p50_ms_small": small["p50_ms"],
        "p50_ms": large["p50_ms"],
        "ratio": round(large["p50_ms"] / max(small["p50_ms"], 0.1), 2),
        "p99_ms": large["p99_ms"],
        "cpu_ms": large["cpu_ms"],
        "database_cpu_ms": large["database_cpu_ms"],
        "errors": small["errors"] + large["errors"],
        "first_error": small["first_error"] or large["first_error"],
    }


def _alone(served: Served, pages: Pages, name: str, seconds: float) -> dict[str, Any]:
    chosen = _named(pages, name)
    # Connections fall to the workers by chance: of eight, both get some and have seen the page.
    served.load(chosen, browsers=8, seconds=1)
    return served.load(chosen, browsers=1, seconds=seconds)


def _names(pages: Pages) -> list[str]:
    return list(dict.fromkeys(page[0] for page in pages))


def _named(pages: Pages, name: str) -> Pages:
    return [page for page in pages if page[0] == name]


@contextmanager
def _company(place: Place, *, items: int, customers: int) -> Iterator[tuple[Pages, Served]]:
    database = "bench_web"
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
