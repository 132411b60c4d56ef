"""Money that the bank takes back: the receipt it was, what is open again, and every way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.ids import IdSource
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.history import queries as history
from acquit.stages.insight import verify
from acquit.stages.insight.queries import acts
from acquit.stages.ledger.commands.lock import Month, lock
from acquit.stages.ledger.queries import trial_balance
from acquit.stages.matching.commands import (
    ReturnChoice,
    ReturnNamed,
    dismiss_return,
    propose,
    settle_return,
    undo_return,
)
from acquit.stages.matching.models import Return
from acquit.stages.matching.queries import returns as queries
from acquit.stages.matching.rules.returns import (
    STRENGTH,
    Candidate,
    Standing,
    charge_worth,
    choose,
    shared,
    unwind,
    worth,
)
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAdjustment, NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import customer_statement
from acquit.stages.receivables.queries.as_at import balances
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.settling import settled
from tests.support.world import World

BANK, SUSPENSE, FEES = "1800", "1490", "6855"


class Books:
    """A company with an account whose statements follow each other."""

    def __init__(self, world: World) -> None:
        self.world, self.balance, self.files = world, 0, 0

    def bank(self, *moves: Movement, on: date | None = None) -> bytes:
        self.files += 1
        body = statement_bytes(
            moves,
            on=on or self.world.today,
            opening_minor=self.balance,
            reference=f"S{self.files}",
        )
        self.balance += sum(move.minor for move in moves)
        self.take(body)
        return body

    def take(self, body: bytes) -> Any:
        file = StatementFile(key="s.xml", body=body)
        return import_statement(ctx=self.world.ctx(), items=[file]).or_refuse()

    def match(self) -> dict[str, Any]:
        return dict(propose(ctx=self.world.ctx(), items=[]).figures)

    def open(self, *items: OpenItem) -> list[int]:
        for item in items:
            item.refresh_from_db()
        return [item.open_minor for item in items]

    def account(self, code: str) -> int:
        """What stands on an account in the company's currency, debit plus."""
        found = trial_balance(
            company_id=self.world.company_id, as_at=date(2027, 1, 1), known_at=None
        )
        return sum(row.debit_minor - row.credit_minor for row in found.accounts if row.code == code)

    def returned(self) -> Return:
        return Return.objects.of(self.world.company_id).get()

    def holds(self) -> None:
        answer = verify.run(company_id=self.world.company_id, now=self.world.ctx().now)
        # The documents of these tests have no lines, which is all that may be wrong with them.
        assert [one for one in answer["broken"] if not one["record"].startswith("document ")] == []

    def on(self, day: date) -> Any:
        """Everything that is said of a day, as it is known now."""
        return balances(company_id=self.world.company_id, as_at=day, known_at=None)


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


@pytest.mark.django_db
def test_a_returned_debit_opens_its_invoice_again_and_can_be_taken_back(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 11_900)])
    paid_on = world.today
    books.bank(Movement(11_900, f"invoice {claim.number}", end_to_end="E2E-77", mandate="M-1"))
    assert books.match()["posted"] == 1
    assert books.open(claim) == [0]
    before = books.on(paid_on)
    world.later(4)
    came = books.bank(
        Movement(-12_250, "Lastschrift", end_to_end="E2E-77", returned="MD06", charges=350)
    )
    row = books.returned()
    assert (row.state, row.reason, row.bank_line.return_reason) == ("waiting", "MD06", "MD06")
    assert (row.bank_line.charges_minor, books.account(SUSPENSE)) == (350, 12_250)
    figures = books.match()
    assert (figures["returns_settled"], figures["returns_waiting"]) == (1, 0)
    assert books.open(claim) == [11_900]
    assert books.open(OpenItem.objects.of(world.company_id).get(kind="receipt")) == [0]
    assert [books.account(code) for code in (BANK, SUSPENSE, FEES)] == [-350, 0, 350]
    books.holds()
    # The past says what it said, and the same file once more says nothing.
    assert books.on(paid_on) == before
    log = Allocation.objects.of(world.company_id).count()
    assert books.take(came).items[0].state is ItemState.DUPLICATE
    assert "returns_settled" not in books.match()
    assert (Return.objects.count(), Allocation.objects.of(world.company_id).count()) == (1, log)
    _is_told(books, claim, kunde.id)
    # The rule was wrong: everything as before, and the rule does not come back to it.
    named = [ReturnNamed(id=row.id)]
    assert undo_return(ctx=world.ctx(), items=named).figures == {"undone": 1}
    assert undo_return(ctx=world.ctx(), items=named).items[0].state is ItemState.DUPLICATE
    assert books.open(claim) == [0]
    assert [books.account(code) for code in (BANK, SUSPENSE, FEES)] == [-350, 12_250, 0]
    assert "returns_settled" not in books.match()
    assert [one.state for one in queries.undecided(company_id=world.company_id)] == ["undone"]
    books.holds()
    # It was right after all.
    again = ReturnChoice(id=row.id, receipt_id=_receipt(world))
    assert settle_return(ctx=world.ctx(), items=[again]).figures == {"settled": 1}
    assert settle_return(ctx=world.ctx(), items=[again]).items[0].state is ItemState.DUPLICATE
    assert (books.open(claim), books.account(SUSPENSE), books.account(FEES)) == ([11_900], 0, 350)
    books.holds()


