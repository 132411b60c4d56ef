"""Money that went back: find the receipt it was, and open again what that had settled.

The debit itself was booked when it came, bank against suspense. Here its receipt gives the money
up against suspense, after what it had settled is undone; the bank's charge leaves suspense for the
account of bank fees. All of it by reversal, on the first open day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.documents.return_reasons import told
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.policy.queries import in_force
from acquit.stages.matching.commands.unwinding import Plan, settle_again, unwind_all
from acquit.stages.matching.facts import ReturnDismissed, ReturnSettled
from acquit.stages.matching.models import RETURN, Return
from acquit.stages.matching.queries.returns import Likely, likely, receipts_left
from acquit.stages.matching.rules import returns as rules
from acquit.stages.receivables.commands import Undo, take_back


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnChoice:
    """The return that is meant, and of which receipt it is; of a payout that paid many documents,
    of which one's money (``claim_id``), where its report leaves that open."""

    id: UUID
    receipt_id: UUID
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNamed:
    """The return that is meant."""

    id: UUID


@dataclass(frozen=True, slots=True)
class _Said:
    """What the policy ``returning`` says to an answer."""

    settles: bool
    bears_charge: bool
    rule: str


def settle_waiting(ctx: Context) -> dict[str, int]:
    """Settle the returns that wait where one receipt fits and the policy lets it. A receipt that
    came back twice, or a document of a payout, is taken once per round, so that the second sees
    what the first left."""
    waiting = _locked(ctx, state="waiting")
    settled = 0
    while waiting:
        near = likely(company_id=ctx.company_id, ids=[row.id for row in waiting])
        answers = {row.id: _answer(row, near[row.id]) for row in waiting}
        certain = [(row, found) for row in waiting if (found := answers[row.id].found)]
        said = _ask(ctx, certain)
        batch: list[Plan] = []
        taken: dict[UUID, set[UUID | None]] = defaultdict(set)
        for (row, answer), word in zip(certain, said, strict=True):
            if word.settles and _is_free(taken, answer):
                batch.append(_plan(row, answer, _named(near[row.id], answer), word))
        settling = settle_plans(ctx, batch) if batch else []
        if not settling:
            _keep_ties(waiting, answers)
            break
        settled += len(settling)
        done = {plan.row.id for plan in settling}
        waiting = [row for row in waiting if row.id not in done]
    if not settled and not waiting:
        return {}
    return {"returns_settled": settled, "returns_waiting": len(waiting)}


def _is_free(taken: dict[UUID, set[UUID | None]], one: rules.Found) -> bool:
    """Whether no other return of this round is of the same money; then it is taken now."""
    claims = taken[one.receipt_id]
    if claims and (one.claim_id is None or None in claims or one.claim_id in claims):
        return False
    claims.add(one.claim_id)
    return True


def _named(near: Sequence[Likely], one: rules.Found) -> Likely:
    """The candidate that was found."""
    return next(c for c in near if (c.receipt_id, c.claim_id) == (one.receipt_id, one.claim_id))


def _weigh(ctx: Context, items: Sequence[ReturnChoice]) -> list[Money | None]:
    """What each return is worth in the company's currency; None where there is nothing to do."""
    home = home_of(ctx.company_id).currency
    rows = Return.objects.of(ctx.company_id).in_bulk([item.id for item in items])
    return [
        Money(row.worth_minor, home)
        if (row := rows.get(item.id)) and (row.state, "settle") in RETURN.transitions
        else None
        for item in items
    ]


