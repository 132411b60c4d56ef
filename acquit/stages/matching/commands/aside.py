"""Put money aside that settles nothing, with the reason; and take it up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.matching.facts import ReceiptPutAside, ReceiptTakenUp
from acquit.stages.matching.models import ASIDE, REASONS_ASIDE, Aside
from acquit.stages.receivables.commands import lock_items
from acquit.stages.receivables.queries import Unapplied, items_of, unapplied

NOTE_CHARACTERS_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """``reason`` is ``account`` (it stays with the customer, for what is still to come) or
    ``foreign`` (it is not for our invoices); ``note`` says more."""

    receipt_id: UUID
    reason: str
    note: str = ""

    @property
    def key(self) -> str:
        return str(self.receipt_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUp:
    receipt_id: UUID

    @property
    def key(self) -> str:
        return str(self.receipt_id)


@command("matching.put_aside")
def put_aside(*, ctx: Context, items: Sequence[PutAside]) -> Outcome:
    """Take money out of the queue that settles nothing now, and say why.

    Nothing is booked: it stands on suspense or on the customer's account as before. Put aside for
    the same reason already is a duplicate.
    """
    ids = sorted({item.receipt_id for item in items})
    held = items_of(company_id=ctx.company_id, document_ids=[], receipt_ids=ids)
    lock_items(company_id=ctx.company_id, item_ids=[one.id for one in held])
    left = {one.receipt_id: one for one in unapplied(company_id=ctx.company_id, receipt_ids=ids)}
    known = _standing(ctx, ids)
    rows: list[Aside] = []
    facts, results = [], []
    for index, item in enumerate(items):
        before = known.get(item.receipt_id)
        if before is not None and before.reason == item.reason:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, item.receipt_id))
            continue
        money = left.get(item.receipt_id)
        fault = _fault(item, money, before, path=f"items[{index}]")
        if fault is not None or money is None:
            faults = (fault,) if fault else ()
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=faults))
            continue
        row = known[item.receipt_id] = _row(ctx, item)
        rows.append(row)
        facts.append(_fact(ctx, item, money))
        results.append(ItemResult(item.key, ItemState.DONE, item.receipt_id))
    Aside.objects.bulk_create(rows)
    unit.record(ctx, facts)
    return Outcome(items=tuple(results), figures={"put_aside": len(rows)})


@command("matching.take_up")
def take_up(*, ctx: Context, items: Sequence[TakeUp]) -> Outcome:
    """Put receipts into the queue again; one that is not put aside is a duplicate."""
    known = _standing(ctx, [item.receipt_id for item in items])
    results: list[ItemResult] = []
    rows: list[Aside] = []
    for item in items:
        row = known.pop(item.receipt_id, None)
        if row is None:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, item.receipt_id))
            continue
        row.state = ASIDE.after(row.state, "take_up")
        row.taken_up_at, row.taken_up_by = ctx.now, ctx.actor.name
        rows.append(row)
        results.append(ItemResult(item.key, ItemState.DONE, item.receipt_id))
    Aside.objects.bulk_update(rows, ["state", "taken_up_at", "taken_up_by"])
    unit.record(
        ctx, [ReceiptTakenUp(subject_id=row.receipt_id, effective_on=ctx.today) for row in rows]
    )
    return Outcome(items=tuple(results), figures={"taken_up": len(rows)})


def _standing(ctx: Context, receipt_ids: Sequence[UUID]) -> dict[UUID, Aside]:
    """What is put aside of these receipts, locked."""
    rows = Aside.objects.of(ctx.company_id).filter(receipt_id__in=receipt_ids, state="aside")
    return {row.receipt_id: row for row in rows.order_by("id").select_for_update()}


def _fault(
    item: PutAside, money: Unapplied | None, before: Aside | None, *, path: str
) -> Fault | None:
    if money is None:
        message = "nothing of this receipt is open, or it is unknown"
        return Fault("aside.nothing_left", message, path=path)
    if item.reason not in REASONS_ASIDE:
        fix = f"say one of {', '.join(REASONS_ASIDE)}"
        return Fault("aside.reason", f"there is no reason {item.reason}", f"{path}.reason", fix=fix)
    if len(item.note) > NOTE_CHARACTERS_MAX:
        message = f"a note has at most {NOTE_CHARACTERS_MAX} characters"
        return Fault("aside.note", message, path=f"{path}.note")
    if before is not None:
        fix = "take it up first"
        return Fault("aside.other_reason", "put aside for another reason", path=path, fix=fix)
    if item.reason == "account" and money.customer_id is None:
        fix = "say who paid first"
        return Fault("aside.customer", "nobody knows whose money this is", path=path, fix=fix)
    return None


def _row(ctx: Context, item: PutAside) -> Aside:
    return Aside(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        receipt_id=item.receipt_id,
        reason=item.reason,
        note=item.note,
        put_at=ctx.now,
        put_by=ctx.actor.name,
    )


def _fact(ctx: Context, item: PutAside, money: Unapplied) -> ReceiptPutAside:
    return ReceiptPutAside(
        subject_id=item.receipt_id,
        effective_on=ctx.today,
        reason=item.reason,
        why=item.note,
        open_minor=money.open_minor,
        currency=money.currency,
    )
