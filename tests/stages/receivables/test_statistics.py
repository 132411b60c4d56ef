"""A company whose rows came after the statistics were made is read as quickly as any other."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.money import Money
from acquit.database.bulk import GUESSED_MIN, KEPT_MIN
from acquit.database.copy import execute, fetch_rows
from acquit.stages.matching.queries.lessons import patterns
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import make_readable, paid_for, texts_for, unapplied
from tests.stages.receivables.test_search import copies
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import World

pytestmark = pytest.mark.django_db
TABLES = (Receipt, OpenItem, Allocation)
_STEP = re.compile(r"actual rows=([\d.]+) loops=(\d+)")
_LEFT_OUT = re.compile(r"Rows Removed by [\w ]+: (\d+)")


@pytest.fixture
def young(world: World) -> World:
    """Statistics of one payment; then as many more as the planner must know of."""
    (customer,) = customers(world, 1)
    (claim,) = issue(world, [Doc(customer.id, 1_000)])
    # Of one row: what the planner makes of two depends on how the table was filled before.
    execute(f"ANALYZE {OpenItem._meta.db_table}")
    (credit,) = receive(world, [Incoming(1_000)])
    wish = NewAllocation(
        key="k", credit_item_id=credit.id, debit_item_id=claim.id, amount=Money(1_000, "EUR")
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    for table in (Receipt, Allocation):
        execute(f"ANALYZE {table._meta.db_table}")
    receipt = "md5('receipt' || n)::uuid"
    copies(Receipt, KEPT_MIN, id=receipt, payer_name="'Payer ' || n", text="'thanks'")
    copies(
        OpenItem,
        KEPT_MIN,
        id="md5(kind || n)::uuid",
        document_id="NULL",
        receipt_id=f"CASE WHEN kind = 'receipt' THEN {receipt} END",
    )
    copies(
        Allocation,
        KEPT_MIN,
        id="md5('allocation' || n)::uuid",
        debit_item_id="md5('invoice' || n)::uuid",
        credit_item_id=receipt,
    )
    return world


def guesses(world: World) -> list[int]:
    """How many rows of the company the planner takes each table for."""
    found = []
    for table in TABLES:
        sql = f"EXPLAIN SELECT 1 FROM {table._meta.db_table} WHERE company_id = %s"
        first = fetch_rows(sql, [world.company_id])[0][0]
        found.append(int(first.split(" rows=")[1].split()[0]))
    return found


def read(sql: str) -> int:
    """How many rows all steps of a query go through, those among them that they leave out."""
    rows, loops = 0, 1
    for (line,) in fetch_rows(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {sql}"):
        if step := _STEP.search(line):
            loops = int(step[2])
            rows += round(float(step[1]) * loops)
        elif left_out := _LEFT_OUT.search(line):
            rows += int(left_out[1]) * loops
    return rows


def test_what_the_matcher_reads_grows_with_the_rows_where_the_statistics_knew_none(
    young: World,
) -> None:
    assert max(guesses(young)) < GUESSED_MIN
    company, since = young.company_id, young.today - timedelta(days=30)
    names = [f"Payer {n}" for n in range(1, KEPT_MIN + 1)]
    make_readable(company)
    assert min(guesses(young)) >= KEPT_MIN
    with CaptureQueriesContext(connection) as caught:
        unapplied(company_id=company, receipt_ids=[])
        paid = paid_for(company_id=company, since=since, ibans=[], names=names)
        said = texts_for(company_id=company, since=since, ibans=[], names=names)
    assert len(paid) == len(said) == KEPT_MIN
    assert max(read(query["sql"]) for query in caught) < 50 * KEPT_MIN


def test_the_list_of_patterns_is_read_with_statistics_too(young: World) -> None:
    company, since = young.company_id, young.today - timedelta(days=30)
    patterns(company_id=company, since=since).alone()
    assert min(guesses(young)) >= KEPT_MIN


def test_what_the_statistics_know_is_not_analysed_again(young: World) -> None:
    make_readable(young.company_id)
    with CaptureQueriesContext(connection) as caught:
        make_readable(young.company_id)
    assert len(caught) == 1
    assert "ANALYZE" not in caught[0]["sql"]
