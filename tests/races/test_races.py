"""Two hands, one thing: whoever comes second finds the truth, never half of it.

Threads meet at a gate, each with a connection of its own. ``ACQUIT_ROUNDS`` says how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.core.plain import to_plain
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.ledger.commands.lock import Month, lock
from acquit.stages.ledger.models import Entry, Period
from acquit.stages.matching.commands import ProposalChoice, accept, propose
from acquit.stages.matching.commands import undo as undo_match
from acquit.stages.matching.models import Proposal
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receipts.models import BankLine, Receipt
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.races.office import ROUNDS, Office, new_office
from tests.support.money import Movement, statement_bytes
from tests.support.racing import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def _money(office: Office, minor: int, *, count: int = 1, on: date | None = None) -> list[OpenItem]:
    """Money by hand; its open items."""
    ctx = office.hand().ctx()
    wishes = [
        NewReceipt(
            key=f"{n}",
            customer_id=office.customer_id,
            method="cash",
            amount=Money(minor, "EUR"),
            received_on=on or ctx.today,
        )
        for n in range(count)
    ]
    ids = record(ctx=ctx, items=wishes).or_refuse().ids
    return list(OpenItem.objects.of(office.company_id).filter(receipt_id__in=ids).order_by("id"))


def _invoice(office: Office, net: str) -> OpenItem:
    office.delivered(net)
    before = set(Document.objects.of(office.company_id).values_list("id", flat=True))
    bill(ctx=office.hand().ctx(), as_of=office.world.today)
    (new,) = set(Document.objects.of(office.company_id).values_list("id", flat=True)) - before
    return office.item(document_id=new)


def _pay(office: Office, source: OpenItem, target: OpenItem, minor: int) -> Callable[[], Outcome]:
    hand = office.hand()
    wish = NewAllocation(
        key=f"hand {office.count}",
        credit_item_id=source.id,
        debit_item_id=target.id,
        amount=Money(minor, "EUR"),
    )
    return lambda: allocate(ctx=hand.ctx(), items=[wish])


def test_two_clerks_apply_sixty_of_a_hundred_from_one_receipt() -> None:
    office = new_office("one-receipt")
    for _ in range(ROUNDS):
        (money,) = _money(office, 100_00)
        first, second = _invoice(office, "84.03"), _invoice(office, "84.03")
        answers = together([_pay(office, money, first, 60_00), _pay(office, money, second, 60_00)])
        assert sorted(a.figures["allocated"] for a in answers) == [0, 1]
        assert [f.code for a in answers for f in a.faults] == ["allocation.too_much"]
        money.refresh_from_db()
        assert money.open_minor == 40_00
    office.is_sound()


def test_an_invoice_is_paid_and_credited_at_once() -> None:
    """119.00 is paid in two halves by two hands while a third credits it: 119.00 leave the claim
    however they meet, and the credit note that comes too late stays the customer's."""
    office = new_office("pay-and-credit")
    for _ in range(ROUNDS):
        claim = _invoice(office, "100")
        assert claim.original_minor == 119_00
        halves = _money(office, 59_50, count=2)
        hand = office.hand()
        part = Credit(
            document_id=claim.document_id,
            reason="late",
            lines=(CreditedLine(1, Decimal("0.5")),),
        )
        answers = together(
            [
                _pay(office, halves[0], claim, 59_50),
                _pay(office, halves[1], claim, 59_50),
                lambda: credit(ctx=hand.ctx(), items=[part]),  # noqa: B023
            ]
        )
        assert [a.faults for a in answers] == [(), (), ()]
        note = office.item(document__corrects_id=claim.document_id)
        claim.refresh_from_db()
        assert (claim.open_minor, note.open_minor) == (0, 59_50)
    office.is_sound()


def test_no_line_is_credited_beyond_itself() -> None:
    office = new_office("credit-twice")
    for _ in range(ROUNDS):
        claim = _invoice(office, "100")
        wish = Credit(
            document_id=claim.document_id, reason="x", lines=(CreditedLine(1, Decimal("0.4")),)
        )
        hands = [office.hand() for _ in range(4)]
        answers = together([lambda h=h: credit(ctx=h.ctx(), items=[wish]) for h in hands])  # noqa: B023
        states = Counter(a.items[0].state for a in answers)
        assert states == {ItemState.DONE: 2, ItemState.REFUSED: 2}
    office.is_sound()


