"""Take in bank files: archive the bytes, prove the totals, keep each movement once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.codecs.bankfile import UNTOLD, Told
from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.history import archive, unit
from acquit.intake.models import ImportRun, RowFault
from acquit.stages.masterdata.queries import bank_accounts
from acquit.stages.receipts.commands import tables
from acquit.stages.receipts.commands.advice import link_advices
from acquit.stages.receipts.commands.earlier import Before, earlier, known_now, lock_files
from acquit.stages.receipts.commands.movements import (
    Account,
    Fresh,
    Taken,
    balances_before,
    keep_days,
    known,
    lock_accounts,
    new_lines,
    store,
)
from acquit.stages.receipts.facts import StatementImported, StatementParked
from acquit.stages.receipts.models import Statement
from acquit.stages.receipts.rules.accounts import account_named
from acquit.stages.receipts.rules.reading import (
    FileRead,
    RowIssue,
    StatementRead,
    doubts_of,
    first_day,
    lacks_opening,
    opening_of,
    proven_by,
    read_file,
)
from acquit.stages.receipts.rules.tables import Table
from acquit.stages.receipts.rules.telling import kept, told_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFile:
    """A file as the bank delivered it; ``key`` is its name. ``options`` say of a table what it
    does not say itself: ``account`` (an IBAN), ``opening`` and ``closing`` balance, and ``map``,
    what its columns are (``rules/tables.py``), which is remembered for the next of its shape."""

    key: str
    body: bytes
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    """One file on its way through the command."""

    file: StatementFile
    digest: str
    read: FileRead
    run_id: UUID
    before: Before | None = None
    table: Table = field(default_factory=lambda: Table(b""))
    told: Told = UNTOLD
    twin: _Work | None = None  # the same bytes, earlier in this command
    statements: list[tuple[StatementRead, Account, UUID]] = field(default_factory=list)
    strangers: list[StatementRead] = field(default_factory=list)
    parked: dict[int, str] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    created: dict[str, int] = field(default_factory=dict)

    @property
    def text_digest(self) -> str:
        """Of what was read: the file itself, or a sheet of it as text."""
        return sha256(self.table.text) if self.table.sheet else self.digest

    @property
    def is_taken(self) -> bool:
        return not self.read.fatal and self.before is None and bool(self.statements)

    def forget_lines(self) -> None:
        """They were sifted; what is new of them is on its way into the database."""
        bare = {s.number: replace(s, lines=()) for s in self.read.statements}
        self.read = replace(self.read, statements=tuple(bare.values()))
        self.statements = [(bare[s.number], account, id_) for s, account, id_ in self.statements]
        self.strangers = [bare[s.number] for s in self.strangers]

    def as_before(self) -> Before:
        """What came of it, for the same bytes once more."""
        rejected = self.read.rows - self.new - self.known
        return Before(self.run_id, self.read.rows, rejected, frozenset(), self.parked)


_NOTHING = FileRead("", (), (), ())


@command("receipts.import_statement", is_bulk=True)
def import_statement(*, ctx: Context, items: Sequence[StatementFile]) -> Outcome:
    """Each booked movement becomes a bank line once, however many files carry it; money in
    becomes a receipt, money out a fact for the books.

    A file whose balances and movements do not agree is parked as a whole: nothing of it is
    booked until somebody accepts or discards its statements. So is a file with movements that
    equal known ones while neither balances nor references tell whether they are the same. A
    statement of an account that the company does not have is refused. The same bytes once more
    change nothing: they are a duplicate, or wait still where the first import is parked.
    """
    works = _prepare(ctx, items)
    taken = [work for work in works if work.is_taken]
    archive.keep(
        ctx, [p for w in taken for p in tables.pieces(w.file.body, name=w.file.key, table=w.table)]
    )
    accounts = {account.id for work in taken for _s, account, _id in work.statements}
    lock_accounts(company_id=ctx.company_id, account_ids=sorted(accounts))
    _prove_openings(ctx, taken)
    batch, fresh = _sift(ctx, taken)
    for work in taken:
        work.forget_lines()
    new = {s.statement_id: len(new_lines(s, found)) for s, found in zip(batch, fresh, strict=True)}
    _save_runs(ctx, taken)
    _save_statements(ctx, taken)
    store(ctx, batch, fresh)
    _record_facts(ctx, taken, new)
    link_advices(ctx, statement_ids=[statement.statement_id for statement in batch])
    for work in works:
        work.before = work.twin.as_before() if work.twin else work.before
    results = tuple(_result(work) for work in works)
    return Outcome(items=results, figures=_figures(works))


def _prepare(ctx: Context, items: Sequence[StatementFile]) -> list[_Work]:
    accounts = [
        Account(account.id, account.iban, account.currency, account.ledger_account)
        for account in bank_accounts(company_id=ctx.company_id)
    ]
    digests = [sha256(item.body) for item in items]
    lock_files(ctx, digests)
    before = earlier(ctx, digests)
    known = tables.known_columns(ctx, [("", item.body) for item in items])[""] if items else {}
    works: list[_Work] = []
    taken: dict[str, _Work] = {}
    for item, digest in zip(items, digests, strict=True):
        come = before.get(digest)
        if digest in taken:
            works.append(_Work(item, digest, _NOTHING, ctx.ids.new(), twin=taken[digest]))
            continue
        told = told_of(item.options, accounts=accounts)
        if come and isinstance(told, Told) and not known_now(come.unknown_accounts, accounts):
            works.append(_Work(item, digest, _NOTHING, ctx.ids.new(), come.heard(told)))
            continue
        table = tables.table(item.body, options=item.options, known=known)
        wrong = tuple(each for each in (told, table) if isinstance(each, Fault))
        if isinstance(told, Fault) or isinstance(table, Fault):
            works.append(_Work(item, digest, FileRead("", (), wrong, ()), ctx.ids.new()))
            continue
        told = replace(told, layout=table.layout)
        with archive.ahead(ctx, next(tables.pieces(item.body, name=item.key, table=table))) as hold:
            read = read_file(table.text, told=told)
            work = _Work(item, digest, read, ctx.ids.new(), table=table, told=told)
            _find_accounts(ctx, work, accounts)
            if work.is_taken:
                hold()
                taken[digest] = work
        works.append(work)
    return works


def _find_accounts(ctx: Context, work: _Work, accounts: Sequence[Account]) -> None:
    for statement in work.read.statements:
        account = account_named(
            statement.header.account, currency=statement.header.currency, accounts=accounts
        )
        if account is None:
            work.strangers.append(statement)
        else:
            work.statements.append((statement, account, ctx.ids.new()))
    work.parked = doubts_of(work.read)


def _prove_openings(ctx: Context, taken: Sequence[_Work]) -> None:
    """Statements without an opening balance begin where the account stood before them."""
    wanted = {
        (account.id, day)
        for work in taken
        for statement, account, _id in work.statements
        if lacks_opening(statement) and (day := first_day(statement))
    }
    if not wanted:
        return
    before = balances_before(company_id=ctx.company_id, wanted=sorted(wanted))
    for work in taken:
        proven = {
            statement.number: proven_by(statement, before.get((account.id, day)))
            for statement, account, _id in work.statements
            if lacks_opening(statement) and (day := first_day(statement))
        }
        work.statements = [(proven.get(s.number, s), a, id_) for s, a, id_ in work.statements]
        read = tuple(proven.get(s.number, s) for s in work.read.statements)
        work.read = replace(work.read, statements=read)
        work.parked = doubts_of(work.read)


def _sift(ctx: Context, taken: Sequence[_Work]) -> tuple[list[Taken], list[Fresh]]:
    """The statements to book with their new movements; a file in doubt is parked as a whole."""
    files = [
        (work, [Taken(id_, account, opening_of(s), s.lines) for s, account, id_ in work.statements])
        for work in taken
        if not work.parked
    ]
    before = known(
        company_id=ctx.company_id,
        taken=[(work.read.syntax, s) for work, statements in files for s in statements],
    )
    batch: list[Taken] = []
    fresh: list[Fresh] = []
    for work, statements in files:
        pieces = [statement.piece for statement in statements]
        if len(files) == 1 and before.took_whole(pieces):
            new: Sequence[Fresh] = [None] * len(pieces)
        else:
            sifted = before.take(pieces, digest=work.text_digest, syntax=work.read.syntax)
            if sifted.doubts:
                why = "; ".join(doubt.message for doubt in sifted.doubts)
                work.parked = {statement.number: why for statement in work.read.statements}
                continue
            new = sifted.fresh
        batch += statements
        fresh += new
        for statement, movements in zip(statements, new, strict=True):
            lines = new_lines(statement, movements)
            work.new += len(lines)
            work.known += len(statement.lines) - len(lines)
            arrived = sum(line.amount_minor > 0 for line in lines)
            _count(work, "receipts", arrived)
            _count(work, "money_left", len(lines) - arrived)
    keep_days(ctx, before)
    return batch, fresh


def _count(work: _Work, what: str, number: int) -> None:
    if number:
        work.created[what] = work.created.get(what, 0) + number


def _save_runs(ctx: Context, taken: Sequence[_Work]) -> None:
    for work in taken:
        tables.remember(ctx, work.table)
    ImportRun.objects.bulk_create(
        ImportRun(
            id=work.run_id,
            company_id=ctx.company_id,
            kind="bank",
            profile=work.read.syntax,
            filename=work.file.key[:255],
            digest=work.digest,
            state="committed",
            rows=work.read.rows,
            accepted=work.new,
            duplicate=work.known,
            rejected=work.read.rows - work.new - work.known,
            created=work.created,
            options={
                "unknown_accounts": sorted({s.header.account for s in work.strangers}),
                "told": kept(work.told),
            },
            started_at=ctx.now,
            actor_name=ctx.actor.name,
        )
        for work in taken
    )
    RowFault.objects.bulk_create(
        (
            RowFault(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                run_id=work.run_id,
                row=issue.row,
                code=issue.fault.code,
                path=issue.fault.path[:120],
                message=issue.fault.message,
                fix=issue.fault.fix,
                content=issue.content,
            )
            for work in taken
            for issue in issues_of(work)
        ),
        batch_size=2_000,
    )


def _save_statements(ctx: Context, taken: Sequence[_Work]) -> None:
    Statement.objects.bulk_create(
        Statement(
            id=statement_id,
            company_id=ctx.company_id,
            bank_account_id=account.id,
            import_run_id=work.run_id,
            archive_digest=work.text_digest,
            number=statement.number,
            lines=statement.movements,
            format=work.read.syntax,
            reference=statement.header.reference[:80],
            from_date=statement.header.from_date,
            to_date=statement.header.to_date or ctx.today,
            currency=statement.header.currency,
            opening_minor=statement.header.opening_minor,
            closing_minor=statement.header.closing_minor,
            state="parked" if work.parked else "accepted",
            parked_reason=work.parked.get(statement.number, ""),
            recorded_at=ctx.now,
        )
        for work in taken
        for statement, account, statement_id in work.statements
    )


def _record_facts(ctx: Context, taken: Sequence[_Work], new: Mapping[UUID, int]) -> None:
    """``new`` is how many movements of a statement are."""
    imported, parked = [], []
    for work in taken:
        for statement, _account, statement_id in work.statements:
            if work.parked:
                parked.append(
                    StatementParked(
                        subject_id=statement_id,
                        effective_on=ctx.today,
                        reference=statement.header.reference,
                        why=work.parked[statement.number],
                    )
                )
            else:
                imported.append(
                    imported_fact(ctx, statement, statement_id, new[statement_id], said="")
                )
    unit.record(ctx, imported)
    unit.record(ctx, parked)


def imported_fact(
    ctx: Context, statement: StatementRead, statement_id: UUID, new: int, *, said: str
) -> StatementImported:
    return StatementImported(
        subject_id=statement_id,
        effective_on=statement.header.to_date or ctx.today,
        reference=statement.header.reference,
        new=new,
        known=statement.movements - new,
        opening_minor=statement.header.opening_minor,
        closing_minor=statement.header.closing_minor,
        currency=statement.header.currency,
        said=said,
    )


def issues_of(work: _Work) -> Iterable[RowIssue]:
    """Why rows of the file were not taken: one issue per row, one per statement as a whole."""
    for number, why in work.before.parked.items() if work.before else ():
        yield _parked_issue(number, why)
    for statement in work.read.statements:
        yield from statement.issues
        if statement in work.strangers:
            yield RowIssue(statement.number, 0, _unknown_account(statement), "")
        elif work.parked:
            yield _parked_issue(statement.number, work.parked[statement.number])


def _parked_issue(number: int, why: str) -> RowIssue:
    fix = "look at the statement, then accept or discard it"
    return RowIssue(number, 0, Fault("bank.parked", why, path=f"statement[{number}]", fix=fix), "")


def _unknown_account(statement: StatementRead) -> Fault:
    header = statement.header
    if not header.account:
        return Fault(
            "bank.account_unknown",
            f"statement {header.reference} names no account",
            path=f"statement[{statement.number}]",
            fix="say which of your accounts it is of: on the preview, or --set account=IBAN",
        )
    return Fault(
        "bank.account_unknown",
        f"statement {header.reference} is of the account {header.account} in "
        f"{header.currency or 'no currency'}, which this company does not have",
        path=f"statement[{statement.number}]",
        fix="add the bank account and import the file again",
    )


def _result(work: _Work) -> ItemResult:
    if work.before is not None:
        waiting = tuple(issue.fault for issue in issues_of(work))
        state = ItemState.AWAITING if waiting else ItemState.DUPLICATE
        return ItemResult(work.file.key, state, work.before.run_id if waiting else None, waiting)
    if not work.is_taken:
        faults = work.read.fatal or tuple(_unknown_account(s) for s in work.strangers)
        return ItemResult(work.file.key, ItemState.REFUSED, faults=faults)
    faults = tuple(issue.fault for issue in issues_of(work))
    hard = any(fault.severity is Severity.FATAL for fault in faults)
    state = ItemState.AWAITING if work.parked and hard else ItemState.DONE
    return ItemResult(work.file.key, state, work.run_id, faults)


def _figures(works: Sequence[_Work]) -> dict[str, Any]:
    created: dict[str, int] = {}
    faults: list[dict[str, Any]] = []
    for work in works:
        for what, number in work.created.items():
            created[what] = created.get(what, 0) + number
        issues: Iterable[RowIssue] = issues_of(work)
        if work.read.fatal:
            issues = [RowIssue(0, 0, fault, "") for fault in work.read.fatal]
        faults += [
            {"row": issue.row, "code": issue.fault.code, "message": issue.fault.message}
            for issue in issues
        ]
    rows = sum(work.read.rows for work in works)
    accepted = sum(work.new for work in works)
    duplicate = sum(work.known for work in works)
    for before in (work.before for work in works if work.before):
        # What the first import left out waits still where something of it is parked.
        waiting = before.rejected if before.parked else 0
        rows, duplicate = rows + before.rows, duplicate + before.rows - waiting
    return {
        "kind": "bank",
        "rows": rows,
        "accepted": accepted,
        "rejected": rows - accepted - duplicate,
        "duplicate": duplicate,
        "created": created,
        "faults": faults,
    }
