"""Who acts, for which company, when and why: handed to every command, never looked up inside.

The clock, the actor and new ids come in here, so the same inputs give the same records.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from acquit.core.ids import IdSource


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"  # automatic acts: jobs and policies
    API = "api"  # a program with a key
    CUSTOMER = "customer"  # a contact of a customer, through the portal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``permissions`` are verbs like ``invoices.issue``; ``customer_ids`` narrows the
    scope to some customers (portal, field); None means all customers of the company.
    ``responsible_id`` is the person who answers for a program: the maker of its key."""

    id: UUID | None
    name: str
    kind: ActorKind
    permissions: frozenset[str]
    roles: frozenset[str] = frozenset()
    customer_ids: frozenset[UUID] | None = None
    on_behalf_of: str = ""
    responsible_id: UUID | None = None

    @property
    def person_id(self) -> UUID | None:
        """The person who acts, himself or through a program; None where nobody does."""
        return self.id if self.kind is ActorKind.PERSON else self.responsible_id

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Context:
    """The frame of one command: company, actor, instant, accounting day, ids, key and reason.

    ``rule`` names the policy row that decided when nobody pressed a button: it marks an act as
    automatic, so that it can be listed, explained and undone.
    """

    company_id: UUID
    actor: Actor
    now: datetime
    today: date
    ids: IdSource
    idempotency_key: str = ""
    request_id: str = ""
    reason: str = ""
    rule: str = ""
    confirmed: frozenset[str] = field(default_factory=frozenset)
    approval_id: UUID | None = None

    def because(self, *, reason: str = "", rule: str = "") -> Context:
        """The same frame with a reason or the rule that acts."""
        return replace(self, reason=reason or self.reason, rule=rule or self.rule)

    def without_key(self) -> Context:
        """For a command called inside another: the outer one already holds the key."""
        return replace(self, idempotency_key="")
