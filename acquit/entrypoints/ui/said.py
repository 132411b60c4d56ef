"""What lower shelves say in English, in the reader's language.

Evidence, faults, checks and titles of policies are made where no language is known, and kept as
they were said. Pages show them through the filter ``said``: the text is found in ``sayings``,
word for word or by its pattern, and its values are put into the translation as the reader writes
them. What the judge of documents says has its own texts (core/judges/texts). What stands nowhere
shows as it was said.

The first word of a value's name is its type where it stands in ``TYPES``; amounts and days are
told by their form, whatever their name.

>>> from django.utils import translation
>>> with translation.override("de"):
...     said("4887.19 EUR is above the limit of 500.00 EUR")
'4.887,19\\xa0EUR liegt über der Grenze von 500,00\\xa0EUR'
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils import translation

from acquit.core.judges.texts import retold
from acquit.core.money import Money
from acquit.entrypoints.ui.acts import act_words
from acquit.entrypoints.ui.components import display
from acquit.entrypoints.ui.components.status import status
from acquit.entrypoints.ui.sayings import TEXTS
from acquit.entrypoints.ui.sayings_plural import PLURAL_TEXTS

TYPES = {
    "count": r"\d+",
    "quantity": r"-?\d+(?:\.\d+)?",
    "amount": r"-?\d+(?:\.\d+)? [A-Z]{3}",
    "bytes": r"\d+(?:\.\d+)? (?:kB|MB|GB|TB)",
    "mode": r"[0-7]{4}",
    "choices": r"[\w-]+(?:, [\w-]+)*",
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "act": r"[\w.]+",
}
# Names that people gave; they are never words of ours.
_GIVEN = {"name", "number", "reference", "path", "customer", "item", "code", "example"}
_AMOUNT = re.compile(TYPES["amount"])
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC")
# The code that a refusal writes before each of its messages is for programs.
_CODE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+: ")
_EXACT = frozenset(TEXTS)
# What is longer, or has more parts, somebody else said (a file, a mail server): it shows as it is.
_SIGNS_MAX, _PARTS_MAX = 1000, 20


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", text)
    made = "".join(
        f"(?P<{part}>{TYPES.get(part.partition('_')[0], '.+?')})" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
    return re.compile(made, re.DOTALL)


_FORMS = {text: forms for forms in PLURAL_TEXTS for text in forms}
# The longest first: what fits it may fit a shorter one too.
_PATTERNS = tuple(
    (text, _pattern(text))
    for text in sorted((*TEXTS, *_FORMS), key=len, reverse=True)
    if "%(" in text
)


def said(text: str) -> str:
    """The text in the reader's language; unchanged where nobody wrote it down in ``sayings``."""
    plain = _CODE.sub("", text, count=1) if _CODE.match(text) else text
    if len(plain) > _SIGNS_MAX or plain.count("; ") > _PARTS_MAX:
        return plain
    found = _found(plain)
    if found is not None:
        known, values = found
        translated = _translated(known, values)
        for name, value in values:
            translated = translated.replace(f"%({name})s", _value(name, value))
        return translated
    written = _written(plain)
    if written != plain:
        return written
    judged = retold(plain, (translation.get_language() or "en")[:2])
    if judged is not None:
        return judged
    first, mark, rest = plain.partition("; ")
    return f"{said(first)}; {said(rest)}" if mark else plain


def _translated(known: str, values: tuple[tuple[str, str], ...]) -> str:
    """The sentence in the reader's language, in the form of its first count."""
    if known not in _FORMS:
        return translation.gettext(known)
    count = next(int(value) for name, value in values if name.startswith("count"))
    return translation.ngettext(*_FORMS[known], count)


def is_known(text: str) -> bool:
    """Whether ``sayings`` has the text, so that it shows in every language."""
    return _found(text) is not None


@lru_cache(maxsize=4096)
def _found(text: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    if text in _EXACT:
        return text, ()
    for known, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            return known, tuple(found.groupdict().items())
    return None


def _value(name: str, value: str) -> str:
    kind = name.partition("_")[0]
    language = translation.get_language() or "en"
    if kind == "count":
        return display.count(int(value), language=language)
    if kind == "quantity":
        return display.number(Decimal(value), language=language)
    if kind == "bytes":
        number, _blank, unit = value.partition(" ")
        return f"{display.number(Decimal(number), language=language)}\u00a0{_unit(unit, language)}"
    if kind == "state" and value not in _EXACT:
        return str(status(value).word).lower()
    if kind == "act":
        return act_words(value)
    if kind == "month":
        return display.month(value, language=language)
    if name in _GIVEN:
        return value
    written = _written(value)
    return written if written != value else said(value)


def _unit(unit: str, language: str) -> str:
    """French counts in octets."""
    return unit.replace("B", "o") if language.startswith("fr") else unit


def _written(value: str) -> str:
    """An amount, day or moment as the reader writes it; anything else as it is."""
    language = translation.get_language() or "en"
    try:
        if _AMOUNT.fullmatch(value):
            number, _blank, currency = value.partition(" ")
            return display.amount(Money.of(Decimal(number), currency), language=language)
        if _DAY.fullmatch(value):
            return display.day(date.fromisoformat(value), language=language)
        if _MOMENT.fullmatch(value):
            moment = datetime.strptime(value, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
            return display.moment(moment, language=language)
    except ValueError:
        return value  # the form of an amount or day, but no such currency or day
    return value
