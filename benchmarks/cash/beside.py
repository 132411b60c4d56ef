"""The same small case through PostgreSQL, in turns: ours, and Odoo with OCA's reconciliation.

Odoo is measured twice over. ``given``: the partner is told with the line, from account or equal
name. ``finding``: the addon finds the partner itself, as when a statement is imported; writing it
there, the addon matches the line again.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cash.generate import make
from benchmarks.cash.profiles import profile
from benchmarks.peers import odoo
from benchmarks.place import Place

COMPANIES = 5
SEED, PROFILE = "train-1", "default"
PEER = {"Odoo, partner given": True, "Odoo, finding it": False}
_BOOKS, _RUN = "bench_odoo_books", "bench_odoo"
Taken = dict[str, Any]


def measure(
    place: Place, fresh: Callable[..., Taken], *, lines: int, repeats: int
) -> dict[str, Any]:
    """Rows of ours and of both ways of the peer, each with its ratio to ours.

    ``fresh``: a module of ours over a new database. Raises Unreachable without the peer.
    """
    odoo.prepare()
    case = make(lines=lines, seed=SEED, profile=profile(PROFILE))
    taken: dict[str, list[Taken]] = {name: [] for name in ("Acquit", *PEER)}
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="acquit-odoo-") as name:
        folder = Path(name)
        try:
            odoo.load(place, _BOOKS, case, folder)
            for _ in range(repeats):
                values = {"lines": lines, "seed": SEED, "profile": PROFILE}
                taken["Acquit"].append(
                    fresh(place, "benchmarks.cash.warm", **values, companies=COMPANIES)
                )
                for what, is_given in PEER.items():
                    place.drop(_RUN)
                    place.ask(f'CREATE DATABASE "{_RUN}" TEMPLATE "{_BOOKS}"')
                    taken[what].append(
                        odoo.match(place, _RUN, case, folder, is_partner_given=is_given)
                    )
                load.append(os.getloadavg()[0])
        finally:
            place.drop(_RUN)
            place.drop(_BOOKS)
    ours = taken["Acquit"]
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "version": f"{odoo.DEBIAN} with {odoo.ADDONS[0]}",
        "items": len(case.items),
        "repeats": repeats,
        "load": [round(one, 2) for one in load],
        "rows": [_row(what, several, ours) for what, several in taken.items()],
        "scenarios": _posted(taken[next(iter(PEER))][0]["scenarios"]),
    }


def _row(what: str, several: list[Taken], ours: list[Taken]) -> Taken:
    walls = sorted(wall for one in several for wall in one.get("walls", [one["wall"]]))
    score = several[0]["score"]
    return {
        "what": what,
        "lines": score["lines"],
        "seconds": round(_wall(several), 3),
        "spread": f"{walls[0]:.2f}-{walls[-1]:.2f}",
        "processor_seconds": round(_processor(several), 2),
        "times_ours": round(_wall(several) / _wall(ours), 1),
        "times_ours_processor": round(_processor(several) / _processor(ours), 1),
        "peak_mb": max(one["peak_mb"] for one in several),
        **{name: score[name] for name in ("posted", "precision", "recall")},
    }


def _wall(several: list[Taken]) -> float:
    return statistics.median(float(one["wall"]) for one in several)


def _processor(several: list[Taken]) -> float:
    """The process and the database together."""
    return statistics.median(float(one["cpu"] + one["database_cpu"]) for one in several)


def _posted(scenarios: Taken) -> list[Taken]:
    columns = ("lines", "posted", "precision")
    return [
        {"scenario": name, **{column: figures[column] for column in columns}}
        for name, figures in scenarios.items()
        if figures["posted"]
    ]
