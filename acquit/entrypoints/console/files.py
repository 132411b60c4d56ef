"""Commands over files alone, without a database: ``validate``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console.paths import expand, progress
from acquit.entrypoints.console.plain import PlainCommand
from acquit.entrypoints.console.shared import (
    EXIT_USAGE,
    EXIT_WRONG,
    Data,
    Json,
    WrongUsage,
    data_folder,
    emit,
    guarded,
    read_file,
    report,
    say,
)

if TYPE_CHECKING:
    from acquit.core.judges.verdict import Verdict

ENDINGS = (".xml", ".pdf")


class _Asked(NamedTuple):
    """Who shall judge by what, and where the rules lie that were added."""

    judges: list[str]
    profile: str
    language: str
    data: Path | None


def register(app: typer.Typer) -> None:
    app.command("validate", cls=PlainCommand)(validate)


@guarded
def validate(
    files: Annotated[
        list[Path], typer.Argument(help="UBL, CII or Factur-X files, folders, patterns.")
    ],
    profile: Annotated[str, typer.Option(help="auto, or the rule set to apply.")] = "auto",
    judge: Annotated[
        str,
        typer.Option(help="native, official or both with a comma. The first one's word counts."),
    ] = "auto",
    language: Annotated[str, typer.Option(help="Of the native judge: en, fr, de or ro.")] = "en",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Judge e-invoices by schema and rules. Exit 1: one is not valid; 2: one cannot be read.

    With auto the specification (BT-24) and the process (BT-23) say which rules: those of Romania,
    XRechnung, Peppol and France come on top of EN 16931.

    The native judge asks the published schemas and knows the rules itself; it needs no more than
    a moment. The official one runs the published stylesheets, and those that were added by
    `acquit rules install`: then it is asked unless you say otherwise. Both at once show where they
    differ.
    """
    _refuse_words(judge, language)
    _refuse_profile(profile, data)
    judges = _judges_of(judge, data)
    found = expand(files, endings=ENDINGS)
    if not found:
        message = "there is no .xml and no .pdf file"
        raise WrongUsage.because("validate.no_file", message, path=" ".join(map(str, files)))
    asked = _Asked(judges, profile, language, data)
    counts = {0: 0, EXIT_WRONG: 0, EXIT_USAGE: 0}
    for number, file in enumerate(found, 1):
        progress(number, len(found))
        counts[_judged(file, asked, as_json=as_json)] += 1
    if len(found) > 1:
        say(
            f"{len(found)} files: {counts[0]} valid, {counts[EXIT_WRONG]} not valid,"
            f" {counts[EXIT_USAGE]} cannot be read"
        )
    worst = max(code for code, count in counts.items() if count)
    if worst:
        raise typer.Exit(worst)


def _judges_of(judge: str, data: Path | None) -> list[str]:
    """The judges by name; with auto the native one, and the official one first where rule files
    were added, which it alone can run."""
    if judge != "auto":
        return [name.strip() for name in judge.split(",")]
    from acquit.core.judges import added

    folder = data_folder(data) / added.FOLDER
    return ["official", "native"] if added.load(folder=folder).sheets else ["native"]


def _refuse_words(judge: str, language: str) -> None:
    if judge != "auto" and not {name.strip() for name in judge.split(",")} <= {
        "official",
        "native",
    }:
        message = f"--judge: there is no judge {judge!r}"
        fix = "say native, official, or native,official"
        raise WrongUsage.because("validate.words", message, fix=fix)
    if language not in ("en", "fr", "de", "ro"):
        message = f"--language: no judge speaks {language!r}"
        raise WrongUsage.because("validate.words", message, fix="say en, fr, de or ro")


def _refuse_profile(profile: str, data: Path | None) -> None:
    """A rule set that nobody knows is refused once, and not said to be broken by every file."""
    if profile == "auto":
        return
    from acquit.core.judges import added, packs, rulesets

    more = added.load(folder=data_folder(data) / added.FOLDER)
    known = {*packs.ids(), *rulesets.PROFILES}
    known |= {sheet.profile for sheet in more.sheets}
    if profile not in known:
        fix = f"say auto or one of {', '.join(sorted(known))}"
        message = f"--profile: there is no rule set {profile!r}"
        raise WrongUsage.because("validate.profile", message, fix=fix)


