"""``make bench``: measure, check, print a table, keep the figures as JSON.

python -m benchmarks.run [--quick | --full] [J1 J2 J3 J4 J5 J6]
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.bank import reading
from benchmarks.cash import beside
from benchmarks.documents import job
from benchmarks.peers import tryton
from benchmarks.peers.install import Unreachable
from benchmarks.place import ROOT, Failed, Place, place
from benchmarks.web.run import measure

RESULTS = ROOT / "benchmarks" / "results"
console = Console()
Row = tuple[Any, ...]


class Scale:
    """How much is measured: ``--quick`` for a look, the usual run, ``--full`` for a release."""

    def __init__(self, arguments: list[str]) -> None:
        quick, full = "--quick" in arguments, "--full" in arguments
        self.name = "quick" if quick else "full" if full else "usual"
        self.runs = (1_000,) if quick else (1_000, 10_000, 100_000) if full else (1_000, 10_000)
        self.repeats = 1 if quick else 5 if full else 3
        self.singles = 40 if quick else 200
        self.items = 20_000 if quick else 1_000_000
        self.customers = 1_000 if quick else 50_000
        self.entries = 5_000 if quick else 100_000
        self.cash = 1_000 if quick else 10_000
        self.lines = (8, 75, 500) if quick else (8, 75, 500, 10_000)
        self.seconds = 2.0 if quick else 6.0
        self.beside = (100, 1) if quick else (1_000, 2)  # bank lines, repeats
        self.peer = (20, 1, 2) if quick else (100, 3, 10)  # batch, batches, singles


def main() -> None:
    arguments = sys.argv[1:]
    jobs: dict[str, Callable[[Place, Scale], dict[str, Any]]] = {
        "J1": cash,
        "J2": invoice_run,
        "J3": documents,
        "J4": reports,
        "J5": statement,
        "J6": pages,
    }
    chosen = [name for name in arguments if name in jobs] or list(jobs)
    unknown = set(arguments) - set(jobs) - {"--quick", "--full"}
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; jobs are {', '.join(jobs)}")
    scale = Scale(arguments)
    with place() as found:
        machine = _machine(found)
        console.print(" · ".join(f"{name} {value}" for name, value in machine.items()))
        for name in chosen:
            console.rule(name)
            before = os.getloadavg()
            result = jobs[name](found, scale)
            kept = {
                "job": name,
                "scale": scale.name,
                "machine": machine,
                "load_before": [round(x, 2) for x in before],
                "load_after": [round(x, 2) for x in os.getloadavg()],
                **result,
            }
            RESULTS.mkdir(exist_ok=True)
            text = json.dumps(kept, indent=1, ensure_ascii=False)
            (RESULTS / f"{name}-{scale.name}.json").write_text(text + "\n")
            console.print(f"load {kept['load_before'][0]} before, {kept['load_after'][0]} after")


def cash(found: Place, scale: Scale) -> dict[str, Any]:
    """Bank files read, every line answered, what is sure posted and cleared; and then one receipt
    as a clerk asks for it."""
    taken = _fresh(
        found, "benchmarks.cash.database", lines=scale.cash, seed="train-1", profile="default"
    )
    title = f"{taken['lines']:,} bank lines, {taken['items']:,} open items, in PostgreSQL"
    columns = ("per_second", "posted", "one_ms", "peak_mb")
    _table(title, columns, [tuple(taken[name] for name in columns)])
    _records("What was posted, against the truth", [taken["score"]])
    taken["odoo"] = _beside_odoo(found, scale)
    return taken


def _beside_odoo(found: Place, scale: Scale) -> dict[str, Any]:
    """Fewer lines, for both: theirs take a minute or two for a thousand."""
    lines, repeats = scale.beside
    try:
        taken = beside.measure(found, _fresh, lines=lines, repeats=repeats)
    except (Unreachable, Failed) as error:
        console.print(f"Odoo left out: {error}")
        return {"left_out": str(error)}
    title = f"{lines:,} bank lines, {taken['items']:,} open items: created, matched, cleared"
    columns = (
        "what",
        "seconds",
        "spread",
        "processor_seconds",
        "times_ours",
        "posted",
        "precision",
    )
    rows = [tuple(row[name] for name in columns) for row in taken["rows"]]
    _table(f"{title}; Odoo {taken['version']}", columns, rows)
    if taken["scenarios"]:
        _records("What Odoo cleared by itself, by scenario", taken["scenarios"])
    return taken


def invoice_run(found: Place, scale: Scale) -> dict[str, Any]:
    """Ours and the ORM loop in turns (A B A B), then single invoices, then the peer."""
    rows: list[Row] = []
    kept: dict[str, Any] = {"runs": []}
    for size in scale.runs:
        ours, loop = [], []
        for _ in range(scale.repeats if size <= 10_000 else 1):
            ours.append(_fresh(found, "benchmarks.billing.run", size=size))
            loop.append(_fresh(found, "benchmarks.billing.baseline", size=min(size, 10_000)))
        for name, taken, count in (
            ("Acquit run", ours, size),
            ("bulk_create in batches of 1,000", loop, min(size, 10_000)),
        ):
            row = _summed(name, taken, count)
            kept["runs"].append(row)
            rows.append((*(row[key] for key in _RUN_COLUMNS),))
    single = _fresh(found, "benchmarks.billing.single", size=scale.singles)
    kept["one_by_one"] = single
    _table("Invoices of three lines, issued, posted, committed", _RUN_COLUMNS, rows)
    console.print(
        f"one by one: median {single['median_ms']} ms, p95 {single['p95_ms']} ms"
        f" ({single['invoices']} drafts)"
    )
    kept["tryton"] = _beside_tryton(found, scale)
    return kept


_RUN_COLUMNS = (
    "what",
    "invoices",
    "per_second",
    "slowest",
    "fastest",
    "cpu_ms_each",
    "database_cpu_ms_each",
    "peak_mb",
)


def _summed(name: str, taken: list[dict[str, Any]], size: int) -> dict[str, Any]:
    rates = sorted(size / one["wall"] for one in taken)
    return {
        "what": name,
        "invoices": size,
        "per_second": round(statistics.median(rates)),
        "slowest": round(rates[0]),
        "fastest": round(rates[-1]),
        "cpu_ms_each": round(statistics.median(x["cpu"] for x in taken) / size * 1000, 3),
        "database_cpu_ms_each": round(
            statistics.median(x["database_cpu"] for x in taken) / size * 1000, 3
        ),
        "peak_mb": max(one["peak_mb"] for one in taken),
    }


def _beside_tryton(found: Place, scale: Scale) -> dict[str, Any]:
    batch, batches, singles = scale.peer
    database = "bench_tryton"
    try:
        env = tryton.prepare(found, database)
        taken = tryton.invoices(env, database, batch=batch, batches=batches, singles=singles)
    except (Unreachable, Failed) as error:
        console.print(f"Tryton left out: {error}")
        return {"left_out": str(error)}
    finally:
        found.drop(database)
    seconds = taken["batch_seconds"]
    result = {
        "version": tryton.PACKAGES[2],
        "batch": batch,
        "batch_per_second": round(batch / statistics.median(seconds), 1),
        "one_by_one_ms": round(statistics.median(taken["single_seconds"]) * 1000, 1),
        "peak_mb": taken["peak_mb"],
    }
    console.print(
        f"Tryton: {result['batch_per_second']}/s in batches of {batch},"
        f" one by one {result['one_by_one_ms']} ms"
    )
    return result


def documents(found: Place, scale: Scale) -> dict[str, Any]:
    """E-invoices judged, read, written, printed, in turns with the programs people use."""
    taken = job.measure(found, sizes=scale.lines, repeats=scale.repeats)
    _records("E-invoices, both judges of one mind", taken["rows"])
    _records("Documents a second, one process and two", taken["together"])
    _records("Microseconds for each line of ever longer documents", taken["growing"])
    _records("From the shell and back, one invoice of eight lines", taken["started"])
    for row in taken["peers"]:
        _records(row["what"], [row])
    return taken


def reports(found: Place, scale: Scale) -> dict[str, Any]:
    """One large company; and two small ones, which differ by ten times as many paid items."""
    sizes = {"items": scale.items, "customers": scale.customers}
    taken = _fresh(found, "benchmarks.ledger.run", **sizes, history=0)
    _report_table(scale.items, 0, taken)
    small = {name: max(size // 20, 1_000) for name, size in sizes.items()}
    kept = {**sizes, **taken, "smaller": small}
    for history in (0, small["items"] * 10):
        taken = _fresh(found, "benchmarks.ledger.run", **small, history=history)
        _report_table(small["items"], history, taken)
        kept["after_history" if history else "without_history"] = taken
    return kept


def _report_table(items: int, history: int, taken: dict[str, Any]) -> None:
    days = taken["milliseconds"]
    names = list(next(iter(days.values())))
    rows = [(name, *(days[day][name] for day in days)) for name in names]
    before = f" after {history:,} paid ones" if history else ""
    _table(
        f"{items:,} items{before}, equal to the raw sums to the cent (ms)", ("what", *days), rows
    )
    console.print(
        f"one allocation {taken['allocation_ms']} ms, ageing right after it"
        f" {taken['ageing_after_allocation_ms']} ms; loaded in {taken['loaded_seconds']} s,"
        f" peak {taken['peak_mb']} MB of which {taken['cache_mb']} MB are columns"
    )


def statement(found: Place, scale: Scale) -> dict[str, Any]:
    taken = _fresh(found, "benchmarks.bank.run", size=scale.entries)
    taken["per_second"] = round(scale.entries / taken["wall"])
    columns = ("per_second", "wall", "cpu", "database_cpu", "read_cpu", "peak_mb")
    title = f"camt.053 with {scale.entries:,} entries ({taken['megabytes']} MB), booked"
    _table(title, columns, [tuple(taken[name] for name in columns)])
    readers = reading.measured(size=scale.entries, repeats=scale.repeats)
    _records("Reading alone (entries per second of processor time)", readers)
    return {"entries": scale.entries, **taken, "reading": readers}


def pages(found: Place, scale: Scale) -> dict[str, Any]:
    """Alone over a small and a large company, in closed loops, and with people who think."""
    taken = measure(found, items=scale.items, customers=scale.customers, seconds=scale.seconds)
    size = f"{scale.items:,} items"
    _records(f"One browser, {taken['small']:,} and {size}", taken["single"])
    _records(f"Closed loops over {size}", taken["closed"])
    people = dict(taken["people"])
    by_page = people.pop("by_page")
    _records(f"{people['in_flight']} people, five seconds of thought", [people])
    _records("of these", [{"page": name, **row} for name, row in by_page.items()])
    return {"items": scale.items, **taken}


def _records(title: str, records: list[dict[str, Any]]) -> None:
    columns = tuple(name for name in records[0] if name != "first_error")
    _table(title, columns, [tuple(record[name] for name in columns) for record in records])


def _fresh(found: Place, module: str, **values: Any) -> dict[str, Any]:
    """The module over a new database, removed afterwards."""
    database = "bench_run"
    found.fresh(database)
    try:
        return found.run(module, database, **values)
    finally:
        found.drop(database)


def _table(title: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right" if column != "what" else "left")
    for row in rows:
        table.add_row(*(f"{v:,}" if isinstance(v, int | float) else str(v) for v in row))
    console.print(table)


def _machine(found: Place) -> dict[str, str]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "postgresql": str(found.ask("SHOW server_version")),
        "fsync": str(found.ask("SHOW fsync")),
        "synchronous_commit": str(found.ask("SHOW synchronous_commit")),
    }


if __name__ == "__main__":
    main()
