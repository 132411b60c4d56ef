"""Sending everything that waits, at once and in this process: what ``acquit send`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.core.outcome import ItemResult, ItemState
from acquit.history import unit
from acquit.stages.dispatch.commands.deliver import due_of, run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import undispatched, ways_of
from acquit.stages.invoices import queries as invoices
from acquit.stages.matching.commands.send_questions import due_of as due_questions
from acquit.stages.matching.commands.send_questions import run_due as run_due_questions

CHUNK = 1000
BATCH = 100  # tried and taken back together: others wait for its rows meanwhile


def send_all(*, frame: Callable[[], Context], progress: Callable[[str], None]) -> dict[str, Any]:
    """Queue every document that never left and try everything that is due, questions too.

    Figures: ``queued`` now, ``sent``, of those ``sent_by`` each channel (``portal``: only shown
    there), ``questions`` that left, ``waiting`` for another try, and ``exceptions`` that a person
    has to look at. For both ``reasons``: ``{"code", "message", "fix", "documents"}``, the most
    frequent first.
    ``frame`` makes a fresh context for each step, so instants are those of the act.
    """
    queued, unqueued = _queue(frame)
    ctx = frame()
    tried = run_due(ctx=ctx, progress=lambda done, total: progress(f"{done} of {total}"))
    asked = run_due_questions(ctx=frame())
    done = [item.id for item in tried.of(ItemState.DONE) if item.id is not None]
    return {
        "queued": queued,
        "sent": tried.figures["sent"],
        "sent_by": _counted(way for _, way, _ in ways_of(company_id=ctx.company_id, ids=done)),
        "questions": asked.figures["sent"],
        "waiting": tried.figures["waiting"] + asked.figures["waiting"],
        "exceptions": len(unqueued) + tried.figures["failed"] + asked.figures["failed"],
        "reasons": grouped([*unqueued, *tried.of(ItemState.REFUSED), *asked.of(ItemState.REFUSED)]),
    }


def rehearse(*, frame: Callable[[], Context], progress: Callable[[str], None]) -> dict[str, Any]:
    """The figures that ``send_all`` would have, if every mail server took every mail, and
    ``differences``: ``{"document", "channel", "recipient"}`` of each sending. Files are made,
    judged and thrown away with all the rest; no server is asked.

    What waits since earlier tries is counted as ``waiting`` and left alone: whoever sends it now
    must not find it locked.
    """
    company_id = frame().company_id
    waiting = undispatched(company_id=company_id)
    ways: list[tuple[str, str, str]] = []
    refused: list[ItemResult] = []
    queued = 0
    for start in range(0, len(waiting), BATCH):
        with unit.taken_back(company_id=company_id, command="dispatch.rehearse"):
            made, unqueued = _queued(frame, waiting[start : start + BATCH])
            tried = run_due(ctx=frame(), ids=made, hand_over=False)
            done = [item.id for item in tried.of(ItemState.DONE) if item.id is not None]
            ways += ways_of(company_id=company_id, ids=done)
            refused += [*_by_number(company_id, unqueued), *tried.of(ItemState.REFUSED)]
            queued += len(made)
        progress(f"{min(start + BATCH, len(waiting))} of {len(waiting)}")
    return {
        "queued": queued,
        "sent": len(ways),
        "sent_by": _counted(channel for _, channel, _ in ways),
        "questions": 0,
        "waiting": len(due_of(frame(), None)) + len(due_questions(frame(), None)),
        "exceptions": len(refused),
        "reasons": grouped(refused),
        "differences": [
            dict(zip(("document", "channel", "recipient"), way, strict=True)) for way in ways
        ],
    }


def _counted(channels: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(channels).items()))


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
    company_id = frame().company_id
    queued = 0
    refused: list[ItemResult] = []
    waiting = undispatched(company_id=company_id)
    for start in range(0, len(waiting), CHUNK):
        made, unqueued = _queued(frame, waiting[start : start + CHUNK])
        queued += len(made)
        refused += unqueued
    return queued, _by_number(company_id, refused)


def _queued(
    frame: Callable[[], Context], document_ids: Sequence[UUID]
) -> tuple[list[UUID], list[ItemResult]]:
    outcome = send(ctx=frame(), items=[Sending(document_id=one) for one in document_ids])
    made = [item.id for item in outcome.of(ItemState.DONE) if item.id is not None]
    return made, list(outcome.of(ItemState.REFUSED))


def _by_number(company_id: UUID, refused: Sequence[ItemResult]) -> list[ItemResult]:
    ids = [UUID(item.key) for item in refused]
    documents = invoices.rows_by_id(company_id=company_id, ids=ids)
    numbers = {str(row.id): row.number for row in documents.values()}
    return [replace(item, key=numbers.get(item.key, item.key)) for item in refused]
