"""The record of an import: opened before its rows, closed with what became of them.

Kinds that have a reader of their own (bank statements) use these functions directly, so that
every file that comes in is counted and archived in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history import unit
from acquit.intake.facts import FileImported
from acquit.intake.models import IMPORT, ImportRun, RowFault


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a row was not taken: ``row`` as a spreadsheet counts, ``content`` its cells as CSV."""

    row: int
    code: str
    message: str
    fix: str = ""
    content: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its bytes are in the archive under ``digest``."""

    kind: str
    profile: str
    filename: str
    digest: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """accepted + rejected + duplicate = rows (invariant I33)."""

    rows: int
    accepted: int
    rejected: int
    duplicate: int

    def __post_init__(self) -> None:
        if self.rows != self.accepted + self.rejected + self.duplicate:
            raise ValueError(f"an import must account for every row: {self}")


def earlier_run(ctx: Context, *, kind: str, digest: str) -> tuple[UUID, int] | None:
    """The import that took all there is in this very file and still stands: its id and rows.

    One that rejected a row is not: what was wrong may be put right since, and the same file again
    brings the row in. Rows that are there already are told apart one by one.
    """
    rows = fetch_rows(
        "SELECT id, rows FROM intake_run WHERE company_id = %s AND digest = %s AND kind = %s"
        " AND state = 'committed' AND rejected = 0 AND accepted + duplicate > 0"
        " ORDER BY started_at LIMIT 1",
        [ctx.company_id, digest, kind],
    )
    return (rows[0][0], rows[0][1]) if rows else None


def open_run(ctx: Context, source: Source) -> UUID:
    """The row that everything imported points at; its counts come when the run is closed."""
    run = ImportRun.objects.create(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        kind=source.kind,
        profile=source.profile,
        filename=source.filename[:255],
        digest=source.digest,
        state=IMPORT.initial,
        options=dict(source.options),
        started_at=ctx.now,
        actor_name=ctx.actor.name,
    )
    return UUID(str(run.id))


PACKED_IN = "packed_in"


def runs_of(ctx: Context, *, digests: Sequence[str]) -> frozenset[UUID]:
    """The imports there are of files with these digests."""
    found = ImportRun.objects.of(ctx.company_id).filter(digest__in=digests)
    return frozenset(found.values_list("id", flat=True))


def note_archive(ctx: Context, *, run_ids: Iterable[UUID], name: str, digest: str) -> None:
    """The files of these imports came out of an archive, which is kept under ``digest``."""
    found = list(ImportRun.objects.of(ctx.company_id).filter(id__in=run_ids))
    for run in found:
        run.options = {**run.options, PACKED_IN: {"name": name[:255], "digest": digest}}
    ImportRun.objects.bulk_update(found, ["options"])


def close_run(
    ctx: Context,
    *,
    run_id: UUID,
    source: Source,
    counts: Counts,
    created: Mapping[str, int],
    rejects: Iterable[Reject],
) -> None:
    """Store counts and reasons, and record the fact."""
    ImportRun.objects.of(ctx.company_id).filter(id=run_id).update(
        profile=source.profile,
        rows=counts.rows,
        accepted=counts.accepted,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
        created=dict(created),
    )
    copy_rows(
        RowFault,
        ["id", "company_id", "run_id", "row", "code", "path", "message", "fix", "content"],
        (
            (
                ctx.ids.new(),
                ctx.company_id,
                run_id,
                r.row,
                r.code,
                r.path,
                r.message,
                r.fix,
                r.content,
            )
            for r in rejects
        ),
    )
    fact = FileImported(
        subject_id=run_id,
        effective_on=ctx.today,
        kind=source.kind,
        profile=source.profile,
        filename=source.filename,
        digest=source.digest,
        rows=counts.rows,
        accepted=counts.accepted,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
    )
    unit.record(ctx, [fact])
