"""How an event looks, how it is signed, and when a failed try is repeated. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

ALL_KINDS = "*"
# From 5 seconds to 24 hours, three days in all; then the delivery is failed.
WAITS = tuple(
    timedelta(seconds=s)
    for s in (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
)
SILENCE_MAX = timedelta(days=5)  # then the endpoint is disabled
OVERLAP = timedelta(days=1)  # in which both secrets of a rotation sign
FAILURES_IN_A_ROW = 3  # then the endpoint rests
REST_MIN, REST_MAX = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A recorded fact as others see it."""

    id: UUID
    seq: int
    kind: str
    company: str  # its slug
    subject_id: UUID
    recorded_at: datetime
    effective_on: date
    payload: Mapping[str, Any]


def envelope(event: Event) -> bytes:
    """CloudEvents 1.0 in structured JSON, the same bytes in every repeat.

    ``data`` is the fact: its payload (with the number of a document where there is one) and the
    accounting day. The extension ``sequence`` orders the events of a company.
    """
    whole = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"urn:acquit:company:{event.company}",
        "type": f"acquit.{event.kind}",
        "subject": str(event.subject_id),
        "time": event.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": str(event.seq),
        "data": {**event.payload, "effective_on": event.effective_on.isoformat()},
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(*, id: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The headers of Standard Webhooks; one signature per key, so that a receiver with either
    secret of a rotation is content."""
    timestamp = str(int(at.timestamp()))
    said = f"{id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode("ascii")
        for key in keys
    ]
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def next_try(*, delivery_id: UUID, attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts, None when no more.

    A tenth earlier or later, by a hash of id and attempt: what failed together does not come
    back together.
    """
    if attempts > len(WAITS):
        return None
    digest = hashlib.sha256(delivery_id.bytes + attempts.to_bytes(4, "big")).digest()
    permille = 900 + int.from_bytes(digest[:4], "big") % 201
    return now + WAITS[attempts - 1] * permille / 1000


def rest(*, failing_since: datetime | None, now: datetime) -> timedelta:
    """How long an endpoint that fails is left alone: a quarter of the time it has failed."""
    failed_for = now - failing_since if failing_since else timedelta(0)
    return min(max(failed_for / 4, REST_MIN), REST_MAX)
