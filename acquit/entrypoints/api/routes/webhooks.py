"""Webhooks: who hears of facts, and what became of telling him."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from pydantic import Field

from acquit.access.idempotency import caller_of
from acquit.channels.webhook import queries as webhook
from acquit.channels.webhook import sealing
from acquit.channels.webhook.commands.endpoints import (
    Disabling,
    EndpointData,
    Rotation,
    disable,
    rotate,
    save_endpoint,
)
from acquit.channels.webhook.commands.resend import Replay, replay, resend
from acquit.channels.webhook.queries import DeliveryView, EndpointView
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    CursorText,
    Day,
    Limit,
    Page,
    Strict,
    Word,
    public,
    uid,
)

routes = Routes("webhooks")
EndpointFilter = Annotated[str, Field(pattern=r"^(whe_[0-9a-f]{32})?$")]


class EndpointIn(Strict):
    """An https address, and the kinds of facts it wants to hear, or ``*`` alone for all."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    kinds: Annotated[list[Word], Field(min_length=1, max_length=100)]


class EndpointOut(Strict):
    """An endpoint. ``failing_since`` is its first failure since it last took an event;
    ``previous_until`` is when the secret before the present one stops signing."""

    id: str
    url: str
    kinds: list[str]
    created_at: datetime
    previous_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str

    @classmethod
    def of(cls, view: EndpointView) -> EndpointOut:
        values = {name: getattr(view, name) for name in EndpointView.__dataclass_fields__}
        values["id"] = public("webhook_endpoint", view.id)
        return cls(**{**values, "kinds": list(view.kinds)})


class EndpointWithSecretOut(EndpointOut):
    """``secret`` is shown this once; null where the address was known and keeps its own."""

    secret: str | None


class DeliveryOut(Strict):
    """One fact for one endpoint. ``event_id`` is the webhook-id of every try."""

    id: str
    endpoint_id: str
    event_id: UUID
    sequence: int
    kind: str
    state: str
    attempts: int
    recorded_at: datetime
    due_at: datetime
    last_status: int | None
    last_error: str
    delivered_at: datetime | None

    @classmethod
    def of(cls, view: DeliveryView) -> DeliveryOut:
        return cls(
            id=public("webhook_delivery", view.id) or "",
            endpoint_id=public("webhook_endpoint", view.endpoint_id) or "",
            event_id=view.fact_id,
            sequence=view.fact_seq,
            kind=view.kind,
            state=view.state,
            attempts=view.attempts,
            recorded_at=view.recorded_at,
            due_at=view.due_at,
            last_status=view.last_status,
            last_error=view.last_error,
            delivered_at=view.delivered_at,
        )


class ReplayIn(Strict):
    """A day of the company's time zone."""

    day: Day


@routes.get("/webhook-endpoints", "read.webhook", Page[EndpointOut])
def list_webhook_endpoints(
    frame: Frame, limit: Limit = 50, cursor: CursorText = ""
) -> Page[EndpointOut]:
    """The endpoints, oldest first, without their secrets."""
    (after,) = cursors.decode(cursor, UUID) or (None,)
    rows = webhook.endpoints(company_id=frame.company_id, limit=limit + 1, after=after)
    more = cursors.encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[EndpointOut.of(row) for row in rows[:limit]], next=more)


@routes.post("/webhook-endpoints", "webhook.save_endpoint", EndpointWithSecretOut)
def save_webhook_endpoint(frame: Frame, body: EndpointIn) -> EndpointWithSecretOut:
    """Add an endpoint, or change what a known address hears and enable it again."""
    secret = _draw(frame, "endpoint")
    item = EndpointData(url=body.url, kinds=tuple(body.kinds), secret=secret)
    outcome = save_endpoint(ctx=frame.ctx, items=[item]).or_refuse()
    is_new = bool(outcome.figures["made"])
    return _shown(frame, outcome.ids[0], secret if is_new else None)


