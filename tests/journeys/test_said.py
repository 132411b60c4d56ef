"""Texts of lower shelves in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from acquit.entrypoints.ui.said import TEXTS, said


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("de", "buyer reference missing", "Käuferreferenz fehlt"),
        (
            "de",
            "9 passed, 1 failed: buyer reference missing",
            "9 bestanden, 1 nicht bestanden: Käuferreferenz fehlt",
        ),
        (
            "ro",
            "900.00 EUR is above the limit of 500.00 EUR",
            "900,00\u00a0EUR depășește limita de 500,00\u00a0EUR",
        ),
        ("fr", "2 % within 10 days, 30 days net", "2 % sous 10 jours, 30 jours nets"),
        ("fr", "nobody wrote this down", "nobody wrote this down"),
    ],
)
def test_a_text_is_shown_with_its_values(language: str, text: str, shown: str) -> None:
    with translation.override(language):
        assert said(text) == shown


@pytest.mark.parametrize("text", TEXTS)
def test_in_english_each_stays_as_it_is(text: str) -> None:
    plain = text.replace("%(", "").replace(")s", "")
    with translation.override("en"):
        assert said(plain) == plain
