"""Sending everything that waits, at once and in this process: what ``acquit send`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from acquit.core.context import Context
from acquit.core.outcome import ItemState
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import undispatched

CHUNK = 1000


def send_all(*, frame: Callable[[], Context], progress: Callable[[str], None]) -> dict[str, Any]:
    """Queue every document that never left and try everything that is due.

    Figures: ``queued`` now, ``sent``, ``waiting`` for another try, and ``exceptions`` that a
    person has to look at, with ``reasons`` counted by code. ``frame`` makes a fresh context for
    each step, so instants are those of the act.
    """
    queued, reasons = _queue(frame)
    tried = run_due(ctx=frame(), progress=lambda done, total: progress(f"{done} of {total}"))
    reasons.update(fault.code for item in tried.of(ItemState.REFUSED) for fault in item.faults[:1])
    figures = tried.figures
    return {
        "queued": queued,
        "sent": figures["sent"],
        "waiting": figures["waiting"],
        "exceptions": sum(reasons.values()),
        "reasons": dict(sorted(reasons.items())),
    }


def _queue(frame: Callable[[], Context]) -> tuple[int, Counter[str]]:
    """Queue what has no dispatch yet. A document that cannot be queued is reported, and is found
    again next time."""
    queued, reasons = 0, Counter[str]()
    waiting = undispatched(company_id=frame().company_id)
    for start in range(0, len(waiting), CHUNK):
        items = [Sending(document_id=one) for one in waiting[start : start + CHUNK]]
        outcome = send(ctx=frame(), items=items)
        queued += len(outcome.of(ItemState.DONE))
        reasons.update(f.code for i in outcome.of(ItemState.REFUSED) for f in i.faults[:1])
    return queued, reasons
