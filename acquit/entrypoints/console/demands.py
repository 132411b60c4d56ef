"""``acquit demands``: the sample rules of customers, each tried on its two documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acquit.entrypoints.console.shared import (
    EXIT_WRONG,
    Json,
    WrongUsage,
    emit,
    guarded,
    load_django,
    say,
)

if TYPE_CHECKING:
    from acquit.policy.samples import Sample, Trial


def register(app: typer.Typer) -> None:
    app.command("demands")(demands)


@guarded
def demands(
    name: Annotated[str, typer.Argument(help="One sample. Without it: all of them.")] = "",
    value: Annotated[str, typer.Option(help="What the customer wants instead.")] = "",
    language: Annotated[str, typer.Option(help="Of the words: en, fr, de or ro.")] = "en",
    as_json: Json = False,
) -> None:
    """Try the sample rules of customers that ship with Acquit: each on a document that meets it and
    on one that does not, with its value or another. No database is needed.

    Exit 1: a rule decides one of its documents otherwise. The page Customer rules, Samples takes
    a rule over for a customer.
    """
    load_django()
    from acquit.policy import samples

    library = samples.samples()
    if name and name not in library:
        raise WrongUsage.because(
            "demands.unknown", f"no sample {name}; one of: {', '.join(library)}"
        )
    if value and not (name and library[name].value):
        message = "--value goes with one sample that has a value to choose"
        raise WrongUsage.because("demands.value", message)
    if language not in samples.LANGUAGES:
        known = ", ".join(samples.LANGUAGES)
        raise WrongUsage.because("demands.language", f"no words in {language}; one of: {known}")
    chosen = [library[name]] if name else list(library.values())
    wrong = 0
    for sample in chosen:
        wanted = value or sample.value
        trials = samples.tried(sample, wanted, language=language)
        wrong += not all(trial.is_right for trial in trials)
        _tell(sample, sample.said(language, wanted), trials, as_json=as_json)
    say(f"{len(chosen)} tried on two documents each; {wrong} decided otherwise than told")
    if wrong:
        raise typer.Exit(EXIT_WRONG)


def _tell(sample: Sample, title: str, trials: tuple[Trial, Trial], *, as_json: bool) -> None:
    tried = [
        {
            "expected": trial.expected,
            "decided": trial.decided,
            "faults": [fault.as_dict() for fault in trial.faults],
        }
        for trial in trials
    ]
    line = {"name": sample.name, "demand": title, "trials": tried}
    emit(line, as_json=as_json, text=lambda: "\n".join([f"{sample.name}: {title}", *_said(trials)]))


def _said(trials: tuple[Trial, Trial]) -> list[str]:
    told = []
    for trial in trials:
        mark = "" if trial.is_right else f" and should {trial.expected}"
        told.append(f"  {trial.decided}{mark}")
        for fault in trial.faults:
            place = f", {fault.path}" if fault.path else ""
            told.append(f"    by {fault.rule}{place} -> {fault.fix}")
    return told
