"""Credit notes from the console: one document by its number, or a file of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acquit.core.codecs import tabular
from acquit.core.faults import Fault, Refused
from acquit.entrypoints.console.shared import (
    EXIT_NOT_FOUND,
    EXIT_WRONG,
    CompanySlug,
    Data,
    Json,
    WrongUsage,
    connect,
    emit,
    guarded,
    read_file,
    report,
    tell_dry,
)
from acquit.entrypoints.console.work import Day, frame

if TYPE_CHECKING:
    from acquit.core.context import Context
    from acquit.core.outcome import ItemResult
    from acquit.stages.invoices.commands.credit import Credit

COLUMNS = ("number", "reason", "line", "quantity", "percent", "amount")


class NoCredit(Refused):
    """What was asked for is no credit of a document."""


@dataclass(slots=True)
class _Wish:
    """What is wanted of one document; without lines, percent and amount all that is left of it.
    ``place`` is the row of the file, or the number typed."""

    number: str
    reason: str
    place: str
    lines: list[tuple[int, Decimal]] = field(default_factory=list)
    percent: Decimal | None = None
    amount: Decimal | None = None


def register(app: typer.Typer) -> None:
    app.command("credit")(credit)


@guarded
def credit(
    number: Annotated[str, typer.Argument(help="Of the invoice; or give --file.")] = "",
    reason: Annotated[str, typer.Option(help="Printed on the credit note.")] = "",
    line: Annotated[
        list[str] | None,
        typer.Option("--line", help="A line and its quantity, as 2=1.5; repeat it for more."),
    ] = None,
    percent: Annotated[str, typer.Option(help="Of every line, such as 10.")] = "",
    amount: Annotated[str, typer.Option(help="With tax, such as 119.00, of all lines alike.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help=f"Many, as CSV: {', '.join(COLUMNS)}. Rows of lines of one document are one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    day: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show; write nothing.")] = False,
    company: CompanySlug = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Credit invoices: all that is left of one, or lines, a percentage, an amount of it.

    A credit above a limit waits for a second person. Exit 1: something was refused; the others are
    credited all the same.
    """
    if bool(number) == bool(file):
        message = "give the number of an invoice, or a file of many"
        raise WrongUsage.because("credit.what", message, fix="acquit credit NUMBER --reason TEXT")
    connect(data)
    if file:
        wishes = list(_from_file(read_file(file), reason))
    else:
        wishes = [_Wish(number, reason, number)]
        for each in line or []:
            name, _mark, quantity = each.partition("=")
            wishes[0].lines.append((_line_no(name), _decimal(quantity, "--line")))
        wishes[0].percent = _decimal(percent, "--percent") if percent else None
        wishes[0].amount = _decimal(amount, "--amount") if amount else None
    answers = _credit(frame(company, day), wishes, dry_run=dry_run)
    for wish, answer in zip(wishes, answers, strict=True):
        value = {"number": wish.number, **answer, "faults": [f.as_dict() for f in answer["faults"]]}
        if answer["faults"]:
            report(tuple(answer["faults"]), as_json=False, file=wish.place)
        if as_json or not answer["faults"]:
            emit(value, as_json=as_json, text=lambda value=value: _text(value))  # type: ignore[misc]
    tell_dry(dry_run=dry_run)
    refused = [fault for answer in answers for fault in answer["faults"]]
    if refused:
        unknown = all(fault.code == "document.unknown" for fault in refused)
        raise typer.Exit(EXIT_NOT_FOUND if unknown else EXIT_WRONG)


def _text(value: dict[str, Any]) -> str:
    if value["state"] == "awaiting_approval":
        return f"{value['number']}: waits for a second person, under Approvals; {value['why']}."
    return f"{value['number']}: credit note {value['credit_note']} of {value['gross']}."


def _decimal(text: str, where: str) -> Decimal:
    try:
        return tabular.read_decimal(text.strip(), decimal_mark=".")
    except ValueError as bad:
        raise WrongUsage.because("usage.number", str(bad), path=where, fix="such as 1.5") from bad


def _line_no(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal()):
        message = f"{text[:30]!r} is not the number of a line"
        raise WrongUsage.because("usage.number", message, path="line", fix="such as 2=1.5")
    return int(text)


