"""Signing in, the first page, the profile and the palette."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client, override_settings

from acquit.access.models import Membership, RefusedAccess, User
from acquit.access.roles import ROLES
from tests.support.pages import browser, member
from tests.support.shop import Shop
from tests.support.world import World, new_world

PASSWORD = "correct horse battery"


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"system"}))
def test_every_role_begins_at_its_queue(shop: Shop, role: str) -> None:
    shop.fill(ready=2, lacking=1)
    client = browser(shop.world, role)
    page = client.get("/")
    text = page.content.decode()
    assert page.status_code == 200 and "The company today" in text
    for title, right in (
        ("Drafts to review", "invoices.issue"),
        ("Receipts to apply", "matching.accept"),
        ("Approvals waiting", "access.approve"),
        ("Months to lock", "ledger.lock"),
        ("Jobs given up", "jobs.retry"),
    ):
        assert (title in text) is (right in ROLES[role]), "nobody sees work that is not his"
    assert ("Invoices overdue" in text) is (role == "credit_controller")
    assert ("have no queue" in text) is (role == "auditor")
    for tile in page.context["queues"]:
        assert client.get(tile.url).status_code == 200


def test_guests_and_people_without_a_company(world: World) -> None:
    assert Client().get("/")["Location"] == "/signin?next=/"
    client = browser(world)
    answer = client.get("/")
    assert answer.status_code == 403 and b"No company yet" in answer.content


def test_the_company_of_another_stays_closed(world: World) -> None:
    other = new_world(seed="other", slug="other", on=world.today)
    client = browser(world, "owner")
    client.post("/company", {"company": other.company.slug})
    page = client.get("/").content.decode()
    assert "Muster" in page and page.count('name="company"') == 1


def test_the_palette_finds_pages_customers_and_invoices(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "billing_clerk")
    page = client.get("/palette").content.decode()
    assert "Billing" in page and "<html" in page
    piece = client.get("/palette?q=kunde", HTTP_HX_REQUEST="true").content.decode()
    assert "Kunde C-1" in piece and "<html" not in piece
    assert document.number in client.get(f"/palette?q={document.number[-4:]}").content.decode()
    assert "Nothing found" in client.get("/palette?q=zzzz").content.decode()
    assert "New customer" not in page


def test_a_page_without_the_right_says_which_and_is_noted(world: World) -> None:
    answer = browser(world, "auditor").get("/customers/new")
    assert answer.status_code == 403 and b"masterdata.save_customers" in answer.content
    assert RefusedAccess.objects.of(world.company_id).get().command == "masterdata.save_customers"


def test_demo_cards_are_for_the_demo_alone(world: World) -> None:
    user = member(world, "billing_clerk", name="Bianca")
    assert Client().get("/signin")["Location"].startswith("/account/login/")
    assert Client().post("/signin/demo", {"person": str(user.id)}).status_code == 404
    with override_settings(DEMO=True):
        client = Client()
        assert b"Bianca" not in client.get("/signin").content
        assert client.post("/signin/demo", {"person": str(user.id)}).status_code == 404
        company = world.company
        company.is_demo = True
        company.save()
        page = client.get("/signin?next=/billing").content
        assert b"Bianca" in page and b"0 drafts to review" in page
        form = {"person": str(user.id), "next": "/billing"}
        assert client.post("/signin/demo", form)["Location"] == "/billing"
        assert client.get("/billing").status_code == 200
        evil = {**form, "next": "//evil.example"}
        assert client.post("/signin/demo", evil)["Location"] == "/"


@pytest.mark.usefixtures("half_a_minute")
def test_real_sign_in_asks_for_password_and_second_factor(world: World) -> None:
    user = member(world, "accountant")
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    form = {"login": user.email, "password": "wrong"}
    wrong = client.post("/account/login/", form)
    assert wrong.status_code == 200 and b"data-faults" in wrong.content
    signed = client.post("/account/login/", {**form, "password": PASSWORD})
    assert signed["Location"] == "/"
    assert b"no second factor yet" in client.get("/").content

    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    assert b"no second factor" not in client.get("/").content
    fresh = Client()
    step = fresh.post("/account/login/", {**form, "password": PASSWORD})
    assert step["Location"].startswith("/account/2fa/authenticate")
    assert fresh.get("/")["Location"] == "/signin?next=/"
    assert fresh.get(step["Location"]).status_code == 200
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert fresh.post(step["Location"], {"code": code})["Location"] == "/"
    assert fresh.get("/").status_code == 200


def test_the_profile_leads_to_the_second_factor_and_keeps_the_switch(world: World) -> None:
    client = browser(world, "accountant")
    page = client.get("/profile").content.decode()
    assert "has no second factor" in page and "/account/2fa/" in page
    client.post("/profile", {})
    assert not User.objects.get().single_keys
    assert 'data-keys="off"' in client.get("/").content.decode()
    assert client.get("/account/2fa/").status_code == 200


def test_languages_reach_the_page_and_stay(world: World) -> None:
    client = browser(world, "accountant")
    client.post("/language", {"language": "fr", "next": "/invoices"})
    page = client.get("/").content.decode()
    assert re.search(r'<html lang="fr"', page)
    assert User.objects.get().locale == "fr"
    assert client.post("/language", {"language": "xx"}).status_code == 302
    assert Membership.objects.of(world.company_id).count() == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "This page does not exist"),
        ("fr", "Cette page n’existe pas"),
        ("de", "Diese Seite gibt es nicht"),
        ("ro", "Această pagină nu există"),
    ],
)
def test_a_page_that_is_not_there_says_so_in_the_layout(
    world: World, language: str, words: str
) -> None:
    for client, sign in ((browser(world, "auditor"), "page-main"), (Client(), "signin-main")):
        client.cookies["django_language"] = language
        for path in ("/nothing/here", "/invoices/doc_nothing"):
            answer = client.get(path, follow=True)
            text = answer.content.decode()
            if sign == "page-main" or path == "/nothing/here":
                assert answer.status_code == 404 and words in text and sign in text


def test_a_form_without_its_secret_is_refused_in_words(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language", {"language": "de"})
    assert answer.status_code == 403 and "This form is too old" in answer.content.decode()


def test_what_broke_names_its_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_values: object) -> None:
        raise RuntimeError("broken for this test")

    monkeypatch.setattr("acquit.entrypoints.ui.views.home.ageing_totals", broken)
    client = browser(world, "auditor")
    client.raise_request_exception = False
    answer = client.get("/")
    text = answer.content.decode()
    assert answer.status_code == 500 and "Something broke" in text
    assert f"<code>{answer['X-Request-Id']}</code>" in text
