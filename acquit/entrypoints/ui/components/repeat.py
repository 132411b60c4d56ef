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
_SHOWN: dict[type, Callable[[Any], str]] = {
    str: escape,
    SafeString: str,
    Money: written.money,
    date: written.day,
    datetime: written.moment,
}


def repeat(template: str, rows: Iterable[Row]) -> SafeString:
    """The template for every row. A value of another type than said above is a TypeError."""
    language = get_language() or "en"
    parts = []
    for row in rows:
        values = row.values()
        shape = tuple([v if type(v) in _LOOKED_AT or v == "" else _PLACE for v in values])
        form = _form(template, language, tuple(row), shape)
        parts.append(form % {name: _shown(value) for name, value in row.items()})
    return SafeString("".join(parts))


def _shown(value: object) -> str:
    kind = type(value)
    if kind in _LOOKED_AT:
        return ""  # has no mark
    show = _SHOWN.get(kind)
    if show is None:
        raise TypeError(f"a row of a list shows no {kind.__name__}: {value!r}")
    return show(value)


@lru_cache(maxsize=1024)
def _form(template: str, language: str, names: tuple[str, ...], shape: tuple[object, ...]) -> str:
    """The template as a form for ``%``; ``language`` is the one that is active."""
    marks = {name: SafeString(f"\0{name}\0") for name in names}
    context = {
        name: marks[name] if value is _PLACE else value
        for name, value in zip(names, shape, strict=True)
    }
    text = str(render_to_string(template, context)).replace("%", "%%")
    for name, mark in marks.items():
        text = text.replace(mark, f"%({name})s")
    return text
