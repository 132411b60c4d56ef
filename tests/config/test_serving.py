"""Serving starts with a real secret or not at all."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("secret", "starts"), [("", False), ("short", False), ("x" * 32, True)])
def test_the_web_process_needs_a_secret(secret: str, starts: bool) -> None:
    environment = {**os.environ, "ACQUIT_SECRET_KEY": secret}
    run = subprocess.run(
        [sys.executable, "-c", "import acquit.config.wsgi"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0) is starts, run.stderr
    if not starts:
        assert "set ACQUIT_SECRET_KEY" in run.stderr
