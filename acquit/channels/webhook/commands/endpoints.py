"""Who hears of facts: endpoints saved, disabled, their secrets rotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from acquit.access.command import command
from acquit.channels import outbound
from acquit.channels.webhook import sealing
from acquit.channels.webhook.facts import EndpointDisabled, EndpointSaved, SecretRotated
from acquit.channels.webhook.models import Endpoint
from acquit.channels.webhook.rules import ALL_KINDS, OVERLAP
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.database.copy import execute, fetch_rows
from acquit.history import unit
from acquit.history.facts import known_kinds

KINDS_MAX = 100
_UNKNOWN = Fault("webhook_endpoint.unknown", "there is no such webhook endpoint")
# Those in flight are locked: they settle by themselves, and find the endpoint disabled if they
# come back. Waiting for them here would be a deadlock, for they may wait for the endpoint's row.
_ABANDON = """
    UPDATE webhook_delivery d SET state = 'failed', last_error = gone.why
    FROM (SELECT w.id, n.why FROM webhook_delivery w
          JOIN unnest(%s::uuid[], %s::text[]) AS n (endpoint, why) ON n.endpoint = w.endpoint_id
          WHERE w.company_id = %s AND w.state = 'queued' ORDER BY w.id
          FOR UPDATE OF w SKIP LOCKED) AS gone
    WHERE d.company_id = %s AND d.id = gone.id
    RETURNING d.endpoint_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointData:
    """An address and what it wants to hear: kinds of facts, or ``*`` alone for all of them.

    ``secret`` is drawn by the caller from a source of secrets (``sealing.written`` of 32 random
    bytes) and shown once; it counts only where the address is new.
    """

    url: str
    kinds: tuple[str, ...]
    secret: str

    @property
    def key(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabling:
    """An endpoint that shall hear no more."""

    endpoint_id: UUID
    why: str = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A new secret of an endpoint, drawn like the first."""

    endpoint_id: UUID
    secret: str


@command("webhook.save_endpoint")
def save_endpoint(*, ctx: Context, items: Sequence[EndpointData]) -> Outcome:
    """Add endpoints, or change the kinds of those whose address is known; a disabled one is
    enabled again. Figures: ``made`` and ``changed``; only a made one has the secret given."""
    lock(ctx.company_id, "webhook endpoints")
    urls = [item.url for item in items]
    stored = {row.url: row for row in Endpoint.objects.of(ctx.company_id).filter(url__in=urls)}
    made: dict[str, Endpoint] = {}
    changed: dict[str, Endpoint] = {}
    results = []
    for item in items:
        faults = _faults(item)
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, tuple(faults)))
            continue
        row = stored.get(item.url) or made.get(item.url)
        kinds = sorted(set(item.kinds))
        if row is None:
            row = made[item.url] = _new(ctx, item, kinds)
        elif row.kinds == kinds and row.disabled_at is None:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, row.id))
            continue
        else:
            row.kinds = kinds
            row.failing_since = row.resting_until = row.disabled_at = None
            row.disabled_reason = ""
            if item.url in stored:
                changed[item.url] = row
        results.append(ItemResult(item.key, ItemState.DONE, row.id))
    Endpoint.objects.bulk_create(made.values())
    if changed:
        Endpoint.objects.bulk_update(
            changed.values(),
            ["kinds", "failing_since", "resting_until", "disabled_at", "disabled_reason"],
        )
    facts = [
        EndpointSaved(
            subject_id=row.id, effective_on=ctx.today, host=_host(row.url), kinds=tuple(row.kinds)
        )
        for row in (*made.values(), *changed.values())
    ]
    unit.record(ctx, facts)
    return Outcome(tuple(results), {"made": len(made), "changed": len(changed)})


def _new(ctx: Context, item: EndpointData, kinds: list[str]) -> Endpoint:
    return Endpoint(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        url=item.url,
        kinds=kinds,
        secret=sealing.seal(item.secret),
        created_at=ctx.now,
    )


def _faults(item: EndpointData) -> list[Fault]:
    faults = []
    try:
        outbound.checked(item.url, allow_loopback=settings.WEBHOOK_LOOPBACK)
    except outbound.CannotCall as refusal:
        faults.append(Fault("webhook.url", str(refusal), "url"))
    strange = sorted(set(item.kinds) - known_kinds() - {ALL_KINDS})
    if strange:
        message = f"no such kind of fact: {', '.join(strange[:5])}"
        fix = "use names such as invoices.DocumentIssued, or * alone for all"
        faults.append(Fault("webhook.kind", message, "kinds", fix=fix))
    if not item.kinds or len(item.kinds) > KINDS_MAX or (ALL_KINDS in item.kinds[1:]):
        message = f"name 1 to {KINDS_MAX} kinds of facts, or * alone"
        faults.append(Fault("webhook.kinds", message, "kinds"))
    return faults + _secret_faults(item.secret)


def _secret_faults(secret: str) -> list[Fault]:
    try:
        sealing.key_of(secret)
    except ValueError as error:
        return [Fault("webhook.secret", str(error), "secret")]
    return []


@command("webhook.disable")
def disable(*, ctx: Context, items: Sequence[Disabling]) -> Outcome:
    """Endpoints hear no more, and what waited for them is failed. One that was disabled before
    is a duplicate; that it had failed is known to a person now."""
    known = set(
        Endpoint.objects.of(ctx.company_id)
        .filter(id__in=[item.endpoint_id for item in items])
        .values_list("id", flat=True)
    )
    done = switch_off(ctx, {item.endpoint_id: item.why for item in items})
    execute(
        "UPDATE webhook_endpoint SET failing_since = NULL"
        " WHERE company_id = %s AND id = ANY(%s) AND failing_since IS NOT NULL",
        [ctx.company_id, list(known)],
    )
    results = []
    for item in items:
        one = item.endpoint_id
        if one not in known:
            results.append(ItemResult(str(one), ItemState.REFUSED, None, (_UNKNOWN,)))
        else:
            state = ItemState.DONE if one in done else ItemState.DUPLICATE
            results.append(ItemResult(str(one), state, one))
    return Outcome(tuple(results))


def switch_off(ctx: Context, reasons: dict[UUID, str]) -> set[UUID]:
    """Disable those of the endpoints (id -> why) that are enabled; their ids."""
    whys = [why[:200] for why in reasons.values()]
    rows = fetch_rows(
        "UPDATE webhook_endpoint e SET disabled_at = %s, disabled_reason = n.why"
        " FROM unnest(%s::uuid[], %s::text[]) AS n (id, why)"
        " WHERE e.company_id = %s AND e.id = n.id AND e.disabled_at IS NULL"
        " RETURNING e.id, e.url, n.why",
        [ctx.now, list(reasons), whys, ctx.company_id],
    )
    texts = [f"the endpoint is disabled: {why}" for _id, _url, why in rows]
    abandoned = [
        row[0]
        for row in fetch_rows(
            _ABANDON, [[row[0] for row in rows], texts, ctx.company_id, ctx.company_id]
        )
    ]
    facts = [
        EndpointDisabled(
            subject_id=id,
            effective_on=ctx.today,
            host=_host(url),
            why=why,
            abandoned=abandoned.count(id),
        )
        for id, url, why in rows
    ]
    unit.record(ctx, facts)
    return {row[0] for row in rows}


@command("webhook.rotate")
def rotate(*, ctx: Context, items: Sequence[Rotation]) -> Outcome:
    """Give endpoints new secrets; the previous one signs beside the new one for a day."""
    results, good = [], {}
    for item in items:
        faults = _secret_faults(item.secret)
        if faults:
            key = str(item.endpoint_id)
            results.append(ItemResult(key, ItemState.REFUSED, None, tuple(faults)))
        else:
            good[item.endpoint_id] = sealing.seal(item.secret)
    rows = fetch_rows(
        "UPDATE webhook_endpoint e SET secret = n.secret, previous_secret = e.secret,"
        " previous_until = %s FROM unnest(%s::uuid[], %s::text[]) AS n (id, secret)"
        " WHERE e.company_id = %s AND e.id = n.id RETURNING e.id, e.url",
        [ctx.now + OVERLAP, list(good), list(good.values()), ctx.company_id],
    )
    found = dict(rows)
    for one in good:
        if one in found:
            results.append(ItemResult(str(one), ItemState.DONE, one))
        else:
            results.append(ItemResult(str(one), ItemState.REFUSED, None, (_UNKNOWN,)))
    facts = [
        SecretRotated(subject_id=id, effective_on=ctx.today, host=_host(url)) for id, url in rows
    ]
    unit.record(ctx, facts)
    return Outcome(tuple(results))


def set_failing(ctx: Context, endpoint_id: UUID) -> None:
    """Remember when the endpoint began to fail, if it just did."""
    execute(
        "UPDATE webhook_endpoint SET failing_since = %s"
        " WHERE company_id = %s AND id = %s AND failing_since IS NULL",
        [ctx.now, ctx.company_id, endpoint_id],
    )


def set_well(ctx: Context, endpoint_id: UUID) -> None:
    """The endpoint has taken an event: whatever was wrong is over."""
    execute(
        "UPDATE webhook_endpoint SET failing_since = NULL, resting_until = NULL"
        " WHERE company_id = %s AND id = %s"
        " AND (failing_since IS NOT NULL OR resting_until IS NOT NULL)",
        [ctx.company_id, endpoint_id],
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
