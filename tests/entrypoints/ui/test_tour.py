"""The demo's five things: ticked off by one's own facts and seen pages, and put away."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper

from acquit.entrypoints.ui.tour import SHOWN, THINGS
from tests.support.pages import browser, member
from tests.support.shop import Shop
from tests.support.world import World

TITLE = "Five things to try here"


@pytest.fixture
def demo(world: World, settings: SettingsWrapper) -> World:
    settings.DEMO = True
    company = world.company
    company.is_demo = True
    company.save()
    return world


def counted(client: Client, page: str = "/tour") -> str:
    text = client.get(page).content.decode()
    return text.partition('class="tour-count">')[2].partition("<")[0]


def test_a_page_that_was_opened_is_ticked_off(demo: World) -> None:
    client = browser(demo, "auditor")
    assert counted(client, "/") == "0 of 5 done"
    assert counted(client, "/ageing") == "1 of 5 done", "the page at hand counts"
    assert counted(client, "/ageing?bucket=over90") == "1 of 5 done", "but once"
    assert counted(client, "/mailbox") == "2 of 5 done"


def test_what_one_did_oneself_is_ticked_off(shop: Shop, demo: World) -> None:
    shop.fill(ready=1, lacking=1)
    client = browser(demo, "billing_clerk")
    other = browser(demo, "billing_clerk", name="Bea")
    assert counted(client, "/billing") == counted(other, "/billing") == "0 of 5 done"
    shop_drafts = client.get("/billing?tab=review").content.decode()
    address = shop_drafts.partition("/enrichments")[0].rpartition('"')[2] + "/enrichments"
    client.post(address, {"buyer_reference": "04011000-12345-34"})
    assert counted(client) == "1 of 5 done"
    assert counted(other) == "0 of 5 done", "another's work is not one's own"


def test_the_bar_is_put_away_and_comes_back_with_the_next_person(demo: World) -> None:
    client = browser(demo, "auditor")
    assert TITLE in client.get("/").content.decode()
    assert client.post("/tour/dismissal", {"next": "/ageing"})["Location"] == "/ageing"
    assert TITLE not in client.get("/ageing").content.decode()
    assert TITLE in browser(demo, "auditor", name="Bea").get("/").content.decode()


def test_the_ticks_outlive_signing_out(demo: World) -> None:
    auditor = member(demo, "auditor", name="Bea")
    client = Client()
    for _visit in range(2):
        client.post("/signin/demo", {"person": str(auditor.id)})
        before = counted(client, "/")
        assert counted(client, "/ageing") == "1 of 5 done"
        client.post("/tour/dismissal", {"next": "/"})
        client.post("/signout")
    assert before == "1 of 5 done", "the second visit goes on where the first one ended"


def test_real_companies_never_see_it(world: World, settings: SettingsWrapper) -> None:
    client = browser(world, "auditor")
    assert TITLE not in client.get("/").content.decode()
    settings.DEMO = True
    assert TITLE not in client.get("/").content.decode()
    assert client.get("/tour").content.strip() == b""


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr", "Cinq choses"), ("de", "Fünf Dinge"), ("ro", "Cinci lucruri")],
)
def test_it_speaks_the_reader_s_language(demo: World, language: str, title: str) -> None:
    client = browser(demo, "auditor")
    client.post("/language", {"language": language})
    page = client.get("/").content.decode()
    assert title in page
    assert TITLE not in page


@pytest.mark.parametrize(
    "role",
    [
        "billing_clerk",
        "cash_clerk",
        "credit_controller",
        "receivables_manager",
        "accountant",
        "administrator",
        "auditor",
        "owner",
    ],
)
def test_everybody_has_five_whose_pages_open(demo: World, role: str) -> None:
    client = browser(demo, role)
    text = client.get("/").content.decode()
    assert f"0 of {SHOWN} done" in text
    bar = text.partition('id="tour"')[2].partition("</aside>")[0]
    shown = [thing for thing in THINGS if f'href="{thing.url}"' in bar]
    assert len(shown) == SHOWN
    assert all(client.get(thing.url).status_code == 200 for thing in shown)
