"""Pages read the clock, so the company of these tests lives today."""

from __future__ import annotations

import pytest

from tests.support.shop import Shop
from tests.support.world import World, living_today


@pytest.fixture
def world(db: None) -> World:
    return living_today()


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)
