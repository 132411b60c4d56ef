"""Parked statements: somebody looked at the difference and takes the movements, or leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute
from acquit.history import unit
from acquit.history.models import ArchivedBytes
from acquit.stages.masterdata.queries import bank_accounts
from acquit.stages.receipts.commands.import_statement import imported_fact
from acquit.stages.receipts.commands.movements import (
    Account,
    Taken,
    lock_accounts,
    sift,
    store,
)
from acquit.stages.receipts.facts import StatementDiscarded
from acquit.stages.receipts.models import STATEMENT, Statement
from acquit.stages.receipts.rules.reading import FileRead, counted, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedStatement:
    """A statement that waits for judgement."""

    id: UUID


@command("receipts.accept")
def accept(*, ctx: Context, items: Sequence[ParkedStatement]) -> Outcome:
    """Take the movements of parked statements although their totals do not agree; ``ctx.reason``
    says why that is right. The bytes are read again from the archive."""
    rows, results = _parked(ctx, items, verb="accept")
    if not rows:
        return Outcome(items=tuple(results))
    files = _files(ctx, rows)
    accounts = {a.id: a for a in bank_accounts(company_id=ctx.company_id)}
    movements = {digest: counted(file.statements) for digest, file in files.items()}
    taken = []
    for row in rows:
        view = accounts[row.bank_account_id]
        account = Account(view.id, view.iban, view.currency, view.ledger_account)
        mine = movements[row.archive_digest].get(row.number, [])
        taken.append(Taken(row.id, account, mine))
    lock_accounts(company_id=ctx.company_id, account_ids=sorted({t.account.id for t in taken}))
    fresh = sift(company_id=ctx.company_id, taken=taken)
    _settle(ctx, rows, [len(new) for new in fresh], [len(t.movements) for t in taken])
    stored = store(ctx, taken, fresh)
    facts = []
    for row, new in zip(rows, fresh, strict=True):
        statement = next(s for s in files[row.archive_digest].statements if s.number == row.number)
        facts.append(imported_fact(ctx, statement, row.id, len(new)))
    unit.record(ctx, facts)
    figures: dict[str, Any] = {
        "statements": len(rows),
        "accepted": sum(len(new) for new in fresh),
        "duplicate": sum(len(t.movements) for t in taken) - sum(len(new) for new in fresh),
        "created": {"receipts": stored.receipts, "money_left": stored.money_left},
    }
    return Outcome(items=tuple(results), figures=figures)


@command("receipts.discard")
def discard(*, ctx: Context, items: Sequence[ParkedStatement]) -> Outcome:
    """Put parked statements aside; their file may be imported again."""
    rows, results = _parked(ctx, items, verb="discard")
    _set_state(ctx, rows, "discarded")
    facts = [
        StatementDiscarded(subject_id=row.id, effective_on=ctx.today, reference=row.reference)
        for row in rows
    ]
    unit.record(ctx, facts)
    return Outcome(items=tuple(results), figures={"statements": len(rows)})


def _parked(
    ctx: Context, items: Sequence[ParkedStatement], *, verb: str
) -> tuple[list[Statement], list[ItemResult]]:
    """The statements in hand, locked; a verb repeated on its own result is a duplicate."""
    found = {
        row.id: row
        for row in Statement.objects.of(ctx.company_id)
        .filter(id__in=[item.id for item in items])
        .order_by("id")
        .select_for_update(no_key=True)
    }
    rows, results = [], []
    for index, item in enumerate(items):
        row, key = found.get(item.id), str(item.id)
        if row is None:
            fault = Fault("statement.unknown", f"no statement {key}", path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif row.state == STATEMENT.transitions["parked", verb]:
            results.append(ItemResult(key, ItemState.DUPLICATE, row.id))
        elif row.state != "parked":
            message = f"statement {row.reference} is {row.state}: cannot {verb}"
            fault = Fault("statement.not_parked", message, path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        else:
            rows.append(row)
            results.append(ItemResult(key, ItemState.DONE, row.id))
    return rows, results


def _files(ctx: Context, rows: Sequence[Statement]) -> dict[str, FileRead]:
    kept = ArchivedBytes.objects.of(ctx.company_id).filter(
        digest__in={row.archive_digest for row in rows}
    )
    return {piece.digest: read_file(bytes(piece.body)) for piece in kept}


def _settle(
    ctx: Context, rows: Sequence[Statement], new: Sequence[int], all_: Sequence[int]
) -> None:
    """The statements are accepted, and their movements are no longer rejected rows."""
    _set_state(ctx, rows, "accepted")
    execute(
        "UPDATE intake_run AS run SET accepted = run.accepted + change.new,"
        " duplicate = run.duplicate + change.known,"
        " rejected = run.rejected - change.new - change.known"
        " FROM (SELECT id, sum(new) AS new, sum(known) AS known FROM"
        "  unnest(%s::uuid[], %s::int[], %s::int[]) AS one (id, new, known) GROUP BY id) AS change"
        " WHERE run.company_id = %s AND run.id = change.id",
        [
            [row.import_run_id for row in rows],
            list(new),
            [whole - part for whole, part in zip(all_, new, strict=True)],
            ctx.company_id,
        ],
    )


def _set_state(ctx: Context, rows: Sequence[Statement], state: str) -> None:
    Statement.objects.of(ctx.company_id).filter(id__in=[row.id for row in rows]).update(state=state)
