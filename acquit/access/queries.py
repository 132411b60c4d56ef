"""Reading rights: what waits for a second person, what was decided or refused, keys, views."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from acquit.access.models import ApiKey, ApprovalRequest, Company, Membership, RefusedAccess
from acquit.database.listing import Listing, within_instants
from acquit.database.together import Read, views
from acquit.history import unit


class Home(NamedTuple):
    """Where a company is, and the currency it keeps its books in."""

    country: str
    currency: str


def home_of(company_id: UUID) -> Home:
    """Asked once in a command: in the midst of its writes a question waits for all of them."""

    def ask() -> Home:
        return Home(*Company.objects.values_list("country", "currency").get(id=company_id))

    return unit.once("access.home", ask) if unit.is_open() else ask()


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request for a second person. ``currency`` is XXX where the act has no amount."""

    id: UUID
    command: str
    item: dict[str, Any]
    item_key: str
    amount_minor: int
    currency: str
    why: str
    maker_id: UUID | None
    maker_name: str
    state: str
    created_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    decision_reason: str


_APPROVAL = [field.name for field in fields(ApprovalView)]


@dataclass(frozen=True, slots=True)
class RefusedView:
    """An attempt that was refused."""

    id: UUID
    actor_name: str
    command: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key; of the secret only the first letters are known."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """A filter kept under a name; ``url`` opens the list with it."""

    id: UUID
    list_name: str
    name: str
    query: str
    is_shared: bool
    owner_id: UUID | None

    @property
    def url(self) -> str:
        return f"/{self.list_name}" + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works for the company."""

    id: UUID
    name: str
    roles: tuple[str, ...]


def members(*, company_id: UUID) -> list[Member]:
    """Who holds a role in the company today, by name. One query."""
    held = Membership.objects.of(company_id).filter(revoked_at=None)
    found: dict[tuple[str, UUID], list[str]] = {}
    for user_id, name, role in held.order_by("role").values_list("user_id", "user__name", "role"):
        found.setdefault((name, user_id), []).append(role)
    return [Member(id_, name, tuple(roles)) for (name, id_), roles in sorted(found.items())]


def _decided(*row: Any) -> ApprovalView:
    values = list(row)
    values[2] = json.loads(values[2])
    return ApprovalView(*values)


DECIDED = Listing(
    columns="a.id, a.command, a.item, a.item_key, a.amount_minor, a.currency, a.why, a.maker_id,"
    " a.maker_name, a.state, a.created_at, coalesce(u.name, ''), a.decided_at, a.decision_reason",
    source="FROM access_approval a LEFT JOIN access_user u ON u.id = a.decided_by_id"
    " WHERE a.company_id = %(company)s AND a.state <> 'waiting'",
    newest=("a.created_at", "a.id"),
    make=_decided,
    conditions={
        "q": "(a.item_key ILIKE %(like)s OR a.maker_name ILIKE %(like)s OR u.name ILIKE %(like)s"
        " OR a.decision_reason ILIKE %(like)s)",
        "state": "a.state = %(state)s",
        **within_instants("a.decided_at"),
    },
)
REFUSED = Listing(
    columns="r.id, r.actor_name, r.command, r.why, r.at",
    source="FROM access_refused r WHERE r.company_id = %(company)s",
    newest=("r.at", "r.id"),
    make=RefusedView,
    conditions={
        "q": "(r.actor_name ILIKE %(like)s OR r.command ILIKE %(like)s OR r.why ILIKE %(like)s)",
        **within_instants("r.at"),
    },
)


def waiting_count(*, company_id: UUID) -> int:
    """How many requests wait; the queue is short by nature."""
    return ApprovalRequest.objects.of(company_id).filter(state="waiting").count()


def exists(*, company_id: UUID, approval_id: UUID) -> bool:
    """Whether this company has such a request."""
    return ApprovalRequest.objects.of(company_id).filter(id=approval_id).exists()


def waiting(*, company_id: UUID, limit: int) -> list[ApprovalView]:
    """What waits for a second person, oldest first."""
    rows = ApprovalRequest.objects.of(company_id).filter(state="waiting")
    return _approvals(rows.order_by("created_at", "id")[:limit])


def decided(*, company_id: UUID, limit: int, before: UUID | None = None) -> list[ApprovalView]:
    """What was decided or withdrawn, newest request first; ``before`` is the last id seen (ids
    ascend with time)."""
    rows = ApprovalRequest.objects.of(company_id).exclude(state="waiting")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return _approvals(rows.order_by("-id")[:limit])


def refused(*, company_id: UUID, limit: int, before: UUID | None = None) -> list[RefusedView]:
    """Refused attempts, newest first."""
    rows = RefusedAccess.objects.of(company_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        RefusedView(row.id, row.actor_name, row.command, row.why, row.at)
        for row in rows.order_by("-id")[:limit]
    ]


def keys(*, company_id: UUID) -> list[KeyView]:
    """The API keys, live ones first."""
    rows = ApiKey.objects.of(company_id).order_by("-created_at", "id")
    found = [
        KeyView(
            row.id,
            row.name,
            row.prefix,
            tuple(row.scopes),
            row.created_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in rows
    ]
    return sorted(found, key=lambda key: key.revoked_at is not None)


def saved_views(
    *, company_id: UUID, person_id: UUID | None, list_name: str = ""
) -> Read[list[SavedViewRow]]:
    """The person's own views and the shared ones, of one list or of all, by list and name."""
    of_list = " AND list_name = %(list)s" if list_name else ""
    return Read(
        f"SELECT {', '.join(field.name for field in fields(SavedViewRow))} FROM access_saved_view"
        " WHERE company_id = %(company)s AND (is_shared OR owner_id = %(person)s::uuid)"
        f"{of_list} ORDER BY list_name, name, id",
        {"company": company_id, "person": person_id, "list": list_name},
        lambda rows: views(SavedViewRow, rows),
    )


def _approvals(rows: QuerySet[ApprovalRequest]) -> list[ApprovalView]:
    """Of whoever decided the name alone: the wall shows no more of a person."""
    named = rows.annotate(decided_by_name=Coalesce("decided_by__name", Value("")))
    return [ApprovalView(*row) for row in named.values_list(*_APPROVAL)]
