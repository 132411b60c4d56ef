"""The verifier: every invariant the stages reach, over the database or over an export alone.

The same registry of checks runs on both: set-based SQL that PostgreSQL and SQLite understand
alike, and pure functions over rows. An export is read into an SQLite of memory, so it needs
neither the database nor Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID


def run(*, company_id: UUID, now: datetime) -> dict[str, Any]:
    """``{"ok", "checked", "broken": [{"invariant", "record", "message"}]}`` over the database."""
    from acquit.stages.insight.verify.database import verify_database

    return verify_database(company_id=company_id, now=now)


def export(*, company_id: UUID, directory: Path, now: datetime) -> dict[str, Any]:
    """Write the company as JSON lines, its facts and its archived bytes; the manifest."""
    from acquit.stages.insight.verify.writing import write_export

    return write_export(company_id=company_id, directory=directory, now=now)


def run_export(*, directory: Path, head: str = "") -> Mapping[str, Any]:
    """The same answer over an export alone. ``head`` is the chain's last hash as kept elsewhere:
    it tells whether the whole export was made up."""
    from acquit.stages.insight.verify.offline import verify_export

    return verify_export(directory=directory, head=head)
