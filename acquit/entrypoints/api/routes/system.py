"""What happened, what the system did by itself, whether the books hold, whether all is well."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes
from acquit.entrypoints.api.problems import NotFound
from acquit.entrypoints.api.schemas import (
    CursorText,
    Instant,
    Limit,
    Page,
    Strict,
    SubjectId,
    subject_id,
)
from acquit.entrypoints.health import checks
from acquit.history import queries as history
from acquit.history.queries import FactView
from acquit.stages.insight import queries as insight
from acquit.stages.insight import verify
from acquit.stages.insight.queries import Act

routes = Routes("system")
DAY = timedelta(days=1)


class FactOut(Strict):
    """One link of the chain: what happened, to what, when, by whom, why. Ids in ``subject`` and
    ``payload`` are plain UUIDs, as the hash covers them."""

    id: UUID
    seq: int
    kind: str
    subject: UUID
    effective_on: date
    recorded_at: datetime
    actor: str
    actor_kind: str
    reason: str
    rule: str
    command: str
    payload: dict[str, Any]
    hash: str

    @classmethod
    def of(cls, view: FactView) -> FactOut:
        return cls(
            id=view.id,
            seq=view.seq,
            kind=view.kind,
            subject=view.subject_id,
            effective_on=view.effective_on,
            recorded_at=view.recorded_at,
            actor=view.actor_name,
            actor_kind=view.actor_kind,
            reason=view.reason,
            rule=view.rule,
            command=view.command,
            payload=view.payload,
            hash=view.hash,
        )


class UndoingOut(Strict):
    """The command that takes an act back, and what it is given."""

    command: str
    argument: str
    id: UUID


class ActOut(Strict):
    """An automatic act. ``undo`` is null where nothing can be taken back, or it was already."""

    fact: FactOut
    why: str
    undo: UndoingOut | None
    is_undone: bool

    @classmethod
    def of(cls, act: Act) -> ActOut:
        undo = None
        if act.undo:
            undo = UndoingOut(command=act.undo.command, argument=act.undo.argument, id=act.undo.id)
        return cls(fact=FactOut.of(act.fact), why=act.why, undo=undo, is_undone=act.is_undone)


class BrokenOut(Strict):
    invariant: str
    record: str
    message: str


class VerificationOut(Strict):
    """Every invariant that was checked, over how many records, and what is broken."""

    ok: bool
    checked: dict[str, Any]
    broken: list[BrokenOut]


class CheckOut(Strict):
    name: str
    ok: bool
    detail: str
    meaning: str
    fix: str


class HealthOut(Strict):
    ok: bool
    checks: list[CheckOut]


@routes.get("/facts", "read.history", Page[FactOut])
def list_facts(frame: Frame, subject: SubjectId, limit: Limit = 200) -> Page[FactOut]:
    """The timeline of one object, the oldest first and at most ``limit``."""
    rows = history.timeline(
        company_id=frame.company_id, subject_ids=[subject_id(subject)], limit=limit
    )
    return Page(items=[FactOut.of(row) for row in rows])


@routes.get("/facts/{fact_id}", "read.history", FactOut)
def get_fact(frame: Frame, fact_id: str) -> FactOut:
    """One fact, by its UUID."""
    missing = NotFound.because("fact.unknown", "there is no such fact")
    try:
        chosen = UUID(fact_id)
    except ValueError:
        raise missing from None
    view = history.fact(company_id=frame.company_id, fact_id=chosen)
    if view is None:
        raise missing
    return FactOut.of(view)


@routes.get("/automatic-acts", "read.history", Page[ActOut])
def list_automatic_acts(
    frame: Frame,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[ActOut]:
    """What the system did by itself, newest first, why, and how to take it back.

    The last day unless ``since`` and ``until`` say otherwise.
    """
    (before,) = cursors.decode(cursor, int) or (None,)
    rows = insight.acts(
        company_id=frame.company_id,
        since=since or frame.ctx.now - DAY,
        until=until or frame.ctx.now + DAY,
        limit=limit + 1,
        before=before,
    )
    more = cursors.encode(rows[limit - 1].fact.seq) if len(rows) > limit else None
    return Page(items=[ActOut.of(row) for row in rows[:limit]], next=more)


@routes.post("/verifications", "read.insight", VerificationOut)
def verify_books(frame: Frame) -> VerificationOut:
    """Check every invariant over the company's records; nothing is written."""
    found = verify.run(company_id=frame.company_id, now=frame.ctx.now)
    return VerificationOut(
        ok=found["ok"],
        checked=dict(found["checked"]),
        broken=[BrokenOut(**one) for one in found["broken"]],
    )


@routes.get("/health", "read.system", HealthOut)
def get_health(frame: Frame) -> HealthOut:
    """The findings about this installation, good and bad."""
    found = checks(data=settings.DATA, now=frame.ctx.now)
    shown = [
        CheckOut(name=c.name, ok=c.ok, detail=c.detail, meaning=c.meaning, fix=c.fix) for c in found
    ]
    return HealthOut(ok=all(c.ok for c in found), checks=shown)
