"""The numbers above the queue are kept until the chain of facts grows, and never differ from what
would be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.history import kept
from acquit.stages.matching.commands import MatchReceipt, ProposalChoice, accept, propose, reject
from acquit.stages.matching.commands import undo as undo_posting
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries import waiting
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import Identification, Undo, identify, undo
from acquit.stages.receivables.models import OpenItem
from tests.support.corrupt import change
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db
Act = Callable[[], object]


def _numbers(world: World) -> waiting.KeyNumbers:
    since = world.ctx().now.replace(hour=0)
    return waiting.key_numbers(company_id=world.company_id, since=since, today=world.today)


def _bank(world: World, *moves: Movement, reference: str) -> None:
    body = statement_bytes(moves, on=world.today, reference=reference)
    file = StatementFile(key=f"{reference}.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()


def _one(world: World, **which: object) -> Proposal:
    found = Proposal.objects.of(world.company_id).filter(rank=1, **which).order_by("id").first()
    assert found is not None, which
    return found


def _acts(world: World) -> Iterator[tuple[str, Act]]:
    """A day at the queue; each act is made when the one before was done."""
    ctx = world.ctx
    one, other = customers(world, 2)
    items = issue(world, [Doc(one.id, 10_000), Doc(one.id, 8_000), Doc(other.id, 7_700)])
    moves = [
        Movement(10_000, f"invoice {items[0].number}"),
        Movement(3_000, f"{items[1].number.lower()} part"),
        Movement(7_700, "thank you", payer=other.name.upper()),
        Movement(999, "who am I"),
    ]
    yield "statement", lambda: _bank(world, *moves, reference="S1")
    yield "propose", lambda: propose(ctx=ctx(), items=[])
    posted = _one(world, state="accepted")
    yield "undo a posting", lambda: undo_posting(ctx=ctx(), items=[ProposalChoice(id=posted.id)])
    again = [MatchReceipt(receipt_id=posted.receipt_id)]
    yield "propose again", lambda: propose(ctx=ctx(), items=again)
    wrong = ProposalChoice(id=_one(world, state="proposed", total_minor=3_000).id)
    yield "reject", lambda: reject(ctx=ctx(), items=[wrong])
    right = ProposalChoice(id=_one(world, receipt_id=posted.receipt_id, state="proposed").id)
    yield "accept", lambda: accept(ctx=ctx(), items=[right])
    unknown = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=999)
    whose = Identification(receipt_id=unknown.receipt_id, customer_id=one.id)
    yield "identify", lambda: identify(ctx=ctx(), items=[whose])
    taken = Undo(receipt_id=posted.receipt_id)
    yield "undo a receipt", lambda: undo(ctx=ctx(), items=[taken])
    yield "issue", lambda: issue(world, [Doc(one.id, 999), Doc(other.id, 3_000)])
    yield "propose all", lambda: propose(ctx=ctx(), items=[])
    yield "next", lambda: _bank(world, Movement(4_000, "more"), reference="S2")
    yield "propose the rest", lambda: propose(ctx=ctx(), items=[])


def test_after_every_act_they_are_those_that_are_counted(world: World) -> None:
    seen = [_numbers(world)]
    for name, act in _acts(world):
        act()
        now = _numbers(world)
        kept.forget()
        assert now == _numbers(world), name
        seen.append(now)
    changes = sum(before != after for before, after in pairwise(seen))
    assert changes >= 8, "the acts change what is kept"


def test_they_are_counted_once_for_each_link_of_the_chain(world: World) -> None:
    (kunde,) = customers(world, 1)
    _bank(world, Movement(10_000, "payment"), reference="S1")
    before = _numbers(world)
    # Behind the chain, which nobody does in the field: what is kept stands until the next fact.
    change(
        "receivables_open_item",
        "UPDATE receivables_open_item SET open_minor = 9000 WHERE kind = 'receipt'",
    )
    with CaptureQueriesContext(connection) as asked:
        assert _numbers(world) == before
    assert len(asked) == 1
    issue(world, [Doc(kunde.id, 10_000)])
    assert _numbers(world) != before


def test_what_was_taken_back_is_not_kept(world: World) -> None:
    before = _numbers(world)
    with transaction.atomic():
        _bank(world, Movement(10_000, "payment"), reference="S1")
        assert _numbers(world) != before
        transaction.set_rollback(True)
    assert _numbers(world) == before
    _bank(world, Movement(5_000, "another"), reference="S2")
    (total,) = _numbers(world).totals
    assert total.minor == 5_000
