"""``acquit apply`` where something cannot be read: nothing is lost, nothing is written over."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.core.banking.test_camt import document, entry
from tests.core.banking.test_packed import packet
from tests.entrypoints.console.test_apply import ITEMS, LINES, apply, proposals
from tests.support.lockbox import joined, records
from tests.support.lockbox823 import interchange
from tests.support.money import IBAN, Movement, statement_bytes
from tests.support.spreadsheets import book
from tests.support.world import TODAY

CHEQUES = joined(records([(10_000, "062926NEW SHOP LTD", [("INV-2026-000101", 10_000)])]))

WHOLE = document(entry("100.00"))
CUT = WHOLE[: WHOLE.index(b"</Ntry>")]  # within its first entry


def first(folder: Path) -> dict[str, dict[str, str]]:
    return {row["line"]: row for row in proposals(folder) if row["rank"] == "1"}


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out" / "summary.json").read_text())
    return found


def evidence(folder: Path, line: str) -> str:
    rows = [json.loads(row) for row in (folder / "out" / "evidence.jsonl").open()]
    (found,) = [row["reasons"][0]["text"] for row in rows if row["line"] == line]
    return str(found)


@pytest.mark.parametrize(
    ("row", "key", "residue", "why"),
    [
        ("z,2026-06-30,25O.50,EUR,x", "z", "", "row 5 cannot be read: amount: '25O.50' is not a"),
        ("z,30.06.2026,17.00,EUR,x", "z", "17.00", "date '30.06.2026' is no day like"),
        ("a,2026-06-30,17.00,EUR,x", "lines row 5", "17.00", "the id 'a' is there twice"),
        (",2026-06-30,17.00,EUR,x", "lines row 5", "17.00", "id is empty"),
        ("z,2026-06-30,17.00,EUR,x,y", "z", "17.00", "has 6 cells, the header has 5"),
    ],
)
def test_a_line_that_cannot_be_read_has_a_row_too(
    tmp_path: Path, row: str, key: str, residue: str, why: str
) -> None:
    code, said = apply(tmp_path, lines=f"{LINES}{row}\n")
    assert code == 1 and "lines row 5" in said
    found = first(tmp_path)
    assert list(found) == ["a", "b", "c", key]
    assert found["a"]["action"] == "post"
    assert found[key] == {
        "line": key, "rank": "1", "probability": "0.000000", "rivals": "0", "action": "leave",
        "items": "", "residue": residue, "reason": "unreadable",
    }  # fmt: skip
    assert why in evidence(tmp_path, key)
    told = summary(tmp_path)
    assert (told["lines"], told["unread"]) == (4, 1)
    assert told["reasons"]["unreadable"] == 1 and sum(told["actions"].values()) == 4
    assert why.rpartition(": ")[2] in told["findings"][0]["message"]


def test_an_entry_of_a_statement_that_cannot_be_read_has_a_row_too(tmp_path: Path) -> None:
    body = document(entry("100.00") + entry("1OO.00"))
    assert apply(tmp_path, lines=body)[0] == 1
    found = first(tmp_path)
    assert [(key, row["reason"]) for key, row in found.items()][1:] == [("1-entry 2", "unreadable")]
    assert "entry 2 (bytes " in evidence(tmp_path, "1-entry 2")


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        (ITEMS.replace("open,", "left,", 1), LINES),
        (ITEMS.replace("0.00,", "0;00,").replace("0.50,", "0;50,"), LINES),
        ("", LINES),
        (ITEMS, LINES.replace("amount", "sum", 1)),
        (ITEMS, ""),
        (ITEMS, b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        (ITEMS, b"<Document/>"),
        (ITEMS, CUT),
        (ITEMS, packet({"a.txt": b"hello", "b.txt": b"you"})),
        (ITEMS, CHEQUES[:-81]),
        (ITEMS, book({"Lines": [["id", "date"], ["a", "2026-06-30"]]})),
    ],
)
def test_what_cannot_be_read_at_all_leaves_the_earlier_answers(
    tmp_path: Path, items: str, lines: str | bytes
) -> None:
    assert apply(tmp_path)[0] == 0
    names = ("evidence.jsonl", "proposals.csv", "summary.json")
    before = [(tmp_path / "out" / name).read_bytes() for name in names]
    code, said = apply(tmp_path, items=items, lines=lines)
    assert code == 1 and "so nothing was written to" in said, said
    assert [one.name for one in sorted((tmp_path / "out").iterdir())] == list(names)
    assert [(tmp_path / "out" / name).read_bytes() for name in names] == before


def test_faults_that_are_alike_are_told_together(tmp_path: Path) -> None:
    bad = "".join(f"n{n},2026-06-30,{n}x,EUR,\n" for n in range(5, 2005))
    code, said = apply(tmp_path, lines=f"{LINES}{bad}q,never,1.00,EUR,\n")
    assert code == 1
    told = [row for row in said.splitlines() if not row.startswith("{")]
    assert [row.split(": ", 1)[0] for row in told[:10]] == [
        f"fatal lines row {n}" for n in range(5, 15)
    ]
    assert told[10] == "... and 1,990 more like it: rows 15-2004"
    assert told[11].startswith("fatal lines row 2005: date 'never'") and len(told) == 12
    found = summary(tmp_path)
    assert (found["unread"], len(found["findings"])) == (2_001, 2_001)
    assert len(first(tmp_path)) == 2_004


def test_lines_that_bring_no_money_are_told_by_their_rows(tmp_path: Path) -> None:
    out = "".join(f"o{n},2026-06-30,-1.00,EUR,\n" for n in range(5, 505))
    code, said = apply(tmp_path, lines=LINES + out)
    assert code == 0 and "warning lines rows 5-504: bring no money" in said


def test_a_lockbox_file_is_money_by_cheque(tmp_path: Path) -> None:
    cheques = [
        (31_050, "", [("INV-2026-000101", 6_000), ("INV-2026-000102", 25_050)]),
        (1_234, "062926NEW SHOP LTD", []),
    ]
    code, said = apply(tmp_path, lines=joined(records(cheques)))
    assert code == 0, said
    found = first(tmp_path)
    assert (found["1-1"]["items"], found["1-1"]["reason"]) == ("1:60.00;2:250.50", "advice")
    assert (found["1-2"]["items"], found["1-2"]["residue"]) == ("", "12.34")


def test_a_lockbox_in_x12_is_money_by_payment(tmp_path: Path) -> None:
    parts = (
        "AMT*3*310.50",
        "BPR*I*310.50",
        "RMR*IV*INV-2026-000101**60",
        "RMR*IV*INV-2026-000102**250.50",
    )
    body = interchange("CUR*PE*EUR", "DEP*1*20260630**77*01*1", *parts)
    code, said = apply(tmp_path, lines=body)
    assert code == 0, said
    assert first(tmp_path)["1-1"]["items"] == "1:60.00;2:250.50"


STATEMENT = statement_bytes([Movement(10_000, "GUTSCHRIFT")], on=TODAY, reference="S1")
SAME = Movement(10_000, "GUTSCHRIFT")
NEXT = statement_bytes([SAME], on=TODAY, opening_minor=10_000, reference="S2")
WHOLE = statement_bytes([SAME, SAME], on=TODAY, reference="S3")
LATER = statement_bytes([Movement(10_000, "LOCKBOX")], on=date(2026, 7, 1), reference="S2")
TEXT = "<NtryDtls><TxDtls><RmtInf><Ustrd>INV-2026-000101</Ustrd></RmtInf></TxDtls></NtryDtls>"
DAY = f"<BookgDt><Dt>{TODAY}</Dt></BookgDt><ValDt><Dt>{TODAY}</Dt></ValDt>"
ACCOUNT = f"<Id>S1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
NAMED = entry("100.00", inner=TEXT, dates=DAY)
NOTICE = document(NAMED, version="054.001.08", statement=ACCOUNT)
OTHERS = document(NAMED, version="054.001.08")  # of another account
REPORT = document(NAMED, version="052.001.08", statement=ACCOUNT)
BOTH = document(
    NAMED, entry("100.00", dates=DAY), version="054.001.08", statement=ACCOUNT
)  # what the report tells, and as much again
TWO = interchange(
    *("CUR*PE*EUR", "DEP*1*20260630***01*1", "AMT*3*310.50", "BPR*I*310.50"),
    *("DEP*1*20260630***01*1", "AMT*3*310.50", "BPR*I*310.50"),
)


ABC = {"a": "reference", "b": "netting", "c": "unrelated"}


@pytest.mark.parametrize(
    ("files", "found", "over"),
    [
        ({"n.xml": NOTICE}, {"n.xml 1-1": "reference"}, 0),
        ({"box.txt": CHEQUES}, {"box.txt 1-1": "reference"}, 0),
        ({"own.csv": LINES.encode()}, ABC, 0),
        # What a statement tells too is no second money, and explains the first.
        ({"a.xml": NOTICE, "s.xml": STATEMENT}, {"s.xml 1-1": "advice"}, 1),
        ({"box.txt": CHEQUES, "s.xml": LATER}, {"s.xml 1-1": "advice"}, 0),
        ({"s.xml": STATEMENT, "t.xml": STATEMENT}, {"s.xml 1-1": "unrelated"}, 1),
        ({"a.csv": LINES.encode(), "b.csv": LINES.encode()}, ABC, 3),
    ],
)  # fmt: skip
def test_a_file_in_a_zip_is_taken_as_it_is_alone(
    tmp_path: Path, files: dict[str, bytes], found: dict[str, str], over: int
) -> None:
    code, said = apply(tmp_path, lines=packet(files))
    assert code == 0, said
    assert {line: row["reason"] for line, row in first(tmp_path).items()} == found
    passed = summary(tmp_path)["passed_over"]
    assert passed == ({"told by another file": over} if over else {})


@pytest.mark.parametrize(
    ("files", "lines", "over"),
    [
        ({"a.xml": OTHERS, "s.xml": STATEMENT}, {"a.xml 1-1", "s.xml 1-1"}, 0),
        ({"n.xml": BOTH, "s.xml": REPORT}, {"n.xml 1-2", "s.xml 1-1"}, 1),
        ({"a.x12": TWO, "b.x12": TWO}, {"a.x12 1-1", "a.x12 2-1"}, 0),
        # The balance goes on, so that equal movements are two; a third file has both once more.
        ({"1.xml": STATEMENT, "2.xml": NEXT, "3.xml": WHOLE}, {"1.xml 1-1", "2.xml 1-1"}, 2),
        ({"1.xml": STATEMENT, "2.xml": WHOLE, "3.xml": NEXT}, {"1.xml 1-1", "2.xml 1-2"}, 2),
    ],
)
def test_as_much_on_another_account_or_once_more_is_money_of_its_own(
    tmp_path: Path, files: dict[str, bytes], lines: set[str], over: int
) -> None:
    code, said = apply(tmp_path, lines=packet(files))
    assert code == 0, said
    assert {*first(tmp_path)} == lines
    assert sum(summary(tmp_path)["passed_over"].values()) == over


def test_one_id_for_two_lines_of_an_archive_is_said(tmp_path: Path) -> None:
    other = LINES.replace("a,2026-06-30,100.00", "a,2026-06-30,99.00").encode()
    code, said = apply(tmp_path, lines=packet({"1.csv": LINES.encode(), "2.csv": other}))
    assert code == 1 and "lines/2.csv: the id 'a' is that of another line" in said, said
    found = first(tmp_path)
    assert [*found] == ["a", "b", "c", "lines/2.csv a"]
    assert found["a"]["items"] == "1:100.00"
    assert found["lines/2.csv a"]["residue"] == "99.00"
    assert summary(tmp_path)["passed_over"] == {"told by another file": 2}


def test_what_is_alike_in_two_files_is_told_of_each(tmp_path: Path) -> None:
    bad = "".join(f"n{n},2026-06-30,{n}x,EUR,\n" for n in range(5, 25))
    files = {f"2026-0{n}.csv": f"{LINES}{bad}".encode() for n in (1, 2)}
    code, said = apply(tmp_path, lines=packet(files))
    assert code == 1
    rests = [row for row in said.splitlines() if row.startswith("... and ")]
    assert rests == ["... and 10 more like it: rows 15-24"] * 2
