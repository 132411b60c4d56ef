"""A document that is paid in parts and in more than one currency: nothing is left in any of them,
and every realised difference stands in the books by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.stages.ledger.queries import entries_about, trial_balance
from acquit.stages.masterdata.models import BankAccount
from acquit.stages.matching.commands import ProposalChoice, accept, undo
from acquit.stages.matching.models import Gap, Proposal
from acquit.stages.matching.rules.inputs import Convert
from acquit.stages.matching.rules.inputs import OpenItem as Owed
from acquit.stages.matching.rules.plans import planned
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.stages.matching.test_chargebacks import DOLLARS
from tests.stages.matching.test_engine import ask, best, item, money
from tests.stages.matching.test_returns import Books
from tests.stages.matching.test_returns_exchanged import _rate
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

POSTED = 0.99  # from here on the policy that is shipped applies by itself
GAIN = "Erträge aus der Währungsumrechnung"
Results = dict[tuple[str, str], int]


@pytest.fixture
def books(world: World) -> Books:
    BankAccount(
        id=world.ids.new(), company_id=world.company_id, name="USD", iban=DOLLARS,
        currency="USD", ledger_account="1800", created_at=world.ctx().now,
    ).save()  # fmt: skip
    return Books(world)


def _dollars(world: World, move: Movement) -> bytes:
    return statement_bytes([move], on=world.today, reference="USD 1", iban=DOLLARS, currency="USD")


def _settle(books: Books, *, is_accepted: bool) -> Proposal:
    """Match; a person accepts what the rules do not apply by themselves. The newest answer."""
    books.match()
    found = Proposal.objects.of(books.world.company_id).filter(rank=1).latest("created_at", "id")
    assert (found.state == "proposed") is is_accepted
    if is_accepted:
        accept(ctx=books.world.ctx(), items=[ProposalChoice(id=found.id)]).or_refuse()
    return found


def _explained(world: World) -> Results:
    """Text of the entry and name of the account of each realised difference; debit plus."""
    moves = Allocation.objects.of(world.company_id).values_list("id", flat=True)
    found: Results = {}
    for entry in entries_about(company_id=world.company_id, subject_ids=list(moves)):
        for line in entry.lines:
            if not line.debit_minor and not line.credit_minor:
                name = entry.text, line.account_name
                found[name] = found.get(name, 0) + line.functional_minor
    return found


def _left(world: World) -> list[tuple[int, int]]:
    """What is open of every item, in its own and in the company's currency."""
    items = OpenItem.objects.of(world.company_id).order_by("id")
    return [(one.open_minor, one.open_functional_minor) for one in items]


@pytest.mark.django_db
@pytest.mark.parametrize("last", ["USD", "EUR"])
def test_parts_in_two_currencies_leave_nothing_open(books: Books, last: str) -> None:
    """1,190 dollars were claimed at 0.90. 552 euros are 600 of them at 0.92: 12 gained. The other
    590 come in dollars at 0.93, 17.70 gained; or as 545 euros, at the payer's rate, 14 gained."""
    world = books.world
    (kunde,) = customers(world, 1)
    _rate(world, "0.92")
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="USD", rate=Decimal("0.90"))])
    books.bank(Movement(55_200, claim.number, payer=kunde.name, iban=kunde.iban))
    part = _settle(books, is_accepted=True)
    assert (part.reason, part.probability < POSTED) == ("instalment", True)
    assert books.open(claim) == [59_000]
    assert OpenItem.objects.get(receipt_id=part.receipt_id).open_minor == 0
    assert Gap.objects.of(world.company_id).get().kind == "short"
    gained = {("Money in another currency applied", GAIN): -1_200}
    books.holds()

    world.later(5)
    _rate(world, "0.93")
    if last == "USD":
        move = Movement(59_000, claim.number, payer=kunde.name, iban=kunde.iban)
        books.take(_dollars(world, move))
        gained["Receipt applied", GAIN] = -1_770
    else:
        books.bank(Movement(54_500, claim.number, payer=kunde.name, iban=kunde.iban))
        gained["Money in another currency applied", GAIN] -= 1_400
    rest = _settle(books, is_accepted=False)
    assert rest.reason == ("reference" if last == "USD" else "fx")
    assert _left(world) == [(0, 0)] * 3
    assert _explained(world) == gained
    found = trial_balance(company_id=world.company_id, as_at=date(2027, 1, 1), known_at=None)
    assert sum(row.debit_minor - row.credit_minor for row in found.accounts) == 0
    books.holds()

    undo(ctx=world.ctx(), items=[ProposalChoice(id=rest.id), ProposalChoice(id=part.id)])
    assert books.open(claim) == [119_000]
    taken_back = _explained(world)
    assert sum(taken_back.values()) == 0
    assert taken_back["Money in another currency: application undone", GAIN] >= 1_200
    books.holds()


