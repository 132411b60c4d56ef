"""What the matcher learnt: seen before it is switched, switched by a fact, and switched back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.access.command import Forbidden
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.history import queries as history
from acquit.stages.matching.commands import LessonSwitch, propose, switch_lesson
from acquit.stages.matching.commands.replay import replay
from acquit.stages.matching.models import Lesson
from acquit.stages.matching.queries.lessons import aliases, lessons, moved
from acquit.stages.matching.rules.confidence import learnt, shipped
from acquit.stages.matching.rules.learning import KINDS, SINGLE, Lessons, Switch
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World, someone

_switches = st.lists(
    st.builds(
        Switch,
        st.sampled_from(KINDS),
        st.booleans(),
        st.sampled_from(["", "X"]),
        st.integers(1, 2),
    ).filter(lambda one: not one.value or one.kind in SINGLE)
)


@given(_switches)
def test_what_was_said_last_holds_and_turning_back_undoes(switches: list[Switch]) -> None:
    after = Lessons().after(switches)
    for one in switches:
        later = [
            each
            for each in switches
            if (each.kind, each.value, each.customer) == (one.kind, one.value, one.customer)
            or (not each.value and not one.value and each.kind == one.kind)
        ]
        is_on = later[-1].is_on
        if one.value:
            assert ((one.kind, one.value, one.customer) not in after.dropped) == is_on
            assert after.knows(one.kind, one.value, one.customer) == (is_on and after.has(one.kind))
        else:
            assert after.has(one.kind) == is_on
    back = [Switch(kind, kind != "calibration") for kind in KINDS]
    back += [Switch(one.kind, True, one.value, one.customer) for one in switches if one.value]
    assert after.after(back) == Lessons()


def test_own_cases_move_the_probability_of_their_evidence_and_no_other() -> None:
    evidence = "amount/alone/clear"
    worse, better = learnt({evidence: (0, 400)}), learnt({evidence: (400, 400)})
    usual = shipped().of_first(evidence)
    assert worse.of_first(evidence) < usual < better.of_first(evidence)
    assert learnt({}) is shipped()
    assert worse.of_any(evidence) == shipped().of_any(evidence)


@pytest.fixture
def taught(world: World) -> list[OpenItem]:
    """A customer whose money comes from an account and a name nobody entered, applied each time:
    the first named its invoice, those after it had only the amount, which another owes too."""
    one, other = customers(world, 2)
    items: list[OpenItem] = []
    moves = []
    for n in range(4):
        items += issue(
            world, [Doc(one.id, 10_000 + n), *([Doc(other.id, 10_000 + n)] if n else [])]
        )
    own = [item for item in items if item.customer_id == one.id]
    moves = [
        Movement(item.original_minor, item.number if n == 0 else "danke", "Tante Erna", "DE77")
        for n, item in enumerate(own)
    ]
    for n, move in enumerate(moves):
        world.later(1)
        opening = sum(before.minor for before in moves[:n])
        body = statement_bytes([move], on=world.today, opening_minor=opening, reference=f"S{n}")
        import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
        propose(ctx=world.ctx(), items=[])
    return own


def _counts(world: World) -> list[tuple[str, int]]:
    """Rows of every table of the company."""
    tables = fetch_rows(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'company_id' AND table_schema = 'public' ORDER BY 1"
    )
    return [
        (
            name,
            fetch_rows(f'SELECT count(*) FROM "{name}" WHERE company_id = %s', [world.company_id])[
                0
            ][0],
        )
        for (name,) in tables
    ]


@pytest.mark.django_db
def test_a_replay_tells_what_would_be_wrong_and_writes_nothing(
    world: World, taught: list[OpenItem]
) -> None:
    for item in taught:
        item.refresh_from_db()
    assert [item.open_minor for item in taught] == [0, 0, 0, 0]  # the account told whose it was
    before = _counts(world)
    same = replay(world.ctx(), switches=())
    assert (same.lines, same.changed) == (4, ())
    # The first named its invoice and taught the account, by which the others were told then too.
    assert same.before.right == 4
    assert _counts(world) == before
    assert sum(given for _right, given in same.counts.values()) == 4
    assert sum(right for right, _given in same.counts.values()) == 4


@pytest.mark.django_db
def test_a_replay_knows_nothing_that_came_later(world: World) -> None:
    """A person told whose the first money was, which taught the account; a claim of the second
    one's amount was only issued after it, and a third is undone and open again today."""
    one, other = customers(world, 2)
    first, second, third = issue(world, [Doc(one.id, 10_000 + n) for n in range(3)])
    issue(world, [Doc(other.id, 10_000 + n) for n in range(3)])
    for n, item in enumerate((first, second, third)):
        world.later(1)
        move = Movement(item.original_minor, "danke", "Tante Erna", "DE77")
        opening = sum(10_000 + before for before in range(n))
        body = statement_bytes([move], on=world.today, opening_minor=opening, reference=f"S{n}")
        import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
        assert propose(ctx=world.ctx(), items=[]).figures["posted"] == (1 if n else 0)
        if not n:
            money = OpenItem.objects.of(world.company_id).get(kind="receipt")
            wish = NewAllocation(
                key="told",
                credit_item_id=money.id,
                debit_item_id=first.id,
                amount=Money(10_000, "EUR"),
            )
            allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    world.later(1)
    issue(world, [Doc(one.id, 10_001)])
    found = replay(world.ctx(), switches=[Switch("habit", False)])
    assert (found.lines, found.before.right, found.before.posted) == (3, 2, 2)
    without = replay(world.ctx(), switches=[Switch("account", False), Switch("name", False)])
    assert [(line.before.is_right, line.after.is_right) for line in without.changed] == [
        (True, False)
    ] * 2
    money = OpenItem.objects.of(world.company_id).get(kind="receipt", original_minor=10_002)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)]).or_refuse()
    assert replay(world.ctx(), switches=()).before.right == 1  # of the two that stand


