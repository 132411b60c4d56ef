"""A small case in a process that has worked before, as a worker has: several fresh companies."""

from __future__ import annotations

import statistics

from benchmarks.cash.database import scored, whole_way
from benchmarks.cash.generate import make
from benchmarks.cash.profiles import profile
from benchmarks.child import answer, start

WARMING = 200  # lines


def main() -> None:
    values = start()
    kind = profile(values["profile"])
    whole_way(make(lines=WARMING, seed="warming", profile=kind), company="warming")
    case = make(lines=values["lines"], seed=values["seed"], profile=kind)
    ways = [whole_way(case, company=f"bench-{n}") for n in range(values["companies"])]
    scores = [scored(way.ctx, case, way.ids) for way in ways]
    assert all(one == scores[0] for one in scores), scores
    walls = [way.wall for way in ways]
    answer(
        lines=len(case.lines),
        items=len(case.items),
        walls=[round(wall, 3) for wall in walls],
        wall=round(statistics.median(walls), 3),
        cpu=round(statistics.median(w.reading.cpu + w.matching.cpu for w in ways), 3),
        database_cpu=round(
            statistics.median(w.reading.database_cpu + w.matching.database_cpu for w in ways), 2
        ),
        score=scores[0],
    )


if __name__ == "__main__":
    main()
