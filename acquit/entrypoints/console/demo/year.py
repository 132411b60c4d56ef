"""A year of trade for the demo companies, made by the commands that everyone uses.

Month by month: orders and deliveries, a billing run, credits with a second person's yes, bank
files that pay what is due, matching, and the clerk's own decisions on what was only suggested.
It ends yesterday; what waits today is made by :mod:`today`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.progress import Progress, TaskID

from acquit.access import actors
from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.access.models import ApprovalRequest, User
from acquit.core import packs
from acquit.core.codecs import camt, mt940
from acquit.core.context import Actor, Context
from acquit.core.documents.bank import BankStatement, StatementKind
from acquit.core.ids import IdSource
from acquit.core.money import Money
from acquit.entrypoints.console.demo import goods, payers, trade
from acquit.entrypoints.console.demo.cast import PEOPLE, Part, Player, players
from acquit.entrypoints.console.demo.payers import Owed
from acquit.entrypoints.console.demo.trade import Span
from acquit.entrypoints.taking_in import take_in
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.queries.documents import Filters, documents
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
from acquit.stages.matching.queries.waiting import Group, queue
from acquit.stages.orders.commands.deliver import DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, record_orders
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import owed_now, unapplied

# Orders of the twelve months before today: 4,620 invoices in both companies.
ORDERS_A_YEAR = {"carpat": 2545, "nordlicht": 2030}
# Accounts by currency; the company's own currency first.
ACCOUNTS = {
    "carpat": {"RON": "RO49AAAA1B31007593840000", "EUR": "RO66BACX0000001234567890"},
    "nordlicht": {"EUR": "DE02120300000000202051", "GBP": "DE75512108001245126199"},
}
RATES = {"carpat": ("EUR", "RON", "5.06"), "nordlicht": ("GBP", "EUR", "1.15")}
OPENING_MINOR = 25_000_00
# The limits for credits in the company's currency: above it a second person decides.
LIMITS = (("accountant", "500.00"), ("receivables_manager", "5000"))
CREDIT_REASONS = {
    "carpat": ("Marfă deteriorată la transport", "Preț convenit altfel", "Livrat de două ori"),
    "nordlicht": ("Transportschaden", "Preis anders vereinbart", "Doppelt geliefert"),
}
AGREED = {"carpat": "am văzut fotografiile", "nordlicht": "Fotos gesehen"}
CALLED = {"carpat": "confirmat de client la telefon", "nordlicht": "am Telefon bestätigt"}


class Year:
    """One company's year up to yesterday. Everything drawn comes from its slug and the day."""

    def __init__(self, new: NewCompany, now: datetime, progress: Progress, task: TaskID) -> None:
        self.new, self.now, self.progress, self.task = new, now, progress, task
        zone = ZoneInfo(new.timezone or packs.get(new.country).timezone)
        self.today = now.astimezone(zone).date()
        self.start = trade.year_before(self.today)
        self.cast = players(new.slug)
        self.by_number: dict[str, Player] = {p.data.number: p for p in self.cast}
        seed = f"demo {new.slug} {self.today.isoformat()}"
        self.ids = IdSource.seeded(instant=datetime.combine(self.start, time(), UTC), seed=seed)
        self.company_id: UUID = self.ids.new()
        self.people: dict[str, Actor] = {}
        self.closing = dict.fromkeys(ACCOUNTS[new.slug], OPENING_MINOR)
        self.home = next(iter(self.closing))
        self.rate = Decimal(RATES[new.slug][2])
        self.hour = 0
        self.paid: set[str] = set()  # what its payer believes to have settled
        self.begun: set[str] = set()  # of what a first part was paid
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
        """Everything, in the order of the days."""
        spans = trade.spans(start=self.start, end=self.today - timedelta(days=1))
        self.progress.update(self.task, total=len(spans) + 2)
        self.found()
        self.progress.advance(self.task)
        days = (self.today - self.start).days
        counts = trade.shared(total=ORDERS_A_YEAR[self.new.slug] * days // 365, over=spans)
        for index, (span, count) in enumerate(zip(spans, counts, strict=True)):
            self.rates(span)
            self.sell(span, count)
            bill(ctx=self.ctx(span.last, self.people["billing_clerk"]), as_of=span.last)
            self.give_credits(span)
            self.merge(span)
            self.collect(span)
            # The notes of the last span are left for its customers to deduct.
            if index < len(spans) - 1:
                self.net_credits(span)
            self.progress.advance(self.task)
        self.wait()
        self.progress.advance(self.task)

    def wait(self) -> None:
        """What is left to do today; the year alone leaves nothing."""

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
        save_limit(
            ctx=self.ctx(self.start),
            items=[
                NewLimit(role=role, command="invoices.credit", amount=Money.of(amount, currency))
                for role, amount in LIMITS
                for currency in self.closing
            ],
        )
        others = [
            BankAccountData(iban=iban, currency=other, name=f"{other} account")
            for other, iban in ACCOUNTS[self.new.slug].items()
            if other != self.home
        ]
        save_bank_accounts(ctx=self.ctx(self.start), items=others)
        save_items(ctx=self.ctx(self.start), items=goods.items(country=self.new.country))
        save_customers(ctx=self.ctx(self.start), items=[p.data for p in self.cast])

    def rates(self, span: Span) -> None:
        """One rate per half month, walking a little."""
        base, target, start = RATES[self.new.slug]
        step = Decimal((span.first.toordinal() * 7919) % 41 - 20) / 1000
        self.rate = Decimal(start) + step
        rate = RateData(
            day=span.first, base=base, target=target, rate=self.rate, source="demo rate, made up"
        )
        save_rates(ctx=self.ctx(span.first), items=[rate])

    def sell(self, span: Span, count: int) -> None:
        """Orders of the span, all delivered on their day."""
        slug, cast = self.new.slug, self.cast
        items = [
            *trade.orders(slug=slug, cast=cast, span=span, count=count),
            *trade.standing_orders(slug=slug, cast=cast, span=span, today=self.today),
        ]
        self.record(span.last, items)

    def record(self, day: date, items: list[OrderData]) -> None:
        """Record orders and their deliveries."""
        clerk = self.people["billing_clerk"]
        record_orders(ctx=self.ctx(day, clerk), items=items)
        deliveries = [
            DeliveryData(
                number=f"D{order.number}",
                order_number=order.number,
                delivered_on=order.ordered_on,
            )
            for order in items
        ]
        deliver(ctx=self.ctx(day, clerk), items=deliveries)

    def give_credits(self, span: Span) -> None:
        """Something is always damaged: a piece of one document is credited, and all of another
        one, which is above the accountant's limit and gets the manager's yes."""
        filters = Filters(kind="invoice", issued_from=span.last, issued_to=span.last)
        page = documents(company_id=self.company_id, filters=filters, limit=80)
        usual = [
            row
            for row in page.rows
            if self.by_number[row.customer_number].part is Part.USUAL
            and row.gross.currency == self.home
        ]
        low, high = (Money.of(amount, self.home).minor for _role, amount in LIMITS)
        whole = [row for row in usual[1:] if low < row.gross.minor <= high]
        reasons = CREDIT_REASONS[self.new.slug]
        piece = (CreditedLine(line_no=1, quantity=Decimal(1)),)
        items = [
            Credit(document_id=row.id, reason=reasons[row.gross.minor % len(reasons)], lines=lines)
            for row, lines in (*((row, piece) for row in usual[:1]), *((r, ()) for r in whole[:1]))
        ]
        credit(ctx=self.ctx(span.last, self.people["accountant"]), items=items)
        self.agree(span, AGREED[self.new.slug])

    def agree(self, span: Span, reason: str) -> None:
        """The manager lets through what waits for a second person."""
        waiting = ApprovalRequest.objects.of(self.company_id).filter(state="waiting")
        decisions = [Decision(id=row.id, reason=reason) for row in waiting]
        if decisions:
            manager = self.people["receivables_manager"]
            approve(ctx=self.ctx(span.last, manager), items=decisions)

    def merge(self, span: Span) -> None:
        """On the day on which a customer is taken over, its record gets the new owner."""
        for player in self.cast:
            habit = player.habit
            if habit.paid_by and payers.months(self.start, span.last) == habit.paid_by_month:
                save_customers(
                    ctx=self.ctx(span.last, self.people["administrator"]),
                    items=[CustomerData(number=player.data.number, parent=habit.paid_by)],
                )

    def owed(self, *, kind: str = "invoice") -> list[Owed]:
        """Open documents as their customers see them."""
        if kind == "invoice":
            return [
                Owed(row.customer, row.number, row.due_on, row.open_minor, row.currency)
                for row in owed_now(company_id=self.company_id)
            ]
        notes = OpenItem.objects.of(self.company_id).filter(kind=kind, open_minor__gt=0)
        rows = notes.order_by("effective_on", "id").values_list(
            "customer__number", "number", "due_on", "open_minor", "currency"
        )
        return [Owed(*row) for row in rows]

    def due(self, span: Span) -> list[payers.Payment]:
        """What is paid within the span."""
        owed = [item for item in self.owed() if item.number not in self.paid]
        return payers.payments(
            owed=owed,
            cast=self.by_number,
            span=span,
            first_day=self.start,
            begun=self.begun,
        )

    def collect(self, span: Span) -> None:
        """Bank files of the span, matched; what was suggested is accepted."""
        paid = self.due(span)
        self.keep(paid)
        for currency in self.closing:
            self.bank_file(span, currency, [p for p in paid if p.currency == currency])
        clerk = self.people["cash_clerk"]
        propose(ctx=self.ctx(span.last, clerk), items=[])
        self.decide(span, clerk)

    def keep(self, paid: list[payers.Payment]) -> None:
        """Remember what the payers meant."""
        for payment in paid:
            (self.begun if payment.is_begun else self.paid).update(payment.settles)
            self.meant[payment.payer, payment.amount_minor, payment.currency] = payment.settles

    def bank_file(
        self,
        span: Span,
        currency: str,
        paid: list[payers.Payment],
        *,
        part: str = "",
        lost_minor: int = 0,
    ) -> None:
        """One statement of one account. ``lost_minor``: what its balances know of and its lines
        do not, so that it is parked."""
        lines = payers.bank_lines(paid, fees_on=span.last if span.last.day > 25 else None)
        if not lines:
            return
        opening = self.closing[currency]
        closing = opening + sum(line.amount_minor for line in lines) + lost_minor
        statement = BankStatement(
            kind=StatementKind.STATEMENT,
            account_iban=ACCOUNTS[self.new.slug][currency],
            currency=currency,
            reference=f"{self.new.slug.upper()}-{currency}-{span.last:%Y%m%d}{part}",
            lines=lines,
            from_date=span.first,
            to_date=span.last,
            opening_minor=opening,
            closing_minor=closing,
        )
        # The banks of the other currencies still send MT940.
        if currency == self.home:
            name, ending = "camt053", "xml"
            content = camt.write(statement, created_at=datetime.combine(span.last, time(5), UTC))
        else:
            name, ending, content = "mt940", "sta", mt940.write(statement)
        take_in(
            ctx=self.ctx(span.last, self.people["cash_clerk"]),
            kind="bank",
            profile="",
            filename=f"{name}-{currency}-{span.last.isoformat()}{part}.{ending}",
            content=content,
            options={},
        )
        if not lost_minor:
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
            self.agree(span, CALLED[self.new.slug])
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

    def net_credits(self, span: Span) -> None:
        """The clerk sets open credit notes against the oldest invoice of their customer."""
        notes = OpenItem.objects.of(self.company_id).filter(kind="credit_note", open_minor__gt=0)
        claims = OpenItem.objects.of(self.company_id).filter(kind="invoice", open_minor__gt=0)
        items = []
        for note in notes.order_by("effective_on", "id"):
            own = claims.filter(customer_id=note.customer_id, currency=note.currency)
            claim = own.order_by("due_on", "id").first()
            if claim is None:
                continue
            part = min(note.open_minor, claim.open_minor)
            items.append(
                NewAllocation(
                    key=f"{note.number} {claim.number}",
                    credit_item_id=note.id,
                    debit_item_id=claim.id,
                    amount=Money(part, note.currency),
                )
            )
        if items:
            ctx = self.ctx(span.last, self.people["cash_clerk"]).because(reason="netted")
            allocate(ctx=ctx, items=items)
