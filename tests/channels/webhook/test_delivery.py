"""From a fact to a receiver: told at least once, under one id, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from standardwebhooks import WebhookVerificationError

from acquit.channels.webhook import queries, rules
from acquit.channels.webhook.commands import deliver
from acquit.channels.webhook.commands.endpoints import (
    Disabling,
    Rotation,
    disable,
    rotate,
)
from acquit.channels.webhook.commands.resend import Replay, replay, resend
from acquit.channels.webhook.facts import EndpointDisabled, SecretRotated
from acquit.channels.webhook.jobs import deliver_webhooks
from acquit.channels.webhook.models import Endpoint
from acquit.core.ids import IdSource
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.models import FactRecord
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from tests.support.money import Doc, customers, issue
from tests.support.webhooks import NEXT_SECRET, SECRET, Clock, receiver
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
ISSUED = "invoices.DocumentIssued"


@pytest.fixture
def clock(world: World) -> Clock:
    return Clock(world)


def invoices(world: World, count: int = 1) -> list[FactRecord]:
    """Documents issued; their facts."""
    (buyer,) = customers(world, 1)
    issue(world, [Doc(buyer.id, 100 + n) for n in range(count)])
    rows = FactRecord.objects.of(world.company_id).filter(kind=ISSUED).order_by("-seq")[:count]
    return sorted(rows, key=lambda row: row.seq)


def endpoint(clock: Clock) -> Endpoint:
    return Endpoint.objects.of(clock.world.company_id).get()


def test_a_fact_is_told_and_the_receiver_can_trust_it(clock: Clock) -> None:
    with receiver() as remembers:
        clock.listen(remembers.url, ISSUED)
        (fact,) = invoices(clock.world)
        assert [r.state for r in clock.work().items] == [ItemState.DONE]
    (got,) = remembers.got
    event = got.verified_by(SECRET)
    assert got.headers["webhook-id"] == event["id"] == str(fact.id)
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert {name: event[name] for name in event if name != "data"} == {
        "specversion": "1.0",
        "id": str(fact.id),
        "source": "urn:acquit:company:muster",
        "type": "acquit.invoices.DocumentIssued",
        "subject": str(fact.subject_id),
        "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
        "sequence": str(fact.seq),
    }
    assert event["data"] == {**fact.payload, "effective_on": "2026-03-02"}
    assert event["data"]["number"].startswith("RE2026-")
    (row,) = clock.deliveries()
    assert (row.state, row.attempts, row.last_status) == ("delivered", 1, 204)
    assert row.delivered_at is not None
    with pytest.raises(WebhookVerificationError):
        got.verified_by(NEXT_SECRET)


def test_the_job_of_the_worker_is_the_same(clock: Clock) -> None:
    with receiver() as remembers:
        clock.listen(remembers.url, ISSUED)
        invoices(clock.world)
        ids = [str(row.id) for row in clock.deliveries()]
        deliver_webhooks(company_id=str(clock.world.company_id), ids=ids, of_a_later_release=1)
        deliver_webhooks(company_id=str(clock.world.company_id), ids=ids)
    assert len(remembers.got) == 1
    remembers.got[0].verified_by(SECRET)


def test_every_repeat_has_the_id_and_the_bytes_of_the_first(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = (500, "hang", "cut", 204)
    with receiver(*plan) as remembers:
        clock.listen(remembers.url, ISSUED)
        invoices(clock.world)
        said = []
        for step, wait in zip(plan, (5, 30, 120, 0), strict=True):
            monkeypatch.setattr(deliver, "SECONDS_MAX", 0.3 if step == "hang" else 30)
            clock.work()
            (row,) = clock.deliveries()
            said.append((row.state, row.last_status, row.last_error))
            clock.ahead += timedelta(seconds=wait * 1.1 + 1)
    assert [one.body for one in remembers.got] == [remembers.got[0].body] * 4
    assert len(set(remembers.ids)) == 1
    assert len({one.headers["webhook-timestamp"] for one in remembers.got}) == 4
    for got in remembers.got[:2]:  # later ones are dated ahead of what the judge's clock shows
        got.verified_by(SECRET)
    assert said[0] == ("queued", 500, "500 Internal Server Error: the receiver's own words")
    assert said[1] == ("queued", None, "no answer within 0.3 seconds")
    assert said[2][:2] == ("queued", None)
    assert said[3] == ("delivered", 204, "")
    assert endpoint(clock).failing_since is None


def test_tries_end_after_three_days_and_a_person_resends(clock: Clock) -> None:
    with receiver(always=503) as remembers:
        clock.listen(remembers.url, ISSUED)
        (fact,) = invoices(clock.world)
        clock.until_quiet()
        (row,) = clock.deliveries()
        assert (row.state, row.attempts) == ("failed", len(rules.WAITS) + 1)
        assert timedelta(days=2.5) < clock.ahead < timedelta(days=4)
        assert queries.troubled() == (0, 1)
        remembers.always = 200
        facts = FactRecord.objects.count()
        outcome = resend(ctx=clock.ctx(), items=[row.id, UUID(int=7)])
        assert [r.state for r in outcome.items] == [ItemState.DONE, ItemState.REFUSED]
        clock.work()
    assert clock.deliveries()[0].state == "delivered"
    assert set(remembers.ids) == {str(fact.id)}
    assert FactRecord.objects.count() == facts
    assert queries.troubled() == (0, 0)


def test_waits_grow_and_are_spread() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    ids = IdSource.seeded(instant=now, seed="spread").many(200)
    for attempt, wait in enumerate(rules.WAITS, 1):
        found = {rules.next_try(delivery_id=one, attempts=attempt, now=now) for one in ids}
        assert len(found) > 50
        assert all(one and wait * 0.9 <= one - now <= wait * 1.1 for one in found)
    assert rules.next_try(delivery_id=ids[0], attempts=len(rules.WAITS) + 1, now=now) is None
    assert rules.WAITS[0] == timedelta(seconds=5)
    assert rules.WAITS[-1] == timedelta(hours=24)


def test_an_endpoint_that_fails_rests_and_nothing_is_lost(clock: Clock) -> None:
    with receiver(always=500) as remembers:
        clock.listen(remembers.url, ISSUED)
        facts = invoices(clock.world, 10)
        clock.work()
        assert len(remembers.got) == rules.FAILURES_IN_A_ROW
        assert sorted(row.attempts for row in clock.deliveries()) == [0] * 7 + [1] * 3
        clock.ahead += timedelta(seconds=20)  # three are due again, but it still rests
        clock.work()
        assert len(remembers.got) == rules.FAILURES_IN_A_ROW
        remembers.always = 204
        clock.until_quiet()
    assert set(remembers.seen) == {str(fact.id) for fact in facts}
    assert {row.state for row in clock.deliveries()} == {"delivered"}
    row = endpoint(clock)
    assert (row.failing_since, row.resting_until) == (None, None)


def test_one_event_that_nobody_can_take_holds_up_no_other(clock: Clock) -> None:
    with receiver(204, 500, 204, 500, 204) as remembers:
        clock.listen(remembers.url, ISSUED)
        invoices(clock.world, 5)
        clock.work()
        assert len(remembers.got) == 5
        assert len(remembers.seen) == 3


def test_five_days_of_failure_disable_the_endpoint_and_others_hear_of_it(clock: Clock) -> None:
    with receiver(always=500) as broken, receiver() as sound:
        dead = clock.listen(broken.url, ISSUED)
        clock.listen(sound.url, EndpointDisabled.KIND)
        invoices(clock.world)
        clock.until_quiet()
        assert Endpoint.objects.get(id=dead).disabled_at is None
        clock.ahead = timedelta(days=5, hours=1)
        invoices(clock.world, 2)
        clock.work()
        row = Endpoint.objects.get(id=dead)
        assert row.disabled_at is not None
        assert row.disabled_reason.startswith("nothing was taken since ")
        assert {one.state for one in clock.deliveries(endpoint_id=dead)} <= {"failed", "queued"}
        clock.until_quiet()
        assert {one.state for one in clock.deliveries(endpoint_id=dead)} == {"failed"}
        (heard,) = sound.got
        assert heard.event["data"]["host"] == "127.0.0.1"
        assert heard.event["subject"] == str(dead)
        assert FactRecord.objects.get(kind=EndpointDisabled.KIND).rule.startswith("webhooks:")
        assert queries.troubled()[0] == 1
        before = len(broken.got)
        invoices(clock.world)
        clock.until_quiet()
        assert len(broken.got) == before
        refused = resend(ctx=clock.ctx(), items=[clock.deliveries(endpoint_id=dead)[0].id])
        assert refused.faults[0].code == "webhook.disabled"
        again = disable(ctx=clock.ctx(), items=[Disabling(endpoint_id=dead)])
        assert again.items[0].state is ItemState.DUPLICATE
        assert queries.troubled()[0] == 0


def test_gone_means_never_again(clock: Clock) -> None:
    with receiver(410) as remembers:
        clock.listen(remembers.url, ISSUED)
        invoices(clock.world, 3)
        clock.until_quiet()
        assert len(remembers.got) == 1
    assert {row.state for row in clock.deliveries()} == {"failed"}
    assert endpoint(clock).disabled_reason == "answered 410 Gone"


def test_a_disabled_endpoint_gets_nothing_until_it_is_saved_again(clock: Clock) -> None:
    with receiver() as remembers:
        one = clock.listen(remembers.url, ISSUED)
        invoices(clock.world)
        disable(ctx=clock.ctx(), items=[Disabling(endpoint_id=one)])
        assert [row.state for row in clock.deliveries()] == ["failed"]
        invoices(clock.world)
        clock.until_quiet()
        assert remembers.got == []
        assert clock.listen(remembers.url, ISSUED, secret=NEXT_SECRET) == one
        invoices(clock.world)
        clock.work()
        assert len(remembers.got) == 1
        remembers.got[0].verified_by(SECRET)  # a known address keeps its secret


def test_what_is_rolled_back_is_never_told(clock: Clock) -> None:
    with receiver() as remembers:
        clock.listen(remembers.url, "*")
        clock.work()
        told = len(remembers.got)
        with transaction.atomic():
            invoices(clock.world)
            assert len(clock.deliveries(state="queued")) == 1
            transaction.set_rollback(True)
        clock.work()
        assert clock.deliveries(state="queued") == []
        assert len(remembers.got) == told


def test_only_the_kinds_and_the_company_that_were_asked_for(clock: Clock) -> None:
    other = new_world(seed="other", slug="other", name="Andere GmbH")
    with receiver() as some, receiver() as every, receiver() as theirs:
        clock.listen(some.url, ISSUED)
        clock.listen(every.url, "*")
        Clock(other).listen(theirs.url, ISSUED)
        save_items(ctx=clock.ctx(), items=[ItemData(code="A", name="Stuhl")])
        invoices(clock.world)
        clock.work()
        Clock(other).work()
    assert [one.event["type"] for one in some.got] == [f"acquit.{ISSUED}"]
    assert {one.event["type"] for one in every.got} > {
        "acquit.masterdata.ItemsSaved",
        f"acquit.{ISSUED}",
    }
    assert theirs.got == []


def rows_of_all_tables() -> dict[str, str]:
    """A digest of every row of every table but the outbox and the queue."""
    tables = [
        row[0]
        for row in fetch_rows(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> 'webhook_delivery'"
            " AND relname NOT LIKE 'procrastinate%%' ORDER BY 1"
        )
    ]
    return {
        table: fetch_rows(
            f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t"
        )[0][0]
        for table in tables
    }


def test_replaying_a_day_changes_nothing(clock: Clock) -> None:
    with receiver(204, 500, 204) as remembers:
        one = clock.listen(remembers.url, ISSUED)
        today = invoices(clock.world, 6)
        clock.until_quiet()
        clock.world.later(1)
        invoices(clock.world, 2)  # of another day
        clock.until_quiet()
        before, seen, heard = rows_of_all_tables(), dict(remembers.seen), len(remembers.got)
        outcome = replay(
            ctx=clock.ctx(), items=[Replay(endpoint_id=one, day=today[0].recorded_at.date())]
        )
        assert outcome.figures == {"deliveries": 6}
        clock.until_quiet()
    repeated = remembers.ids[heard:]
    assert sorted(repeated) == sorted(str(fact.id) for fact in today)
    assert remembers.seen == seen, "a receiver that keeps ids has seen each fact once"
    assert len(remembers.seen) == 8
    assert rows_of_all_tables() == before


def test_both_secrets_sign_for_a_day_after_a_rotation(clock: Clock) -> None:
    with receiver() as remembers:
        one = clock.listen(remembers.url, ISSUED)
        rotate(ctx=clock.ctx(), items=[Rotation(endpoint_id=one, secret=NEXT_SECRET)]).or_refuse()
        invoices(clock.world)
        clock.work()
        for secret in (SECRET, NEXT_SECRET):
            remembers.got[0].verified_by(secret)
        assert len(remembers.got[0].headers["webhook-signature"].split()) == 2
        clock.ahead = timedelta(days=1, seconds=1)
        invoices(clock.world)
        clock.work()
        assert len(remembers.got[1].headers["webhook-signature"].split()) == 1


def test_secrets_are_sealed_and_another_installation_cannot_open_them(clock: Clock) -> None:
    with receiver() as remembers:
        clock.listen(remembers.url, ISSUED)
        ((stored, whole),) = fetch_rows("SELECT secret, e::text FROM webhook_endpoint e")
        assert SECRET.removeprefix("whsec_") not in whole
        assert len(stored) > 100
        invoices(clock.world)
        with override_settings(SECRET_KEY="another"):
            clock.work()
        assert remembers.got == []
        assert "rotate the secret" in clock.deliveries()[0].last_error


@pytest.mark.parametrize("inner", ["https://localhost/hook", "https://127.1/hook"])
def test_a_name_of_an_inner_address_is_never_called(clock: Clock, inner: str) -> None:
    """The address looks fine when it is saved; what it resolves to is judged at every try."""
    with override_settings(WEBHOOK_LOOPBACK=False):
        clock.listen(inner, ISSUED)
        invoices(clock.world)
        clock.work()
    (row,) = clock.deliveries()
    assert (row.state, row.attempts, row.last_status) == ("queued", 1, None)
    assert row.last_error.endswith("is not a public address")


def test_a_redirect_inside_is_an_answer_like_any_other(clock: Clock) -> None:
    with receiver() as inner, receiver(inner.url) as remembers:
        clock.listen(remembers.url, ISSUED)
        invoices(clock.world)
        clock.work()
        assert inner.got == []
    assert (clock.deliveries()[0].state, clock.deliveries()[0].last_status) == ("queued", 302)


def rotations(clock: Clock, count: int) -> None:
    """Many facts at once that nothing else follows."""
    ctx = clock.ctx()
    with transaction.atomic():
        opened = unit.begin(company_id=ctx.company_id, command="tests.rotate")
        assert opened is not None
        try:
            facts = [
                SecretRotated(subject_id=id, effective_on=ctx.today, host="many.example")
                for id in ctx.ids.many(count)
            ]
            unit.record(ctx, facts)
            unit.flush(opened)
        finally:
            unit.end()


def queries_of(clock: Clock, count: int) -> int:
    with CaptureQueriesContext(connection) as made:
        rotations(clock, count)
    return len(made)


def test_the_outbox_costs_the_same_for_one_fact_and_for_a_thousand(clock: Clock) -> None:
    with CaptureQueriesContext(connection) as made:
        rotations(clock, 1)
    asked = [one["sql"] for one in made if "webhook_" in one["sql"] or "job" in one["sql"]]
    assert len(asked) == 1, "who listens? nobody"
    unheard = len(made)
    with receiver() as remembers:
        clock.listen(remembers.url, SecretRotated.KIND)
        assert queries_of(clock, 1) == queries_of(clock, 1000) <= unheard + 2
    assert len(clock.deliveries()) == 1001
    jobs = fetch_rows(
        "SELECT max(jsonb_array_length(args->'ids')), sum(jsonb_array_length(args->'ids'))"
        " FROM procrastinate_jobs WHERE task_name = 'webhook.deliver'"
    )
    assert jobs == [(100, 1001)]


def test_a_replay_costs_the_same_for_one_and_for_many(clock: Clock) -> None:
    with receiver() as remembers:
        one = clock.listen(remembers.url, SecretRotated.KIND)

        def asked() -> tuple[int, Any]:
            item = Replay(endpoint_id=one, day=clock.ctx().now.astimezone(BERLIN).date())
            with CaptureQueriesContext(connection) as made:
                outcome = replay(ctx=clock.ctx(), items=[item])
            return len(made), outcome.figures["deliveries"]

        rotations(clock, 1)
        few = asked()
        rotations(clock, 1000)
        many = asked()
    assert (few[1], many[1]) == (1, 1001)
    assert few[0] == many[0]
