"""``acquit ereport``: what a French company tells its platform of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

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


def register(app: typer.Typer) -> None:
    app.command("ereport")(ereport)


@guarded
def ereport(
    month: Annotated[
        datetime, typer.Option(formats=["%Y-%m"], metavar="YYYY-MM", help="The month told.")
    ],
    platform: Annotated[str, typer.Option(help="Number of your platform, four characters.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the messages.")],
    rectified: Annotated[
        bool, typer.Option("--rectified", help="Replaces what was told of the month before.")
    ] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write a French company's status 212 (collected, per VAT rate) and e-reporting (flux 10) of a
    month as files. Exit 1 when a message could not be written: its rule is named."""
    connect(data)
    from acquit.core.documents.amounts import Period
    from acquit.core.documents.ereport import Transmission
    from acquit.stages.insight.queries.french import told

    seller, first = the_company(company), month.date()
    last = first.replace(day=monthrange(first.year, first.month)[1])
    found = told(
        company_id=seller.id,
        country=seller.country,
        period=Period(first, last),
        platform=platform,
        kind=Transmission.RECTIFIED if rectified else Transmission.INITIAL,
        now=datetime.now(UTC),
    )
    output.mkdir(parents=True, exist_ok=True)
    for message in found.messages:
        (output / message.name).write_bytes(message.data)
    answer = {
        "month": f"{first:%Y-%m}",
        "messages": [
            {"file": str(output / one.name), "kind": one.kind, "of": one.of}
            for one in found.messages
        ],
        "rectify": sorted({f"{day:%Y-%m}" for day in found.untrue}),
        "faults": [
            {"code": one.code, "rule": one.rule, "path": one.path, "message": one.message}
            for one in found.faults
        ],
    }
    emit(answer, as_json=as_json, text=lambda: _text(answer))
    if found.faults:
        raise typer.Exit(EXIT_WRONG)


def _text(answer: dict[str, Any]) -> str:
    rows = [f"{one['kind']:<9} {one['of']:>6}  {one['file']}" for one in answer["messages"]]
    rows += [f"tell {month} again with --rectified" for month in answer["rectify"]]
    rows += [f"{one['rule']} {one['path']}: {one['message']}" for one in answer["faults"]]
    return "\n".join(rows or ["nothing to tell"])
