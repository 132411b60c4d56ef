"""Money in another currency that the bank takes back: the realised difference goes back with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from acquit.stages.ledger.queries import trial_balance
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.matching.commands import ProposalChoice, ReturnNamed, accept, undo_return
from acquit.stages.matching.models import Proposal
from tests.stages.matching.test_returns import SUSPENSE, Books
from tests.support.money import Doc, Movement, customers, issue
from tests.support.world import World


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


def sums(world: World) -> dict[str, int]:
    """What stands on every account in the company's currency, debit plus, without zeros."""
    found = trial_balance(company_id=world.company_id, as_at=date(2027, 1, 1), known_at=None)
    total: dict[str, int] = {}
    for row in found.accounts:
        total[row.code] = total.get(row.code, 0) + row.debit_minor - row.credit_minor
    return {code: minor for code, minor in total.items() if minor}


@pytest.mark.django_db
def test_money_in_another_currency_takes_its_realised_difference_back(books: Books) -> None:
    """600 dollars claimed at 0.88 were paid by 543 euros: 15 gained, and given back to the cent,
    though the rate of the day on which the bank takes the money back is another one."""
    world = books.world
    (kunde,) = customers(world, 1)
    _rate(world, "0.9")
    (claim,) = issue(world, [Doc(kunde.id, 60_000, currency="USD", rate=Decimal("0.88"))])
    issued = sums(world)
    books.bank(Movement(54_300, claim.number, payer=kunde.name, iban=kunde.iban, end_to_end="E-FX"))
    books.match()
    for best in Proposal.objects.filter(state="proposed", rank=1):
        accept(ctx=world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    claim.refresh_from_db()
    assert (claim.open_minor, claim.open_functional_minor) == (0, 0)
    gained = {code: sums(world).get(code, 0) for code in sums(world).keys() - issued.keys()}
    assert -1_500 in gained.values()
    paid_on, before = world.today, books.on(world.today)
    world.later(5)
    _rate(world, "0.97")
    books.bank(Movement(-54_300, "zurueck", end_to_end="E-FX", returned="MD06"))
    assert books.match()["returns_settled"] == 1
    claim.refresh_from_db()
    assert (claim.open_minor, claim.open_functional_minor) == (60_000, 52_800)
    assert sums(world) == issued  # also the gain, the bank and suspense
    assert books.on(paid_on) == before
    books.holds()
    # Taken back the money is there again; what it settled at a rate of then a person decides.
    named = [ReturnNamed(id=books.returned().id)]
    taken_back = undo_return(ctx=world.ctx(), items=named)
    assert taken_back.figures == {"undone": 1, "left_open": 1}
    assert taken_back.faults[0].message.endswith("it was exchanged at another day's rate")
    claim.refresh_from_db()
    assert (claim.open_minor, books.account(SUSPENSE)) == (60_000, 54_300)
    books.holds()


def _rate(world: World, rate: str) -> None:
    row = RateData(day=world.today, base="USD", target="EUR", rate=Decimal(rate), source="test")
    save_rates(ctx=world.ctx(), items=[row]).or_refuse()
