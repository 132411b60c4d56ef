"""The tutorial, then the pages of how-to that have sessions, typed one after the other."""

from __future__ import annotations

import pytest

from tests.docs.sessions import BLOCK, ROOT, fresh_machine, replay

DOCS = ROOT / "docs"
# In the order in which they continue the tutorial's company.
HOWTO = (
    "import-orders",
    "import-a-bank-statement",
    "give-rights",
    "back-up-and-restore",
    "read-and-convert-files",
    "match-payments-from-files",
)


@pytest.mark.slow
def test_the_tutorial_and_the_howtos_print_what_they_show() -> None:
    with fresh_machine() as machine:
        replay(machine, DOCS / "tutorial" / "order-to-books.md")
        for name in HOWTO:
            replay(machine, DOCS / "howto" / f"{name}.md")


def test_no_page_has_a_session_that_is_not_typed() -> None:
    shown = {page.stem for page in DOCS.rglob("*.md") if BLOCK.search(page.read_text("utf-8"))}
    assert shown == {"order-to-books", *HOWTO}
