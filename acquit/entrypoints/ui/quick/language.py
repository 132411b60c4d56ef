"""Filters and tags whose result depends on the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import get_language

Result = TypeVar("Result")


def in_language(function: Callable[[Any, str], Result]) -> Callable[[Any], Result]:
    """Make a filter (or a simple tag) of a function of a value and the language.

    To ask which language is active takes longer than most filters; the function of a template asks
    once and hands it over.
    """

    def use(value: Any) -> Result:
        return function(value, get_language() or "en")

    use.__name__, use.__doc__ = getattr(function, "__name__", "use"), function.__doc__
    use.in_language = function  # type: ignore[attr-defined]
    return use
