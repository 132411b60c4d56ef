"""The rules of the machine: everything a company may live through, in any order."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from acquit.access.commands.approve import Decision, approve
from acquit.access.idempotency import KeyReused
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.insight import verify
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.hold import Holding, discard
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.ledger.commands.lock import Month, Reopening, lock, reopen
from acquit.stages.masterdata.commands.save_bank_accounts import (
    BankAccountData,
    save_bank_accounts,
)
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.matching.commands import ProposalChoice, accept, propose, reject
from acquit.stages.matching.commands import undo as undo_match
from acquit.stages.orders.commands.deliver import DeliveredLine, DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.orders.commands.return_goods import ReturnData, ReturnLineData, return_goods
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.commands.judge import ParkedStatement
from acquit.stages.receipts.commands.judge import accept as accept_statement
from acquit.stages.receipts.commands.judge import discard as discard_statement
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from tests.properties.invariants import broken, check_reports
from tests.support.machine import (
    FIRST_DAY,
    IBANS,
    PRICES,
    QUANTITIES,
    Company,
    Delivered,
    Item,
    Link,
    OrderModel,
    Parked,
)
from tests.support.money import Movement, statement_bytes

VERIFY_EVERY = 25
some = st.integers(0, 999)  # "one of those there are": taken modulo their number
_HOMES = (("DE", "EUR"), ("DE", "USD"), ("FR", "EUR"), ("US", "USD"))


class Machine(RuleBasedStateMachine):
    """One run is one company. ``steps`` counts over all runs of the process."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.company = Company()
        self.model = self.company.model
        self.file_number = 0
        self.done_here = 0
        company = self.company
        accounts = [
            BankAccountData(iban=IBANS[c], currency=c, name="Bank", bic="COBADEFFXXX")
            for c in IBANS
        ]
        company.do(save_bank_accounts, items=accounts)
        goods = [ItemData(code="A", name="Apfel"), ItemData(code="B", name="Brot", tax_code="R")]
        company.do(save_items, items=goods)
        self._rate(FIRST_DAY - timedelta(days=60), Decimal("0.9137"))
        for home in range(3):
            self._customer(home)

    # People, goods, rates, days.

    def _rate(self, day: date, value: Decimal) -> None:
        wish = RateData(day=day, base="USD", target="EUR", rate=value, source="ECB")
        self.company.do(save_rates, items=[wish])

    def _customer(self, home: int) -> None:
        number = f"C{len(self.company.customers) + 1}"
        country, currency = _HOMES[home]
        wish = CustomerData(
            number=number,
            name=f"Kunde {number}",
            country=country,
            street="Weg 1",
            city="Ort",
            postcode="10115",
            email=f"{number.lower()}@kunde.example",
            vat_id="FR40303265045" if country == "FR" else "",
            currency=currency,
            segment="monthly" if home == 1 else "",
        )
        outcome = self.company.do(save_customers, items=[wish]).or_refuse()
        self.company.customers[outcome.ids[0]] = (number, currency)

    @rule(home=st.integers(0, 3))
    def new_customer(self, home: int) -> None:
        if len(self.company.customers) < 7:
            self._customer(home)

    @rule(value=st.integers(7000, 13000))
    def new_rate(self, value: int) -> None:
        self._rate(self.company.today, Decimal(value).scaleb(-4))

    @rule(days=st.integers(1, 18))
    def days_pass(self, days: int) -> None:
        self.company.today += timedelta(days=days)

    # From the order to the document.

    def _person(self, which: int) -> tuple[object, str, str]:
        ids = list(self.company.customers)
        id_ = ids[which % len(ids)]
        return id_, *self.company.customers[id_]

    @rule(
        who=some,
        wanted=st.lists(
            st.tuples(st.sampled_from("AB"), st.sampled_from(QUANTITIES), st.sampled_from(PRICES)),
            min_size=1,
            max_size=3,
        ),
        is_delivered=st.booleans(),
    )
    def order(self, who: int, wanted: list[tuple[str, str, str]], is_delivered: bool) -> None:
        id_, number, _currency = self._person(who)
        name = f"O{self.company.turn}"
        lines = tuple(
            OrderLineData(item_code=i, quantity=Decimal(q), unit_price=Decimal(p))
            for i, q, p in wanted
        )
        data = OrderData(number=name, customer=number, ordered_on=self.company.today, lines=lines)
        self.company.do(record_orders, items=[data]).or_refuse()
        kept = {
            n: (line.item_code, line.unit_price, line.quantity)
            for n, line in enumerate(lines, start=1)
        }
        self.model.orders.append(OrderModel(name, id_, kept))
        if is_delivered:
            self._deliver(self.model.orders[-1], 1)

    @precondition(lambda self: self.model.orders)
    @rule(which=some, divisor=st.integers(1, 3))
    def deliver(self, which: int, divisor: int) -> None:
        self._deliver(self.model.orders[which % len(self.model.orders)], divisor)

    def _deliver(self, order: OrderModel, divisor: int) -> None:
        parts = {
            n: (left / divisor).quantize(Decimal("0.01"))
            for n, (*_, left) in order.lines.items()
            if left > 0
        }
        lines = tuple(DeliveredLine(line_no=n, quantity=q) for n, q in parts.items() if q)
        if not lines:
            return
        data = DeliveryData(
            number=f"D{self.company.turn}",
            order_number=order.number,
            delivered_on=self.company.today,
            lines=lines,
        )
        outcome = self.company.do(deliver, items=[data]).or_refuse()
        for line in lines:
            item, price, left = order.lines[line.line_no]
            order.lines[line.line_no] = (item, price, left - line.quantity)
        self._learn_delivery(outcome.ids[0], order.customer)

    def _learn_delivery(self, delivery: object, customer: object) -> None:
        for id_, quantity, price, item, returns in self.company.rows(
            "SELECT l.id, l.quantity, o.unit_price, o.item_code, l.returns_id"
            " FROM orders_delivery_line l JOIN orders_line o"
            " ON o.company_id = l.company_id AND o.id = l.order_line_id"
            " WHERE l.company_id = %(company)s AND l.delivery_id = %(id)s",
            id=delivery,
        ):
            self.model.delivered[id_] = Delivered(id_, customer, quantity, price, item)
            if returns is not None:
                original = self.model.delivered[returns]
                original.returned -= quantity
                assert original.returned <= original.quantity

    @precondition(lambda self: any(d.quantity > d.returned for d in self.model.delivered.values()))
    @rule(which=some, divisor=st.integers(1, 3), is_too_much=st.booleans())
    def goods_come_back(self, which: int, divisor: int, is_too_much: bool) -> None:
        found = [d for d in self.model.delivered.values() if d.quantity > d.returned]
        line = found[which % len(found)]
        left = line.quantity - line.returned
        quantity = max((left / divisor).quantize(Decimal("0.01")), Decimal("0.01"))
        data = ReturnData(
            number=f"R{self.company.turn}",
            customer=self.company.customers[line.customer][0],
            returned_on=self.company.today,
            lines=(
                ReturnLineData(
                    item_code=line.item_code,
                    quantity=left + 1 if is_too_much else quantity,
                    delivery_line_id=line.id,
                ),
            ),
        )
        outcome = self.company.do(return_goods, items=[data])
        assert bool(outcome.faults) == is_too_much
        if not is_too_much:
            self._learn_delivery(outcome.ids[0], line.customer)

    @rule(by_hand=st.integers(0, 3))
    def bill(self, by_hand: int) -> None:
        """By the run, or as drafts that a person issues; drafts that may not be are let go."""
        company = self.company
        if by_hand:
            outcome = company.do(bill, as_of=company.today)
            made = company.learn_documents()
            assert len(made) == outcome.figures["invoices"] + outcome.figures["credit_notes"]
            assert not company.do(bill, as_of=company.today).figures["invoices"]
            assert company.learn_documents() == []
        else:
            company.do(draft, items=list(company.customers), as_of=company.today)
            ready = self._drafts("ready")
            if ready:
                company.do(issue, items=[Issuing(draft_id=one) for one in ready])
                company.learn_documents()
        waiting = self._drafts("review", "held", "ready")
        if waiting:
            company.do(discard, items=[Holding(draft_id=one, why="no") for one in waiting])
        left = [d for d in self.model.delivered.values() if d.quantity > 0 and not d.is_billed]
        assert not left or by_hand == 0, left

    def _drafts(self, *states: str) -> list[object]:
        return [
            row[0]
            for row in self.company.rows(
                "SELECT id FROM invoices_draft WHERE company_id = %(company)s"
                " AND state = ANY(%(states)s) ORDER BY id",
                states=list(states),
            )
        ]

    @precondition(lambda self: self.model.lines)
    @rule(which=some, hundredths=st.integers(1, 400))
    def credit_a_part(self, which: int, hundredths: int) -> None:
        lines = list(self.model.lines.values())
        line = lines[which % len(lines)]
        quantity = Decimal(hundredths).scaleb(-2)
        wish = Credit(
            document_id=line.document,
            reason="damaged",
            lines=(CreditedLine(line.line_no, quantity),),
        )
        fits = line.credited + quantity <= line.quantity
        outcome = self.company.do(credit, items=[wish])
        assert bool(outcome.faults) != fits
        assert len(self.company.learn_documents()) == fits

    # Money.

    @rule(
        currency=st.sampled_from(["EUR", "EUR", "USD"]),
        moves=st.lists(st.tuples(st.integers(0, 5), some, st.integers(1, 20_000)), max_size=4),
        back=st.integers(0, 3),
        way=st.integers(0, 9),
    )
    def bank_file(
        self, currency: str, moves: list[tuple[int, int, int]], back: int, way: int
    ) -> None:
        """A file of whole days: what came before, what is new; sometimes with a wrong total."""
        days = self.model.bank_days[currency]
        is_parked = way == 0
        new = [self._movement(currency, *move) for move in moves]
        if is_parked:
            new = [replace(m, end_to_end=f"P{self.company.turn}-{n}") for n, m in enumerate(new)]
        known = [m for day in sorted(days)[-back:] for m in days[day]] if back else []
        today = self.company.today
        if new and not back:
            known = days.get(today, [])
        elif back and today not in sorted(days)[-back:]:
            known = [*known, *days.get(today, [])]
        body = self._file(currency, [*known, *new], is_wrong=is_parked)
        if body is None:
            return
        outcome = self.company.do(import_statement, items=[StatementFile(key="f", body=body)])
        figures = outcome.figures
        assert figures["accepted"] + figures["rejected"] + figures["duplicate"] == figures["rows"]
        if is_parked:
            assert outcome.items[0].state is ItemState.AWAITING
            ((id_,),) = self.company.rows(
                "SELECT id FROM receipts_statement WHERE company_id = %(company)s"
                " AND recorded_at = %(now)s",
                now=self.company.now,
            )
            self.model.parked.append(Parked(id_, currency, new))
            self.company.learn_receipts([])
        else:
            assert (figures["accepted"], figures["duplicate"]) == (len(new), len(known))
            self._booked(currency, new)
        if way in (1, 2):
            again = self.company.do(import_statement, items=[StatementFile(key="g", body=body)])
            assert again.items[0].state is ItemState.DUPLICATE

    def _movement(self, currency: str, kind: int, which: int, minor: int) -> Movement:
        claims = [i for i in self.model.open_of("debit") if i.currency == currency]
        claim = claims[which % len(claims)] if claims else None
        if claim is None or kind == 0:
            return Movement(minor if kind else -minor, text="Gebühr", on=self.company.today)
        texts = {1: claim.number, 2: f"Rg. {claim.number.lower()} danke", 3: claim.number}
        amount = claim.open if kind in (1, 2, 4) else minor
        return Movement(amount, text=texts.get(kind, "Zahlung"), on=self.company.today)

    def _file(self, currency: str, movements: list[Movement], *, is_wrong: bool) -> bytes | None:
        if not movements:
            return None
        self.file_number += 1
        total = sum(m.minor for m in movements)
        return statement_bytes(
            movements,
            on=self.company.today,
            opening_minor=500,
            closing_minor=500 + total + is_wrong,
            reference=f"S{self.file_number}",
            iban=IBANS[currency],
            currency=currency,
        )

    def _booked(self, currency: str, new: list[Movement]) -> None:
        days = self.model.bank_days[currency]
        for movement in new:
            assert movement.on is not None
            days.setdefault(movement.on, []).append(movement)
            self.model.money[currency] += movement.minor
        self.company.learn_receipts([(m.text, m.minor, None) for m in new if m.minor > 0])

    @precondition(lambda self: self.model.parked)
    @rule(is_taken=st.booleans())
    def judge_parked(self, is_taken: bool) -> None:
        parked = self.model.parked.pop(0)
        verb = accept_statement if is_taken else discard_statement
        self.company.do(verb, items=[ParkedStatement(id=parked.id)]).or_refuse()
        self._booked(parked.currency, parked.movements if is_taken else [])

    @rule(who=some, minor=st.integers(1, 30_000), back=st.integers(0, 40), cash=st.booleans())
    def receipt_by_hand(self, who: int, minor: int, back: int, cash: bool) -> None:
        id_, _number, currency = self._person(who)
        wish = NewReceipt(
            key="r",
            customer_id=id_,
            method="cash" if cash else "cheque",
            amount=Money(minor, currency),
            received_on=max(FIRST_DAY, self.company.today - timedelta(days=back)),
            text="thanks",
        )
        self.company.do(record, items=[wish]).or_refuse()
        self.model.money[currency] += minor
        self.company.learn_receipts([("thanks", minor, id_)])

    # Which money settles what.

    @rule()
    def match(self) -> None:
        sure = self._sure()
        self.company.do(propose, items=[])
        self.company.learn_links()
        for receipt, claim in sure:
            assert receipt.open == 0, (receipt, claim)
            assert claim.open == 0

    def _sure(self) -> list[tuple[Item, Item]]:
        """Money with one document's number and its exact amount, and no other such money."""
        receipts = [i for i in self.model.open_of("credit") if i.kind == "receipt"]
        found = []
        for claim in self.model.open_of("debit"):
            naming = [r for r in receipts if claim.number.lower() in r.text.lower()]
            if len(naming) == 1 and naming[0].currency == claim.currency:
                (one,) = naming
                if one.open == claim.open and one.customer is None and not one.tainted:
                    found.append((one, claim))
        return found

    def _proposals(self, state: str) -> list[tuple[object, ...]]:
        return self.company.rows(
            "SELECT p.id, p.items, i.id FROM matching_proposal p JOIN receivables_open_item i"
            " ON i.company_id = p.company_id AND i.receipt_id = p.receipt_id"
            " WHERE p.company_id = %(company)s AND p.state = %(state)s"
            " AND jsonb_array_length(p.items) > 0 ORDER BY p.id",
            state=state,
        )

    @rule(which=some, is_yes=st.booleans())
    def answer_a_proposal(self, which: int, is_yes: bool) -> None:
        waiting = self._proposals("proposed")
        if not waiting:
            return
        id_, _items, receipt = waiting[which % len(waiting)]
        outcome = self.company.do(accept if is_yes else reject, items=[ProposalChoice(id=id_)])
        if is_yes:
            assert bool(self.company.learn_links()) != bool(outcome.faults)
        else:
            self.model.items[receipt].tainted = True

    @rule(which=some, by=st.integers(0, 2))
    def take_back(self, which: int, by: int) -> None:
        """A match by its proposal, everything of a receipt, or one allocation."""
        standing = [link for link in self.model.links.values() if link.stands]
        if not standing:
            return
        link = standing[which % len(standing)]
        whole = [one for one in standing if one.credit == link.credit]
        self.model.items[link.credit].tainted = True
        credit_item = self.model.items[link.credit]
        if by == 0:
            self._undo_match(which)
        elif by == 1 and credit_item.kind == "receipt":
            ((receipt,),) = self.company.rows(
                "SELECT receipt_id FROM receivables_open_item"
                " WHERE company_id = %(company)s AND id = %(id)s",
                id=link.credit,
            )
            self.company.do(undo, items=[Undo(receipt_id=receipt)]).or_refuse()
            self.model.undo(whole)
        else:
            outcome = self.company.do(undo, items=[Undo(allocation_id=link.id)])
            assert outcome.figures["undone"] == 1
            self.model.undo([link])

    def _undo_match(self, which: int) -> None:
        accepted = self._proposals("accepted")
        if not accepted:
            return
        id_, _items, _receipt = accepted[which % len(accepted)]
        links: list[Link] = [
            self.model.links[row[0]]
            for row in self.company.rows(
                "SELECT id FROM receivables_allocation WHERE company_id = %(company)s"
                " AND proposal_id = %(id)s AND reverses_id IS NULL",
                id=id_,
            )
        ]
        self.company.do(undo_match, items=[ProposalChoice(id=id_)]).or_refuse()
        standing = [link for link in links if link.stands]
        assert standing
        for link in standing:
            self.model.items[link.credit].tainted = True
        self.model.undo(standing)

    @rule(first=some, second=some, minor=st.integers(1, 30_000), third=st.booleans())
    def allocate(self, first: int, second: int, minor: int, third: bool) -> None:
        """Some money to some claim: mostly as much as fits, sometimes more than is there."""
        credits, debits = self.model.open_of("credit"), self.model.open_of("debit")
        if not credits or not debits:
            return
        source = credits[first % len(credits)]
        same = [d for d in debits if d.currency == source.currency] or debits
        target = same[second % len(same)]
        amount = minor if minor % 5 == 0 else max(1, minor % (min(source.open, target.open) + 1))
        wish = NewAllocation(
            key=f"a{self.company.turn}",
            credit_item_id=source.id,
            debit_item_id=target.id,
            amount=Money(amount, source.currency),
            third_party=third,
        )
        fits = self.model.fits(source, target, amount, third_party=third)
        outcome = self.company.do(allocate, items=[wish])
        assert bool(outcome.faults) != fits
        assert len(self.company.learn_links()) == fits

    # The books are closed and opened; requests come twice.

    @rule(back=st.integers(0, 2))
    def lock_a_month(self, back: int) -> None:
        month = self.company.today
        for _ in range(back):
            month = month.replace(day=1) - timedelta(days=1)
        outcome = self.company.do(lock, items=[Month(month=month)])
        assert bool(outcome.faults) == (back == 0)

    @rule()
    def reopen_a_month(self) -> None:
        company = self.company
        locked = company.rows(
            "SELECT starts_on FROM ledger_period WHERE company_id = %(company)s"
            " AND state = 'locked' ORDER BY starts_on DESC LIMIT 1"
        )
        if not locked:
            return
        wish = Reopening(month=locked[0][0], why="late invoice")
        asked = company.do(reopen, items=[wish], actor=company.maker)
        assert asked.items[0].state is ItemState.AWAITING
        assert asked.items[0].id is not None
        decision = Decision(id=asked.items[0].id)
        own = company.do(approve, items=[decision], actor=company.maker)
        assert own.items[0].state is ItemState.REFUSED
        done = company.do(approve, items=[decision], actor=company.approver)
        assert done.items[0].state is ItemState.DONE

    @rule()
    def the_same_again(self) -> None:
        self.company.again()

    @rule()
    def the_key_for_something_else(self) -> None:
        last = self.company.last
        if last is None:
            return
        verb, key, who, _given, _outcome = last
        if verb is bill:  # a run's key names the run; another day is another request
            with pytest.raises(KeyReused):
                bill(
                    ctx=self.company.ctx(key=key, actor=who),
                    as_of=self.company.today + timedelta(days=99),
                )
            return
        try:
            save_items(
                ctx=self.company.ctx(key=key, actor=who), items=[ItemData(code="Z", name="Z")]
            )
        except KeyReused:
            return
        except Refused as other:  # pragma: no cover - would be a finding
            raise AssertionError(f"refused for another reason: {other}") from other
        raise AssertionError("a key was taken for two requests")

    # After each step.

    @invariant()
    def all_is_well(self) -> None:
        type(self).steps += 1
        Machine.steps += 0 if type(self) is Machine else 1
        self.done_here += 1
        assert broken(company_id=self.company.id) == []
        self.company.check()
        people = list(self.company.customers)
        check_reports(
            company_id=self.company.id,
            today=self.company.today,
            customer=people[self.done_here % len(people)],
        )
        if self.done_here % VERIFY_EVERY == 0:
            self._verify()

    def _verify(self) -> None:
        answer = verify.run(company_id=self.company.id, now=self.company.now)
        assert answer["broken"] == []
        assert answer["ok"]

    def teardown(self) -> None:
        self._verify()


def machine(number: int) -> tuple[type[Machine], float]:
    """A machine of its own seed, and the moment it was made."""
    return type(f"Machine{number}", (Machine,), {"steps": 0}), time.monotonic()
