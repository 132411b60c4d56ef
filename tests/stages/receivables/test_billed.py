"""What was billed by day: what the process remembers equals what the table says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.database.copy import fetch_rows
from acquit.stages.receivables.queries.billed import Billed, billed
from tests.support.money import Doc, customers, issue
from tests.support.world import World

pytestmark = pytest.mark.django_db


def found(world: World) -> dict[date, Billed]:
    since = world.today - timedelta(days=60)
    rows = fetch_rows(
        "SELECT effective_on, CASE kind WHEN 'credit_note' THEN -functional_minor"
        " ELSE functional_minor END FROM receivables_open_item"
        " WHERE company_id = %s AND kind <> 'receipt' AND effective_on BETWEEN %s AND %s",
        [world.company_id, since, world.today],
    )
    raw: dict[date, Billed] = {}
    for day, minor in rows:
        raw[day] = raw.get(day, Billed()) + Billed(1, minor)
    answer = billed(company_id=world.company_id, since=since, until=world.today)
    assert answer == raw
    return answer


def test_it_follows_what_is_issued(world: World) -> None:
    assert found(world) == {}
    (buyer,) = customers(world, 1)
    before = world.today - timedelta(days=3)
    issue(world, [Doc(buyer.id, 1_000), Doc(buyer.id, 500, issued_on=before)])
    assert found(world) == {world.today: Billed(1, 1_000), before: Billed(1, 500)}
    issue(world, [Doc(buyer.id, 300, kind="credit_note"), Doc(buyer.id, 20, kind="debit_note")])
    assert found(world)[world.today] == Billed(3, 720)
    late = Doc(buyer.id, 70, issued_on=before)  # into a day that was read already
    issue(world, [late])
    assert found(world)[before] == Billed(2, 570)
    with CaptureQueriesContext(connection) as caught:
        billed(company_id=world.company_id, since=before, until=world.today)
    assert len(caught) == 1


def test_what_was_taken_back_is_forgotten(world: World) -> None:
    (buyer,) = customers(world, 1)
    with transaction.atomic():
        issue(world, [Doc(buyer.id, 1_000)])
        assert found(world) == {world.today: Billed(1, 1_000)}
        transaction.set_rollback(True)
    assert found(world) == {}
    issue(world, [Doc(buyer.id, 250)])
    assert found(world) == {world.today: Billed(1, 250)}


def test_only_the_days_that_were_asked_for(world: World) -> None:
    (buyer,) = customers(world, 1)
    days = [world.today - timedelta(days=n) for n in range(3)]
    issue(world, [Doc(buyer.id, 100 + n, issued_on=day) for n, day in enumerate(days)])
    answer = billed(company_id=world.company_id, since=days[1], until=days[1])
    assert answer == {days[1]: Billed(1, 101)}
