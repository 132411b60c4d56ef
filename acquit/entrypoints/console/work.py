"""The main job from the console: ``import``, ``bill``, ``send``, ``match``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console.folding import folded
from acquit.entrypoints.console.shared import (
    EXIT_WRONG,
    CompanySlug,
    Data,
    Json,
    WrongUsage,
    connect,
    emit,
    exit_code,
    guarded,
    read_file,
    report,
    say,
    tell_dry,
    the_company,
)
from acquit.entrypoints.console.tables import counted, replay_text

if TYPE_CHECKING:
    from acquit.core.outcome import Outcome

REASONS_SHOWN = 20
FAULTS_SHOWN = 40  # equal ones are folded before
DOCUMENTS_SHOWN = 3
WAYS = {
    "email": "sent by e-mail",
    "portal": "only put in the portal (no message went out)",
    "print": "printed",
}
Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Accounting day."),
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


KINDS = "customers, items, rates, accounts, orders, deliveries, bank, remittance or responses"


@guarded
def import_files(
    kind: Annotated[str, typer.Argument(help=f"{KINDS}.")],
    files: Annotated[list[Path], typer.Argument(help="Files to take in.", exists=True)],
    profile: Annotated[str, typer.Option(help="Mapping of columns, such as online-retail.")] = "",
    day: Day = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="What the file does not say, as name=value: account=DE89...."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a table's columns are, as field=column; or auto. Once."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preview; change nothing.")] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take files in. Every row is accepted, rejected with a reason, or known already.

    A folder stands for all files in it. Exit 1: a file was rejected whole, or parked. The other
    files are taken all the same.
    """
    _refuse_unknown(kind)
    connect(data)
    from acquit.entrypoints import taking_in
    from acquit.intake.commands.run import SIZE_MAX

    options = _options(day, given or [], columns or [])
    worst = 0
    found = list(_inside(files))
    if not found:
        message = "there is no file in this folder"
        raise WrongUsage.because("import.no_file", message, path=" ".join(map(str, files)))
    for file in found:
        ctx = frame(company, day)
        try:
            outcome = taking_in.take_in(
                ctx=ctx,
                kind=kind,
                profile=profile,
                filename=file.name,
                content=read_file(file, most=SIZE_MAX),
                options=options,
                dry_run=dry_run,
            )
        except Refused as refusal:
            report(refusal.faults, as_json=as_json, file=str(file))
            worst = max(worst, exit_code(refusal))
            continue
        text = _import_text(outcome.figures, file.name)
        emit(outcome.figures, as_json=as_json, text=lambda text=text: text)  # type: ignore[misc]
        if verdict := _not_taken(outcome):
            say(f"{file}: {verdict}")
            worst = max(worst, EXIT_WRONG)
    tell_dry(dry_run=dry_run)
    if worst:
        raise typer.Exit(worst)


def _refuse_unknown(kind: str) -> None:
    """Once, not of each file of a folder."""
    if kind not in KINDS.replace(" or ", ", ").split(", "):
        message = f"files of kind {kind!r} cannot be imported"
        raise WrongUsage.because("import.kind_unknown", message, path="kind", fix=f"use {KINDS}")


