"""What happens to rights."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Fact):
    """``subject_id`` is the user; ``conflicts`` the duties that are now in one hand."""

    KIND = "access.RoleGranted"
    role: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(Fact):
    KIND = "access.RoleRevoked"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSaved(Fact):
    """``subject_id`` is the limit."""

    KIND = "access.LimitSaved"
    role: str
    command: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(Fact):
    KIND = "access.KeyCreated"
    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Fact):
    KIND = "access.KeyRevoked"
    key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetried(Fact):
    """A job that was given up is in the queue again; ``number`` is its number there."""

    KIND = "access.JobRetried"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSaved(Fact):
    """``subject_id`` is the view; ``query`` the filter as it stands in the list's address."""

    KIND = "access.ViewSaved"
    list_name: str
    name: str
    query: str
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDeleted(Fact):
    KIND = "access.ViewDeleted"
    list_name: str
    name: str
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExported(Fact):
    """Rows left as a file; ``subject_id`` is the export, who took it is the actor. ``query`` is the
    filter as it stands in the list's address; ``is_ticked`` says that the rows were chosen by hand.
    A download that broke off is not ``is_whole``; ``rows`` counts what was read until then."""

    KIND = "access.ListExported"
    list_name: str
    query: str
    form: str
    rows: int
    is_ticked: bool
    is_whole: bool