@command("matching.settle_return", weigh=_weigh)
def settle_return(*, ctx: Context, items: Sequence[ReturnChoice]) -> Outcome:
    """A person says which receipt came back; what it had settled is open again. Above his limit it
    waits for a second person."""
    lock(ctx.company_id, "matching")
    rows = {row.id: row for row in _locked(ctx, ids=[item.id for item in items])}
    meant = _meant(ctx, items, list(rows))
    results: list[ItemResult] = []
    chosen: dict[UUID, tuple[Return, rules.Found, Likely]] = {}
    taken: dict[UUID, set[UUID | None]] = defaultdict(set)
    for index, item in enumerate(items):
        row, one, path = rows.get(item.id), meant[index], f"items[{index}]"
        fault = None
        if row is None:
            fault = Fault("return.unknown", f"no return {item.id}", path=path)
        elif row.state == "settled" and row.receipt_id == item.receipt_id:
            results.append(ItemResult(str(item.id), ItemState.DUPLICATE, row.id))
            continue
        elif (row.state, "settle") not in RETURN.transitions or row.id in chosen:
            fix = "take it back first"
            fault = Fault("return.settled", "this return is settled already", path=path, fix=fix)
        else:
            fault = _unfit(row, item, one, path=path)
        if fault is None and row is not None and one is not None:
            found = _said_of(row, one)
            if _is_free(taken, found):
                chosen[row.id] = (row, found, one)
                results.append(ItemResult(str(item.id), ItemState.DONE, row.id))
                continue
            fault = _nothing_left(path)
        results.append(
            ItemResult(str(item.id), ItemState.REFUSED, faults=(fault,) if fault else ())
        )
    said = _ask(ctx, [(row, found) for row, found, _one in chosen.values()])
    plans = [
        _plan(row, found, one, _Said(True, word.bears_charge, ""))
        for (row, found, one), word in zip(chosen.values(), said, strict=True)
    ]
    done = {plan.row.id for plan in settle_plans(ctx, plans)}
    results = [
        _overtaken(one) if one.id in chosen and one.id not in done else one for one in results
    ]
    return Outcome(items=tuple(results), figures={"settled": len(done)})


def _meant(ctx: Context, items: Sequence[ReturnChoice], ids: Sequence[UUID]) -> list[Likely | None]:
    """The receipt that each choice names; of a payout that paid many, with the one document."""
    left = receipts_left(company_id=ctx.company_id, ids=[item.receipt_id for item in items])
    near = likely(company_id=ctx.company_id, ids=ids)
    found = []
    for item in items:
        mine = [
            one
            for one in near.get(item.id, ())
            if one.receipt_id == item.receipt_id and one.claim_id
        ]
        if item.claim_id is not None:
            mine = [one for one in mine if one.claim_id == item.claim_id]
        found.append(mine[0] if len(mine) == 1 else left.get(item.receipt_id))
    return found


def _said_of(row: Return, one: Likely) -> rules.Found:
    principal, charge, _fit = rules.shared(
        amount_minor=row.amount_minor,
        charges_minor=row.told_charges_minor,
        left_minor=one.left_minor,
    )
    return rules.Found(
        one.receipt_id, principal, charge, rules.PERSON, (rules.PERSON,), one.claim_id
    )


def _unfit(row: Return, item: ReturnChoice, one: Likely | None, *, path: str) -> Fault | None:
    if one is None:
        return Fault("receipt.unknown", f"no receipt {item.receipt_id}", path=f"{path}.receipt_id")
    if item.claim_id not in (None, one.claim_id):
        message = f"this receipt settles no document {item.claim_id} that the return may be of"
        return Fault("return.claim", message, path=f"{path}.claim_id", fix="leave it out")
    if one.currency != row.currency:
        message = f"the receipt is in {one.currency} and the return in {row.currency}"
        return Fault("return.currency", message, path=path, fix="choose a receipt in its currency")
    return _nothing_left(path) if one.left_minor <= 0 else None


def _nothing_left(path: str) -> Fault:
    message = "all of this receipt came back already"
    return Fault("return.nothing_left", message, path=path, fix="choose another receipt")


def _overtaken(one: ItemResult) -> ItemResult:
    message = "what this receipt had settled has just changed"
    fault = Fault("return.changed", message, path=one.key, fix="look again, and choose again")
    return ItemResult(one.key, ItemState.REFUSED, faults=(fault,))


