"""Secrets of endpoints at rest: sealed with a key made from the installation's own."""

from __future__ import annotations

import base64
import binascii

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"
BYTES_MIN, BYTES_MAX = 24, 64  # Standard Webhooks, "Signature scheme"


class Unreadable(Exception):
    """The installation's key is not the one the secret was sealed with."""


def written(key: bytes) -> str:
    """A key as its holder is shown it."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def key_of(secret: str) -> bytes:
    """The key in a written secret; ValueError when it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if not secret.startswith(PREFIX) or not BYTES_MIN <= len(key) <= BYTES_MAX:
        raise ValueError(f"a secret is {PREFIX} and {BYTES_MIN} to {BYTES_MAX} bytes in base64")
    return key


def seal(secret: str) -> str:
    """The secret as it is stored."""
    return _box().encrypt(secret.encode()).decode("ascii")


def open_sealed(sealed: str) -> str:
    """The secret again; Unreadable after the installation's key was changed."""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        raise Unreadable(
            "the secret cannot be read: ACQUIT_SECRET_KEY was changed; rotate the secret"
        ) from None


def _box() -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"acquit webhook secrets")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))
