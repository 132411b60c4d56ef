"""Commands that turn files into documents and documents into files, without a database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.entrypoints.console.plain import PlainCommand
from acquit.entrypoints.console.shared import (
    EXIT_USAGE,
    EXIT_WRONG,
    Json,
    WrongUsage,
    emit,
    guarded,
    read_file,
    report,
    say,
)

if TYPE_CHECKING:
    from acquit.core.faults import Fault


def register(app: typer.Typer) -> None:
    app.command("read", cls=PlainCommand)(read)
    app.command("convert", cls=PlainCommand)(convert)


@guarded
def read(
    file: Annotated[
        Path, typer.Argument(help="UBL, CII, Factur-X, CDAR, EDIFACT or X12; - for stdin.")
    ],
    answer: Annotated[
        Path | None,
        typer.Option(help="Write the CONTRL, or 997 and TA1, for the sender; - for stdout."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read every document of a file, in whatever syntax it is, and say what is odd about it.
    Exit 1 when one cannot be read, 2 when the file cannot be opened or is of no known syntax."""
    from acquit.core.codecs import formats

    data = read_file(file)
    found = formats.read(data=data)
    if not found.parts:
        report(found.faults, as_json=as_json, file=str(file))
        raise typer.Exit(EXIT_USAGE)
    for fault in found.faults:
        _tell(fault)
    for part in found.parts:
        document = part.reading.document
        line = {
            "file": str(file),
            "name": part.name,
            "document": document.to_dict() if document else None,
            "faults": [fault.as_dict() for fault in part.reading.faults],
        }
        emit(line, as_json=as_json, text=lambda line=line: _text(line))  # type: ignore[misc]
    if answer is not None:
        now = datetime.now()
        # A second of the year is a number that is used once, and fits into both envelopes.
        _write(answer, formats.answer(data=data, reference=f"{now:%j%H%M%S}", at=now).data)
    if any(part.reading.document is None for part in found.parts):
        raise typer.Exit(EXIT_WRONG)


@guarded
def convert(
    file: Annotated[Path, typer.Argument(help="The file to read; - for stdin.")],
    to: Annotated[
        str,
        typer.Option("--to", help="ubl, cii, orderx, edifact, x12, cdar, flux10, json; csv."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write; - for stdout.")],
    version: Annotated[
        str, typer.Option(help="D96A or D01B of edifact, 4010 or 5010 of x12.")
    ] = "",
    number: Annotated[int, typer.Option(help="Which document, where the file holds several.")] = 1,
) -> None:
    """Write a document in another syntax. What it loses there is named on stderr; where amounts
    would change or a value does not fit, nothing is written. Exit 1 then, 2 without a document."""
    from acquit.core.codecs import formats

    found = formats.read(data=read_file(file))
    if not found.parts:
        report(found.faults, as_json=False, file=str(file))
        raise typer.Exit(EXIT_USAGE)
    for fault in found.faults:
        _tell(fault)
    if not 1 <= number <= len(found.parts):
        message = f"there are {len(found.parts)} documents, and none is number {number}"
        raise WrongUsage.because("document.number", message, path=str(file))
    reading = found.parts[number - 1].reading
    if reading.document is None:
        report(reading.faults, as_json=False, file=str(file))
        raise typer.Exit(EXIT_WRONG)
    for fault in reading.faults:
        _tell(fault)
    written = formats.write(document=reading.document, to=to, version=version)
    for fault in written.losses:
        _tell(fault)
    _write(output, written.data)


def _write(path: Path, data: bytes) -> None:
    if str(path) == "-":
        typer.get_binary_stream("stdout").write(data)
        return
    path.write_bytes(data)


def _tell(fault: Fault) -> None:
    place = f"{fault.path}: " if fault.path else ""
    fix = f" -> {fault.fix}" if fault.fix else ""
    say(f"{fault.severity.value} {place}{fault.message} [{fault.code}]{fix}")


def _text(line: dict[str, Any]) -> str:
    """The document field by field, one a line, and what there is to say about it."""
    if line["document"] is None:
        lines = [f"{line['file']}: {line['name']}, cannot be read"]
    else:
        lines = [line["name"]]
        lines += [f"  {path}: {value}" for path, value in _leaves(line["document"], "")]
    for fault in line["faults"]:
        place = f" at {fault['path']}" if fault["path"] else ""
        lines.append(f"  {fault['severity']} {fault['code']}: {fault['message']}{place}")
    return "\n".join(lines)


def _leaves(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        return [(path, f"{value['amount']} {value['currency']}")]
    if isinstance(value, dict):
        pairs = [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
    else:
        return [(path, str(value)[:200])]
    return [leaf for inner_path, inner in pairs for leaf in _leaves(inner, inner_path)]
