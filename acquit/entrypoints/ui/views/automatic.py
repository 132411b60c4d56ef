"""What the system did by itself on a day: rule, evidence, and Undo where it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from acquit.core.faults import Fault
from acquit.core.ids import from_public, to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.ui import asked, links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.frame import Frame, page
from acquit.entrypoints.ui.rules_kept import remarks, rule_url
from acquit.history.queries import (
    Run,
    Together,
    automatic_runs,
    decided_together,
    done_together,
    subject_of,
)
from acquit.stages.insight.queries import Act, TakenBack, acts, taken_back
from acquit.stages.invoices.queries import DocumentRow, rows_by_id
from acquit.stages.ledger.queries import Origin, origins
from acquit.stages.matching.commands.ask import QuestionNamed, withdraw_question
from acquit.stages.matching.commands.judge import ProposalChoice
from acquit.stages.matching.commands.judge import undo as undo_proposal
from acquit.stages.matching.commands.returns import ReturnNamed, undo_return
from acquit.stages.matching.queries import ProposalView, proposals_by_id
from acquit.stages.receivables.commands import Undo, undo

ROWS = 50
ACCEPTED = "matching.ProposalAccepted"
# Steps of one act: the accepted proposal stands for what it applied and whom it identified, the
# settled return for what it undid.
DETAILS = (
    "matching.ProposalMade",
    "receivables.AllocationUndone",
    "receivables.CashApplied",
    "receivables.PayerIdentified",
    "receivables.PayerWithdrawn",
)
# Hundreds of a kind in one go: one row stands for a run, ``?only=sending`` shows each of them.
QUEUED = "dispatch.DispatchQueued"
RUNS_MAX = 50
REFUSED_MAX = 20  # reasons shown of a run that is not taken back


@require_GET
@page("read.history")
def automatic(frame: Frame) -> HttpResponse:
    """The automatic acts of a day, newest first; ``?all=1`` with every step of them."""
    return _show(frame)


def _show(frame: Frame, faults: tuple[Fault, ...] = (), status: int = 200) -> HttpResponse:
    query = frame.request.GET
    on = asked.day(frame, "on", frame.ctx.today)
    since, until = _bounds(frame, on)
    before = query.get("before", "")
    with_details, is_sending = query.get("all") == "1", query.get("only") == "sending"
    found = acts(
        company_id=frame.company_id,
        since=since,
        until=until,
        limit=ROWS + 1,
        before=int(before) if before.isdecimal() else None,
        without=() if with_details or is_sending else (*DETAILS, QUEUED),
        only=(QUEUED,) if is_sending else (),
    )
    shown = found[:ROWS]
    sources: dict[UUID, list[Origin]] = {}
    proposals = proposals_by_id(
        company_id=frame.company_id,
        ids=[act.fact.subject_id for act in shown if act.fact.kind.startswith("matching.")],
    )
    for one in origins(company_id=frame.company_id, subject_ids=_subjects(shown)):
        sources.setdefault(one.subject_id, []).append(one)
    runs, applied = [], []
    if not with_details and not is_sending and not before:
        runs = automatic_runs(
            company_id=frame.company_id, since=since, until=until, kind=QUEUED, limit=RUNS_MAX
        )
        applied = _applied(frame, since, until)
    rules = {act.fact.rule for act in shown} | {run.rule for run in runs}
    seen = _Seen(
        proposals,
        sources,
        rows_by_id(company_id=frame.company_id, ids=_documents(sources)),
        remarks(company_id=frame.company_id, rules=rules),
    )
    path = frame.request.path
    last = shown[-1].fact.seq if len(found) > ROWS else None
    return frame.show(
        "automatic/page.html",
        {
            "on": on,
            "with_details": with_details,
            "faults": faults,
            "is_sending": is_sending,
            "runs": [_run(run, seen) for run in runs],
            "applied": applied,
            "may_undo": "matching.undo" in frame.may,
            "sending_url": links.with_query(path, query, {"only": "sending", "before": ""}),
            "rows": [_row(frame, act, seen) for act in shown],
            "previous_day": links.with_query(path, query, _day(on - timedelta(days=1))),
            "next_day": links.with_query(path, query, _day(on + timedelta(days=1)))
            if on < frame.ctx.today
            else "",
            "pages": links.pages(frame.request, last, name="before"),
        },
        status=status,
    )


def _applied(
    frame: Frame, since: datetime, until: datetime
) -> list[tuple[Together, TakenBack | None]]:
    """The runs in which rules applied money, each with who took it back as a whole, and when."""
    runs = decided_together(
        company_id=frame.company_id, since=since, until=until, kind=ACCEPTED, limit=RUNS_MAX
    )
    gone = taken_back(company_id=frame.company_id, runs=runs)
    return [(run, gone.get(run.first)) for run in runs]


def _day(on: date) -> dict[str, str]:
    return {"on": on.isoformat(), "before": ""}


def _bounds(frame: Frame, on: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(frame.company.timezone)
    start = datetime.combine(on, time(), zone).astimezone(UTC)
    return start, datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC)


def _subjects(shown: list[Act]) -> list[UUID]:
    """The ids behind which documents and receipts stand."""
    return list(dict.fromkeys(_subject(act) for act in shown))


def _subject(act: Act) -> UUID:
    """A proposal stands for its receipt, a sending for its document."""
    payload = act.fact.payload
    other = payload.get("receipt_id") or (act.fact.kind == QUEUED and payload["document_id"])
    return UUID(other) if other else act.fact.subject_id


def _documents(sources: dict[UUID, list[Origin]]) -> set[UUID]:
    return {one.id for found in sources.values() for one in found if one.kind == "document"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rows of a page need, read for all of them at once."""

    proposals: dict[UUID, ProposalView]
    sources: dict[UUID, list[Origin]]
    documents: dict[UUID, DocumentRow]
    words: dict[str, str]  # of each rule