def _options(day: Day, given: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """What is said of the files, as their readers take it."""
    options = {"date": day.date().isoformat()} if day else {}
    options |= _pairs("--set", given)
    if columns:
        options["map"] = "auto" if columns == ["auto"] else json.dumps(_pairs("--map", columns))
    return options


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not mark:
            message = f"{pair!r} has no ="
            raise WrongUsage.because("usage.pair", message, path=option, fix="name=value")
        found[name.strip()] = value
    return found


def _inside(files: Sequence[Path]) -> Iterator[Path]:
    """A folder stands for the files in it, by name; hidden ones are not meant."""
    for file in files:
        if file.is_dir():
            yield from sorted(f for f in file.iterdir() if f.is_file() and f.name[0] != ".")
        else:
            yield file


def _not_taken(outcome: Outcome) -> str:
    """What became of a file of which nothing was taken, and what to do; empty for any other."""
    from acquit.core.outcome import ItemState

    if outcome.of(ItemState.AWAITING):
        return "parked whole: nothing of it counts until somebody accepts it on the page Statements"
    rejected, refused = outcome.figures["rejected"], outcome.of(ItemState.REFUSED)
    if refused and len(refused) < len(outcome.items):
        return f"the others were taken, not {', '.join(item.key for item in refused)}"
    if refused or (rejected and rejected == outcome.figures["rows"]):
        fixes = dict.fromkeys(fault.fix for fault in outcome.faults if fault.fix)
        return "; ".join(["rejected whole: nothing of it was taken", *fixes])
    return ""


# What an answer to a document did, see ``taking_in``.
_DOES = {
    "exception": "an exception now: put it right and send it again",
    "reported": "reported from then on",
    "noted": "nothing changes by it; where it asks, answer it",
    "known": "known already",
    "refused": "not taken",
}


def _import_text(figures: Mapping[str, Any], filename: str) -> str:
    known = figures["duplicate"]
    made = ", ".join(
        f"{name.replace('_', ' ')} {count}" for name, count in figures["created"].items() if count
    )
    lines = [
        f"{counted(figures['rows'], 'row')}: {figures['accepted']} accepted,"
        f" {figures['rejected']} rejected, {known} known already. Created: {made or 'nothing'}."
    ]
    for one in figures.get("answers", ())[:20]:
        lines.append(f"  {one['document'] or filename}: {one['text']} -> {_DOES[one['does']]}")
    faults = figures["faults"]
    # What is wrong with the file itself has no row.
    places = [f"row {f['row']}" if f["row"] else filename for f in faults]
    said = [f"  {at}: {f['message']} [{f['code']}]" for at, f in zip(places, faults, strict=True)]
    shown = list(folded(said))
    lines += shown[:FAULTS_SHOWN]
    if len(shown) > FAULTS_SHOWN:
        lines.append(f"  and {len(shown) - FAULTS_SHOWN} more")
    if len(shown) > FAULTS_SHOWN or len(shown) < len(faults):
        lines.append("  --json lists them all")
    if ignored := figures.get("ignored"):
        lines.append(f"  columns that nothing reads: {', '.join(ignored)}")
    return "\n".join(lines)


@guarded
def bill(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Bill what was delivered up to here.",
        ),
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
            f"{figures['held']} held for review.{_held_text(outcome)}"
        ),
    )
    tell_dry(dry_run=dry_run)


def _held_text(outcome: Outcome) -> str:
    """Why documents are held, a line for each reason with how many it holds."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for item in outcome.items:
        for fault in item.faults:
            reasons.setdefault((fault.message, fault.code, fault.fix), []).append(item.key)
    lines = []
    for (message, code, fix), held in list(reasons.items())[:REASONS_SHOWN]:
        others = f" and {len(held) - 1} more" if len(held) > 1 else ""
        lines.append(f"\n  {held[0]}{others}: {message} [{code}]" + (f"; {fix}" if fix else ""))
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"\n  and {len(reasons) - REASONS_SHOWN} more reasons; see the page Billing")
    return "".join(lines)


@guarded
def send(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show; send and write nothing.")
    ] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send every document that has not left yet, each the way its customer wants."""
    connect(data)
    from acquit.entrypoints.sending import rehearse, send_all

    act = rehearse if dry_run else send_all
    figures = act(frame=lambda: frame(company), progress=say)
    emit(figures, as_json=as_json, text=lambda: _sending_text(figures))
    tell_dry(dry_run=dry_run)


def _sending_text(figures: dict[str, Any]) -> str:
    """How many left by which way, and why the others did not.

    A document that only waits in the portal is told apart: nobody was written to.
    """
    ways = [f"{n} {WAYS.get(way, f'sent by {way}')}" for way, n in figures["sent_by"].items()]
    if figures["questions"]:
        ways.append(f"{counted(figures['questions'], 'question')} to customers")
    head = (
        f"{', '.join(ways) or '0 sent'}; {figures['waiting']} waiting for another try, "
        f"{counted(figures['exceptions'], 'exception')}."
    )
    reasons = figures["reasons"]
    lines = [head, *(_reason_text(reason) for reason in reasons[:REASONS_SHOWN])]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"  and {len(reasons) - REASONS_SHOWN} more reasons; --json lists them all")
    return "\n".join(lines)


