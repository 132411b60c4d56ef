"""Imports: tables (customers, items, rates, accounts, orders, deliveries), and files that have a
reader of their own (bank statements, remittance advices, answers to documents)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import File, Form, UploadedFile

from acquit.core.faults import Refused
from acquit.entrypoints import taking_in
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    CursorText,
    Limit,
    Line,
    Page,
    Prose,
    Strict,
    Word,
    public,
)
from acquit.intake import queries as intake
from acquit.intake.commands.run import RunToUndo, preview_file, undo_import
from acquit.intake.queries import RunView

routes = Routes("imports")


class InvalidOptions(Refused):
    """The options are not an object of texts."""


class ImportForm(Strict):
    """``profile`` is a name, or ``auto`` to recognise the shape of the file. ``options`` is a JSON
    object of texts, such as ``{"date": "2026-03-01"}``; of responses that do not say it themselves
    ``document``, the number of ours they are about, and ``reason``, why a mail refuses."""

    kind: Word
    profile: Line = "auto"
    options: Prose = "{}"

    def parsed(self) -> dict[str, str]:
        try:
            found = json.loads(self.options)
            if not isinstance(found, dict) or not all(
                isinstance(value, str) and value.isprintable() for value in found.values()
            ):
                raise ValueError("not an object of texts")
        except (ValueError, RecursionError):
            raise InvalidOptions.because(
                "import.options",
                "options must be a JSON object of texts",
                path="form options",
                fix='send {"date": "2026-03-01"}, or nothing',
            ) from None
        return found


class ImportOut(Strict):
    """What became of a file: accepted + rejected + duplicate = rows."""

    id: str
    kind: str
    profile: str
    filename: str
    digest: str
    state: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int
    created: dict[str, int]
    started_at: datetime
    actor_name: str

    @classmethod
    def of(cls, view: RunView) -> ImportOut:
        names = RunView.__dataclass_fields__
        values = {name: getattr(view, name) for name in names}
        return cls(**{**values, "id": public("import", view.id), "created": dict(view.created)})


class RowFaultOut(Strict):
    """A rejected row, as a spreadsheet counts it; ``content`` are its cells as CSV."""

    row: int
    code: str
    message: str
    fix: str
    content: str


class PreviewOut(Strict):
    """What an import would do, found out by doing it and taking it back."""

    profile: str
    mapping: dict[str, str]
    ignored: list[str]
    sample: list[dict[str, str]]
    figures: dict[str, Any]


@routes.post("/imports", "intake.import")
def import_table(frame: Frame, form: Form[ImportForm], file: File[UploadedFile]) -> Reply:
    """Import a table, bank statements, remittances or answers to documents, by their kind.

    The right to the kind is needed beside the right to import. The very same bytes again change
    nothing. Figures: rows, accepted, rejected, duplicate, created, and the faults by row.
    """
    outcome = taking_in.take_in(
        ctx=frame.ctx,
        kind=form.kind,
        profile=form.profile,
        filename=_name(file),
        content=file.read(),
        options=form.parsed(),
    )
    return done(outcome, kind="import")


@routes.post("/imports/preview", "intake.import", PreviewOut)
def preview_import(frame: Frame, form: Form[ImportForm], file: File[UploadedFile]) -> PreviewOut:
    """Show what an import would do, without a trace. Only tables have a mapping and a sample."""
    if form.kind in taking_in.READERS:
        outcome = taking_in.take_in(
            ctx=frame.ctx,
            kind=form.kind,
            profile=form.profile,
            filename=_name(file),
            content=file.read(),
            options=form.parsed(),
            dry_run=True,
        )
        return PreviewOut(
            profile="", mapping={}, ignored=[], sample=[], figures=dict(outcome.figures)
        )
    shown = preview_file(
        ctx=frame.ctx,
        kind=form.kind,
        profile=form.profile or "auto",
        filename=_name(file),
        content=file.read(),
        options=form.parsed(),
    )
    return PreviewOut(
        profile=shown.profile,
        mapping=dict(shown.mapping),
        ignored=list(shown.ignored),
        sample=[dict(row) for row in shown.sample],
        figures=dict(shown.figures),
    )


@routes.get("/imports", "read.orders", Page[ImportOut])
def list_imports(frame: Frame, limit: Limit = 50, cursor: CursorText = "") -> Page[ImportOut]:
    """Imports, newest first."""
    after = cursors.decode(cursor, datetime, UUID)
    rows = intake.recent(
        company_id=frame.company_id,
        limit=limit + 1,
        after=(after[0], after[1]) if after else None,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = cursors.encode(last.started_at, last.id) if last else None
    return Page(items=[ImportOut.of(row) for row in rows[:limit]], next=more)


@routes.get("/imports/{import_id}", "read.orders", ImportOut)
def get_import(frame: Frame, import_id: str) -> ImportOut:
    """One import."""
    return ImportOut.of(_run(frame, import_id))


@routes.get("/imports/{import_id}/faults", "read.orders", Page[RowFaultOut])
def list_import_faults(
    frame: Frame, import_id: str, limit: Limit = 50, cursor: CursorText = ""
) -> Page[RowFaultOut]:
    """The rows that were rejected, in the order of the file."""
    run = _run(frame, import_id)
    (after,) = cursors.decode(cursor, int) or (0,)
    rows = intake.faults(
        company_id=frame.company_id, run_id=run.id, limit=limit + 1, after_row=after
    )
    more = cursors.encode(rows[limit - 1].row) if len(rows) > limit else None
    items = [
        RowFaultOut(row=r.row, code=r.code, message=r.message, fix=r.fix, content=r.content)
        for r in rows[:limit]
    ]
    return Page(items=items, next=more)


@routes.delete("/imports/{import_id}", "intake.undo")
def delete_import(frame: Frame, import_id: str) -> Reply:
    """Take a whole import back, unless something depends on what it made."""
    run = _run(frame, import_id)
    return done(undo_import(ctx=frame.ctx, items=[RunToUndo(run.id)]), kind="import")


def _run(frame: Frame, text: str) -> RunView:
    view = intake.run(company_id=frame.company_id, run_id=public_id("import", text))
    if view is None:
        raise not_found("import")
    return view


def _name(file: UploadedFile) -> str:
    """The file's own name, for people; it is never a path."""
    name = "".join(letter for letter in file.name or "" if letter.isprintable())
    return name[:200] or "file"
