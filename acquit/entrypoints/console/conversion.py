"""Commands that turn files into documents and documents into files, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from acquit.core.faults import Fault, Refused
from acquit.entrypoints.console.paths import expand, progress
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
    from acquit.core.codecs.reading import File, Reading


PASSED_OVER = -1
# What says of a file that it is none of ours, and not that a document is broken.
_NO_DOCUMENT = {
    "document.syntax",
    "document.packed",
    "document.empty",
    "facturx.missing",
    "read.bank_statement",
}


def register(app: typer.Typer) -> None:
    app.command("read", cls=PlainCommand)(read)
    app.command("convert", cls=PlainCommand)(convert)


@guarded
def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="UBL, CII, Factur-X, CDAR, EDIFACT or X12 files, folders, patterns; - for stdin."
        ),
    ],
    answer: Annotated[
        Path | None,
        typer.Option(
            help="Write the CONTRL, or 997 and TA1, for the sender of one file; - for stdout."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read every document of files, in whatever syntax it is, and say what is odd about it.
    Files of a folder that are no documents are passed over, and named. Exit 1 when a document
    cannot be read, 2 when a file that you name cannot be opened or is of no known syntax."""
    found = _files(files)
    if answer is not None and len(found) > 1:
        message = f"an answer is for one file, and these are {len(found)}"
        raise WrongUsage.because("read.answer", message)
    codes = []
    for number, file in enumerate(found, 1):
        progress(number, len(found))
        asked = _Reading(answer, named=len(found) > 1, is_chosen=file in files, as_json=as_json)
        codes.append(_read(file, asked))
    _end(codes, "read whole", files)


class _Reading(NamedTuple):
    """How a file is read: ``named`` as one of several, ``is_chosen`` by who named it, and not
    come upon in a folder."""

    answer: Path | None
    named: bool
    is_chosen: bool
    as_json: bool


def _end(codes: Sequence[int], done: str, given: Sequence[Path]) -> None:
    """Count the files by what became of them, and end as the worst of the documents says."""
    counted = [code for code in codes if code != PASSED_OVER]
    over = len(codes) - len(counted)
    if len(codes) > 1:
        good = counted.count(0)
        more = f", {over} passed over" if over else ""
        say(f"{len(codes)} files: {good} {done}, {len(counted) - good} not{more}")
    if not counted:
        message = "there is no document in it"
        raise WrongUsage.because("read.no_document", message, path=" ".join(map(str, given)))
    if worst := max(counted):
        raise typer.Exit(worst)


def _read(file: Path, asked: _Reading) -> int:
    """Tell what is in one file; what it means for the shell."""
    from acquit.core.codecs import formats

    answer, named, as_json = asked.answer, asked.named, asked.as_json
    data, found = _opened(file)
    if not found.parts or (not asked.is_chosen and _is_foreign(found)):
        return _without(file, found, is_chosen=asked.is_chosen, as_json=as_json)
    for fault in found.faults:
        _tell(fault, file if named else None)
    for part in found.parts:
        document = part.reading.document
        line = {
            "file": str(file),
            "name": part.name,
            "document": document.to_dict() if document else None,
            "faults": [fault.as_dict() for fault in part.reading.faults],
        }
        text = partial(_text, line, named=named)
        emit(line, as_json=as_json, text=text)
    if answer is not None:
        now = datetime.now()
        # A second of the year is a number that is used once, and fits into both envelopes.
        _write(answer, formats.answer(data=data, reference=f"{now:%j%H%M%S}", at=now).data)
    return EXIT_WRONG if any(part.reading.document is None for part in found.parts) else 0


@guarded
def convert(
    files: Annotated[
        list[Path], typer.Argument(help="Files, folders, patterns to read; - for stdin.")
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", help="ubl, cii, facturx, orderx, edifact, x12, cdar, flux10, json; csv."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="Where to write: a file, - for stdout, or a folder for several."
        ),
    ],
    version: Annotated[
        str, typer.Option(help="D96A or D01B of edifact, 4010 or 5010 of x12.")
    ] = "",
    language: Annotated[str, typer.Option(help="Of the page of facturx: en, fr, de or ro.")] = "en",
    number: Annotated[
        int,
        typer.Option(
            help="Which document, where a file holds several. Else the first; all into a folder."
        ),
    ] = 0,
) -> None:
    """Write documents in another syntax. What they lose there is named on stderr; where amounts
    would change or a value does not fit, nothing is written. Exit 1 then, 2 without a document.
    Files of a folder that are no documents are passed over, and named."""
    found = _files(files)
    places = _Places(output, _ENDINGS.get(to, ".xml"), found)
    asked = _Asked(to, version, language, number)
    codes = []
    for index, file in enumerate(found, 1):
        progress(index, len(found))
        codes.append(_convert(file, asked, places, is_chosen=file in files))
    _end(codes, "converted", files)


# How a file of each syntax is called where its name is ours to choose.
_ENDINGS = {"facturx": ".pdf", "edifact": ".edi", "x12": ".edi", "json": ".json", "csv": ".csv"}


class _Asked(NamedTuple):
    """What documents shall become. ``number`` 0: the first, or all of them into a folder."""

    to: str
    version: str
    language: str
    number: int


