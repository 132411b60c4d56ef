"""Who asks: taken from what was read with the session, where it is still true."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from acquit.access.models import User
from acquit.access.sessions import SessionStore, SignedIn


class Person(AuthenticationMiddleware):
    """Django's own, which reads the user anew only where the session does not prove him: signed
    out elsewhere by a new password, signed in by a backend that is gone, no longer active."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]


def _person(request: HttpRequest) -> object:
    found = signed_in(request)
    if found is not None and not hasattr(request, "_cached_user"):
        request._cached_user = found.user  # type: ignore[attr-defined]
    return get_user(request)


def signed_in(request: HttpRequest) -> SignedIn | None:
    """The person of the session and where he holds a role; None where Django must look itself."""
    session = request.session
    if not isinstance(session, SessionStore) or SESSION_KEY not in session:
        return None
    found = session.signed_in
    return found if found is not None and _is_proven(session, found.user) else None


def _is_proven(session: SessionStore, user: User) -> bool:
    return (
        user.is_active
        and str(user.pk) == session[SESSION_KEY]
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )
