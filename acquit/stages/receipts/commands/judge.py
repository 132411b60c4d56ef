"""Parked statements: somebody looked at the difference and takes the movements, or leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.codecs.bankfile import UNTOLD
from acquit.core.context import Context
from acquit.core.documents.bank import Relation
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute
from acquit.history import unit
from acquit.history.models import ArchivedBytes
from acquit.intake.models import ImportRun
from acquit.stages.masterdata.queries import bank_accounts
from acquit.stages.receipts.commands.advice import link_advices
from acquit.stages.receipts.commands.import_statement import imported_fact
from acquit.stages.receipts.commands.movements import (
    Account,
    Fresh,
    Taken,
    keep_days,
    known,
    lock_accounts,
    new_lines,
    store,
)
from acquit.stages.receipts.facts import StatementDiscarded
from acquit.stages.receipts.models import STATEMENT, Statement
from acquit.stages.receipts.rules.reading import FileRead, opening_of, read_file
from acquit.stages.receipts.rules.telling import again


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedStatement:
    """A statement that waits for judgement. ``movements`` says what the ones in doubt are,
    "new" or "repeat", where neither balances nor references tell; "" leaves it to them."""

    id: UUID
    movements: str = ""


_SAID = {"": Relation.UNPROVEN, "new": Relation.CONTINUES, "repeat": Relation.REPEATS}


@command("receipts.accept")
def accept(*, ctx: Context, items: Sequence[ParkedStatement]) -> Outcome:
    """Take the movements of parked statements although their totals do not agree, or say of the
    movements in doubt whether they are new; ``ctx.reason`` says why that is right. The bytes are
    read again from the archive."""
    rows, results = _parked(ctx, items, verb="accept")
    if not rows:
        return Outcome(items=tuple(results))
    files = _files(ctx, rows)
    taken = _taken(ctx, rows, files)
    lock_accounts(company_id=ctx.company_id, account_ids=sorted({t.account.id for t in taken}))
    said = {item.id: item.movements for item in items}
    taken, fresh, doubts = _sift(ctx, rows, taken, said)
    rows = [row for row in rows if row.id not in doubts]
    results = [
        ItemResult(r.key, ItemState.REFUSED, faults=doubts[r.id]) if r.id in doubts else r
        for r in results
    ]
    new = [len(new_lines(t, movements)) for t, movements in zip(taken, fresh, strict=True)]
    all_ = [len(t.lines) for t in taken]
    _settle(ctx, rows, new, all_)
    stored = store(ctx, taken, fresh)
    facts = []
    for row, count in zip(rows, new, strict=True):
        statement = files[row.archive_digest].statements[row.number - 1]
        facts.append(imported_fact(ctx, statement, row.id, count, said=said[row.id]))
    unit.record(ctx, facts)
    link_advices(ctx, statement_ids=[row.id for row in rows])
    figures: dict[str, Any] = {
        "statements": len(rows),
        "accepted": sum(new),
        "duplicate": sum(all_) - sum(new),
        "created": {"receipts": stored.receipts, "money_left": stored.money_left},
    }
    return Outcome(items=tuple(results), figures=figures)


def _taken(ctx: Context, rows: Sequence[Statement], files: dict[str, FileRead]) -> list[Taken]:
    accounts = {a.id: a for a in bank_accounts(company_id=ctx.company_id)}
    taken = []
    for row in rows:
        view = accounts[row.bank_account_id]
        account = Account(view.id, view.iban, view.currency, view.ledger_account)
        read = files[row.archive_digest].statements[row.number - 1]
        taken.append(Taken(row.id, account, opening_of(read), read.lines))
    return taken


def _sift(
    ctx: Context, rows: Sequence[Statement], taken: Sequence[Taken], said: dict[UUID, str]
) -> tuple[list[Taken], list[Fresh], dict[UUID, tuple[Fault, ...]]]:
    """What is new in each statement, or why nobody can tell before somebody says it."""
    before = known(
        company_id=ctx.company_id,
        taken=[(row.format, statement) for row, statement in zip(rows, taken, strict=True)],
    )
    sure: list[Taken] = []
    fresh: list[Fresh] = []
    doubts: dict[UUID, tuple[Fault, ...]] = {}
    for row, statement in zip(rows, taken, strict=True):
        sifted = before.take(
            [statement.piece],
            digest=row.archive_digest,
            syntax=row.format,
            apart=True,
            judged=_SAID[said[row.id]],
        )
        if sifted.doubts:
            doubts[row.id] = sifted.doubts
        else:
            sure.append(statement)
            fresh += sifted.fresh
    keep_days(ctx, before)
    return sure, fresh, doubts


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
        elif faults := _unsaid(ctx, item, f"items[{index}]"):
            results.append(ItemResult(key, ItemState.REFUSED, faults=faults))
        else:
            rows.append(row)
            results.append(ItemResult(key, ItemState.DONE, row.id))
    return rows, results


def _unsaid(ctx: Context, item: ParkedStatement, path: str) -> tuple[Fault, ...]:
    if item.movements not in _SAID:
        message = f"movements cannot be {item.movements!r}"
        return (Fault("statement.movements", message, f"{path}.movements", fix="new or repeat"),)
    if item.movements and not ctx.reason.strip():
        message = f"nothing says why the movements are {item.movements}"
        return (Fault("statement.no_reason", message, path, fix="give the reason"),)
    return ()


def _files(ctx: Context, rows: Sequence[Statement]) -> dict[str, FileRead]:
    """The files of the statements, read again as they were when they came."""
    pieces = ArchivedBytes.objects.of(ctx.company_id).filter(
        digest__in={row.archive_digest for row in rows}
    )
    runs = ImportRun.objects.of(ctx.company_id).filter(id__in={row.import_run_id for row in rows})
    options = {run.id: run.options for run in runs}
    told = {row.archive_digest: again(options.get(row.import_run_id, {})) for row in rows}
    return {
        piece.digest: read_file(bytes(piece.body), told=told.get(piece.digest, UNTOLD))
        for piece in pieces
    }


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
