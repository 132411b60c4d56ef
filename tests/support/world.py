"""A small world for tests: a company, a clock that stands still, seeded ids."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.access import actors
from acquit.access.models import Company
from acquit.access.roles import permissions_of
from acquit.core.context import Actor, ActorKind, Context
from acquit.core.ids import IdSource
from acquit.stages.masterdata.commands.create_company import NewCompany, create_company

TODAY = date(2026, 3, 2)


@dataclass
class World:
    """``ctx()`` gives a fresh context; ``on(day)`` moves the clock."""

    company_id: UUID
    ids: IdSource
    today: date = TODAY
    actor: Actor = field(default_factory=actors.installer)

    def ctx(self, *, key: str = "", actor: Actor | None = None, reason: str = "") -> Context:
        return Context(
            company_id=self.company_id,
            actor=actor or self.actor,
            now=datetime.combine(self.today, time(9, 0), UTC),
            today=self.today,
            ids=self.ids,
            idempotency_key=key,
            reason=reason,
        )

    def on(self, day: date | str) -> World:
        self.today = date.fromisoformat(day) if isinstance(day, str) else day
        return self

    def later(self, days: int) -> World:
        return self.on(self.today + timedelta(days=days))

    @property
    def company(self) -> Company:
        return Company.objects.get(id=self.company_id)


def new_world(
    *, seed: str = "world", country: str = "DE", slug: str = "muster", on: date = TODAY, **more: Any
) -> World:
    """A company made by its own command."""
    ids = IdSource.seeded(instant=datetime.combine(on, time(9), UTC), seed=seed)
    world = World(ids.new(), ids, on)
    company = NewCompany(
        slug=slug,
        name=more.pop("name", "Muster Handel GmbH"),
        country=country,
        street="Hauptstraße 1",
        city="Berlin",
        postcode="10115",
        vat_id=more.pop("vat_id", "DE123456788"),
        email="rechnung@muster.example",
        contact_name=more.pop("contact_name", "Mia Muster"),
        phone=more.pop("phone", "+49 30 5550100"),
        iban=more.pop("iban", "DE89370400440532013000"),
        bic="COBADEFFXXX",
        **more,
    )
    create_company(ctx=world.ctx(), items=[company])
    return world


def living_today() -> World:
    """A company for pages, which read the clock: its today is the day on its own calendar.

    The zone is the one ``new_world`` gives by its country; after 22:00 UTC the days differ.
    """
    return new_world(on=datetime.now(ZoneInfo("Europe/Berlin")).date())


def someone(*roles: str, name: str = "Ana", id: UUID | None = None) -> Actor:
    """A person with roles, without a user row."""
    chosen = frozenset(roles)
    return Actor(id, name, ActorKind.PERSON, permissions_of(chosen), chosen)


def with_permission(actor: Actor, *names: str) -> Actor:
    return replace(actor, permissions=actor.permissions | set(names))
