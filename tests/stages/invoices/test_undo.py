"""Acts on drafts that are taken back: the draft is as it was, and the history keeps both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.core.context import Context
from acquit.core.outcome import ItemState, Outcome
from acquit.history.models import FactRecord
from acquit.stages.invoices.commands.alter import (
    Channelling,
    Dating,
    TaxDating,
    change_channel,
    change_date,
    change_tax_point,
)
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.commands.reshape import Merging, Splitting, merge, split
from acquit.stages.invoices.commands.undo import Undoing, undo
from acquit.stages.invoices.models import Draft, DraftBefore, Line
from acquit.stages.orders.models import Unbilled
from tests.support.invoices import Sold, broken, customer, deliver
from tests.support.world import World

pytestmark = pytest.mark.django_db
SOLD = [Sold("3", "33.33"), Sold("7", "0.99", "B-2"), Sold("1", "1000.01", "C-3")]


class Desk:
    """Drafts of one customer, and a clock that goes on with every act."""

    def __init__(self, world: World, drafts: int) -> None:
        self.world, self._minutes = world, count(1)
        buyer = customer(world)
        for days in range(drafts):
            deliver(world, buyer, SOLD, on=world.today - timedelta(days=days))
        draft(ctx=self.ctx(), items=[buyer.id], as_of=world.today)
        rows = Draft.objects.of(world.company_id).order_by("created_at", "id")
        self.ids = list(rows.values_list("id", flat=True))

    def ctx(self) -> Context:
        ctx = self.world.ctx()
        return replace(ctx, now=ctx.now + timedelta(minutes=next(self._minutes)))

    def rows(self) -> dict[UUID, dict[str, Any]]:
        """Every draft, whole."""
        return {row["id"]: row for row in Draft.objects.of(self.world.company_id).values()}

    def undo(self, *ids: UUID) -> Outcome:
        return undo(ctx=self.ctx(), items=[Undoing(draft_id=one) for one in ids])


def acts(desk: Desk) -> dict[str, Any]:
    """Each act by its name, as a call on the first draft."""
    first = desk.ids[0]
    day = desk.world.today
    line = UUID(Draft.objects.get(id=first).content["lines"][1]["id"])
    return {
        "date": lambda: change_date(ctx=desk.ctx(), items=[Dating(draft_id=first, issue_on=day)]),
        "tax point": lambda: change_tax_point(
            ctx=desk.ctx(), items=[TaxDating(draft_id=first, tax_point=day)]
        ),
        "channel": lambda: change_channel(
            ctx=desk.ctx(), items=[Channelling(draft_id=first, channel="print")]
        ),
        "split": lambda: split(ctx=desk.ctx(), items=[Splitting(draft_id=first, line_ids=(line,))]),
        "merge": lambda: merge(ctx=desk.ctx(), items=[Merging(draft_ids=tuple(desk.ids))]),
        "discard": lambda: discard(ctx=desk.ctx(), items=[Holding(draft_id=first, why="no")]),
    }


@pytest.mark.parametrize("name", ["date", "tax point", "channel", "split", "merge", "discard"])
def test_an_act_taken_back_leaves_no_trace_but_in_the_history(world: World, name: str) -> None:
    desk = Desk(world, 3)
    before, billing = desk.rows(), list(Unbilled.objects.values_list("id", "billing"))
    assert len(acts(desk)[name]().of(ItemState.DONE)) == 1
    assert desk.rows() != before
    (undone,) = desk.undo(desk.ids[0]).items
    assert undone.state is ItemState.DONE
    after = desk.rows()
    made = after.keys() - before.keys()
    assert {key: row for key, row in after.items() if key not in made} == before
    assert all((after[one]["state"], after[one]["lines"]) == ("discarded", []) for one in made)
    assert bool(made) == (name == "split")
    assert sorted(Unbilled.objects.values_list("id", "billing")) == sorted(billing)
    command = {"tax point": "invoices.change_tax_point", "date": "invoices.change_date"}
    fact = FactRecord.objects.filter(kind="invoices.DraftActUndone", subject_id=desk.ids[0]).get()
    assert fact.payload["act"] == command.get(
        name, f"invoices.{'change_channel' if name == 'channel' else name}"
    )
    # What is left to bill is billed once, and the books hold.
    assert len(issue(ctx=desk.ctx(), items=[Issuing(draft_id=one) for one in desk.ids]).ids) == 3
    assert Line.objects.of(world.company_id).count() == 9
    assert broken(world) == []


def test_acts_of_one_call_that_share_a_draft_go_back_together(world: World) -> None:
    desk = Desk(world, 3)
    first, second, third = desk.ids
    before = desk.rows()
    lines = [UUID(one["id"]) for one in Draft.objects.get(id=first).content["lines"]]
    twice = [Splitting(draft_id=first, line_ids=(one,)) for one in lines[:2]]
    assert len(split(ctx=desk.ctx(), items=twice).of(ItemState.DONE)) == 2
    assert desk.undo(first).of(ItemState.DONE)
    assert {one: row for one, row in desk.rows().items() if row["state"] != "discarded"} == before
    pairs = [Merging(draft_ids=(first, one)) for one in (second, third)]
    assert len(merge(ctx=desk.ctx(), items=pairs).of(ItemState.DONE)) == 2
    assert desk.undo(third).of(ItemState.DONE)
    assert {one: row for one, row in desk.rows().items() if row["state"] != "discarded"} == before


def test_a_release_taken_back_waits_again_for_the_same_reason(world: World) -> None:
    desk = Desk(world, 1)
    (only,) = desk.ids
    hold(ctx=desk.ctx(), items=[Holding(draft_id=only, why="the buyer asked")])
    before = desk.rows()
    release(ctx=desk.ctx(), items=[Releasing(draft_id=only)])
    desk.undo(only)
    assert desk.rows() == before
    assert before[only]["held_reason"] == "the buyer asked"


def test_acts_go_back_one_by_one_the_last_first(world: World) -> None:
    desk = Desk(world, 2)
    first = desk.ids[0]
    states = [desk.rows()]
    for name in ("date", "merge", "channel"):
        acts(desk)[name]()
        states.append(desk.rows())
    for state in reversed(states[:-1]):
        assert desk.undo(first).of(ItemState.DONE)
        assert desk.rows() == state
    refused = desk.undo(first)
    assert [fault.code for fault in refused.faults] == ["draft.nothing_to_undo"]


def test_what_changed_since_is_not_taken_back(world: World) -> None:
    desk = Desk(world, 2)
    first, second = desk.ids
    (made,) = acts(desk)["split"]().ids
    assert made is not None
    change_channel(ctx=desk.ctx(), items=[Channelling(draft_id=made, channel="print")])
    kept = desk.rows()
    assert [fault.code for fault in desk.undo(first).faults] == ["draft.changed_since"]
    assert desk.rows() == kept
    desk.undo(made)  # the later one first, then the split goes back as well
    assert desk.undo(first).of(ItemState.DONE)
    discard(ctx=desk.ctx(), items=[Holding(draft_id=second, why="twice")])
    bill(ctx=desk.ctx(), as_of=world.today)
    assert [fault.code for fault in desk.undo(second).faults] == ["draft.billed_again"]
    issue(ctx=desk.ctx(), items=[Issuing(draft_id=first)])
    assert desk.undo(first).of(ItemState.REFUSED)


def test_what_was_before_cannot_be_changed(world: World) -> None:
    desk = Desk(world, 1)
    acts(desk)["date"]()
    with pytest.raises(DatabaseError), transaction.atomic():
        DraftBefore.objects.update(command="other")


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    desk = Desk(world, 12)

    def queries(ids: list[UUID]) -> int:
        discard(ctx=desk.ctx(), items=[Holding(draft_id=one, why="no") for one in ids])
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(desk.undo(*ids).of(ItemState.DONE)) == len(ids)
        return len(seen)

    assert queries(desk.ids[:1]) == queries(desk.ids[1:])
