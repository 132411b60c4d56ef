"""The reference says what the program is: it is written from it, and no page is behind."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.docs.sessions import ROOT
from tools import reference
from tools.reference_source import fault_codes, settings

REWRITE = os.environ.get("ACQUIT_REWRITE_GOLDEN") == "1"


def test_the_generated_pages_are_those_of_this_program() -> None:
    command = [sys.executable, "-m", "tools.reference", *([] if REWRITE else ["--check"])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_the_program_reads_is_explained() -> None:
    assert set(reference.SETTINGS) == set(settings())


def test_codes_are_found_however_they_are_made() -> None:
    found = {one.code: one.message for one in fault_codes()}
    assert found["company.none"] == "there is no company yet"  # Fault(...)
    assert found["reset.confirm"] == "this deletes every company in <folder>"  # because(...)
    assert "there is no customer" in found["customer.country"]  # a message made line by line
    assert found["bank.zero"].startswith("entry <entry_number>")  # made by a function
    assert "line.price_zero" in found  # a rule of a shipped profile
