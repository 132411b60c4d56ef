"""Four eyes: what is above a limit becomes a request; approving it runs the same command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.access.models import APPROVAL, ApprovalRequest
from acquit.access.queries import home_of
from acquit.access.roles import delivered_limit
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import NO_CURRENCY, Money
from acquit.core.outcome import ItemResult, ItemState
from acquit.core.plain import to_plain
from acquit.core.text import canonical_json, sha256
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(Fact):
    KIND = "access.ApprovalRequested"
    command: str
    item_key: str
    amount_minor: int
    currency: str
    why: str


def limits_of(ctx: Context, *, commands: Sequence[str]) -> dict[str, int] | None:
    """Per currency the lowest of what the actor may do by each of the commands that has limits,
    which is the highest of his roles; None when none of them has any. A command for which the
    company set none has those it was delivered with."""
    rows = fetch_rows(
        "SELECT command, role, currency, amount_minor FROM access_limit"
        " WHERE company_id = %s AND command = ANY(%s)",
        [ctx.company_id, list(commands)],
    )
    best: dict[str, dict[str, int]] = {}
    for command, role, currency, minor in rows:
        mine = best.setdefault(command, {})
        if role in ctx.actor.roles:
            mine[currency] = max(mine.get(currency, 0), minor)
    for command in commands:
        delivered = None if command in best else delivered_limit(ctx.actor.roles, command)
        if delivered is not None:
            limit = Money.of(delivered, home_of(ctx.company_id).currency)
            best[command] = {limit.currency: limit.minor}
    if not best:
        return None
    currencies = {currency for mine in best.values() for currency in mine}
    return {one: min(mine.get(one, 0) for mine in best.values()) for one in currencies}


def hold_back(
    ctx: Context,
    *,
    command: str,
    items: Sequence[Any],
    weigh: Callable[[], Sequence[Money | None]],
    always: bool,
    bound_by: Sequence[str] = (),
) -> tuple[list[Any], list[ItemResult]]:
    """Split a batch into what the actor may do alone and what now waits for a second person.
    ``weigh`` gives the amount of each item; it is asked only where there are limits, of the
    command or of those it is ``bound_by``.

    Items with the same word in ``together`` are done as a whole or not at all, so they wait as a
    whole: one request, of the largest amount among them. What is answered of those that wait is in
    their order. An item that comes from an approved
    request passes: its approval was checked when it was given.
    """
    if ctx.approval_id is not None:
        return list(items), []
    limits = limits_of(ctx, commands=(command, *bound_by))
    if limits is None and not always:
        return list(items), []
    groups: dict[object, list[tuple[Any, Money | None]]] = defaultdict(list)
    for place, (item, amount) in enumerate(zip(items, weigh(), strict=True)):
        groups[getattr(item, "together", "") or place].append((item, amount))
    allowed: set[int] = set()
    held: list[_Held] = []
    for group in groups.values():
        parts = [item for item, _amount in group]
        reasons = [(amount, _why_wait(limits, amount, always)) for _item, amount in group]
        if waits := [(amount, why) for amount, why in reasons if why]:
            amount, why = max(waits, key=lambda one: abs(one[0].minor) if one[0] else 0)
            held.append(_Held(parts, amount or Money.zero(NO_CURRENCY), why))
        else:
            allowed |= set(map(id, parts))
    asked_for = [id(item) for one in held for item in one.items]
    answers = dict(zip(asked_for, _request(ctx, command, held), strict=True))
    waiting = [answers[id(item)] for item in items if id(item) in answers]
    return [item for item in items if id(item) in allowed], waiting


@dataclass(frozen=True, slots=True)
class _Held:
    """What waits as one."""

    items: list[Any]
    amount: Money
    why: str

    @property
    def asked(self) -> Any:
        """As it is kept in the request: the one item, or those of the group."""
        plain = [to_plain(item) for item in self.items]
        return plain[0] if len(plain) == 1 else {GROUP: plain}


GROUP = "items"  # the field of a request that holds a group


def asked_items(kept: Mapping[str, Any]) -> list[Any]:
    """The items of a request, as they were asked for.

    >>> asked_items({"key": "a"}), asked_items({"items": [{"key": "a"}, {"key": "b"}]})
    ([{'key': 'a'}], [{'key': 'a'}, {'key': 'b'}])
    """
    return list(kept[GROUP]) if kept.keys() == {GROUP} else [kept]


def _why_wait(limits: dict[str, int] | None, amount: Money | None, always: bool) -> str:
    if always:
        return "this act always needs a second person"
    if limits is None or amount is None:
        return ""
    limit = limits.get(amount.currency, 0)
    if abs(amount.minor) <= limit:
        return ""
    return f"{abs(amount)} is above the limit of {Money(limit, amount.currency)}"


def _request(ctx: Context, command: str, held: Sequence[_Held]) -> list[ItemResult]:
    """One request for each thing that is asked for: who asks again while it waits gets the one
    that waits, also when two ask at the same moment."""
    if not held:
        return []
    requests = [
        ApprovalRequest(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            command=command,
            item=one.asked,
            asked_hash=asked_hash(command, one.asked),
            item_key=key_of(one.items[0]),
            amount_minor=one.amount.minor,
            currency=one.amount.currency,
            why=one.why,
            maker_id=ctx.actor.person_id,
            maker_name=ctx.actor.name,
            created_at=ctx.now,
        )
        for one in held
    ]
    waiting = _waiting(ctx, requests)
    facts = [
        ApprovalRequested(
            subject_id=request.id,
            effective_on=ctx.today,
            command=command,
            item_key=request.item_key,
            amount_minor=request.amount_minor,
            currency=request.currency,
            why=request.why,
        )
        for request in requests
        if waiting[request.asked_hash] == request.id
    ]
    unit.record(ctx, facts)
    return [
        ItemResult(
            key=key_of(item),
            state=ItemState.AWAITING,
            id=waiting[request.asked_hash],
            faults=(Fault("access.awaiting_approval", request.why),),
        )
        for one, request in zip(held, requests, strict=True)
        for item in one.items
    ]


def _waiting(ctx: Context, requests: Sequence[ApprovalRequest]) -> dict[str, UUID]:
    """What is asked for -> the request that waits for it, after adding those that are missing."""
    asked = {request.asked_hash for request in requests}
    while True:
        ApprovalRequest.objects.bulk_create(requests, ignore_conflicts=True)
        waiting = dict(
            ApprovalRequest.objects.of(ctx.company_id)
            .filter(state=APPROVAL.initial, asked_hash__in=asked)
            .values_list("asked_hash", "id")
        )
        # One that was decided between the two statements is no longer in the way: once more.
        if len(waiting) == len(asked):
            return waiting


def asked_hash(command: str, item: Any) -> str:
    """The same for the same item of the same command, and only then."""
    return sha256(canonical_json({"command": command, "item": to_plain(item)}))


def key_of(item: Any) -> str:
    """The item's own word for itself: its ``key`` when it has one, else its id."""
    key = getattr(item, "key", None) or getattr(item, "id", None)
    return str(key) if isinstance(key, str | UUID) else type(item).__name__
