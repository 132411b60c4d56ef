"""The main job from the console: ``import``, ``bill``, ``send``, ``match``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from acquit.entrypoints.console.shared import (
    EXIT_USAGE,
    CompanySlug,
    Data,
    Json,
    connect,
    emit,
    guarded,
    say,
    the_company,
)
from acquit.entrypoints.console.tables import counted

Day = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Accounting day.")
]


def register(app: typer.Typer) -> None:
    app.command("import")(import_files)
    app.command("bill")(bill)
    app.command("send")(send)
    app.command("match")(match)


def frame(company: str, day: datetime | None = None) -> Any:
    """The context of a console command: the hand on the machine, today or the day given."""
    from acquit.access.actors import installer
    from acquit.entrypoints.frame import context

    today: date | None = day.date() if day else None
    return context(company=the_company(company), actor=installer(), today=today)


@guarded
def import_files(
    kind: Annotated[str, typer.Argument(help="customers, items, orders, deliveries or bank.")],
    files: Annotated[list[Path], typer.Argument(help="Files to take in.", exists=True)],
    profile: Annotated[str, typer.Option(help="Mapping of columns, such as online-retail.")] = "",
    day: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preview; change nothing.")] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take files in. Every row is accepted, rejected with a reason, or known already."""
    connect(data)
    from acquit.entrypoints import taking_in

    rejected = 0
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            say(f"{file}: {error.strerror}")
            raise typer.Exit(EXIT_USAGE) from None
        options = {"date": day.date().isoformat()} if day else {}
        outcome = taking_in.take_in(
            ctx=frame(company, day),
            kind=kind,
            profile=profile,
            filename=file.name,
            content=content,
            options=options,
            dry_run=dry_run,
        )
        figures = outcome.figures
        rejected += int(figures["rejected"])
        emit(figures, as_json=as_json, text=lambda f=figures: _import_text(f))  # type: ignore[misc]


def _import_text(figures: dict[str, Any]) -> str:
    known = figures["duplicate"]
    made = ", ".join(
        f"{name.replace('_', ' ')} {count}" for name, count in figures["created"].items() if count
    )
    lines = [
        f"{counted(figures['rows'], 'row')}: {figures['accepted']} accepted,"
        f" {figures['rejected']} rejected, {known} known already. Created: {made or 'nothing'}."
    ]
    faults = figures["faults"]
    lines += [f"  row {f['row']}: {f['message']} [{f['code']}]" for f in faults[:20]]
    if len(faults) > 20:
        lines.append(f"  and {len(faults) - 20} more; --json lists them all")
    return "\n".join(lines)


@guarded
def bill(
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Bill what was delivered up to here."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show; write nothing.")] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Turn deliveries into invoices and credit notes, and issue what the policy lets through."""
    connect(data)
    from acquit.stages.invoices.commands.bill import bill as run

    ctx = frame(company, as_of)
    outcome = run(ctx=ctx, as_of=ctx.today, dry_run=dry_run)
    figures = dict(outcome.figures)
    emit(
        figures,
        as_json=as_json,
        text=lambda: (
            f"{counted(figures['invoices'], 'invoice')}, "
            f"{counted(figures['credit_notes'], 'credit note')}, "
            f"net {figures['net']}, tax {figures['tax']}, gross {figures['gross']}; "
            f"{figures['held']} held for review."
        ),
    )


@guarded
def send(
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send every document that has not left yet, each the way its customer wants."""
    connect(data)
    from acquit.entrypoints.sending import send_all

    figures = send_all(frame=lambda: frame(company), progress=say)
    emit(figures, as_json=as_json, text=lambda: _sending_text(figures))


def _sending_text(figures: dict[str, Any]) -> str:
    head = (
        f"{figures['sent']} sent, {figures['waiting']} waiting for another try, "
        f"{counted(figures['exceptions'], 'exception')}."
    )
    return "\n".join([head, *(f"  {n} x {code}" for code, n in figures["reasons"].items())])


@guarded
def match(
    day: Day = None,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find what the money settles; post what the policy allows, propose the rest."""
    connect(data)
    from acquit.stages.matching.commands.propose import propose

    figures = dict(propose(ctx=frame(company, day), items=[]).figures)
    emit(
        figures,
        as_json=as_json,
        text=lambda: (
            f"{counted(figures['receipts'], 'receipt')}: {figures['posted']} applied, "
            f"{figures['suggested']} suggested, {figures['left']} left."
        ),
    )
