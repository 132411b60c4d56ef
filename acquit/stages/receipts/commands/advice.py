"""Take in what explains money: payout reports, notices of the bank, remittance advices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from babel.numbers import list_currencies

from acquit.access.command import command
from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.database.copy import execute, fetch_rows
from acquit.history import archive, unit
from acquit.intake import runs
from acquit.intake.runs import Counts, Source
from acquit.stages.invoices.queries import currencies_by_number, payers_by_number
from acquit.stages.masterdata.queries import (
    CustomerView,
    customers_by_email,
    customers_by_number,
)
from acquit.stages.receipts.commands import tables
from acquit.stages.receipts.commands.keeping import keep, lock
from acquit.stages.receipts.commands.netted import give_back_fees, receive_netted
from acquit.stages.receipts.facts import AdviceLinked, AdviceWithdrawn
from acquit.stages.receipts.models import Advice
from acquit.stages.receipts.rules.advice_files import InnerRead, opened, read
from acquit.stages.receipts.rules.advice_tables import Said
from acquit.stages.receipts.rules.advising import (
    BALANCE,
    PAYOUT,
    REMITTANCE,
    AdviceRead,
    Pair,
    Sum,
    called,
    headed,
    is_same_name,
    linked,
)

KIND = "remittance"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFile:
    """A file as it came, also a mail with files; ``key`` is its name. ``options`` say of a table
    what it does not say itself: ``map``, what its columns are (``rules/tables.py``), remembered
    for the next of its shape from the same sender; ``customer``, the number of who pays; ``date``
    and ``currency`` of the payment."""

    key: str
    body: bytes
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    file: AdviceFile
    digest: str
    sender: str
    inner: tuple[InnerRead, ...]
    faults: tuple[Fault, ...]
    run_id: UUID | None = None
    new: list[Advice] = field(default_factory=list)

    @property
    def read(self) -> list[AdviceRead]:
        return [advice for each in self.inner for advice in each.advices]

    @property
    def profile(self) -> str:
        return self.read[0].kind if self.inner else ""


@command("receipts.take_advice")
def take_advice(*, ctx: Context, items: Sequence[AdviceFile]) -> Outcome:
    """Each advice is kept once, whatever file brings it, and linked to the one movement it
    explains; it waits where that has not come. A payout of exactly nothing, and a movement of a
    balance at a provider, waits for none: what it paid and took back is booked at once. A file
    with a row that cannot be read, or whose sum differs from its own total, is refused as a whole.
    Nothing else is booked."""
    works = _read(ctx, items)
    lock(ctx)
    good = [work for work in works if not work.faults]
    archive.keep(ctx, [piece for work in good for piece in _pieces(work)])
    for work in good:
        work.run_id = runs.open_run(ctx, _source(work))
        for each in work.inner:
            tables.remember(ctx, each.table, use=KIND, sender=work.sender)
    _store(ctx, good)
    _settle_empty(ctx, [advice for work in good for advice in work.new])
    links = link_advices(ctx, statement_ids=None)
    for work in good:
        _close(ctx, work, links)
    results = tuple(
        ItemResult(
            work.file.key,
            ItemState.REFUSED
            if work.faults
            else ItemState.DONE
            if work.new
            else ItemState.DUPLICATE,
            work.run_id,
            work.faults,
        )
        for work in works
    )
    return Outcome(items=results, figures=_figures(works, links))


OPTIONS = ("map", "customer", "date", "currency")


def _read(ctx: Context, items: Sequence[AdviceFile]) -> list[_Work]:
    """Each file opened and read, with what is known of its tables and of who sent it."""
    envelopes = [opened(item.key, item.body) for item in items]
    senders = [
        item.options.get("customer", "") or envelope.sender
        for item, envelope in zip(items, envelopes, strict=True)
    ]
    bodies = [
        (sender, inner.body)
        for sender, envelope in zip(senders, envelopes, strict=True)
        for inner in envelope.inner
    ]
    known = tables.known_columns(ctx, bodies, use=KIND)
    own = home_of(ctx.company_id).currency
    people: dict[str, CustomerView] = {}
    if any(senders):
        people = customers_by_email(company_id=ctx.company_id, emails=senders)
        people |= customers_by_number(company_id=ctx.company_id, numbers=senders)
    works, readers = [], []
    for item, envelope, sender in zip(items, envelopes, senders, strict=True):
        said = _said(item, own, people)
        work = _Work(item, sha256(item.body), sender, (), ())
        works.append(work)
        if isinstance(said, Fault):
            work.faults = (said,)
            continue
        if payer := people.get(sender):
            said = replace(said, payer_name=payer.name, payer_iban=payer.iban)
        told = item.options.get("map", "")
        reader = partial(read, envelope, told=told, known=known.get(sender, {}), keeps_balance=True)
        work.inner, work.faults = reader(said=said)
        readers.append((work, reader, said))
    _settle_currencies(ctx, readers)
    _name_payers(ctx, works)
    return works


def _settle_currencies(
    ctx: Context, readers: Sequence[tuple[_Work, Callable[..., Any], Said]]
) -> None:
    """A table that names no currency is in that of the documents it names, where neither the file
    nor an option says it and all that are known are of one; else it is in the company's."""
    unsaid = [
        each
        for each in readers
        if "currency" not in each[0].file.options
        and any(inner.table.layout is not None for inner in each[0].inner)
    ]
    numbers = {
        part.document
        for work, _reader, _said in unsaid
        for advice in work.read
        for part in advice.parts
        if part.document
    }
    of = currencies_by_number(company_id=ctx.company_id, numbers=numbers) if numbers else {}
    for work, reader, said in unsaid:
        assumed = [advice for advice in work.read if advice.currency == said.currency]
        found = {
            of[part.document] for advice in assumed for part in advice.parts if part.document in of
        }
        if len(found) == 1 and found != {said.currency}:
            work.inner, work.faults = reader(said=replace(said, currency=found.pop()))