def _receipt(world: World) -> UUID:
    item = OpenItem.objects.of(world.company_id).filter(kind="receipt").order_by("id").first()
    assert item is not None and item.receipt_id is not None
    return item.receipt_id


def _is_told(books: Books, claim: OpenItem, customer: UUID) -> None:
    """In the log of the claim, on the customer's statement, and among the automatic acts."""
    world = books.world
    log = Allocation.objects.of(world.company_id).filter(debit_item=claim)
    facts = history.timeline(company_id=world.company_id, subject_ids=[one.id for one in log])
    assert (facts[-1].kind, facts[-1].reason) == (
        "receivables.AllocationUndone",
        "returned by the bank: the payer asked for his money back (MD06)",
    )
    assert facts[-1].rule.startswith("returning")
    statement = customer_statement(
        company_id=world.company_id,
        customer_id=customer,
        currency="EUR",
        from_on=date(2026, 1, 1),
        to_on=world.today,
        known_at=None,
    )
    assert [(line.kind, line.amount_minor) for line in statement.lines[-1:]] == [
        ("returned", 11_900)
    ]
    assert statement.closing_minor == 11_900
    now = world.ctx().now
    listed = acts(company_id=world.company_id, since=now, until=now + timedelta(seconds=1))
    act = next(one for one in listed if one.fact.kind == "matching.ReturnSettled")
    assert act.undo is not None
    assert (act.undo.command, act.undo.id) == ("matching.undo_return", books.returned().id)


@pytest.mark.django_db
def test_a_return_that_comes_first_waits_for_its_receipt(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 5_000)])
    first = world.today
    world.later(3)
    late = Movement(-5_000, "back", end_to_end="E-9", returned="AM04")
    body = statement_bytes([late], on=world.today, opening_minor=5_000, reference="S2")
    books.take(body)
    assert books.match()["returns_waiting"] == 1
    assert queries.likely(company_id=world.company_id, ids=[books.returned().id]) == {
        books.returned().id: []
    }
    books.bank(Movement(5_000, f"invoice {claim.number}", end_to_end="E-9"), on=first)
    figures = books.match()
    assert (figures["returns_settled"], figures["posted"]) == (1, 0)
    assert (books.open(claim), books.account(SUSPENSE)) == ([5_000], 0)
    books.holds()


@pytest.mark.django_db
def test_a_tie_goes_to_a_person_and_what_is_no_payment_stays_on_suspense(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, 2_000), Doc(kunde.id, 2_000)])
    books.bank(*(Movement(2_000, f"invoice {c.number}", mandate="MANDATE") for c in claims))
    assert books.match()["posted"] == 2
    world.later(2)
    books.bank(
        Movement(-2_000, "back", mandate="MANDATE", returned="MS03"),
        Movement(-700, "something else", returned="AC01"),
    )
    assert books.match()["returns_waiting"] == 2
    other, tied = queries.undecided(company_id=world.company_id)
    if tied.amount_minor == 700:
        other, tied = tied, other
    assert (tied.ties, other.ties, books.open(*claims)) == (2, 0, [0, 0])
    (found,) = queries.likely(company_id=world.company_id, ids=[tied.id]).values()
    assert [one.by for one in found] == [("mandate",)] * 2
    receipt = next(
        a.credit_item.receipt_id
        for a in Allocation.objects.of(world.company_id).select_related("credit_item")
        if a.debit_item_id == claims[1].id
    )
    wrong = ReturnChoice(id=tied.id, receipt_id=tied.id)
    refused = settle_return(ctx=world.ctx(), items=[wrong])
    assert [fault.code for fault in refused.faults] == ["receipt.unknown"]
    settle_return(ctx=world.ctx(), items=[ReturnChoice(id=tied.id, receipt_id=receipt)]).or_refuse()
    assert books.open(*claims) == [0, 2_000]
    again = settle_return(ctx=world.ctx(), items=[ReturnChoice(id=other.id, receipt_id=receipt)])
    assert [fault.code for fault in again.faults] == ["return.nothing_left"]
    dismiss_return(ctx=world.ctx(), items=[ReturnNamed(id=other.id)]).or_refuse()
    assert queries.undecided(company_id=world.company_id) == []
    assert books.account(SUSPENSE) == 700
    books.holds()


