"""Ask the customer what his money settles, and take a question back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.database.copy import execute
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.jobs import enqueue
from acquit.stages.dispatch.commands.send import keep_links
from acquit.stages.dispatch.rules import sending
from acquit.stages.masterdata.queries import CustomerView, customers_by_id
from acquit.stages.matching.facts import QuestionAsked, QuestionClosed, QuestionWithdrawn
from acquit.stages.matching.models import QUESTION, UNANSWERED, Proposal, Question
from acquit.stages.matching.rules import asking
from acquit.stages.matching.rules.plans import kept, kept_shares
from acquit.stages.receivables.commands import lock_items
from acquit.stages.receivables.queries import (
    Unapplied,
    claims_of,
    items_by_id,
    items_of,
    unapplied,
)

JOB = "matching.send_questions"
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCustomer:
    """The receipt in question. ``customer_id`` where nobody said yet whose money it is and the
    matcher's answers do not tell; the link opens for some ``days``."""

    receipt_id: UUID
    customer_id: UUID | None = None
    days: int = asking.DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionNamed:
    """The question that is meant."""

    id: UUID


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the wishes of a batch are about, read with a fixed number of queries."""

    receipts: dict[UUID, Unapplied]
    found: dict[UUID, list[asking.Option]]  # the matcher's answers that stand, best first
    owners: dict[UUID, UUID]  # item -> customer, of everything that is found or may be named
    claims: dict[UUID, list[asking.Claim]]
    customers: dict[UUID, CustomerView]
    earlier: dict[UUID, list[Question]]  # questions of the receipt that still mean something
    sender: str


@command("matching.ask")
def ask(*, ctx: Context, items: Sequence[AskCustomer]) -> Outcome:
    """Queue a mail to the customer of each receipt, with a link per possible answer.

    One question per receipt at a time: while one is open and its link works, asking again is a
    duplicate. Earlier ones that failed, expired or were answered are put away. ``ids`` are those
    of the questions.
    """
    lock(ctx.company_id, "matching")
    # Who applies this money just now finishes first: nobody is asked about what is settled.
    receipts = {item.receipt_id for item in items}
    held = items_of(company_id=ctx.company_id, document_ids=[], receipt_ids=sorted(receipts))
    lock_items(company_id=ctx.company_id, item_ids=[one.id for one in held])
    return put(ctx, items)


def put(ctx: Context, items: Sequence[AskCustomer]) -> Outcome:
    """The same inside of a run of the matcher, which holds the locks; the rule is the context's."""
    scene = _load(ctx, items)
    rows: dict[UUID, Question] = {}
    results = []
    for index, item in enumerate(items):
        live = next((q for q in scene.earlier.get(item.receipt_id, ()) if _is_live(q, ctx)), None)
        known = rows.get(item.receipt_id, live)
        if known is not None:
            results.append(ItemResult(str(item.receipt_id), ItemState.DUPLICATE, known.id))
            continue
        customer = _asked(item, scene)
        fault = _fault(item, scene, customer, path=f"items[{index}]")
        if fault is not None or customer is None:
            faults = (fault,) if fault else ()
            results.append(ItemResult(str(item.receipt_id), ItemState.REFUSED, faults=faults))
            continue
        rows[item.receipt_id] = _question(ctx, item, scene, customer)
        results.append(ItemResult(str(item.receipt_id), ItemState.DONE, rows[item.receipt_id].id))
    _put_away(ctx, [one for receipt in rows for one in scene.earlier.get(receipt, ())])
    _store(ctx, list(rows.values()))
    return Outcome(items=tuple(results), figures={"asked": len(rows)})


def asked_before(ctx: Context, receipt_ids: Collection[UUID]) -> dict[UUID, bool]:
    """The receipts somebody was asked about, whatever came of it, since a rule asks once; and
    whether his answer, or what he answered, is still waited for."""
    found: dict[UUID, bool] = {}
    if receipt_ids:
        rows = Question.objects.of(ctx.company_id).filter(receipt_id__in=list(receipt_ids))
        for row in rows.only("receipt_id", "state", "expires_at"):
            waits = _is_live(row, ctx) or row.state == "answered"
            found[row.receipt_id] = waits or found.get(row.receipt_id, False)
    return found


