"""The main job through the API alone, and the same requests a second time."""

from __future__ import annotations

from tests.support.api import ALL_SCOPES, Api, counts, new_key, trade
from tests.support.world import World


def test_a_repeated_day_changes_nothing(world: World) -> None:
    """Every request of a day comes twice with the same keys: the answers are the first ones, and
    not one row or fact is added (invariant I28)."""
    secret = new_key(world, *ALL_SCOPES)
    first = Api(secret, day="monday")
    ids = trade(first, world.today)
    before = counts()

    again = Api(secret, day="monday")
    repeated = trade(again, world.today)

    assert repeated == ids
    assert again.answers == first.answers
    assert counts() == before
    assert first.post("/verifications")["broken"] == []
