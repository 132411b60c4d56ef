"""A closed loop of browsers: each asks for the next page as soon as it has the last one."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from typing import Any


def main() -> None:
    values = json.loads(sys.argv[1])
    print(json.dumps(measure(**values)))


def measure(
    *, port: int, paths: list[str], cookie: str, in_flight: int, seconds: float
) -> dict[str, Any]:
    """Milliseconds per page as they were felt, from the first byte sent to the last received."""
    times: list[float] = []
    errors: list[str] = []
    began = time.perf_counter()
    ends = began + seconds
    threads = [
        threading.Thread(target=_browse, args=(port, paths, cookie, n, ends, times, errors))
        for n in range(in_flight)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    ordered = sorted(times) or [0.0]
    return {
        "in_flight": in_flight,
        "pages": len(times),
        "per_second": round(len(times) / spent, 1),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
        "errors": len(errors),
        "first_error": errors[0] if errors else "",
    }


def _browse(
    port: int,
    paths: list[str],
    cookie: str,
    number: int,
    ends: float,
    times: list[float],
    errors: list[str],
) -> None:
    turn = number
    while time.perf_counter() < ends:
        path = paths[turn % len(paths)]
        turn += 1
        began = time.perf_counter()
        try:
            status = _get(port, path, cookie)
        except OSError as error:
            errors.append(f"{type(error).__name__}: {error}")
            continue
        if status == 200:
            times.append((time.perf_counter() - began) * 1000)
        else:
            errors.append(f"{status} {path}")


def _get(port: int, path: str, cookie: str) -> int:
    """One page over a connection of its own; the status, after the last byte came."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={cookie}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request.encode())
        head = b""
        while piece := connection.recv(65_536):
            if len(head) < 16:
                head += piece[:16]
    return int(head.split(b" ", 2)[1]) if head.count(b" ") >= 2 else 0


if __name__ == "__main__":
    main()
