"""Settings come from the environment alone: ACQUIT_* and DATABASE_URL."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def text(name: str, default: str = "") -> str:
    return os.environ.get(f"ACQUIT_{name}", default)


def flag(name: str, *, default: bool = False) -> bool:
    return text(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def database(url: str) -> dict[str, Any]:
    """Django's database settings from ``postgres://user:secret@host:port/name?host=/socket``."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("DATABASE_URL must start with postgres://")
    asked = parse_qs(parts.query, keep_blank_values=True)
    query = {name: values[-1] for name, values in asked.items()}
    options: dict[str, Any] = {
        name: value for name, value in query.items() if name in ("sslmode", "sslrootcert")
    }
    # Compiling a query costs a second; ours are many, short, and estimated badly while a company is
    # young. A URL behind a proxy that refuses start-up options says ``options=``.
    settings = query.get("options", "-c jit=off")
    if settings:
        options["options"] = settings
        # Plans are kept where a read asks for it (database/prepared.py). Of such a proxy nobody
        # knows which connection comes next.
        options["prepare_threshold"] = 0
    if flag("POOL"):
        options["pool"] = {"min_size": 1, "max_size": 10, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if flag("POOL") else 60,
        "TEST": {"NAME": text("TEST_DATABASE") or None},
    }
