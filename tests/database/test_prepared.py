"""A kept plan answers as a new one would: for each company, role, value and shape of a table."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.database import behind
from acquit.database.copy import execute, fetch_rows
from acquit.database.prepared import fetch_prepared
from acquit.database.scope import walled
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db
ALL = "SELECT DISTINCT company_id FROM masterdata_tax_code ORDER BY company_id"
OFTEN = 8  # from the sixth time on the server may keep one plan for all values


def test_a_plan_is_kept() -> None:
    sql = "SELECT name FROM access_company WHERE slug = %(slug)s"
    for number in range(OFTEN):
        fetch_prepared(sql, {"slug": str(number)})
    kept = "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s"
    assert fetch_rows(kept, ["SELECT name FROM access_company WHERE slug = $1%"])[0][0] > 0


def test_the_wall_holds_for_every_role_and_company(world: World) -> None:
    other = new_world(seed="other", slug="autre", name="Autre SARL", country="FR")
    mine, theirs = [(world.company_id,)], [(other.company_id,)]
    for _ in range(OFTEN):
        assert fetch_prepared(ALL) == sorted([*mine, *theirs])
        with walled(world.company_id):
            assert fetch_prepared(ALL) == mine
        with walled(other.company_id):
            assert fetch_prepared(ALL) == theirs


def test_values_of_every_size() -> None:
    sql = "SELECT %(n)s::bigint + 1, coalesce(%(text)s, 'none')"
    for number in (0, 40_000, 3 * 10**9, 2**62, *range(OFTEN)):
        assert fetch_prepared(sql, {"n": number, "text": None}) == [(number + 1, "none")]
        assert fetch_prepared(sql, {"n": number, "text": "%s"}) == [(number + 1, "%s")]


def test_a_table_that_changed() -> None:
    sql = "SELECT b FROM pg_temp.t WHERE a = %s"
    execute("CREATE TEMPORARY TABLE t (a int, b text)")
    for number in range(OFTEN):
        execute("INSERT INTO pg_temp.t VALUES (%s, 'old')", [number])
        assert fetch_prepared(sql, [number]) == [("old",)]
    execute("CREATE INDEX ON pg_temp.t (a)")
    execute("ALTER TABLE pg_temp.t ADD COLUMN c int")
    execute("UPDATE pg_temp.t SET b = 'new'")
    assert fetch_prepared(sql, [1]) == [("new",)]


def test_what_waits_to_be_written_is_seen_and_costs_no_message(world: World) -> None:
    with behind.writing_behind(), CaptureQueriesContext(connection) as captured:
        behind.write("UPDATE access_company SET name = %s", ["Later"])
        assert fetch_prepared("SELECT name FROM access_company") == [("Later",)]
        assert len(captured) == 1
