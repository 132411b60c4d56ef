"""The words of the executable stories: what finance people say, done by the real commands.

A story begins with ``company = acquit.company(...)`` in an empty database. Amounts are written
as people write them ("120.00 GBP"), days as "2026-03-02". Everything shown is read back from the
database by the same queries that the pages use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from acquit.core.ids import IdSource
from acquit.core.money import Money
from acquit.stages.insight import verify
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.models import Document
from acquit.stages.ledger.queries import trial_balance
from acquit.stages.masterdata.commands.create_company import NewCompany, create_company
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.matching.commands import MatchReceipt, ProposalChoice, accept, propose
from acquit.stages.matching.commands import undo as undo_proposal
from acquit.stages.matching.models import Proposal
from acquit.stages.orders.commands.deliver import DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import Buckets, ageing, customer_statement, open_items
from tests.support.money import Movement, statement_bytes
from tests.support.world import World

IBAN = "GB33BUKB20201555555555"
LINE = re.compile(r"(?P<quantity>[\d.]+) x (?P<item>.+) at (?P<price>[\d.]+)")
WIDTH = 46


def company(name: str, *, on: str) -> Company:
    """A British company, from nothing: chart of accounts, tax codes and series come with it."""
    day = date.fromisoformat(on)
    ids = IdSource.seeded(instant=datetime.combine(day, time(9), UTC), seed=name)
    world = World(ids.new(), ids, day)
    new = NewCompany(
        slug="story",
        name=name,
        country="GB",
        street="1 Harbour Street",
        city="Whitby",
        postcode="YO21 1AA",
        vat_id="GB123456782",
        email="accounts@harbour.example",
        iban=IBAN,
        bic="BUKBGB22XXX",
    )
    create_company(ctx=world.ctx(), items=[new]).or_refuse()
    return Company(world)


def _money(text: str) -> Money:
    amount, currency = text.split()
    return Money.of(amount, currency)


def _line(left: str, *right: object) -> str:
    return (f"{left:<{WIDTH}}" + "".join(f"{value:>12}" for value in right)).rstrip()


class Shown(str):
    """A table that looks in a session as it does on paper."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Customer:
    id: UUID
    number: str
    name: str

    def __repr__(self) -> str:
        return f"{self.number} {self.name}"


@dataclass(frozen=True)
class Paper:
    """An invoice or a credit note, always as it stands now."""

    company: Company
    id: UUID

    def __repr__(self) -> str:
        row = Document.objects.of(self.company.id).select_related("customer").get(id=self.id)
        kind = "Credit note" if row.kind == "credit_note" else "Invoice"
        gross = Money(row.gross_minor, row.currency)
        left = Money(self.item.open_minor, row.currency)
        return f"{kind} {row.number}, {row.customer.name}: {gross}, open {left}"

    @property
    def number(self) -> str:
        return self.item.number

    @property
    def item(self) -> OpenItem:
        found: OpenItem = OpenItem.objects.of(self.company.id).get(document_id=self.id)
        return found


@dataclass(frozen=True)
class Arrival:
    """Money on the bank account, as it stands now."""

    company: Company
    id: UUID

    def __repr__(self) -> str:
        row = Receipt.objects.of(self.company.id).get(id=self.id)
        left = Money(self.item.open_minor, row.currency)
        return f'{Money(row.amount_minor, row.currency)} "{row.text}", unapplied {left}'

    @property
    def item(self) -> OpenItem:
        found: OpenItem = OpenItem.objects.of(self.company.id).get(receipt_id=self.id)
        return found


@dataclass(frozen=True)
class Answer:
    """What the matcher thinks that money is for, and what became of the thought."""

    company: Company
    id: UUID

    def __repr__(self) -> str:
        row = Proposal.objects.of(self.company.id).get(id=self.id)
        named = ", ".join(
            f"{Money(part['amount_minor'], row.currency)} to {part['number']}" for part in row.items
        )
        why = "; ".join(piece["text"] for piece in row.evidence)
        return f"{row.state}: {named or 'nothing'}\n  because {why}"


