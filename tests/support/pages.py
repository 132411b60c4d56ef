"""Browsers that are signed in, for tests of pages."""

from __future__ import annotations

from django.test import Client

from acquit.access.models import Membership, User
from tests.support.world import World

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def member(world: World, *roles: str, name: str = "Ana") -> User:
    """A person with roles in the company."""
    now = world.ctx().now
    user = User.objects.create_user(
        id=world.ids.new(), email=f"{name.lower()}@{world.company.slug}.example", name=name
    )
    for role in roles:
        Membership.objects.create(
            id=world.ids.new(), company_id=world.company_id, user=user, role=role, granted_at=now
        )
    return user


def browser(world: World, *roles: str, name: str = "Ana") -> Client:
    """A signed-in browser of a new person with these roles."""
    client = Client()
    client.force_login(member(world, *roles, name=name), backend=BACKEND)
    return client
