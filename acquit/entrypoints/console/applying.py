"""``acquit apply``: which money settles what, from plain files to plain files, no database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from acquit.core.faults import Refused
from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.folding import folded
from acquit.entrypoints.console.shared import EXIT_WRONG, Json, WrongUsage, emit, guarded, say

if TYPE_CHECKING:
    from acquit.core.faults import Fault
    from acquit.entrypoints.console.cash_answers import Written
    from acquit.entrypoints.console.cash_files import Files

T = TypeVar("T")


def _given(text: str, *, folders: bool = False) -> Any:
    metavar = "<file or folder>" if folders else None
    return typer.Option(help=text, exists=True, dir_okay=folders, metavar=metavar)


Lines = Annotated[
    list[Path],
    _given(
        f"Bank lines, CSV or XLSX: {cash_columns.LINES}; or a bank statement of any syntax, a"
        " lockbox file (BAI, X12 823), or a ZIP of such files. Repeatable: several count as a ZIP."
    ),
]
Remittances = Annotated[
    list[Path] | None,
    _given(
        "What payers said of lines, files or folders: EDIFACT REMADV, X12 820, UBL, mails,"
        " PDFs with text, XLSX, CSV, payout reports, camt.054, lockbox files; or a table with the"
        f" columns {cash_columns.REMITTANCES}. Repeatable.",
        folders=True,
    ),
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="<field=column>",
        help="What the columns of other tables of remittances are, as field=column; or auto: what"
        " they seem to be. Repeatable.",
    ),
]


class CannotApply(Refused):
    """The open items or the lines cannot be read; nothing was written."""


def register(app: typer.Typer) -> None:
    app.command("apply")(apply)


@guarded
def apply(
    items: Annotated[Path, _given(f"Open items, CSV or XLSX: {cash_columns.ITEMS}.")],
    lines: Lines,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="Folder for proposals.csv, evidence.jsonl and summary.json.",
            file_okay=False,
        ),
    ],
    customers: Annotated[Path | None, _given(f"CSV or XLSX: {cash_columns.CUSTOMERS}.")] = None,
    history: Annotated[
        Path | None, _given(f"What was paid lately, CSV or XLSX: {cash_columns.HISTORY}.")
    ] = None,
    remittances: Remittances = None,
    maps: Maps = None,
    rates: Annotated[Path | None, _given(f"CSV or XLSX: {cash_columns.RATES}.")] = None,
    as_json: Json = False,
) -> None:
    """Say which open items each bank line settles: how sure that is, why, and how many other
    answers fit. Plain files in and out, no database. Decimals have a point, days are like
    2026-01-31, lists in a cell are joined by ';', columns in brackets may be missing. Exit 1 when
    a row or a file of remittances could not be used: it is named, the rest is answered. Where
    items or lines cannot be read at all, nothing is written."""
    from acquit.database.forked import helper
    from acquit.entrypoints.console import cash_answers
    from acquit.stages.matching.rules.confidence import shipped
    from acquit.stages.matching.rules.engine import answers

    started = time.perf_counter()
    _lighten()
    files = _read(items, lines, customers, history, rates)
    told = _told(files, remittances or [], maps or [])
    _tell(files.faults)
    _refuse_unread(files, output)
    read = time.perf_counter()
    parts = answers(
        lines=files.lines,
        items=files.items,
        customers=files.customers,
        history=files.history,
        advices=files.advices,
        convert=files.convert,
        confidence=shipped(),
        told=files.told,
        tell=cash_answers.written(files, _policy()),
        helper=helper(),
    )
    first = _First()
    with cash_answers.staged(output) as folder:
        answered = chain(_timed(parts, first), [cash_answers.left_over(files)])
        first.count(cash_answers.write_answers(folder, answered))
        summary = _summary(files, first, read - started, started) | told
        findings = [_plain(fault) for fault in files.faults]
        cash_answers.write_summary(folder, summary | {"findings": findings})
    emit(summary, as_json=as_json, text=lambda: _text(summary, output))
    if any(fault.severity == "fatal" for fault in files.faults):
        raise typer.Exit(EXIT_WRONG)


def _lighten() -> None:
    import gc
    import os

    gc.disable()  # the values hold no cycles, and looking for some takes a third of the time
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of numpy would have no work


def _tell(faults: Iterable[Fault]) -> None:
    said = []
    for fault in faults:
        remedy = f" -> {fault.fix}" if fault.fix else ""
        said.append(f"{fault.severity.value} {fault.message} [{fault.code}]{remedy}")
    for text in folded(said):
        say(text)


def _plain(fault: Fault) -> dict[str, str]:
    return {name: value for name, value in fault.as_dict().items() if value}


def _refuse_unread(files: Files, output: Path) -> None:
    """Where the open items or the lines cannot be read, every answer would be wrong."""
    if files.broken:
        names = " and ".join(sorted(files.broken))
        message = f"{names} cannot be used, so nothing was written to {output}"
        fix = "see what is said of it above; the answers of an earlier run are as they were"
        raise CannotApply.because("apply.unread", message, fix=fix)


def _read(
    items: Path,
    lines: Sequence[Path],
    customers: Path | None,
    history: Path | None,
    rates: Path | None,
) -> Files:
    from acquit.entrypoints.console import cash_files as cash
    from acquit.stages.matching.rules.engine import in_order

    files = cash.Files()
    files.items.extend(cash.once(files, items, cash_columns.ITEMS, cash.item))
    if files.faults and not len(files.items):
        files.broken.add(items.name)
    files.items = in_order(files.items)  # as the matcher has them: they are kept in one order
    _read_lines(files, lines)
    needed = set(files.broken)
    if customers:
        cash.people(files, customers)
    if history:
        payments = files.table(history, cash_columns.HISTORY, cash.paid)
        files.history.extend(paid for _, paid in payments)
    if rates:
        from acquit.entrypoints.console import cash_rates

        cash_rates.take_in(files, rates)
    files.broken = needed  # what does not need the other tables is answered
    return files


def _read_lines(files: Files, paths: Sequence[Path]) -> None:
    from acquit.entrypoints.console import cash_files as cash

    first = paths[0]
    source = cash.readable(first) if len(paths) == 1 else b""
    if cash.has_lines(source):
        files.lines.extend(cash.lines(files, source, name=first.name))
    else:
        from acquit.entrypoints.console import cash_lines  # who has tables waits for no codecs

        if len(paths) == 1:
            cash_lines.take_in(files, first.name, source)
        else:
            cash_lines.take_in_several(files, paths)
    if files.unread and not files.lines:
        files.broken.add(" and ".join(path.name for path in paths))


def _told(files: Files, remittances: Sequence[Path], maps: Sequence[str]) -> dict[str, Any]:
    """What payers said goes to ``files``; what became of it, for the summary."""
    for word in maps:
        if word != "auto" and not word.partition("=")[2]:
            message = f"--map {word} is neither auto nor field=column"
            raise WrongUsage.because("apply.map", message, fix="say it as --map document=Invoice")
    if not remittances:
        return {}
    from acquit.entrypoints.console import cash_advices

    return {"remittances": cash_advices.take_in(files, remittances, maps=maps).summary()}


@dataclass(slots=True)
class _First:
    """What was said first of each line, and the seconds that the matcher took for all answers and
    what is said of them."""

    actions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    matching: float = 0.0

    def count(self, lines: Iterable[Written]) -> None:
        for line in lines:
            self.actions[line.action] += 1
            self.reasons[line.reason] += 1


def _timed(parts: Iterator[T], first: _First) -> Iterator[T]:
    while True:
        started = time.perf_counter()
        part = next(parts, None)
        first.matching += time.perf_counter() - started
        if part is None:
            return
        yield part


def _policy() -> Callable[[float, int, str], str]:
    """The word of the shipped policy on an answer with this probability, rivals and reason."""
    from decimal import Decimal

    from acquit.core.tables.decide import Facts, compile_table
    from acquit.policy.defaults import shipped
    from acquit.policy.registry import SPECS

    table = compile_table(table=shipped("matching"), registry=SPECS["matching"].registry)

    @cache
    def action(probability: float, rivals: int, reason: str) -> str:
        facts: Facts = {
            "proposal.probability": Decimal(str(probability)),
            "proposal.rivals": Decimal(rivals),
            "proposal.reason": reason,
        }
        return str(table.decide(facts).value("action") or "leave")

    return action


def _summary(files: Files, first: _First, reading: float, started: float) -> dict[str, Any]:
    import resource

    from acquit.entrypoints.console.cash_checks import counted

    # What both processes have in common is counted twice.
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "lines": len(files.lines) + len(files.unread),
        "items": len(files.items),
        "customers": len(files.customers),
        "history": len(files.history),
        "actions": dict(sorted(first.actions.items())),
        "reasons": dict(sorted(first.reasons.items())),
        "faults": len(files.faults),
        "warnings": counted(files.faults),
        "passed_over": dict(files.passed_over),
        "unproven": len(files.unproven),
        "unread": len(files.unread),
        "seconds": {
            "reading": round(reading, 3),
            "matching": round(first.matching, 3),
            "all": round(time.perf_counter() - started, 3),
        },
        "peak_mb": sum(resource.getrusage(who).ru_maxrss for who in processes) // 1024,
    }


def _text(summary: dict[str, Any], output: Path) -> str:
    actions = ", ".join(f"{count} {action}" for action, count in summary["actions"].items())
    seconds = summary["seconds"]["all"]
    over = "".join(f"; {n} passed over: {why}" for why, n in summary["passed_over"].items())
    if unread := summary["unread"]:
        over += f"; {_counted(unread, 'line')} not read"
    if unproven := summary["unproven"]:
        over += f"; {_counted(unproven, 'line')} not proven, so none is posted"
    if told := summary.get("remittances"):
        over += f"; {_counted(told['advices'], 'remittance')}, {told['linked']} linked"
        unread = len(told["unread"])
        over += f", {_counted(unread, 'file')} not read" if unread else ""
    lines, items = _counted(summary["lines"], "line"), _counted(summary["items"], "open item")
    counts = f"{lines} against {items}"
    return (
        f"{counts}: {actions or 'none'}{over}\n"
        f"{seconds} s, {summary['peak_mb']} MB; see {output / 'proposals.csv'}"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
