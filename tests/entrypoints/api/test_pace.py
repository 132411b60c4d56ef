"""How many requests a key may send: told in every answer, counted for all processes at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections
from pytest_django.fixtures import Settings as SettingsWrapper

from acquit.access.models import ApiKey, KeyPace
from acquit.access.pace import count
from acquit.stages.masterdata.models import Item
from tests.support.api import ALL_SCOPES, Api, Seeded, new_key
from tests.support.world import World, new_world

HEADER = re.compile(r'"minute";r=(\d+);t=(\d+)')


def a_key(world: World) -> ApiKey:
    new_key(world, *ALL_SCOPES, name="paced")
    key = ApiKey.objects.of(world.company_id).get(name="paced")
    assert isinstance(key, ApiKey)
    return key


def used_up(api: Seeded) -> None:
    """Every key has used a million in this minute and in those to come."""
    KeyPace.objects.of(api.world.company_id).update(
        used=1_000_000, minute=datetime.max.replace(tzinfo=api.world.ctx().now.tzinfo, year=9000)
    )


def test_every_answer_says_where_the_key_stands(ours: Seeded, settings: SettingsWrapper) -> None:
    settings.API_PER_MINUTE = 90
    good, wrong = ours.api.raw("GET", "/customers"), ours.api.raw("GET", "/customers/cus_1")
    missing = replace(ours.api, secret="").raw("GET", "/customers")
    assert [a.status_code for a in (good, wrong, missing)] == [200, 404, 401]
    for answer in (good, wrong):
        assert answer["RateLimit-Policy"] == '"minute";q=90;w=60'
        found = HEADER.fullmatch(answer["RateLimit"])
        assert found is not None
        assert 0 <= int(found[1]) < 90
        assert 1 <= int(found[2]) <= 60
        assert not answer.has_header("Retry-After")
    assert not missing.has_header("RateLimit")


def test_above_the_limit_nothing_is_done_and_the_time_is_told(ours: Seeded) -> None:
    assert ours.api.raw("GET", "/customers").status_code == 200
    used_up(ours)
    items = Item.objects.of(ours.world.company_id).count()
    body = {"items": [{"code": "LATE", "name": "Too late"}]}
    answer = ours.api.raw("PUT", "/items", body)
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["code"] == "pace.exceeded"
    found = HEADER.fullmatch(answer["RateLimit"])
    assert found is not None
    assert found[1] == "0"
    assert answer["Retry-After"] == found[2]
    assert Item.objects.of(ours.world.company_id).count() == items


def test_another_key_goes_on(ours: Seeded) -> None:
    ours.api.raw("GET", "/customers")
    used_up(ours)
    other = Api(new_key(ours.world, "read.masterdata", name="other"))
    assert other.raw("GET", "/customers").status_code == 200
    assert ours.api.raw("GET", "/customers").status_code == 429


def test_without_a_limit_nothing_is_counted(ours: Seeded, settings: SettingsWrapper) -> None:
    ours.api.raw("GET", "/customers")
    used_up(ours)
    settings.API_PER_MINUTE = 0
    answer = ours.api.raw("GET", "/customers")
    assert answer.status_code == 200
    assert not answer.has_header("RateLimit")


def test_the_count_begins_anew_with_the_minute(ours: Seeded) -> None:
    key = a_key(ours.world)
    start = datetime.fromisoformat("2026-03-04T10:00:30+00:00")
    seen = [count(key=key, limit=2, now=start + timedelta(seconds=n)) for n in (0, 10, 29, 30, 90)]
    assert [pace.used for pace in seen] == [1, 2, 3, 1, 1]
    assert [pace.is_over for pace in seen] == [False, False, True, False, False]
    assert [pace.remaining for pace in seen] == [1, 0, 0, 1, 1]
    assert [pace.seconds_left for pace in seen] == [30, 20, 1, 60, 60]
    behind = count(key=key, limit=2, now=start)  # the clock of another machine
    assert behind.used == 2


@pytest.mark.django_db(transaction=True)
def test_processes_share_one_count() -> None:
    key = a_key(new_world(seed="paced", slug="paced"))
    now = datetime.fromisoformat("2026-03-04T10:00:30+00:00")

    def once(_number: int) -> int:
        try:
            return count(key=key, limit=10, now=now).used
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(once, range(20))) == list(range(1, 21))


def test_the_database_does_not_log_it(ours: Seeded) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'access_key_pace'")
        assert cursor.fetchone() == ("u",)
