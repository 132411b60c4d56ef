"""What somebody was told was known at an instant stays what was known then."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from acquit.core.money import Money
from acquit.core.outcome import Outcome
from acquit.stages.ledger.queries import trial_balance
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.queries.as_at import balances
from tests.races.office import Office, new_office

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_command_in_flight_does_not_change_what_was_known() -> None:
    """The command began before the instant that is asked for and commits after the answer."""
    office = new_office("Known GmbH")
    ctx = office.hand().ctx()
    known_at = ctx.now + timedelta(seconds=5)
    outcomes: list[Outcome] = []

    def write() -> None:
        try:
            outcomes.append(record(ctx=ctx, items=[_cash(office)]))
        finally:
            connection.close()

    def told() -> tuple[object, object]:
        asked = {"company_id": office.company_id, "as_at": ctx.today, "known_at": known_at}
        return balances(**asked), trial_balance(**asked)

    writer = threading.Thread(target=write)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM history_head WHERE company_id = %s FOR UPDATE", [office.company_id]
        )
        writer.start()
        _until_it_waits()
        first = told()
    writer.join(timeout=60)
    assert outcomes[0].or_refuse().ids
    assert told() == first
    receipt = Receipt.objects.of(office.company_id).get()
    assert receipt.recorded_at > known_at
    later = balances(
        company_id=office.company_id, as_at=ctx.today, known_at=known_at + timedelta(seconds=1)
    )
    assert later["receipt", "EUR"] == (1_000, 1_000)


def test_who_comes_with_an_older_clock_is_recorded_after_what_was_told() -> None:
    office = new_office("Known GmbH")
    ctx = office.hand().ctx()
    known_at = ctx.now + timedelta(hours=1)
    asked = {"company_id": office.company_id, "as_at": ctx.today, "known_at": known_at}
    before = balances(**asked)
    record(ctx=ctx, items=[_cash(office)]).or_refuse()
    after = replace(ctx, now=known_at + timedelta(hours=1), idempotency_key="")
    record(ctx=after, items=[_cash(office)]).or_refuse()
    assert balances(**asked) == before
    first, second = Receipt.objects.of(office.company_id).order_by("recorded_at")
    assert first.recorded_at == known_at + timedelta(microseconds=1)
    assert second.recorded_at == after.now


def _cash(office: Office) -> NewReceipt:
    return NewReceipt(
        key="cash",
        customer_id=office.customer_id,
        method="cash",
        amount=Money(1_000, "EUR"),
        received_on=office.world.today,
    )


def _until_it_waits() -> None:
    """Until the other connection waits for a lock that this one holds."""
    for _turn in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.05)
    raise AssertionError("the command does not wait")
