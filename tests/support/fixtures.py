from __future__ import annotations

import pytest

from tests.support.world import World, new_world


@pytest.fixture
def world(db: None) -> World:
    """A German company on 2 March 2026."""
    return new_world()
