"""What ``acquit apply`` writes: proposals.csv, evidence.jsonl and summary.json, all three or none.

Amounts are decimals in major units with a point.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from acquit.core.money import exponent
from acquit.entrypoints.console.cash_files import Files, major
from acquit.stages.matching.rules.columns import column
from acquit.stages.matching.rules.inputs import Answer, Reason

DECIMALS = 2  # of the minor units of nearly every currency
COLUMNS = ("line", "rank", "probability", "rivals", "action", "items", "residue", "reason")
PROPOSALS, EVIDENCE, SUMMARY = NAMES = "proposals.csv", "evidence.jsonl", "summary.json"
UNREADABLE = "unreadable"  # the reason of a line that nobody could read


class Written(NamedTuple):
    """The answers of a line as the files have them, and what is said first of it."""

    rows: str
    evidence: str
    action: str
    reason: str


def written(
    files: Files, action: Callable[[float, int, str], str]
) -> Callable[[list[Answer]], Written]:
    """How the answers of a line are written, the best first: ``action`` says of probability,
    rivals and reason what is done."""
    money = {line.id: line.currency for line in files.lines if exponent(line.currency) != DECIMALS}
    odd: dict[str, str] = {}
    currencies = column(files.items, "currency")
    if any(exponent(one) != DECIMALS for one in set(currencies)):
        pairs = zip(column(files.items, "id"), currencies, strict=True)
        odd = {key: currency for key, currency in pairs if exponent(currency) != DECIMALS}

    rows: list[str] = []  # of one line's answers at a time
    table = csv.writer(_Sink(rows.append), lineterminator="\n")

    def write(answers: list[Answer]) -> Written:
        rows.clear()
        done: list[str] = []
        for one in answers:
            does = action(one.probability, one.rivals, one.reason) if one.credited else "leave"
            if does == "post" and (done or one.line in files.unproven):  # only a first one may be
                does = "suggest"
            done.append(does)
            items = ";".join(
                [f"{key}:{major(amount, odd.get(key, ''))}" for key, amount in one.credited]
            )
            probability = f"{one.probability:.6f}"
            residue = major(one.residue, money.get(one.line, ""))
            table.writerow(
                (one.line, one.rank, probability, one.rivals, does, items, residue, one.reason)
            )
        evidence = "".join(map(_evidence, answers))
        return Written("".join(rows), evidence, done[0], answers[0].reason)

    return write


class _Sink(NamedTuple):
    """What csv writes its rows to."""

    write: Callable[[str], object]


def left_over(files: Files) -> list[Written]:
    """A row for each line that could not be read, so that none is lost: what it is, nobody knows.
    It is called as the file calls it, or by its place where that is empty or taken."""
    taken = {line.id for line in files.lines}
    found = []
    for one in files.unread:
        key = one.place if one.id in taken or not one.id else one.id
        taken.add(key)
        row: list[str] = []
        values = (key, 1, "0.000000", 0, "leave", "", one.residue, UNREADABLE)
        csv.writer(_Sink(row.append), lineterminator="\n").writerow(values)
        reasons = (Reason("warning", f"{one.place} cannot be read: {one.why}", -1, -1),)
        evidence = _evidenced(key, 1, UNREADABLE, reasons)
        found.append(Written(row[0], evidence, "leave", UNREADABLE))
    return found


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """A folder to write to, whose files take their places in ``output`` when all are written:
    what an earlier run left there stays until then, and where this one fails."""
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".acquit-", dir=output) as folder:
        yield Path(folder)
        for name in NAMES:
            (Path(folder) / name).replace(output / name)


def write_answers(folder: Path, parts: Iterable[Sequence[Written]]) -> Iterator[Written]:
    """``proposals.csv`` and ``evidence.jsonl`` into the folder: a row for each answer, and why, an
    object a line. Each line's comes out when it is written."""
    with (
        (folder / PROPOSALS).open("w", encoding="utf-8", newline="") as proposals,
        (folder / EVIDENCE).open("w", encoding="utf-8") as evidence,
    ):
        csv.writer(proposals, lineterminator="\n").writerow(COLUMNS)
        for part in parts:
            proposals.write("".join([one.rows for one in part]))
            evidence.write("".join([one.evidence for one in part]))
            yield from part


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (folder / SUMMARY).write_text(f"{text}\n", encoding="utf-8")


def _evidence(one: Answer) -> str:
    return _evidenced(one.line, one.rank, one.evidence, one.reasons)


def _evidenced(line: Any, rank: int, evidence: str, reasons: Iterable[Reason]) -> str:
    why = ", ".join(map(_reason, reasons))
    return (
        f'{{"line": {_text(line)}, "rank": {rank}, "evidence": {_text(evidence)},'
        f' "reasons": [{why}]}}\n'
    )


_text = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=10_000)
def _reason(reason: Reason) -> str:
    """Most of what is said is said of many answers."""
    return _text(reason._asdict())
