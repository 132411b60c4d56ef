"""``acquit read`` and ``acquit convert``, without a database."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acquit.core.codecs import formats, ubl
from acquit.core.judges import official
from acquit.entrypoints.console.main import app
from tests.core.documents.samples import two_rates
from tests.support.printed import texts

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
run = CliRunner().invoke


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("ubl/invoice-two-rates.xml", "ubl"),
        ("cii/invoice-two-rates.xml", "cii"),
        ("edifact/D96A/invoice-two-rates.edi", "INVOIC D96A"),
        ("x12/5010/invoice-two-rates.edi", "810 5010"),
    ],
)
def test_read_says_what_is_in_a_file(file: str, name: str) -> None:
    result = run(app, ["read", str(EXAMPLES / file), "--json"])
    assert result.exit_code == 0
    line = json.loads(result.stdout)
    assert (line["name"], line["faults"]) == (name, [])
    assert line["document"]["totals"]["gross"] == {"amount": "2042.30", "currency": "EUR"}
    shown = run(app, ["read", str(EXAMPLES / file)])
    assert "  totals.gross: 2042.30 EUR\n" in shown.stdout


def test_convert_writes_and_names_the_losses(tmp_path: Path) -> None:
    source, target = EXAMPLES / "ubl/invoice-two-rates.xml", tmp_path / "out.edi"
    result = run(
        app, ["convert", str(source), "--to", "edifact", "--version", "D01B", "-o", str(target)]
    )
    assert result.exit_code == 0
    assert "warning attachments: not carried: INVOIC carries no files (BG-24)" in result.stderr
    (part,) = formats.read(data=target.read_bytes()).parts
    assert part.name == "INVOIC D01B"
    assert part.reading.document.totals == two_rates().totals


def test_convert_to_stdout_and_from_stdin() -> None:
    data = (EXAMPLES / "x12/4010/credit-note.edi").read_bytes()
    result = run(app, ["convert", "-", "--to", "json", "-o", "-"], input=data)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["type_code"] == "381"


def test_read_writes_the_answer_for_the_sender(tmp_path: Path) -> None:
    for file, name in (("edifact/D96A/order.edi", "CONTRL"), ("x12/5010/order.edi", "997 5010")):
        target = tmp_path / "answer.edi"
        result = run(app, ["read", str(EXAMPLES / file), "--answer", str(target)])
        assert result.exit_code == 0
        (part,) = formats.read(data=target.read_bytes()).parts
        assert part.name.startswith(name)
        assert part.reading.document.status == "accepted"
    xml = str(EXAMPLES / "ubl/credit-note.xml")
    refused = run(app, ["read", xml, "--answer", str(tmp_path / "none")])
    assert (refused.exit_code, "[document.no_answer]" in refused.stderr) == (1, True)
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    out = tmp_path / "o"
    missing = run(app, ["read", str(tmp_path / "none.edi")])
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    (tmp_path / "a.txt").write_text("hello")
    unknown = run(app, ["read", str(tmp_path / "a.txt")])
    assert (unknown.exit_code, "[document.syntax]" in unknown.stderr) == (2, True)
    source = str(EXAMPLES / "ubl/credit-note.xml")
    form = run(app, ["convert", source, "--to", "fax", "-o", str(out)])
    assert (form.exit_code, "one of: ubl, cii, facturx, edifact, x12" in form.stderr) == (1, True)
    second = run(app, ["convert", source, "--to", "x12", "-o", str(out), "--number", "2"])
    assert second.exit_code == 2
    assert not out.exists()
    (tmp_path / "b.edi").write_bytes(b"UNH+1+INVOIC:D:96A:UN'BGM+380+1'UNT+3+1'")
    broken = run(app, ["convert", str(tmp_path / "b.edi"), "--to", "ubl", "-o", str(out)])
    assert (broken.exit_code, "[edifact.missing]" in broken.stderr) == (1, True)
    assert run(app, ["read", str(tmp_path / "b.edi")]).exit_code == 1


def test_many_files_go_into_a_folder_each_under_its_name(tmp_path: Path) -> None:
    """Two sources of one name get two places, no source is written over, one that cannot be read
    stops none."""
    out = tmp_path / "out"
    out.mkdir()
    for folder in ("ubl", "cii"):
        (out / folder).mkdir()
        source = EXAMPLES / folder / "invoice-two-rates.xml"
        (out / folder / "invoice.xml").write_bytes(source.read_bytes())
    (out / "invoice.xml").write_bytes((EXAMPLES / "ubl/credit-note.xml").read_bytes())
    (out / "odd.txt").write_text("hello")
    words = ["convert", str(out), "--to", "cii", "-o", str(out)]
    result = run(app, words)
    assert result.exit_code == 0
    assert "odd.txt: this is no document in a syntax that is known here" in result.stderr
    assert "4 files: 3 converted, 0 not, 1 passed over" in result.stderr
    made = sorted(p.name for p in out.glob("*.xml"))
    assert made == ["invoice-2.xml", "invoice-3.xml", "invoice-4.xml", "invoice.xml"]
    shown = run(app, ["read", str(out / "invoice-*.xml"), "--json"])
    assert shown.exit_code == 0
    read = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {line["name"] for line in read} == {"cii"}
    assert sorted(line["document"]["type_code"] for line in read) == ["380", "380", "381"]
    assert "3 files: 3 read whole, 0 not" in shown.stderr
    into_a_file = run(app, ["convert", *words[1:5], str(out / "odd.txt")])
    assert (into_a_file.exit_code, "[convert.folder]" in into_a_file.stderr) == (2, True)


def test_what_is_no_document_in_a_folder_is_passed_over_and_named(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes((EXAMPLES / "ubl/credit-note.xml").read_bytes())
    for name, data in (("README.md", b"# hello"), ("a.json", b"{}"), ("a.zip", b"PK\x03\x04")):
        (tmp_path / name).write_bytes(data)
    result = run(app, ["read", str(tmp_path)])
    assert (result.exit_code, "4 files: 1 read whole, 0 not, 3 passed over" in result.stderr) == (
        0, True,
    )  # fmt: skip
    assert f"passed over {tmp_path / 'a.zip'}: this is a packed archive" in result.stderr
    lines = [json.loads(x) for x in run(app, ["read", str(tmp_path), "--json"]).stdout.splitlines()]
    over = {
        Path(line["file"]).name: line["passed_over"][0]["code"]
        for line in lines
        if "passed_over" in line
    }
    assert over == {
        "README.md": "document.syntax",
        "a.json": "document.syntax",
        "a.zip": "document.packed",
    }
    # Who names a file means it; and a broken document is none to pass over.
    assert run(app, ["read", str(tmp_path / "a.json")]).exit_code == 2
    (tmp_path / "b.edi").write_bytes(b"UNH+1+INVOIC:D:96A:UN'BGM+380+1'UNT+3+1'")
    assert run(app, ["read", str(tmp_path)]).exit_code == 1
    for name in ("a.xml", "b.edi"):
        (tmp_path / name).unlink()
    none = run(app, ["read", str(tmp_path)])
    assert (none.exit_code, "[read.no_document]" in none.stderr) == (2, True)


def test_every_document_of_a_file_is_written_or_told(tmp_path: Path) -> None:
    data = (EXAMPLES / "edifact/D96A/credit-note.edi").read_bytes()
    one = data[data.index(b"UNH") : data.index(b"UNZ")]
    source, folder = tmp_path / "two.edi", tmp_path / "out"
    source.write_bytes(data.replace(b"UNZ+1", one + b"UNZ+2"))
    single = run(app, ["convert", str(source), "--to", "json", "-o", str(tmp_path / "a.json")])
    assert (single.exit_code, "the first of 2 documents" in single.stderr) == (0, True)
    folder.mkdir()
    assert run(app, ["convert", str(source), "--to", "json", "-o", str(folder)]).exit_code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["two-2.json", "two.json"]


def test_an_invoice_becomes_a_page_with_itself_inside(tmp_path: Path) -> None:
    """Factur-X from any syntax; the specification of another network becomes EN 16931."""
    specification = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    source, target = tmp_path / "a.xml", tmp_path / "a.pdf"
    source.write_bytes(ubl.write(document=replace(two_rates(), specification=specification)))
    words = ["convert", str(source), "--to", "facturx", "-o", str(target)]
    result = run(app, [*words, "--language", "de"])
    assert result.exit_code == 0
    assert "warning specification: " in result.stderr
    assert official.judge(target.read_bytes()).valid
    assert "Rechnung" in texts(target.read_bytes())[0]
    (part,) = formats.read(data=target.read_bytes()).parts
    assert part.reading.document.totals == two_rates().totals
    refused = run(app, [*words, "--language", "it"])
    assert (refused.exit_code, "one of: en, fr, de, ro" in refused.stderr) == (1, True)


def test_a_bank_file_is_no_document_and_has_a_way_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "s.sta"
    file.write_bytes(b":20:A\n:25:X/1\n:60F:C260331EUR0,00\n:62F:C260331EUR0,00\n-\n")
    for command in (["read", str(file)], ["convert", str(file), "--to", "ubl", "-o", "-"]):
        result = run(app, command)
        assert result.exit_code == 2
        assert "a bank file (mt940)" in result.stderr and "acquit import bank" in result.stderr
    folder = run(app, ["read", str(tmp_path), str(EXAMPLES / "ubl/invoice-two-rates.xml")])
    assert folder.exit_code == 0 and "passed over" in folder.stderr
