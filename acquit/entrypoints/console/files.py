"""Commands over files alone, without a database: ``validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acquit.entrypoints.console.shared import EXIT_USAGE, EXIT_WRONG, Json, emit, guarded, say


def register(app: typer.Typer) -> None:
    app.command("validate")(validate)


@guarded
def validate(
    files: Annotated[list[Path], typer.Argument(help="UBL or CII files, or Factur-X PDF.")],
    profile: Annotated[str, typer.Option(help="auto, or the rule set to apply.")] = "auto",
    as_json: Json = False,
) -> None:
    """Judge e-invoices by the official schemas and rules. Exit 1 when one is not valid,
    2 when one cannot be read."""
    from acquit.core.judges.official import judge

    worst = 0
    for file in _expand(files):
        try:
            data = file.read_bytes()
        except OSError as error:
            say(f"{file}: {error.strerror}")
            worst = EXIT_USAGE
            continue
        verdict = judge(data, profile=profile)
        line = {"file": str(file), **verdict.to_dict()}
        emit(line, as_json=as_json, text=lambda line=line: _text(line))  # type: ignore[misc]
        if verdict.syntax == "unknown":
            worst = EXIT_USAGE
        elif not verdict.valid:
            worst = max(worst, EXIT_WRONG)
    if worst:
        raise typer.Exit(worst)


def _expand(files: list[Path]) -> list[Path]:
    """Folders stand for the e-invoices in them."""
    found: list[Path] = []
    for file in files:
        if file.is_dir():
            wanted = {".xml", ".pdf"}
            found += sorted(p for p in file.rglob("*") if p.suffix.lower() in wanted)
        else:
            found.append(file)
    return found


def _text(line: dict[str, object]) -> str:
    verdict = "valid" if line["valid"] else "NOT valid"
    lines = [f"{line['file']}: {verdict} ({line['syntax']}, {line['profile']})"]
    faults = line["faults"]
    assert isinstance(faults, list)
    for fault in faults:
        lines.append(f"  {fault['severity']} {fault['rule'] or fault['code']}: {fault['message']}")
        if fault["path"]:
            lines.append(f"    at {fault['path']}")
    return "\n".join(lines)
