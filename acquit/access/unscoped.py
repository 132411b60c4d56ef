"""The one place that reads across companies: to find out which company a caller belongs to.

Each function answers with the company of the row it found; everything after is scoped by it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

from acquit.access.models import ApiKey, Company, Membership, SignedLink, User
from acquit.core.text import sha256
from acquit.database.prepared import fetch_prepared, made, names_of

USE_KEPT_EVERY = timedelta(minutes=1)


def companies_of(*, user_id: UUID) -> dict[Company, frozenset[str]]:
    """The companies in which the user holds a role, by name, with his roles. One query: every page
    asks."""
    held = Membership.objects.filter(user_id=user_id, revoked_at=None).select_related("company")
    found: dict[Company, set[str]] = {}
    for one in held.order_by("company__name", "company_id"):
        found.setdefault(one.company, set()).add(one.role)
    return {company: frozenset(roles) for company, roles in found.items()}


def key_of(*, secret: str) -> ApiKey | None:
    """The live key of a secret with its company, or None. Only the hash is compared, in the
    database's index."""
    rows = fetch_prepared(_LIVE_KEY, [sha256(secret.encode())]) if secret else []
    if not rows:
        return None
    key = made(ApiKey, _KEY, rows[0][: len(_KEY)])
    key.scopes = json.loads(key.scopes)
    key.company = made(Company, _COMPANY, rows[0][len(_KEY) :])
    return key


_KEY, _COMPANY = names_of(ApiKey), names_of(Company)
_LIVE_KEY = (
    f"SELECT {', '.join(f'k.{name}' for name in _KEY)},"
    f" {', '.join(f'c.{name}' for name in _COMPANY)}"
    " FROM access_api_key k JOIN access_company c ON c.id = k.company_id"
    " WHERE k.secret_hash = %s AND k.revoked_at IS NULL ORDER BY k.id LIMIT 1"
)


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Keep when a key was last used, to the minute: most requests write nothing."""
    if key.last_used_at is None or now - key.last_used_at >= USE_KEPT_EVERY:
        ApiKey.objects.filter(company_id=key.company_id, id=key.id).update(last_used_at=now)


def link_of(*, token: str, purpose: str, now: datetime) -> SignedLink | None:
    """The live link of a token made for this purpose, or None: no word about which part failed."""
    if len(token) < 22:
        return None
    return SignedLink.objects.filter(
        token_hash=sha256(token.encode()), purpose=purpose, revoked_at=None, expires_at__gt=now
    ).first()


def demo_people() -> list[tuple[User, str]]:
    """The people of demo companies, one per role, for the sign-in cards of the demo alone."""
    rows = (
        Membership.objects.filter(company__is_demo=True, revoked_at=None)
        .select_related("user")
        .order_by("granted_at", "id")
    )
    found: dict[str, User] = {}
    for row in rows:
        found.setdefault(row.role, row.user)
    return [(user, role) for role, user in found.items()]
