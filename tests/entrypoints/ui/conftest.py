"""Pages read the clock, so the company of these tests lives today."""

from __future__ import annotations

import pytest

from acquit.access.models import Company
from tests.support.shop import Shop
from tests.support.world import World, living_today


@pytest.fixture
def world(db: None) -> World:
    return living_today()


@pytest.fixture
def shop(world: World) -> Shop:
    """It sends at once; what waits for the end of a grace time has tests of its own."""
    Company.objects.filter(id=world.company_id).update(grace_minutes=0)
    return Shop(world)
