"""Who else works on a record right now, so that two people do not do one thing twice.

It is a courtesy, not a lock: what protects the books is that every command checks for itself.
A page says every few seconds that it is still looked at; what was said longer ago counts no more.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from acquit.core.context import ActorKind, Context
from acquit.database.copy import execute
from acquit.database.together import Read

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


def others_at(ctx: Context, *, subject_id: UUID) -> Read[list[str]]:
    """Names of the other people who look at this record, by name."""
    return Read(
        "SELECT u.name FROM access_presence p JOIN access_user u ON u.id = p.user_id"
        " WHERE p.company_id = %(company)s AND p.subject_id = %(subject)s AND p.seen_at > %(since)s"
        " AND p.user_id IS DISTINCT FROM %(user)s ORDER BY u.name",
        {
            "company": ctx.company_id,
            "subject": subject_id,
            "since": ctx.now - WORTH,
            "user": ctx.actor.id,
        },
        lambda rows: [row["name"] for row in rows],
    )
