"""Several workers and hands at one outbox, each on a connection of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from acquit.channels.webhook.commands.deliver import run
from acquit.channels.webhook.commands.endpoints import Disabling, disable
from acquit.channels.webhook.commands.resend import Replay, replay
from acquit.core.ids import IdSource
from acquit.core.outcome import Outcome
from tests.support.money import Doc, customers, issue
from tests.support.racing import together
from tests.support.webhooks import Clock, receiver
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db(transaction=True)
ISSUED = "invoices.DocumentIssued"


def hands(world: World, count: int) -> list[Clock]:
    """Clocks with ids of their own: a seeded source is one thread's."""
    now = datetime.now(UTC)
    return [
        Clock(World(world.company_id, IdSource.seeded(instant=now, seed=f"hand {n}"), world.today))
        for n in range(count)
    ]


def told_by(clock: Clock, ids: list[UUID]) -> Outcome:
    return run(new_ctx=clock.ctx, ids=ids)


def test_two_workers_with_the_same_job_tell_each_event_once() -> None:
    world = new_world()
    clock = Clock(world)
    with receiver() as remembers:
        clock.listen(remembers.url, ISSUED)
        (buyer,) = customers(world, 1)
        issue(world, [Doc(buyer.id, 100)] * 20)
        ids = [row.id for row in clock.deliveries()]
        one, two, three = hands(world, 3)
        together([lambda who=who: told_by(who, ids) for who in (one, two, three)])
    assert len(remembers.ids) == len(set(remembers.ids)) == 20
    assert {row.state for row in clock.deliveries()} == {"delivered"}


def test_workers_a_replay_and_a_disabling_end_in_one_truth() -> None:
    """Whoever wins, nothing waits for ever: what is not delivered is failed."""
    world = new_world()
    clock = Clock(world)
    with receiver(always=500) as remembers:
        endpoint = clock.listen(remembers.url, ISSUED)
        (buyer,) = customers(world, 1)
        issue(world, [Doc(buyer.id, 100)] * 20)
        ids = [row.id for row in clock.deliveries()]
        one, two, three, four = hands(world, 4)
        together(
            [
                lambda: told_by(one, ids),
                lambda: told_by(two, ids[::-1]),
                lambda: replay(
                    ctx=three.ctx(), items=[Replay(endpoint_id=endpoint, day=world.today)]
                ),
                lambda: disable(ctx=four.ctx(), items=[Disabling(endpoint_id=endpoint)]),
            ]
        )
        before = len(remembers.got)
        clock.ahead = timedelta(hours=1)
        clock.until_quiet()
        assert len(remembers.got) == before
    assert {row.state for row in clock.deliveries()} == {"failed"}