def _judged(file: Path, asked: _Asked, *, as_json: bool) -> int:
    """Tell the verdicts on one file; what it means for the shell."""
    try:
        data = read_file(file)
    except Refused as refusal:
        report(refusal.faults, as_json=as_json)
        return EXIT_USAGE
    verdicts = {name: _verdict(name, data, asked) for name in asked.judges}
    verdict = _word({name: told for name, (told, _) in verdicts.items()}, asked.judges[0])
    if verdict.syntax == "unknown":
        from acquit.entrypoints.console import other_files

        other = other_files.told(data=data, file=file)
        verdict = replace(verdict, faults=(other,)) if other else verdict
    line = {"file": str(file), **verdict.to_dict(), **_judges(verdicts)}
    emit(line, as_json=as_json, text=lambda: _text(line))
    if verdict.syntax == "unknown":
        return EXIT_USAGE
    return 0 if verdict.valid else EXIT_WRONG


def _verdict(name: str, data: bytes, asked: _Asked) -> tuple[Verdict, float]:
    """What one judge says, and how many milliseconds it took."""
    if name == "native":
        from acquit.core.judges import native

        start = time.perf_counter()
        verdict = native.judge(data, profile=asked.profile, language=asked.language, by_schema=True)
    else:
        from acquit.core.judges import added, official

        more = added.load(folder=data_folder(asked.data) / added.FOLDER)
        start = time.perf_counter()
        verdict = official.judge(data, profile=asked.profile, added=more)
    return verdict, round((time.perf_counter() - start) * 1000, 3)


def _word(verdicts: dict[str, Verdict], first: str) -> Verdict:
    """What counts: the first judge's word, and what the native one asks beyond it.

    The native judge knows the rules of countries and networks that the official one has no files
    for; and for a rule set that one of them does not know, the other speaks alone.
    """
    from acquit.core.judges.compare import asks_more, comparable

    verdict, native = verdicts[first], verdicts.get("native")
    if native is None or first == "native" or not native.judged_by:
        return verdict
    if not verdict.judged_by:
        return native
    if comparable(verdict, native) and not asks_more(native):
        return verdict
    said = {(fault.rule, fault.path) for fault in verdict.faults}
    more = tuple(fault for fault in native.faults if (fault.rule, fault.path) not in said)
    return replace(
        verdict,
        profile=native.profile,
        faults=(*verdict.faults, *more),
        judged_by=(*verdict.judged_by, *native.judged_by),
    )


def _judges(verdicts: dict[str, tuple[Verdict, float]]) -> dict[str, object]:
    """Each judge's word and time, and what only one of two says.

    ``differs`` is null where there is nothing to compare: one judge alone, or other rules.
    """
    from acquit.core.judges.compare import comparable, differences

    differs: list[dict[str, str]] | None = None
    if len(verdicts) == 2:
        official, native = verdicts["official"][0], verdicts["native"][0]
        both = bool(official.judged_by and native.judged_by)
        if both and comparable(official, native):
            found = differences(official=official, native=native)
            differs = [{"rule": d.rule, "path": d.path, "only": d.only} for d in found]
    told = {
        name: {"valid": verdict.valid, "profile": verdict.profile, "milliseconds": time_taken}
        for name, (verdict, time_taken) in verdicts.items()
    }
    return {"judges": told, "differs": differs}


def _text(line: dict[str, object]) -> str:
    faults = line["faults"]
    assert isinstance(faults, list)
    if line["syntax"] == "unknown":
        lines = [f"{line['file']}: cannot be read as an e-invoice"]
    else:
        verdict = "valid" if line["valid"] else f"NOT valid, {_counted(faults)}"
        lines = [f"{line['file']}: {verdict} ({line['syntax']}, {line['profile']})"]
    for fault in faults:
        lines.append(f"  {fault['severity']} {fault['rule'] or fault['code']}: {fault['message']}")
        if fault["path"]:
            lines.append(f"    at {fault['path']}")
        if fault["fix"]:
            lines.append(f"    fix: {fault['fix']}")
    for found in line["differs"] or ():  # type: ignore[attr-defined]
        lines.append(f"  only the {found['only']} judge: {found['rule']} at {found['path']}")
    return "\n".join(lines)


def _counted(faults: list[dict[str, str]]) -> str:
    """How many fatal faults are of the format, and how many rules of the business are broken."""
    kinds = [fault["kind"] for fault in faults if fault["severity"] == "fatal"]
    counts = ((kinds.count("format"), "format error"), (kinds.count("rule"), "broken rule"))
    return ", ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in counts if count)
