"""Same key, same answer: a command that comes twice does its work once (invariant I28)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import Outcome
from acquit.core.plain import to_plain
from acquit.core.text import canonical_json, sha256
from acquit.database import behind
from acquit.database.copy import execute, fetch_rows


class KeyReused(Refused):
    """The key was used before with another body; nothing was changed."""


class InFlight(Refused):
    """The first request with this key has not finished; ask again."""


def caller_of(ctx: Context) -> str:
    return f"{ctx.actor.kind}:{ctx.actor.id or ctx.actor.name}"


def claim(ctx: Context, *, command: str, body: Mapping[str, Any]) -> Outcome | None:
    """Take the key for this request, or give the stored answer of the first one.

    A second request that arrives while the first runs waits on the row of the first and then
    finds its answer: the insert is the lock.
    """
    if not ctx.idempotency_key:
        return None
    body_hash = hash_of(command, body)
    taken = execute(
        "INSERT INTO access_idempotency"
        " (id, company_id, caller, key, command, body_hash, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [
            ctx.ids.new(),
            ctx.company_id,
            caller_of(ctx),
            ctx.idempotency_key,
            command,
            body_hash,
            ctx.now,
        ],
    )
    if taken:
        return None
    return _stored(ctx, command, body_hash)


def _stored(ctx: Context, command: str, body_hash: str) -> Outcome:
    rows = fetch_rows(
        "SELECT command, body_hash, answer FROM access_idempotency"
        " WHERE company_id = %s AND caller = %s AND key = %s",
        [ctx.company_id, caller_of(ctx), ctx.idempotency_key],
    )
    first_command, first_hash, answer = rows[0]
    if (first_command, first_hash) != (command, body_hash):
        raise KeyReused(
            (
                Fault(
                    "idempotency.key_reused",
                    f"key {ctx.idempotency_key} was used for another request",
                    fix="use a new key for a new request",
                ),
            )
        )
    if answer is None:
        raise InFlight.because(
            "idempotency.in_flight", "the first request with this key is still running"
        )
    return _outcome(answer)


def answer(ctx: Context, outcome: Outcome) -> None:
    """Keep the answer beside the key, in the same transaction."""
    if ctx.idempotency_key:
        behind.write(
            "UPDATE access_idempotency SET answer = %s"
            " WHERE company_id = %s AND caller = %s AND key = %s",
            [
                Jsonb(to_plain(outcome.as_dict())),
                ctx.company_id,
                caller_of(ctx),
                ctx.idempotency_key,
            ],
        )


def answered(ctx: Context, *, key_id: UUID, since: datetime) -> tuple[str, Outcome] | None:
    """The command and the answer that this caller was given under a key since an instant; None
    where he was given none."""
    rows = fetch_rows(
        "SELECT command, answer FROM access_idempotency WHERE company_id = %s AND caller = %s"
        " AND id = %s AND created_at >= %s AND answer IS NOT NULL",
        [ctx.company_id, caller_of(ctx), key_id, since],
    )
    return (rows[0][0], _outcome(rows[0][1])) if rows else None


def _outcome(answer: Any) -> Outcome:
    return Outcome.from_dict(json.loads(answer) if isinstance(answer, str) else answer)


def hash_of(command: str, body: Mapping[str, Any]) -> str:
    """The hash of what was asked: every argument but the frame itself."""
    asked = {name: to_plain(value) for name, value in body.items() if name != "ctx"}
    return sha256(canonical_json({"command": command, "body": asked}))
