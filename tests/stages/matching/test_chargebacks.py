"""What a payout takes back of earlier ones: opened again once, with the fee, and the books even."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.outcome import ItemState
from acquit.intake.commands.run import RunToUndo, undo_import
from acquit.stages.ledger.queries import trial_balance
from acquit.stages.masterdata.models import BankAccount
from acquit.stages.matching.commands import (
    ProposalChoice,
    ReturnChoice,
    ReturnNamed,
    accept,
    settle_return,
    undo_return,
)
from acquit.stages.matching.models import Proposal, Return
from acquit.stages.matching.queries import returns as queries
from acquit.stages.matching.rules.returns import PAID_BY, shares, taken
from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receipts.models import Receipt
from acquit.stages.receipts.queries import advice_list
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.stages.matching.test_returns import FEES, SUSPENSE, Books
from tests.stages.matching.test_returns_exchanged import _rate
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db
DOLLARS = "DE02120300000000202051"  # the account of the company in that currency
HEAD = "payout,paid_on,type,document,reference,payer,gross,fee,net,currency"


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


def payout(
    books: Books, number: str, *rows: tuple[str, str, str, str, str], currency: str = "EUR"
) -> Any:
    """A report of rows (type, document, reference, gross, fee), and the sum it says on the bank."""
    lines = [HEAD]
    net = 0
    for kind, document, reference, gross, fee in rows:
        part = round(float(gross) * 100) - round(float(fee or 0) * 100)
        net += part
        lines.append(
            f"{number},{books.world.today},{kind},{document},{reference},,{gross},{fee},,{currency}"
        )
    file = AdviceFile(key=f"{number}.csv", body="\n".join(lines).encode())
    move = Movement(net, f"payout {number}", payer="Provider Ltd")
    if not net:
        pass  # the bank tells nothing of it
    elif currency == "EUR":
        books.bank(move)
    else:
        body = statement_bytes(
            [move], on=books.world.today, reference=number, iban=DOLLARS, currency=currency
        )
        books.take(body)
    return take_advice(ctx=books.world.ctx(), items=[file]).or_refuse()


def match(books: Books) -> dict[str, Any]:
    """Run the matcher, and take what it suggests."""
    figures = books.match()
    for best in Proposal.objects.filter(state="proposed", rank=1).exclude(items=[]):
        accept(ctx=books.world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    return figures


def test_a_chargeback_opens_one_document_of_a_payout_again(books: Books) -> None:
    world = books.world
    one, other, third = customers(world, 3)
    docs = [Doc(one.id, 10_000), Doc(other.id, 30_000), Doc(third.id, 50_000), Doc(one.id, 20_000)]
    claims = issue(world, docs)
    numbers = [claim.number for claim in claims]
    payout(
        books,
        "PO-1001",
        ("payment", numbers[0], "ch_1", "100.00", "2.90"),
        ("payment", numbers[1], "ch_2", "300.00", "8.70"),
    )
    match(books)
    assert books.open(*claims) == [0, 0, 50_000, 20_000]
    assert (books.account(SUSPENSE), books.account(FEES)) == (0, 1_160)
    world.later(7)
    payout(
        books,
        "PO-1002",
        ("payment", numbers[2], "ch_3", "500.00", "14.50"),
        ("payment", numbers[3], "ch_4", "200.00", "5.80"),
        ("chargeback", numbers[0], "dp_1", "-100.00", "15.00"),
    )
    row = books.returned()
    assert (row.reason, row.amount_minor, row.told_charges_minor) == ("CHARGEBACK", 11_500, 1_500)
    figures = match(books)
    assert (figures["returns_settled"], figures["returns_waiting"]) == (1, 0)
    # The one is open again in full, the other payment of its payout is as it was.
    assert books.open(*claims) == [10_000, 0, 0, 0]
    assert OpenItem.objects.filter(kind="receipt", open_minor__gt=0).count() == 0
    assert books.account(SUSPENSE) == 0
    assert books.account(FEES) == 1_160 + 2_030 + 1_500
    books.holds()
    row.refresh_from_db()
    assert (row.principal_minor + row.charge_minor, row.evidence) == (11_500, ["document"])
    # Told once more it is one; the matcher says nothing new.
    assert "returns_settled" not in books.match()
    # It was none after all: the document is settled as before, and suspense keeps the sum.
    assert undo_return(ctx=world.ctx(), items=[ReturnNamed(id=row.id)]).figures == {"undone": 1}
    assert books.open(*claims) == [0, 0, 0, 0]
    assert books.account(SUSPENSE) == 11_500
    books.holds()


def test_a_refund_in_part_and_one_that_nothing_explains(books: Books) -> None:
    world = books.world
    one, other = customers(world, 2)
    claims = issue(world, [Doc(one.id, 10_000), Doc(other.id, 40_000)])
    payout(books, "PO-1", ("payment", claims[0].number, "ch_1", "100.00", ""))
    match(books)
    world.later(3)
    payout(
        books,
        "PO-2",
        ("payment", claims[1].number, "ch_2", "400.00", ""),
        ("refund", claims[0].number, "ch_1", "-40.00", ""),
        ("refund", "NOBODY-77", "xx_9", "-10.00", ""),
    )
    figures = match(books)
    assert (figures["returns_settled"], figures["returns_waiting"]) == (1, 1)
    assert books.open(*claims) == [4_000, 0]
    assert books.account(SUSPENSE) == 1_000  # what nobody explains waits for a person
    (waiting,) = queries.undecided(company_id=world.company_id)
    assert (waiting.amount_minor, waiting.reason, waiting.state) == (1_000, "REFUND", "waiting")
    assert Return.objects.get(state="settled").evidence == ["document", "payout_reference"]
    books.holds()


def test_a_payout_that_took_back_more_than_it_paid(books: Books) -> None:
    """On the bank it is one debit; its payments settle their documents all the same."""
    world = books.world
    people = customers(world, 3)
    claims = issue(world, [Doc(one.id, minor) for one in people for minor in (10_000, 25_000)])
    numbers = [claim.number for claim in claims]
    payout(
        books,
        "PO-10",
        *(("payment", numbers[n], f"ch_{n}", gross, fee) for n, gross, fee in FIRST),
    )
    match(books)
    assert books.open(*claims) == [0, 0, 0, 25_000, 10_000, 25_000]
    world.later(5)
    payout(
        books,
        "PO-11",
        ("payment", numbers[4], "ch_4", "100.00", "3.00"),
        ("chargeback", numbers[1], "dp_1", "-250.00", "15.00"),
        ("chargeback", numbers[2], "dp_2", "-100.00", "15.00"),
    )
    line = Receipt.objects.get(method="payout")
    assert line.bank_line is not None
    assert (line.amount_minor, line.bank_line.amount_minor) == (10_000, -28_300)
    assert match(books)["returns_settled"] == 2
    assert books.open(*claims) == [0, 25_000, 10_000, 25_000, 0, 25_000]
    assert books.account(SUSPENSE) == 0
    assert books.account(FEES) == 290 + 725 + 290 + 300 + 3_000
    books.holds()
    # What that payout paid is taken back by a third one, and none of it twice.
    world.later(5)
    payout(books, "PO-12", ("chargeback", numbers[4], "dp_4", "-100.00", ""))
    assert match(books)["returns_settled"] == 1
    assert books.open(*claims) == [0, 25_000, 10_000, 25_000, 10_000, 25_000]
    assert books.account(SUSPENSE) == 0
    books.holds()
    rows = [ReturnNamed(id=row.id) for row in Return.objects.of(world.company_id)]
    assert undo_return(ctx=world.ctx(), items=rows).figures == {"undone": 3}
    assert books.open(*claims) == [0, 0, 0, 25_000, 0, 25_000]
    books.holds()


FIRST = ((0, "100.00", "2.90"), (1, "250.00", "7.25"), (2, "100.00", "2.90"))


def test_a_part_goes_back_of_what_was_netted_and_charged(books: Books) -> None:
    """A document closed by money, by what others took back and by its fee: of a part that goes
    back the fee stays, and a second part finds the rest."""
    world = books.world
    one, other = customers(world, 2)
    claims = issue(world, [Doc(one.id, 10_000), Doc(other.id, 30_000), Doc(one.id, 20_000)])
    numbers = [claim.number for claim in claims]
    payout(books, "PA-1", ("payment", numbers[0], "c0", "100.00", ""))
    match(books)
    world.later(1)
    payout(
        books,
        "PA-2",
        ("payment", numbers[1], "c1", "300.00", "9.00"),
        ("payment", numbers[2], "c2", "200.00", "6.00"),
        ("chargeback", numbers[0], "d0", "-100.00", ""),
    )
    match(books)
    money = OpenItem.objects.get(kind="receipt", original_minor=38_500)
    given = Allocation.objects.filter(credit_item=money).exclude(debit_item=None)
    assert given.count() == 2  # each has its share of the money
    world.later(1)
    payout(
        books,
        "PA-3",
        ("refund", numbers[1], "c1", "-280.00", ""),
        ("refund", numbers[2], "c2", "-50.00", "1.00"),
    )
    assert match(books)["returns_settled"] == 2
    assert books.open(*claims) == [10_000, 28_000, 5_000]
    assert (books.account(SUSPENSE), books.account(FEES)) == (0, 1_500 + 100)
    books.holds()
    world.later(1)
    payout(books, "PA-4", ("chargeback", "", "c1", "-20.00", "15.00"))
    match(books)
    assert books.open(*claims) == [10_000, 30_000, 5_000]
    assert books.account(SUSPENSE) == 0
    books.holds()


def test_in_another_currency_nothing_is_left_on_suspense(books: Books) -> None:
    """Documents, the payout that paid them and the one that took back have a rate each."""
    world = books.world
    BankAccount(
        id=world.ids.new(), company_id=world.company_id, name="USD", iban=DOLLARS,
        currency="USD", ledger_account="1800", created_at=world.ctx().now,
    ).save()  # fmt: skip
    one, other = customers(world, 2)
    dollars = [
        Doc(kunde, minor, currency="USD", rate=Decimal("0.88"))
        for kunde, minor in ((one.id, 10_001), (other.id, 30_007), (other.id, 20_011))
    ]
    claims = issue(world, dollars)
    first, second, third = (claim.number for claim in claims)
    _rate(world, "0.93")
    payout(books, "PU-1", ("payment", first, "c0", "100.01", "2.91"), currency="USD")
    match(books)
    world.later(3)
    _rate(world, "0.97")
    payout(
        books,
        "PU-2",
        ("payment", second, "c1", "300.07", "8.70"),
        ("payment", third, "c2", "200.11", ""),
        ("chargeback", first, "d0", "-100.01", "15.00"),
        currency="USD",
    )
    match(books)
    assert books.open(*claims) == [10_001, 0, 0]
    assert [claim.open_functional_minor for claim in claims] == [8_801, 0, 0]
    found = trial_balance(company_id=world.company_id, as_at=date(2027, 1, 1), known_at=None)
    left = [row for row in found.accounts if row.code == SUSPENSE]
    assert [row.debit_minor - row.credit_minor for row in left] == [0] * len(left)
    assert books.account(SUSPENSE) == 0
    books.holds()


def test_of_two_documents_of_a_payout_a_person_says_which(books: Books) -> None:
    world = books.world
    one, other = customers(world, 2)
    claims = issue(world, [Doc(one.id, 7_000), Doc(other.id, 7_000), Doc(other.id, 9_000)])
    payout(
        books,
        "PB-1",
        ("payment", claims[0].number, "same", "70.00", ""),
        ("payment", claims[1].number, "same", "70.00", ""),
    )
    match(books)
    world.later(1)
    payout(
        books,
        "PB-2",
        ("payment", claims[2].number, "new", "90.00", ""),
        ("chargeback", "", "same", "-70.00", ""),
    )
    assert match(books)["returns_waiting"] == 1
    (row,) = queries.undecided(company_id=world.company_id)
    near = queries.likely(company_id=world.company_id, ids=[row.id])[row.id]
    assert (row.ties, {each.claim_id for each in near}) == (2, {claims[0].id, claims[1].id})
    wrong = ReturnChoice(id=row.id, receipt_id=near[0].receipt_id, claim_id=claims[2].id)
    refused = settle_return(ctx=world.ctx(), items=[wrong])
    assert [fault.code for fault in refused.faults] == ["return.claim"]
    right = ReturnChoice(id=row.id, receipt_id=near[0].receipt_id, claim_id=claims[1].id)
    settle_return(ctx=world.ctx(), items=[right]).or_refuse()
    assert books.open(*claims) == [0, 7_000, 0]
    assert books.account(SUSPENSE) == 0
    books.holds()


def test_a_payout_of_nothing_is_settled_as_it_comes_and_goes_with_its_report(books: Books) -> None:
    world = books.world
    people = customers(world, 3)
    claims = issue(world, [Doc(one.id, minor) for one in people for minor in (10_000, 25_000)])
    numbers = [claim.number for claim in claims]
    first = [("payment", numbers[n], f"c{n}", gross, fee) for n, gross, fee in FIRST]
    payout(books, "PN-1", *first)
    match(books)
    before = books.open(*claims)
    world.later(5)
    report = [
        ("payment", numbers[3], "c3", "250.00", "7.00"),
        ("payment", numbers[4], "c4", "100.00", "3.00"),
        ("chargeback", numbers[1], "d1", "-250.00", "15.00"),
        ("refund", numbers[0], "c0", "-75.00", ""),
    ]
    run = payout(books, "PN-2", *report).items[0].id
    (advice,) = advice_list(company_id=world.company_id, state="linked", limit=1, after=None).items
    assert (advice.amount_minor, advice.bank_line_id, advice.is_waiting) == (0, None, False)
    receipt = Receipt.objects.get(method="payout")
    assert (receipt.id, receipt.amount_minor) == (advice.receipt_id, 35_000)
    assert match(books)["returns_settled"] == 2
    after = [7_500, 25_000, 0, 0, 0, 25_000]
    assert (books.open(*claims), books.account(SUSPENSE)) == (after, 0)
    fees = books.account(FEES)
    assert fees == 290 + 725 + 290 + 1_000 + 1_500
    books.holds()
    assert payout(books, "PN-2", *report).items[0].state is ItemState.DUPLICATE
    # It was the wrong file: as if it had never been taken in.
    undo_import(ctx=world.ctx(), items=[RunToUndo(id=run)]).or_refuse()
    assert (books.open(*claims), books.account(SUSPENSE)) == (before, 0)
    assert books.account(FEES) == 290 + 725 + 290
    assert not Return.objects.filter(state="waiting").exists()
    books.holds()
    # It was the right one after all.
    payout(books, "PN-2", *report)
    assert match(books)["returns_settled"] == 2
    assert (books.open(*claims), books.account(SUSPENSE)) == (after, 0)
    assert books.account(FEES) == fees
    books.holds()


def test_whatever_payouts_pay_and_take_back_nothing_is_left_on_suspense(books: Books) -> None:
    """Payouts of each sign, one after the other; the fees alone may eat one up."""
    world, draw = books.world, Random(20)
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, draw.randrange(2_000, 90_000)) for _n in range(16)])
    paid: list[int] = []  # places of the claims that stand paid
    left, fees, signs = list(range(16)), 0, set()
    for number in range(8):
        pays = [left.pop() for _n in range(draw.randrange(1, 3))]
        back = draw.sample(paid, min(len(paid), number % 3 + number // 4))
        rows: list[tuple[str, int | None, int, int]] = [
            ("payment", n, claims[n].original_minor, draw.randrange(90)) for n in pays
        ]
        rows += [("chargeback", n, -claims[n].original_minor, draw.randrange(300)) for n in back]
        net = sum(minor - fee for _kind, _n, minor, fee in rows)
        if number % 3 and net > 0:  # a fee of the account, for nothing in particular
            rows.append(("fee", None, -net - 5 * (number % 3 - 1), 0))
        signs.add(sum(minor - fee for _kind, _n, minor, fee in rows))
        fees += sum(fee - (minor if kind == "fee" else 0) for kind, _n, minor, fee in rows)
        told = [
            (
                kind,
                "" if n is None else claims[n].number,
                "" if n is None else f"c{n}",
                f"{minor / 100:.2f}",
                f"{fee / 100:.2f}",
            )
            for kind, n, minor, fee in rows
        ]
        payout(books, f"PW-{number}", *told)
        match(books)
        paid = [n for n in [*paid, *pays] if n not in back]
        world.later(1)
    assert {(one > 0) - (one < 0) for one in signs} == {-1, 0, 1}
    expected = [0 if n in paid else claim.original_minor for n, claim in enumerate(claims)]
    assert books.open(*claims) == expected
    assert (books.account(SUSPENSE), books.account(FEES)) == (0, fees)
    books.holds()


@given(
    st.integers(0, 900),
    st.fixed_dictionaries({way: st.integers(0, 300) for way in PAID_BY}),
)
def test_what_goes_back_is_taken_of_what_was_closed(back: int, closed: dict[str, int]) -> None:
    found = taken(back=back, closed=closed)
    assert sum(found.values()) == min(back, sum(closed.values()))
    assert all(0 <= minor <= closed[way] for way, minor in found.items())


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_parts_are_worth_the_whole(whole: int, parts: list[int]) -> None:
    found = shares(whole_worth=whole, parts=parts)
    assert (sum(found), min(found) >= 0) == (whole, True)


def test_a_report_whose_row_does_not_add_up_is_refused(books: Books) -> None:
    """Gross less fee is net, or nothing of the file is taken."""
    body = f"{HEAD}\nPX-1,2026-03-02,payment,INV-1,c,,100.00,2.90,97.00,EUR\n".encode()
    refused = take_advice(ctx=books.world.ctx(), items=[AdviceFile(key="x.csv", body=body)])
    assert [fault.code for fault in refused.faults] == ["payouts.row"]
    assert "97.00 EUR, which is not 100.00 EUR less the fee 2.90 EUR" in refused.faults[0].message
