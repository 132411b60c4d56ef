"""The ``acquit`` command. Groups of commands live beside this file; all take ``--json``."""

from __future__ import annotations

import typer

from acquit.entrypoints.console import (
    applying,
    company,
    conversion,
    credits,
    demands,
    files,
    papers,
    platform,
    processes,
    reports,
    rules,
    work,
)
from acquit.entrypoints.console.plain import PlainGroup

app = typer.Typer(
    name="acquit",
    cls=PlainGroup,
    help="Invoice-to-cash: from delivery to pour acquit.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (
    processes,
    company,
    work,
    credits,
    reports,
    platform,
    files,
    rules,
    conversion,
    demands,
    papers,
    applying,
):
    group.register(app)


def run() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    run()
