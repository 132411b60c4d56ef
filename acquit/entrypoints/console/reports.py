"""Figures and proof: ``report``, ``verify``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console.shared import (
    EXIT_WRONG,
    CompanySlug,
    Data,
    Json,
    connect,
    emit,
    guarded,
    the_company,
)
from acquit.entrypoints.console.tables import table

REPORTS = ("ageing", "trial-balance", "statement", "dso", "gaps", "closed-rests")
AsAt = Annotated[
    datetime | None,
    typer.Option(
        "--as-at",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="Accounting day; today if not given.",
    ),
]
KnownAt = Annotated[
    datetime | None,
    typer.Option("--known-at", help="Only what was recorded up to this instant (UTC)."),
]


class CannotReport(Refused):
    """No such report, or it needs a customer."""


def register(app: typer.Typer) -> None:
    app.command("report")(report)
    app.command("verify")(verify)


@guarded
def report(
    name: Annotated[str, typer.Argument(help=", ".join(REPORTS))],
    as_at: AsAt = None,
    known_at: KnownAt = None,
    customer: Annotated[str, typer.Option(help="Customer number, for a statement.")] = "",
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A figure at any date, all from the same allocation log."""
    if name not in REPORTS:
        raise CannotReport.because(
            "report.unknown",
            f"no report {name!r}",
            path="NAME",
            fix=f"one of: {', '.join(REPORTS)}",
        )
    connect(data)
    from acquit.entrypoints.figures import figure

    known = known_at.replace(tzinfo=UTC) if known_at else None
    answer = figure(
        name=name,
        company=the_company(company),
        as_at=as_at.date() if as_at else None,
        known_at=known,
        customer_number=customer,
    )
    emit(answer, as_json=as_json, text=lambda: table(name, answer))


@guarded
def verify(
    export: Annotated[
        Path | None, typer.Option("--export", help="Verify an export instead of the database.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Also write an export to this new folder.")
    ] = None,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Prove every invariant; name the first broken record. Exit 1 when one is broken."""
    if export is not None:
        from acquit.stages.insight.verify import run_export

        answer = dict(run_export(directory=export))
    else:
        connect(data)
        from acquit.stages.insight import verify as proof

        chosen = the_company(company)
        now = datetime.now(UTC)
        answer = proof.run(company_id=chosen.id, now=now)
        if write is not None:
            proof.export(company_id=chosen.id, directory=write, now=now)
    emit(answer, as_json=as_json, text=lambda: _verdict(answer))
    if not answer["ok"]:
        raise typer.Exit(EXIT_WRONG)


def _verdict(answer: dict[str, Any]) -> str:
    checked = answer["checked"]
    lines = [f"{count:>10} {name.replace('_', ' ')}" for name, count in checked.items()]
    lines += [f"BROKEN {b['invariant']} {b['record']}: {b['message']}" for b in answer["broken"]]
    if answer["broken"]:
        lines.append("(amounts above are in the smallest unit of their currency: 1 is 0.01 EUR)")
    lines.append("everything holds" if answer["ok"] else f"{len(answer['broken'])} broken")
    return "\n".join(lines)
