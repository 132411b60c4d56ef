"""The last act of the clerk on Apply: what it was, and how it is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from acquit.access.idempotency import answered
from acquit.core.context import Context
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.database.together import Read
from acquit.entrypoints.ui import links
from acquit.entrypoints.ui.acts import fact_title
from acquit.entrypoints.ui.frame import Frame
from acquit.stages.matching.commands import (
    ProposalChoice,
    QuestionNamed,
    TakeUp,
    take_up,
    withdraw_question,
)
from acquit.stages.matching.commands import undo as undo_proposals
from acquit.stages.matching.queries import own_acts as queries
from acquit.stages.matching.queries.own_acts import OwnAct
from acquit.stages.receivables.commands import Identification, Undo, identify, undo

NUMBERS_SHOWN = 3
# Each act under the name of what it records.
_FACTS = {
    queries.ACCEPT: "receivables.CashApplied",
    queries.ALLOCATE: "receivables.CashApplied",
    queries.PUT_ASIDE: "matching.ReceiptPutAside",
    queries.ASK: "matching.QuestionAsked",
    queries.IDENTIFY: "receivables.PayerIdentified",
}


def last(frame: Frame, since: datetime, only: UUID | None = None) -> Read[OwnAct | None]:
    """What the clerk did last and may take back, to be read beside the rest of the page; or the
    act that is named."""
    commands = [done for done, undoing in queries.UNDOING.items() if undoing in frame.may]
    return queries.last_act(frame.ctx, since=since, commands=commands, only=only)


def shown(act: OwnAct | None, work: dict[str, Any] | None) -> dict[str, Any] | None:
    """The act in words. Its Undo has the key ``u`` but where the receipt on view is done with:
    there nothing can be done but to take that back."""
    if act is None:
        return None
    is_one = act.receipts == 1
    is_done_with = work is not None and (work["aside"] or (not work["open"] and work["can_undo"]))
    return {
        "id": to_public("act", act.id),
        "title": fact_title(_FACTS[act.command]),
        "at": act.at,
        "receipts": act.receipts,
        "payer": act.payer_name,
        "url": links.receipt(act.receipt_id),
        "amount": Money(act.amount_minor, act.currency) if is_one else None,
        "numbers": act.numbers[:NUMBERS_SHOWN] if is_one else [],
        "more": max(len(act.numbers) - NUMBERS_SHOWN, 0) if is_one else 0,
        "has_key": not is_done_with,
    }


def take_back(ctx: Context, act: OwnAct, *, since: datetime) -> Outcome:
    """All that the act did, by the command that is there for it."""
    told = answered(ctx, key_id=act.id, since=since)
    assert told is not None  # the act was found by its answer
    done = told[1].of(ItemState.DONE)
    ids = [one.id for one in done if one.id is not None]
    if act.command == queries.ACCEPT:
        return undo_proposals(ctx=ctx, items=[ProposalChoice(id=one) for one in ids])
    if act.command == queries.ALLOCATE:
        return undo(ctx=ctx, items=[Undo(allocation_id=one) for one in ids])
    if act.command == queries.PUT_ASIDE:
        return take_up(ctx=ctx, items=[TakeUp(receipt_id=one) for one in ids])
    if act.command == queries.ASK:
        return withdraw_question(ctx=ctx, items=[QuestionNamed(id=one) for one in ids])
    wishes = [Identification(receipt_id=UUID(one.key), customer_id=None) for one in done]
    return identify(ctx=ctx, items=wishes)
