"""Making the actor of a context: a person with his roles, a program with a key, the system."""

from __future__ import annotations

from uuid import UUID

from acquit.access.models import ApiKey, Membership, User
from acquit.access.roles import ROLES, permissions_of
from acquit.core.context import Actor, ActorKind


def person(*, user: User, company_id: UUID) -> Actor:
    """The user with what his roles in this company allow; no role means no permission."""
    held = Membership.objects.of(company_id).filter(user=user, revoked_at=None)
    return person_as(user=user, roles=frozenset(held.values_list("role", flat=True)))


def person_as(*, user: User, roles: frozenset[str]) -> Actor:
    """The same where his roles were read already."""
    if not user.is_active:
        roles = frozenset()
    return Actor(user.id, user.name, ActorKind.PERSON, permissions_of(roles), roles)


def program(*, key: ApiKey) -> Actor:
    """A program: its scopes are its permissions, and nothing else is. Whoever made
    its key answers for it."""
    scopes = frozenset(key.scopes)
    return Actor(key.id, key.name, ActorKind.API, scopes, responsible_id=key.created_by_id)


def system() -> Actor:
    """Acquit itself, for jobs and policies."""
    return Actor(None, "Acquit", ActorKind.SYSTEM, ROLES["system"], frozenset({"system"}))


def installer() -> Actor:
    """The hand on the machine's own console: may create companies and act as their owner."""
    allowed = ROLES["owner"] | {"masterdata.create_company"}
    return Actor(None, "Console", ActorKind.SYSTEM, allowed, frozenset({"owner"}))


def customer_contact(*, customer_id: UUID, name: str) -> Actor:
    """Whoever opened a customer's signed link: reads his own documents, answers what he is asked,
    says what he is going to pay, changes nothing else."""
    return Actor(
        None,
        name,
        ActorKind.CUSTOMER,
        frozenset({"dispatch.see", "matching.answer", "receivables.declare_bundle"}),
        customer_ids=frozenset({customer_id}),
    )
