"""The catalogs: every text of every page has its words in every language."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from tools import messages


def test_every_text_has_its_words_in_every_language() -> None:
    assert list(messages.findings()) == []


def test_the_catalogs_hold_nothing_that_no_page_says() -> None:
    said = {(text, plural) for _context, text, plural in messages.find().places}
    for language in messages.LANGUAGES:
        for message in messages.catalog(language):
            if message.id:
                pair = message.id if isinstance(message.id, tuple) else (message.id, "")
                assert pair in said, f"{language}: {message.id!r}; run tools.messages extract"


@pytest.mark.parametrize(
    ("language", "text", "translation"),
    [
        ("de", "%(n)s of %(total)s", "%(n)s von %(all)s"),
        ("de", "Number %(n)s", "Nummer"),
        ("ro", "Paid", "plătiţi"),
        ("fr", "Sure?", "Sûr?"),
        ("fr", "Rows: 3", "Lignes : 3"),
    ],
)
def test_a_wrong_value_or_letter_is_found(language: str, text: str, translation: str) -> None:
    assert list(messages._faults(language, Message(text, translation)))


@pytest.mark.parametrize(
    ("language", "text", "translation"),
    [
        ("fr", "Sure? %(n)s", "Sûr\u202f? %(n)s"),
        ("ro", "Paid", "plătiți"),
        ("de", ("one row", "%(n)s rows"), ("eine Zeile", "%(n)s Zeilen")),
    ],
)
def test_a_right_translation_passes(
    language: str, text: str | tuple[str, str], translation: str | tuple[str, str]
) -> None:
    assert list(messages._faults(language, Message(text, translation))) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>Paid in full</p>", "Paid in full"),
        ('<c-empty title="Nothing yet" />', "Nothing yet"),
        ("{% if a %}<td>{{ b }} days</td>{% endif %}", "{} days"),
        ("<p>{% translate 'Paid in full' %} · {{ amount }} PDF</p>", ""),
        ('<c-icon name="send" /><code>acquit up</code>', ""),
    ],
)
def test_words_outside_translate_are_found(source: str, said: str) -> None:
    path = messages.ROOT / "acquit" / "page.html"
    found = list(messages.hard_coded(path, source))
    assert [said] == [one.split("'")[1] for one in found] if said else not found
