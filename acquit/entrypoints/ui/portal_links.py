"""Tokens of portal links that a person makes by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.conf import settings

from acquit.core.context import Context


def new_token(ctx: Context) -> str:
    """256 bits that only the holder of our secret can make, the same for the same form: so a
    double click makes one link, and its address can be shown again to whoever sent the form."""
    seed = f"{ctx.company_id} {ctx.actor.id} {ctx.idempotency_key}".encode()
    mac = hmac.new(settings.SECRET_KEY.encode(), b"acquit typed link " + seed, hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode("ascii")