@command("matching.undo_return")
def undo_return(*, ctx: Context, items: Sequence[ReturnNamed]) -> Outcome:
    """It was not this receipt after all: what was opened again is settled as before where it still
    fits, the rest is told in the answer, and a person decides what the return is. No rule takes it
    up again."""
    lock(ctx.company_id, "matching")
    rows, results = _chosen(ctx, items, verb="undo")
    wishes = [Undo(allocation_id=row.allocation_id) for row in rows]
    answers = take_back(ctx, wishes, keeps_payer=True).items
    # Somebody may have taken one back since it was read: then nothing is made again here.
    states = {row.id: answer.state for row, answer in zip(rows, answers, strict=True)}
    done = [row for row in rows if states[row.id] is ItemState.DONE]
    lost = settle_again(ctx, done)
    results = [
        replace(one, state=states.get(one.id, one.state), faults=lost.get(one.id, ()))
        if one.id
        else one
        for one in results
    ]
    figures = {"undone": len(done)}
    if lost:
        figures["left_open"] = sum(len(faults) for faults in lost.values())
    return Outcome(items=tuple(results), figures=figures)


@command("matching.dismiss_return")
def dismiss_return(*, ctx: Context, items: Sequence[ReturnNamed]) -> Outcome:
    """No money of a customer came back: the debit stays on suspense for the accountant."""
    lock(ctx.company_id, "matching")
    rows, results = _chosen(ctx, items, verb="dismiss")
    for row in rows:
        row.state, row.decided_at, row.decided_by = "dismissed", ctx.now, ctx.actor.name
    Return.objects.bulk_update(rows, ["state", "decided_at", "decided_by"])
    unit.record(ctx, [ReturnDismissed(subject_id=row.id, effective_on=ctx.today) for row in rows])
    return Outcome(items=tuple(results), figures={"dismissed": len(rows)})


def _chosen(
    ctx: Context, items: Sequence[ReturnNamed], *, verb: str
) -> tuple[list[Return], list[ItemResult]]:
    """The returns in hand; what was done before, also in this batch, is a duplicate.

    Settled ones are not locked: their undoing locks the open items first, as every undoing does,
    and the return's row follows.
    """
    ids = [item.id for item in items]
    settled = Return.objects.of(ctx.company_id).filter(id__in=ids).order_by("id")
    found = {row.id: row for row in (settled if verb == "undo" else _locked(ctx, ids=ids))}
    target = {v: after for (_state, v), after in RETURN.transitions.items()}[verb]
    rows: dict[UUID, Return] = {}
    results = []
    for index, item in enumerate(items):
        row = found.get(item.id)
        if row is None:
            fault = Fault("return.unknown", f"no return {item.id}", path=f"items[{index}]")
            results.append(ItemResult(str(item.id), ItemState.REFUSED, faults=(fault,)))
        elif row.state == target or row.id in rows:
            results.append(ItemResult(str(item.id), ItemState.DUPLICATE, row.id))
        elif (row.state, verb) not in RETURN.transitions:
            message = f"the return is {row.state}: cannot {verb}"
            fault = Fault("return.not_allowed", message, path=f"items[{index}]")
            results.append(ItemResult(str(item.id), ItemState.REFUSED, faults=(fault,)))
        else:
            rows[row.id] = row
            results.append(ItemResult(str(item.id), ItemState.DONE, row.id))
    return list(rows.values()), results


def _locked(ctx: Context, *, state: str = "", ids: Sequence[UUID] = ()) -> list[Return]:
    rows = Return.objects.of(ctx.company_id).order_by("booked_on", "id")
    rows = rows.filter(state=state) if state else rows.filter(id__in=ids)
    return list(rows.select_related("bank_line").select_for_update(of=("self",), no_key=True))


