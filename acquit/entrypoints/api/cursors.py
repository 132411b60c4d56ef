"""Cursors: where a page ended, as text that means something only to the list it came from."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.entrypoints.api.problems import BadRequest


def encode(*parts: date | datetime | UUID | str | int) -> str:
    """The parts as a cursor; they come back in the same order and types."""
    plain = [part if isinstance(part, int) else _text(part) for part in parts]
    return urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """The parts of a cursor, None for the first page; BadRequest when it is not one of ours."""
    if not cursor:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError("another number of parts")
        return tuple(_read(kind, part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise BadRequest.because(
            "cursor.invalid",
            "this is not a cursor of this list",
            path="query cursor",
            fix="take next from the page before, or leave the cursor out",
        ) from None


def _text(part: Any) -> str:
    return part.isoformat() if isinstance(part, date) else str(part)


def _read(kind: type, part: Any) -> Any:
    if kind is int:
        if isinstance(part, bool) or not isinstance(part, int) or abs(part) >= 2**62:
            raise ValueError("not a number")
        return part
    if not isinstance(part, str) or "\x00" in part:
        raise ValueError("not text")
    part.encode()  # a lone surrogate is no text either
    if kind is datetime:
        instant = datetime.fromisoformat(part)
        if instant.tzinfo is None:
            raise ValueError("no offset")
        return instant
    if kind is date:
        return date.fromisoformat(part)
    return UUID(part) if kind is UUID else part


def encode_pair(after: str | None) -> str | None:
    """The cursor of a list whose query itself writes ``moment_id``."""
    return encode(*after.split("_", 1)) if after else None


def decode_pair(cursor: str, kind: type[date]) -> str | None:
    """What such a query wants back; checked, so that it never meets anything else."""
    parts = decode(cursor, kind, UUID)
    return f"{parts[0].isoformat()}_{parts[1]}" if parts else None
