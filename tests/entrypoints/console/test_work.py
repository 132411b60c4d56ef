"""The main job from the console: what it says of files and sendings that went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from acquit.core.codecs.ubl import application_response
from acquit.core.documents.response import ResponseStatus
from acquit.entrypoints.console.main import app
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from acquit.stages.masterdata.models import Customer
from tests.stages.dispatch.test_rejections import peppol
from tests.stages.dispatch.test_returned import sent
from tests.support.invoices import Sold, customer, deliver
from tests.support.money import Movement, statement_bytes
from tests.support.smtp import smtp_server
from tests.support.world import TODAY, World

CUSTOMERS = "number,name,country\nN1,Mill Lane Books Ltd,GB\n"


@pytest.fixture
def folder(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person whose company is the one of ``world``."""
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path))
    return tmp_path


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_a_parked_bank_file_is_no_success(folder: Path) -> None:
    file = folder / "week.xml"
    movements = [Movement(10_000, "RE 1")]
    file.write_bytes(statement_bytes(movements, on=TODAY, closing_minor=9_999))
    said = typed("import", "bank", file)
    assert said.exit_code == 1
    assert f"{file}: parked whole" in said.stderr
    assert "  week.xml: " in said.stdout
    assert "row 0" not in said.output
    again = typed("import", "bank", file)
    assert again.exit_code == 1
    assert (again.stdout, again.stderr) == (said.stdout, said.stderr)


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_taken(folder: Path) -> None:
    broken, good = folder / "broken.csv", folder / "good.csv"
    broken.write_bytes(b"\x00\xff\x00")
    good.write_text(CUSTOMERS)
    said = typed("import", "customers", broken, good, "--json")
    assert said.exit_code == 1
    assert f"{broken}: " in said.stderr
    first, second = (json.loads(line) for line in said.stdout.splitlines())
    assert first["file"] == str(broken)
    assert first["refused"]
    assert second["accepted"] == 1
    assert Customer.objects.filter(number="N1").exists()


def test_a_bank_file_that_is_none_is_named(folder: Path) -> None:
    file = folder / "letter.xml"
    file.write_text("<letter/>")
    said = typed("import", "bank", file)
    assert said.exit_code == 1
    assert f"{file}: " in said.stderr
    assert "row 0" not in said.output


def test_rows_that_were_rejected_fail_only_when_there_are_no_others(folder: Path) -> None:
    file = folder / "customers.csv"
    file.write_text("number,name,country\nN2,,XX\n")
    said = typed("import", "customers", file)
    assert said.exit_code == 1, said.output
    assert "rejected whole" in said.stderr
    file.write_text(CUSTOMERS + "N2,,XX\n")
    said = typed("import", "customers", file)
    assert (said.exit_code, said.stderr) == (0, "")
    assert "2 rows: 1 accepted, 1 rejected" in said.stdout


def test_columns_that_nothing_reads_are_named(folder: Path) -> None:
    file = folder / "customers.csv"
    file.write_text("number,name,country,langauge\nN1,Mill Lane Books Ltd,GB,ro\n")
    said = typed("import", "customers", file)
    assert (said.exit_code, "columns that nothing reads: langauge" in said.stdout) == (0, True)


def test_billing_says_why_documents_are_held(folder: Path, world: World) -> None:
    for number in "AB":
        dollars = customer(world, f"C-{number}", currency="USD")
        deliver(world, dollars, [Sold("1", "5.00")], currency="USD")
    said = typed("bill")
    assert "2 held for review." in said.stdout
    (line,) = [line for line in said.stdout.splitlines() if "and 1 more" in line]
    assert "exchange rate" in line


def test_sending_tells_the_portal_from_mail_and_gives_reasons(folder: Path, world: World) -> None:
    for number, email in (("A", "a@kunde.example"), ("B", "b@kunde.example"), ("C", "")):
        deliver(world, customer(world, f"C-{number}", email=email), [Sold("1", "5.00")])
    bill(ctx=world.ctx(), as_of=world.today)
    with smtp_server("550 no such mailbox"):
        said = typed("send", "--json")
        figures = json.loads(said.stdout.splitlines()[-1])
    assert (figures["sent"], figures["sent_by"]) == (2, {"email": 1, "portal": 1})
    assert (figures["exceptions"], figures["waiting"]) == (1, 0)
    (reason,) = figures["reasons"]
    assert reason["message"] == "550 no such mailbox"
    assert len(reason["documents"]) == 1
    assert Dispatch.objects.filter(state="failed").count() == 1


