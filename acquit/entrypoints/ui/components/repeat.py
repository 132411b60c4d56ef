"""Rows of long lists: a template that is rendered once and filled for every row.

``{% repeat "apply/_queue_row.html" rows %}`` shows the template for each row, a mapping of names
to values. Django walks through a template of ten cells in a fifth of a millisecond; here it does so
once for each shape of a row, with a mark in the place of every value, and a row fills the marks.
So the template places values and may not look at them:

- amounts, days and moments show in the reader's form, texts are escaped, markup stays;
- what is true, false, None or empty is no mark, so ``{% if %}`` may ask for it;
- a :class:`Code`, one of a few words such as a status, is none either, and may be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from html import escape
from types import NoneType
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from acquit.core.money import Money
from acquit.entrypoints.ui.templatetags import acquit as written

Row = Mapping[str, object]


class Code(str):
    """One of a few words that the template may compare: a status, a channel, a kind."""

    __slots__ = ()


_PLACE = object()  # stands in the shape of a row where a value is put in
_LOOKED_AT = frozenset((bool, NoneType, Code))
# How a value is written in a language.
_SHOWN: dict[type, Callable[[Any, str], str]] = {
    str: lambda value, _language: escape(value),
    SafeString: lambda value, _language: value,
    Money: written.money.in_language,  # type: ignore[attr-defined]
    date: written.day.in_language,  # type: ignore[attr-defined]
    datetime: written.moment.in_language,  # type: ignore[attr-defined]
}


def repeat(template: str, rows: Iterable[Row]) -> SafeString:
    """The template for every row. A value of another type than said above is a TypeError."""
    language = get_language() or "en"
    parts = []
    for row in rows:
        shape = tuple([v if type(v) in _LOOKED_AT or v == "" else _PLACE for v in row.values()])
        form, placed = _form(template, language, tuple(row), shape)
        parts.append(form % {name: _shown(row[name], language) for name in placed})
    return SafeString("".join(parts))


def _shown(value: object, language: str) -> str:
    show = _SHOWN.get(type(value))
    if show is None:
        raise TypeError(f"a row of a list shows no {type(value).__name__}: {value!r}")
    return show(value, language)


@lru_cache(maxsize=1024)
def _form(
    template: str, language: str, names: tuple[str, ...], shape: tuple[object, ...]
) -> tuple[str, tuple[str, ...]]:
    """The template as a form for ``%``, and the names that it places; ``language`` is the one that
    is active."""
    marks = {
        name: SafeString(f"\0{name}\0")
        for name, value in zip(names, shape, strict=True)
        if value is _PLACE
    }
    text = str(render_to_string(template, dict(zip(names, shape, strict=True)) | marks))
    text = text.replace("%", "%%")
    for name, mark in marks.items():
        text = text.replace(mark, f"%({name})s")
    return text, tuple(marks)
