"""What people said once about the columns of tables, by the shape of the table and its sender."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.intake.facts import ColumnsSaid


def known(
    *, company_id: UUID, kind: str, shapes: Collection[str], senders: Collection[str] = ()
) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Sender -> shape -> layout, of those shapes that somebody described; what was said of a
    sender's tables goes before what was said of any. The sender "" is always there."""
    rows = fetch_rows(
        "SELECT sender, shape, layout FROM intake_mapping WHERE company_id = %s AND kind = %s"
        " AND shape = ANY(%s) AND sender = ANY(%s) ORDER BY sender",
        [company_id, kind, list(shapes), ["", *senders]],
    )
    found: dict[str, dict[str, Mapping[str, Any]]] = {sender: {} for sender in ("", *senders)}
    for said_of, shape, layout in rows:
        plain = json.loads(layout) if isinstance(layout, str) else layout
        for sender in found if not said_of else (said_of,):
            found[sender][shape] = plain
    return found


def keep(ctx: Context, *, kind: str, shape: str, sender: str, layout: Mapping[str, object]) -> None:
    """Remember a mapping; what was said last counts. Nothing is written where it says the same."""
    rows = fetch_rows(
        "INSERT INTO intake_mapping AS old"
        " (id, company_id, kind, shape, sender, layout, saved_at, actor_name)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (company_id, kind, shape, sender) DO UPDATE SET layout = excluded.layout,"
        " saved_at = excluded.saved_at, actor_name = excluded.actor_name"
        " WHERE old.layout <> excluded.layout RETURNING id",
        [
            ctx.ids.new(), ctx.company_id, kind, shape, sender[:254], json.dumps(layout), ctx.now,
            ctx.actor.name[:200],
        ],
    )  # fmt: skip
    facts = [
        ColumnsSaid(
            subject_id=id_, effective_on=ctx.today, kind=kind, sender=sender, layout=dict(layout)
        )
        for (id_,) in rows
    ]
    unit.record(ctx, facts)