@pytest.mark.django_db
def test_only_the_payer_is_not_enough_for_a_rule(books: Books) -> None:
    world = books.world
    customers(world, 1)
    books.bank(
        Movement(3_300, "for something", payer="Marta Muster", iban="DE02120300000000202051")
    )
    world.later(1)
    books.bank(
        Movement(
            -3_300, "zurück", payer="Marta Muster", iban="DE02120300000000202051", returned="AC06"
        )
    )
    assert books.match()["returns_waiting"] == 1
    # And never one that names another payment by its id.
    (found,) = queries.likely(company_id=world.company_id, ids=[books.returned().id]).values()
    assert found[0].by == ("account", "name")
    books.holds()


@pytest.mark.django_db
def test_a_number_inside_another_one_is_not_it(
    books: Books, django_assert_num_queries: Any
) -> None:
    """The debit has the very amount of INV-100, but its text says INV-1001, with a charge."""
    world = books.world
    books.bank(
        Movement(12_250, "first", end_to_end="INV-100"),
        Movement(11_900, "second", end_to_end="INV-1001"),
    )
    world.later(1)
    back = [Movement(-12_250, "EREF+INV-1001 SVWZ+Retoure", returned="MD06")]
    books.bank(*back, Movement(-777, "EREF+INV-10 SVWZ+Retoure", returned="MD06"))
    named, unknown = queries.undecided(company_id=world.company_id)
    if named.amount_minor == 777:
        named, unknown = unknown, named
    with django_assert_num_queries(3):
        found = queries.likely(company_id=world.company_id, ids=[named.id, unknown.id])
    assert [one.amount_minor for one in found[named.id]] == [11_900]
    assert found[unknown.id] == []
    figures = books.match()
    assert (figures["returns_settled"], figures["returns_waiting"]) == (1, 1)
    (settled,) = queries.decided(company_id=world.company_id, limit=10)
    assert (settled.principal_minor, settled.charge_minor) == (11_900, 350)
    books.holds()


@pytest.mark.django_db
def test_of_a_part_the_newest_decision_is_undone_first(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    old, new = issue(world, [Doc(kunde.id, 6_000), Doc(kunde.id, 4_000)])
    books.bank(Movement(10_500, "both, and too much", end_to_end="PART-1"))
    money = OpenItem.objects.of(world.company_id).get(kind="receipt")
    for claim, minor in ((old, 6_000), (new, 4_000)):
        wish = NewAllocation(
            key="k", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(minor, "EUR")
        )
        allocate(ctx=world.ctx(), items=[wish]).or_refuse()
        world.later(1)
    books.bank(Movement(-5_500, "part", end_to_end="PART-1", returned="FOCR"))
    assert books.match()["returns_settled"] == 1
    # 500 settled nothing, 4,000 were the newest, 1,000 of the older decision.
    assert (books.open(old, new, money), books.account(SUSPENSE)) == ([1_000, 4_000, 0], 0)
    books.holds()
    # The clerk's Undo of the receipt leaves what went back.
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)]).or_refuse()
    assert books.open(old, new, money) == [6_000, 4_000, 5_000]
    wish = NewAllocation(
        key="k2", credit_item_id=money.id, debit_item_id=old.id, amount=Money(5_000, "EUR")
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    # The rest comes back too, under the same id.
    world.later(1)
    books.bank(Movement(-5_000, "rest", end_to_end="PART-1", returned="FOCR"))
    assert books.match()["returns_settled"] == 1
    assert (books.open(old, new, money), books.account(SUSPENSE)) == ([6_000, 4_000, 0], 0)
    rows = list(Return.objects.of(world.company_id).order_by("booked_on"))
    undo_return(ctx=world.ctx(), items=[ReturnNamed(id=row.id) for row in rows]).or_refuse()
    assert books.account(SUSPENSE) == 10_500
    assert sum(books.open(old, new)) == 10_000 - (10_500 - books.open(money)[0])
    books.holds()


@pytest.mark.django_db
def test_a_discount_falls_with_the_money_and_comes_back_with_it(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 10_000)])
    books.bank(Movement(9_800, "less two per cent", reference="BANKREF-1"))
    money = OpenItem.objects.of(world.company_id).get(kind="receipt")
    settled(
        world,
        [
            NewAllocation(
                key="k",
                credit_item_id=money.id,
                debit_item_id=claim.id,
                amount=Money(9_800, "EUR"),
                together="t",
            ),
            NewAdjustment(
                key="k",
                item_id=claim.id,
                amount=Money(200, "EUR"),
                adjustment="discount",
                together="t",
            ),
        ],
    ).or_refuse()
    assert books.open(claim) == [0]
    world.later(1)
    # The bank kept its fee in the same line and says nothing of it.
    books.bank(Movement(-10_100, "Rückgabe BANKREF-1", returned="AC04"))
    assert books.match()["returns_settled"] == 1
    assert (books.open(claim), books.account(SUSPENSE), books.account(FEES)) == ([10_000], 0, 300)
    undo_return(ctx=world.ctx(), items=[ReturnNamed(id=books.returned().id)]).or_refuse()
    assert (books.open(claim), books.account(SUSPENSE)) == ([0], 10_100)
    books.holds()