@pytest.mark.django_db
def test_a_kind_or_one_account_is_tried_switched_off_and_taken_back(
    world: World, taught: list[OpenItem]
) -> None:
    since = world.today - timedelta(90)
    known = {
        (one.kind, one.value): one
        for one in aliases(company_id=world.company_id, since=since).alone()
    }
    assert {key: (one.receipts, one.is_on) for key, one in known.items()} == {
        ("account", "DE77"): (4, True),
        ("name", "Tante Erna"): (4, True),
    }
    owner = known["account", "DE77"].customer_id
    without = [Switch("account", False), Switch("name", False)]
    found = replay(world.ctx(), switches=without, lines=3)
    assert (found.before.right, found.after.right, found.now_wrong, found.now_right) == (3, 0, 3, 0)
    assert [one.after.is_right for one in found.changed] == [False] * 3
    single = [Switch("account", False, "DE77", owner), Switch("name", False, "Tante Erna", owner)]
    assert replay(world.ctx(), switches=single, lines=3).after == found.after
    one_way = [Switch("account", False)]
    assert replay(world.ctx(), switches=one_way, lines=3).now_wrong == 0  # the name still tells
    wishes = [
        LessonSwitch(kind=kind, is_on=False, value=value, customer_id=owner)
        for kind, value in known
    ]
    (refused, _second) = switch_lesson(ctx=world.ctx(), items=wishes).items
    assert [fault.code for fault in refused.faults] == ["lesson.reason"]
    why = world.ctx(reason="she pays for two of them now")
    assert switch_lesson(ctx=why, items=wishes).figures == {"switched": 2}
    assert [one.state for one in switch_lesson(ctx=why, items=wishes).items] == [
        ItemState.DUPLICATE
    ] * 2
    assert not any(one.is_on for one in aliases(company_id=world.company_id, since=since).alone())
    (fact,) = history.timeline(
        company_id=world.company_id, subject_ids=[Lesson.objects.order_by("id")[0].id]
    )
    assert (fact.kind, fact.reason) == ("matching.LessonSwitched", why.reason)
    # The next run goes by it: the same money as before is nobody's now.
    other = customers(world, 1)[0]
    issue(world, [Doc(owner, 10_050), Doc(other.id, 10_050)])
    world.later(1)
    move = Movement(10_050, "danke", "Tante Erna", "DE77")
    body = statement_bytes([move], on=world.today, opening_minor=40_006, reference="S9")
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    assert propose(ctx=world.ctx(), items=[]).figures["posted"] == 0
    back = [LessonSwitch(kind=w.kind, is_on=True, value=w.value, customer_id=owner) for w in wishes]
    assert switch_lesson(ctx=why, items=back).figures == {"switched": 2}
    assert lessons(company_id=world.company_id) == Lessons()
    assert len(moved(company_id=world.company_id)) == 2
    assert propose(ctx=world.ctx(), items=[]).figures["posted"] == 1


@pytest.mark.django_db
def test_calibration_is_counted_when_it_is_switched_on(
    world: World, taught: list[OpenItem]
) -> None:
    tried = replay(world.ctx(), switches=[Switch("calibration", True)])
    assert tried.lines == 2  # judged on the newer half, counted on the older one
    assert sum(given for _right, given in tried.counts.values()) == 2
    why = world.ctx(reason="a year of our own")
    wish = [LessonSwitch(kind="calibration", is_on=True)]
    assert switch_lesson(ctx=why, items=wish).figures == {"switched": 1}
    counts = lessons(company_id=world.company_id).counts
    assert sum(given for _right, given in counts.values()) == len(taught)
    off = [LessonSwitch(kind="calibration", is_on=False)]
    assert switch_lesson(ctx=why, items=off).figures == {"switched": 1}
    assert lessons(company_id=world.company_id) == Lessons()
    for wrong, code in (
        (LessonSwitch(kind="mood", is_on=True), "lesson.kind"),
        (LessonSwitch(kind="name", is_on=False, value="X"), "lesson.value"),
        (
            LessonSwitch(kind="habit", is_on=False, value="X", customer_id=world.ids.new()),
            "lesson.value",
        ),
        (
            LessonSwitch(kind="name", is_on=False, value="X", customer_id=world.ids.new()),
            "customer.unknown",
        ),
    ):
        (answer,) = switch_lesson(ctx=why, items=[wrong]).items
        assert [fault.code for fault in answer.faults] == [code]
    with pytest.raises(Forbidden):
        switch_lesson(ctx=world.ctx(actor=someone("cash_clerk"), reason="x"), items=off)
