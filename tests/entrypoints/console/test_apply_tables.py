"""The tables of ``acquit apply`` as people have them: spreadsheets, short rows, other files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.core.banking.test_packed import packet
from tests.entrypoints.console.test_apply import ITEMS, LINES, apply, proposals
from tests.support.money import Movement, statement_bytes
from tests.support.spreadsheets import Percent, Value, book

DAY = date(2026, 6, 30)
TAIL = Decimal("310.39999999999998")  # 310.40, as spreadsheets write it
ITEM_ROWS: Sequence[Sequence[Value]] = [
    ["Open items of June"],
    [],
    ["id", "customer", "number", "open", "currency", "issued", "due", "discount_pct",
     "discount_until"],
    [Decimal(1), "C1", "INV-2026-000101", TAIL, "EUR", date(2026, 6, 11), date(2026, 7, 11),
     Percent(Decimal("0.02")), DAY],
    [Decimal(2), "C1", "INV-2026-000102", Decimal(99), "EUR", date(2026, 6, 11), DAY],
]  # fmt: skip
LINE_ROWS: Sequence[Sequence[Value]] = [
    ["id", "date", "amount", "currency", "text"],
    ["a", DAY, Decimal("304.19"), "EUR", "INV-2026-000101"],
    ["b", DAY, Decimal(99), "EUR", "INV-2026-000102"],
    ["c", DAY, Decimal(5), "EUR"],
]
BANK_ROWS: Sequence[Sequence[Value]] = [
    ["IBAN Auftragskonto", "Buchungstag", "Valutadatum", "Name Zahlungsbeteiligter",
     "IBAN Zahlungsbeteiligter", "Buchungstext", "Verwendungszweck", "Betrag", "Waehrung"],
    ["DE89370400440532013000", DAY, DAY, "Kunde AG", None, "GUTSCHRIFT", "INV-2026-000101",
     Decimal("100.00"), "EUR"],
]  # fmt: skip
RATES: Sequence[Sequence[Value]] = [
    ["date", "from", "to", "rate"],
    [DAY, "USD", "EUR", Decimal("0.92000000000000004")],
]
CUSTOMERS: Sequence[Sequence[Value]] = [["id", "name", "ibans"], ["C1", "Kunde AG"]]
HISTORY: Sequence[Sequence[Value]] = [
    ["item", "customer", "number", "amount", "currency", "paid_on"],
    [Decimal(9), "C1", "INV-2025-000001", Decimal("17.5"), "EUR", date(2026, 1, 31)],
]


def first(folder: Path) -> dict[str, tuple[str, str]]:
    return {
        row["line"]: (row["items"], row["residue"])
        for row in proposals(folder)
        if row["rank"] == "1"
    }


def test_every_table_may_be_a_spreadsheet(tmp_path: Path) -> None:
    more = []
    tables = {
        "customers": {"C": CUSTOMERS}, "history": {"H": HISTORY}, "rates": {"R": RATES},
        "items": {"Notes": [["id", "see below"]], "June": ITEM_ROWS},
    }  # fmt: skip
    for name, sheets in tables.items():
        (tmp_path / f"{name}.xlsx").write_bytes(book(sheets))
        more += [f"--{name}", str(tmp_path / f"{name}.xlsx")]
    code, said = apply(tmp_path, *more, lines=book({"Lines": LINE_ROWS}))
    assert code == 0, said
    assert first(tmp_path) == {
        "a": ("1:310.40", "-6.21"), "b": ("2:99.00", "0.00"), "c": ("", "5.00")
    }  # fmt: skip
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["customers"], summary["history"]) == (1, 1)


@pytest.mark.parametrize(
    "lines",
    [
        book({"Umsätze": BANK_ROWS}),
        packet({"a.xlsx": book({"Umsätze": BANK_ROWS})}),
        packet({"a.xlsx": book({"L": [LINE_ROWS[0], ["a", DAY, Decimal(100), "EUR", "000101"]]})}),
    ],
)
def test_lines_may_be_the_spreadsheet_of_a_bank_or_in_an_archive(
    tmp_path: Path, lines: bytes
) -> None:
    code, said = apply(tmp_path, lines=lines)
    assert code == 0, said
    assert [items for items, _ in first(tmp_path).values()] == ["1:100.00"]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        (
            {"Notes": [["x", "y"]], "L": [*LINE_ROWS, ["d", "30.06.2026", Decimal(5), "EUR"]]},
            "fatal lines sheet L row 5: date '30.06.2026' is no day",
        ),
        ({"L": [*LINE_ROWS, ["d", DAY, Decimal("5.005"), "EUR"]]},
         "lines sheet L row 5: amount '5.005' has more than 2 decimals"),
        ({"L": [*LINE_ROWS, ["d", DAY, Decimal(-5), "EUR"]]},
         "warning lines sheet L row 5: brings no money"),
        ({"L": [["id", "date"], ["a", DAY]]}, "fatal lines sheet L has no column amount, currency"),
        ({"Mai": LINE_ROWS, "Juni": LINE_ROWS},
         "fatal lines: several sheets have these columns: Mai, Juni"),
        ({}, "fatal lines: the spreadsheet is empty"),
    ],
)  # fmt: skip
def test_faults_of_a_spreadsheet_name_sheet_and_row(
    tmp_path: Path, sheets: dict[str, Sequence[Sequence[Value]]], said: str
) -> None:
    _code, told = apply(tmp_path, lines=book(sheets))
    assert said in told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("z,2026-06-30,17.00,EUR", ""),
        ("z,2026-06-30,17.00,EUR,x,,", ""),
        ("z,2026-06-30,17.00", "row 5: the row ends early: currency missing"),
        ("z", "row 5: the row ends early: date, amount, currency missing"),
        ("z,2026-06-30,17,00,EUR,x", "row 5: has 6 cells, the header has 5"),
        ("Total,,317.00,EUR,", "row 5: date is empty"),
    ],
)
def test_a_row_may_leave_out_what_need_not_be(tmp_path: Path, row: str, said: str) -> None:
    code, told = apply(tmp_path, lines=f"{LINES}{row}\n")
    assert code == bool(said) and said in told
    assert len(first(tmp_path)) == 4


def test_items_and_customers_may_leave_out_what_need_not_be(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name,ibans,parent,aliases\nC1,Kunde AG\n")
    items = ITEMS.replace(",red", "").replace(",blue", "").replace("2026-06-10,\n", "2026-06-10\n")
    code, said = apply(tmp_path, "--customers", str(tmp_path / "customers.csv"), items=items)
    assert code == 0, said
    assert first(tmp_path)["b"] == ("2:250.50;3:-50.50", "0.00")


def test_what_a_file_seems_to_be_is_said(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    (tmp_path / "told.png").write_bytes(picture)
    code, said = apply(tmp_path, lines=packet({"a.png": picture, "b.csv": LINES.encode()}))
    assert code == 1 and first(tmp_path)
    assert "a.png: this is no bank statement; it seems to be a picture (PNG)" in said
    code, said = apply(tmp_path, "--remittances", str(tmp_path / "told.png"), lines=picture)
    assert code == 1
    assert "lines: this is no table of text; it seems to be a picture (PNG)" in said
    assert "wanted is CSV or XLSX with id, date, amount, currency, or a statement of a bank" in said
    assert "neither a text nor a spreadsheet; it seems to be a picture (PNG)" in said


def test_a_terminal_gets_no_control_characters_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS.replace("colour", "\x1b[31mcolour"))
    header = LINES.replace("amount", "\x1b]0;x\x07sum\x9b31m")
    (tmp_path / "lines.csv").write_text(header)
    given = [f"--{name}={tmp_path}/{name}.csv" for name in ("items", "lines")]
    command = [sys.executable, "-m", "acquit.entrypoints.console.main", "apply", *given]
    master, terminal = os.openpty()
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "out")], stdout=terminal, stderr=terminal, check=False
    )
    said = os.read(master, 65_536).decode()
    os.close(terminal)
    os.close(master)
    assert done.returncode == 1 and r"\u001b]0;x\u0007sum\u009b31m" in said
    assert said.replace("\r\n", "").isprintable()


def test_tables_may_come_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    statement = statement_bytes([Movement(10_000, "INV-2026-000101")], on=DAY)
    for lines in (LINES.encode(), statement, book({"Lines": LINE_ROWS})):
        command = [sys.executable, "-m", "acquit.entrypoints.console.main", "apply"]
        given = ["--items", f"{tmp_path}/items.csv", "--lines", "/dev/stdin"]
        with subprocess.Popen(
            [*command, *given, "-o", f"{tmp_path}/out"], stdin=subprocess.PIPE
        ) as run:  # not communicate: a file would be given, not a pipe
            assert run.stdin is not None
            run.stdin.write(lines)
            run.stdin.close()
        assert run.returncode == 0 and first(tmp_path)


def test_lines_of_which_none_can_be_read_leave_the_earlier_answers(tmp_path: Path) -> None:
    assert apply(tmp_path)[0] == 0
    before = (tmp_path / "out" / "proposals.csv").read_bytes()
    code, said = apply(tmp_path, lines=LINES.replace(",", ";").replace(".00", ",00"))
    assert code == 1 and "'100,00' is not a number with the decimal mark '.', like 1234.56" in said
    assert "so nothing was written" in said
    assert (tmp_path / "out" / "proposals.csv").read_bytes() == before


def test_an_id_of_an_item_cannot_part_the_items_of_an_answer(tmp_path: Path) -> None:
    code, said = apply(tmp_path, items=ITEMS.replace("\n1,", "\n1;7,"))
    assert code == 1 and "items.csv row 2: the id '1;7' has a ';'" in said


def test_rates_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    rows = ["date,from,to,rate", *3 * ["2026-06-30,USD,EUR,0.92"], "2026-06-30,USD,EUR,0.95",
            "2026-06-30,usd,EUR,1"]  # fmt: skip
    (tmp_path / "rates.csv").write_text("\n".join(rows))
    code, said = apply(tmp_path, "--rates", str(tmp_path / "rates.csv"))
    assert code == 1
    assert "rates.csv row 5: 2026-06-30 has another rate USD to EUR above" in said
    assert "rates.csv row 6: currency 'usd' is no code of ISO 4217" in said
    assert said.count("fatal ") == 2
