"""When a failed try is repeated, and how a dispatch and its link are named."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

ATTEMPTS_MAX = 5
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
LINK_DAYS = 400  # a customer's year end and its audit
PURPOSE = "document"


def next_try(*, attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts; None when a person must look.

    A dispatch that was put back by hand has another ``ATTEMPTS_MAX`` tries.
    """
    tries = attempts % ATTEMPTS_MAX
    return None if tries == 0 else now + WAITS[tries - 1]


def message_id(*, dispatch_id: UUID, sender: str) -> str:
    """The Message-ID (RFC 5322) of a dispatch, the same for every repeat; without brackets."""
    domain = sender.rpartition("@")[2] or "acquit.invalid"
    return f"{dispatch_id.hex}@{domain}"


def dispatch_of(message_id: str) -> UUID | None:
    """The dispatch that ``message_id`` names; None for a mail of somebody else."""
    try:
        return UUID(hex=message_id.partition("@")[0])
    except ValueError:
        return None


def link_token(*, secret: str, dispatch_id: UUID) -> str:
    """The token of the portal link in the mail of a dispatch, or of a question: 256 bits that only
    the holder of the secret can make, and make again, so that repeats of a mail carry the same
    link."""
    mac = hmac.new(secret.encode(), b"acquit portal link " + dispatch_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode("ascii")


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
