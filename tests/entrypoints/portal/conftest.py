"""Pages read the clock, so the company of these tests lives today."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.shop import Shop
from tests.support.world import World, new_world


@pytest.fixture
def world(db: None) -> World:
    return new_world(on=datetime.now(UTC).date())


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)
