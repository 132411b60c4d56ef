"""The one place that reads across companies: to find out which company a caller belongs to.

Each function answers with the company of the row it found; everything after is scoped by it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from acquit.access.models import ApiKey, Company, Membership, SignedLink, User
from acquit.core.text import sha256

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
    if not secret:
        return None
    live = ApiKey.objects.filter(revoked_at=None).select_related("company")
    return live.filter(secret_hash=sha256(secret.encode())).first()


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