def _name_payers(ctx: Context, works: Sequence[_Work]) -> None:
    """Who pays is the customer whose documents an advice names, where neither the file nor its
    sender says it and all that are known are of one."""
    read = [one for work in works for one in work.read if one.kind == REMITTANCE]
    numbers = {
        part.document for one in read if not one.payer_name for part in one.parts if part.document
    }
    owners = payers_by_number(company_id=ctx.company_id, numbers=numbers) if numbers else {}

    def named(advice: AdviceRead) -> AdviceRead:
        if advice.kind != REMITTANCE:
            return advice
        found = {owners[part.document] for part in advice.parts if part.document in owners}
        name, iban = found.pop() if len(found) == 1 else ("", "")
        return called(advice, name=name, iban=iban)

    for work in works:
        work.inner = tuple(
            replace(each, advices=tuple(map(named, each.advices))) for each in work.inner
        )


def _said(item: AdviceFile, currency: str, people: Mapping[str, CustomerView]) -> Said | Fault:
    """The options of a file, checked."""
    unknown = sorted(item.options.keys() - set(OPTIONS))
    if unknown:
        message = f"an advice has no option {', '.join(unknown)}"
        return Fault("import.option", message, unknown[0], fix=f"options: {', '.join(OPTIONS)}")
    number = item.options.get("customer", "")
    if number and number not in people:
        message = f"there is no customer {number}"
        return Fault("customer.unknown", message, "customer", fix="give the number of a customer")
    try:
        day = item.options.get("date", "")
        paid_on = date.fromisoformat(day) if day else None
    except ValueError:
        message = f"{day[:30]!r} is not a day such as 2026-01-31"
        return Fault("import.option", message, "date", fix="write it as 2026-01-31")
    asked = item.options.get("currency", "").upper()
    if asked and asked not in list_currencies():
        message = f"{asked[:30]!r} is no currency of ISO 4217"
        return Fault("import.option", message, "currency", fix="write it as EUR")
    return Said(item.key, asked or currency, paid_on, is_asked=bool(asked))


def _pieces(work: _Work) -> Iterator[archive.Piece]:
    """The file as it came, and what was read inside of it."""
    yield archive.Piece(work.file.body, tables.media_type(work.file.body), work.file.key[:255])
    for each in work.inner:
        if each.inner.body is not work.file.body:
            media_type = tables.media_type(each.inner.body)
            yield archive.Piece(each.inner.body, media_type, each.inner.name[:255])
        if each.table.text is not each.inner.body:
            yield archive.Piece(each.table.text, "text/plain", f"{each.inner.name[:240]}.tsv")


def _settle_empty(ctx: Context, taken: Sequence[Advice]) -> None:
    """No movement will ever come for a payout of exactly nothing, nor for one that stays at the
    provider."""
    found = [
        advice.id
        for advice in taken
        if advice.kind == BALANCE or (advice.kind == PAYOUT and not advice.amount_minor)
    ]
    receive_netted(ctx, found)
    unit.record(
        ctx,
        [
            AdviceLinked(subject_id=id, effective_on=ctx.today, bank_line_id=None, by="nothing")
            for id in found
        ],
    )


