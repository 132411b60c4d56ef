"""What lists write many times is written fast, and exactly as Django and CLDR would write it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from django.template import Context, Template
from django.utils import timezone, translation

from acquit.core.money import Money, exponent
from acquit.entrypoints.ui.components.display import locale_of, plain_amount
from acquit.entrypoints.ui.fast_i18n import FixedText
from acquit.entrypoints.ui.templatetags.acquit import badge, day
from tools.messages import catalog_path

LANGUAGES = ("en", "fr", "de", "ro")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("minor", [0, 5, 99, 1_000, 123_456, -123_450, 10**6, 987_654_321_012])
def test_amounts_are_what_cldr_says(minor: int, currency: str, language: str) -> None:
    decimals = exponent(currency)
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    amount = Money(minor, currency)
    said = format_decimal(abs(amount).decimal, format=pattern, locale=locale_of(language))
    assert plain_amount(amount, language=language) == said


def test_a_fixed_text_follows_the_language_of_each_reader() -> None:
    template = Template("{% load i18n %}{% translate 'Customer' %}")
    assert isinstance(_last(template), FixedText)
    assert _in_each(template) == ["Customer", "Client", "Kunde", "Client"]
    assert _in_each(template) == ["Customer", "Client", "Kunde", "Client"]


@pytest.mark.parametrize(
    "tag",
    [
        "{% translate word %}",
        "{% translate 'Customer'|upper %}",
        "{% translate 'Customer' as said %}",
        "{% translate 'Customer' noop %}",
        "{% translate 'Customer' context 'list' %}",
    ],
)
def test_what_may_differ_is_left_to_django(tag: str) -> None:
    assert not isinstance(_last(Template("{% load i18n %}" + tag)), FixedText)


def test_a_fixed_text_keeps_its_marks() -> None:
    said = Template("{% load i18n %}{% translate '100 % <b>' %}").render(Context())
    assert said == "100 % <b>"


def test_days_and_states_are_kept_per_language() -> None:
    def seen() -> list[tuple[str, str]]:
        result = []
        for language in LANGUAGES:
            with translation.override(language):
                result.append((str(day(date(2026, 3, 31))), str(badge("paid"))))
        return result

    first = seen()
    assert len(set(first)) == len(LANGUAGES)
    assert seen() == first


def test_the_day_of_a_moment_is_the_day_where_the_reader_is() -> None:
    moment = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    shown = []
    for zone in ("UTC", "Europe/Bucharest"):
        with timezone.override(zone), translation.override("en"):
            shown.append(str(day(moment)))
    assert "31 Mar 2026" in shown[0]
    assert "1 Apr 2026" in shown[1]


def _last(template: Template) -> object:
    return list(template.nodelist)[-1]


def _in_each(template: Template) -> Sequence[str]:
    said = []
    for language in LANGUAGES:
        with translation.override(language):
            said.append(template.render(Context()))
    return said


def test_a_german_credit_note_has_one_name_and_never_that_of_self_billing() -> None:
    """§ 14 (2) UStG calls an invoice that the buyer writes "Gutschrift"; ours corrects one."""
    catalog = read_po(io.StringIO(catalog_path("de").read_text("utf-8")), locale="de")
    said = [text for message in catalog for text in _forms(message.string)]
    assert not [text for text in said if "Gutschrift" in text]
    assert catalog["Credit note"].string == "Rechnungskorrektur"  # type: ignore[union-attr]
    labels = files("acquit.core.codecs.pdf") / "labels" / "de.json"
    assert "Gutschrift" not in labels.read_text("utf-8")


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return [text] if isinstance(text, str) else text or ()
