"""Money at risk in a day: the policy limits it, and what is posted with undo is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped as shipped_policy
from acquit.stages.matching.commands import ProposalChoice, confirm, propose, undo
from acquit.stages.matching.commands.deciding import at_risk_today
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries.posted import unseen
from acquit.stages.matching.rules.at_risk import at_risk, with_each
from tests.stages.matching.test_kinds import _bank, _best, _left
from tests.support.money import Doc, Movement, customers, issue
from tests.support.world import World


def test_what_is_expected_to_go_wrong_keeps_parts_of_a_cent() -> None:
    assert at_risk(Decimal("1000"), Decimal("0.9995")) == Decimal("0.5")
    assert at_risk(Decimal("-20.01"), Decimal("0.9999")) == Decimal("0.002001")


@given(
    st.lists(st.decimals(0, 1000, places=2), max_size=12),
    st.decimals(0, 100, places=2),
    st.data(),
)
def test_the_smallest_come_first_and_the_last_of_them_has_all(
    risks: list[Decimal], before: Decimal, data: st.DataObject
) -> None:
    chosen = [at for at in range(len(risks)) if data.draw(st.booleans())]
    sums = with_each(risks, before=before, chosen=chosen)
    for at, total in enumerate(sums):
        if at not in chosen:
            assert total == before + risks[at]
    if chosen:
        assert max(sums[at] for at in chosen) == before + sum(risks[at] for at in chosen)
    ordered = sorted(chosen, key=lambda at: sums[at])
    assert [risks[at] for at in ordered] == sorted(risks[at] for at in chosen)


def _policy(world: World, *rows: Row, inputs: tuple[str, ...]) -> None:
    table = replace(shipped_policy("matching"), inputs=inputs, rows=rows)
    version = NewVersion(name="matching", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()


def _limited(world: World, limit: str) -> None:
    rows = (
        Row((">= 0.99", "0", f"<= {limit}"), ("post",)),
        Row(("", "", ""), ("suggest",)),
    )
    inputs = ("proposal.probability", "proposal.rivals", "day.at_risk")
    _policy(world, *rows, inputs=inputs)


@pytest.mark.django_db
def test_a_day_has_its_limit_and_the_rest_is_suggested(world: World) -> None:
    """Alone each would be posted. Together the two smallest stay below the limit; what was posted
    counts for the next run of the day, not for the next day, and not once it is taken back."""
    kunde, _other = customers(world, 2)
    amounts = (90_000_000, 100_000, 5_000_000)
    claims = issue(world, [Doc(kunde.id, amount) for amount in (*amounts, 4_000_000)])
    moves = [
        Movement(amount, claim.number, payer=kunde.name, iban=kunde.iban)
        for amount, claim in zip(amounts, claims, strict=False)
    ]
    _bank(world, *moves)
    propose(ctx=world.ctx(), items=[])
    probability = {amount: _best(world, amount).probability for amount in amounts}
    posted = [_best(world, amount) for amount in amounts]
    undo(ctx=world.ctx(), items=[ProposalChoice(id=one.id) for one in posted])
    assert at_risk_today(world.ctx()) == 0
    Proposal.objects.of(world.company_id).delete()
    risk = {a: at_risk(Decimal(a) / 100, probability[a]) for a in amounts}
    limit = risk[100_000] + risk[5_000_000]
    assert 0 < limit < risk[90_000_000]
    _limited(world, str(limit))

    propose(ctx=world.ctx(), items=[])
    assert _left(*claims) == [90_000_000, 0, 0, 4_000_000]
    held = _best(world, 90_000_000)
    assert (held.action, held.day_at_risk) == ("suggest", limit + risk[90_000_000])
    words = [piece["text"] for piece in held.evidence]
    assert "with what was applied before, too much money would be at risk today" in words
    assert at_risk_today(world.ctx()) == limit

    last = Movement(4_000_000, claims[3].number, payer=kunde.name, iban=kunde.iban)
    _bank(world, last, reference="S2", opening_minor=sum(amounts))
    propose(ctx=world.ctx(), items=[])
    assert _left(claims[3]) == [4_000_000]
    undo(ctx=world.ctx(), items=[ProposalChoice(id=_best(world, 5_000_000).id)])
    propose(ctx=world.ctx(), items=[])
    assert _left(claims[3]) == [0]
    world.on(world.today + timedelta(days=1))
    assert at_risk_today(world.ctx()) == 0


@pytest.mark.django_db
def test_what_is_posted_with_undo_waits_for_a_look(world: World) -> None:
    rows = (Row((">= 0.99",), ("post_undo",)), Row(("",), ("suggest",)))
    _policy(world, *rows, inputs=("proposal.probability",))
    kunde, _other = customers(world, 2)
    claims = issue(world, [Doc(kunde.id, 12_300), Doc(kunde.id, 45_600)])
    moves = [
        Movement(claim.original_minor, claim.number, payer=kunde.name, iban=kunde.iban)
        for claim in claims
    ]
    _bank(world, *moves)
    assert propose(ctx=world.ctx(), items=[]).figures["posted"] == 2
    assert _left(*claims) == [0, 0]
    first, second = (ProposalChoice(id=_best(world, amount).id) for amount in (12_300, 45_600))
    assert [one.proposal_id for one in unseen(company_id=world.company_id, limit=9)] == [
        first.id,
        second.id,
    ]
    (said,) = confirm(ctx=world.ctx(), items=[first]).items
    (again,) = confirm(ctx=world.ctx(), items=[first]).items
    assert (said.state, again.state) == (ItemState.DONE, ItemState.DUPLICATE)
    undo(ctx=world.ctx(), items=[second]).or_refuse()
    assert unseen(company_id=world.company_id, limit=9) == []
    assert _left(*claims) == [0, 45_600]
    (late,) = confirm(ctx=world.ctx(), items=[second]).items
    assert (late.state, late.faults[0].code) == (ItemState.REFUSED, "proposal.not_posted")
    undo(ctx=world.ctx(), items=[first]).or_refuse()  # who looked may still be wrong
    assert _left(*claims) == [12_300, 45_600]


@pytest.mark.django_db
def test_nobody_looks_at_what_was_not_posted_for_it(world: World) -> None:
    kunde, _other = customers(world, 2)
    (claim,) = issue(world, [Doc(kunde.id, 12_300)])
    _bank(world, Movement(12_300, claim.number, payer=kunde.name, iban=kunde.iban))
    propose(ctx=world.ctx(), items=[])
    row = _best(world, 12_300)
    (said,) = confirm(ctx=world.ctx(), items=[ProposalChoice(id=row.id)]).items
    assert said.faults[0].code == "proposal.not_posted"
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.of(world.company_id).filter(id=row.id).update(seen_at=world.ctx().now)
