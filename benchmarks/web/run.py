"""Serve as in production (granian, two workers, pooled connections) and load the pages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.place import ROOT, Place, run_json

IN_FLIGHT = (1, 8, 50, 300)


def measure(place: Place, database: str, *, seconds: float) -> dict[str, Any]:
    """Pages per second and how long they took, at several numbers of requests in flight."""
    people = place.run("benchmarks.web.people", database)
    rows = []
    with _served(place, database) as (port, server):
        for name, paths in (
            ("invoice list", people["lists"]),
            ("customer account", people["accounts"]),
        ):
            _load(place, port, people["cookie"], paths, 8, 2)  # warm
            for in_flight in IN_FLIGHT:
                row = _load(place, port, people["cookie"], paths, in_flight, seconds)
                rows.append({"page": name, **row, "server_mb": _resident(server)})
    return {"rows": rows}


def _load(
    place: Place, port: int, cookie: str, paths: list[str], in_flight: int, seconds: float
) -> dict[str, Any]:
    values = {
        "port": port,
        "paths": paths,
        "cookie": cookie,
        "in_flight": in_flight,
        "seconds": seconds,
    }
    command = [sys.executable, "-m", "benchmarks.web.load", json.dumps(values)]
    return run_json(command, env=place.environment("postgres"))


@contextmanager
def _served(place: Place, database: str) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "4"]
    command += ["--backlog", "512", "acquit.config.wsgi:application"]
    env = place.environment(database) | {
        "ACQUIT_POOL": "1",
        "ACQUIT_ADDRESS": f"http://127.0.0.1:{port}",
    }
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server)
            yield port, psutil.Process(server.pid)
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


def _resident(server: psutil.Process) -> int:
    every = [server, *server.children(recursive=True)]
    return round(sum(process.memory_info().rss for process in every) / 1e6)
