"""Drafts that are split, merged, dated and sent another way: nothing is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.outcome import ItemState, Outcome
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.insight import verify
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.alter import (
    Channelling,
    Dating,
    change_channel,
    change_date,
)
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.hold import Holding, hold
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.commands.reshape import Merging, Splitting, merge, split
from acquit.stages.invoices.models import Document, Draft, Line
from acquit.stages.masterdata.models import Customer
from acquit.stages.orders.models import Unbilled
from tests.support.invoices import Sold, customer, deliver
from tests.support.world import World

pytestmark = pytest.mark.django_db
# Odd cents at two quantities, so that shares of tax have something to round.
SOLD = [Sold("3", "33.33"), Sold("7", "0.99", "B-2"), Sold("1", "1000.01", "C-3")]


def drafts(world: World, buyer: Customer, deliveries: int = 1) -> list[Draft]:
    for _ in range(deliveries):
        deliver(world, buyer, SOLD)
    draft(ctx=world.ctx(), items=[buyer.id], as_of=world.today)
    return list(Draft.objects.of(world.company_id).filter(customer=buyer).order_by("created_at"))


def lines_of(row: Draft) -> list[UUID]:
    return [UUID(line["id"]) for line in row.content["lines"]]


def fault_of(outcome: Outcome) -> str:
    return outcome.faults[0].message if outcome.faults else ""


def test_the_parts_of_a_split_are_the_whole_to_the_cent(world: World) -> None:
    (whole,) = drafts(world, customer(world))
    chosen = lines_of(whole)[1:]
    outcome = split(ctx=world.ctx(), items=[Splitting(draft_id=whole.id, line_ids=tuple(chosen))])
    kept, taken = (Draft.objects.get(id=one) for one in (whole.id, outcome.items[0].id))
    assert kept.net_minor + taken.net_minor == whole.net_minor
    # The tax of each is the rounded tax of its own sum: a cent per rate at most apart.
    assert abs(kept.tax_minor + taken.tax_minor - whole.tax_minor) <= 1
    for part in (kept, taken):
        assert part.gross_minor == part.net_minor + part.tax_minor
        assert part.state == "ready"
        assert sum(line["tax_minor"] for line in part.content["lines"]) == part.tax_minor
        assert sum(line["net_minor"] for line in part.content["lines"]) == part.net_minor
    assert sorted(kept.lines + taken.lines) == sorted(whole.lines)
    assert lines_of(taken) == chosen


def test_both_parts_are_issued_each_delivery_line_once_and_the_books_hold(world: World) -> None:
    (whole,) = drafts(world, customer(world))
    outcome = split(
        ctx=world.ctx(), items=[Splitting(draft_id=whole.id, line_ids=(lines_of(whole)[0],))]
    )
    new = outcome.items[0].id
    assert new is not None
    issued = issue(ctx=world.ctx(), items=[Issuing(draft_id=whole.id), Issuing(draft_id=new)])
    assert len(issued.of(ItemState.DONE)) == 2
    assert Line.objects.of(world.company_id).count() == 3
    assert not Unbilled.objects.of(world.company_id).exists()
    found = verify.run(company_id=world.company_id, now=world.ctx().now)
    assert found["ok"], found["broken"]


def test_a_split_needs_lines_on_both_sides(world: World) -> None:
    (whole,) = drafts(world, customer(world))
    for chosen in ((), tuple(lines_of(whole)), (whole.id,)):
        outcome = split(ctx=world.ctx(), items=[Splitting(draft_id=whole.id, line_ids=chosen)])
        assert outcome.faults[0].code == "draft.lines"
    assert Draft.objects.of(world.company_id).count() == 1


def test_what_was_split_merges_back_into_the_same(world: World) -> None:
    (whole,) = drafts(world, customer(world))
    outcome = split(
        ctx=world.ctx(), items=[Splitting(draft_id=whole.id, line_ids=(lines_of(whole)[2],))]
    )
    new = outcome.items[0].id
    assert new is not None
    merge(ctx=world.ctx(), items=[Merging(draft_ids=(whole.id, new))])
    again = Draft.objects.get(id=whole.id)
    amounts = ("net_minor", "tax_minor", "gross_minor", "lines", "state")
    assert [getattr(again, name) for name in amounts] == [getattr(whole, name) for name in amounts]
    assert (Draft.objects.get(id=new).state, Draft.objects.get(id=new).lines) == ("discarded", [])


def test_merged_drafts_become_one_document_with_every_line(world: World) -> None:
    rows = drafts(world, customer(world), deliveries=3)
    assert len(rows) == 3
    merge(ctx=world.ctx(), items=[Merging(draft_ids=tuple(row.id for row in rows))])
    one = Draft.objects.get(id=rows[0].id)
    assert one.net_minor == sum(row.net_minor for row in rows)
    assert len({line["details"]["delivery"] for line in one.content["lines"]}) == 3
    assert "sales_order" not in one.content["header"]
    issue(ctx=world.ctx(), items=[Issuing(draft_id=one.id)])
    assert Document.objects.of(world.company_id).get().net_minor == one.net_minor
    # The next run finds nothing: no line of the discarded ones came free.
    again = bill(ctx=world.ctx(), as_of=world.today)
    assert (again.figures["invoices"], again.figures["held"]) == (0, 0)
    found = verify.run(company_id=world.company_id, now=world.ctx().now)
    assert found["ok"], found["broken"]


def test_drafts_that_differ_are_not_merged(world: World) -> None:
    (one,) = drafts(world, customer(world))
    (other,) = drafts(world, customer(world, "C-2"))
    outcome = merge(ctx=world.ctx(), items=[Merging(draft_ids=(one.id, other.id))])
    assert fault_of(outcome) == "the drafts differ in customer"
    alone = merge(ctx=world.ctx(), items=[Merging(draft_ids=(one.id, one.id))])
    assert alone.faults[0].code == "draft.merge"
    unknown = merge(ctx=world.ctx(), items=[Merging(draft_ids=(one.id, world.company_id))])
    assert unknown.faults[0].code == "draft.merge"


def test_held_and_issued_drafts_keep_their_shape(world: World) -> None:
    (one,) = drafts(world, customer(world))
    hold(ctx=world.ctx(), items=[Holding(draft_id=one.id, why="waits")])
    line_ids = (lines_of(one)[0],)
    outcome = split(ctx=world.ctx(), items=[Splitting(draft_id=one.id, line_ids=line_ids)])
    assert outcome.faults[0].code == "draft.closed"


def test_a_date_of_issue_stays_in_the_order_of_the_numbers(world: World) -> None:
    first, second = drafts(world, customer(world), deliveries=2)
    yesterday = world.today - timedelta(days=1)
    ctx = world.ctx()
    change_date(ctx=ctx, items=[Dating(draft_id=first.id, issue_on=yesterday)])
    shown = queries.preview(company_id=world.company_id, draft_id=first.id, on=world.today)
    assert shown is not None
    assert shown.issue_date == yesterday
    late = change_date(
        ctx=ctx, items=[Dating(draft_id=second.id, issue_on=world.today + timedelta(days=1))]
    )
    assert late.faults[0].code == "document.future"
    issue(ctx=ctx, items=[Issuing(draft_id=second.id)])
    refused = issue(ctx=ctx, items=[Issuing(draft_id=first.id)])
    assert refused.faults[0].code == "series.date"
    again = change_date(ctx=ctx, items=[Dating(draft_id=first.id, issue_on=yesterday)])
    assert again.faults[0].code == "series.date"
    change_date(ctx=ctx, items=[Dating(draft_id=first.id, issue_on=None)])
    assert issue(ctx=ctx, items=[Issuing(draft_id=first.id)]).of(ItemState.DONE)


def test_a_dated_draft_is_issued_on_its_day(world: World) -> None:
    first, second = drafts(world, customer(world), deliveries=2)
    yesterday = world.today - timedelta(days=1)
    change_date(ctx=world.ctx(), items=[Dating(draft_id=second.id, issue_on=yesterday)])
    issue(ctx=world.ctx(), items=[Issuing(draft_id=first.id), Issuing(draft_id=second.id)])
    days = Document.objects.of(world.company_id).order_by("series_number")
    assert [row.issued_on for row in days] == [yesterday, world.today]


def test_the_chosen_channel_is_the_one_it_goes_by(world: World) -> None:
    (one,) = drafts(world, customer(world, email="buyer@example.com", channel="email"))
    ctx = world.ctx()
    change_channel(ctx=ctx, items=[Channelling(draft_id=one.id, channel="portal")])
    row = queries.draft(company_id=world.company_id, draft_id=one.id)
    assert row is not None
    assert row.channel == "portal"
    (document,) = issue(ctx=ctx, items=[Issuing(draft_id=one.id)]).items
    assert document.id is not None
    send(ctx=ctx, items=[Sending(document_id=document.id)])
    assert Dispatch.objects.of(world.company_id).get().channel == "portal"
    wrong = change_channel(ctx=ctx, items=[Channelling(draft_id=one.id, channel="pigeon")])
    assert wrong.faults[0].code == "draft.channel"


def test_the_usual_way_again(world: World) -> None:
    (one,) = drafts(world, customer(world, channel="email", email="b@example.com"))
    for channel in ("print", ""):
        change_channel(ctx=world.ctx(), items=[Channelling(draft_id=one.id, channel=channel)])
    row = queries.draft(company_id=world.company_id, draft_id=one.id)
    assert row is not None
    assert row.channel == "email"
    assert "channel" not in Draft.objects.get(id=one.id).content["header"]


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    def asked(count: int) -> list[int]:
        rows = [
            row
            for n in range(count)
            for row in drafts(world, customer(world, f"C-{count}-{n}"), deliveries=2)
        ]
        ctx, found = world.ctx(), []
        splits = [Splitting(draft_id=r.id, line_ids=(lines_of(r)[0],)) for r in rows]
        pairs = zip(rows[::2], rows[1::2], strict=True)
        merges = [Merging(draft_ids=(a.id, b.id)) for a, b in pairs]
        for act in (
            lambda: split(ctx=ctx, items=splits),
            lambda: merge(ctx=ctx, items=merges),
            lambda: change_date(
                ctx=ctx, items=[Dating(draft_id=r.id, issue_on=world.today) for r in rows[::2]]
            ),
            lambda: change_channel(
                ctx=ctx, items=[Channelling(draft_id=r.id, channel="print") for r in rows[::2]]
            ),
        ):
            with CaptureQueriesContext(connection) as captured:
                outcome = act()
            assert all(item.state is ItemState.DONE for item in outcome.items), outcome.faults
            found.append(len(captured))
        return found

    assert asked(1) == asked(10)
