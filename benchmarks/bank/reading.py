"""Reading alone: ours and the mt-940 library in turns, each in a fresh process without database."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers.install import Unreachable, install
from benchmarks.place import Failed, run_json

PEER = "mt-940==5.1.1"
# The peer keeps its objects and ours hands lines on, as each is meant to be used.
_PEER_READS = """
import json, sys, time
import mt940
text = open(sys.argv[1], encoding="cp1252", newline="").read()
began = time.process_time()
found = mt940.parse(text)
spent = time.process_time() - began
total = sum(round(t.data["amount"].amount * 100) for t in found)
status = open("/proc/self/status").read()
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps({"entries": len(found), "cpu": spent, "peak_mb": peak, "sum": int(total)}))
"""


def measured(*, size: int, repeats: int) -> list[dict[str, Any]]:
    """One record per reader: the median of entries per second of processor time, and the peak.
    Every reading is checked: all entries, and their sum."""
    from benchmarks.bank.statements import as_camt, as_mt940, statement

    given = statement(size=size, iban="DE89370400440532013000", today=date(2026, 3, 31))
    total = sum(line.amount_minor for line in given.lines)
    taken: dict[str, list[dict[str, Any]]] = {}
    with TemporaryDirectory() as folder:
        files = {"camt": Path(folder, "s.xml"), "mt940": Path(folder, "s.sta")}
        files["camt"].write_bytes(as_camt(given))
        files["mt940"].write_bytes(as_mt940(given))
        commands = {f"ours, {name}": _ours(name, path) for name, path in files.items()}
        try:
            peer = install("mt940", (PEER,))
            commands["mt-940 5.1.1"] = [str(peer), "-c", _PEER_READS, str(files["mt940"])]
        except Unreachable as why:
            print(f"mt-940 left out: {why}", file=sys.stderr)
        for _ in range(repeats):
            for name, command in commands.items():
                one = run_json(command, env=dict(os.environ))
                if (one["entries"], one["sum"]) != (size, total):
                    raise Failed(f"{name} read {one['entries']} entries of {size}: {one['sum']}")
                taken.setdefault(name, []).append(one)
    return [
        {
            "what": name,
            "entries": size,
            "per_second": round(size / statistics.median(one["cpu"] for one in runs)),
            "slowest": round(size / max(one["cpu"] for one in runs)),
            "fastest": round(size / min(one["cpu"] for one in runs)),
            "peak_mb": max(one["peak_mb"] for one in runs),
        }
        for name, runs in taken.items()
    ]


def _ours(name: str, path: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.bank.reading", name, str(path)]


def main() -> None:
    """One reading, as the child: the codec and the file."""
    from importlib import import_module

    codec = import_module(f"acquit.core.codecs.{sys.argv[1]}")
    began = time.process_time()
    entries = total = 0
    for event in codec.read(Path(sys.argv[2])):
        for line in getattr(event, "lines", ()):
            entries += 1
            total += line.amount_minor
        if getattr(event, "control", ()):
            raise Failed(str(event.control))
    spent = time.process_time() - began
    # Unlike the peak of getrusage this one does not count what our parent was before.
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
    print(json.dumps({"entries": entries, "cpu": spent, "peak_mb": peak, "sum": total}))


if __name__ == "__main__":
    main()
