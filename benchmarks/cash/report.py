"""The report of the open benchmark: a page of Markdown and a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.cash.curve import points
from benchmarks.cash.score import wilson_low

COLUMNS = (
    ("coverage", "posted", "{:.1%}"),
    ("precision", "right", "{:.2%}"),
    ("precision_low", "at least", "{:.2%}"),
    ("recall", "recall", "{:.1%}"),
    ("misapplied_per_million", "misapplied per million", "{:,.0f}"),
    ("top1", "first", "{:.1%}"),
    ("top5", "in five", "{:.1%}"),
    ("ece", "calibration error", "{:.4f}"),
    ("touches_per_100", "touches per 100", "{:.1f}"),
    ("lines_per_second", "lines/s", "{:,.0f}"),
)
SCENARIO = (
    ("lines", "lines", "{}"),
    ("coverage", "posted", "{:.1%}"),
    ("precision", "right", "{:.2%}"),
    ("top1", "first", "{:.1%}"),
    ("top5", "in five", "{:.1%}"),
)
CURVE = (
    ("coverage", "posted", "{:.1%}"),
    ("precision", "right", "{:.2%}"),
    ("precision_low", "at least", "{:.2%}"),
    ("recall", "recall", "{:.1%}"),
    ("misapplied_per_million", "misapplied per million", "{:,.0f}"),
)
WIDTH, HEIGHT, EDGE = 640, 320, 48
GREY = "#868e96"


def markdown(report: dict[str, Any]) -> str:
    """The figures as a page; every number comes from the report."""
    parts = [
        "# Cash application: measured\n",
        f"{report['lines']:,} bank lines a case, two and a half open items for each; seeds and the"
        " hidden profile were not used for developing or calibrating. How it is measured and what"
        " was guessed: [the benchmark](../cash/README.md). Lines a second are by the clock, with"
        " the start of the program, on a machine that others used too: read ratios.\n",
    ]
    for name, runs in report["profiles"].items():
        parts.append(f"## {name}\n")
        rows = [
            (f"{matcher} ({run['seed']})", figures)
            for run in runs
            for matcher, figures in run["matchers"].items()
        ]
        ours = [run["matchers"]["acquit"] for run in runs]
        rows.append((f"**acquit, all {len(runs)} seeds**", pooled(ours)))
        parts.append(_table("matcher", COLUMNS, rows))
        parts.append("Were all posted whose first answer is at least so sure, rivals or not:\n")
        curve = points([run["curve"] for run in ours])
        parts.append(_table("from", CURVE, [(f"{one['limit']:.1%}", one) for one in curve]))
    first = next(iter(report["profiles"].values()))[0]["matchers"]["acquit"]
    parts.append("## By scenario (first case above)\n")
    parts.append(_table("scenario", SCENARIO, list(first["scenarios"].items())))
    parts.append("## Lines without any reference\n")
    parts.append("The share firms differ in most. ![posted and right](cash.svg)\n")
    bare = [(f"{k} %", runs[0]["matchers"]["acquit"]) for k, runs in report["bare"].items()]
    parts.append(_table("share", COLUMNS, bare))
    return "\n".join(parts)


def pooled(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several cases of equal size as one: right among all that was posted, misapplied of all money
    that was posted; the rest are means."""
    posted = sum(run["posted"] for run in runs)
    right = sum(round(run["precision"] * run["posted"]) for run in runs)
    value = sum(run["value_posted"] for run in runs)
    wrong = sum(run["misapplied_per_million"] * run["value_posted"] for run in runs)
    means = {key: sum(run[key] for run in runs) / len(runs) for key, _, _ in COLUMNS}
    return means | {
        "precision": right / posted if posted else 0.0,
        "precision_low": wilson_low(right, posted),
        "misapplied_per_million": wrong / value if value else 0.0,
    }


def _table(
    head: str, columns: tuple[tuple[str, str, str], ...], rows: list[tuple[str, dict[str, Any]]]
) -> str:
    lines = [
        f"| {head} | " + " | ".join(title for _, title, _ in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for name, figures in rows:
        cells = (pattern.format(figures[key]) for key, _, pattern in columns)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def svg(report: dict[str, Any]) -> str:
    """Posted and right of all lines against the share of lines without reference."""
    shares = [int(key) for key in report["bare"]]
    runs = [runs[0]["matchers"]["acquit"] for runs in report["bare"].values()]
    most = max(shares) or 1

    def at(share: int, value: float) -> str:
        x = EDGE + (WIDTH - 2 * EDGE) * share / most
        y = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value
        return f"{x:.0f},{y:.0f}"

    drawn = []
    for key, colour, label in (
        ("coverage", "#0b7285", "posted by itself"),
        ("top1", "#5f3dc4", "first answer right"),
    ):
        points = " ".join(at(s, figures[key]) for s, figures in zip(shares, runs, strict=True))
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3"/>'
        )
        x, y = at(most, runs[-1][key]).split(",")
        drawn.append(_text(int(x) - 4, int(y) - 8, "end", label, colour))
    low, right = HEIGHT - EDGE, WIDTH - EDGE
    axis = [f'<path d="M{EDGE} {EDGE}V{low}H{right}" fill="none" stroke="{GREY}"/>']
    for share in shares:
        x = at(share, 0).split(",")[0]
        axis.append(_text(x, low + 20, "middle", f"{share} %"))
    for value in (0.0, 0.5, 1.0):
        y = at(0, value).split(",")[1]
        axis.append(_text(EDGE - 8, y, "end", f"{value:.0%}"))
    body = "".join((*axis, *drawn))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="13"><title>Posted and right, by the share of lines'
        f" without reference</title>{body}</svg>\n"
    )


def _text(x: object, y: object, anchor: str, text: str, colour: str = GREY) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
