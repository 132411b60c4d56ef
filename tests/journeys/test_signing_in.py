"""Who gets in, and what every answer tells the browser about safety."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings as SettingsWrapper

from acquit.access.commands.grant import Grant, grant
from acquit.access.models import Remembered, User
from tests.support.pages import BACKEND
from tests.support.world import World

PASSWORD = "a long and unusual pass phrase"
EMAIL = "vera@muster.example"
SECRET = "JBSWY3DPEHPK3PXP"
PICTURE = ("default-src 'none'", "frame-ancestors 'none'", "sandbox")  # nothing is to run in one
STRICT = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


@pytest.fixture
def vera(world: World) -> User:
    """A person with a password of her own."""
    grant(ctx=world.ctx(), items=[Grant(email=EMAIL, name="Vera", role="auditor")])
    user = User.objects.get(email=EMAIL)
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_cards_of_the_demo_open_nothing_on_real_data(
    vera: User, client: Client, settings: SettingsWrapper
) -> None:
    settings.DEMO = False
    assert client.post("/signin/demo", {"person": str(vera.id)}).status_code == 404
    assert not signed_in(client)
    answer = client.get("/signin", {"next": "/billing"})
    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=%2Fbilling"


def test_the_cards_of_the_demo_open_no_person_of_another_company(
    vera: User, client: Client, settings: SettingsWrapper
) -> None:
    settings.DEMO = True
    assert client.post("/signin/demo", {"person": str(vera.id)}).status_code == 404
    assert not signed_in(client)


def test_a_password_lets_in_and_a_wrong_one_does_not(vera: User, client: Client) -> None:
    client.post("/account/login/", {"login": EMAIL, "password": "not this one"})
    assert not signed_in(client)
    client.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    assert signed_in(client)


@pytest.mark.usefixtures("half_a_minute")
def test_who_has_a_second_factor_must_give_it(vera: User, client: Client) -> None:
    TOTP.activate(vera, SECRET)
    answer = client.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert not signed_in(client)
    code = format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))
    wrong = "000000" if code != "000000" else "111111"
    refused = client.post("/account/2fa/authenticate/", {"code": wrong})
    assert refused.status_code == 200
    assert not signed_in(client)
    client.post("/account/2fa/authenticate/", {"code": code})
    assert signed_in(client)
    # The same code opens no second door.
    other = Client()
    other.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    other.post("/account/2fa/authenticate/", {"code": code})
    assert not signed_in(other)


@pytest.mark.usefixtures("half_a_minute")
def test_used_codes_and_failed_attempts_are_known_to_every_web_process(
    vera: User, client: Client
) -> None:
    """They stand in the database; who forgets it there has forgotten it."""
    code = format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))
    TOTP.activate(vera, SECRET)
    given = {"login": EMAIL, "password": PASSWORD}
    for again in (Client(), client):
        again.post("/account/login/", given)
        again.post("/account/2fa/authenticate/", {"code": code})
    assert not signed_in(client)
    Remembered.objects.filter(cache_key__contains=code).delete()
    client.post("/account/2fa/authenticate/", {"code": code})
    assert signed_in(client)

    guesser = Client()
    for _ in range(6):
        refused = guesser.post("/account/login/", {**given, "password": "a guess"})
    assert "Too many" in refused.content.decode()
    guesser.post("/account/login/", given)
    assert "account_authentication_methods" not in guesser.session
    Remembered.objects.all().delete()
    assert guesser.post("/account/login/", given)["Location"].startswith("/account/2fa/")


def routes(found: Any, prefix: str = "") -> Iterator[str]:
    """Every address of the URL configuration, its places filled with something harmless."""
    for entry in found:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            plain = re.sub(r"<int:\w+>", "1", prefix + str(entry.pattern))
            plain = re.sub(r"\(\?P<\w+>[^)]*\)+\S*", "x", re.sub(r"<[^>]+>", "x", plain))
            yield "/" + re.sub(r"[\^$\\]", "", plain)


@pytest.mark.parametrize("signed", [False, True])
def test_every_address_answers_with_the_strict_headers(
    signed: bool, vera: User, client: Client
) -> None:
    if signed:
        client.force_login(vera, backend=BACKEND)
    addresses = sorted(set(routes(get_resolver().url_patterns)))
    assert len(addresses) > 80
    for address in addresses:
        if "logout" in address:
            continue
        answer = client.get(address)
        assert answer.status_code < 500, address
        assert "Content-Security-Policy" in answer.headers, address
        policy = answer["Content-Security-Policy"]
        rules = PICTURE if address.endswith("/logo") and "sandbox" in policy else STRICT
        assert all(rule in policy for rule in rules), (address, policy)
        assert "unsafe" not in policy, address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["X-Frame-Options"] == "DENY", address
        assert answer["Referrer-Policy"] == "same-origin", address