@routes.delete("/webhook-endpoints/{endpoint_id}", "webhook.disable")
def delete_webhook_endpoint(frame: Frame, endpoint_id: str) -> Reply:
    """Send nothing more to an endpoint.

    It stays in the list, disabled, since its deliveries do; what waited for it is failed.
    """
    item = Disabling(endpoint_id=_known(frame, endpoint_id).id)
    return done(disable(ctx=frame.ctx, items=[item]), kind="webhook_endpoint")


@routes.post("/webhook-endpoints/{endpoint_id}/rotation", "webhook.rotate", EndpointWithSecretOut)
def rotate_webhook_secret(frame: Frame, endpoint_id: str) -> EndpointWithSecretOut:
    """Give an endpoint a new secret; the previous one signs beside it for a day."""
    chosen = _known(frame, endpoint_id).id
    secret = _draw(frame, f"rotation of {chosen}")
    rotate(ctx=frame.ctx, items=[Rotation(endpoint_id=chosen, secret=secret)]).or_refuse()
    return _shown(frame, chosen, secret)


@routes.post("/webhook-endpoints/{endpoint_id}/replays", "webhook.replay")
def replay_webhook_day(frame: Frame, endpoint_id: str, body: ReplayIn) -> Reply:
    """Tell an endpoint a whole day again: the same events under the same ids."""
    item = Replay(endpoint_id=_known(frame, endpoint_id).id, day=body.day)
    return done(replay(ctx=frame.ctx, items=[item]), kind="webhook_endpoint")


@routes.get("/webhook-deliveries", "read.webhook", Page[DeliveryOut])
def list_webhook_deliveries(
    frame: Frame,
    endpoint: EndpointFilter = "",
    state: Literal["", "queued", "delivered", "failed"] = "",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[DeliveryOut]:
    """Deliveries, newest first, of one endpoint or in one state when so asked."""
    chosen = uid("webhook_endpoint", endpoint) if endpoint else None
    if chosen and webhook.endpoint(company_id=frame.company_id, endpoint_id=chosen) is None:
        raise not_found("webhook_endpoint")
    (before,) = cursors.decode(cursor, UUID) or (None,)
    rows = webhook.deliveries(
        company_id=frame.company_id,
        endpoint_id=chosen,
        state=state,
        limit=limit + 1,
        before=before,
    )
    more = cursors.encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[DeliveryOut.of(row) for row in rows[:limit]], next=more)


@routes.post("/webhook-deliveries/{delivery_id}/resending", "webhook.resend")
def resend_webhook_delivery(frame: Frame, delivery_id: str) -> Reply:
    """Tell one event again under the same id, whatever became of it before."""
    chosen = public_id("webhook_delivery", delivery_id)
    if not webhook.deliveries(company_id=frame.company_id, delivery_id=chosen):
        raise not_found("webhook_delivery")
    return done(resend(ctx=frame.ctx, items=[chosen]), kind="webhook_delivery")


def _known(frame: Frame, text: str) -> EndpointView:
    chosen = public_id("webhook_endpoint", text)
    found = webhook.endpoint(company_id=frame.company_id, endpoint_id=chosen)
    if found is None:
        raise not_found("webhook_endpoint")
    return found


def _shown(frame: Frame, endpoint_id: UUID, secret: str | None) -> EndpointWithSecretOut:
    view = webhook.endpoint(company_id=frame.company_id, endpoint_id=endpoint_id)
    assert view is not None
    return EndpointWithSecretOut(**EndpointOut.of(view).model_dump(), secret=secret)


def _draw(frame: Frame, purpose: str) -> str:
    """A new secret. A request that comes twice with one key must get one answer, so there the
    secret follows from the key, in a way that only this installation can go."""
    if not frame.ctx.idempotency_key:
        return sealing.written(secrets.token_bytes(32))
    caller, given = caller_of(frame.ctx), frame.ctx.idempotency_key
    named = "\n".join(("webhook secret", purpose, str(frame.company_id), caller, given))
    key = settings.SECRET_KEY.encode()
    return sealing.written(hmac.new(key, named.encode(), hashlib.sha256).digest())