@pytest.mark.django_db
def test_in_a_locked_month_it_counts_in_the_open_one(books: Books) -> None:
    world = books.world
    world.on("2026-02-10")
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 4_000)])
    books.bank(Movement(4_000, f"invoice {claim.number}", end_to_end="FEB"))
    books.match()
    world.on("2026-03-05")
    lock(ctx=world.ctx(), items=[Month(month=date(2026, 2, 1))]).or_refuse()
    february = books.on(date(2026, 2, 28))
    books.bank(Movement(-4_000, "back", end_to_end="FEB", returned="MD01"), on=date(2026, 2, 26))
    assert books.match()["returns_settled"] == 1
    assert books.on(date(2026, 2, 28)) == february
    assert books.open(claim) == [4_000]
    books.holds()


IDS = IdSource.seeded(instant=datetime(2026, 3, 2), seed="returns").many(6)
CANDIDATES = st.lists(
    st.tuples(st.integers(0, 3_000), st.frozensets(st.sampled_from(sorted(STRENGTH)))),
    max_size=len(IDS),
)


@given(CANDIDATES, st.integers(1, 3_000), st.integers(0, 400), st.randoms(use_true_random=False))
def test_the_choice_is_one_that_fits_best_whatever_the_order(
    rows: list[tuple[int, frozenset[str]]], amount: int, charges: int, chance: Any
) -> None:
    found = [Candidate(IDS[n], left, by) for n, (left, by) in enumerate(rows)]
    answer = choose(amount_minor=amount, charges_minor=charges, candidates=found)
    chance.shuffle(found)
    assert choose(amount_minor=amount, charges_minor=charges, candidates=found) == answer
    if answer.found is None:
        assert answer.ties != 1
        return
    one = answer.found
    chosen = next(each for each in found if each.receipt_id == one.receipt_id)
    assert 0 < one.principal_minor <= chosen.left_minor
    assert one.principal_minor + one.charge_minor == amount
    # A twin makes it a tie.
    twin = Candidate(IDS[-1], chosen.left_minor, chosen.by)
    others = [each for each in found if each.receipt_id != IDS[-1]]
    if chosen in others:
        tied = choose(amount_minor=amount, charges_minor=charges, candidates=[*others, twin])
        assert tied.found is None


@given(st.integers(0, 500), st.lists(st.integers(1, 500), max_size=6), st.data())
def test_unwinding_frees_exactly_what_went_back(
    unapplied: int, freed: Sequence[int], data: st.DataObject
) -> None:
    whole = unapplied + sum(freed)
    if not whole:
        return
    back = data.draw(st.integers(1, whole))
    newest = [Standing(IDS[n], minor, IDS[n]) for n, minor in enumerate(freed)]
    unwound = unwind(open_minor=unapplied, newest=newest, returned_minor=back)
    free = unapplied + sum(one.freed_minor for one in unwound.undo) - unwound.again_minor
    assert free == (back if unwound.undo else unapplied)
    assert list(unwound.undo) == newest[: len(unwound.undo)]
    if unwound.undo:
        assert unwound.again_minor < unwound.undo[-1].freed_minor


@given(st.integers(1, 10_000), st.integers(0, 12_000), st.integers(1, 10_000))
def test_a_debit_divides_without_a_rest(amount: int, charges: int, left: int) -> None:
    principal, charge, _fit = shared(amount_minor=amount, charges_minor=charges, left_minor=left)
    assert principal + charge == amount
    assert 0 < principal <= left
    assert charge >= 0


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.data())
def test_money_and_charge_are_worth_what_the_debit_is(
    whole: int, minor: int, data: st.DataObject
) -> None:
    """In the company's currency as well nothing of a whole debit stays on suspense."""
    principal = data.draw(st.integers(1, minor))
    rest = charge_worth(
        whole_worth=whole,
        whole_minor=minor,
        principal_minor=principal,
        charge_minor=minor - principal,
    )
    assert rest + worth(whole_worth=whole, whole_minor=minor, part_minor=principal) == whole
    assert rest >= 0
