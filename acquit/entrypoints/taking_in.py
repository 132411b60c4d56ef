"""One door for every file that comes in: bank files and advices go to the receipts, answers to the
sendings, tables to the pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from acquit.core.codecs import packed
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.history import archive, unit
from acquit.intake.commands.run import import_file, preview_file
from acquit.intake.runs import Source, note_archive, runs_of
from acquit.stages.dispatch.commands.answer import answer, answers_in, exceptions_in, made
from acquit.stages.dispatch.rules.acceptances import Acceptance
from acquit.stages.dispatch.rules.remarks import Remark
from acquit.stages.dispatch.rules.returned import Answer
from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.rules.advice_messages import is_advice

BANK = "bank"
REMITTANCE = "remittance"
RESPONSES = "responses"
AUTO = "auto"
# What an answer to a document did.
EXCEPTION, REPORTED, NOTED = "exception", "reported", "noted"
KNOWN, REFUSED = "known", "refused"
_COUNTS = ("rows", "accepted", "rejected", "duplicate")

# Files that have a reader of their own, and the right to bring each.
READERS = {
    BANK: "receipts.import_statement",
    REMITTANCE: "receipts.take_advice",
    RESPONSES: "dispatch.answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file on its way in. ``profile`` is a name or "" to recognise the file; ``options`` say
    what it does not say itself."""

    kind: str
    profile: str
    filename: str
    content: bytes
    options: Mapping[str, str]


def take_in(
    *,
    ctx: Context,
    kind: str,
    profile: str,
    filename: str,
    content: bytes,
    options: Mapping[str, str],
    dry_run: bool = False,
) -> Outcome:
    """Import one file. The figures are the same for every kind: ``kind``, ``rows``, ``accepted``,
    ``rejected``, ``duplicate``, ``created`` and ``faults``. With ``dry_run`` they are those that
    the import would have, and nothing is left behind."""
    file = Incoming(kind=kind, profile=profile, filename=filename, content=content, options=options)
    if kind in READERS:
        return _tried(ctx, file) if dry_run else _read(ctx, file)
    chosen = profile or AUTO
    if dry_run:
        shown = preview_file(
            ctx=ctx,
            kind=kind,
            profile=chosen,
            filename=filename,
            content=content,
            options=options,
        )
        return Outcome(figures=shown.figures)
    return import_file(
        ctx=ctx, kind=kind, profile=chosen, filename=filename, content=content, options=options
    )


def _tried(ctx: Context, file: Incoming) -> Outcome:
    """Do it, and take it back."""
    with unit.taken_back(company_id=ctx.company_id, command="intake.preview"):
        return _read(ctx.without_key(), file)


def _read(ctx: Context, file: Incoming) -> Outcome:
    if file.kind == RESPONSES:
        return _responses(ctx, file)
    if packed.sniff(file.content):
        return _unpacked(ctx, file)
    options = dict(file.options)
    if file.kind == REMITTANCE or is_advice(file.content):
        # What was said is for a statement, but for the currency of a lockbox file.
        bank = {name: text for name, text in options.items() if name == "currency"}
        said = options if file.kind == REMITTANCE else bank
        advice = AdviceFile(key=file.filename, body=file.content, options=said)
        return take_advice(ctx=ctx, items=[advice])
    item = StatementFile(key=file.filename, body=file.content, options=options)
    return import_statement(ctx=ctx, items=[item])


def _unpacked(ctx: Context, file: Incoming) -> Outcome:
    """Each file of an archive as if it had been given by itself: one that cannot be taken is named
    and keeps no other back. Of an archive that cannot be opened nothing is taken."""
    ctx = ctx.without_key()  # it stands for one command; the same files once more change nothing
    outcomes: list[tuple[str, Outcome]] = []
    try:
        members = list(packed.unpack(file.content))
    except packed.CannotUnpack as bad:
        refused = ItemResult(file.filename, ItemState.REFUSED, faults=(bad.fault,))
        return Outcome((refused,), _summed([], (bad.fault,), file.kind))
    digests = [sha256(member.body) for member in members]
    before = runs_of(ctx, digests=digests)
    for member in members:
        inner = replace(file, filename=member.name, content=member.body)
        if packed.sniff(member.body):
            fix = "unpack it and give it by itself"
            fault = Fault("packed.nested", "this is an archive in an archive", fix=fix)
            refused = ItemResult(member.name, ItemState.REFUSED, faults=(fault,))
            outcomes.append((member.name, Outcome((refused,), _summed([], (fault,), file.kind))))
        else:
            outcomes.append((member.name, _read(ctx, inner)))
    _keep(ctx, file, runs_of(ctx, digests=digests) - before)
    items = tuple(
        replace(item, faults=tuple(_within(name, fault) for fault in item.faults))
        for name, outcome in outcomes
        for item in outcome.items
    )
    return Outcome(items, _summed(outcomes, (), file.kind))


