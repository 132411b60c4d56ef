"""The first half of the machine: people, goods, rates, days, and from the order to the document."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.hold import Holding, discard
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.masterdata.commands.save_bank_accounts import (
    BankAccountData,
    save_bank_accounts,
)
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.orders.commands.deliver import DeliveredLine, DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.orders.commands.return_goods import ReturnData, ReturnLineData, return_goods
from acquit.stages.receivables.queries import Ageing, Buckets, ageing
from tests.support.machine import (
    FIRST_DAY,
    IBANS,
    PRICES,
    QUANTITIES,
    Company,
    Delivered,
    OrderModel,
)

some = st.integers(0, 999)  # "one of those there are": taken modulo their number
_HOMES = (("DE", "EUR"), ("DE", "USD"), ("FR", "EUR"), ("US", "USD"))


class Selling(RuleBasedStateMachine):
    """One run is one company."""

    def __init__(self) -> None:
        super().__init__()
        self.company = Company()
        self.model = self.company.model
        self.file_number = 0
        self.done_here = 0
        self.reports: list[Ageing] = []
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
        self.reports.append(self._report(self.company.today, self.company.now))
        self.company.today += timedelta(days=days)

    def _report(self, day: date, known_at: datetime) -> Ageing:
        report = ageing(company_id=self.company.id, as_at=day, known_at=known_at)
        assert all(row.amounts != Buckets() for row in report.rows)
        return report

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