def test_a_report_that_is_none_lists_the_others_in_words(folder: Path) -> None:
    said = typed("report", "aging")
    assert said.exit_code == 2
    assert "one of: ageing, trial-balance, statement, dso" in said.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("report", "nonsense"), 2),
        (("report", "statement"), 2),
        (("report", "statement", "--customer", "nobody"), 3),
        (("report", "ageing", "--company", "nobody"), 3),
        (("init", "--slug", "muster", "--name", "Muster", "--country", "DE"), 4),
    ],
)
def test_the_shell_is_told_what_kind_of_refusal_it_was(
    folder: Path, words: tuple[str, ...], code: int
) -> None:
    assert typed(*words).exit_code == code


def test_the_shell_warns_until_letters_name_what_the_law_wants(folder: Path) -> None:
    made = typed("init", "--slug", "lyon", "--name", "Lyon SAS", "--country", "FR")
    assert (made.exit_code, made.stderr.count("warning: letters must name")) == (0, 3)
    assert "Code de commerce art. R123-237" in made.stderr and "RCS Lyon" in made.stderr
    words = ("--company", "lyon", "--legal-form", "SAS au capital de 1 000 €, RCS Lyon")
    said = typed("settings", *words, "--registration-id", "732829320", "--vat-due", "invoice")
    assert said.stderr.count("warning: letters must name") == 1 and "the address" in said.stderr
    assert "vat_due: invoice" in said.stdout
    refused = typed("settings", "--company", "lyon", "--vat-due", "never")
    assert refused.exit_code == 1 and "use invoice, payment" in refused.stderr


def contents() -> dict[str, str]:
    """A digest of each table, of all its rows."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            rows = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
            cursor.execute(rows)
            found[table] = cursor.fetchone()[0]
    return found


def test_a_dry_run_writes_nothing_and_tells_what_the_act_then_does(
    folder: Path, world: World
) -> None:
    for number, email in (("A", "a@kunde.example"), ("B", "b@kunde.example"), ("C", "")):
        deliver(world, customer(world, f"C-{number}", email=email), [Sold("1", "5.00")])
    bill(ctx=world.ctx(), as_of=world.today)
    first = Document.objects.order_by("number").first()
    assert first is not None
    file = folder / "week.xml"
    movements = [Movement(first.gross_minor, first.number), Movement(1_999, "THANK YOU")]
    file.write_bytes(statement_bytes(movements, on=TODAY))
    assert typed("import", "bank", file).exit_code == 0
    before = contents()
    for words in (("send",), ("match", "--date", TODAY.isoformat())):
        said = typed(*words, "--dry-run", "--json")
        assert (said.exit_code, contents()) == (0, before)
        assert "A dry run: nothing was changed." in said.stderr
        tried = json.loads(said.stdout)
        differences = tried.pop("differences")
        with smtp_server() as server:
            assert not server.messages
            done = json.loads(typed(*words, "--json").stdout)
        assert tried == done
        assert contents() != before
        before = contents()
        if words[0] == "send":
            assert tried["sent_by"] == {"email": 2, "portal": 1}
            assert {"a@kunde.example", "b@kunde.example"} < {d["recipient"] for d in differences}
        else:
            assert (tried["posted"], tried["left"]) == (1, 1)
            assert [d["documents"] for d in differences if d["action"] == "post"] == [
                [first.number]
            ]


def test_answers_to_documents_say_what_they_did(folder: Path, world: World) -> None:
    asked, refused = sent(world, 2)
    for number, status in (
        (asked, ResponseStatus.UNDER_QUERY),
        (refused, ResponseStatus.REJECTED),
    ):
        data = application_response.write(document=peppol(number, status)).data
        (folder / f"{number}.xml").write_bytes(data)
    said = typed("import", "responses", *(str(folder / f"{one}.xml") for one in (asked, refused)))
    assert said.exit_code == 0, said.output
    held = f"{asked}: held back with a question by Metro AG: wrong order number -> nothing changes"
    assert held in said.stdout
    assert f"{refused}: rejected by Metro AG: wrong order number (BT-13) [REF] -> an exception" in (
        said.stdout
    )
    assert "Created: exceptions 1." in said.stdout