def _from_file(body: bytes, reason: str) -> Iterator[_Wish]:
    """The wishes of a file; rows of lines of one document are one wish."""
    by_number: dict[str, _Wish] = {}
    for record in tabular.read(body):
        if isinstance(record, Fault):
            raise NoCredit((record,))
        if wrong := [name for name in record.values if name.strip() not in COLUMNS]:
            message = f"there is no column {wrong[0]!r}"
            raise NoCredit.because("credit.column", message, fix=f"columns: {', '.join(COLUMNS)}")
        row = {name.strip(): value.strip() for name, value in record.values.items()}
        place = f"row {record.number}"
        wish = _Wish(row.get("number", ""), row.get("reason") or reason, place)
        wish.percent = _decimal(row["percent"], place) if row.get("percent") else None
        wish.amount = _decimal(row["amount"], place) if row.get("amount") else None
        if not row.get("line"):
            yield wish
            continue
        into = by_number.setdefault(wish.number, wish)
        into.lines.append((_line_no(row["line"]), _decimal(row.get("quantity", ""), place)))
    yield from by_number.values()


def _credit(ctx: Context, wishes: Sequence[_Wish], *, dry_run: bool) -> list[dict[str, Any]]:
    """What became of each wish."""
    from acquit.history import unit
    from acquit.stages.invoices.commands.credit import credit as act

    items = _items(ctx, wishes)
    good = [item for item in items if not isinstance(item, tuple)]
    if not good:
        results: Iterator[dict[str, Any]] = iter(())
    elif dry_run:
        with unit.taken_back(company_id=ctx.company_id, command="invoices.credit"):
            results = iter(_told(ctx, act(ctx=ctx.without_key(), items=good).items))
    else:
        results = iter(_told(ctx, act(ctx=ctx, items=good).items))
    return [
        {"state": "refused", "faults": list(item)} if isinstance(item, tuple) else next(results)
        for item in items
    ]


def _items(ctx: Context, wishes: Sequence[_Wish]) -> list[Credit | tuple[Fault, ...]]:
    """Each wish as the command takes it, or why it is none."""
    from acquit.stages.invoices import queries
    from acquit.stages.invoices.commands.credit import Credit, CreditedLine
    from acquit.stages.invoices.commands.credit_part import Share, in_lines

    ids = queries.ids_by_number(company_id=ctx.company_id, numbers={wish.number for wish in wishes})
    items: list[Credit | tuple[Fault, ...]] = []
    shares: dict[int, tuple[Credit, Share]] = {}
    for at, wish in enumerate(wishes):
        lines = tuple(CreditedLine(no, quantity) for no, quantity in wish.lines)
        if wish.number not in ids:
            message = f"there is no invoice {wish.number!r}"
            fix = "take the number as the page Invoices shows it"
            items.append((Fault("document.unknown", message, "number", fix=fix),))
            continue
        if (bool(lines), wish.percent is not None, wish.amount is not None).count(True) > 1:
            message = "lines, a percentage or an amount: only one of them"
            items.append((Fault("credit.which", message, fix="leave the others out"),))
            continue
        item = Credit(
            document_id=ids[wish.number], reason=wish.reason, lines=lines, issued_on=ctx.today
        )
        if wish.percent is not None or wish.amount is not None:
            shares[at] = (item, Share(percent=wish.percent, gross=wish.amount))
        items.append(item)
    for at, found in zip(shares, in_lines(ctx, list(shares.values())), strict=True):
        items[at] = found
    return items


def _told(ctx: Context, results: Sequence[ItemResult]) -> list[dict[str, Any]]:
    """Each result with the number and the sum of its credit note."""
    from acquit.core.outcome import ItemState
    from acquit.stages.invoices import queries

    made = [one.id for one in results if one.state is ItemState.DONE and one.id]
    rows = queries.rows_by_id(company_id=ctx.company_id, ids=made)
    told = []
    for one in results:
        faults = list(one.faults)
        answer: dict[str, Any] = {"state": one.state.value, "faults": faults}
        if one.state is ItemState.AWAITING:  # nothing is wrong with it
            answer |= {"faults": [], "why": "; ".join(fault.message for fault in faults)}
        if one.state is ItemState.DONE and one.id in rows:
            row = rows[one.id]
            answer |= {"credit_note": row.number, "gross": str(row.gross), "net": str(row.net)}
        told.append(answer)
    return told
