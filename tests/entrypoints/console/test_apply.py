"""``acquit apply``: plain files in, plain files out; whatever is wrong is named by file and row."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cash.generate import make, write
from benchmarks.cash.profiles import profile
from benchmarks.cash.score import score_files
from tests.support.money import Movement, statement_bytes
from tests.support.world import TODAY

ITEMS = """id,customer,number,kind,amount,open,currency,issued,due,colour
1,C1,INV-2026-000101,invoice,100.00,100.00,EUR,2026-05-01,2026-05-31,red
2,C1,INV-2026-000102,invoice,250.50,250.50,EUR,2026-05-11,2026-06-10,blue
3,C1,CN-2026-000007,credit,-50.50,-50.50,EUR,2026-05-12,2026-06-10,
"""
LINES = """id,date,amount,currency,text
a,2026-06-30,100.00,EUR,INV-2026-000101
b,2026-06-30,200.00,EUR,inv 2026/000102 minus CN-2026-000007
c,2026-06-30,17.00,EUR,who knows
"""


def apply(
    folder: Path, *more: str, items: str = ITEMS, lines: str | bytes = LINES
) -> tuple[int, str]:
    (folder / "items.csv").write_text(items)
    (folder / "lines").write_bytes(lines if isinstance(lines, bytes) else lines.encode())
    given = ["--items", str(folder / "items.csv"), "--lines", str(folder / "lines")]
    command = [sys.executable, "-m", "acquit.entrypoints.console.main", "apply", *given]
    done = subprocess.run(
        [*command, "-o", str(folder / "out"), "--json", *more],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def proposals(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "proposals.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answers_are_plain_files(tmp_path: Path) -> None:
    code, said = apply(tmp_path)
    assert code == 0, said
    first = {row["line"]: row for row in proposals(tmp_path) if row["rank"] == "1"}
    assert first["a"]["items"] == "1:100.00"
    assert first["b"]["items"] == "2:250.50;3:-50.50"
    assert (first["c"]["items"], first["c"]["action"]) == ("", "leave")
    assert first["a"]["action"] == "post"
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert json.loads(said.splitlines()[-1])["lines"] == summary["lines"] == 3
    evidence = [json.loads(row) for row in (tmp_path / "out" / "evidence.jsonl").open()]
    assert evidence[0]["reasons"][0] == {
        "kind": "reference",
        "text": "number INV-2026-000101 in text",
        "start": 0,
        "end": 15,
    }


def test_a_bank_statement_serves_as_lines(tmp_path: Path) -> None:
    movements = [Movement(10_000, "INV-2026-000101"), Movement(-900, "charges")]
    body = statement_bytes(movements, on=TODAY, closing_minor=9_100)
    code, said = apply(tmp_path, lines=body)
    assert code == 0, said
    (row,) = [row for row in proposals(tmp_path) if row["rank"] == "1"]
    assert row["items"] == "1:100.00"
    assert json.loads(said.splitlines()[-1])["passed_over"] == {"went out": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("100.00,EUR,2026-05-01", "100.005,EUR,2026-05-01"),
            "row 2: open '100.005' has more than",
        ),
        (("EUR,2026-05-01", "EURO,2026-05-01"), "row 2: currency 'EURO' is no code of ISO 4217"),
        (("2026-05-01", "01.05.2026"), "row 2: issued '01.05.2026' is no day like 2026-01-31"),
        (("credit,-50.50,-50.50", "credit,50.50,50.50"), "row 4: a credit of 50.50"),
        (("invoice,100.00", "bill,100.00"), "row 2: kind 'bill' is none of invoice, credit, debit"),
        (("2,C1", "1,C1"), "the id '1' is there twice"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_is_answered(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    code, output = apply(tmp_path, items=ITEMS.replace(*change, 1))
    assert code == 1
    assert said in output
    assert len({row["line"] for row in proposals(tmp_path)}) == 3


def test_a_missing_column_is_named_also_where_there_is_no_row(tmp_path: Path) -> None:
    head = LINES.splitlines()[0].replace("amount", "sum")
    code, output = apply(tmp_path, lines=f"{head}\n")
    assert code == 1
    assert "lines has no column amount" in output
    assert "the header has: id, date, sum, currency, text" in output
    assert proposals(tmp_path) == []  # and none of an earlier run
    (tmp_path / "rates.csv").write_text("day,rate\n")
    code, output = apply(tmp_path, "--rates", str(tmp_path / "rates.csv"))
    assert code == 1 and "rates.csv has no column date, from, to" in output
    assert len(proposals(tmp_path)) >= 3  # what does not need the rates is answered


def test_a_day_without_lines_or_without_open_items_is_a_day(tmp_path: Path) -> None:
    assert apply(tmp_path, lines=f"{LINES.splitlines()[0]}\n")[0] == 0
    assert proposals(tmp_path) == []
    assert apply(tmp_path, items=f"{ITEMS.splitlines()[0]}\n")[0] == 0
    assert [(row["line"], row["items"], row["action"]) for row in proposals(tmp_path)] == [
        (line, "", "leave") for line in "abc"
    ]


def test_a_generated_case_from_end_to_end(tmp_path: Path) -> None:
    write(make(lines=400, seed="train-4", profile=profile("default")), tmp_path)
    names = {"customers": "customers", "history": "history", "rates": "rates"}
    names["remittances"] = "remittances"
    more = [
        part for name, file in names.items() for part in (f"--{name}", f"{tmp_path / file}.csv")
    ]
    items, lines = (tmp_path / "items.csv").read_text(), (tmp_path / "lines.csv").read_text()
    code, output = apply(tmp_path, *more, items=items, lines=lines)
    assert code == 0, output
    figures = score_files(tmp_path, tmp_path / "out" / "proposals.csv")
    assert figures["precision"] > 0.98
    assert figures["coverage"] > 0.7
