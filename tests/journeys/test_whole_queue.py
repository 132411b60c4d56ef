"""A morning's receipts, done by keyboard alone: each ends on documents or on a named reason."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.eyes import looking, sign_in
from tests.journeys.installation import Installation, running
from tests.journeys.test_journeys import number_in

pytestmark = pytest.mark.browser
RECEIPTS = 38


@pytest.fixture
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of its own: the other journeys find their receipts, whichever comes first."""
    with running(tmp_path_factory.mktemp("morning"), f"morning_{os.getpid()}") as installation:
        yield installation


def test_the_whole_queue_is_emptied_by_keyboard_alone(
    chromium: Browser, morning: Installation
) -> None:
    with looking(chromium, morning) as look:
        sign_in(look, "Ioana Munteanu")
        page = look.page
        for key in "ga":
            page.keyboard.press(key)
        page.wait_for_url(re.compile("/apply"))
        assert left(page) == RECEIPTS
        ways: Counter[str] = Counter()
        while left(page):
            ways[decide(page)] += 1
            assert sum(ways.values()) <= RECEIPTS + 6, f"some need two steps, not all: {ways}"
        assert min(ways[way] for way in ("accept", "customer", "account", "foreign")) > 0, ways
        expect(page.locator("#queue").get_by_text("Nothing waits here.")).to_have_count(2)
        page.keyboard.press("u")
        expect(page.locator("#receipt-title")).to_be_visible()
        assert left(page) == 1, "what was done last is there again"
        while left(page):
            decide(page)
        page.goto(f"{morning.address}/apply")
        expect(page.locator(".last-act")).to_contain_text("Your last act")
        page.keyboard.press("u")
        page.wait_for_url(re.compile("/apply/rcp_"))
        assert left(page) == 1, "the page knew it without the notice"


def left(page: Page) -> int:
    figure = page.locator(".figure", has_text="Left to do").locator(".figure-value")
    return number_in(figure.text_content())


def decide(page: Page) -> str:
    """Press what a clerk would: the proposal, else on account, else it is not for us."""
    if page.locator("#accept").count():
        press(page, "Enter", "/acceptance")
        return "accept"
    if page.locator("button[data-key=o]").count():
        press(page, "o", "/aside")
        return "account"
    page.keyboard.press("o")
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.type(page.locator("#receipt-title").text_content() or "")
    press(page, "Enter", "who=")
    if page.locator("button[name=customer]").count():
        press(page, "Enter", "/payer")
        return "customer"
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.press("Escape")
    press(page, "r", "/aside")
    return "foreign"


def press(page: Page, key: str, answer: str) -> None:
    """The key, and then what the server answers stands on the page."""
    with page.expect_response(lambda response: answer in response.url) as told:
        page.keyboard.press(key)
    assert told.value.status == 200, (told.value.url, page.locator("#work").inner_text()[-3000:])
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
    )