def _keep(ctx: Context, file: Incoming, run_ids: Collection[UUID]) -> None:
    """The archive is where what was taken came from, so it is kept as it came."""
    if run_ids:
        with transaction.atomic():
            piece = archive.Piece(file.content, "application/zip", file.filename[:255])
            (digest,) = archive.keep(ctx, [piece])
            note_archive(ctx, run_ids=run_ids, name=file.filename, digest=digest)


def _within(name: str, fault: Fault) -> Fault:
    return replace(fault, message=f"in the file {name}: {fault.message}")


def _summed(
    outcomes: Sequence[tuple[str, Outcome]], faults: Sequence[Fault], kind: str
) -> dict[str, Any]:
    """The figures of all files together, each fault with the name of its file."""
    created: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for _name, outcome in outcomes:
        created.update(outcome.figures["created"])
        counts.update({name: outcome.figures[name] for name in _COUNTS})
    told = [
        {**fault, "message": f"in the file {name}: {fault['message']}"}
        for name, outcome in outcomes
        for fault in outcome.figures["faults"]
    ]
    told += [{"row": 0, "code": one.code, "message": one.message} for one in faults]
    sums = {name: counts[name] for name in _COUNTS}
    return {"kind": kind, **sums, "created": dict(created), "faults": told}


def _responses(ctx: Context, file: Incoming) -> Outcome:
    """What receivers and the tax office answered: each rejection becomes an exception of its
    sending, and what the office took is reported."""
    found = answers_in(
        company_id=ctx.company_id, name=file.filename, data=file.content, options=file.options
    )
    digest = sha256(file.content)
    if ctx.actor.may(READERS[RESPONSES]):
        piece = archive.Piece(file.content, "application/octet-stream", file.filename[:255])
        archive.keep(ctx, [piece])
    source = Source(RESPONSES, "", file.filename, digest, dict(file.options))
    outcome = answer(ctx=ctx, items=found, source=source)
    counts = {state: len(outcome.of(state)) for state in ItemState}
    does = [_does(one, item.state) for one, item in zip(found, outcome.items, strict=True)]
    figures: dict[str, Any] = {
        "kind": RESPONSES,
        "rows": len(found),
        "accepted": counts[ItemState.DONE],
        "rejected": counts[ItemState.REFUSED],
        "duplicate": counts[ItemState.DUPLICATE],
        "created": made(exceptions_in(found, outcome), does.count(REPORTED)),
        "answers": [
            {"document": one.document_number, "text": one.text, "does": done}
            for one, done in zip(found, does, strict=True)
        ],
        "faults": [
            {"row": number, "code": fault.code, "message": fault.message}
            for number, item in enumerate(outcome.items, start=1)
            for fault in item.faults
        ],
    }
    # A file of which every answer met the same fate met it itself.
    alike = [state for state, count in counts.items() if found and count == len(found)]
    state = alike[0] if alike else ItemState.DONE
    run_id = UUID(outcome.figures["import"])
    return Outcome((ItemResult(file.filename, state, run_id, outcome.faults),), figures)


def _does(one: Answer, state: ItemState) -> str:
    """What an answer did here: one word, which console and pages put into theirs."""
    if state is ItemState.REFUSED:
        return REFUSED
    if state is ItemState.DUPLICATE:
        return KNOWN
    if isinstance(one, Remark):
        return NOTED
    return REPORTED if isinstance(one, Acceptance) else EXCEPTION
