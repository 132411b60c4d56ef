"""Build the demo's two companies where they are not there yet."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress

from acquit.access.models import Company
from acquit.entrypoints.console.demo.cast import COMPANIES
from acquit.entrypoints.console.demo.today import Today


def ensure_demo() -> None:
    """Build the demo unless it is there; shows how far it is."""
    slugs = [company.slug for company in COMPANIES]
    if Company.objects.filter(slug__in=slugs).count() == len(slugs):
        return
    now = datetime.now(UTC)
    with Progress(console=Console(stderr=True), transient=False) as progress:
        for new in COMPANIES:
            if not Company.objects.filter(slug=new.slug).exists():
                task = progress.add_task(f"a year of {new.name}", total=None)
                Today(new, now, progress, task).play()
