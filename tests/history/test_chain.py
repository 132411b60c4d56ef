"""The chain of facts: whole after commands, broken by any change."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from acquit.history import queries
from acquit.history.chain import broken_links
from acquit.history.models import FactRecord
from tests.support.corrupt import change
from tests.support.world import World

pytestmark = pytest.mark.django_db


def _broken(world: World) -> list[str]:
    seq, digest = queries.head(company_id=world.company_id)
    rows = queries.chain_rows(company_id=world.company_id)
    return [b.message for b in broken_links(rows, head_seq=seq, head_hash=digest)]


def test_a_new_company_has_a_whole_chain(world: World) -> None:
    assert _broken(world) == []
    assert FactRecord.objects.of(world.company_id).get().kind == "masterdata.CompanyCreated"


@pytest.mark.parametrize(
    "sql", ["UPDATE history_fact SET reason = 'x'", "DELETE FROM history_fact"]
)
def test_the_database_refuses_a_change(world: World, sql: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_change_behind_the_triggers_is_found(world: World) -> None:
    change("history_fact", "UPDATE history_fact SET reason = 'x'")
    assert _broken(world) == ["fact 1 was changed after it was recorded"]
