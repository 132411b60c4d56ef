"""Template tags and filters behind the components. ``{% load acquit %}`` gives them to a page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, FileInput, RadioSelect, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django_vite.templatetags.django_vite import vite_asset, vite_asset_url

from acquit.core.codecs.pdf.display import display_for
from acquit.core.codecs.pdf.layout import spaced_iban
from acquit.core.money import Money, exponent
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.shapes import Bar
from acquit.entrypoints.ui.components.status import status
from acquit.entrypoints.ui.paper import PaperTax
from acquit.entrypoints.ui.quick.language import in_language
from acquit.entrypoints.ui.said import said
from acquit.entrypoints.ui.words import import_title, made_title, record_words, rule_words

register = template.Library()
# The manifest of what was built does not change while a process lives.
register.simple_tag(lru_cache(maxsize=64)(vite_asset), name="vite_asset")
register.simple_tag(lru_cache(maxsize=64)(vite_asset_url), name="vite_asset_url")
register.filter("said", said)
register.filter("rule_words", rule_words)
register.filter("record_words", record_words)
register.filter("import_title", import_title)
register.filter("made_title", made_title)

SPRITE = "src/generated/icons.svg"
_NOTHING = SafeString()


def _language() -> str:
    return get_language() or "en"


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A picture from the sprite. It is decoration: the word stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        vite_asset_url(SPRITE),
        name,
    )


@register.filter
@in_language
def money(value: Money | None, language: str) -> SafeString:
    """An amount with its currency; a negative one says "minus" to screen readers."""
    return _NOTHING if value is None else _money(value.minor, value.currency, language)


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, language: str) -> SafeString:
    """``language`` is the one that is active. Lists repeat amounts: nothing overdue, nothing open,
    the same subscription every month."""
    kind = "is-negative" if minor < 0 else "is-zero" if not minor else ""
    sign = (
        format_html(
            '<span class="spoken">{} </span><span aria-hidden="true">{}</span>',
            gettext("minus"),
            display.MINUS,
        )
        if minor < 0
        else ""
    )
    return format_html(
        '<span class="money {}">{}{}<span class="money-code">{}</span></span>',
        kind,
        sign,
        display.plain_amount(Money(minor, currency), language=language),
        currency,
    )


@register.filter
def money_text(value: Money) -> str:
    """An amount as plain text, for titles, attributes and sentences."""
    return display.amount(value, language=_language())


@register.filter
def fours(account: str) -> str:
    """An IBAN in groups of four, between which a line may end; another account as it is."""
    return spaced_iban(account).replace("\u00a0", " ")


@register.filter
def money_exponent(value: Money) -> int:
    """Decimals of the amount's currency, for the script that sums a selection."""
    return exponent(value.currency)


@register.filter
@in_language
def day(value: date | datetime | None, language: str) -> SafeString:
    """A day in the reader's form, with the machine's form beside it."""
    if value is None:
        return _NOTHING
    # The day of a moment depends on the time zone; a plain day is written once per language.
    write = _day.__wrapped__ if isinstance(value, datetime) else _day
    return write(value, language)


@lru_cache(maxsize=4096)
def _day(value: date, language: str) -> SafeString:
    return format_html(
        '<time class="date" datetime="{}">{}</time>',
        value.isoformat(),
        display.day(value, language=language),
    )


@register.filter
def month(name: str) -> str:
    """A month named ``2026-10`` in words."""
    return display.month(name, language=_language())


@register.filter
@in_language
def moment(value: date | datetime | None, language: str) -> SafeString:
    """Day and minute; only the day where no time is known."""
    if not isinstance(value, datetime):
        return day(value)
    return format_html(
        '<time class="date" datetime="{}">{}</time>',
        value.isoformat(),
        display.moment(value, language=language),
    )


@register.simple_tag
def relative(value: date | datetime, today: date) -> str:
    """Days from today in words; stands only beside the absolute date."""
    return display.relative(value, today=today, language=_language())


@register.filter
def figure(value: Decimal | None) -> str:
    """A quantity, price or rate as the language writes it; nothing where there is none."""
    return "" if value is None else display.number(value, language=_language())


@register.filter
def unit(code: str) -> str:
    """The short name of a UN/ECE Rec 20 unit, as on the PDF; a code without one as it is."""
    return display_for(_language()).unit(code)


@register.filter
def price(value: Decimal, currency: str) -> str:
    """A unit price, with at least the decimals of its currency: ``93,00``, ``0,0125``."""
    return display_for(_language()).price(value, currency)


@register.filter
def vat(tax: PaperTax) -> str:
    """The rate of a row of the breakdown, or the words of its category where there is none."""
    reader = display_for(_language())
    words = reader.labels.get(f"category_{tax.category}")
    rate = "" if tax.rate is None or (words and not tax.rate) else reader.percent(tax.rate)
    return " ".join(part for part in (rate, words or "") if part)


