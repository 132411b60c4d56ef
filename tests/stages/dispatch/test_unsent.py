"""What went to nobody is the same whether everything is looked at or only what is new."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.stages.dispatch.queries import undispatched, unsent
from acquit.stages.dispatch.queries.unsent import recently_undispatched
from tests.stages.dispatch.test_send import invoiced, sent
from tests.support.world import World

pytestmark = pytest.mark.django_db


def found(world: World, *, limit: int = 100) -> list[UUID]:
    """The same list both ways."""
    since = world.today - timedelta(days=31)
    new = recently_undispatched(company_id=world.company_id, limit=limit, issued_from=since)
    assert new == undispatched(company_id=world.company_id, limit=limit, issued_from=since)
    return new


def test_it_follows_what_is_issued_and_sent(world: World) -> None:
    assert found(world) == []
    first = invoiced(world, 2)
    assert found(world) == first
    sent(world, first[:1])
    assert found(world) == first[1:]
    more = invoiced(world, 2)
    assert set(found(world)) == {*first[1:], *more}
    sent(world, found(world))
    assert found(world) == []


def test_what_is_too_old_drops_out(world: World) -> None:
    old = invoiced(world)
    assert found(world) == old
    later = world.later(40)
    assert found(later) == []


def test_more_than_the_limit_are_found_again(world: World) -> None:
    ids = invoiced(world, 3)
    assert found(world, limit=2) == ids[:2]
    assert found(world, limit=10) == ids
    assert found(world, limit=2) == ids[:2]
    sent(world, ids[:1])
    assert found(world, limit=10) == ids[1:]


def test_another_chain_of_the_same_length_is_read_anew(world: World) -> None:
    """As after a restored database: the process remembers what never happened."""
    with transaction.atomic():
        gone = invoiced(world)
        assert found(world) == gone
        transaction.set_rollback(True)
    assert found(world) == []
    assert found(world) == []


def test_sent_documents_are_not_looked_at_again(world: World) -> None:
    sent(world, invoiced(world, 2))
    found(world)
    assert unsent._seen[world.company_id].ids == ()
    with CaptureQueriesContext(connection) as caught:
        recently_undispatched(company_id=world.company_id, limit=9, issued_from=world.today)
    assert len(caught) == 1
