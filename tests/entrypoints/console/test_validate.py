"""``acquit validate``: which judge counts, where two differ, what each took."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acquit.core.codecs import cii, ubl
from acquit.entrypoints.console.main import app
from tests.core.documents.samples import two_rates
from tests.core.judges.test_added import install, sheet

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bad.xml").write_bytes(ubl.write(document=replace(two_rates(), number="")))
    (tmp_path / "good.xml").write_bytes(cii.write(document=two_rates()))
    return tmp_path


def _run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, ["validate", "--json", *arguments])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_both_judges_speak_and_agree(files: Path) -> None:
    code, (bad, good) = _run("--judge", "official,native", str(files))
    assert code == 1
    assert (bad["valid"], good["valid"]) == (False, True)
    for line in (bad, good):
        assert line["differs"] == []
        assert set(line["judges"]) == {"official", "native"}
        assert all(judge["milliseconds"] > 0 for judge in line["judges"].values())
    assert "BR-02" in {fault["rule"] for fault in bad["faults"]}


def test_the_official_judge_is_asked_where_rules_were_added(files: Path, tmp_path: Path) -> None:
    """Nobody else can run them; without them the native judge answers in a moment."""
    _, (alone,) = _run(str(files / "good.xml"))
    assert set(alone["judges"]) == {"native"}
    install(tmp_path, {"PEPPOL-EN16931-UBL.xslt": sheet("ubl", "PEPPOL-EN16931-R999")})
    _, (both,) = _run("--data", str(tmp_path), str(files / "good.xml"))
    assert list(both["judges"]) == ["official", "native"]


def test_the_native_judge_alone_speaks_the_language(files: Path) -> None:
    code, (bad,) = _run("--judge", "native", "--language", "de", str(files / "bad.xml"))
    assert code == 1
    assert list(bad["judges"]) == ["native"]
    assert bad["differs"] is None
    (fault,) = [fault for fault in bad["faults"] if fault["rule"] == "BR-02"]
    assert fault["message"] == "Rechnungsnummer (BT-1) fehlt"
    assert fault["terms"] == ["BT-1"]


@pytest.mark.parametrize("wrong", [("--judge", "both"), ("--language", "it"), ("--profile", "x")])
def test_a_wrong_word_is_a_matter_of_usage(files: Path, wrong: tuple[str, str]) -> None:
    """Once, and not for each file as if the file were wrong; with the words that there are."""
    code, (told,) = _run(*wrong, str(files))
    assert code == 2
    (fault,) = told["refused"]
    assert fault["message"].startswith(f"{wrong[0]}: ") and repr(wrong[1]) in fault["message"]
    assert fault["fix"].startswith("say ")


def test_rules_that_one_judge_alone_knows_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(ubl.write(document=two_rates()))
    code, (line,) = _run("--profile", "peppol-bis-3", str(tmp_path / "good.xml"))
    assert code in (0, 1)
    assert line["differs"] is None
    assert line["judges"]["native"]["profile"] == "peppol-bis-3"


def test_each_judge_asks_the_format(tmp_path: Path) -> None:
    data = ubl.write(document=two_rates())
    day = re.sub(b"<cbc:IssueDate>[^<]*", b"<cbc:IssueDate>31.02.2026", data)
    (tmp_path / "odd.xml").write_bytes(day)
    for judge in ("native", "official", "native,official", "auto"):
        _, (line,) = _run("--judge", judge, str(tmp_path / "odd.xml"))
        found = [fault["path"] for fault in line["faults"] if fault["rule"] == "XSD"]
        assert found == ["/Invoice/IssueDate"]
        assert not any(told["valid"] for told in line["judges"].values())
        assert line["differs"] in (None, [])


def test_the_rules_of_a_country_come_on_top(tmp_path: Path) -> None:
    specification = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    document = replace(two_rates(), specification=specification, buyer_reference=None)
    (tmp_path / "german.xml").write_bytes(ubl.write(document=document))
    code, (line,) = _run("--judge", "official,native", str(tmp_path))
    assert (code, line["valid"], line["profile"]) == (1, False, "xrechnung")
    assert line["judges"]["official"]["valid"]
    assert "BR-DE-15" in {fault["rule"] for fault in line["faults"]}


def test_a_french_invoice_obeys_en_16931_as_well(files: Path) -> None:
    """The French stylesheet holds French rules alone: of these both speak, and alike."""
    code, (bad, good) = _run("--judge", "official,native", "--profile", "fr-flux2", str(files))
    assert code == 1
    for line in (bad, good):
        assert (line["profile"], line["valid"], line["differs"]) == ("fr-flux2", False, [])
        assert "BR-FR-08_BT-23" in {fault["rule"] for fault in line["faults"]}
    assert "BR-02" in {fault["rule"] for fault in bad["faults"]}


def test_rules_that_one_judge_alone_knows_can_be_named(files: Path) -> None:
    code, (line,) = _run("--profile", "cius-ro", str(files / "bad.xml"))
    assert (code, line["profile"]) == (1, "cius-ro")
    code, (line,) = _run("--profile", "facturx-en16931", str(files / "good.xml"))
    assert (code, line["profile"]) == (0, "facturx-en16931")


def test_what_is_too_large_is_refused_before_it_is_read(files: Path) -> None:
    """Nothing could read this: the file is larger than any memory, and has no blocks."""
    with (files / "huge.xml").open("wb") as stream:
        stream.truncate(2**40)
    for command in ("validate", "read"):
        result = CliRunner().invoke(app, [command, str(files / "huge.xml")])
        assert result.exit_code == 2
        assert "1099511627776 bytes; at most 50000000 are read [file.size]" in result.stderr


def test_many_files_are_counted_and_one_that_cannot_be_read_stops_none(files: Path) -> None:
    (files / "odd.xml").write_bytes(b"<a>" * 10_000)
    words = ["validate", "--judge", "native", str(files / "[!x]*.xml"), str(files / "none.xml")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "4 files: 1 valid, 1 not valid, 2 cannot be read" in result.stderr
    assert "xml.depth" in result.stdout
    assert "file.unreadable" in result.stderr


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["validate", str(tmp_path)])
    assert result.exit_code == 2
    assert "no .xml and no .pdf" in result.stderr


def test_errors_of_the_format_are_told_apart_from_broken_rules(files: Path) -> None:
    """As German law does: a file that is not built as its format wants it, and one in order."""
    data = (files / "bad.xml").read_bytes()
    strange = data.replace(b"<cbc:IssueDate>", b"<cbc:Oops>1</cbc:Oops><cbc:IssueDate>")
    (files / "bad.xml").write_bytes(strange)
    _, (line,) = _run(str(files / "bad.xml"))
    kinds = {fault["rule"]: fault["kind"] for fault in line["faults"]}
    assert (kinds["XSD"], kinds["BR-02"]) == ("format", "rule")
    shown = CliRunner().invoke(app, ["validate", "--judge", "official", str(files / "bad.xml")])
    assert "NOT valid, 1 format error, 1 broken rule (ubl, en16931)" in shown.stdout


@pytest.mark.parametrize(
    ("name", "data", "what", "fix"),
    [
        ("a.edi", "edifact/D96A/invoice-two-rates.edi", "edifact (INVOIC D96A)", "acquit convert"),
        ("a.edi", "x12/5010/order.edi", "x12 (850 5010)", "acquit read"),
        ("a.xml", "ubl/order.xml", "this is ubl Order,", "acquit read"),
        ("a.zip", b"PK\x03\x04...", "a packed archive", "unpack it first"),
        (
            "a.sta",
            b":20:1\n:25:X\n:28C:1\n:60F:C260101EUR0,\n",
            "a bank file (mt940)",
            "acquit import",
        ),
        ("a.eml", b"From: a@b.example\nSubject: x\nTo: c@d.example\n\nhello", "a mail", "attached"),
    ],
)
def test_what_is_no_e_invoice_is_named(
    name: str, data: bytes | str, what: str, fix: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(data if isinstance(data, bytes) else (EXAMPLES / data).read_bytes())
    code, (line,) = _run(str(file))
    (fault,) = line["faults"]
    assert (code, line["syntax"], what in fault["message"], fix in fault["fix"]) == (
        2, "unknown", True, True,
    ), fault  # fmt: skip


def test_what_nobody_knows_is_left_to_the_judge(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    code, (line,) = _run(str(tmp_path / "a.txt"))
    assert (code, [fault["code"] for fault in line["faults"]]) == (2, ["xml.syntax"])