@register.filter
@in_language
@lru_cache(maxsize=2048)
def country(code: str, language: str) -> str:
    """The country in the reader's language; a code that CLDR does not know as it is."""
    return display_for(language).country(code)


@register.filter
def language_name(locale: str) -> str:
    """The language of a locale such as ``ro_RO`` in the reader's own, as given when unknown."""
    code = locale.replace("-", "_").split("_")[0]
    name = display.locale_of(_language()).languages.get(code, locale)
    return str(name[:1].upper() + name[1:])


@register.filter
def town(name: str) -> str:
    """A town for readers: Romania's e-invoices write the sectors of Bucharest as ``SECTOR3``."""
    return display.town(name)


@register.filter
@in_language
def whole(number: int, language: str) -> str:
    """A whole number with separators."""
    return display.count(number, language=language)


@register.simple_tag
@in_language
@lru_cache(maxsize=512)
def badge(code: str, language: str) -> SafeString:
    """A status as word and shape, from the one list of status words. ``language`` is the one that
    is active: the word is looked up in it."""
    shown = status(code)
    return mark(shown.tone, shown.shape, str(shown.word))


@register.simple_tag
def mark(tone: str, shape: str, word: str) -> SafeString:
    """A word with a shape, in a tone (``calm good warn bad info``)."""
    return format_html('<span class="mark is-{}">{}{}</span>', str(tone), icon(shape), word)


@register.simple_tag
def locale_code() -> str:
    """The formatting locale for the browser's number format: ``en-GB``."""
    return str(display.locale_of(_language())).replace("_", "-")


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar as drawn: ``width`` in whole per cent of the longest, ``share`` of the total."""

    bar: Bar
    width: int
    share: str


@dataclass(frozen=True, slots=True)
class BarChart:
    rows: Sequence[BarRow]
    total: Money


@register.simple_tag
def bar_chart(bars: Sequence[Bar]) -> BarChart | None:
    """Widths, shares and total of the bars; all must be of one currency. None without bars."""
    if not bars:
        return None
    total = Money.zero(bars[0].amount.currency)
    for bar in bars:
        total = total + bar.amount
    longest = max(*(bar.amount.minor for bar in bars), 1)
    return BarChart(tuple(_bar_row(bar, longest, total) for bar in bars), total)


def _bar_row(bar: Bar, longest: int, total: Money) -> BarRow:
    length = max(bar.amount.minor, 0)
    # A bar that stands for something is never invisible.
    width = max(length * 100 // longest, 1) if length else 0
    share = Decimal(bar.amount.minor) / total.minor if total else Decimal(0)
    return BarRow(bar, width, display.percent(share, language=_language()))


@register.filter
def sums(amounts: Money | Sequence[Money]) -> str:
    """Amounts as the script of a selection adds them up: ``12500:EUR:2``, several with a space."""
    several = (amounts,) if isinstance(amounts, Money) else amounts
    return " ".join([f"{one.minor}:{one.currency}:{exponent(one.currency)}" for one in several])


@register.simple_tag
def select_cell(value: str, label: str, sums: str = "", name: str = "ids") -> SafeString:
    """The cell with a box before a row; the script adds up the sums of what is ticked."""
    return format_html(
        '<td class="cell-check"><label class="check"><input class="form-check-input"'
        ' type="checkbox" name="{}" value="{}" data-select{}><span class="spoken">{} {}</span>'
        "</label></td>",
        name,
        value,
        format_html(' data-amounts="{}"', sums) if sums else "",
        gettext("Select"),
        label,
    )


@register.simple_tag
def form_key() -> SafeString:
    """The hidden field that makes a form one request however often it is sent (I28)."""
    return format_html('<input type="hidden" name="key" value="{}">', secrets.token_urlsafe(16))


@register.filter
def undo_url(message: Message) -> str:
    """The address in a message's ``extra_tags="undo:/url"``, or nothing."""
    for tag in (message.extra_tags or "").split():
        if tag.startswith("undo:/"):
            return tag.removeprefix("undo:")
    return ""


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Several controls under one name (radio buttons): they need a legend, not a label."""
    return bool(field.use_fieldset)


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """The field's control with our classes; Django adds ``aria-describedby``, ``aria-invalid``."""
    widget = field.field.widget
    extra = {key.replace("_", "-"): value for key, value in attrs.items() if value != ""}
    if not isinstance(widget, RadioSelect):
        extra.setdefault("class", _control_class(widget))
    return field.as_widget(attrs=extra)


def _control_class(widget: object) -> str:
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    return "form-control form-file" if isinstance(widget, FileInput) else "form-control"
