"""What money leaves open: noted with its kind, owner and deadline, closed with the rest of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.access.command import Forbidden
from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import NewLimit, save_limit
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.history import queries as history
from acquit.policy.defaults import shipped
from acquit.policy.registry import GAP_OWNERS, GAPS
from acquit.stages.insight import verify
from acquit.stages.insight.verify.cash import GAPS as CHECK
from acquit.stages.matching.commands import GapAssignment, assign_gap
from acquit.stages.matching.models import GAP, Gap
from acquit.stages.matching.queries import gaps as queries
from acquit.stages.matching.queries.gaps import MINE, Wanted
from acquit.stages.matching.rules.gaps import (
    CLEARED,
    KINDS,
    Closing,
    Rest,
    is_slip,
    kind_of,
    state_after,
)
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    NewExchange,
    Undo,
    adjust,
    allocate,
    undo,
)
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.pages import member
from tests.support.settling import settled
from tests.support.world import World, someone


class Desk:
    """One customer and what money does to his items."""

    def __init__(self, world: World) -> None:
        self.world, self.count = world, 0
        (self.customer,) = customers(world, 1)

    def claim(self, minor: int, **more: Any) -> OpenItem:
        (item,) = issue(self.world, [Doc(self.customer.id, minor, **more)])
        return item

    def money(self, minor: int) -> OpenItem:
        (item,) = receive(self.world, [Incoming(minor, self.customer.id)])
        return item

    def pay(self, claim: OpenItem, minor: int, *, of: OpenItem | None = None) -> UUID:
        credit = of or self.money(minor)
        self.count += 1
        wish = NewAllocation(
            key=f"k{self.count}",
            credit_item_id=credit.id,
            debit_item_id=claim.id,
            amount=Money(minor, claim.currency),
        )
        (done,) = allocate(ctx=self.world.ctx(), items=[wish]).or_refuse().items
        assert done.id is not None
        return done.id

    def close(self, claim: OpenItem, minor: int, why: str) -> UUID:
        self.count += 1
        wish = NewAdjustment(
            key=f"k{self.count}", item_id=claim.id, amount=Money(minor, "EUR"), adjustment=why
        )
        (done,) = adjust(ctx=self.world.ctx(), items=[wish]).or_refuse().items
        assert done.id is not None
        return done.id

    def back(self, allocation: UUID) -> None:
        undo(ctx=self.world.ctx(), items=[Undo(allocation_id=allocation)]).or_refuse()

    def gaps(self) -> list[tuple[str, str, int]]:
        """Kind, state and what it is worth now, in the order they came."""
        found, _more = queries.gaps(
            company_id=self.world.company_id, wanted=Wanted(state=""), today=self.world.today
        )
        return [(g.kind, g.state, g.amount.minor) for g in sorted(found, key=lambda g: g.id)]

    def holds(self) -> None:
        answer = verify.run(company_id=self.world.company_id, now=self.world.ctx().now)
        assert [one for one in answer["broken"] if not one["record"].startswith("document ")] == []


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ({"rest_minor": 238, "discount_minor": 238, "is_in_time": True}, "discount"),
        ({"rest_minor": 238, "discount_minor": 238}, "late_discount"),
        ({"rest_minor": 1_250}, "bank_fee"),
        ({"rest_minor": 99}, "small_difference"),
        ({"rest_minor": 12_341}, "withheld_tax"),  # 10 %
        ({"rest_minor": 12_341, "text": "retinere garantie 10%"}, "short"),
        ({"rest_minor": 2_468}, "late_discount"),  # 2 % that nobody agreed
        ({"rest_minor": 900, "claim_minor": 124_310}, "error"),  # 1,243.10 became 1,234.10
        ({"rest_minor": 23_456, "text": "Rechnung RE2026-000007 teilweise"}, "short"),
        ({"rest_minor": 23_456, "text": "danke"}, "unexplained"),
        ({"rest_minor": 2_468, "is_exchanged": True}, "exchange"),  # 2 %
        ({"rest_minor": 23_456, "is_exchanged": True, "text": "RE2026-000007"}, "short"),
        ({"rest_minor": 23_456, "is_receipt": True}, "overpaid"),
        ({"rest_minor": 23_456, "undone": "withheld_tax"}, "withheld_tax"),
    ],
)
def test_the_kind_is_what_amounts_and_text_tell(rest: dict[str, Any], kind: str) -> None:
    usual = {
        "is_receipt": False,
        "number": "RE2026-000007",
        "claim_minor": 123_410,
        "discount_minor": 0,
        "is_in_time": False,
        "is_exchanged": False,
        "text": "",
    }
    assert kind_of(Rest(**{**usual, **rest})) == kind


@given(st.integers(1, 10**9), st.integers(0, 8))
def test_a_slip_is_seen_both_ways(claim: int, place: int) -> None:
    digits = list(str(claim))
    at = place % max(len(digits) - 1, 1)
    digits[at : at + 2] = reversed(digits[at : at + 2])
    typed = "".join(digits)
    changed = int(typed) != claim and typed[0] != "0"
    assert is_slip(claim, int(typed)) == changed
    assert not changed or is_slip(int(typed), claim)


@given(
    st.sampled_from(["", *GAP.states]),
    st.booleans(),
    st.integers(0, 3),
    st.lists(
        st.builds(
            Closing,
            st.integers(1, 9),
            st.sampled_from(["receipt", "credit_note", ""]),
            st.sampled_from(["", "bank_fee", "exchange", "returned"]),
        )
    ),
)
def test_a_gap_moves_along_its_lifecycle_and_is_open_while_it_is_a_question(
    state: str, is_paid: bool, rest: int, closings: list[Closing]
) -> None:
    after = state_after(state, is_paid=is_paid, rest_minor=rest, closings=closings)
    assert (after == "open") == (rest > 0 and is_paid)
    fresh = state in ("", "withdrawn") and after == "open"  # a new one
    allowed = {target for (source, _verb), target in GAP.transitions.items() if source == state}
    assert fresh or after == state or after in allowed


def test_the_words_of_policy_and_stage_are_the_same() -> None:
    assert (KINDS, set(CLEARED) < set(GAP.states)) == (GAPS, True)
    assert {row.outcomes[0] for row in shipped("gaps").rows} <= set(GAP_OWNERS)


@pytest.mark.django_db
def test_a_short_payment_is_a_gap_until_it_is_cleared(desk: Desk) -> None:
    world = desk.world
    claim = desk.claim(100_000)
    desk.pay(claim, 60_000)
    row = Gap.objects.get()
    assert desk.gaps() == [("unexplained", "open", 40_000)]
    assert (row.owner, row.due_on) == ("credit_controller", world.today + timedelta(14))
    assert row.rule == "gaps shipped row 10"
    world.later(3)
    second = desk.pay(claim, 39_000)
    assert desk.gaps() == [("unexplained", "open", 1_000)]  # one question, and what is left of it
    desk.holds()
    fee = desk.close(claim, 1_000, "bank_fee")
    assert desk.gaps() == [("unexplained", "adjusted", 40_000)]
    world.later(20)
    desk.back(fee)
    assert desk.gaps() == [("unexplained", "open", 1_000)]
    row.refresh_from_db()
    # The time begins again: nobody could clear it while it was cleared.
    assert row.due_on == world.today + timedelta(14)
    desk.pay(claim, 1_000)
    assert desk.gaps()[0][1] == "paid"
    desk.back(second)
    assert desk.gaps() == [("unexplained", "open", 39_000)]
    desk.holds()
    kinds = [
        fact.kind for fact in history.timeline(company_id=world.company_id, subject_ids=[row.id])
    ]
    assert kinds == [
        "matching.GapNoted",
        "matching.GapClosed",
        "matching.GapReopened",
        "matching.GapClosed",
        "matching.GapReopened",
    ]


@pytest.mark.django_db
def test_what_leaves_no_money_leaves_no_gap(desk: Desk) -> None:
    claim, other = desk.claim(50_000), desk.claim(7_000)
    (note,) = issue(desk.world, [Doc(desk.customer.id, 500, kind="credit_note")])
    desk.pay(other, 500, of=note)
    assert desk.gaps() == []  # nobody paid anything yet
    paid = desk.pay(claim, 49_500)
    assert desk.gaps() == [("bank_fee", "open", 500)]
    desk.back(paid)
    assert desk.gaps() == [("bank_fee", "withdrawn", 500)]
    desk.pay(claim, 49_900)  # another payment is another question
    (again,) = issue(desk.world, [Doc(desk.customer.id, 100, kind="credit_note")])
    desk.pay(claim, 100, of=again)
    assert [gap[:2] for gap in desk.gaps()] == [("bank_fee", "withdrawn"), ("bank_fee", "credited")]
    desk.holds()


@pytest.mark.django_db
def test_money_left_over_and_a_discount_taken_back_are_gaps_too(desk: Desk) -> None:
    claim = desk.claim(10_000, discount_bp=200)
    receipt = desk.money(12_000)
    both: list[NewAllocation | NewAdjustment | NewExchange] = [
        NewAdjustment(
            key="d", item_id=claim.id, amount=Money(200, "EUR"), adjustment="discount", together="x"
        ),
        NewAllocation(
            key="d",
            credit_item_id=receipt.id,
            debit_item_id=claim.id,
            amount=Money(9_800, "EUR"),
            together="x",
        ),
    ]
    settled(desk.world, both).or_refuse()
    assert desk.gaps() == [("overpaid", "open", 2_200)]
    later = desk.claim(2_200)
    desk.pay(later, 2_200, of=receipt)
    assert desk.gaps() == [("overpaid", "paid", 2_200)]
    desk.holds()
    totals = {
        (one.kind, one.total)
        for one in queries.sums(
            company_id=desk.world.company_id, wanted=Wanted(), today=desk.world.today
        ).alone()
    }
    assert totals == set()


@pytest.mark.django_db
def test_the_list_sums_to_what_is_short_and_left_over(desk: Desk) -> None:
    world = desk.world
    for minor, paid in ((10_000, 9_000), (20_000, 11_111), (800_000, 100_000)):
        desk.pay(desk.claim(minor), paid)
    desk.pay(desk.claim(5_000), 5_000, of=desk.money(7_777))
    desk.money(1_234)  # not applied at all: that is the queue's, no gap
    found = queries.sums(company_id=world.company_id, wanted=Wanted(), today=world.today).alone()
    short = sum(one.total.minor for one in found if one.kind != "overpaid")
    over = sum(one.total.minor for one in found if one.kind == "overpaid")
    items = OpenItem.objects.of(world.company_id)
    assert short == sum(i.open_minor for i in items.filter(side="debit")) == 708_889 + 1_000
    assert over + 1_234 == sum(i.open_minor for i in items.filter(side="credit"))
    assert {row.owner for row in Gap.objects.all()} <= set(GAP_OWNERS)
    manager = Wanted(owner="receivables_manager")
    rows, more = queries.gaps(company_id=world.company_id, wanted=manager, today=world.today)
    assert ([row.amount.minor for row in rows], more) == ([700_000], None)
    world.later(11)
    late, _more = queries.gaps(
        company_id=world.company_id, wanted=Wanted(state="overdue"), today=world.today
    )
    assert len(late) == queries.overdue(company_id=world.company_id, today=world.today).alone() == 3
    assert {row.age(world.today) for row in late} == {11}
    seen: list[UUID] = []
    after = None
    while True:
        page, after = queries.gaps(
            company_id=world.company_id, wanted=Wanted(), today=world.today, limit=1, after=after
        )
        seen += [row.id for row in page]
        if after is None:
            break
    assert sorted(seen) == sorted(Gap.objects.values_list("id", flat=True))


@pytest.mark.django_db
def test_a_person_changes_owner_deadline_and_kind_with_a_reason(desk: Desk) -> None:
    world = desk.world
    claim = desk.claim(10_000)
    desk.pay(claim, 6_000)
    row = Gap.objects.get()
    ana = member(world, "accountant")
    wish = GapAssignment(
        id=row.id, kind="withheld_tax", person_id=ana.id, due_on=world.today + timedelta(30)
    )
    (refused,) = assign_gap(ctx=world.ctx(), items=[wish]).items
    assert [fault.code for fault in refused.faults] == ["gap.reason"]
    why = world.ctx(reason="the certificate comes in April")
    assert assign_gap(ctx=why, items=[wish]).figures == {"assigned": 1}
    assert assign_gap(ctx=why, items=[wish]).items[0].state is ItemState.DUPLICATE
    row.refresh_from_db()
    assert (row.kind, row.owner, row.person_id) == ("withheld_tax", "credit_controller", ana.id)
    assert (row.due_on, row.rule) == (world.today + timedelta(30), "")
    fact = history.timeline(company_id=world.company_id, subject_ids=[row.id])[-1]
    assert (fact.kind, fact.reason) == ("matching.GapAssigned", "the certificate comes in April")
    mine = Wanted(owner=MINE, person_id=ana.id, roles=("accountant",))
    shown, _more = queries.gaps(company_id=world.company_id, wanted=mine, today=world.today)
    assert [one.id for one in shown] == [row.id]
    for wrong, code in (
        (GapAssignment(id=row.id, kind="magic"), "gap.kind"),
        (GapAssignment(id=row.id, owner="auditor"), "gap.owner"),
        (GapAssignment(id=row.id, person_id=world.ids.new()), "gap.person"),
        (GapAssignment(id=row.id, due_on=world.today - timedelta(1)), "gap.deadline"),
        (GapAssignment(id=world.ids.new()), "gap.unknown"),
    ):
        (answer,) = assign_gap(ctx=why, items=[wrong]).items
        assert [fault.code for fault in answer.faults] == [code]
    desk.pay(claim, 4_000)
    (closed,) = assign_gap(ctx=why, items=[GapAssignment(id=row.id, due_on=wish.due_on)]).items
    assert [fault.code for fault in closed.faults] == ["gap.closed"]
    with pytest.raises(Forbidden):
        assign_gap(ctx=world.ctx(actor=someone("auditor"), reason="x"), items=[wish])


@pytest.mark.django_db
def test_a_rest_is_closed_with_its_money_and_falls_with_it(desk: Desk) -> None:
    claim, money = desk.claim(10_019, tax_minor=1_600), desk.money(10_000)
    wish = NewAllocation(
        key="k",
        credit_item_id=money.id,
        debit_item_id=claim.id,
        amount=Money(10_000, "EUR"),
        closing=Money(19, "EUR"),
        adjustment="discount",
    )
    ctx = desk.world.ctx
    (wrong,) = allocate(ctx=ctx(), items=[replace(wish, adjustment="mood")]).items
    assert [fault.code for fault in wrong.faults] == ["adjustment.reason"]
    clerk = someone("cash_clerk")
    poor = replace(clerk, permissions=clerk.permissions - {"receivables.adjust"})
    (denied,) = allocate(ctx=ctx(actor=poor), items=[wish]).items
    assert [fault.code for fault in denied.faults] == ["access.forbidden"]
    assert allocate(ctx=ctx(), items=[wish]).figures["allocated"] == 1
    (again,) = allocate(ctx=ctx(), items=[wish]).items
    claim.refresh_from_db()
    assert (again.state, claim.open_minor, desk.gaps()) == (ItemState.DUPLICATE, 0, [])
    desk.holds()
    assert again.id is not None
    desk.back(again.id)
    claim.refresh_from_db()
    assert claim.open_minor == 10_019
    desk.holds()


@pytest.mark.django_db
def test_who_approves_a_closing_need_not_be_able_to_close(desk: Desk) -> None:
    """The accountant says yes to what the clerk may close up to a limit, and he may not at all."""
    claim, money = desk.claim(10_019), desk.money(10_000)
    ctx = desk.world.ctx
    limits = [
        NewLimit(role=role, command="receivables.adjust", amount=Money(minor, "EUR"))
        for role, minor in (("cash_clerk", 10), ("accountant", 50_000))
    ]
    save_limit(ctx=ctx(), items=limits).or_refuse()
    wish = NewAllocation(
        key="k",
        credit_item_id=money.id,
        debit_item_id=claim.id,
        amount=Money(10_000, "EUR"),
        closing=Money(19, "EUR"),
        adjustment="discount",
    )
    clerk, boss = someone("cash_clerk"), someone("accountant", name="Bob")
    assert "receivables.adjust" not in boss.permissions
    poor = replace(clerk, permissions=clerk.permissions - {"receivables.adjust"})
    (denied,) = allocate(ctx=ctx(actor=poor), items=[wish]).items
    assert [fault.code for fault in denied.faults] == ["access.forbidden"]
    (held,) = allocate(ctx=ctx(actor=clerk), items=[wish]).items
    assert (held.state, held.id is None) == (ItemState.AWAITING, False)
    approve(ctx=ctx(actor=boss), items=[Decision(held.id or UUID(int=0))]).or_refuse()
    claim.refresh_from_db()
    assert (claim.open_minor, desk.gaps()) == (0, [])
    desk.holds()


@pytest.mark.django_db
def test_many_gaps_take_as_many_queries_as_one(
    desk: Desk, django_assert_max_num_queries: Any
) -> None:
    claims = issue(desk.world, [Doc(desk.customer.id, 10_000 + n) for n in range(60)])
    money = receive(desk.world, [Incoming(9_000, desk.customer.id) for _ in claims])
    wishes = [
        NewAllocation(
            key="many",
            credit_item_id=credit.id,
            debit_item_id=claim.id,
            amount=Money(9_000, "EUR"),
        )
        for claim, credit in zip(claims, money, strict=True)
    ]
    with django_assert_max_num_queries(40):
        allocate(ctx=desk.world.ctx(), items=wishes).or_refuse()
    assert Gap.objects.filter(state="open").count() == 60


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_any_history_keeps_gaps_and_items_together(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    claims = [desk.claim(minor) for minor in (1_000, 700)]
    standing: list[UUID] = []
    for _ in range(12):
        claim = dice.choice(claims)
        claim.refresh_from_db()
        verb = dice.choice(["pay", "pay", "close", "back"])
        if verb == "back" and standing:
            desk.back(standing.pop(dice.randrange(len(standing))))
        elif claim.open_minor:
            part = dice.randint(1, claim.open_minor)
            made = (
                desk.pay(claim, part, of=desk.money(part + dice.randint(0, 1)))
                if verb == "pay"
                else desk.close(claim, part, "small_difference")
            )
            standing.append(made)
        assert fetch_rows(CHECK, {"company": desk.world.company_id}) == []
    assert Gap.objects.exists()
    desk.holds()
