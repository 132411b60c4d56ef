"""What the functions of templates call while they write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template import Context
from django.template.base import Variable, VariableDoesNotExist
from django.utils.safestring import SafeData, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]


class Unusual(Exception):
    """The value is not reached by plain attributes: Django's own code looks it up."""


# Kinds of values that have attributes only: no keys, no items, nothing to call.
_plain: set[type] = set()


def found(context: Context, name: str) -> Any:
    """The value of a name, the innermost first."""
    for values in reversed(context.dicts):
        if name in values:
            value = values[name]
            if callable(value):
                break
            return value
    raise Unusual


def part(value: Any, name: str) -> Any:
    """The attribute or the key; what fails or would have to be called is :class:`Unusual`."""
    kind = type(value)
    if kind in _plain:
        try:
            inner = getattr(value, name)
        except Exception:  # noqa: BLE001 - Django's code knows which failures are silent
            raise Unusual from None
    elif kind is dict:
        if name not in value:
            raise Unusual
        inner = value[name]
    elif hasattr(kind, "__getitem__") or callable(value):
        raise Unusual
    else:
        _plain.add(kind)
        return part(value, name)
    if callable(inner):
        raise Unusual
    return inner


def looker(variable: Variable, missing: Any) -> Callable[[Context], Any]:
    """Django's own way to the variable; ``missing`` where there is none."""
    name = variable.lookups[0] if variable.lookups else ""

    def look(context: Context) -> Any:
        if name and name not in context and not hasattr(context, name):
            return missing
        try:
            return variable.resolve(context)
        except VariableDoesNotExist:
            return missing

    return look


def filtered(function: Any, arguments: Sequence[tuple[bool, Any]]) -> Callable[..., Any]:
    """The filter with its arguments and with what it is told of the context."""
    localtime = getattr(function, "expects_localtime", False)
    autoescape = getattr(function, "needs_autoescape", False)
    is_safe = getattr(function, "is_safe", False)
    if not (arguments or localtime or autoescape or is_safe):
        return lambda value, _context: function(value)

    def use(value: Any, context: Context) -> Any:
        values = [
            one.resolve(context) if is_variable else mark_safe(one)  # noqa: S308 - of the template
            for is_variable, one in arguments
        ]
        if localtime:
            value = template_localtime(value, context.use_tz)
        told = {"autoescape": context.autoescape} if autoescape else {}
        result = function(value, *values, **told)
        if is_safe and isinstance(value, SafeData):
            return mark_safe(result)  # noqa: S308 - the filter keeps safe what was
        return result

    return use


def listed(values: Any) -> Any:
    """What a loop goes through: something that has a length."""
    if values is None:
        return ()
    return values if hasattr(values, "__len__") else list(values)


def unpacked(names: Sequence[str], item: Any) -> dict[str, Any]:
    """The variables of a loop that takes its items apart."""
    count = len(item) if hasattr(item, "__len__") else 1
    if count != len(names):
        raise ValueError(f"Need {len(names)} values to unpack in for loop; got {count}. ")
    return dict(zip(names, item, strict=True))
