"""``acquit read`` and ``acquit convert``, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acquit.core.codecs import formats
from acquit.entrypoints.console.main import app
from tests.core.documents.samples import two_rates

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
    assert (form.exit_code, "one of: ubl, cii, edifact, x12" in form.stderr) == (1, True)
    second = run(app, ["convert", source, "--to", "x12", "-o", str(out), "--number", "2"])
    assert second.exit_code == 2
    assert not out.exists()
    (tmp_path / "b.edi").write_bytes(b"UNH+1+INVOIC:D:96A:UN'BGM+380+1'UNT+3+1'")
    broken = run(app, ["convert", str(tmp_path / "b.edi"), "--to", "ubl", "-o", str(out)])
    assert (broken.exit_code, "[edifact.missing]" in broken.stderr) == (1, True)
    assert run(app, ["read", str(tmp_path / "b.edi")]).exit_code == 1
