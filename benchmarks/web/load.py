"""Browsers, each with a connection that stays open. Two ways: a closed loop that asks for the next
page as soon as the last one came, and people who think in between.

Who is told to come again (503 with Retry-After) waits as long as he was told. That is counted as
``shed``, apart from errors, and is in no percentile.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_SECONDS = 60
SEED = 7


@dataclass
class Felt:
    """What the browsers felt: milliseconds per page, by name of the page."""

    times: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    shed: int = 0


@dataclass(frozen=True)
class Plan:
    """``pages``: name, path, header line and weight; ``think`` in seconds, 0 for a closed loop."""

    port: int
    pages: list[tuple[str, str, str, float]]
    browsers: int
    seconds: float
    think: float


def main() -> None:
    values = json.loads(sys.argv[1])
    print(json.dumps(measure(Plan(**values))))


def measure(plan: Plan) -> dict[str, Any]:
    """Percentiles of all pages, and by page when there are several names."""
    felt = Felt()
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_browse, args=(plan, number, began + plan.seconds, felt))
        for number in range(plan.browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    return {
        "in_flight": plan.browsers,
        "pages": len(felt.times),
        "per_second": round(len(felt.times) / spent, 1),
        **_percentiles([ms for _, ms in felt.times]),
        "errors": len(felt.errors),
        "shed": felt.shed,
        "first_error": felt.errors[0] if felt.errors else "",
        "by_page": {
            name: _percentiles([ms for other, ms in felt.times if other == name])
            for name in sorted({page[0] for page in plan.pages})
        },
    }


def _percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times) or [0.0]
    return {
        f"p{percent}_ms": round(ordered[min(len(ordered) * percent // 100, len(ordered) - 1)], 1)
        for percent in (50, 95, 99)
    }


def _browse(plan: Plan, number: int, ends: float, felt: Felt) -> None:
    draw = random.Random(SEED * 100_000 + number)
    browser, weights = Browser(plan.port), [page[3] for page in plan.pages]
    if plan.think:
        time.sleep(draw.uniform(0, plan.think))
    while time.perf_counter() < ends:
        name, path, header, _weight = draw.choices(plan.pages, weights)[0]
        began = time.perf_counter()
        try:
            status, retry = browser.get(path, header)
        except (OSError, ValueError, LookupError) as error:
            felt.errors.append(f"{type(error).__name__}: {error} {path}")
            browser.close()
            continue
        if status == 200:
            felt.times.append((name, (time.perf_counter() - began) * 1000))
        elif status == 503 and retry:
            felt.shed += 1
            time.sleep(retry)
            continue
        else:
            felt.errors.append(f"{status} {path}")
        if plan.think:
            time.sleep(draw.uniform(0.5, 1.5) * plan.think)
    browser.close()


class Browser:
    """One kept connection. Every answer of Acquit says its length."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def get(self, path: str, header: str) -> tuple[int, float]:
        """Status and seconds of Retry-After, once the last byte came."""
        if self._connection is None:
            self._connection = socket.create_connection(
                ("127.0.0.1", self._port), timeout=TIMEOUT_SECONDS
            )
        host = f"127.0.0.1:{self._port}"
        self._connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\n\r\n".encode()
        )
        head, _, body = self._read_head().partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        said = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        missing = int(said[b"content-length"]) - len(body)
        while missing > 0:
            missing -= len(self._more())
        return status, float(said.get(b"retry-after", 0))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read_head(self) -> bytes:
        read = b""
        while b"\r\n\r\n" not in read:
            read += self._more()
        return read

    def _more(self) -> bytes:
        assert self._connection is not None
        piece = self._connection.recv(262_144)
        if not piece:
            raise ConnectionResetError("closed before the answer was whole")
        return piece


if __name__ == "__main__":
    main()
