"""Take in that a sent document was not taken: it comes back to the people who sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.intake import runs
from acquit.intake.models import ImportRun
from acquit.intake.runs import Counts, Reject, Source
from acquit.intake.undo import CannotUndo
from acquit.stages.dispatch.facts import DispatchFailed, RejectionWithdrawn
from acquit.stages.dispatch.models import DISPATCH, Dispatch
from acquit.stages.dispatch.rules import sending
from acquit.stages.dispatch.rules.rejections import Rejection
from acquit.stages.dispatch.rules.returned import Clues, read
from acquit.stages.invoices import queries as invoices

DOCUMENT, REASON = "document", "reason"
_SAY = "say which: document=NUMBER"


class CannotRead(Refused):
    """The file is no answer to a document, or nobody can tell to which."""


def rejections_in(
    *, company_id: UUID, name: str, data: bytes, options: Mapping[str, str]
) -> tuple[Rejection, ...]:
    """The rejections of a file: a mail, ApplicationResponse, CDAR, APERAK, CONTRL, 997 or an answer
    of RO e-Factura. ``options`` may say what the file does not: ``document``, the numbers it is
    about, and ``reason``, why a mail refuses. CannotRead where it is none of these; an answer that
    accepts has no rejection."""
    if unknown := sorted(options.keys() - {DOCUMENT, REASON, "date"}):
        message = f"answers have no option {unknown[0]!r}"
        raise CannotRead.because("import.option", message, fix=f"options: {DOCUMENT}, {REASON}")
    returned = read(name=name, data=data, reason=options.get(REASON, ""))
    if returned.faults:
        raise CannotRead(returned.faults)
    if all(rejection.document_number for rejection in returned.rejections):
        return returned.rejections
    numbers = [part.strip() for part in options.get(DOCUMENT, "").split(",") if part.strip()]
    numbers = numbers or [_meant(company_id, returned.clues)]
    found: list[Rejection] = []
    for one in returned.rejections:
        named = one.document_number
        found += [one] if named else [replace(one, document_number=each) for each in numbers]
    return tuple(found)


def _meant(company_id: UUID, clues: Sequence[Clues]) -> str:
    """The one document of ours that the strongest clue speaks of; CannotRead where it speaks of
    several, or none does: a wrong exception is worse than a question."""
    words = {word for clue in clues for word in clue.words}
    ours = invoices.ids_by_number(company_id=company_id, numbers=words)
    mails = {mail: sending.dispatch_of(mail) for clue in clues for mail in clue.mails}
    numbers = dict(
        Dispatch.objects.of(company_id)
        .filter(id__in=[one for one in mails.values() if one])
        .values_list("id", "document__number")
    )
    for clue in clues:
        answered = (numbers.get(mails[mail]) for mail in clue.mails)  # the nearest one first
        found = {word for word in clue.words if word in ours}
        found |= {next(filter(None, answered), "")} - {""}
        if len(found) == 1:
            return found.pop()
        if found:
            message = f"it speaks of several documents: {', '.join(sorted(found))}"
            raise CannotRead.because("response.document", message, path=DOCUMENT, fix=_SAY)
    message = "it does not name a document of ours"
    raise CannotRead.because("response.document", message, path=DOCUMENT, fix=_SAY)


@command("dispatch.reject")
def reject(*, ctx: Context, items: Sequence[Rejection], source: Source | None = None) -> Outcome:
    """The last sending of each document is an exception now, with the reason. What was told before
    is a duplicate; a number that is not ours, or was never sent, is refused. ``source`` is the
    archived file that says so: it is counted as an import, which can be taken back; the figure
    ``import`` is its id."""
    numbers = {item.document_number for item in items}
    known = invoices.ids_by_number(company_id=ctx.company_id, numbers=numbers)
    rows: dict[UUID, Dispatch] = {}
    for row in (
        Dispatch.objects.of(ctx.company_id)
        .filter(document_id__in=list(known.values()))
        .exclude(state__in=("queued", "cancelled"))
        .select_for_update(of=("self",))
        .order_by("queued_at", "id")
    ):
        rows[row.document_id] = row
    results, facts = [], []
    before: dict[str, dict[str, Any]] = {}
    for item in items:
        sent = rows.get(known[item.document_number]) if item.document_number in known else None
        fault = _fault(item, known, sent)
        if fault is not None or sent is None:
            refused = (fault,) if fault else ()
            results.append(ItemResult(item.key, ItemState.REFUSED, None, refused))
            continue
        if sent.rejection == asdict(item):
            results.append(ItemResult(item.key, ItemState.DUPLICATE, sent.id))
            continue
        was = {"state": sent.state, "last_error": sent.last_error, "rejection": sent.rejection}
        before[str(sent.id)] = {**before.get(str(sent.id), was), "told": asdict(item)}
        if sent.state != "failed":
            sent.state = DISPATCH.after(sent.state, "bounce")
        sent.last_error, sent.rejection = item.text, asdict(item)
        facts.append(_fact(ctx, sent, item))
        results.append(ItemResult(item.key, ItemState.DONE, sent.id))
    Dispatch.objects.bulk_update(rows.values(), ["state", "last_error", "rejection"])
    unit.record(ctx, facts)
    outcome = Outcome(tuple(results))
    if source is not None:
        source = replace(source, options={**source.options, "before": before})
        return replace(outcome, figures={"import": str(_count(ctx, source, outcome))})
    return outcome


def _count(ctx: Context, source: Source, outcome: Outcome) -> UUID:
    """The file as an import, each rejection a row; what stood before is kept for the way back."""
    run_id = runs.open_run(ctx, source)
    rejects = [
        Reject(number, fault.code, fault.message, fault.fix, item.key, fault.path)
        for number, item in enumerate(outcome.items, start=1)
        for fault in item.faults[:1]
    ]
    done, known = (len(outcome.of(s)) for s in (ItemState.DONE, ItemState.DUPLICATE))
    runs.close_run(
        ctx,
        run_id=run_id,
        source=source,
        counts=Counts(len(outcome.items), done, len(rejects), known),
        created={"exceptions": done},
        rejects=rejects,
    )
    return run_id


def take_back(ctx: Context, run_id: UUID) -> dict[str, int]:
    """The sendings stand as before the import; CannotUndo where one has gone on since: it was
    sent again, or rejected for another reason."""
    run = ImportRun.objects.of(ctx.company_id).get(id=run_id)
    before: dict[str, dict[str, Any]] = run.options.get("before", {})
    rows = list(
        Dispatch.objects.of(ctx.company_id)
        .filter(id__in=before)
        .select_for_update(of=("self",))
        .order_by("id")
    )
    moved = [
        Fault(
            "rejection.moved_on",
            f"the sending of {before[str(row.id)]['told']['document_number']} has gone on since",
            fix="leave the import; the sending has its own way on",
        )
        for row in rows
        if row.state != "failed" or row.rejection != before[str(row.id)]["told"]
    ]
    if moved:
        raise CannotUndo(moved)
    for row in rows:
        was = before[str(row.id)]
        if was["state"] != "failed":
            row.state = DISPATCH.after(row.state, f"unbounce_{was['state']}")
        row.last_error, row.rejection = was["last_error"], was["rejection"]
    Dispatch.objects.bulk_update(rows, ["state", "last_error", "rejection"])
    facts = [
        RejectionWithdrawn(subject_id=row.document_id, effective_on=ctx.today, dispatch_id=row.id)
        for row in rows
    ]
    unit.record(ctx, facts)
    return {"exceptions": len(rows)}


def _fault(item: Rejection, known: Mapping[str, UUID], sent: Dispatch | None) -> Fault | None:
    if not item.reason.strip() or not item.source.strip():
        return Fault("rejection.empty", "say who rejects the document, and why", "reason")
    if item.document_number not in known:
        message = f"there is no document {item.document_number}"
        return Fault("rejection.unknown", message, "document_number")
    if sent is None:
        message = f"{item.document_number} was sent to nobody"
        return Fault("rejection.unsent", message, "document_number")
    return None


def _fact(ctx: Context, row: Dispatch, item: Rejection) -> DispatchFailed:
    return DispatchFailed(
        subject_id=row.document_id,
        effective_on=ctx.today,
        dispatch_id=row.id,
        channel=row.channel,
        recipient=row.recipient,
        why=item.text,
    )
