"""Take in what came back about documents: those that were not taken come back to the people who
sent them, and the clocks of those that the tax office took stop."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
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
from acquit.stages.dispatch.rules.acceptances import Acceptance
from acquit.stages.dispatch.rules.rejections import Rejection
from acquit.stages.dispatch.rules.remarks import Remark
from acquit.stages.dispatch.rules.returned import Answer, Clues, read
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands import report

DOCUMENT, REASON, DAY = "document", "reason", "date"
_SAY = "say which: document=NUMBER"


class CannotRead(Refused):
    """The file is no answer to a document, or nobody can tell to which."""


def answers_in(
    *, company_id: UUID, name: str, data: bytes, options: Mapping[str, str]
) -> tuple[Answer, ...]:
    """What a file answers: a mail, ApplicationResponse, CDAR, APERAK, CONTRL, 997 or an answer of
    RO e-Factura. ``options`` may say what the file does not: ``document``, the numbers it is about,
    ``reason``, why a mail refuses, and ``date``, when the tax office took it. CannotRead where it
    is none of these. What changes nothing is a remark: a buyer who accepts, or asks."""
    if unknown := sorted(options.keys() - {DOCUMENT, REASON, DAY}):
        message = f"answers have no option {unknown[0]!r}"
        fix = f"options: {DOCUMENT}, {REASON}, {DAY}"
        raise CannotRead.because("import.option", message, fix=fix)
    returned = read(name=name, data=data, reason=options.get(REASON, ""))
    if returned.faults:
        raise CannotRead(returned.faults)
    answers = [_dated(one, options) for one in returned.answers]
    _judge_sellers(company_id, answers)
    numbers = [part.strip() for part in options.get(DOCUMENT, "").split(",") if part.strip()]
    if all(one.document_number or isinstance(one, Remark) for one in answers) and not numbers:
        return tuple(answers)
    numbers = numbers or [_meant(company_id, returned.clues)]
    found: list[Answer] = []
    for one in answers:
        named = one.document_number
        found += [one] if named else [replace(one, document_number=each) for each in numbers]
    return tuple(found)


def _dated(one: Answer, options: Mapping[str, str]) -> Answer:
    """The day of the file goes before the one that was said for it."""
    said = options.get(DAY, "")
    if not isinstance(one, Acceptance) or one.on or not said:
        return one
    try:
        return replace(one, on=date.fromisoformat(said))
    except ValueError:
        message = f"{said!r} is no day"
        raise CannotRead.because("import.day", message, DAY, fix="write 2026-03-01") from None


def _judge_sellers(company_id: UUID, answers: Sequence[Answer]) -> None:
    """RO e-Factura gives back invoices that we got in the same form as those that we sent."""
    for one in answers:
        if isinstance(one, Acceptance) and one.sellers:
            company = Company.objects.get(id=company_id)
            own = {_plain(company.vat_id), _plain(company.registration_id)} - {""}
            if own.isdisjoint(map(_plain, one.sellers)):
                message = f"{one.document_number} was sold by {', '.join(sorted(one.sellers))}"
                fix = "import answers to your own documents"
                raise CannotRead.because("response.seller", message, path=DOCUMENT, fix=fix)


def _plain(number: str) -> str:
    """A number of a company without its country and signs: RO 16341004 is 16341004."""
    return re.sub(r"^RO|[\W_]", "", number.strip().upper())


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


@command("dispatch.answer")
def answer(*, ctx: Context, items: Sequence[Answer], source: Source | None = None) -> Outcome:
    """The last sending of each rejected document is an exception now, with the reason; the clock of
    each that the tax office took stops. What was told before is a duplicate; a number that is not
    ours, was never sent and yet rejected, or is wanted by no tax office, is refused. A remark is
    counted, and changes nothing. ``source`` is the archived file that says so: it is counted as an
    import, which can be taken back; the figure ``import`` is its id. The ids are those of the
    sendings and of the documents taken or spoken of."""
    numbers = {item.document_number for item in items}
    known = invoices.ids_by_number(company_id=ctx.company_id, numbers=numbers)
    rejected = [item for item in items if isinstance(item, Rejection)]
    accepted = [item for item in items if isinstance(item, Acceptance)]
    bounced, before = _bounce(ctx, rejected, known)
    stopped, reported = _stop(ctx, accepted, known)
    noted = _note(ctx, [item for item in items if isinstance(item, Remark)], known, source)
    results = {Rejection: iter(bounced), Acceptance: iter(stopped), Remark: iter(noted)}
    outcome = Outcome(tuple(next(results[type(item)]) for item in items))
    if source is None:
        return outcome
    keys = [str(one) for one in sorted(reported)]
    source = replace(source, options={**source.options, "before": before, "reported": keys})
    created = made(exceptions_in(items, outcome), len(reported))
    run_id = _count(ctx, source, outcome, created)
    return replace(outcome, figures={"import": str(run_id)})


def _bounce(
    ctx: Context, items: Sequence[Rejection], known: Mapping[str, UUID]
) -> tuple[list[ItemResult], dict[str, dict[str, Any]]]:
    """What became of each, and how the sendings stood before."""
    results, facts = list[ItemResult](), list[DispatchFailed]()
    before: dict[str, dict[str, Any]] = {}
    if not items:
        return results, before
    rows: dict[UUID, Dispatch] = {}
    for row in (
        Dispatch.objects.of(ctx.company_id)
        .filter(document_id__in=list(known.values()))
        .exclude(state__in=("queued", "cancelled"))
        .select_for_update(of=("self",))
        .order_by("queued_at", "id")
    ):
        rows[row.document_id] = row
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
    return results, before


def _stop(
    ctx: Context, items: Sequence[Acceptance], known: Mapping[str, UUID]
) -> tuple[list[ItemResult], set[UUID]]:
    """What became of each, and the documents that are reported now and were not before."""
    if not items:
        return [], set()
    issued = invoices.wanted_since(company_id=ctx.company_id, document_ids=set(known.values()))
    days: dict[UUID, date] = {}
    faults: list[Fault | None] = []
    for item in items:
        day, document_id = item.on or ctx.today, known.get(item.document_number)
        fault = _unfit(item, document_id, issued, day=day, today=ctx.today)
        if document_id is not None and fault is None:
            days.setdefault(document_id, day)
        faults.append(fault)
    reported = report.stop(ctx, days=days)
    left = set(reported)
    return [
        _stopped(item, known.get(item.document_number), fault, left)
        for item, fault in zip(items, faults, strict=True)
    ], reported


def _stopped(
    item: Acceptance, document_id: UUID | None, fault: Fault | None, left: set[UUID]
) -> ItemResult:
    """The first of several about one document is what stopped its clock."""
    if document_id is None or fault is not None:
        refused = (fault,) if fault else ()
        return ItemResult(item.key, ItemState.REFUSED, None, refused)
    state = ItemState.DONE if document_id in left else ItemState.DUPLICATE
    left.discard(document_id)
    return ItemResult(item.key, state, document_id)


def _note(
    ctx: Context, items: Sequence[Remark], known: Mapping[str, UUID], source: Source | None
) -> list[ItemResult]:
    """Remarks change nothing. Those of a file that was imported before are known."""
    again = source and runs.earlier_run(ctx, kind=source.kind, digest=source.digest)
    state = ItemState.DUPLICATE if again else ItemState.DONE
    results = []
    for item in items:
        if item.document_number and item.document_number not in known:
            message = f"there is no document {item.document_number}"
            fault = Fault("remark.unknown", message, "document_number")
            results.append(ItemResult(item.key, ItemState.REFUSED, None, (fault,)))
        else:
            results.append(ItemResult(item.key, state, known.get(item.document_number)))
    return results


def _unfit(
    item: Acceptance,
    document_id: UUID | None,
    issued: Mapping[UUID, date],
    *,
    day: date,
    today: date,
) -> Fault | None:
    number = item.document_number
    if not item.source.strip():
        return Fault("acceptance.empty", "say who took the document", "source")
    if document_id is None:
        message = f"there is no document {number}"
        return Fault("acceptance.unknown", message, "document_number")
    if document_id not in issued:
        message = f"no tax office wants {number}: it was not sold at home"
        return Fault("acceptance.unwanted", message, "document_number")
    if not issued[document_id] <= day <= today:
        message = f"{number} cannot have been taken on {day}: it is of {issued[document_id]}"
        return Fault("acceptance.day", message, "on", fix=f"a day up to {today}")
    return None


def _count(ctx: Context, source: Source, outcome: Outcome, created: Mapping[str, int]) -> UUID:
    """The file as an import, each answer a row; what stood before is kept for the way back."""
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
        created=created,
        rejects=rejects,
    )
    return run_id


def take_back(ctx: Context, run_id: UUID) -> dict[str, int]:
    """The sendings stand as before the import, and the clocks that it stopped go on; CannotUndo
    where a sending has gone on since: it was sent again, or rejected for another reason."""
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
    taken = [UUID(one) for one in run.options.get("reported", ())]
    return made(len(rows), report.go_on(ctx, document_ids=taken))


def exceptions_in(items: Sequence[Answer], outcome: Outcome) -> int:
    """How many of the answers made their sending an exception."""
    pairs = zip(items, outcome.items, strict=True)
    return sum(isinstance(one, Rejection) and r.state is ItemState.DONE for one, r in pairs)


def made(exceptions: int, reported: int) -> dict[str, int]:
    """What answers made, counted as imports are."""
    return {"exceptions": exceptions} | ({"reported": reported} if reported else {})


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
