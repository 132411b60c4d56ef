"""What a measured process needs: its arguments, a clock, its answer with the peak memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django


def start() -> dict[str, Any]:
    """Set Django up; the arguments that :meth:`benchmarks.place.Place.run` gave."""
    django.setup()
    values: dict[str, Any] = json.loads(sys.argv[1])
    return values


def answer(**values: Any) -> None:
    """Print the result as the last line. Peak memory is this process's, in megabytes."""
    print(json.dumps({**values, "peak_mb": peak_mb()}))


def peak_mb() -> int:
    """Since the program began; what ``getrusage`` says began in the process that called it."""
    try:
        status = Path("/proc/self/status").read_text()
        return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
    except (OSError, IndexError):
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@dataclass(slots=True)
class Spent:
    """Seconds: on the clock, of our processor, of the database's (all processes of the server)."""

    wall: float = 0.0
    cpu: float = 0.0
    database_cpu: float = 0.0

    def as_dict(self) -> dict[str, float]:
        return {
            "wall": round(self.wall, 4),
            "cpu": round(self.cpu, 4),
            "database_cpu": round(self.database_cpu, 2),
        }


class Clock:
    """``with Clock() as spent: ...`` measures the block."""

    def __enter__(self) -> Spent:
        self._spent = Spent()
        self._database = _server_cpu()
        self._cpu = time.process_time()
        self._wall = time.perf_counter()
        return self._spent

    def __exit__(self, *_: object) -> None:
        self._spent.wall = time.perf_counter() - self._wall
        self._spent.cpu = time.process_time() - self._cpu
        self._spent.database_cpu = _server_cpu() - self._database


def _server_cpu() -> float:
    """Processor seconds of the server and all its processes, those that ended included: a run may
    use several connections. 0 on a foreign machine."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        server = psutil.Process(pid).parent()
        if server is None:
            return 0.0
        ended = server.cpu_times()
        running = [process.cpu_times() for process in server.children()]
    except psutil.Error:
        return 0.0
    spent = ended.children_user + ended.children_system
    return float(spent + sum(times.user + times.system for times in running))