class _Places:
    """Where documents go: into the file that was named, or each into its own of a folder, called
    after its source. No place is given twice, and none is that of a source."""

    def __init__(self, output: Path, ending: str, sources: Sequence[Path]) -> None:
        self.is_folder = len(sources) > 1 or output.is_dir()
        if self.is_folder and (str(output) == "-" or output.is_file()):
            message = f"{len(sources)} files go into a folder, and {output} is none"
            raise WrongUsage.because("convert.folder", message)
        self._output, self._ending = output, ending
        self._taken = {source.resolve() for source in sources}

    def next(self, source: Path) -> Path:
        if not self.is_folder:
            return self._output
        self._output.mkdir(parents=True, exist_ok=True)
        stem = "stdin" if str(source) == "-" else source.stem
        names = chain([stem], (f"{stem}-{index}" for index in count(2)))
        places = (self._output / f"{name}{self._ending}" for name in names)
        found = next(place for place in places if place.resolve() not in self._taken)
        self._taken.add(found.resolve())
        return found


def _convert(file: Path, asked: _Asked, places: _Places, *, is_chosen: bool) -> int:
    """Write the documents of one file; what it means for the shell."""
    _, found = _opened(file)
    if not found.parts or (not is_chosen and _is_foreign(found)):
        return _without(file, found, is_chosen=is_chosen, as_json=False)
    named = file if places.is_folder else None
    for fault in found.faults:
        _tell(fault, named)
    many = len(found.parts)
    if asked.number > many:
        message = f"there are {many} documents, and none is number {asked.number}"
        report((Fault("document.number", message, str(file)),), as_json=False)
        return EXIT_USAGE
    chosen = found.parts[asked.number - 1 :][:1] if asked.number > 0 else found.parts
    if not places.is_folder and len(chosen) > 1:
        say(f"{file}: the first of {many} documents is written; --number N takes another")
        chosen = chosen[:1]
    return max(_converted(file, part.reading, asked, places) for part in chosen)


def _converted(file: Path, reading: Reading[Any], asked: _Asked, places: _Places) -> int:
    from acquit.core.codecs import formats

    if reading.document is None:
        report(reading.faults, as_json=False, file=str(file))
        return EXIT_WRONG
    named = file if places.is_folder else None
    for fault in reading.faults:
        _tell(fault, named)
    try:
        written = formats.write(
            document=reading.document,
            to=asked.to,
            version=asked.version,
            language=asked.language,
        )
    except Refused as refusal:
        report(refusal.faults, as_json=False, file=str(file))
        return EXIT_WRONG
    for fault in written.losses:
        _tell(fault, named)
    _write(places.next(file), written.data)
    return 0


def _files(given: Sequence[Path]) -> list[Path]:
    found = expand(given)
    if not found:
        message = "there is no file in it"
        raise WrongUsage.because("read.no_file", message, path=" ".join(map(str, given)))
    return found


def _opened(file: Path) -> tuple[bytes, File[Any]]:
    """The bytes and the documents in them; none, and why, where it cannot be opened."""
    from acquit.core.codecs import formats, statements
    from acquit.core.codecs.reading import File

    try:
        data = read_file(file)
    except Refused as refusal:
        return b"", File("", (), refusal.faults)
    found = formats.read(data=data)
    codec = statements.sniff(data) if _is_foreign(found) else None
    if codec is None:
        return data, found
    message = f"this is a bank file ({codec.NAME}), no document"
    fix = "acquit import bank takes it in; acquit apply --lines matches its movements, in files"
    return data, File("", (), (Fault("read.bank_statement", message, fix=fix),))


def _why(found: File[Any]) -> tuple[Fault, ...]:
    """Why there is no document in a file."""
    return (*found.faults, *(fault for part in found.parts for fault in part.reading.faults))


def _is_foreign(found: File[Any]) -> bool:
    """Whether a file is none of ours, and not a document of ours that is broken."""
    return not found.documents and {fault.code for fault in _why(found)} <= _NO_DOCUMENT


def _without(file: Path, found: File[Any], *, is_chosen: bool, as_json: bool) -> int:
    """Say why there is no document in a file. One that was come upon in a folder may be anything:
    it is passed over where it is of no known syntax."""
    faults = _why(found)
    if is_chosen or not _is_foreign(found):
        report(faults, as_json=as_json, file=str(file))
        return EXIT_USAGE
    line = {"file": str(file), "passed_over": [fault.as_dict() for fault in faults]}
    if as_json:
        emit(line, as_json=True, text=str)
    say(f"passed over {file}: {'; '.join(fault.message for fault in faults)}")
    return PASSED_OVER


def _write(path: Path, data: bytes) -> None:
    if str(path) == "-":
        typer.get_binary_stream("stdout").write(data)
        return
    path.write_bytes(data)


def _tell(fault: Fault, file: Path | None) -> None:
    place = "".join(f"{part}: " for part in (file, fault.path) if part)
    fix = f" -> {fault.fix}" if fault.fix else ""
    say(f"{fault.severity.value} {place}{fault.message} [{fault.code}]{fix}")


def _text(line: dict[str, Any], *, named: bool) -> str:
    """The document field by field, one a line, and what there is to say about it. ``named``: the
    file is said too, as one of several."""
    if line["document"] is None:
        lines = [f"{line['file']}: {line['name']}, cannot be read"]
    else:
        lines = [f"{line['file']}: {line['name']}" if named else line["name"]]
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
