"""A year of trade for the demo companies, made by the commands that everyone uses.

Month by month: orders and deliveries, a billing run, bank files that pay what is due, matching,
and the clerk's own decisions on what was only suggested. It ends today, and today's work waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, TaskID

from acquit.access import actors
from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.access.models import Company, User
from acquit.core.codecs import camt
from acquit.core.context import Actor, Context
from acquit.core.documents.bank import BankStatement, StatementKind
from acquit.core.ids import IdSource
from acquit.core.money import Money
from acquit.entrypoints.console.demo import hard, payers, trade
from acquit.entrypoints.console.demo.cast import COMPANIES, PEOPLE, Player, players
from acquit.entrypoints.console.demo.payers import Owed
from acquit.entrypoints.console.demo.trade import Span
from acquit.entrypoints.taking_in import take_in
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.queries.documents import Filters, documents
from acquit.stages.invoices.rules.planning import PUBLIC
from acquit.stages.masterdata.commands.create_company import NewCompany, create_company
from acquit.stages.masterdata.commands.save_bank_accounts import (
    BankAccountData,
    save_bank_accounts,
)
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import save_items
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.matching.commands.judge import ProposalChoice, accept
from acquit.stages.matching.commands.propose import propose
from acquit.stages.matching.queries import Group, queue
from acquit.stages.orders.commands.deliver import DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import record_orders
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.queries import owed_now, unapplied

MONTHS = 12
ORDERS_PER_DAY = {"carpat": Decimal("7.2"), "nordlicht": Decimal("6.2")}
# Accounts by currency; the company's own currency first.
ACCOUNTS = {
    "carpat": {"RON": "RO49AAAA1B31007593840000", "EUR": "RO66BACX0000001234567890"},
    "nordlicht": {"EUR": "DE02120300000000202051", "GBP": "DE75512108001245126199"},
}
RATES = {"carpat": ("EUR", "RON", "5.06"), "nordlicht": ("GBP", "EUR", "1.15")}
OPENING_MINOR = 25_000_00
CREDIT_LIMIT = "500.00"
PUBLIC_BUYERS = 4
WHY = ("Goods damaged in transit", "Price agreed otherwise", "Delivered twice", "Wrong article")


def ensure_demo() -> None:
    """Build the demo unless it is there; shows how far it is."""
    slugs = [company.slug for company in COMPANIES]
    if Company.objects.filter(slug__in=slugs).count() == len(slugs):
        return
    now = datetime.now(UTC)
    with Progress(console=Console(stderr=True), transient=False) as progress:
        for new in COMPANIES:
            if not Company.objects.filter(slug=new.slug).exists():
                task = progress.add_task(f"a year of {new.name}", total=None)
                Stage(new, now, progress, task).play()


class Stage:
    """One company's year. Everything drawn comes from its slug and the day."""

    def __init__(self, new: NewCompany, now: datetime, progress: Progress, task: TaskID) -> None:
        self.new, self.now, self.progress, self.task = new, now, progress, task
        self.today = now.date()
        first = self.today.replace(day=1) - timedelta(days=1)
        for _ in range(MONTHS - 1):
            first = first.replace(day=1) - timedelta(days=1)
        self.start = first.replace(day=1)
        self.cast = players(new.slug)
        self.by_number: dict[str, Player] = {p.data.number: p for p in self.cast}
        seed = f"demo {new.slug} {self.today.isoformat()}"
        self.ids = IdSource.seeded(instant=datetime.combine(self.start, time(), UTC), seed=seed)
        self.company_id: UUID = self.ids.new()
        self.people: dict[str, Actor] = {}
        self.closing = dict.fromkeys(ACCOUNTS[new.slug], OPENING_MINOR)
        self.hour = 0
        self.paid: set[str] = set()  # what its payer believes to have settled
        self.meant: dict[tuple[str, int, str], tuple[str, ...]] = {}

    def ctx(self, day: date, actor: Actor | None = None) -> Context:
        """The frame on a simulated day; instants go forward and never past the real now."""
        self.hour += 1
        at = datetime.combine(day, time(6), UTC) + timedelta(seconds=self.hour % 36_000)
        ids = replace(self.ids, instant=at)
        return Context(
            company_id=self.company_id,
            actor=actor or actors.installer(),
            now=min(at, self.now),
            today=day,
            ids=ids,
            request_id="demo",
        )

    def play(self) -> None:
        spans = trade.spans(start=self.start, end=self.today)
        self.progress.update(self.task, total=len(spans) + 1)
        self.found()
        self.progress.advance(self.task)
        for span in spans:
            last = span is spans[-1]
            self.rates(span)
            self.sell(span)
            if last:
                self.lose_references(span)
            bill(
                ctx=self.ctx(span.last, self.people["billing_clerk"]),
                as_of=span.last,
                straight_through=not last,
            )
            self.collect(span, last=last)
            self.progress.advance(self.task)
        self.ask_for_credits()
        self.send_this_month()

    def found(self) -> None:
        """The company, its people, customers and goods."""
        create_company(ctx=self.ctx(self.start), items=[self.new])
        grants = [
            Grant(email=f"{short}@demo.example", name=name, role=role)
            for short, name, role in PEOPLE
        ]
        grant(ctx=self.ctx(self.start), items=grants)
        for user in User.objects.filter(email__endswith="@demo.example"):
            actor = actors.person(user=user, company_id=self.company_id)
            self.people[next(iter(actor.roles))] = actor
        currency = next(iter(self.closing))
        save_limit(
            ctx=self.ctx(self.start),
            items=[
                NewLimit(role=role, command="invoices.credit", amount=Money.of(amount, currency))
                for role, amount in (("accountant", CREDIT_LIMIT), ("receivables_manager", "5000"))
            ],
        )
        others = [
            BankAccountData(iban=iban, currency=other, name=f"{other} account")
            for other, iban in ACCOUNTS[self.new.slug].items()
            if other != currency
        ]
        save_bank_accounts(ctx=self.ctx(self.start), items=others)
        save_items(ctx=self.ctx(self.start), items=trade.items())
        save_customers(ctx=self.ctx(self.start), items=[p.data for p in self.cast])

    def rates(self, span: Span) -> None:
        """One rate per half month, walking a little."""
        base, target, start = RATES[self.new.slug]
        step = Decimal((span.first.toordinal() * 7919) % 41 - 20) / 1000
        rate = RateData(
            day=span.first,
            base=base,
            target=target,
            rate=Decimal(start) + step,
            source="demo rate, made up",
        )
        save_rates(ctx=self.ctx(span.first), items=[rate])

    def sell(self, span: Span) -> None:
        """Orders of the span, all delivered on their day."""
        rate = ORDERS_PER_DAY[self.new.slug]
        items = list(trade.orders(slug=self.new.slug, cast=self.cast, span=span, per_day=rate))
        clerk = self.people["billing_clerk"]
        record_orders(ctx=self.ctx(span.last, clerk), items=items)
        deliveries = [
            DeliveryData(
                number=f"D{order.number}",
                order_number=order.number,
                delivered_on=order.ordered_on,
            )
            for order in items
        ]
        deliver(ctx=self.ctx(span.last, clerk), items=deliveries)

    def lose_references(self, span: Span) -> None:
        """The biggest buyers are public bodies from now on and gave no reference: their drafts
        wait for one (BT-10)."""
        biggest = sorted(self.cast, key=lambda p: (-p.size, p.data.number))[:PUBLIC_BUYERS]
        save_customers(
            ctx=self.ctx(span.last, self.people["administrator"]),
            items=[
                CustomerData(number=p.data.number, segment=PUBLIC, buyer_reference="")
                for p in biggest
            ],
        )

    def send_this_month(self) -> None:
        """This month's documents go to their customers: the worker does it once Acquit runs."""
        filters = Filters(issued_from=self.today.replace(day=1))
        page = documents(company_id=self.company_id, filters=filters, limit=200)
        items = [Sending(document_id=row.id) for row in page.rows]
        send(ctx=self.ctx(self.today, self.people["billing_clerk"]), items=items)

    def ask_for_credits(self) -> None:
        """Credits of the last days: the small one is done, the large ones wait for approval."""
        page = documents(company_id=self.company_id, filters=Filters(kind="invoice"), limit=200)
        rows = sorted(page.rows, key=lambda row: (-row.gross.minor, row.number))
        home = [row for row in rows if row.gross.currency == next(iter(self.closing))]
        chosen = [*home[:3], *home[-1:]]
        items = [
            Credit(document_id=row.id, reason=why) for row, why in zip(chosen, WHY, strict=True)
        ]
        credit(ctx=self.ctx(self.today, self.people["accountant"]), items=items)

    def collect(self, span: Span, *, last: bool) -> None:
        """Bank files of the span, matched; what was suggested is accepted, but for today's."""
        owed = [
            Owed(row.customer, row.number, row.due_on, row.open_minor, row.currency)
            for row in owed_now(company_id=self.company_id)
            if row.number not in self.paid
        ]
        paid = payers.payments(owed=owed, cast=self.by_number, span=span, first_day=self.start)
        for payment in paid:
            self.paid.update(payment.settles)
            self.meant[payment.payer, payment.amount_minor, payment.currency] = payment.settles
        if last:
            owed = [item for item in owed if item.number not in self.paid]
            paid = [*paid, *hard.cases(owed=owed, cast=self.by_number, day=span.last)]
        for currency in self.closing:
            self.bank_file(span, currency, [p for p in paid if p.currency == currency])
        clerk = self.people["cash_clerk"]
        propose(ctx=self.ctx(span.last, clerk), items=[])
        if not last:
            self.decide(span, clerk)

    def bank_file(self, span: Span, currency: str, paid: list[payers.Payment]) -> None:
        lines = payers.bank_lines(paid, fees_on=span.last if span.last.day > 25 else None)
        if not lines:
            return
        opening = self.closing[currency]
        closing = opening + sum(line.amount_minor for line in lines)
        statement = BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban=ACCOUNTS[self.new.slug][currency],
            currency=currency,
            reference=f"{self.new.slug.upper()}-{currency}-{span.last:%Y%m%d}",
            lines=lines,
            from_date=span.first,
            to_date=span.last,
            opening_minor=opening,
            closing_minor=closing,
        )
        at = datetime.combine(span.last, time(5), UTC)
        take_in(
            ctx=self.ctx(span.last, self.people["cash_clerk"]),
            kind="bank",
            profile="",
            filename=f"camt053-{currency}-{span.last.isoformat()}.xml",
            content=camt.write(statement, created_at=at),
            options={},
        )
        self.closing[currency] = closing

    def decide(self, span: Span, clerk: Actor) -> None:
        """The clerk accepts the best suggestion of each receipt that has one; what another
        receipt took meanwhile is refused and stays in his queue."""
        since = datetime.combine(self.start, time(), UTC)
        waiting = queue(
            company_id=self.company_id, group=Group.SUGGESTED, since=since, limit=500, after=None
        )
        items = [ProposalChoice(id=row.proposal_id) for row in waiting.rows if row.proposal_id]
        if items:
            accept(ctx=self.ctx(span.last, clerk), items=items)
        self.by_phone(span, clerk)

    def by_phone(self, span: Span, clerk: Actor) -> None:
        """Money that said nothing: the clerk called its payer and applied what he said."""
        open_now = {row.number: row for row in owed_now(company_id=self.company_id)}
        items = []
        for money in unapplied(company_id=self.company_id, receipt_ids=[]):
            left = money.open_minor
            said = self.meant.get((money.payer_name, money.amount_minor, money.currency), ())
            for number in said if left == money.amount_minor else ():
                claim = open_now.get(number)
                part = min(left, claim.open_minor) if claim else 0
                if claim is None or not part:
                    continue
                left -= part
                items.append(
                    NewAllocation(
                        key=f"{money.receipt_id} {number}",
                        credit_item_id=money.item_id,
                        debit_item_id=claim.id,
                        amount=Money(part, money.currency),
                        third_party=True,
                    )
                )
        if items:
            ctx = self.ctx(span.last, clerk).because(reason="payer asked by phone")
            allocate(ctx=ctx, items=items)