def _load(ctx: Context, items: Sequence[AskCustomer]) -> _Scene:
    company, ids = ctx.company_id, list({item.receipt_id for item in items})
    waiting = unapplied(company_id=company, receipt_ids=ids) if ids else []
    receipts = {one.receipt_id: one for one in waiting}
    found: dict[UUID, list[asking.Option]] = defaultdict(list)
    standing = Proposal.objects.of(company).filter(receipt_id__in=ids, state="proposed")
    for row in standing.order_by("rank", "id"):
        shares = tuple(kept_shares(row.items))
        option = asking.Option(row.reason, shares, row.total_minor, row.probability)
        found[row.receipt_id].append(option)
    named = {key for several in found.values() for one in several for key in asking.named(one)}
    owners = {
        key: item.customer_id
        for key, item in _items(ctx, named).items()
        if item.customer_id is not None
    }
    people = {item.customer_id for item in items if item.customer_id}
    people |= {one.customer_id for one in receipts.values() if one.customer_id}
    people |= set(owners.values())
    claims: dict[UUID, list[asking.Claim]] = defaultdict(list)
    for claim in claims_of(company_id=company, customer_ids=people):
        claims[claim.customer_id].append(claim)
    earlier: dict[UUID, list[Question]] = defaultdict(list)
    rows = Question.objects.of(company).filter(
        receipt_id__in=ids, state__in=(*UNANSWERED, "answered")
    )
    for question in rows.order_by("id").select_for_update():
        earlier[question.receipt_id].append(question)
    customers = customers_by_id(company_id=company, ids=people)
    sender = Company.objects.values_list("email", flat=True).get(id=company)
    return _Scene(receipts, found, owners, claims, customers, earlier, sender)


def _items(ctx: Context, ids: set[UUID]) -> dict[UUID, Any]:
    return items_by_id(company_id=ctx.company_id, item_ids=sorted(ids)) if ids else {}


def _is_live(question: Question, ctx: Context) -> bool:
    return question.state in ("queued", "asked") and question.expires_at > ctx.now


def _asked(item: AskCustomer, scene: _Scene) -> CustomerView | None:
    """Who is asked: whoever is named or known to have paid, else the one customer whose documents
    all answers of the matcher are about."""
    receipt = scene.receipts.get(item.receipt_id)
    several = scene.found.get(item.receipt_id, [])
    chosen = asking.asked_customer(
        item.customer_id or (receipt.customer_id if receipt else None),
        {scene.owners.get(key) for one in several for key in asking.named(one)},
    )
    return scene.customers.get(chosen) if chosen else None


def _fault(
    item: AskCustomer, scene: _Scene, customer: CustomerView | None, *, path: str
) -> Fault | None:
    receipt = scene.receipts.get(item.receipt_id)
    if receipt is None:
        message = "nothing of this receipt is open, or it is unknown"
        return Fault("question.nothing_left", message, path=path)
    if not 0 < item.days <= asking.DAYS_MAX:
        message = f"a question waits 1 to {asking.DAYS_MAX} days"
        return Fault("question.days", message, path=f"{path}.days")
    if customer is not None and receipt.customer_id not in (None, customer.id):
        message = "this money is another customer's"
        return Fault("question.customer", message, path=f"{path}.customer_id")
    return asking.cannot_ask(customer, path=path)


def _question(ctx: Context, item: AskCustomer, scene: _Scene, customer: CustomerView) -> Question:
    receipt = scene.receipts[item.receipt_id]
    claims = scene.claims.get(customer.id, [])
    own = {key for key, owner in scene.owners.items() if owner == customer.id}
    offered = asking.options(
        found=scene.found.get(item.receipt_id, []),
        claims=claims,
        own=own,
        left_minor=receipt.open_minor,
        currency=receipt.currency,
    )
    key = ctx.ids.new()
    return Question(
        id=key,
        company_id=ctx.company_id,
        receipt_id=item.receipt_id,
        customer_id=customer.id,
        recipient=customer.email,
        locale=customer.locale,
        options=[kept_option(one) for one in offered],
        left_minor=receipt.open_minor,
        currency=receipt.currency,
        rule=ctx.rule,
        message_id=sending.message_id(dispatch_id=key, sender=scene.sender),
        due_at=ctx.now,
        asked_at=ctx.now,
        asked_by=ctx.actor.name,
        expires_at=ctx.now + timedelta(days=item.days),
    )


