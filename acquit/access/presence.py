"""Who else works on a record right now, so that two people do not do one thing twice.

It is a courtesy, not a lock: what protects the books is that every command checks for itself.
A page says every few seconds that it is still looked at; what was said longer ago counts no more.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from acquit.core.context import ActorKind, Context
from acquit.database.copy import execute, fetch_rows

WORTH = timedelta(seconds=45)


def be_at(ctx: Context, *, subject_id: UUID) -> None:
    """The acting person looks at this record now, and at no other. Programs are nowhere."""
    if ctx.actor.kind is not ActorKind.PERSON:
        return
    execute(
        "INSERT INTO access_presence (id, company_id, user_id, subject_id, seen_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (company_id, user_id)"
        " DO UPDATE SET subject_id = excluded.subject_id, seen_at = excluded.seen_at",
        [ctx.ids.new(), ctx.company_id, ctx.actor.id, subject_id, ctx.now],
    )


def others_at(ctx: Context, *, subject_id: UUID) -> list[str]:
    """Names of the other people who look at this record, by name."""
    rows = fetch_rows(
        "SELECT u.name FROM access_presence p JOIN access_user u ON u.id = p.user_id"
        " WHERE p.company_id = %s AND p.subject_id = %s AND p.seen_at > %s"
        " AND p.user_id IS DISTINCT FROM %s ORDER BY u.name",
        [ctx.company_id, subject_id, ctx.now - WORTH, ctx.actor.id],
    )
    return [name for (name,) in rows]
