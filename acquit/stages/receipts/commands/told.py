"""Keep what movements say of the documents they pay: as advices, linked from the beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from acquit.core.context import Context
from acquit.core.documents.bank import BankLine
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.stages.receipts.commands.keeping import keep, lock
from acquit.stages.receipts.facts import AdviceLinked
from acquit.stages.receipts.models import Advice
from acquit.stages.receipts.rules.advising import STATEMENT, AdviceRead, told_in

_UNNAMED = ("", "NOTPROVIDED", "NONREF")


@dataclass(frozen=True, slots=True)
class Telling:
    """A movement that was just stored."""

    statement_id: UUID
    line_id: UUID
    line: BankLine


def keep_told(ctx: Context, several: Sequence[Telling]) -> None:
    """One advice for each of the movements, which say something of documents."""
    if not several:
        return
    lock(ctx)  # two files may tell of movements of one name at a time
    files = _files(ctx, {one.statement_id for one in several})
    numbers = [_number(one.line, files[one.statement_id].reference) for one in several]
    used = _used(ctx, numbers)
    rows: list[tuple[Advice, AdviceRead]] = []
    for one, number in zip(several, numbers, strict=True):
        if number in used:  # banks repeat their references, and payers theirs
            number = f"{number} {one.line_id.hex[-12:]}"
        used.add(number)
        read = told_in(one.line, number=number)
        if read is not None:
            rows.append((_row(ctx, one, read, files[one.statement_id]), read))
    keep(ctx, rows)
    unit.record(
        ctx,
        [
            AdviceLinked(
                subject_id=row.id,
                effective_on=ctx.today,
                bank_line_id=row.bank_line_id,
                by="statement",
            )
            for row, _read in rows
        ],
    )


def _number(line: BankLine, statement: str) -> str:
    """As the payer or the bank calls it, else its place in the statement."""
    names = (line.end_to_end_id, line.bank_reference, f"{statement} / {line.position}")
    return next(one[:60] for one in names if one not in _UNNAMED)


class _File(NamedTuple):
    """Where a statement came from, and how the bank calls it."""

    run: UUID
    name: str
    digest: str
    reference: str


def _files(ctx: Context, ids: set[UUID]) -> dict[UUID, _File]:
    rows = fetch_rows(
        "SELECT s.id, s.import_run_id, coalesce(r.filename, ''), s.archive_digest, s.reference"
        " FROM receipts_statement s LEFT JOIN intake_run r"
        " ON r.company_id = s.company_id AND r.id = s.import_run_id"
        " WHERE s.company_id = %s AND s.id = ANY(%s)",
        [ctx.company_id, sorted(ids)],
    )
    return {id_: _File(*rest) for id_, *rest in rows}


def _used(ctx: Context, numbers: Sequence[str]) -> set[str]:
    rows = fetch_rows(
        "SELECT number FROM receipts_advice WHERE company_id = %s AND kind = %s"
        " AND number = ANY(%s) AND withdrawn_at IS NULL",
        [ctx.company_id, STATEMENT, sorted(set(numbers))],
    )
    return {number for (number,) in rows}


def _row(ctx: Context, one: Telling, read: AdviceRead, file: _File) -> Advice:
    return Advice(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        kind=read.kind,
        number=read.number,
        payer_name=read.payer_name[:200],
        payer_iban=read.payer_iban[:34],
        paid_on=read.paid_on,
        amount_minor=read.amount_minor,
        currency=read.currency,
        parts=len(read.parts),
        archive_digest=file.digest,
        source_digest="",
        filename=file.name[:255],
        bank_line_id=one.line_id,
        import_run_id=file.run,
        recorded_at=ctx.now,
    )
