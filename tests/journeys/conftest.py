"""Chromium, and a running Acquit that it looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.installation import Installation, running

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# No word to any other host: the test machine may have no network at all.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def acquit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with running(tmp_path_factory.mktemp("acquit"), f"{name}_{os.getpid()}") as installation:
        yield installation


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Open only for one module: while Playwright's loop runs, Django takes the thread for an
    asynchronous one and refuses its database to other tests."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"no browser at {CHROMIUM}; install chromium, or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