def withdraw(ctx: Context, run_id: UUID) -> dict[str, int]:
    """The advices of an import count no longer. What was applied because of them stays: it has its
    own way back, and the money came all the same. Of a payout that moved no money nothing came:
    all that its report booked is taken back with it."""
    lock(ctx)
    rows = fetch_rows(
        "UPDATE receipts_advice SET withdrawn_at = %s WHERE company_id = %s AND import_run_id = %s"
        " AND withdrawn_at IS NULL RETURNING id, number",
        [ctx.now, ctx.company_id, run_id],
    )
    facts = [AdviceWithdrawn(subject_id=id, effective_on=ctx.today, number=n) for id, n in rows]
    unit.record(ctx, facts)
    give_back_fees(ctx, [id for id, _number in rows])
    return {"advices": len(rows)}


def _source(work: _Work) -> Source:
    return Source(KIND, work.profile, work.file.key, work.digest, {})


def _close(ctx: Context, work: _Work, links: dict[UUID, UUID]) -> None:
    """What became of the file's advices; ``links`` are those of the whole command."""
    assert work.run_id is not None
    runs.close_run(
        ctx,
        run_id=work.run_id,
        source=_source(work),
        counts=Counts(len(work.read), len(work.new), 0, len(work.read) - len(work.new)),
        created=_created(work.new, links),
        rejects=(),
    )


def _created(advices: Sequence[Advice], links: dict[UUID, UUID]) -> dict[str, int]:
    return {
        "advices": len(advices),
        "parts": sum(advice.parts for advice in advices),
        "links": sum(advice.id in links for advice in advices),
    }


def _store(ctx: Context, works: Sequence[_Work]) -> None:
    """The advices that are not known yet, with their parts. One without a day got that of its
    arrival, so it is known by the rest."""
    read = [advice for work in works for advice in work.read]
    used = _used(ctx, read)
    wanted = [
        (work, each, headed(advice, used))
        for work in works
        for each in work.inner
        for advice in each.advices
    ]
    known = {
        tuple(row)
        for row in fetch_rows(
            "SELECT kind, number, payer_name, currency, paid_on FROM receipts_advice"
            " WHERE company_id = %s AND number = ANY(%s) AND withdrawn_at IS NULL",
            [ctx.company_id, [advice.number[:80] for _work, _each, advice in wanted]],
        )
    }
    known |= {row[:-1] for row in known}
    rows: list[tuple[Advice, AdviceRead]] = []
    for work, each, advice in wanted:
        row = _row(ctx, work, each, advice)
        undated = (row.kind, row.number, row.payer_name, row.currency)
        is_dated = advice.paid_on and row.kind != BALANCE  # a provider's number is told once
        key = (*undated, row.paid_on) if is_dated else undated
        if key not in known:
            known |= {undated, (*undated, row.paid_on)}
            work.new.append(row)
            rows.append((row, advice))
    keep(ctx, rows)


def _used(ctx: Context, read: Sequence[AdviceRead]) -> dict[Sum, tuple[int, str]]:
    """What is kept already under the numbers that stand above tables."""
    if not any(advice.heading for advice in read):
        return {}
    rows = fetch_rows(
        "SELECT a.number, a.payer_name, a.currency, a.amount_minor, string_agg(p.document, '|'"
        "  ORDER BY p.position) FROM receipts_advice a JOIN receipts_advice_part p"
        "  ON p.company_id = a.company_id AND p.advice_id = a.id"
        " WHERE a.company_id = %s AND a.kind = 'remittance' AND a.number = ANY(%s)"
        "  AND a.withdrawn_at IS NULL GROUP BY a.id, a.number, a.payer_name, a.currency,"
        "  a.amount_minor",
        [ctx.company_id, [advice.heading for advice in read]],
    )
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}


def _row(ctx: Context, work: _Work, each: InnerRead, advice: AdviceRead) -> Advice:
    is_text = each.table.text is each.inner.body
    return Advice(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        kind=advice.kind,
        number=advice.number[:80],
        payer_name=advice.payer_name[:200],
        payer_iban=advice.payer_iban[:34],
        paid_on=advice.paid_on or ctx.today,
        amount_minor=advice.amount_minor,
        currency=advice.currency,
        parts=len(advice.parts),
        archive_digest=sha256(each.table.text),
        source_digest="" if is_text else sha256(each.inner.body),
        filename=work.file.key[:255],
        import_run_id=work.run_id,
        recorded_at=ctx.now,
    )


