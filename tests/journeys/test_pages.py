"""Every page, looked at in four languages, two themes and two widths."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.eyes import PHONE, Looking, looking, sign_in, speak, weigh
from tests.journeys.installation import Installation
from tests.journeys.pages import LANGUAGES, OFFICE, OUTSIDE
from tests.journeys.seed import LOOKED_AT, TOKEN
from tools import messages

pytestmark = pytest.mark.browser
ALL = {**OFFICE, **OUTSIDE}
OFFICE_BYTES_MAX, PORTAL_BYTES_MAX = 150_000, 80_000
# Words that only an English sentence has; names of customers and goods have none of them.
ENGLISH = re.compile(
    r"\b(the|of|is|are|was|were|and|or|not|no|with|from|this|that|has|have|been|by|its|than"
    r"|which|nothing|every|your|you|it|how|what|when|where|who|why|will|be)\b"
)
# What people or programs wrote into the books: it stays as they wrote it.
WRITTEN = re.compile(
    r"less bank charges|part of RE|^Payment of|collective payment|^Receipt by |@"
    r"|Price agreed|Goods damaged"
)


@pytest.fixture(scope="module")
def olga(chromium: Browser, acquit: Installation) -> Any:
    """The owner's session, for every context of this module."""
    with looking(chromium, acquit) as look:
        return sign_in(look, "Olga Ott")


def address(acquit: Installation, name: str) -> str:
    return ALL[name].format(**acquit.places[LOOKED_AT], account="1200", token=TOKEN)


@pytest.mark.parametrize("name", ALL)
def test_a_page_in_every_shape(
    name: str, chromium: Browser, acquit: Installation, olga: Any
) -> None:
    """English, light and wide in full; one other language dark on a phone in full; the rest of
    the languages for their words and their width."""
    path = address(acquit, name)
    state = olga if name in OFFICE else None
    turned = LANGUAGES[list(ALL).index(name) % len(LANGUAGES)]
    with looking(chromium, acquit, state=state) as look:
        look.go(path)
        assert look.page.locator("h1").count() == 1
        assert look.axe() == []
        english = look.texts()
        look.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert look.sideways() == []
        look.page.emulate_media(color_scheme="dark")
        for language in sorted(LANGUAGES, key=lambda one: one == turned):
            speak(look.page.context, acquit, language)
            look.go(path)
            assert look.page.locator("html").get_attribute("lang") == language
            assert look.sideways() == []
            assert left_in_english(english, look, language) == []
        assert look.axe() == []


def left_in_english(english: set[str], look: Looking, language: str) -> list[str]:
    """Texts that stand on both pages and are of our own making."""
    catalog = messages.catalog(language)
    found = []
    for text in sorted(english & look.texts()):
        bare = text.removesuffix(" · Acquit")
        message = catalog.get(bare)
        own = {one.string for one in catalog if one.id == bare}
        known = message is not None and not own & {"", bare}
        if known or (ENGLISH.search(text) and not WRITTEN.search(text)):
            found.append(f"{language}: {text}")
    return found


@pytest.mark.parametrize("name", ["home", "billing", "apply", "invoice", "portal", "sign in"])
def test_the_first_visit_is_light(
    name: str, chromium: Browser, acquit: Installation, olga: Any
) -> None:
    state = olga if name in OFFICE else None
    with looking(chromium, acquit, state=state) as look:
        weights = weigh(look, address(acquit, name))
    limit = PORTAL_BYTES_MAX if name == "portal" else OFFICE_BYTES_MAX
    assert sum(weights.values()) <= limit, weights
    print(f"{name}: {sum(weights.values())} bytes", file=sys.stderr)


def test_what_is_not_there_says_so_kindly(
    chromium: Browser, acquit: Installation, olga: Any
) -> None:
    with looking(chromium, acquit) as look:
        look.go("/p/no-such-token-was-ever-given-out", status=404)
        assert look.page.get_by_role("heading", name="This link does not open").is_visible()
        assert look.axe() == []
        sign_in(look, "Ioana Munteanu")
        look.go("/health/keys/new", status=403)
        assert look.page.get_by_role("heading", name="You may not do this").is_visible()
        assert look.axe() == []
