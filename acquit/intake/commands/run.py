"""Import a file, try it without leaving a trace, and take a whole import back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.database.bulk import lock
from acquit.history import archive, unit
from acquit.intake import kinds, runs
from acquit.intake.facts import ImportUndone
from acquit.intake.kinds import Committed, Frame, Kind
from acquit.intake.models import IMPORT, ImportRun
from acquit.intake.reading import ReadFile, read_file
from acquit.intake.runs import Counts, Reject, Source

PERMISSION = "intake.import"
SIZE_MAX = 256 * 1024**2
_SAMPLE = 20


class CannotImport(Refused):
    """The file was not taken at all; the faults say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToImport:
    """A file whose bytes are in the archive under ``digest``."""

    kind: str
    profile: str
    filename: str
    digest: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.filename


@dataclass(frozen=True, slots=True)
class RunToUndo:
    id: UUID


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: its exact figures, how columns are understood, the first rows."""

    profile: str
    mapping: Mapping[str, str]  # column of the kind -> column of the file
    ignored: tuple[str, ...]  # columns of the file that nothing reads
    sample: tuple[Mapping[str, str], ...]
    figures: Mapping[str, Any]


def import_file(
    *,
    ctx: Context,
    kind: str,
    profile: str,
    filename: str,
    content: bytes,
    options: Mapping[str, str],
) -> Outcome:
    """Import the bytes of a file. ``profile`` is a name, or ``auto`` to recognise it.

    The figures are ``{"kind", "rows", "accepted", "rejected", "duplicate", "created": {...},
    "faults": [{"row", "code", "message"}], "ignored": [...]}``, the last being columns that nothing
    reads; the one item's id is the run. Raises a Refused
    (CannotImport, CannotRead, UnknownKind, UnknownProfile) when the whole file cannot be taken.
    """
    digest = sha256(content)
    if ctx.actor.may(PERMISSION):
        _check_size(content)
        # What arrived is kept even when it then proves unreadable: it can be looked at.
        archive.keep(ctx, [archive.Piece(content, "application/octet-stream", filename[:255])])
    file = FileToImport(
        kind=kind, profile=profile, filename=filename, digest=digest, options=dict(options)
    )
    return import_archived(ctx=ctx, items=[file])


@command(PERMISSION)
def import_archived(*, ctx: Context, items: Sequence[FileToImport]) -> Outcome:
    """Import one file from the archive; exactly one item, since a file is a batch by itself."""
    (file,) = items
    kind = kinds.get(file.kind)
    piece = archive.read(company_id=ctx.company_id, digest=file.digest)
    if piece is None:
        raise CannotImport.because("import.bytes_unknown", "the archive has no such file")
    lock(ctx.company_id, "imports")
    return _import(ctx, kind, file, piece.body)[0]


def preview_file(
    *,
    ctx: Context,
    kind: str,
    profile: str,
    filename: str,
    content: bytes,
    options: Mapping[str, str],
) -> Preview:
    """Do the import and take it back in the same transaction: the figures are those that the
    import will have, because they come from it. Refuses as ``import_file`` does."""
    if not ctx.actor.may(PERMISSION):
        raise CannotImport.because(
            "access.forbidden", f"{ctx.actor.name} may not do this: {PERMISSION}"
        )
    _check_size(content)
    file = FileToImport(
        kind=kind, profile=profile, filename=filename, digest=sha256(content), options=dict(options)
    )
    with unit.taken_back(company_id=ctx.company_id, command="intake.preview"):
        outcome, read = _import(ctx.without_key(), kinds.get(kind), file, content)
    return _preview(
        outcome, read or read_file(content, kind=kinds.get(kind), profile=profile, options=options)
    )


@command("intake.undo")
def undo_import(*, ctx: Context, items: Sequence[RunToUndo]) -> Outcome:
    """Take back whole imports. One on which something depends is refused, naming what does."""
    lock(ctx.company_id, "imports")
    found = ImportRun.objects.of(ctx.company_id).filter(id__in=[item.id for item in items])
    rows = {row.id: row for row in found}
    results = []
    removed_in_all: dict[str, int] = {}
    for item in items:
        run = rows.get(item.id)
        if run is None:
            fault = Fault("import.unknown", f"there is no import {item.id}")
            results.append(ItemResult(str(item.id), ItemState.REFUSED, None, (fault,)))
            continue
        try:
            state = IMPORT.after(run.state, "undo")
            removed = _undo_of(run)(ctx, run.id)
        except Refused as refused:
            results.append(ItemResult(run.filename, ItemState.REFUSED, run.id, refused.faults))
            continue
        run.state = state
        run.save(update_fields=["state"])
        fact = ImportUndone(
            subject_id=run.id,
            effective_on=ctx.today,
            kind=run.kind,
            filename=run.filename,
            removed=removed,
        )
        unit.record(ctx, [fact])
        for name, count in removed.items():
            removed_in_all[name] = removed_in_all.get(name, 0) + count
        results.append(ItemResult(run.filename, ItemState.DONE, run.id))
    return Outcome(tuple(results), figures={"removed": removed_in_all})


def _undo_of(run: ImportRun) -> kinds.Undo:
    undo = kinds.undo_of(run.kind)
    if undo is None:
        raise kinds.UnknownKind.because(
            "import.not_undone",
            f"an import of {run.kind} files is not taken back",
            fix="take back what was made of it: allocations, adjustments, entries",
        )
    return undo


def _check_size(content: bytes) -> None:
    if len(content) > SIZE_MAX:
        message = f"the file has {len(content)} bytes, {SIZE_MAX} are taken"
        raise CannotImport.because("import.too_large", message, fix="split the file")


def _import(
    ctx: Context, kind: Kind, file: FileToImport, content: bytes
) -> tuple[Outcome, ReadFile | None]:
    source = Source(kind.name, file.profile, file.filename, file.digest, file.options)
    earlier = runs.earlier_run(ctx, kind=kind.name, digest=file.digest)
    if earlier is not None:
        return _repeated(ctx, source, earlier[1]), None
    read = read_file(content, kind=kind, profile=file.profile, options=file.options)
    source = Source(kind.name, read.profile.name, file.filename, file.digest, file.options)
    run_id = runs.open_run(ctx, source)
    frame = Frame(run_id, file.options)
    committed = kind.commit(ctx.without_key(), frame, read.rows) if read.rows else Committed({})
    counts, rejects = _account(read, committed)
    runs.close_run(
        ctx,
        run_id=run_id,
        source=source,
        counts=counts,
        created=committed.created,
        rejects=rejects,
    )
    result = ItemResult(file.filename, ItemState.DONE, run_id)
    figures = _figures(kind.name, counts, committed.created, rejects)
    return Outcome((result,), figures=figures | {"ignored": _ignored(read)}), read


def _repeated(ctx: Context, source: Source, rows: int) -> Outcome:
    """The very same bytes again: counted as one import, everything in it a duplicate."""
    run_id = runs.open_run(ctx, source)
    counts = Counts(rows, 0, 0, rows)
    runs.close_run(ctx, run_id=run_id, source=source, counts=counts, created={}, rejects=())
    result = ItemResult(source.filename, ItemState.DUPLICATE, run_id)
    return Outcome((result,), figures=_figures(source.kind, counts, {}, ()))


def _account(read: ReadFile, committed: Committed) -> tuple[Counts, list[Reject]]:
    """Every row has exactly one fate; anything else is a mistake of ours and stops the import."""
    numbers = {row.number for row in read.rows}
    duplicates, refused = committed.duplicates, committed.rejected
    assert numbers >= duplicates | refused.keys(), "a row that was not given"
    assert duplicates.isdisjoint(refused), "a row is both duplicate and rejected"
    reasons = {**read.rejected, **refused}
    rejects = [
        Reject(number, reason.code, reason.message, reason.fix, read.content(number))
        for number, reason in sorted(reasons.items())
    ]
    accepted = len(read.rows) - len(duplicates) - len(refused)
    return Counts(read.total, accepted, len(rejects), len(duplicates)), rejects


def _figures(
    kind: str, counts: Counts, created: Mapping[str, int], rejects: Sequence[Reject]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "rows": counts.rows,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "duplicate": counts.duplicate,
        "created": dict(created),
        "faults": [{"row": r.row, "code": r.code, "message": r.message} for r in rejects],
    }


def _ignored(read: ReadFile) -> list[str]:
    """Columns of the file that nothing reads: perhaps their names are mistyped."""
    used = set(read.mapping.values())
    return [name for name in read.header if name not in used]


def _preview(outcome: Outcome, read: ReadFile) -> Preview:
    return Preview(
        read.profile.name,
        read.mapping,
        tuple(_ignored(read)),
        tuple({name: str(v) for name, v in row.values.items()} for row in read.rows[:_SAMPLE]),
        outcome.figures,
    )
