"""The act of telling: one try of one delivery, in a transaction that holds only its row.

A crash after the other side took an event and before our commit repeats it, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from acquit.access.command import command
from acquit.channels import outbound
from acquit.channels.webhook import rules, sealing
from acquit.channels.webhook.commands.endpoints import set_failing, set_well, switch_off
from acquit.channels.webhook.models import DELIVERY
from acquit.channels.webhook.outbox import queue
from acquit.channels.webhook.rules import Event
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute, fetch_rows

NewContext = Callable[[], Context]
SECONDS_MAX = outbound.SECONDS_MAX
ERROR_LENGTH_MAX = 300
GONE = 410  # the receiver's own word for "never again" (Standard Webhooks)
# A job may start this much before its deliveries are due, when two clocks differ.
EARLY = timedelta(seconds=60)
_LOAD = """
    SELECT d.id, d.endpoint_id, d.attempts, e.url, e.secret, e.previous_secret, e.previous_until,
           e.failing_since, e.disabled_at, f.id, f.seq, f.kind, c.slug, f.subject_id,
           f.recorded_at, f.effective_on, f.payload::text
    FROM webhook_delivery d
    JOIN webhook_endpoint e ON e.company_id = d.company_id AND e.id = d.endpoint_id
    JOIN history_fact f ON f.company_id = d.company_id AND f.id = d.fact_id
    JOIN access_company c ON c.id = d.company_id
    WHERE d.company_id = %s AND d.id = ANY(%s) AND d.state = 'queued' AND d.due_at <= %s
    ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Try:
    """A delivery that is due, its endpoint and its event."""

    id: UUID
    endpoint_id: UUID
    attempts: int
    url: str
    secret: str
    previous_secret: str
    previous_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    event: Event

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Try:
        id, seq, kind, slug, subject_id, recorded_at, effective_on, payload = row[9:]
        event = Event(
            id=id,
            seq=seq,
            kind=kind,
            company=slug,
            subject_id=subject_id,
            recorded_at=recorded_at,
            effective_on=effective_on,
            payload=json.loads(payload),
        )
        return cls(*(*row[:9], event))


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a try; ``status`` is None where no answer came."""

    ok: bool
    status: int | None
    text: str


def run(*, new_ctx: NewContext, ids: Sequence[UUID]) -> Outcome:
    """Try what of ``ids`` is due, each once. An endpoint that fails three times in a row rests,
    and what waits for it waits on without losing a try. The job is this."""
    ctx = new_ctx()
    rows = fetch_rows(
        "SELECT d.endpoint_id, e.resting_until, d.id, d.due_at FROM webhook_delivery d"
        " JOIN webhook_endpoint e ON e.company_id = d.company_id AND e.id = d.endpoint_id"
        " WHERE d.company_id = %s AND d.id = ANY(%s) AND d.state = 'queued' AND d.due_at <= %s"
        " ORDER BY d.endpoint_id, d.attempts, d.fact_seq",
        [ctx.company_id, list(ids), ctx.now + EARLY],
    )
    results: list[ItemResult] = []
    for (endpoint_id, resting_until), group in groupby(rows, itemgetter(0, 1)):
        waiting = [(row[2], row[3]) for row in group]
        early = [(one, due) for one, due in waiting if due > ctx.now]
        if early:
            at = max(due for _one, due in early)
            queue(company_id=ctx.company_id, groups=[[one for one, _due in early]], at=at)
        due = [one for one, due in waiting if due <= ctx.now]
        if resting_until is not None and resting_until > ctx.now:
            _postpone(ctx, due, resting_until)
        else:
            results.extend(_one_after_another(new_ctx, endpoint_id, due))
    return Outcome(tuple(results))


def _one_after_another(
    new_ctx: NewContext, endpoint_id: UUID, due: Sequence[UUID]
) -> list[ItemResult]:
    results: list[ItemResult] = []
    failures = 0
    for index, one in enumerate(due, 1):
        # Each try has its own instant: receivers refuse signatures that are minutes old.
        found = deliver(ctx=new_ctx(), items=[one]).items
        results.extend(found)
        failed = any(item.state is ItemState.REFUSED for item in found)
        failures = failures + 1 if failed else 0
        if failures == rules.FAILURES_IN_A_ROW and index < len(due):
            _rest(new_ctx(), endpoint_id, due[index:])
            break
    return results


def _rest(ctx: Context, endpoint_id: UUID, waiting: Sequence[UUID]) -> None:
    with transaction.atomic():
        rows = fetch_rows(
            "SELECT failing_since FROM webhook_endpoint WHERE company_id = %s AND id = %s"
            " FOR NO KEY UPDATE",  # new deliveries may go on referring to it
            [ctx.company_id, endpoint_id],
        )
        until = ctx.now + rules.rest(failing_since=rows[0][0], now=ctx.now)
        execute(
            "UPDATE webhook_endpoint SET resting_until = %s WHERE company_id = %s AND id = %s",
            [until, ctx.company_id, endpoint_id],
        )
        _postpone(ctx, waiting, until)


def _postpone(ctx: Context, waiting: Sequence[UUID], until: datetime) -> None:
    if not waiting:
        return
    with transaction.atomic():
        execute(
            "UPDATE webhook_delivery SET due_at = %s WHERE company_id = %s AND id IN"
            " (SELECT id FROM webhook_delivery WHERE company_id = %s AND id = ANY(%s)"
            "  AND state = 'queued' ORDER BY id FOR UPDATE SKIP LOCKED)",
            [until, ctx.company_id, ctx.company_id, list(waiting)],
        )
        queue(company_id=ctx.company_id, groups=[waiting], at=until)


@command("webhook.deliver")
def deliver(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """One try of each delivery that is due and that no other worker holds."""
    rows = fetch_rows(_LOAD, [ctx.company_id, list(items), ctx.now])
    results = []
    for one in map(Try.of, rows):
        told = _tell(ctx, one)
        _note(ctx, one, told)
        if told.ok:
            results.append(ItemResult(str(one.id), ItemState.DONE, one.id))
        else:
            fault = Fault("webhook.try_failed", told.text, f"webhook {one.event.kind}")
            results.append(ItemResult(str(one.id), ItemState.REFUSED, one.id, (fault,)))
    return Outcome(tuple(results))


def _tell(ctx: Context, one: Try) -> Told:
    if one.disabled_at is not None:
        return Told(False, None, "the endpoint is disabled")
    body = rules.envelope(one.event)
    sealed = [one.secret]
    if one.previous_until is not None and ctx.now < one.previous_until:
        sealed.append(one.previous_secret)
    try:
        keys = [sealing.key_of(sealing.open_sealed(secret)) for secret in sealed]
        headers = rules.signed_headers(id=str(one.event.id), at=ctx.now, body=body, keys=keys)
        answer = outbound.post(
            url=one.url,
            body=body,
            headers={
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "User-Agent": "Acquit",
                **headers,
            },
            allow_loopback=settings.WEBHOOK_LOOPBACK,
            seconds_max=SECONDS_MAX,
        )
    except (outbound.CannotCall, outbound.NoAnswer, sealing.Unreadable) as error:
        return Told(False, None, str(error))
    return Told(answer.ok, answer.status, "" if answer.ok else _words(answer))


def _words(answer: outbound.Answer) -> str:
    said = answer.body[:ERROR_LENGTH_MAX].decode("utf-8", "replace")
    text = f"{answer.status} {answer.reason}: {' '.join(said.split())}"
    return "".join(c for c in text if c.isprintable())[:ERROR_LENGTH_MAX].rstrip(": ")


def _note(ctx: Context, one: Try, told: Told) -> None:
    """Keep what came of the try, and see to the next one or to the end of it."""
    due, verb = ctx.now, "deliver"
    if not told.ok:
        again = rules.next_try(delivery_id=one.id, attempts=one.attempts + 1, now=ctx.now)
        if one.disabled_at is not None or told.status == GONE or again is None:
            verb = "fail"
        else:
            verb, due = "", again
    execute(
        "UPDATE webhook_delivery SET state = %s, attempts = attempts + 1, due_at = %s,"
        " last_status = %s, last_error = %s, delivered_at = coalesce(%s, delivered_at)"
        " WHERE company_id = %s AND id = %s",
        [
            DELIVERY.after("queued", verb) if verb else "queued",
            due,
            told.status,
            told.text,
            ctx.now if told.ok else None,
            ctx.company_id,
            one.id,
        ],
    )
    if not verb:
        queue(company_id=ctx.company_id, groups=[[one.id]], at=due)
    if told.ok:
        set_well(ctx, one.endpoint_id)
    elif one.disabled_at is None:
        _note_failing(ctx, one, told)


def _note_failing(ctx: Context, one: Try, told: Told) -> None:
    set_failing(ctx, one.endpoint_id)
    since = one.failing_since or ctx.now
    if told.status == GONE:
        why = "answered 410 Gone"
    elif ctx.now - since >= rules.SILENCE_MAX:
        why = f"nothing was taken since {since:%Y-%m-%d %H:%M} UTC"
    else:
        return
    switch_off(ctx.because(rule="webhooks: failing for five days, or gone"), {one.endpoint_id: why})