def _reason_text(reason: dict[str, Any]) -> str:
    documents = reason["documents"]
    named = ", ".join(documents[:DOCUMENTS_SHOWN])
    more = ", ..." if len(documents) > DOCUMENTS_SHOWN else ""
    fix = f"\n    -> {reason['fix']}" if reason["fix"] else ""
    return f"  {len(documents)} x {reason['message']} [{reason['code']}]: {named}{more}{fix}"


@guarded
def match(
    day: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show; write nothing.")] = False,
    replay: Annotated[
        int,
        typer.Option(
            "--replay",
            min=0,
            max=2000,
            help="Only show what --on and --off would change of the last N decided receipts.",
        ),
    ] = 0,
    on: Annotated[
        list[str] | None,
        typer.Option(
            "--on", help="Try what was learnt: account, name, habit, text or calibration."
        ),
    ] = None,
    off: Annotated[list[str] | None, typer.Option("--off", help="Try without it.")] = None,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find what the money settles; post what the policy allows, propose the rest."""
    connect(data)
    if replay or on or off:
        _replay(frame(company, day), replay, on or [], off or [], as_json=as_json)
        return
    from acquit.stages.matching.commands.propose import propose
    from acquit.stages.matching.commands.rehearse import rehearse

    act = rehearse if dry_run else propose
    figures = dict(act(ctx=frame(company, day), items=[]).figures)
    emit(
        figures,
        as_json=as_json,
        text=lambda: match_text(figures),
    )
    tell_dry(dry_run=dry_run)


def _replay(ctx: Any, lines: int, on: list[str], off: list[str], *, as_json: bool) -> None:
    """What switches would change over decided receipts; writes nothing."""
    from acquit.stages.matching.commands.replay import LINES, replay
    from acquit.stages.matching.rules.learning import KINDS, Switch

    unknown = [kind for kind in (*on, *off) if kind not in KINDS]
    if unknown:
        message = f"nothing is learnt under {unknown[0]!r}"
        raise WrongUsage.because("lesson.kind", message, path="--on", fix=", ".join(KINDS))
    switches = [Switch(kind, True) for kind in on] + [Switch(kind, False) for kind in off]
    found = replay(ctx, switches=switches, lines=lines or LINES)
    answer = {
        "lines": found.lines,
        "before": asdict(found.before),
        "after": asdict(found.after),
        "now_right": found.now_right,
        "now_wrong": found.now_wrong,
        "changed": [
            {
                "on": one.received_on.isoformat(),
                "payer": one.payer_name,
                "amount": str(one.amount.decimal),
                "currency": one.amount.currency,
                "before": asdict(one.before),
                "after": asdict(one.after),
            }
            for one in found.changed
        ],
    }
    emit(answer, as_json=as_json, text=lambda: replay_text(answer))


def match_text(figures: Mapping[str, Any]) -> str:
    """What a run of the matcher did, in one line."""
    return (
        f"{counted(figures['receipts'], 'receipt')}: {figures['posted']} applied, "
        f"{figures['suggested']} suggested, {figures['left']} left."
        f"{_asked(figures)}{_returns(figures)}"
    )


def _asked(figures: Mapping[str, Any]) -> str:
    """How many customers were asked, and of which receipts nobody could be."""
    told = f" {counted(figures['asked'], 'customer')} asked." if "asked" in figures else ""
    for why, count in figures.get("not_asked", {}).items():
        told += f" {counted(count, 'receipt')} not asked about: {why}."
    return told


def _returns(figures: Mapping[str, Any]) -> str:
    """What became of payments that the bank took back, where there are any."""
    if "returns_settled" not in figures:
        return ""
    settled, waiting = figures["returns_settled"], figures["returns_waiting"]
    return f" Returned payments: {settled} opened again, {waiting} waiting."
