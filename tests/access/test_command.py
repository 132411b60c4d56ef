"""The one mechanism: permission, limits and four eyes, idempotency, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from acquit.access import approvals
from acquit.access.command import Forbidden, command
from acquit.access.commands.approve import Decision, approve, reject
from acquit.access.commands.grant import CannotGrant, Grant, NewLimit, grant, save_limit
from acquit.access.commands.keys import NewKey, create_key
from acquit.access.idempotency import KeyReused
from acquit.access.models import ApprovalRequest, RefusedAccess, User
from acquit.core.context import Actor, Context
from acquit.core.faults import ConfirmFirst, Fault, Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.history.models import FactRecord
from tests.support.world import World, someone, with_permission

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Gift:
    key: str
    amount: Money
    together: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftGiven(Fact):
    KIND = "test.GiftGiven"
    amount: Money


def _weigh(ctx: Context, items: Sequence[Gift]) -> Sequence[Money | None]:
    return [item.amount for item in items]


@command("test.give", weigh=_weigh)
def give(*, ctx: Context, items: Sequence[Gift]) -> Outcome:
    """A command that only records."""
    facts = [
        GiftGiven(subject_id=ctx.ids.new(), effective_on=ctx.today, amount=i.amount) for i in items
    ]
    unit.record(ctx, facts)
    if any(item.key == "bug" for item in items):
        raise ZeroDivisionError
    return Outcome(items=tuple(_given(item) for item in items))


def _given(item: Gift) -> ItemResult:
    if item.key == "gone":
        return ItemResult(item.key, ItemState.REFUSED, faults=(Fault("gift.gone", "it is gone"),))
    return ItemResult(item.key, ItemState.DONE)


@command("test.celebrate")
def celebrate(*, ctx: Context, items: Sequence[Gift]) -> Outcome:
    """A command that calls another one."""
    return give(ctx=ctx, items=items)


def gifts(world: World) -> list[FactRecord]:
    return list(FactRecord.objects.of(world.company_id).filter(kind=GiftGiven.KIND))


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def giver(world: World, name: str, role: str = "cash_clerk") -> Actor:
    """A real user with a role, who may also give."""
    outcome = grant(
        ctx=world.ctx(), items=[Grant(email=f"{name}@muster.example", name=name, role=role)]
    )
    actor = someone(role, name=name, id=outcome.ids[0])
    return with_permission(actor, "test.give", "access.approve", "access.reject")


def limited(world: World, amount: str, role: str = "cash_clerk") -> None:
    save_limit(
        ctx=world.ctx(), items=[NewLimit(role=role, command="test.give", amount=euros(amount))]
    )


def test_without_the_permission_nothing_happens_but_the_log_knows(world: World) -> None:
    with pytest.raises(Forbidden, match="Ana may not do this: test.give"):
        give(ctx=world.ctx(actor=someone("auditor")), items=[Gift("a", euros("1"))])
    assert gifts(world) == []
    assert RefusedAccess.objects.of(world.company_id).get().command == "test.give"


def test_a_refusal_inside_another_command_is_kept_too(world: World) -> None:
    actor = with_permission(someone("auditor"), "test.celebrate")
    with pytest.raises(Forbidden):
        celebrate(ctx=world.ctx(actor=actor), items=[Gift("a", euros("1"))])
    assert RefusedAccess.objects.of(world.company_id).get().command == "test.give"


def test_what_cannot_be_done_any_more_goes_on_waiting(world: World) -> None:
    limited(world, "0")
    limited(world, "5000", role="receivables_manager")
    ana, maria = giver(world, "ana"), giver(world, "maria", "receivables_manager")
    give(ctx=world.ctx(actor=ana), items=[Gift("gone", euros("1"))])
    request = ApprovalRequest.objects.of(world.company_id).get()
    outcome = approve(ctx=world.ctx(actor=maria), items=[Decision(request.id)])
    assert outcome.items[0].state is ItemState.REFUSED
    request.refresh_from_db()
    assert request.state == "waiting"


def test_what_is_done_together_waits_as_one(world: World) -> None:
    """One request for the group, also for its small part; the rest of the batch is done."""
    limited(world, "500")
    limited(world, "5000", role="receivables_manager")
    ana, maria = giver(world, "ana"), giver(world, "maria", "receivables_manager")
    wishes = [
        Gift("small", euros("1"), "pair"),
        Gift("alone", euros("2")),
        Gift("big", euros("501"), "pair"),
        Gift("too", euros("7"), "other"),
        Gift("three", euros("8"), "other"),
    ]
    outcome = give(ctx=world.ctx(actor=ana), items=wishes)
    states = {item.key: item.state for item in outcome.items}
    assert [key for key, state in states.items() if state is ItemState.AWAITING] == ["small", "big"]
    assert {item.id for item in outcome.of(ItemState.AWAITING)} == {
        request.id for request in ApprovalRequest.objects.of(world.company_id)
    }
    request = ApprovalRequest.objects.of(world.company_id).get()
    assert request.amount_minor == 50_100
    give(ctx=world.ctx(actor=ana), items=[wishes[0], wishes[2]])
    assert ApprovalRequest.objects.of(world.company_id).count() == 1  # asked again, the same one
    assert len(gifts(world)) == 3
    approve(ctx=world.ctx(actor=maria), items=[Decision(request.id)]).or_refuse()
    assert len(gifts(world)) == 5
    assert ApprovalRequest.objects.of(world.company_id).count() == 1


def test_a_limit_for_nothing_is_refused(world: World) -> None:
    limit = NewLimit(role="cash_clerk", command="test.gvie", amount=euros("1"))
    with pytest.raises(Refused, match="no command 'test.gvie'"):
        save_limit(ctx=world.ctx(), items=[limit])


def test_same_key_same_answer_done_once(world: World) -> None:
    actor = giver(world, "ana")
    ctx = world.ctx(actor=actor, key="k1")
    first = give(ctx=ctx, items=[Gift("a", euros("1"))])
    again = give(ctx=world.ctx(actor=actor, key="k1"), items=[Gift("a", euros("1"))])
    assert again == first
    assert len(gifts(world)) == 1


def test_same_key_with_another_body_is_refused(world: World) -> None:
    actor = giver(world, "ana")
    give(ctx=world.ctx(actor=actor, key="k1"), items=[Gift("a", euros("1"))])
    with pytest.raises(KeyReused):
        give(ctx=world.ctx(actor=actor, key="k1"), items=[Gift("a", euros("2"))])
    assert len(gifts(world)) == 1


def test_a_bug_takes_everything_back(world: World) -> None:
    actor = giver(world, "ana")
    before = FactRecord.objects.of(world.company_id).count()
    with pytest.raises(ZeroDivisionError):
        give(ctx=world.ctx(actor=actor, key="k"), items=[Gift("bug", euros("1"))])
    assert FactRecord.objects.of(world.company_id).count() == before
    assert give(ctx=world.ctx(actor=actor, key="k"), items=[Gift("ok", euros("1"))]).items


def test_above_the_limit_waits_for_a_second_person(world: World) -> None:
    limited(world, "500")
    limited(world, "5000", role="receivables_manager")
    ana, maria = giver(world, "ana"), giver(world, "maria", "receivables_manager")
    outcome = give(
        ctx=world.ctx(actor=ana), items=[Gift("small", euros("500")), Gift("big", euros("500.01"))]
    )
    assert [item.state for item in outcome.items] == [ItemState.DONE, ItemState.AWAITING]
    request = ApprovalRequest.objects.of(world.company_id).get()
    assert (request.item_key, request.why) == (
        "big",
        "500.01 EUR is above the limit of 500.00 EUR",
    )

    own = approve(ctx=world.ctx(actor=ana), items=[Decision(request.id)])
    assert own.items[0].faults[0].code == "approval.own_request"
    assert len(gifts(world)) == 1
    assert RefusedAccess.objects.of(world.company_id).count() == 1

    done = approve(ctx=world.ctx(actor=maria), items=[Decision(request.id, "agreed by phone")])
    assert done.items[0].state is ItemState.DONE
    assert len(gifts(world)) == 2
    again = world.ctx(actor=maria)
    with pytest.raises(Refused, match="approval is approved"):
        approve(ctx=again, items=[Decision(request.id)])


def test_the_approver_needs_a_limit_of_his_own(world: World) -> None:
    limited(world, "500")
    ana, bogdan = giver(world, "ana"), giver(world, "bogdan")
    give(ctx=world.ctx(actor=ana), items=[Gift("big", euros("900"))])
    request = ApprovalRequest.objects.of(world.company_id).get()
    outcome = approve(ctx=world.ctx(actor=bogdan), items=[Decision(request.id)])
    assert outcome.items[0].faults[0].code == "approval.above_limit"
    assert gifts(world) == []


def test_rejecting_does_nothing_and_says_why(world: World) -> None:
    limited(world, "0")
    ana, maria = giver(world, "ana"), giver(world, "maria")
    give(ctx=world.ctx(actor=ana), items=[Gift("big", euros("1"))])
    request = ApprovalRequest.objects.of(world.company_id).get()
    reject(ctx=world.ctx(actor=maria), items=[Decision(request.id, "not agreed")])
    request.refresh_from_db()
    assert (request.state, request.decision_reason) == ("rejected", "not agreed")
    assert gifts(world) == []


def test_the_database_too_refuses_an_own_approval(world: World) -> None:
    limited(world, "0")
    ana = giver(world, "ana")
    give(ctx=world.ctx(actor=ana), items=[Gift("big", euros("1"))])
    rows = ApprovalRequest.objects.of(world.company_id)
    with pytest.raises(Exception, match="access_approval_four_eyes"):
        rows.update(state="approved", decided_by=ana.id)


def test_duties_that_must_not_meet_are_asked_about(world: World) -> None:
    ask = Grant(email="one@muster.example", name="One", role="owner")
    with pytest.raises(ConfirmFirst, match="phantom customer"):
        grant(ctx=world.ctx(), items=[ask])
    ctx = replace(world.ctx(), confirmed=frozenset({"access.duty_conflict"}))
    assert grant(ctx=ctx, items=[ask]).items[0].state is ItemState.DONE
    fact = FactRecord.objects.of(world.company_id).get(kind="access.RoleGranted")
    assert "masterdata.save_customers+invoices.issue" in fact.payload["conflicts"]


def test_no_key_with_more_than_its_maker(world: World) -> None:
    actor = with_permission(someone("auditor"), "access.create_key")
    key = NewKey(name="erp", secret="s" * 40, scopes=("read.ledger", "invoices.issue"))
    with pytest.raises(Refused, match="you do not have invoices.issue"):
        create_key(ctx=world.ctx(actor=actor), items=[key])


def test_key_of_falls_back_to_the_kind_of_item() -> None:
    assert approvals.key_of(Decision(UUID(int=7))) == str(UUID(int=7))
    assert approvals.key_of(object()) == "object"


def test_a_user_is_made_once(world: World) -> None:
    giver(world, "ana")
    giver(world, "ana")
    assert User.objects.filter(email="ana@muster.example").count() == 1


def test_who_asks_twice_waits_once(world: World) -> None:
    limited(world, "500")
    limited(world, "5000", role="receivables_manager")
    ana, maria = giver(world, "ana"), giver(world, "maria", "receivables_manager")
    big, other = Gift("big", euros("900")), Gift("big", euros("901"))
    first = give(ctx=world.ctx(actor=ana), items=[big])
    again = give(ctx=world.ctx(actor=ana), items=[big, other, big])
    assert [item.state for item in again.items] == [ItemState.AWAITING] * 3
    assert [item.id == first.items[0].id for item in again.items] == [True, False, True]
    requests = ApprovalRequest.objects.of(world.company_id)
    assert requests.count() == 2
    facts = FactRecord.objects.of(world.company_id).filter(kind="access.ApprovalRequested")
    assert facts.count() == 2
    approve(ctx=world.ctx(actor=maria), items=[Decision(first.items[0].id or UUID(int=0))])
    assert len(gifts(world)) == 1
    later = give(ctx=world.ctx(actor=ana), items=[big])
    assert later.items[0].id not in {first.items[0].id, again.items[1].id}


def test_a_weak_password_lets_nobody_in_and_a_later_one_changes_nothing(world: World) -> None:
    def given(password: str) -> User:
        item = Grant(email="one@muster.example", name="One", role="accountant", password=password)
        grant(ctx=world.ctx(), items=[item])
        return User.objects.get(email=item.email)

    with pytest.raises(CannotGrant) as refused:
        given("password")
    assert {fault.code for fault in refused.value.faults} == {"password.weak"}
    assert not User.objects.filter(email="one@muster.example").exists()
    assert given("three lamps and a bulb").check_password("three lamps and a bulb")
    assert given("a bulb and three lamps").check_password("three lamps and a bulb")
