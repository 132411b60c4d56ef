"""Reading alone: ours and other people's readers in turns, each in a fresh process without
database, of the same files."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers.install import Unreachable, install
from benchmarks.place import Failed, run_json


@dataclass(frozen=True, slots=True)
class Peer:
    """``reads`` fills ``entries`` and ``total`` (cents) from ``body``, the bytes of ``path``."""

    name: str
    version: str
    file: str
    imports: str
    reads: str


# The peers keep their objects and ours hands lines on, as each is meant to be used.
PEERS = (
    Peer(
        "bankstatementparser",
        "0.0.29",
        "camt",
        "from bankstatementparser import CamtParser",
        """
found = CamtParser(path).parse()
entries, total = len(found), found["Amount"].sum() * 100
""",
    ),
    # It knows no namespaces: what names the one of the file is taken out for it.
    Peer(
        "sepa",
        "0.5.4",
        "camt",
        "import re; from sepa import parser",
        """
plain = re.sub(rb' xmlns="[^"]*"', b"", body, count=1)
found = parser.parse_string(parser.bank_to_customer_statement, plain)
lines = [line for each in found["statements"] for line in each["entries"]]
entries, total = len(lines), 0
for line in lines:
    minor = int(line["amount"]["_value"].replace(".", ""))
    total += minor if line["credit_debit_indicator"] == "CRDT" else -minor
""",
    ),
    Peer(
        "mt-940",
        "5.1.1",
        "mt940",
        "import mt940",
        """
found = mt940.parse(body.decode("cp1252"))
entries, total = len(found), sum(round(t.data["amount"].amount * 100) for t in found)
""",
    ),
)
_READS = """
import json, sys, time
{imports}
path = sys.argv[1]
body = open(path, "rb").read()
began = time.process_time()
{reads}
spent = time.process_time() - began
status = open("/proc/self/status").read()
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps({{"entries": entries, "cpu": spent, "peak_mb": peak, "sum": int(total)}}))
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
        commands |= _peers(files)
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


def _peers(files: dict[str, Path]) -> dict[str, list[str]]:
    """By name, the command of each peer that can be had."""
    commands = {}
    for peer in PEERS:
        name = f"{peer.name} {peer.version}"
        try:
            python = install(peer.name.replace("-", ""), (f"{peer.name}=={peer.version}",))
        except Unreachable as why:
            print(f"{name} left out: {why}", file=sys.stderr)
            continue
        script = _READS.format(imports=peer.imports, reads=peer.reads)
        commands[name] = [str(python), "-c", script, str(files[peer.file])]
    return commands


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
