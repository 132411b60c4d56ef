"""``render``: one paper as PDF, as its reader would get it today."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console.shared import (
    CompanySlug,
    Data,
    connect,
    guarded,
    say,
    the_company,
)

if TYPE_CHECKING:
    from acquit.entrypoints.papers import File

KINDS = ("invoice", "statement", "reminder", "quittance", "delivery-note")


class CannotRender(Refused):
    """No such kind of paper, or nothing of that number."""


def register(app: typer.Typer) -> None:
    app.command("render")(render)


@guarded
def render(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    number: Annotated[
        str, typer.Argument(help="Of the document, quittance or delivery; else of the customer.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write; - for stdout.")
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=3, help="Of a reminder.")] = 1,
    currency: Annotated[str, typer.Option(help="The customer's own if not given.")] = "",
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Day of reminder or statement; today."),
    ] = None,
    company: CompanySlug = "",
    data: Data = None,
) -> None:
    """Write an invoice or credit note, statement, reminder, quittance or delivery note as PDF, in
    the customer's language, the company's design and its own words. Nothing is recorded."""
    if kind not in KINDS:
        fix = f"one of: {', '.join(KINDS)}"
        raise CannotRender.because("render.kind", f"no paper {kind!r}", path="KIND", fix=fix)
    connect(data)
    chosen = the_company(company)
    on = day.date() if day else _today(chosen)
    file = _paper(chosen, kind, number, level, currency, on)
    if str(output) == "-":
        typer.get_binary_stream("stdout").write(file.body)
        return
    path = output or Path(file.name)
    path.write_bytes(file.body)
    say(f"{path}: {len(file.body)} bytes")


def _today(company: Any) -> date:
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context

    return context(company=company, actor=installer()).today


def _paper(company: Any, kind: str, number: str, level: int, currency: str, on: date) -> File:
    from acquit.entrypoints import papers

    if kind == "invoice":
        return papers.invoice(company=company, number=number)
    if kind == "delivery-note":
        return papers.delivery_of(company=company, number=number)
    if kind == "quittance":
        return papers.quittance_of(company=company, number=number)
    return papers.of_account(
        company=company, kind=kind, number=number, level=level, currency=currency, on=on
    )