@dataclass(frozen=True)
class Bank:
    company: Company

    def receives(self, amount: str, *, text: str, on: str, payer: str = "") -> Arrival:
        """The bank's file of that day with one movement, imported as a clerk would do it."""
        world = self.company.on(on)
        money = _money(amount)
        body = statement_bytes(
            [Movement(money.minor, text=text, payer=payer)],
            on=world.today,
            reference=f"{on}/{money.minor}",
            iban=IBAN,
            currency=money.currency,
        )
        wish = StatementFile(key=f"{on}.xml", body=body)
        before = set(Receipt.objects.of(self.company.id).values_list("id", flat=True))
        import_statement(ctx=world.ctx(), items=[wish]).or_refuse()
        after = set(Receipt.objects.of(self.company.id).values_list("id", flat=True))
        (new,) = after - before
        return Arrival(self.company, new)


@dataclass(frozen=True)
class Company:
    world: World

    @property
    def id(self) -> UUID:
        return self.world.company_id

    @property
    def bank(self) -> Bank:
        return Bank(self)

    def on(self, day: str) -> World:
        return self.world.on(day)

    # Selling.

    def customer(self, number: str, name: str) -> Customer:
        wish = CustomerData(
            number=number,
            name=name,
            country="GB",
            street="2 Mill Lane",
            city="York",
            postcode="YO1 7HH",
            email=f"{number.lower()}@customer.example",
        )
        (id_,) = save_customers(ctx=self.world.ctx(), items=[wish]).or_refuse().ids
        return Customer(id_, number, name)

    def order(self, customer: Customer, number: str, *lines: str, on: str) -> str:
        """Lines as they are said: "10 x Crate of apples at 10.00"; prices are net of tax."""
        ctx = self.on(on).ctx()
        parts = [found for found in map(LINE.fullmatch, lines) if found]
        assert len(parts) == len(lines), "a line reads: 10 x Crate of apples at 10.00"
        save_items(ctx=ctx, items=[ItemData(code=p["item"], name=p["item"]) for p in parts])
        order = OrderData(
            number=number,
            customer=customer.number,
            ordered_on=ctx.today,
            lines=tuple(
                OrderLineData(
                    item_code=p["item"],
                    quantity=Decimal(p["quantity"]),
                    unit_price=Decimal(p["price"]),
                )
                for p in parts
            ),
        )
        record_orders(ctx=ctx, items=[order]).or_refuse()
        return number

    def deliver(self, order: str, *, on: str) -> None:
        ctx = self.on(on).ctx()
        goods = DeliveryData(number=f"D-{order}", order_number=order, delivered_on=ctx.today)
        deliver(ctx=ctx, items=[goods]).or_refuse()

    def bill(self, *, on: str) -> list[Paper]:
        """Everything delivered and not billed becomes documents."""
        ctx = self.on(on).ctx()
        before = self._papers()
        bill(ctx=ctx, as_of=ctx.today)
        return [Paper(self, id_) for id_ in self._papers() if id_ not in before]

    def sell(self, customer: Customer, line: str, *, on: str) -> Paper:
        """Ordered, delivered and billed on one day."""
        order = self.order(customer, f"O-{len(self._papers()) + 1}", line, on=on)
        self.deliver(order, on=on)
        (paper,) = self.bill(on=on)
        return paper

    def credit(self, paper: Paper, *, quantity: str, reason: str, on: str) -> Paper:
        """Take back a quantity of the first line."""
        line = CreditedLine(1, Decimal(quantity))
        wish = Credit(document_id=paper.id, reason=reason, lines=(line,))
        (id_,) = credit(ctx=self.on(on).ctx(), items=[wish]).or_refuse().ids
        return Paper(self, id_)

    def _papers(self) -> list[UUID]:
        rows = Document.objects.of(self.id).order_by("issued_on", "kind", "number")
        return list(rows.values_list("id", flat=True))

    # Getting the money.

    def match(self, arrival: Arrival, *, on: str) -> Answer:
        """What the matcher answers for this money; what is certain is applied at once."""
        wish = MatchReceipt(receipt_id=arrival.id)
        outcome = propose(ctx=self.on(on).ctx(), items=[wish])
        return Answer(self, outcome.ids[0])

    def accept(self, answer: Answer, *, on: str) -> Answer:
        accept(ctx=self.on(on).ctx(), items=[ProposalChoice(id=answer.id)]).or_refuse()
        return answer

    def undo(self, answer: Answer, *, reason: str, on: str) -> Answer:
        ctx = self.on(on).ctx(reason=reason)
        undo_proposal(ctx=ctx, items=[ProposalChoice(id=answer.id)]).or_refuse()
        return answer

    def apply(self, source: Arrival | Paper, target: Paper, amount: str, *, on: str) -> None:
        """By hand: so much of this money, or of this credit note, settles that invoice."""
        wish = NewAllocation(
            key=f"{on} {amount}",
            credit_item_id=source.item.id,
            debit_item_id=target.item.id,
            amount=_money(amount),
        )
        allocate(ctx=self.on(on).ctx(), items=[wish]).or_refuse()

    # Reading.

    def account(self, customer: Customer) -> Shown:
        """What is open of a customer now."""
        page = open_items(company_id=self.id, customer_id=customer.id, limit=50, after=None)
        rows = [
            _line(f"{i.number} due {i.due_on}", Money(sign * i.open_minor, i.currency).decimal)
            for i in page.items
            for sign in [1 if i.side == "debit" else -1]
        ]
        return Shown("\n".join(rows) or "nothing is open")

    def statement(self, customer: Customer, *, since: str, until: str) -> Shown:
        found = customer_statement(
            company_id=self.id,
            customer_id=customer.id,
            currency="GBP",
            from_on=date.fromisoformat(since),
            to_on=date.fromisoformat(until),
            known_at=None,
        )
        rows = [_line("opening", "", Money(found.opening_minor, "GBP").decimal)]
        rows += [
            _line(
                # Receipts have no number of their own that a reader would know.
                f"{row.on} {'payment' if row.kind == 'payer' else f'{row.kind} {row.number}'}",
                self._amount(row.amount_minor),
                Money(row.balance_minor, "GBP").decimal,
            )
            for row in found.lines
        ]
        rows.append(_line("closing", "", Money(found.closing_minor, "GBP").decimal))
        return Shown("\n".join(rows))

    def ageing(self, *, on: str) -> Shown:
        found = ageing(company_id=self.id, as_at=date.fromisoformat(on), known_at=None)
        head = _line("", "not due", "1-30", "over 30", "unapplied")
        rows = [self._aged(row.customer_name or "unknown payer", row.home) for row in found.rows]
        return Shown("\n".join([head, *rows, self._aged("total", found.totals.home)]))

    def _aged(self, name: str, of: Buckets) -> str:
        older = of.days_31_60_minor + of.days_61_90_minor + of.over_90_minor
        columns = (of.not_due_minor, of.days_1_30_minor, older, of.unapplied_minor)
        return _line(name, *map(self._amount, columns))

    def trial_balance(self, *, on: str) -> Shown:
        found = trial_balance(company_id=self.id, as_at=date.fromisoformat(on))
        rows = [
            _line(f"{a.code} {a.name}", self._amount(a.debit_minor), self._amount(a.credit_minor))
            for a in found.accounts
        ]
        total = _line("", self._amount(found.debit_minor), self._amount(found.credit_minor))
        return Shown("\n".join([*rows, total]))

    def verify(self) -> str:
        """Every invariant over everything this story has written."""
        answer = verify.run(company_id=self.id, now=self.world.ctx().now)
        broken = [f"{b['record']}: {b['message']}" for b in answer["broken"]]
        return "everything holds" if answer["ok"] else "; ".join(broken)

    @staticmethod
    def _amount(minor: int) -> str:
        return str(Money(minor, "GBP").decimal) if minor else ""
