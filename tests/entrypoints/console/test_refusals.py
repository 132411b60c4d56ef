"""Refusals of every console command: in words, and under ``--json`` as one object."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from acquit.access.commands.grant import CONFIRM_CONFLICT
from acquit.entrypoints.console.main import app
from tests.support.world import World

# What makes each command refuse, and what the shell is told; FILE is a file that is no table,
# no picture and no document.
REFUSED: dict[str, tuple[str, int]] = {
    "apply": ("--items FILE --lines FILE -o FILE", 2),
    "backup": ("FILE", 1),
    "bill": ("--company nobody", 3),
    "config": ("--data FILE", 2),
    "credit": ("X1 --reason no --company nobody", 3),
    "demo": ("--port many", 2),
    "demands": ("nonsense", 2),
    "doctor": ("--data FILE", 2),
    "down": ("--data FILE", 2),
    "ereport": ("--month 2026-03 --platform 1234 -o FILE", 1),
    "grant": ("a@muster.example accountant --name A --company nobody", 3),
    "import": ("customers FILE --profile nonsense", 2),
    "init": ("--slug muster --name Muster --country DE", 4),
    "limit": ("clerk nonsense 5.00", 2),
    "match": ("--company nobody", 3),
    "migrate": ("--data FILE", 2),
    "read": ("FILE", 2),
    "report": ("nonsense", 2),
    "reset": ("", 5),
    "restore": ("FILE", 1),
    "revoke": ("a@muster.example", 2),
    "rules": ("install FILE", 1),
    "send": ("--dry-run --company nobody", 3),
    "settings": ("--logo FILE", 1),
    "status": ("--data FILE", 2),
    "text": ("opening invoice en {{nobody}}", 1),
    "up": ("--port 99999999", 2),
    "validate": ("FILE --judge saxon", 2),
    "verify": ("--export FILE", 1),
}


@pytest.fixture
def folder(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path / "data"))
    (tmp_path / "letter.bin").write_bytes(b"\xf0\x9d no table at all")
    return tmp_path


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def last_object(said: Result) -> dict[str, list[dict[str, str]]]:
    found = json.loads(said.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, command in get_command(app).commands.items()  # type: ignore[attr-defined]
        if any("--json" in parameter.opts for parameter in command.params)
    ),
)
def test_the_last_line_is_an_object_also_when_refused(folder: Path, name: str) -> None:
    words, code = REFUSED[name]
    given = words.replace("FILE", str(folder / "letter.bin")).split()
    said = typed(name, *given, "--json")
    assert said.exit_code == code, said.output
    refused = last_object(said)["refused"]
    assert refused
    assert all(fault["message"] and "object at 0x" not in fault["message"] for fault in refused)
    assert said.stderr.strip(), "people are told as well"
    assert not (folder / "data").exists(), "nothing was made"


def test_a_question_is_an_object_too(folder: Path) -> None:
    """Two duties in one hand: nobody said yes."""
    asked = typed("grant", "a@muster.example", "owner", "--json")
    assert asked.exit_code == 5, asked.output
    assert {fault["code"] for fault in last_object(asked)["refused"]} == {CONFIRM_CONFLICT}
    assert "Repeat with --yes" in asked.stderr


WRONG = {
    "empty": b"",
    "broken.pdf": b"%PDF-1.4\nbroken",
    "named.pdf": b"hello\nworld\n",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("name", [*WRONG, "folder", "missing", "forbidden"])
def test_a_wrong_file_is_named_with_what_is_wrong(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / name
    if name in WRONG:
        file.write_bytes(WRONG[name])
    elif name == "folder":
        file.mkdir()
    elif name == "forbidden":
        if os.geteuid() == 0:
            pytest.skip("root may read every file")
        file.touch(mode=0)
    out = str(folder / "out.xml")
    for words in (
        ("validate", "--judge", "native", str(file)),
        ("read", str(file)),
        ("convert", str(file), "--to", "ubl", "-o", out),
        ("import", "customers", str(file)),
        ("import", "bank", str(file)),
        ("import", "remittance", str(file)),
        ("import", "responses", str(file)),
        ("init", "--toml", str(file)),
        ("verify", "--export", str(file)),
        ("apply", "--items", str(file), "--lines", str(file), "-o", str(folder / "o")),
    ):
        said = typed(*words)
        assert said.exit_code in (1, 2), (words, said.output)
        assert name in said.output or words[0] == "init", (words, said.output)
        assert "0x" not in said.output
    assert not Path(out).exists()


def test_a_kind_that_cannot_be_imported_is_said_once_of_a_folder(folder: Path) -> None:
    (folder / "second.csv").write_text("a,b\n")
    said = typed("import", "pigeons", str(folder))
    assert said.exit_code == 2
    assert said.stderr.count("files of kind 'pigeons' cannot be imported") == 1
    assert "bank, remittance or responses" in said.stderr
