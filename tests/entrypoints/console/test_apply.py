"""``acquit apply``: plain files in, plain files out; whatever is wrong is named by file and row."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from acquit.core.codecs import formats
from acquit.core.documents.remittance import RemittanceAdvice, RemittanceLine
from acquit.core.money import Money
from benchmarks.cash.generate import make, write
from benchmarks.cash.profiles import profile
from benchmarks.cash.score import score_files
from tests.core.banking.test_packed import packet
from tests.core.documents.trade_samples import remittance_advice
from tests.support.mailed import attached, mail, page
from tests.support.money import Movement, statement_bytes
from tests.support.spreadsheets import book
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


def test_nothing_is_posted_of_a_statement_that_does_not_add_up(tmp_path: Path) -> None:
    movements = [Movement(10_000, "INV-2026-000101"), Movement(25_050, "INV-2026-000102")]
    body = statement_bytes(movements, on=TODAY, closing_minor=35_050)
    assert apply(tmp_path, lines=body)[0] == 0
    assert {row["action"] for row in proposals(tmp_path) if row["rank"] == "1"} == {"post"}
    wrong = statement_bytes(movements, on=TODAY, closing_minor=36_050)
    cut = body[: body.rindex(b"</Stmt>")]
    for bad, why in ((wrong, "(difference 10.00 EUR)"), (cut, "not well-formed XML")):
        code, said = apply(tmp_path, lines=bad)
        assert code == 1 and why in said
        first = [row for row in proposals(tmp_path) if row["rank"] == "1"]
        assert [row["items"] for row in first] == ["1:100.00", "2:250.50"]
        assert {row["action"] for row in first} == {"suggest"}
        assert json.loads((tmp_path / "out" / "summary.json").read_text())["unproven"] == 2


def test_nothing_is_posted_of_a_statement_that_ends_before_its_closing_balance(
    tmp_path: Path,
) -> None:
    cut = (
        ":20:X1\n:25:DE02120300000000202051\n:28C:12/1\n:60F:C260630EUR1000,00\n"
        ":61:2606300630C100,00NTRFNONREF//B1\n:86:166?00GUTSCHRIFT?20INV-2026-000101\n"
    )
    code, said = apply(tmp_path, lines=cut)
    assert code == 1 and "fatal lines: statement X1 has no closing balance" in said
    assert [row["action"] for row in proposals(tmp_path) if row["rank"] == "1"] == ["suggest"]
    code, said = apply(tmp_path, lines=f"{cut}:62F:C260630EUR1100,00\n-\n")
    assert code == 0, said
    assert [row["action"] for row in proposals(tmp_path) if row["rank"] == "1"] == ["post"]


def test_a_table_of_a_known_bank_serves_as_lines(tmp_path: Path) -> None:
    table = (
        '"IBAN Auftragskonto";"Buchungstag";"Valutadatum";"Name Zahlungsbeteiligter";'
        '"IBAN Zahlungsbeteiligter";"Buchungstext";"Verwendungszweck";"Betrag";"Waehrung"\n'
        "DE89370400440532013000;30.06.2026;30.06.2026;Kunde AG;;GUTSCHRIFT;"
        "INV-2026-000101;100,00;EUR\n"
        "DE89370400440532013000;30.06.2026;30.06.2026;Vermieter;;LASTSCHRIFT;Miete;-5,00;EUR\n"
    )
    code, said = apply(tmp_path, lines=table)
    assert code == 0, said
    assert "warning lines: statement volksbank" in said and "no opening balance" in said
    (row,) = [row for row in proposals(tmp_path) if row["rank"] == "1"]
    assert (row["line"], row["items"], row["action"]) == ("1-1", "1:100.00", "post")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("100.00,EUR,2026-05-01", "100.005,EUR,2026-05-01"),
            "row 2: open '100.005' has more than",
        ),
        (("invoice,100.00", f"invoice,{10**17}.00"), "amount '100000000000000000.00' is more than"),
        (("EUR,2026-05-01", "EURO,2026-05-01"), "row 2: currency 'EURO' is no code of ISO 4217"),
        (("2026-05-01", "01.05.2026"), "row 2: issued '01.05.2026' is no day like 2026-01-31"),
        (("credit,-50.50,-50.50", "credit,50.50,50.50"), "row 4: a credit of 50.50"),
        (("invoice,100.00", "bill,100.00"), "row 2: kind 'bill' is none of invoice, credit, debit"),
        (("EUR,2026-05-01", "EUA,2026-05-01"), "row 2: currency 'EUA' is no code of ISO 4217"),
        (("invoice,100.00,100.00", "invoice,100.00,150.00"), "open '150.00' is more than"),
        (("invoice,100.00,100.00", "invoice,-9.00,-9.00"), "row 2: an invoice of -9.00"),
        (("2,C1", "1,C1"), "items.csv row 3: the id '1' is there twice"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_is_answered(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    code, output = apply(tmp_path, items=ITEMS.replace(*change, 1))
    assert code == 1
    assert said in output
    assert len({row["line"] for row in proposals(tmp_path)}) == 3


def test_a_credit_note_that_is_used_up_is_no_fault(tmp_path: Path) -> None:
    code, _ = apply(tmp_path, items=ITEMS.replace("credit,-50.50,-50.50", "credit,-50.50,0.00"))
    assert code == 0


ODD = """id,name,ibans,parent
C1,Alpha,DE89370400440532013000;DE88370400440532013000,C2
C2,Beta,,C1
C3,Gamma,FR7630006000011234567890189,C9
C4,Delta,,C4
"""


def test_what_is_odd_is_told_by_row_and_still_used(tmp_path: Path) -> None:
    (tmp_path / "who.csv").write_text(ODD)
    lines = LINES + "d,2026-06-30,-12.00,EUR,INV-2026-000101\ne,2026-06-30,0.00,EUR,x\n"
    code, said = apply(tmp_path, "--customers", str(tmp_path / "who.csv"), lines=lines)
    assert code == 0, said
    for told in (
        "warning who.csv row 2: 'DE88370400440532013000' is no IBAN",
        "warning who.csv row 4: the parent 'C9' is no customer of this file",
        "warning who.csv row 2: the parents go round in a circle: C1 -> C2 -> C1",
        "warning who.csv row 5: the parents go round in a circle: C4 -> C4",
        "warning lines rows 5-6: bring no money",
    ):
        assert told in said, said
    assert said.count("warning ") == 5
    assert all(" -> " in row for row in said.splitlines() if row.startswith("warning"))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["customers"], summary["lines"], summary["faults"]) == (4, 5, 5)
    assert summary["warnings"] == {
        "apply.circle": 2, "apply.iban": 1, "apply.parent": 1, "apply.went_out": 1,
    }  # fmt: skip
    first = {row["line"]: row for row in proposals(tmp_path) if row["rank"] == "1"}
    assert [first[key]["action"] for key in "ade"] == ["post", "leave", "leave"]


@pytest.mark.parametrize("percent", ["-2", "250", "100"])
def test_a_discount_that_cannot_be_is_named(tmp_path: Path, percent: str) -> None:
    items = ITEMS.replace("colour", "discount_pct").replace("red", percent).replace("blue", "2")
    code, output = apply(tmp_path, items=items)
    assert code == 1
    assert f"items.csv row 2: discount_pct '{percent}' is not between 0 and 100" in output


def test_a_fault_of_a_statement_names_the_file_and_no_remedy_that_there_is_not(
    tmp_path: Path,
) -> None:
    body = statement_bytes([Movement(10_000, "INV-2026-000101")], on=TODAY, closing_minor=10_000)
    balance = re.sub(rb'(<Bal>.*?Ccy=")EUR', rb"\1SEK", body, flags=re.DOTALL)
    _, said = apply(tmp_path, lines=balance)
    faults = [row for row in said.splitlines() if row.startswith(("warning", "fatal"))]
    assert faults and all(row.split(" ", 1)[1].startswith("lines: ") for row in faults)
    assert not any(row.endswith("-> ") for row in faults)


def test_a_missing_column_is_named_also_where_there_is_no_row(tmp_path: Path) -> None:
    head = LINES.splitlines()[0].replace("amount", "sum")
    code, output = apply(tmp_path, lines=f"{head}\n")
    assert code == 1
    assert "lines has no column amount" in output
    assert "the header has: id, date, sum, currency, text" in output
    assert not (tmp_path / "out" / "proposals.csv").exists()
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


def _advised(number: int) -> RemittanceAdvice:
    """Number n pays two invoices: 100.n in all."""
    cents = Money(6_000 + number, "EUR"), Money(4_000, "EUR")
    lines = [RemittanceLine(f"RE-26-{number}{at}", one) for at, one in enumerate(cents)]
    payments = Money(10_000 + number, "EUR")
    return replace(
        remittance_advice(), number=f"ZA-{number}", payments=payments, lines=tuple(lines),
        paid_on=TODAY, payer_account="",
    )  # fmt: skip


def _table(number: int) -> list[tuple[str, ...]]:
    rows = [
        (line.document, f"{line.paid.decimal:.2f}".replace(".", ","))
        for line in _advised(number).lines
    ]
    return [("Rechnung", "Zahlbetrag"), *rows]


def _files() -> dict[str, bytes]:
    """Every way to say it, each with a number of its own."""
    own = "remittance,number,paid,currency,reference\n" + "".join(
        f"r,{line.document},{line.paid.decimal},EUR,ZA-{4:04}\n" for line in _advised(4).lines
    )
    ours = [
        ["remittance", "number", "paid", "currency"],
        *(
            [f"ZA-{5:04}", line.document, str(line.paid.decimal), "EUR"]
            for line in _advised(5).lines
        ),
    ]
    html = (
        "<table>"
        + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in _table(7))
        + "</table>"
    )
    report = "payout,paid_on,type,document,reference,gross,fee,net,currency\n" + "".join(
        f"P-11,{TODAY},payment,{line.document},ch_{at},{line.paid.decimal},0,"
        f"{line.paid.decimal},EUR\n"
        for at, line in enumerate(_advised(11).lines)
    )
    return {
        "1.edi": formats.write(document=_advised(1), to="edifact").data,
        "2.txt": formats.write(document=_advised(2), to="x12").data,
        "3.xml": formats.write(document=_advised(3), to="ubl").data,
        "4.csv": own.encode(),
        "5.xlsx": book({"Avis": ours}),
        "6.xlsx": book({"Notes": [["see"]], "Avis": [list(row) for row in _table(6)]}),
        "7.eml": mail(html=html, sender="ap7@kunde.example").as_bytes(),
        "8.eml": mail(
            text="\n".join("  ".join(row) for row in _table(8)), sender="AP8@kunde.example"
        ).as_bytes(),
        "9.eml": attached(mail(sender="ap9@kunde.example"), page(_wide(9)), "avis.pdf"),
        "10.pdf": page(_wide(10)),
        "11.csv": report.encode(),
    }


def _wide(number: int) -> list[tuple[str, ...]]:
    return [(name, "", "", "", amount) for name, amount in _table(number)]


def test_remittances_come_as_customers_send_them(tmp_path: Path) -> None:
    """Each file explains one line; a folder and a file beside it, an advice that is there twice,
    and two that cannot be read: they are named, and the others count."""
    folder = tmp_path / "told"
    folder.mkdir()
    files = _files()
    for name, body in files.items():
        (folder / name).write_bytes(body)
    (folder / "again.edi").write_bytes(files["1.edi"])
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 no page")
    beside = tmp_path / "broken.eml"
    beside.write_bytes(attached(mail(), page([*_wide(12), ("Summe", "", "", "", "7,00")]), "a.pdf"))
    numbers = range(1, len(files) + 1)
    head, rows = ITEMS.splitlines()[0], []
    for n in numbers:
        for at, line in enumerate(_advised(n).lines):
            sum_ = line.paid.decimal
            rows.append(
                f"{n}{at},C{n},{line.document},invoice,{sum_},{sum_},EUR,2026-05-01,2026-05-31,"
            )
    lines = ["id,date,amount,currency,payer_name,payer_iban,text"]
    for n in numbers:
        # Nothing in the line tells how its amount falls to the two, but the advice.
        text = {4: "ZA-0004", 5: "ZA-0005", 6: "RE-26-60 u.a.", 10: "RE-26-101 u.a."}.get(n, "")
        payer = _advised(n).payer.name or "" if n in (1, 2, 3) else ""
        name = f"Kunde {n} GmbH" if n in (7, 8, 9) else payer
        lines.append(f"{n},{TODAY},100.{n:02},EUR,{name},,{text if n > 3 else f'ZA-{n}'}")
    people = "id,name,emails\n" + "".join(
        f"C{n},Kunde {n} GmbH,{f'ap{n}@kunde.example' if n in (7, 8, 9) else ''}\n" for n in numbers
    )
    (tmp_path / "people.csv").write_text(people)
    code, said = apply(
        tmp_path, "--remittances", str(folder), "--remittances", str(beside), "--map", "auto",
        "--customers", str(tmp_path / "people.csv"),
        items="\n".join([head, *rows]), lines="\n".join(lines),
    )  # fmt: skip
    assert code == 1, said
    first = {row["line"]: row for row in proposals(tmp_path) if row["rank"] == "1"}
    for n in numbers:
        credited = f"{n}0:60.{n:02};{n}1:40.00"
        assert (first[str(n)]["items"], first[str(n)]["reason"]) == (credited, "advice"), first[
            str(n)
        ]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())["remittances"]
    assert summary == {
        "files": 14, "unread": [str(folder / "scan.pdf"), str(beside)],
        "advices": 11, "linked": 9,
    }  # fmt: skip
    assert f"{folder / 'scan.pdf'}: " in said
    assert f"{beside}: in the file a.pdf: row " in said and "it says 7.00 EUR" in said


def test_the_lines_may_be_a_zip_of_statements(tmp_path: Path) -> None:
    """What is wrong is named with its file, and what one of them cannot prove is not posted."""
    one = statement_bytes([Movement(10_000, "INV-2026-000101")], on=TODAY, reference="S1")
    wrong = statement_bytes(
        [Movement(25_050, "INV-2026-000102")], on=TODAY, reference="S2", closing_minor=1
    )
    code, said = apply(tmp_path, lines=packet({"1.xml": one, "2.xml": wrong}))
    assert code == 1 and "lines/2.xml: statement S2: opening" in said
    rows = [row for row in proposals(tmp_path) if row["rank"] == "1"]
    assert [(row["line"], row["action"], row["items"]) for row in rows] == [
        ("1.xml 1-1", "post", "1:100.00"),
        ("2.xml 1-1", "suggest", "2:250.50"),
    ]
