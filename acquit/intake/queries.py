"""Reading imports: the list, one run with what became of it, and the rows to correct."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from acquit.database.listing import Listing, within_instants
from acquit.intake.models import ImportRun, RowFault
from acquit.intake.runs import PACKED_IN


@dataclass(frozen=True, slots=True)
class RunView:
    id: UUID
    kind: str
    profile: str
    filename: str
    digest: str
    state: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int
    created: Mapping[str, int]
    started_at: datetime
    actor_name: str


def _run(*row: Any) -> RunView:
    values = list(row)
    values[10] = json.loads(values[10])
    return RunView(*values)


RUNS = Listing(
    columns="r.id, r.kind, r.profile, r.filename, r.digest, r.state, r.rows, r.accepted,"
    " r.rejected, r.duplicate, r.created, r.started_at, r.actor_name",
    source="FROM intake_run r WHERE r.company_id = %(company)s",
    newest=("r.started_at", "r.id"),
    make=_run,
    conditions={
        "q": "(r.filename ILIKE %(like)s OR r.actor_name ILIKE %(like)s)",
        "kind": "r.kind = %(kind)s",
        "state": {
            "done": "r.state = 'committed' AND r.rejected = 0",
            "rejected": "r.state = 'committed' AND r.rejected > 0",
            "undone": "r.state = 'undone'",
        },
        **within_instants("r.started_at"),
    },
)


@dataclass(frozen=True, slots=True)
class FaultView:
    """A rejected row: ``row`` as a spreadsheet counts, ``content`` its cells as CSV."""

    row: int
    code: str
    message: str
    fix: str
    content: str


def recent(
    *, company_id: UUID, limit: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[RunView]:
    """Imports, newest first; ``after`` is (started_at, id) of the last one seen."""
    rows = ImportRun.objects.of(company_id).order_by("-started_at", "-id")
    if after is not None:
        at, id = after
        rows = rows.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=id))
    return [_view(row) for row in rows[:limit]]


def run(*, company_id: UUID, run_id: UUID) -> RunView | None:
    row = ImportRun.objects.of(company_id).filter(id=run_id).first()
    return _view(row) if row else None


def faults(
    *, company_id: UUID, run_id: UUID, limit: int = 200, after_row: int = 0
) -> list[FaultView]:
    """Rejected rows in the order of the file, after row ``after_row``."""
    rows = RowFault.objects.of(company_id).filter(run_id=run_id, row__gt=after_row)
    columns = ("row", "code", "message", "fix", "content")
    return [FaultView(*values) for values in rows.order_by("row").values_list(*columns)[:limit]]


def archive_of(*, company_id: UUID, run_id: UUID) -> tuple[str, str] | None:
    """Name and digest of the archive that an import's file came out of."""
    row = ImportRun.objects.of(company_id).filter(id=run_id).first()
    packed = row.options.get(PACKED_IN) if row else None
    return (packed["name"], packed["digest"]) if packed else None


def _view(row: ImportRun) -> RunView:
    return RunView(**{name: getattr(row, name) for name in RunView.__dataclass_fields__})