WAITING = timedelta(days=400)  # after that an advice is looked at with movements that come only
# An advice is about a movement of its very amount within a week before to two weeks after its day;
# a bundle, which nothing but its reference names, waits two months.
# The movements are looked through once, not once for each advice.
_PAIRS = (
    "WITH a AS MATERIALIZED (SELECT *,"
    "  regexp_replace(lower(number), '[^a-z0-9]', '', 'g') AS key,"
    "  paid_on + CASE kind WHEN 'bundle' THEN 60 ELSE 14 END AS until"
    "  FROM receipts_advice WHERE company_id = %(company)s AND bank_line_id IS NULL"
    "  AND withdrawn_at IS NULL AND kind <> 'balance'"
    "  AND (%(statements)s::uuid[] IS NOT NULL OR paid_on >= %(since)s"
    "   OR recorded_at = %(now)s)),"
    " l AS MATERIALIZED (SELECT * FROM receipts_bank_line WHERE company_id = %(company)s"
    "  AND (%(statements)s::uuid[] IS NULL OR statement_id = ANY(%(statements)s::uuid[]))"
    "  AND booked_on BETWEEN (SELECT min(paid_on) FROM a) - 7"
    "   AND (SELECT max(until) FROM a)"
    "  AND amount_minor = ANY(ARRAY(SELECT amount_minor FROM a)))"
    " SELECT a.id, l.id, CASE"
    " WHEN length(a.key) >= 4 AND strpos(regexp_replace(lower(l.text || ' ' || l.end_to_end_id"
    "  || ' ' || l.bank_reference), '[^a-z0-9]', '', 'g'), a.key) > 0 THEN 'number'"
    " WHEN a.kind = 'bundle' THEN NULL"
    " WHEN EXISTS (SELECT 1 FROM receipts_advice_part p WHERE p.company_id = %(company)s"
    "  AND p.advice_id = a.id AND length(p.document) >= 5"
    "  AND strpos(lower(l.text), lower(p.document)) > 0) THEN 'document'"
    " WHEN a.payer_iban <> '' AND a.payer_iban = l.payer_iban THEN 'payer'"
    " WHEN a.kind <> 'remittance' THEN 'amount' END AS by, a.kind = 'bundle', a.payer_name,"
    " l.payer_name"
    " FROM a JOIN l ON l.amount_minor = a.amount_minor AND l.currency = a.currency"
    " AND l.booked_on BETWEEN a.paid_on - 7 AND a.until"
    " JOIN receipts_statement s ON s.company_id = %(company)s AND s.id = l.statement_id"
    " AND s.to_date >= a.paid_on - 7 AND coalesce(s.from_date, s.to_date) <= a.until"
    " WHERE NOT EXISTS (SELECT 1 FROM receipts_advice other WHERE other.company_id = %(company)s"
    "  AND other.bank_line_id = l.id AND other.kind = a.kind AND other.withdrawn_at IS NULL)"
)


def _pairs(rows: Sequence[Sequence[Any]]) -> Iterator[Pair]:
    """The pairs with a sign; names are compared here, since banks write them in their own way."""
    for advice, line, by, is_bundle, ours, theirs in rows:
        if by in (None, "amount") and not is_bundle and is_same_name(ours, theirs):
            yield Pair(advice, line, "payer")
        elif by:
            yield Pair(advice, line, by)


def link_advices(ctx: Context, *, statement_ids: Sequence[UUID] | None) -> dict[UUID, UUID]:
    """Link waiting advices to the movements they explain; advice -> bank line. ``statement_ids``
    narrows the movements to those that just came; without them, what waits too long already is
    left out, unless it just came itself."""
    ids = None if statement_ids is None else list(statement_ids)
    if ids == []:
        return {}
    lock(ctx)
    values = {
        "company": ctx.company_id,
        "statements": ids,
        "since": ctx.today - WAITING,
        "now": ctx.now,
    }
    rows = fetch_rows(_PAIRS, values)
    found = linked(_pairs(rows))
    if not found:
        return {}
    execute(
        "UPDATE receipts_advice AS a SET bank_line_id = new.line"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS new (advice, line)"
        " WHERE a.company_id = %s AND a.id = new.advice",
        [list(found), [pair.line for pair in found.values()], ctx.company_id],
    )
    receive_netted(ctx, found)
    facts = [
        AdviceLinked(subject_id=advice, effective_on=ctx.today, bank_line_id=pair.line, by=pair.by)
        for advice, pair in found.items()
    ]
    unit.record(ctx, facts)
    return {advice: pair.line for advice, pair in found.items()}


def _figures(works: Sequence[_Work], links: dict[UUID, UUID]) -> dict[str, Any]:
    rows = sum(len(work.read) for work in works)
    refused = sum(len(work.read) for work in works if work.faults)
    new = [advice for work in works for advice in work.new]
    return {
        "kind": KIND,
        "rows": rows,
        "accepted": len(new),
        "rejected": refused,
        "duplicate": rows - refused - len(new),
        "created": {**_created(new, links), "links": len(links)},
        "faults": [
            {"row": 0, "code": fault.code, "message": fault.message}
            for work in works
            for fault in work.faults
        ],
    }
