"""Build the demo's companies, as far as they are not there yet."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress

from acquit.entrypoints.console.demo.cast import COMPANIES
from acquit.entrypoints.console.demo.today import Today


def build(slugs: Set[str]) -> None:
    """A year of trade for each of these companies; shows how far it is."""
    now = datetime.now(UTC)
    with Progress(console=Console(stderr=True), transient=False) as progress:
        for new in COMPANIES:
            if new.slug in slugs:
                task = progress.add_task(f"a year of {new.name}", total=None)
                Today(new, now, progress, task).play()
