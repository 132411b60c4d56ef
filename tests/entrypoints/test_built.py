"""Pages that were built before their sources changed: said where there are sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acquit.entrypoints import built, health


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Sources of ten o'clock, and pages built of them at eleven."""
    files = {
        "frontend/src/styles/work.css": 36_000,
        "acquit/entrypoints/ui/templates/apply/page.html": 36_000,
        "acquit/static/built/manifest.json": 39_600,
    }
    for name, seconds in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("x")
        os.utime(path, (seconds, seconds))
    return tmp_path


@pytest.mark.parametrize(
    "changed", ["frontend/src/styles/work.css", "acquit/entrypoints/ui/templates/apply/page.html"]
)
def test_a_source_that_changed_since_is_named(checkout: Path, changed: str) -> None:
    assert built.older_than(root=checkout) == ""
    os.utime(checkout / changed, (43_200, 43_200))
    assert built.older_than(root=checkout) == changed


def test_what_is_installed_has_no_sources(checkout: Path) -> None:
    os.utime(checkout / "acquit/entrypoints/ui/templates/apply/page.html", (43_200, 43_200))
    (checkout / "frontend").rename(checkout / "elsewhere")
    assert built.older_than(root=checkout) is None


def test_what_was_never_built_is_no_older_build(checkout: Path) -> None:
    (checkout / "acquit/static/built/manifest.json").unlink()
    assert built.older_than(root=checkout) == ""


def test_the_checks_say_how_to_build_them(checkout: Path) -> None:
    (check,) = health.pages(root=checkout)
    assert (check.ok, check.fix) == (True, "")
    os.utime(checkout / "frontend/src/styles/work.css", (43_200, 43_200))
    (check,) = health.pages(root=checkout)
    assert (check.ok, check.fix) == (False, "make front")
    assert check.detail == "older than frontend/src/styles/work.css"
