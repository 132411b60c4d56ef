"""Commands that start at once: their words are converted here.

Typer has pydantic convert the words of a command, and to load that takes longer than to judge a
hundred invoices. Texts, paths and whole numbers need no such help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from typer._click.exceptions import UsageError
from typer.core import TyperCommand, TyperGroup

from acquit.core.faults import Fault
from acquit.entrypoints.console.shared import emit_refusal


class PlainCommand(TyperCommand):
    """A command over files. Parameters of other kinds than those here stay with Typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _convert_here(self.get_params(ctx))
        return super().parse_args(ctx, args)


class PlainGroup(TyperGroup):
    """All the commands; the words before a command are few and plain."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _convert_here(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Words that no command takes are refused in words; under ``--json`` as an object too."""
        words = (*ctx._protected_args, *ctx.args)
        try:
            return super().invoke(ctx)
        except UsageError as error:
            if "--json" in words:
                emit_refusal([Fault("usage", error.format_message())])
            raise


class _Words:
    """What Typer asks of whoever converts a parameter."""

    def __init__(self, convert: Callable[[Any], Any], *, many: bool) -> None:
        self.convert = convert
        self.many = many

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        try:
            if self.many:
                return [self.convert(one) for one in value or ()]
            return None if value is None else self.convert(value)
        except ValueError:
            raise typer.BadParameter(
                f"{value!r} is no whole number", ctx=ctx, param=param
            ) from None


_KINDS: dict[Any, Callable[[Any], Any]] = {str: str, Path: Path, int: int, bool: bool}


def _convert_here(params: Iterable[Any]) -> None:
    """Puts us in the place where Typer would put its own converter at the first use."""
    for param in params:
        annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
        many = get_origin(annotation) is list
        convert = _KINDS.get(get_args(annotation)[0] if many else annotation)
        if convert is not None and getattr(param, "_runtime_param", param) is None:
            param._runtime_param = _Words(convert, many=many)