def kept_option(one: asking.Option) -> dict[str, Any]:
    """An answer as a question keeps it."""
    return {
        "reason": one.reason,
        "items": [kept(share) for share in one.shares],
        "total_minor": one.total_minor,
        "probability": str(one.probability),
    }


def _store(ctx: Context, rows: Sequence[Question]) -> None:
    """The questions, the one link of each, and the jobs that send them (I29)."""
    Question.objects.bulk_create(rows)
    by_days: dict[int, dict[UUID, UUID]] = defaultdict(dict)
    for row in rows:
        by_days[(row.expires_at - ctx.now).days][row.id] = row.id
    for days, subjects in by_days.items():
        keep_links(ctx, subjects, purpose=asking.PURPOSE, days=days)
    unit.record(
        ctx,
        [
            QuestionAsked(
                subject_id=row.id,
                effective_on=ctx.today,
                receipt_id=row.receipt_id,
                customer_id=row.customer_id,
                recipient=row.recipient,
                answers=len(row.options),
                amount_minor=row.left_minor,
                currency=row.currency,
            )
            for row in rows
        ],
    )
    queue(ctx, [row.id for row in rows])


def queue(ctx: Context, ids: Sequence[UUID]) -> None:
    """Jobs that send the mails, some hundred in each."""
    chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    company = str(ctx.company_id)
    enqueue(JOB, [{"company_id": company, "ids": [str(x) for x in chunk]} for chunk in chunks])


@command("matching.withdraw_question")
def withdraw_question(*, ctx: Context, items: Sequence[QuestionNamed]) -> Outcome:
    """Take questions back: their links open nothing from now on. One that was answered is put
    away: a person did what the answer asks for."""
    rows = {
        row.id: row
        for row in Question.objects.of(ctx.company_id)
        .filter(id__in=[item.id for item in items])
        .order_by("id")
        .select_for_update()
    }
    chosen: list[Question] = []
    results = []
    for index, item in enumerate(items):
        row, path = rows.get(item.id), f"items[{index}]"
        if row is None:
            fault = Fault("question.unknown", f"no question {item.id}", path=path)
            results.append(ItemResult(str(item.id), ItemState.REFUSED, faults=(fault,)))
        elif row.state in ("withdrawn", "closed") or row in chosen:
            results.append(ItemResult(str(item.id), ItemState.DUPLICATE, row.id))
        elif row.state == "applied":
            fix = "undo what it applied"
            fault = Fault("question.applied", "the answer is applied", path=path, fix=fix)
            results.append(ItemResult(str(item.id), ItemState.REFUSED, faults=(fault,)))
        else:
            chosen.append(row)
            results.append(ItemResult(str(item.id), ItemState.DONE, row.id))
    _put_away(ctx, chosen)
    return Outcome(items=tuple(results), figures={"withdrawn": len(chosen)})


def _put_away(ctx: Context, rows: Sequence[Question]) -> None:
    """Questions that a person, or a new one, makes needless."""
    facts: list[Fact] = []
    for row in rows:
        verb = "close" if row.state == "answered" else "withdraw"
        row.state = QUESTION.after(row.state, verb)
        row.decided_at, row.decided_by = ctx.now, ctx.actor.name
        facts.append(put_away_fact(row.id, row.receipt_id, row.state, ctx, why=ctx.reason))
    Question.objects.bulk_update(rows, ["state", "decided_at", "decided_by"])
    execute(
        "UPDATE access_signed_link SET revoked_at = %s WHERE company_id = %s AND purpose = %s"
        " AND subject_id = ANY(%s) AND revoked_at IS NULL",
        [ctx.now, ctx.company_id, asking.PURPOSE, [row.id for row in rows]],
    )
    unit.record(ctx, facts)


def put_away_fact(id_: UUID, receipt_id: UUID, state: str, ctx: Context, *, why: str) -> Fact:
    """What is recorded of a question that nobody need answer or read any more."""
    if state == "closed":
        return QuestionClosed(subject_id=id_, effective_on=ctx.today, receipt_id=receipt_id)
    return QuestionWithdrawn(subject_id=id_, effective_on=ctx.today, receipt_id=receipt_id, why=why)
