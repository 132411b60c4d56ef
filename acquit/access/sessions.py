"""Sessions that know whose they are: one query gives a page its session, the person, and the
companies in which he holds a role. Every page asks all three.

``SESSION_ENGINE`` names this module; Django uses its ``SessionStore``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from acquit.access.models import Company, Session, User
from acquit.database.prepared import fetch_prepared, made, names_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and where he holds which roles, companies by name; as of the start of a request."""

    user: User
    held: dict[Company, frozenset[str]]


class SessionStore(DatabaseStore):
    """``signed_in`` is there once the session was read, None for guests."""

    signed_in: SignedIn | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = data.get(SESSION_KEY)
        return row

    def load(self) -> dict[str, Any]:
        """The session's data; nothing of one that ended or never was."""
        rows = fetch_prepared(_READ, [self.session_key])
        if not rows:
            self._session_key = None
            return {}
        self.signed_in = _signed_in(rows)
        data: dict[str, Any] = self.decode(rows[0][0])
        return data


_USER, _COMPANY = names_of(User), names_of(Company)
_READ = (
    f"SELECT s.session_data, m.role, {', '.join(f'u.{name}' for name in _USER)},"
    f" {', '.join(f'c.{name}' for name in _COMPANY)} FROM access_session s"
    " LEFT JOIN access_user u ON u.id = s.user_id"
    " LEFT JOIN access_membership m ON m.user_id = u.id AND m.revoked_at IS NULL"
    " LEFT JOIN access_company c ON c.id = m.company_id"
    " WHERE s.session_key = %s AND s.expire_date > now() ORDER BY c.name, c.id"
)


def _signed_in(rows: list[tuple[Any, ...]]) -> SignedIn | None:
    end = 2 + len(_USER)
    user = made(User, _USER, rows[0][2:end])
    if user.id is None:
        return None
    held: dict[Company, frozenset[str]] = {}
    for row in rows:
        if row[1] is not None:
            company = made(Company, _COMPANY, row[end:])
            held[company] = held.get(company, frozenset()) | {row[1]}
    return SignedIn(user, held)
