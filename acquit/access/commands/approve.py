"""Decide what waits for a second person: approve (the same command runs), reject, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from acquit.access.approvals import asked_items, limits_of
from acquit.access.command import REGISTRY, command, log_refusal
from acquit.access.models import APPROVAL, ApprovalRequest
from acquit.core.context import Actor, ActorKind, Context
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.plain import from_plain, to_plain
from acquit.history import unit
from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True)
class Decision:
    """A request and why it is decided so."""

    id: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Fact):
    KIND = "access.ApprovalDecided"
    command: str
    item_key: str
    verdict: str


class CannotApprove(Refused):
    """The maker may not approve, the approver's limit is too low, or the request is decided."""


@command("access.approve")
def approve(*, ctx: Context, items: Sequence[Decision]) -> Outcome:
    """Approve requests. Each runs its command as the approver, marked with the request's id; what
    was asked for together is done together."""
    results = []
    for request, decision in _load(ctx, items):
        faults = _faults(ctx, request)
        if faults:
            results.append(_refused(ctx, request, faults))
            continue
        registered = REGISTRY[request.command]
        parts = [from_plain(registered.item_type, one) for one in asked_items(request.item)]
        inner = replace(
            ctx.without_key(),
            approval_id=request.id,
            reason=decision.reason,
            actor=_with_permission(ctx, request.command),
        )
        outcome = registered.run(ctx=inner, items=parts)
        if outcome.of(ItemState.REFUSED):
            # Things changed since it was asked for: it goes on waiting, with the reason shown.
            results.append(
                ItemResult(request.item_key, ItemState.REFUSED, request.id, outcome.faults)
            )
            continue
        _decide(ctx, request, "approve", decision, outcome)
        results.append(
            ItemResult(request.item_key, ItemState.DONE, request.id, faults=outcome.faults)
        )
    return Outcome(items=tuple(results))


@command("access.reject")
def reject(*, ctx: Context, items: Sequence[Decision]) -> Outcome:
    """Reject requests with a reason; nothing of them happens."""
    results = []
    for request, decision in _load(ctx, items):
        _decide(ctx, request, "reject", decision, None)
        results.append(ItemResult(request.item_key, ItemState.DONE, request.id))
    return Outcome(items=tuple(results))


def _load(ctx: Context, items: Sequence[Decision]) -> list[tuple[ApprovalRequest, Decision]]:
    wanted = {item.id: item for item in items}
    rows = (
        ApprovalRequest.objects.of(ctx.company_id)
        .filter(id__in=list(wanted))
        .select_for_update()
        .order_by("created_at", "id")
    )
    found = [(row, wanted[row.id]) for row in rows]
    missing = set(wanted) - {row.id for row, _ in found}
    if missing:
        raise CannotApprove.because(
            "approval.unknown", f"no such request: {', '.join(str(m) for m in sorted(missing))}"
        )
    return found


def _faults(ctx: Context, request: ApprovalRequest) -> tuple[Fault, ...]:
    if request.maker_id is not None and request.maker_id == ctx.actor.person_id:
        return (
            Fault(
                "approval.own_request",
                f"{ctx.actor.name} answers for this request and cannot approve it",
                fix="ask a second person",
            ),
        )
    if ctx.actor.kind is ActorKind.API and None in (request.maker_id, ctx.actor.person_id):
        return (
            Fault(
                "approval.person_needed",
                f"{ctx.actor.name} is a program, and no person answers for it or for this request",
                fix="let a person approve it",
            ),
        )
    bound_by = REGISTRY[request.command].bound_by
    limits = limits_of(ctx, commands=(request.command, *bound_by))
    amount = Money(request.amount_minor, request.currency)
    if limits is not None and amount and abs(amount.minor) > limits.get(amount.currency, 0):
        return (Fault("approval.above_limit", f"{abs(amount)} is above your own limit"),)
    return ()


def _refused(ctx: Context, request: ApprovalRequest, faults: tuple[Fault, ...]) -> ItemResult:
    log_refusal(ctx, command=f"access.approve {request.command}", why=faults[0].message)
    return ItemResult(request.item_key, ItemState.REFUSED, request.id, faults)


def _with_permission(ctx: Context, name: str) -> Actor:
    return replace(ctx.actor, permissions=ctx.actor.permissions | {name})


def _decide(
    ctx: Context,
    request: ApprovalRequest,
    verb: str,
    decision: Decision,
    outcome: Outcome | None,
) -> None:
    request.state = APPROVAL.after(request.state, verb)
    # A program has no user row; the fact below says which one decided.
    request.decided_by_id = ctx.actor.id if ctx.actor.kind is ActorKind.PERSON else None
    request.decided_at = ctx.now
    request.decision_reason = decision.reason
    request.result = to_plain(outcome.as_dict()) if outcome else None
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "result"])
    fact = ApprovalDecided(
        subject_id=request.id,
        effective_on=ctx.today,
        command=request.command,
        item_key=request.item_key,
        verdict=request.state,
    )
    unit.record(ctx.because(reason=decision.reason), [fact])
