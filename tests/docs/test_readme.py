"""The first thing a newcomer reads is true: its session is typed again, its size is kept."""

from __future__ import annotations

import re

import pytest

from tests.docs.sessions import BLOCK, ROOT, fresh_machine, replay

WORDS_MAX = 400
README = ROOT / "README.md"


@pytest.mark.slow
def test_the_session_of_the_readme_prints_what_it_shows() -> None:
    with fresh_machine() as machine:
        replay(machine, README)


def test_the_readme_is_short() -> None:
    text = BLOCK.sub("", README.read_text("utf-8"))
    words = re.findall(r"\w[\w'.-]*", re.sub(r"\]\([^)]*\)", "]", text))
    assert len(words) <= WORDS_MAX


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert len(links) >= 6
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
