"""What a command does not need it does not load: a person waits for each of these."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_SAMPLES = Path(__file__).resolve().parents[3] / "examples" / "documents"
_UBL, _CII = (str(_SAMPLES / kind / "invoice-two-rates.xml") for kind in ("ubl", "cii"))
_NEVER = {
    "PIL", "cryptography", "django", "facturx", "numpy", "openpyxl", "pikepdf", "procrastinate",
    "psycopg", "requests", "saxonche", "typst",
}  # fmt: skip
_PROGRAM = """
import atexit, sys
atexit.register(lambda: print("\\n".join(sys.modules), file=sys.stderr))
from acquit.entrypoints.console.main import run
run()
"""


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["--help"], {"lxml", "pydantic"}),
        (["validate", "--judge", "native", _UBL], {"pydantic"}),
        (["validate", "--judge", "native", _CII], {"pydantic"}),
        (["read", _UBL], {"pydantic"}),
        (["convert", "--to", "cii", "--output", "-", _UBL], {"pydantic"}),
    ],
)
def test_no_more_is_loaded_than_the_command_needs(words: list[str], more: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.splitlines()}
    assert done.stdout
    assert "typer" in loaded
    assert loaded & (_NEVER | more) == set()
