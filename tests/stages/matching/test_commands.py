"""From the bank file to applied invoices: posted by rule, suggested, left, judged, undone."""

from __future__ import annotations

import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.outcome import ItemState
from acquit.database.forked import Forked
from acquit.history import queries as history
from acquit.history.unit import taken_back
from acquit.stages.matching import queries
from acquit.stages.matching.commands import (
    MatchReceipt,
    ProposalChoice,
    accept,
    loading,
    propose,
    reject,
    undo,
)
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries import waiting
from acquit.stages.matching.queries.waiting import Group
from acquit.stages.matching.rules import engine
from acquit.stages.matching.rules.reading import ends_named
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import Undo
from acquit.stages.receivables.commands import undo as undo_allocations
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import make_readable
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db


def _bank(world: World, *moves: Movement, reference: str = "S1") -> None:
    body = statement_bytes(moves, on=world.today, reference=reference)
    file = StatementFile(key=f"{reference}.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()


@pytest.fixture
def scene(world: World) -> tuple[World, list[OpenItem]]:
    """Four receipts: certain, part payment, one of two equal documents, unknown."""
    one, other = customers(world, 2)
    items = issue(
        world,
        [
            Doc(one.id, 10_000),
            Doc(one.id, 8_000),
            Doc(other.id, 7_700),
            Doc(other.id, 1),
            Doc(other.id, 7_700),
        ],
    )
    _bank(
        world,
        Movement(10_000, f"invoice {items[0].number}"),
        Movement(3_000, f"{items[1].number.lower()} part"),
        Movement(7_700, "thank you", payer=other.name.upper()),
        Movement(999, "who am I"),
        Movement(-50, "charges"),
    )
    return world, items


def _open(items: list[OpenItem]) -> list[int]:
    for item in items:
        item.refresh_from_db()
    return [item.open_minor for item in items]


def test_only_the_certain_one_is_posted(scene: tuple[World, list[OpenItem]]) -> None:
    world, items = scene
    outcome = propose(ctx=world.ctx(), items=[])
    assert outcome.figures == {
        "receipts": 4,
        "posted": 1,
        "suggested": 2,
        "left": 1,
        "amount_posted": {"EUR": "100.00"},
    }
    assert _open(items) == [0, 8_000, 7_700, 1, 7_700]
    row = Allocation.objects.of(world.company_id).get()
    assert row.rule == "matching shipped row 1"
    now = world.ctx().now
    acts = history.automatic_acts(
        company_id=world.company_id, since=now, until=now.replace(hour=23), limit=10
    )
    assert {act.kind for act in acts} == {
        "receivables.PayerIdentified",
        "receivables.CashApplied",
        "matching.ProposalAccepted",
    }
    assert {act.rule for act in acts} == {row.rule}


def test_running_again_changes_nothing(scene: tuple[World, list[OpenItem]]) -> None:
    world, _items = scene
    propose(ctx=world.ctx(), items=[])
    before = list(Proposal.objects.of(world.company_id).order_by("id").values())
    facts = history.head(company_id=world.company_id)
    again = propose(ctx=world.ctx(), items=[])
    assert again.figures["posted"] == 0
    assert list(Proposal.objects.of(world.company_id).order_by("id").values()) == before
    assert history.head(company_id=world.company_id) == facts


def _answers(world: World) -> list[tuple[object, ...]]:
    told = "receipt_id", "rank", "probability", "action", "state", "rule", "items", "evidence"
    rows = Proposal.objects.of(world.company_id).order_by("receipt_id", "rank")
    return list(rows.values_list(*told))


def test_two_processes_propose_as_one(
    scene: tuple[World, list[OpenItem]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one is made inside the transaction, whose connection it leaves alone."""
    world, items = scene
    with taken_back(company_id=world.company_id, command="matching.propose"):
        propose(ctx=world.ctx(), items=[])
        alone = _answers(world)
    asked: list[object] = []

    class Counted(Forked):
        def begin(self, request: object) -> None:
            asked.append(request)
            super().begin(request)

    monkeypatch.setattr(engine, "MANY", 2)
    monkeypatch.setattr(sys.modules[MatchReceipt.__module__], "helper", lambda: Counted)
    propose(ctx=world.ctx(), items=[])
    assert len(asked) == 4
    assert _answers(world) == alone
    assert _open(items) == [0, 8_000, 7_700, 1, 7_700]


def test_asking_beside_proposes_the_same(
    scene: tuple[World, list[OpenItem]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, items = scene
    with taken_back(company_id=world.company_id, command="matching.propose"):
        propose(ctx=world.ctx(), items=[])
        before = _answers(world)
    monkeypatch.setattr(loading, "MANY", 1)
    propose(ctx=world.ctx(), items=[])
    assert _answers(world) == before
    assert _open(items) == [0, 8_000, 7_700, 1, 7_700]


def test_accept_applies_and_supersedes(scene: tuple[World, list[OpenItem]]) -> None:
    world, items = scene
    propose(ctx=world.ctx(), items=[])
    rows = Proposal.objects.of(world.company_id).filter(action="suggest", rank=1)
    choices = [ProposalChoice(id=row.id) for row in rows]
    assert accept(ctx=world.ctx(), items=choices).figures == {"accepted": 2, "refused": 0}
    assert sorted(_open(items)) == [0, 0, 1, 5_000, 7_700]
    assert {i.state for i in accept(ctx=world.ctx(), items=choices).items} == {ItemState.DUPLICATE}
    assert (
        not Allocation.objects.of(world.company_id)
        .exclude(proposal_id=None)
        .filter(reverses__isnull=False)
    )


def test_of_two_answers_for_one_receipt_one_is_applied(
    scene: tuple[World, list[OpenItem]],
) -> None:
    world, items = scene
    propose(ctx=world.ctx(), items=[])
    first = Proposal.objects.of(world.company_id).get(reason="instalment", rank=1)
    rival = Proposal.objects.of(world.company_id).get(id=first.id)
    rival.id = world.ids.new()
    rival.total_minor = 1_000
    rival.items = [{**rival.items[0], "amount_minor": 1_000}]
    rival.save(force_insert=True)
    choices = [ProposalChoice(id=id_) for id_ in (rival.id, first.id, rival.id)]
    outcome = accept(ctx=world.ctx(), items=choices)
    assert [item.state for item in outcome.items] == [
        ItemState.DONE,
        ItemState.REFUSED,
        ItemState.DUPLICATE,
    ]
    assert [fault.code for fault in outcome.faults] == ["proposal.rival"]
    assert outcome.figures == {"accepted": 1, "refused": 0}
    assert _open(items)[1] == 7_000
    first.refresh_from_db()
    assert first.state == "superseded"


def test_a_proposal_without_documents_cannot_be_accepted(
    scene: tuple[World, list[OpenItem]],
) -> None:
    world, _items = scene
    propose(ctx=world.ctx(), items=[])
    left = Proposal.objects.of(world.company_id).get(action="leave", rank=1)
    outcome = accept(ctx=world.ctx(), items=[ProposalChoice(id=left.id)])
    assert [f.code for f in outcome.faults] == ["proposal.empty"]
    unknown = accept(ctx=world.ctx(), items=[ProposalChoice(id=world.ids.new())])
    assert [f.code for f in unknown.faults] == ["proposal.unknown"]


def test_what_no_longer_fits_is_refused_as_a_whole(scene: tuple[World, list[OpenItem]]) -> None:
    world, items = scene
    propose(ctx=world.ctx(), items=[])
    part = Proposal.objects.of(world.company_id).get(reason="instalment", rank=1)
    OpenItem.objects.of(world.company_id).filter(id=items[1].id).update(
        open_minor=10, open_functional_minor=10
    )
    outcome = accept(ctx=world.ctx(), items=[ProposalChoice(id=part.id)])
    assert [f.code for f in outcome.faults] == ["proposal.outdated"]
    part.refresh_from_db()
    assert part.state == "proposed"


def test_an_undone_posting_is_not_posted_again(scene: tuple[World, list[OpenItem]]) -> None:
    world, items = scene
    propose(ctx=world.ctx(), items=[])
    posted = Proposal.objects.of(world.company_id).get(state="accepted")
    undo(ctx=world.ctx(), items=[ProposalChoice(id=posted.id)])
    assert _open(items)[0] == 10_000
    posted.refresh_from_db()
    assert posted.state == "undone"
    again = propose(ctx=world.ctx(), items=[MatchReceipt(receipt_id=posted.receipt_id)])
    assert (again.figures["posted"], again.figures["suggested"]) == (0, 1)
    new = Proposal.objects.of(world.company_id).get(
        receipt_id=posted.receipt_id, state="proposed", rank=1
    )
    assert new.evidence[-1]["text"] == "the same answer was undone before"


def test_undoing_the_receipt_undoes_the_proposal(scene: tuple[World, list[OpenItem]]) -> None:
    world, _items = scene
    propose(ctx=world.ctx(), items=[])
    posted = Proposal.objects.of(world.company_id).get(state="accepted")
    undo_allocations(ctx=world.ctx(), items=[Undo(receipt_id=posted.receipt_id)])
    posted.refresh_from_db()
    assert posted.state == "undone"


def test_reject(scene: tuple[World, list[OpenItem]]) -> None:
    world, _items = scene
    propose(ctx=world.ctx(), items=[])
    row = Proposal.objects.of(world.company_id).get(rank=1, rivals=1)
    reject(ctx=world.ctx(), items=[ProposalChoice(id=row.id)])
    outcome = accept(ctx=world.ctx(), items=[ProposalChoice(id=row.id)])
    assert [f.code for f in outcome.faults] == ["proposal.not_allowed"]


def test_the_apply_page(scene: tuple[World, list[OpenItem]]) -> None:
    world, items = scene
    since = world.ctx().now
    propose(ctx=world.ctx(), items=[])
    company = world.company_id
    amounts = {
        group: [
            row.amount_minor
            for row in waiting.queue(
                company_id=company, group=group, since=since, limit=10, after=None
            ).rows
        ]
        for group in Group
    }
    assert amounts[Group.AUTO] == [10_000]
    assert sorted(amounts[Group.SUGGESTED]) == [3_000, 7_700]
    assert amounts[Group.NEEDS_YOU] == [999]
    first = waiting.queue(
        company_id=company, group=Group.SUGGESTED, since=since, limit=1, after=None
    )
    second = waiting.queue(
        company_id=company, group=Group.SUGGESTED, since=since, limit=1, after=first.next
    )
    amounts_in_turn = [page.rows[0].amount_minor for page in (first, second)]
    assert amounts_in_turn == [7_700, 3_000], "the most money first"
    assert second.next is None
    done = Proposal.objects.of(company).get(state="accepted")
    turned = waiting.queue(
        company_id=company,
        group=Group.AUTO,
        since=since,
        limit=1,
        after=(0, world.today, done.id),
    )
    assert turned.rows == (), "automatic acts go on after the last one seen"
    numbers = waiting.key_numbers(company_id=company, since=since, today=world.today)
    assert {(t.group, t.count, t.minor) for t in numbers.totals} == {
        (Group.AUTO, 1, 10_000),
        (Group.SUGGESTED, 2, 10_700),
        (Group.NEEDS_YOU, 1, 999),
    }
    assert (numbers.oldest_on, str(numbers.auto_rate)) == (world.today, "1.0000")
    part = next(r for r in (*first.rows, *second.rows) if r.amount_minor == 3_000)
    detail = queries.receipt_detail(company_id=company, receipt_id=part.receipt_id)
    assert detail is not None
    ((start, end, kind),) = detail.spans
    assert (detail.receipt.text[start:end], kind) == (items[1].number.lower(), "reference")
    proposal = detail.proposals[0]
    assert (proposal.items[0].number, proposal.items[0].amount_minor) == (items[1].number, 3_000)
    found = queries.find(company_id=company, text=f"{items[1].number}; {items[2].number}, 77")
    assert {claim.id for claim in found} == {items[1].id, items[2].id}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("F2026-001234, 2160 xyz", ["F2026-002160"]),
        ("RE 2026 001234", []),
        ("2026/002160", ["F2026-002160"]),
        ("2160 2026", ["F2026-002026", "F2026-002160"]),
        ("2026,2160", ["F2026-002026", "F2026-002160"]),
        ("2026-2160", ["F2026-002026", "F2026-002160"]),
        ("f 2026 002026", ["F2026-002026"]),
    ],
)
def test_a_year_inside_of_a_number_is_no_end_of_another(text: str, named: list[str]) -> None:
    assert sorted(ends_named(text, ["F2026-002026", "F2026-002160"])) == named


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    (kunde,) = customers(world, 1)
    counts, looked = [], []
    for n in (1, loading.MANY, 2 * loading.MANY):
        items = issue(world, [Doc(kunde.id, 100 + i) for i in range(n)])
        _bank(
            world,
            *(Movement(item.open_minor, item.number) for item in items),
            reference=f"S{n}",
        )
        make_readable(world.company_id)  # otherwise the first thousand is told to the planner
        with CaptureQueriesContext(connection) as captured:
            outcome = propose(ctx=world.ctx(), items=[])
        assert outcome.figures["posted"] == n
        counts.append(len(captured))
        looked.append(
            any("i.moved_on >= " in one["sql"] and "few" in one["sql"] for one in captured)
        )
    assert counts[0] <= counts[1] == counts[2]
    # How many documents were paid is no question for one receipt: it looks through all there are.
    assert looked == [False, True, True]
