"""What the customer says to a question: his answer applies itself, or waits for a person.

It applies itself as long as everything is as it was when he was asked: as much of the receipt is
open, and of the documents what he was told they would be credited. What was kept back is closed
only where a rule may close it too. All of an answer or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from acquit.access import actors
from acquit.access.command import command
from acquit.core.context import ActorKind, Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.stages.matching.commands.applying import (
    Kept,
    adjustments,
    apply,
    off_our_rate,
)
from acquit.stages.matching.facts import ProposalAccepted, QuestionAnswered
from acquit.stages.matching.models import QUESTION, Proposal, Question
from acquit.stages.matching.rules import asking
from acquit.stages.matching.rules.plans import kept_shares
from acquit.stages.receivables.commands import (
    Identification,
    identify,
    judge_adjustments,
    lock_items,
)
from acquit.stages.receivables.queries import ItemView, items_of

CHOSEN = "the customer chose this answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnswer:
    """The answer to a question: its number, counted from 1; or 0 and the ``text`` that says what
    the money is for."""

    question_id: UUID
    choice: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Taken:
    """An answer in hand; ``option`` is None where he wrote something else."""

    row: Question
    choice: int
    text: str
    option: dict[str, Any] | None

    @property
    def offered(self) -> dict[str, Any]:
        assert self.option is not None  # only what he chose is applied
        return self.option

    @property
    def kept(self) -> Kept:
        return Kept(kept_shares(self.offered["items"]), self.row.currency, self.offered["reason"])


@command("matching.answer")
def answer(*, ctx: Context, items: Sequence[CustomerAnswer]) -> Outcome:
    """Take the answers of customers. ``applied`` in the figures counts those that applied
    themselves; the others wait for a person with the reason why."""
    receipts = _lock(ctx, items)
    rows = {
        row.id: row
        for row in Question.objects.of(ctx.company_id)
        .filter(id__in=[item.question_id for item in items])
        .order_by("id")
        .select_for_update(of=("self",))
    }
    taken: dict[UUID, _Taken] = {}
    results = []
    for index, item in enumerate(items):
        row = rows.get(item.question_id)
        one, fault = _taken(ctx, item, row, path=f"items[{index}]")
        if fault is not None:
            results.append(ItemResult(str(item.question_id), ItemState.REFUSED, faults=(fault,)))
        elif one is None or one.row.id in taken:
            results.append(ItemResult(str(item.question_id), ItemState.DUPLICATE, item.question_id))
        else:
            taken[one.row.id] = one
            results.append(ItemResult(str(item.question_id), ItemState.DONE, one.row.id))
    why = _apply(ctx, list(taken.values()), receipts)
    _record(ctx, list(taken.values()), why)
    return Outcome(items=tuple(results), figures={"applied": sum(not w for w in why.values())})


def _lock(ctx: Context, items: Sequence[CustomerAnswer]) -> dict[UUID, ItemView]:
    """In the order of everybody who applies money: what waits for the receipts, the open items,
    and the questions last. The items of the receipts as they stand then, by receipt."""
    asked = Question.objects.of(ctx.company_id).filter(id__in=[item.question_id for item in items])
    kept = dict(asked.values_list("receipt_id", "options"))
    waiting = Proposal.objects.of(ctx.company_id).filter(receipt_id__in=kept, state="proposed")
    list(waiting.order_by("id").select_for_update(no_key=True).values_list("id"))
    wanted = {
        one.id
        for one in items_of(company_id=ctx.company_id, document_ids=[], receipt_ids=list(kept))
    }
    for options in kept.values():
        for share in (share for option in options for share in kept_shares(option["items"])):
            wanted |= {share.open_item_id, share.credit_item_id or share.open_item_id}
    lock_items(company_id=ctx.company_id, item_ids=wanted)
    now = items_of(company_id=ctx.company_id, document_ids=[], receipt_ids=list(kept))
    return {one.receipt_id: one for one in now if one.receipt_id}


def _taken(
    ctx: Context, item: CustomerAnswer, row: Question | None, *, path: str
) -> tuple[_Taken | None, Fault | None]:
    """The answer in hand; neither where the same answer was given before."""
    if row is None or (
        ctx.actor.kind is ActorKind.CUSTOMER
        and row.customer_id not in (ctx.actor.customer_ids or ())
    ):
        return None, Fault("question.unknown", f"no question {item.question_id}", path=path)
    text = item.text.replace("\x00", "").strip()  # a sign that the database cannot keep
    if row.choice is not None:
        if (row.choice, row.answer_text) == (item.choice, "" if item.choice else text):
            return None, None
        message = "this question was answered already: one answer counts"
        return None, Fault("question.answered", message, path=path)
    if (row.state, "apply") not in QUESTION.transitions:
        message = "this question needs no answer any more"
        return None, Fault("question.withdrawn", message, path=path)
    if row.expires_at <= ctx.now:
        return None, Fault("question.expired", "this question is too old to answer", path=path)
    if item.choice == asking.SOMETHING_ELSE:
        if not 0 < len(text) <= asking.TEXT_MAX:
            message = f"say what the payment is for, in 1 to {asking.TEXT_MAX} characters"
            return None, Fault("question.text", message, path=f"{path}.text")
        return _Taken(row, item.choice, text, None), None
    if not 0 < item.choice <= len(row.options):
        message = f"there is no answer {item.choice}"
        return None, Fault("question.choice", message, path=f"{path}.choice")
    return _Taken(row, item.choice, "", row.options[item.choice - 1]), None


def _apply(
    ctx: Context, taken: Sequence[_Taken], receipts: dict[UUID, ItemView]
) -> dict[UUID, str]:
    """Apply what still fits. Question -> why a person must look, "" where it is applied."""
    why = {one.row.id: _unfit(one, receipts[one.row.receipt_id]) for one in taken}
    moves: dict[UUID, _Taken] = {}
    accounts: list[_Taken] = []
    for one in taken:
        if why[one.row.id] or one.option is None:
            continue
        if one.option["items"]:
            moves[ctx.ids.new()] = one
        elif receipts[one.row.receipt_id].customer_id is None:
            accounts.append(one)
    for key, text in _held_back(ctx, moves).items():
        why[moves.pop(key).row.id] = text
    # They are answered before the money moves: what is applied ends the questions that are open.
    _mark(ctx, taken, why)
    plans = [(key, receipts[one.row.receipt_id].id, one.kept) for key, one in moves.items()]
    for key, text in apply(ctx.because(reason=CHOSEN), plans).items():
        why[moves.pop(key).row.id] = text
    _keep(ctx, moves)
    why.update(_on_account(ctx, accounts))
    return why


def _on_account(ctx: Context, accounts: Sequence[_Taken]) -> dict[UUID, str]:
    """He says that it is his money, and Acquit does what a clerk would: for this he has no right.
    Question -> why it could not."""
    acting = replace(actors.system(), on_behalf_of=ctx.actor.name)
    outcome = identify(
        ctx=replace(ctx.without_key(), actor=acting, reason=CHOSEN),
        items=[
            Identification(receipt_id=one.row.receipt_id, customer_id=one.row.customer_id)
            for one in accounts
        ],
    )
    return {
        one.row.id: result.faults[0].message
        for one, result in zip(accounts, outcome.items, strict=True)
        if result.state is ItemState.REFUSED
    }


def _unfit(one: _Taken, item: ItemView) -> str:
    if one.option is None:
        return "the customer wrote something else"
    if item.open_minor != one.row.left_minor:
        return "the receipt was applied meanwhile"
    if item.customer_id not in (None, one.row.customer_id):
        return "the receipt is another customer's meanwhile"
    return ""


def _held_back(ctx: Context, moves: dict[UUID, _Taken]) -> dict[UUID, str]:
    """What a customer cannot decide about himself: the same that no rule may."""
    asked = [
        (key, wish)
        for key, one in moves.items()
        for wish in (*adjustments(key, one.kept), *off_our_rate(key, one.kept))
    ]
    judged = judge_adjustments(ctx, [wish for _key, wish in asked])
    return {
        key: "a person decides about what was kept back"
        for (key, _wish), (action, _reduces, _rule) in zip(asked, judged, strict=True)
        if action != "close"
    }


def _mark(ctx: Context, taken: Sequence[_Taken], why: dict[UUID, str]) -> None:
    for one in taken:
        row = one.row
        row.state = QUESTION.after(row.state, "answer" if why[row.id] else "apply")
        row.choice, row.answer_text, row.why = one.choice, one.text, why[row.id]
        row.answered_at = ctx.now
    _save(taken)


def _save(taken: Sequence[_Taken]) -> None:
    columns = ["state", "choice", "answer_text", "why", "answered_at", "proposal_id"]
    Question.objects.bulk_update([one.row for one in taken], columns)


def _keep(ctx: Context, moves: dict[UUID, _Taken]) -> None:
    """What was applied as a proposal, with his answer as its evidence: it is undone like any
    other. Those that stood for the receipts are not needed any more."""
    evidence = [{"kind": "answer", "text": CHOSEN, "start": -1, "end": -1}]
    rows = [
        Proposal(
            id=key,
            company_id=ctx.company_id,
            receipt_id=one.row.receipt_id,
            rank=one.choice,
            probability=one.offered["probability"],
            action="ask",
            reason=one.offered["reason"],
            items=one.offered["items"],
            evidence=evidence,
            total_minor=one.offered["total_minor"],
            currency=one.row.currency,
            state="accepted",
            rule=one.row.rule,
            created_at=ctx.now,
            decided_at=ctx.now,
            decided_by=ctx.actor.name,
        )
        for key, one in moves.items()
    ]
    Proposal.objects.of(ctx.company_id).filter(
        receipt_id__in=[row.receipt_id for row in rows], state="proposed"
    ).update(state="superseded", decided_at=ctx.now, decided_by=ctx.actor.name)
    Proposal.objects.bulk_create(rows)
    for key, one in moves.items():
        one.row.proposal_id = key
    accepted = [
        ProposalAccepted(
            subject_id=row.id,
            effective_on=ctx.today,
            receipt_id=row.receipt_id,
            allocations=len(row.items),
            amount_minor=row.total_minor,
            currency=row.currency,
        )
        for row in rows
    ]
    unit.record(ctx.because(reason=CHOSEN), accepted)


def _record(ctx: Context, taken: Sequence[_Taken], why: dict[UUID, str]) -> None:
    """What came of each answer: one that was refused after all waits for a person."""
    facts: list[Fact] = []
    for one in taken:
        row = one.row
        row.state, row.why = "answered" if why[row.id] else "applied", why[row.id]
        facts.append(
            QuestionAnswered(
                subject_id=row.id,
                effective_on=ctx.today,
                receipt_id=row.receipt_id,
                customer_id=row.customer_id,
                choice=one.choice,
                text=one.text,
                is_applied=not row.why,
                why=row.why,
            )
        )
    _save(taken)
    unit.record(ctx, facts)
