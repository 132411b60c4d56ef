"""``acquit apply``: which money settles what, from plain files to plain files, no database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.entrypoints.console.shared import EXIT_WRONG, Json, WrongUsage, emit, guarded, say

if TYPE_CHECKING:
    from acquit.entrypoints.console.cash_files import Files
    from acquit.stages.matching.rules.inputs import Answer

Given = Annotated[Path | None, typer.Option(exists=True, dir_okay=False)]


def register(app: typer.Typer) -> None:
    app.command("apply")(apply)


@guarded
def apply(
    items: Annotated[Path, typer.Option(help="Open items, CSV.", exists=True, dir_okay=False)],
    lines: Annotated[
        Path,
        typer.Option(help="Bank lines, CSV, or a bank statement.", exists=True, dir_okay=False),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the answers.")],
    customers: Given = None,
    history: Given = None,
    remittances: Given = None,
    rates: Given = None,
    as_json: Json = False,
) -> None:
    """Say which open items each bank line settles: how sure that is, why, and how many other
    answers fit. Exit 1 when a row could not be used: it is named, the rest is answered."""
    import gc

    from acquit.entrypoints.console import cash_files
    from acquit.stages.matching.rules.confidence import shipped
    from acquit.stages.matching.rules.engine import answer

    started = time.perf_counter()
    gc.disable()  # the values hold no cycles, and looking for some takes a third of the time
    files = _read(items, lines, customers, history, remittances, rates)
    for fault in files.faults:
        say(f"{fault.severity.value} {fault.message} [{fault.code}] -> {fault.fix}")
    if not files.items or not files.lines:
        message = "nothing to match: there must be at least one open item and one bank line"
        raise WrongUsage.because("apply.nothing", message)
    read = time.perf_counter()
    found = answer(
        lines=files.lines,
        items=files.items,
        customers=files.customers,
        history=files.history,
        advices=files.advices,
        convert=files.convert,
        confidence=shipped(),
    )
    matched = time.perf_counter()
    output.mkdir(parents=True, exist_ok=True)
    decided = list(zip(found, _actions(found), strict=True))
    cash_files.write_proposals(
        output / "proposals.csv",
        decided,
        {item.id: item.currency for item in files.items},
        {line.id: line.currency for line in files.lines},
    )
    cash_files.write_evidence(output / "evidence.jsonl", found)
    summary = _summary(files, decided, (read - started, matched - read, started))
    cash_files.write_summary(output / "summary.json", summary)
    emit(summary, as_json=as_json, text=lambda: _text(summary, output))
    if any(fault.severity == "fatal" for fault in files.faults):
        raise typer.Exit(EXIT_WRONG)


def _read(
    items: Path,
    lines: Path,
    customers: Path | None,
    history: Path | None,
    remittances: Path | None,
    rates: Path | None,
) -> Files:
    from acquit.entrypoints.console import cash_files as cash

    files = cash.Files()
    files.items = cash.once(files, items, files.table(items, cash.ITEMS, cash.item))
    if cash.is_statement(lines):
        files.lines = cash.statement(files, lines)
    else:
        files.lines = cash.once(files, lines, files.table(lines, cash.LINES, cash.line))
    if customers:
        found = files.table(customers, cash.CUSTOMERS, cash.customer)
        files.customers = cash.once(files, customers, found)
    if history:
        files.history = files.table(history, cash.HISTORY, cash.paid)
    if remittances:
        files.advices = cash.advices(files, remittances)
    if rates:
        files.rates = dict(files.table(rates, cash.RATES, cash.rate))
    return files


def _actions(found: Sequence[Answer]) -> Iterator[str]:
    """The word of the shipped policy on each answer; only a first one may be posted."""
    from decimal import Decimal

    from acquit.core.tables.decide import compile_table
    from acquit.policy.defaults import shipped
    from acquit.policy.registry import SPECS

    table = compile_table(table=shipped("matching"), registry=SPECS["matching"].registry)
    decisions = table.decide_many(
        {
            "proposal.probability": Decimal(str(one.probability)),
            "proposal.rivals": Decimal(one.rivals),
            "proposal.reason": one.reason,
        }
        for one in found
    )
    for one, decision in zip(found, decisions, strict=True):
        action = str(decision.value("action") or "leave")
        if not one.credited:
            action = "leave"
        elif action == "post" and one.rank > 1:
            action = "suggest"
        yield action


def _summary(
    files: Files, decided: Sequence[tuple[Answer, str]], times: tuple[float, float, float]
) -> dict[str, Any]:
    import resource

    first = [(one, action) for one, action in decided if one.rank == 1]
    reading, matching, started = times
    return {
        "lines": len(files.lines),
        "items": len(files.items),
        "customers": len(files.customers),
        "history": len(files.history),
        "actions": dict(sorted(Counter(action for _, action in first).items())),
        "reasons": dict(sorted(Counter(one.reason for one, _ in first).items())),
        "faults": len(files.faults),
        "seconds": {
            "reading": round(reading, 3),
            "matching": round(matching, 3),
            "all": round(time.perf_counter() - started, 3),
        },
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _text(summary: dict[str, Any], output: Path) -> str:
    actions = ", ".join(f"{count} {action}" for action, count in summary["actions"].items())
    seconds = summary["seconds"]["all"]
    return (
        f"{summary['lines']} lines against {summary['items']} open items: {actions}\n"
        f"{seconds} s, {summary['peak_mb']} MB; see {output / 'proposals.csv'}"
    )