def test_sixteen_hands_issue_at_once() -> None:
    """Numbers run 1..n without gap or double, in the order of their dates."""
    office = new_office("numbers")
    for _ in range(max(1, ROUNDS // 5)):
        office.delivered(*(f"{n}.00" for n in range(1, 17)))
        draft(ctx=office.hand().ctx(), items=[office.customer_id], as_of=office.world.today)
        ready = Draft.objects.of(office.company_id).filter(state="ready").order_by("id")
        drafts = list(ready.values_list("id", flat=True))
        assert len(drafts) == 16
        hands = [office.hand() for _ in drafts]
        answers = together(
            [
                lambda h=h, d=d: issue(ctx=h.ctx(), items=[Issuing(draft_id=d)])
                for h, d in zip(hands, drafts, strict=True)
            ]
        )
        assert [a.faults for a in answers] == [()] * 16
        office.world.later(1)
    numbers = Document.objects.of(office.company_id).order_by("series_number")
    found = list(numbers.values_list("series_number", "issued_on"))
    assert [n for n, _day in found] == list(range(1, len(found) + 1))
    assert [day for _n, day in found] == sorted(day for _n, day in found)
    office.is_sound()


def test_one_draft_is_issued_once() -> None:
    office = new_office("one-draft")
    for _ in range(ROUNDS):
        office.delivered("10")
        draft(ctx=office.hand().ctx(), items=[office.customer_id], as_of=office.world.today)
        one = Draft.objects.of(office.company_id).get(state="ready")
        hands = [office.hand() for _ in range(3)]
        answers = together(
            [lambda h=h: issue(ctx=h.ctx(), items=[Issuing(draft_id=one.id)]) for h in hands]  # noqa: B023
        )
        states = Counter(a.items[0].state for a in answers)
        assert states == {ItemState.DONE: 1, ItemState.DUPLICATE: 2}
        assert len({a.items[0].id for a in answers}) == 1
    office.is_sound()


def test_one_bank_file_by_four_hands() -> None:
    office = new_office("bank-file")
    for n in range(ROUNDS):
        twins = [Movement(1_000 + n, text="twin")] * 2
        body = statement_bytes(
            [*twins, Movement(5_000, text=f"r{n}"), Movement(-300 - n)],
            on=office.world.today,
            reference=f"S{n}",
        )
        hands = [office.hand() for _ in range(4)]
        wish = StatementFile(key="f.xml", body=body)
        answers = together([lambda h=h: import_statement(ctx=h.ctx(), items=[wish]) for h in hands])  # noqa: B023
        assert sorted(a.figures["accepted"] for a in answers) == [0, 0, 0, 4]
        assert [a.figures["rejected"] for a in answers] == [0] * 4, [a.faults for a in answers]
    assert BankLine.objects.of(office.company_id).count() == 4 * ROUNDS
    assert Receipt.objects.of(office.company_id).count() == 3 * ROUNDS
    office.is_sound()


def test_one_key_by_eight_hands() -> None:
    """One effect, and all eight read the same answer."""
    office = new_office("one-key")
    for n in range(ROUNDS):
        wish = NewReceipt(
            key="r",
            customer_id=office.customer_id,
            method="cash",
            amount=Money(700, "EUR"),
            received_on=office.world.today,
        )
        hands = [office.hand() for _ in range(8)]
        answers = together(
            [lambda h=h: record(ctx=h.ctx(key=f"key {n}"), items=[wish]) for h in hands]  # noqa: B023
        )
        first = to_plain(answers[0].as_dict())
        assert [to_plain(a.as_dict()) for a in answers] == [first] * 8
    assert Receipt.objects.of(office.company_id).count() == ROUNDS
    office.is_sound()


def test_a_month_is_locked_while_money_is_posted() -> None:
    """What is recorded after the lock stands on the first open day; nothing is posted between."""
    office = new_office("lock")
    for n in range(ROUNDS):
        month = date(2026 + (n + 1) // 12, (n + 1) % 12 + 1, 10)
        office.world.on(month.replace(day=28)).later(10)
        hands = [office.hand() for _ in range(5)]
        keeper = office.hand()
        wish = NewReceipt(
            key="r",
            customer_id=office.customer_id,
            method="cash",
            amount=Money(100, "EUR"),
            received_on=month,
        )
        works = [lambda h=h: record(ctx=h.ctx(), items=[wish]) for h in hands]  # noqa: B023
        works.insert(2, lambda: lock(ctx=keeper.ctx(), items=[Month(month=month)]))  # noqa: B023
        answers = together(works)
        assert [a.faults for a in answers] == [()] * 6
        locked = Period.objects.of(office.company_id).get(starts_on=month.replace(day=1))
        assert locked.state == "locked"
        receipts = {a.items[0].id for a in answers} - {locked.id}
        booked = Entry.objects.of(office.company_id).filter(subject_id__in=receipts)
        assert booked.count() == 5
        days = set(booked.values_list("booked_on", flat=True))
        assert days <= {month, locked.ends_on + timedelta(days=1)}
    office.is_sound()


def test_two_billing_runs_at_once() -> None:
    """Every delivery is billed once, whoever bills it."""
    office = new_office("two-runs")
    for _ in range(ROUNDS):
        office.delivered("10", "20", "30")
        hands = [office.hand() for _ in range(3)]
        answers = together([lambda h=h: bill(ctx=h.ctx(), as_of=h.today) for h in hands])
        assert sum(a.figures["invoices"] for a in answers) == 3
    numbers = Document.objects.of(office.company_id).order_by("series_number")
    found = list(numbers.values_list("series_number", flat=True))
    assert found == list(range(1, 3 * ROUNDS + 1))
    office.is_sound()


def test_a_match_is_accepted_and_taken_back_by_several() -> None:
    """Two accept, then three take back in three ways: once each, and nobody is locked out."""
    office = new_office("match")
    for n in range(ROUNDS):
        claim = _invoice(office, f"{50 + n}")
        # Its amount alone says what it is for: a person decides.
        body = statement_bytes(
            [Movement(claim.open_minor)], on=office.world.today, reference=f"S{n}"
        )
        ctx = office.hand().ctx()
        import_statement(ctx=ctx, items=[StatementFile(key="f", body=body)]).or_refuse()
        propose(ctx=office.hand().ctx(), items=[])
        one = Proposal.objects.of(office.company_id).get(state="proposed", rank=1)
        choice = ProposalChoice(id=one.id)
        hands = [office.hand() for _ in range(6)]
        answers = together(
            [
                lambda h=hands[0]: accept(ctx=h.ctx(), items=[choice]),  # noqa: B023
                lambda h=hands[1]: accept(ctx=h.ctx(), items=[choice]),  # noqa: B023
                lambda h=hands[2]: propose(ctx=h.ctx(), items=[]),
            ]
        )
        link = Allocation.objects.of(office.company_id).get(
            debit_item_id=claim.id, reverses=None, adjustment=""
        )
        assert link.amount_minor == claim.original_minor
        assert not any(isinstance(a, Refused) for a in answers)
        together(
            [
                lambda h=hands[3]: undo_match(ctx=h.ctx(), items=[choice]),  # noqa: B023
                lambda h=hands[4]: undo(ctx=h.ctx(), items=[Undo(allocation_id=link.id)]),  # noqa: B023
                lambda h=hands[5]: undo(ctx=h.ctx(), items=[Undo(receipt_id=one.receipt_id)]),  # noqa: B023
            ]
        )
        claim.refresh_from_db()
        assert claim.open_minor == claim.original_minor
        assert Allocation.objects.of(office.company_id).filter(reverses_id=link.id).count() == 1
        one.refresh_from_db()
        assert one.state == "undone"
        # The money is out of the way of the next round.
        rest = replace(hands[0].ctx(), reason="next round")
        pay = NewAllocation(
            key=f"clear {n}",
            credit_item_id=office.item(receipt_id=one.receipt_id).id,
            debit_item_id=claim.id,
            amount=Money(40_00, "EUR"),
        )
        assert not allocate(ctx=rest, items=[pay]).faults
    office.is_sound()