def _answer(row: Return, candidates: Sequence[Likely]) -> rules.Answer:
    return rules.choose(
        amount_minor=row.amount_minor,
        charges_minor=row.told_charges_minor,
        candidates=[
            rules.Candidate(one.receipt_id, one.left_minor, frozenset(one.by), one.claim_id)
            for one in candidates
            if not one.is_contradicted
        ],
    )


def _ask(ctx: Context, pairs: Sequence[tuple[Return, Any]]) -> list[_Said]:
    """The policy's word to each return with its answer."""
    if not pairs:
        return []
    home = home_of(ctx.company_id).currency
    policy = in_force(company_id=ctx.company_id, name="returning", on=ctx.today)
    decisions = policy.decide_many([_facts(row, found, home) for row, found in pairs])
    return [
        _Said(one.value("action") == "settle", one.value("charge") == "bear", policy.rule(one))
        for one in decisions
    ]


def _facts(row: Return, found: rules.Found, home: str) -> dict[str, Any]:
    return {
        "return.evidence": found.evidence,
        "return.reason": row.reason,
        "return.amount": Money(_worth(row, found.principal_minor), home).decimal,
        "return.charge": Money(_worth(row, found.charge_minor), home).decimal,
    }


def _plan(row: Return, found: rules.Found, one: Likely, said: _Said) -> Plan:
    return Plan(
        row,
        found.receipt_id,
        one.item_id,
        found.principal_minor,
        found.charge_minor if said.bears_charge else 0,
        found.by,
        said.rule,
        one.left_minor,
        found.claim_id,
    )


def _keep_ties(waiting: Sequence[Return], answers: dict[UUID, rules.Answer]) -> None:
    """How many receipts fit equally well, for the person who looks."""
    changed = [row for row in waiting if row.ties != answers[row.id].ties]
    for row in changed:
        row.ties = answers[row.id].ties
    Return.objects.bulk_update(changed, ["ties"])


def settle_plans(ctx: Context, plans: Sequence[Plan]) -> list[Plan]:
    """Each return of other money; one batch per rule and reason of the bank. The answer is those
    that could be settled."""
    done: list[Plan] = []
    groups: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    for plan in plans:
        groups[plan.rule, plan.row.reason].append(plan)
    for (rule, reason), group in groups.items():
        because = ctx.because(rule=rule, reason=told(reason))
        group = unwind_all(because, group)
        done += group
        facts: list[Fact] = []
        for plan in group:
            row = plan.row
            row.state, row.receipt_id, row.rule = "settled", plan.receipt_id, rule
            row.principal_minor, row.charge_minor = plan.principal_minor, plan.charge_minor
            row.evidence, row.ties = list(plan.by), 0
            row.decided_at, row.decided_by = ctx.now, rule or ctx.actor.name
            facts.append(_settled(because, plan))
        Return.objects.bulk_update([plan.row for plan in group], _CHANGED)
        unit.record(because, facts)
    return done


_CHANGED = [
    "state",
    "receipt",
    "rule",
    "principal_minor",
    "charge_minor",
    "evidence",
    "ties",
    "allocation_id",
    "reopened",
    "decided_at",
    "decided_by",
]


def _settled(ctx: Context, plan: Plan) -> ReturnSettled:
    return ReturnSettled(
        subject_id=plan.row.id,
        effective_on=unit.calendar()(ctx.today),
        receipt_id=plan.receipt_id,
        customer_id=plan.customer_id,
        amount_minor=plan.principal_minor,
        charge_minor=plan.charge_minor,
        charge_worth_minor=rules.charge_worth(
            whole_worth=plan.row.worth_minor,
            whole_minor=plan.row.amount_minor,
            principal_minor=plan.principal_minor,
            charge_minor=plan.charge_minor,
        ),
        currency=plan.row.currency,
        reason=plan.row.reason,
    )


def _worth(row: Return, minor: int) -> int:
    """A part of the debit in the company's currency."""
    return rules.worth(whole_worth=row.worth_minor, whole_minor=row.amount_minor, part_minor=minor)
