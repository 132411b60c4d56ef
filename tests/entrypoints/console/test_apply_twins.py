"""``acquit apply``: one account told in several syntaxes. Money counts once, whatever tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from acquit.core.codecs import mt940
from tests.core.banking.test_packed import packet
from tests.entrypoints.console.test_apply import apply, proposals
from tests.support.money import IBAN, Movement, statement_bytes, statement_of
from tests.support.world import TODAY

OTHER = "DE02120300000000202051"
MONEY = [
    Movement(10_000, "INV-2026-000101", "Kunde GmbH", end_to_end="E2E-1"),
    Movement(1_700, "twice the same"),
    Movement(-900, "charges"),
    Movement(1_700, "twice the same"),
]
SHORT = [Movement(m.minor, m.text[:5].upper(), end_to_end=m.end_to_end) for m in MONEY]
CAMT = statement_bytes(MONEY, on=TODAY, opening_minor=5_000)


def mt(movements: list[Movement], *, account: str = IBAN, opening_minor: int = 5_000) -> bytes:
    statement = statement_of(movements, on=TODAY, opening_minor=opening_minor)
    return mt940.write(replace(statement, account_iban=account))


def table(account: str, *rows: tuple[str, str]) -> bytes:
    day = f"{TODAY:%d.%m.%Y}"
    made = (
        f"{account};{day};{day};Kunde AG;;GUTSCHRIFT;{text};{sum_};EUR\n" for text, sum_ in rows
    )
    header = (
        "IBAN Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;"
        "IBAN Zahlungsbeteiligter;Buchungstext;Verwendungszweck;Betrag;Waehrung\n"
    )
    return (header + "".join(made)).encode()


@pytest.mark.parametrize(
    ("files", "lines", "over"),
    [
        ({"a.sta": mt(SHORT), "b.xml": CAMT}, ["a.sta 1-1", "a.sta 1-2", "a.sta 1-4"], 4),
        ({"a.xml": CAMT, "b.sta": mt(SHORT)}, ["a.xml 1-1", "a.xml 1-2", "a.xml 1-4"], 4),
        # The account by bank code and number, as German banks name it.
        (
            {"a.sta": mt(SHORT, account="37040044/532013000"), "b.xml": CAMT},
            ["a.sta 1-1", "a.sta 1-2", "a.sta 1-4"],
            4,
        ),
        # One file has the morning only, the other all of the day.
        (
            {"a.sta": mt(SHORT[:2]), "b.xml": CAMT},
            ["a.sta 1-1", "a.sta 1-2", "b.xml 1-4"],
            2,
        ),
        # Another account, and the balance that goes on: money of its own.
        (
            {"a.sta": mt(SHORT[:1], account=OTHER), "b.xml": statement_bytes(MONEY[:1], on=TODAY)},
            ["a.sta 1-1", "b.xml 1-1"],
            0,
        ),
        (
            {
                "a.sta": mt(SHORT[1:2]),
                "b.xml": statement_bytes(MONEY[1:2], on=TODAY, opening_minor=6_700),
            },
            ["a.sta 1-1", "b.xml 1-1"],
            0,
        ),
    ],
)
def test_money_counts_once_in_whatever_syntax(
    tmp_path: Path, files: dict[str, bytes], lines: list[str], over: int
) -> None:
    code, said = apply(tmp_path, lines=packet(files))
    assert code == 0 and "apply.same_money" not in said, said
    assert [row["line"] for row in proposals(tmp_path) if row["rank"] == "1"] == lines
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["passed_over"].get("told by another file", 0) == over


def test_several_files_count_as_one_archive(tmp_path: Path) -> None:
    inner = packet({"x.xml": statement_bytes([Movement(2_500)], on=TODAY, reference="X")})
    more = []
    for name, body in {"a.sta": mt(SHORT), "one/b.xml": CAMT, "two/b.xml": CAMT}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
        more += ["--lines", str(tmp_path / name)]
    code, said = apply(tmp_path, *more, lines=inner)
    assert code == 0, said
    assert {row["line"] for row in proposals(tmp_path) if row["rank"] == "1"} == {
        "a.sta 1-1", "a.sta 1-2", "a.sta 1-4", "lines/x.xml 1-1"
    }  # fmt: skip
    (tmp_path / "a.sta").write_bytes(b"")
    code, said = apply(tmp_path, "--lines", str(tmp_path / "a.sta"), lines=b"PK\x03\x04broken")
    assert code == 1 and "nothing was written" in said


def test_what_counts_once_without_proof_is_named(tmp_path: Path) -> None:
    """A table has no balances and no references of the bank."""
    rows = ("INV 2026 000101", "100,00"), ("der Rest", "12,00")
    later = statement_bytes([Movement(1_234)], on=date(2026, 7, 1), reference="S9")
    files = {"a.xml": CAMT, "b.csv": table(IBAN, *rows), "c.csv": table(OTHER, *rows)}
    code, said = apply(tmp_path, lines=packet({**files, "z.xml": later}))
    assert code == 0
    assert (
        f"warning lines/b.csv: statement 1, movements 1, {TODAY}: another file tells as much money"
        " of this account and day in other words [apply.same_money] -> they count once"
    ) in said
    assert said.count("apply.same_money]") == 1
    assert {row["line"] for row in proposals(tmp_path) if row["rank"] == "1"} == {
        *("a.xml 1-1", "a.xml 1-2", "a.xml 1-4", "b.csv 1-2", "c.csv 1-1", "c.csv 1-2", "z.xml 1-1")
    }
