"""Reads of endpoints and of what became of their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from acquit.channels.webhook.models import Endpoint
from acquit.database.copy import fetch_rows


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint without its secrets."""

    id: UUID
    url: str
    kinds: tuple[str, ...]
    created_at: datetime
    previous_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One fact for one endpoint. ``fact_id`` is the id of the event."""

    id: UUID
    endpoint_id: UUID
    fact_id: UUID
    fact_seq: int
    kind: str
    state: str
    attempts: int
    recorded_at: datetime
    due_at: datetime
    last_status: int | None
    last_error: str
    delivered_at: datetime | None


def endpoints(
    *, company_id: UUID, limit: int = 50, after: UUID | None = None
) -> list[EndpointView]:
    """The endpoints, oldest first; ``after`` is the id of the last one seen."""
    rows = Endpoint.objects.of(company_id).order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [_endpoint(row) for row in rows[:limit]]


def endpoint(*, company_id: UUID, endpoint_id: UUID) -> EndpointView | None:
    """One endpoint, None when this company has none of that id."""
    row = Endpoint.objects.of(company_id).filter(id=endpoint_id).first()
    return _endpoint(row) if row else None


def _endpoint(row: Endpoint) -> EndpointView:
    values = {name: getattr(row, name) for name in EndpointView.__dataclass_fields__}
    return EndpointView(**{**values, "kinds": tuple(row.kinds)})


def deliveries(
    *,
    company_id: UUID,
    endpoint_id: UUID | None = None,
    state: str = "",
    limit: int = 50,
    before: UUID | None = None,
    delivery_id: UUID | None = None,
) -> list[DeliveryView]:
    """Deliveries, newest first; ``before`` is the id of the last one seen."""
    conditions = {
        "d.endpoint_id = %(endpoint)s": endpoint_id,
        "d.state = %(state)s": state,
        "d.id < %(before)s": before,
        "d.id = %(delivery)s": delivery_id,
    }
    chosen = "".join(f" AND {text}" for text, value in conditions.items() if value)
    rows = fetch_rows(
        "SELECT d.id, d.endpoint_id, d.fact_id, d.fact_seq, f.kind, d.state, d.attempts,"
        " d.recorded_at, d.due_at, d.last_status, d.last_error, d.delivered_at"
        " FROM webhook_delivery d"
        " JOIN history_fact f ON f.company_id = d.company_id AND f.id = d.fact_id"
        f" WHERE d.company_id = %(company)s{chosen} ORDER BY d.id DESC LIMIT %(limit)s",
        {
            "company": company_id,
            "endpoint": endpoint_id,
            "state": state,
            "before": before,
            "delivery": delivery_id,
            "limit": limit,
        },
    )
    return [DeliveryView(*row) for row in rows]


def troubled() -> tuple[int, int]:
    """Of the whole installation: endpoints that were disabled because they failed, and failed
    deliveries of enabled ones. Both wait for a person."""
    ((silenced, failed),) = fetch_rows(
        "SELECT (SELECT count(*) FROM webhook_endpoint WHERE disabled_at IS NOT NULL"
        "  AND failing_since IS NOT NULL),"
        " (SELECT count(*) FROM webhook_delivery d JOIN webhook_endpoint e"
        "  ON e.company_id = d.company_id AND e.id = d.endpoint_id"
        "  WHERE d.state = 'failed' AND e.disabled_at IS NULL)"
    )
    return int(silenced), int(failed)