def _run(run: Run, seen: _Seen) -> dict[str, Any]:
    return {
        "at": run.at,
        "count": run.count,
        "rule": run.rule,
        "rule_url": rule_url(run.rule),
        "words": seen.words.get(run.rule, ""),
    }


def _row(frame: Frame, act: Act, seen: _Seen) -> dict[str, Any]:
    fact = act.fact
    proposal = seen.proposals.get(fact.subject_id)
    about = seen.sources.get(_subject(act), [])
    name, kind = _undoing(act)
    return {
        "title": _("Money applied") if fact.kind == ACCEPTED else fact_title(fact.kind),
        "kind": fact.kind,
        "at": fact.recorded_at,
        "rule": fact.rule,
        "rule_url": rule_url(fact.rule),
        "words": seen.words.get(fact.rule, ""),
        "sent_to": fact.payload["recipient"] if fact.kind == QUEUED else "",
        "channel": fact.payload["channel"] if fact.kind == QUEUED else "",
        "reason": fact.reason,
        "evidence": [piece.text for piece in proposal.evidence] if proposal else [],
        "about": [
            {
                "label": one.label or _("Receipt"),
                "url": links.invoice(one.id) if one.kind == "document" else links.receipt(one.id),
                "amount": Money(one.amount_minor, one.currency),
                "customer": seen.documents[one.id].customer_name
                if one.id in seen.documents
                else "",
            }
            for one in about
            if one.kind != "bank_line"
        ],
        "documents": list(dict.fromkeys(row.number for row in proposal.items)) if proposal else [],
        "tests_url": reverse("proposal_tests", args=[to_public("proposal", proposal.id)])
        if proposal and rule_url(proposal.rule)
        else "",
        "is_undone": act.is_undone,
        "undo_id": to_public(kind, fact.subject_id) if name and name in frame.may else "",
        "answer": _answer(act),
    }


_KINDS = {"matching.undo_return": "return", "matching.withdraw_question": "question"}


def _undoing(act: Act) -> tuple[str, str]:
    """The command of this page's Undo and the kind of id it takes; nothing for other acts."""
    if act.undo is not None and act.undo.command in _KINDS:
        return act.undo.command, _KINDS[act.undo.command]
    if act.undo is None or act.undo.command != "receivables.undo":
        return "", ""
    kind = "proposal" if act.undo.argument == "proposal_id" else "allocation"
    return act.undo.command, kind


def _answer(act: Act) -> str:
    """Where an act cannot be undone but answered: a document is credited on its own page."""
    if act.undo is not None and act.undo.command == "invoices.credit":
        return links.invoice(act.undo.id)
    return ""


@require_POST
@page("receivables.undo")
def undoing(frame: Frame, act: str) -> HttpResponse:
    """Take one automatic act back; the reversal is a fact of its own, in the person's name."""
    kinds: dict[str, Callable[[UUID], Outcome]] = {
        "proposal": lambda found: undo_proposal(ctx=frame.ctx, items=[ProposalChoice(id=found)]),
        "allocation": lambda found: undo(ctx=frame.ctx, items=[Undo(allocation_id=found)]),
        "return": lambda found: undo_return(ctx=frame.ctx, items=[ReturnNamed(id=found)]),
        "question": lambda found: withdraw_question(ctx=frame.ctx, items=[QuestionNamed(id=found)]),
    }
    for kind, run in kinds.items():
        try:
            found = from_public(kind, act)
        except ValueError:
            continue
        outcome = run(found)
        codes = {fault.code for fault in outcome.faults}
        if codes & {"proposal.unknown", "allocation.unknown", "return.unknown", "question.unknown"}:
            raise Http404("no such act")
        if outcome.of(ItemState.REFUSED):
            return _show(frame, outcome.faults, status=422)
        if outcome.of(ItemState.DUPLICATE):
            messages.info(frame.request, _("This was undone already."))
        else:
            messages.success(
                frame.request, _("Undone. The act and its reversal both stay in the history.")
            )
        return HttpResponseRedirect(_back(frame))
    raise Http404("no such act")


@require_POST
@page("matching.undo")
def undoing_run(frame: Frame, run: int) -> HttpResponse:
    """Take back all that one run of the matcher applied, each receipt by its own reversal."""
    first = subject_of(company_id=frame.company_id, seq=run, kind=ACCEPTED)
    if first is None:
        raise Http404("no such run")
    ids = done_together(company_id=frame.company_id, kind=ACCEPTED, subject_id=first)
    outcome = undo_proposal(ctx=frame.ctx, items=[ProposalChoice(id=one) for one in ids])
    if outcome.of(ItemState.REFUSED):
        return _show(frame, outcome.faults[:REFUSED_MAX], status=422)
    done = len(outcome.of(ItemState.DONE))
    if not done:
        messages.info(frame.request, _("This was undone already."))
        return HttpResponseRedirect(_back(frame))
    text = ngettext(
        "%(n)s receipt is open again; the reversals are visible.",
        "%(n)s receipts are open again; the reversals are visible.",
        done,
    )
    messages.success(frame.request, text % {"n": done})
    return HttpResponseRedirect(_back(frame))


def _back(frame: Frame) -> str:
    on = frame.request.POST.get("on", "")
    try:
        return f"{reverse('automatic')}?on={date.fromisoformat(on).isoformat()}"
    except ValueError:
        return reverse("automatic")
