"""Sending everything that waits, at once and in this process: what ``acquit send`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.core.outcome import ItemResult, ItemState
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import channels_of, undispatched
from acquit.stages.invoices import queries as invoices

CHUNK = 1000


def send_all(*, frame: Callable[[], Context], progress: Callable[[str], None]) -> dict[str, Any]:
    """Queue every document that never left and try everything that is due.

    Figures: ``queued`` now, ``sent``, of those ``sent_by`` each channel (``portal``: only shown
    there), ``waiting`` for another try, and ``exceptions`` that a person has to look at. For
    both ``reasons``: ``{"code", "message", "fix", "documents"}``, the most frequent first.
    ``frame`` makes a fresh context for each step, so instants are those of the act.
    """
    queued, unqueued = _queue(frame)
    ctx = frame()
    tried = run_due(ctx=ctx, progress=lambda done, total: progress(f"{done} of {total}"))
    done = [item.id for item in tried.of(ItemState.DONE) if item.id is not None]
    return {
        "queued": queued,
        "sent": tried.figures["sent"],
        "sent_by": channels_of(company_id=ctx.company_id, ids=done),
        "waiting": tried.figures["waiting"],
        "exceptions": len(unqueued) + tried.figures["failed"],
        "reasons": grouped([*unqueued, *tried.of(ItemState.REFUSED)]),
    }


def grouped(refused: Iterable[ItemResult]) -> list[dict[str, Any]]:
    """What was refused for the same reason, under that reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for item in refused:
        first, more = item.faults[0], len(item.faults) - 1
        message = first.message + (f" (and {more} more)" if more else "")
        groups.setdefault((first.rule or first.code, message, first.fix), []).append(item.key)
    found = [
        {"code": code, "message": message, "fix": fix, "documents": keys}
        for (code, message, fix), keys in groups.items()
    ]
    return sorted(found, key=lambda one: (-len(one["documents"]), one["code"], one["message"]))


def _queue(frame: Callable[[], Context]) -> tuple[int, list[ItemResult]]:
    """Queue what has no dispatch yet. A document that cannot be queued is reported by its number,
    and is found again next time."""
    queued = 0
    refused: list[ItemResult] = []
    waiting = undispatched(company_id=frame().company_id)
    for start in range(0, len(waiting), CHUNK):
        items = [Sending(document_id=one) for one in waiting[start : start + CHUNK]]
        outcome = send(ctx=frame(), items=items)
        queued += len(outcome.of(ItemState.DONE))
        refused += outcome.of(ItemState.REFUSED)
    documents = invoices.rows_by_id(
        company_id=frame().company_id, ids=[UUID(item.key) for item in refused]
    )
    numbers = {str(row.id): row.number for row in documents.values()}
    return queued, [replace(item, key=numbers.get(item.key, item.key)) for item in refused]