CLAIM = item("INV-2026-000900", 119_000, currency="USD")
NAMED = "INV-2026-000900"


def _at(rate: int) -> Convert:
    """Dollars to euros at so many thousandths, and back."""

    def convert(amount: int, source: str, target: str, day: int) -> int | None:
        if source == target:
            return amount
        return amount * rate // 1_000 if source == "USD" else amount * 1_000 // rate

    return convert


@pytest.mark.parametrize(
    ("minor", "text", "credited", "reason", "fit"),
    [
        (60_010, NAMED, 65_228, "short-pay", "part at rate"),
        (60_010, f"Teilzahlung {NAMED}", 65_228, "instalment", "part at rate"),
        (
            54_740,
            NAMED,
            59_500,
            "instalment",
            "part at rate",
        ),  # half of it, or near it at another rate
        (50_000, NAMED, 54_347, "instalment", "part at rate"),  # so many hundreds
        (109_480, NAMED, 119_000, "fx", "rate"),
        (107_300, NAMED, 119_000, "fx", "rate"),  # two per cent less
        (107_200, NAMED, 116_521, "short-pay", "part at rate"),
    ],
)
def test_what_money_of_another_currency_is_worth_of_the_claim(
    minor: int, text: str, credited: int, reason: str, fit: str
) -> None:
    found = best(money(minor, text), [CLAIM], convert=_at(920))
    assert found.credited == ((CLAIM.id, credited),)
    assert (found.reason, found.fit) == (reason, fit)
    assert (found.probability < POSTED) is (fit == "part at rate")


@pytest.mark.parametrize(
    ("minor", "text", "others"),
    [
        (150_000, NAMED, []),  # more than it is worth
        (55_200, "thank you", []),  # nothing is named
        (55_200, f"{NAMED} INV-2026-000901", [item("INV-2026-000901", 50_000, currency="USD")]),
    ],
)
def test_only_a_part_of_the_one_document_named_is_looked_for(
    minor: int, text: str, others: list[Owed]
) -> None:
    found = best(money(minor, text), [CLAIM, *others], convert=_at(920))
    assert found.fit != "part at rate"


def test_parts_that_come_together_wait_for_a_person_too() -> None:
    """To the cent at our rate: that is a person's to see, since no such case was ever measured."""
    lines = [money(55_200, NAMED, id="L1"), money(59_000, NAMED, id="L2", currency="USD")]
    found = [one for one in ask(lines, [CLAIM], convert=_at(920)) if one.rank == 1]
    assert [one.credited for one in found] == [((CLAIM.id, 60_000),), ((CLAIM.id, 59_000),)]
    assert max(one.probability for one in found) < POSTED


def test_a_slip_that_meets_the_number_of_another_is_no_part() -> None:
    mine, others = item("INV-2026-000901", 55_200), replace(CLAIM, customer="C2")
    found = best(money(55_200, NAMED), [mine, others], convert=_at(920))
    assert (found.credited, found.probability >= POSTED) == (((mine.id, 55_200),), True)


def test_without_a_rate_no_part_is_suggested() -> None:
    assert best(money(55_200, NAMED), [CLAIM]).credited == ()


@settings(max_examples=100)
@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(100, 9_000))
def test_a_part_takes_all_of_the_money_and_less_than_the_claim(
    claim: int, minor: int, rate: int
) -> None:
    """Whatever the amounts: never posted by itself, nothing of the money left, the rest open."""
    owed = item("INV-2026-000900", claim, currency="USD")
    line = money(minor, NAMED)
    found = best(line, [owed], convert=_at(rate))
    plan = planned(found, line, {owed.id: owed})
    if found.fit == "part at rate":
        (share,) = plan.shares
        assert 0 < share.amount_minor == minor * 1_000 // rate < claim
        assert (share.money_minor, share.off_minor, plan.kept_back_minor) == (minor, 0, 0)
        assert found.probability < POSTED
    elif found.credited:
        assert found.credited == ((owed.id, claim),)
