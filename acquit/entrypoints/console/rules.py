"""``acquit rules``: official rule files that the second judge runs beside those it came with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acquit.entrypoints.console.shared import (
    Data,
    Json,
    WrongUsage,
    data_folder,
    emit,
    guarded,
    report,
    say,
)

if TYPE_CHECKING:
    from acquit.core.judges.added import Sheet

ACTS = ("install", "list", "remove")


def register(app: typer.Typer) -> None:
    app.command("rules")(rules)


@guarded
def rules(
    act: Annotated[str, typer.Argument(help=", ".join(ACTS))],
    what: Annotated[
        str, typer.Argument(help="The folder or stylesheet to install; the rule set to remove.")
    ] = "",
    profile: Annotated[
        str, typer.Option(help="The rule set they belong to, where their names do not say so.")
    ] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Official rule files for the official judge: install a folder of compiled Schematron
    (.xslt, .xsl) as Peppol, KoSIT, ANAF or CEN publish it; list what is there; remove a rule set.

    Rules of EN 16931 and France stand in for those that came with Acquit, all others come on top
    of EN 16931. `acquit validate` applies them from then on, and so does sending.
    """
    from acquit.core.judges import added

    if act not in ACTS or bool(what) == (act == "list"):
        message = "say: rules install FOLDER, rules list, or rules remove RULE-SET"
        raise WrongUsage.because("rules.words", message)
    folder = data_folder(data) / added.FOLDER
    if act == "install":
        _install(Path(what), folder, profile, as_json=as_json)
        return
    for sheet in added.remove(folder=folder, profile=what) if act == "remove" else ():
        say(f"removed {sheet.name} ({sheet.profile})")
    for sheet in added.load(folder=folder).sheets:
        _tell(sheet, as_json=as_json)


def _install(source: Path, folder: Path, profile: str, *, as_json: bool) -> None:
    from acquit.core.judges import added, official

    if not source.exists():
        message = "there is no such file or folder"
        raise WrongUsage.because("rules.missing", message, path=str(source))
    new, faults = added.add(
        source=source, folder=folder, profile=profile, compiles=official.compiles
    )
    for sheet in new:
        _tell(sheet, as_json=as_json)
    # What was not taken is told; a folder of a publisher holds rules for other documents too.
    report(faults, as_json=False)


def _tell(sheet: Sheet, *, as_json: bool) -> None:
    documents = sheet.kinds
    line = {
        "profile": sheet.profile,
        "documents": documents,
        "name": sheet.name,
        "sha256": sheet.digest,
    }
    emit(
        line,
        as_json=as_json,
        text=lambda: f"{sheet.profile}: {sheet.name}, for {', '.join(documents)}",
    )
