"""A company that lives through anything, and beside it a model in plain Python that says what must
have come of it. The model knows amounts and customers; it knows no tables and no SQL.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from acquit.access import actors
from acquit.access.models import User
from acquit.core.context import Actor, ActorKind, Context
from acquit.core.faults import Refused
from acquit.core.ids import IdSource
from acquit.core.outcome import Outcome
from acquit.core.plain import to_plain
from acquit.database.copy import fetch_rows
from tests.support.money import Movement
from tests.support.world import World, new_world, someone

FIRST_DAY = date(2026, 1, 15)
PRICES = ("9.99", "0.005", "100", "12.3456", "33.33", "0.015", "1250")
QUANTITIES = ("1", "3", "0.5", "2.25", "7")
RATES = {"A": Decimal(19), "B": Decimal(7)}  # what an article is taxed with in Germany
IBANS = {"EUR": "DE89370400440532013000", "USD": "DE02120300000000202051"}
CENT = Decimal(1)


def half_up(value: Decimal) -> int:
    """Minor units, rounded as EN 16931 asks."""
    return int(value.quantize(CENT, ROUND_HALF_UP))


@dataclass
class Item:
    """Model of an open item. ``learnt``: its payer is known only through what it settled."""

    id: UUID
    side: str
    kind: str
    number: str
    customer: UUID | None
    currency: str
    original: int
    open: int
    text: str = ""
    learnt: bool = False
    tainted: bool = False  # a person said no to a proposal for it


@dataclass
class Link:
    """Model of an allocation."""

    id: UUID
    credit: UUID
    debit: UUID
    minor: int
    stands: bool = True


@dataclass
class Line:
    """Model of a billed line: what was billed, what was taken back."""

    document: UUID
    line_no: int
    quantity: Decimal
    net: int
    credited: Decimal = Decimal(0)
    credited_net: int = 0


@dataclass
class Delivered:
    """Model of a delivered line; negative for goods that came back."""

    id: UUID
    customer: UUID
    quantity: Decimal
    price: Decimal
    item_code: str
    returned: Decimal = Decimal(0)
    is_billed: bool = False


@dataclass
class OrderModel:
    number: str
    customer: UUID
    lines: dict[int, tuple[str, Decimal, Decimal]]  # article, price, what is not delivered yet


@dataclass
class Parked:
    """A statement that waits, with the movements it would bring."""

    id: UUID
    currency: str
    movements: list[Movement]


@dataclass
class Model:
    """All the company should be."""

    items: dict[UUID, Item] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)
    lines: dict[UUID, Line] = field(default_factory=dict)
    delivered: dict[UUID, Delivered] = field(default_factory=dict)
    orders: list[OrderModel] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    money: Counter[str] = field(default_factory=Counter)  # bank and till, by currency
    bank_days: dict[str, dict[date, list[Movement]]] = field(
        default_factory=lambda: {currency: {} for currency in IBANS}
    )

    def open_of(self, side: str) -> list[Item]:
        return [item for item in self.items.values() if item.side == side and item.open > 0]

    def fits(self, credit: Item, debit: Item, minor: int, *, third_party: bool) -> bool:
        """Whether this much may move from the credit to the claim."""
        mine = third_party or credit.customer in (None, debit.customer)
        enough = 0 < minor <= min(credit.open, debit.open)
        return mine and enough and credit.currency == debit.currency

    def apply(self, link: Link) -> None:
        credit, debit = self.items[link.credit], self.items[link.debit]
        assert 0 < link.minor <= min(credit.open, debit.open)
        credit.open -= link.minor
        debit.open -= link.minor
        self.links[link.id] = link

    def name_payers(self, links: Sequence[Link]) -> None:
        """Money of an unknown payer is the customer's whose claims it settles, if he is one."""
        for credit in {link.credit for link in links}:
            item = self.items[credit]
            whose = {self.items[link.debit].customer for link in links if link.credit == credit}
            if item.customer is None and len(whose) == 1:
                (item.customer,) = whose
                item.learnt = True

    def undo(self, links: Sequence[Link]) -> None:
        for link in links:
            assert link.stands
            link.stands = False
            self.items[link.credit].open += link.minor
            self.items[link.debit].open += link.minor
        for credit in {link.credit for link in links}:
            item = self.items[credit]
            if item.learnt and item.open == item.original:
                item.customer, item.learnt = None, False


class Company:
    """The company of one run: its clock, its hands, its model, and the last thing it did."""

    number = 0

    def __init__(self) -> None:
        Company.number += 1
        name = f"machine-{Company.number}"
        self.world: World = new_world(seed=name, slug=name, on=FIRST_DAY)
        self.id = self.world.company_id
        self.today = FIRST_DAY
        self.model = Model()
        self.customers: dict[UUID, tuple[str, str]] = {}  # number, currency
        self.turn = 0
        self.last: tuple[Callable[..., Outcome], str, Actor, dict[str, Any], Outcome] | None = None
        self._bits = random.Random(name).getrandbits
        self.maker = self._person("maker")
        self.approver = self._person("approver")

    def _person(self, word: str) -> Actor:
        email = f"{word}{Company.number}@muster.example"
        user = User.objects.create(id=self.world.ids.new(), email=email, name=word)
        return someone("owner", name=word, id=user.id)

    @property
    def now(self) -> datetime:
        """Every act has its own second."""
        return datetime.combine(self.today, time(8), UTC) + timedelta(seconds=self.turn)

    def ctx(self, *, key: str = "", actor: Actor | None = None) -> Context:
        return Context(
            company_id=self.id,
            actor=actor or actors.installer(),
            now=self.now,
            today=self.today,
            ids=IdSource(instant=self.now, random_bits=self._bits),
            idempotency_key=key,
            reason="because",
        )

    def do(
        self, verb: Callable[..., Outcome], *, actor: Actor | None = None, **given: Any
    ) -> Outcome:
        """One command with a key of its own; remembered, so that it can come again."""
        self.turn += 1
        key = f"k{self.turn}"
        who = actor or actors.installer()
        outcome = verb(ctx=self.ctx(key=key, actor=who), **given)
        self.last = (verb, key, who, given, outcome)
        return outcome

    def again(self) -> None:
        """The last command once more with its key: the same answer, and nothing happens."""
        if self.last is None:
            return
        verb, key, who, given, outcome = self.last
        before = self.facts()
        self.turn += 1
        answer = verb(ctx=self.ctx(key=key, actor=who), **given)
        assert to_plain(answer.figures) == to_plain(outcome.figures)
        if who.kind is not ActorKind.SYSTEM or answer.items:
            assert to_plain(answer.as_dict()) == to_plain(outcome.as_dict())
        assert self.facts() == before

    def facts(self) -> int:
        return int(self.rows("SELECT seq FROM history_head WHERE company_id = %(company)s")[0][0])

    def rows(self, sql: str, **given: Any) -> list[tuple[Any, ...]]:
        return fetch_rows(sql, {"company": self.id, **given})

    # What the model learns of the names that the company gave to things.

    def learn_documents(self) -> list[UUID]:
        """The documents of the last command: checked against their lines, kept as items."""
        documents = self.rows(
            "SELECT d.id, d.kind, d.number, d.customer_id, d.currency, d.net_minor, d.tax_minor,"
            " d.gross_minor, i.id FROM invoices_document d JOIN receivables_open_item i"
            " ON i.company_id = d.company_id AND i.document_id = d.id"
            " WHERE d.company_id = %(company)s AND d.recorded_at = %(now)s ORDER BY d.number",
            now=self.now,
        )
        ids = [row[0] for row in documents]
        lines = list(self._lines(ids))
        for id_, kind, number, customer, currency, net, tax, gross, item_id in documents:
            mine = [line for line in lines if line[1] == id_]
            assert net == sum(line[6] for line in mine)
            assert gross == net + tax
            if kind == "invoice":
                self._check_invoice(mine, tax)
            side = "credit" if kind == "credit_note" else "debit"
            self.model.items[item_id] = Item(
                item_id, side, kind, number, customer, currency, gross, gross
            )
        return ids

    def _lines(self, ids: list[UUID]) -> Iterator[tuple[Any, ...]]:
        for row in self.rows(
            "SELECT id, document_id, line_no, delivery_line_id, corrects_id, quantity, net_minor,"
            " unit_price, tax_rate FROM invoices_line WHERE company_id = %(company)s"
            " AND document_id = ANY(%(ids)s) ORDER BY document_id, line_no",
            ids=ids,
        ):
            id_, document, line_no, delivery_line, corrects, quantity, net, *_ = row
            if corrects is not None:
                original = self.model.lines[corrects]
                original.credited += quantity
                original.credited_net += net
                assert original.credited <= original.quantity
                assert original.credited_net <= original.net
                if original.credited == original.quantity:
                    assert original.credited_net <= original.net
            else:
                self.model.lines[id_] = Line(document, line_no, quantity, net)
            if delivery_line is not None:
                delivered = self.model.delivered[delivery_line]
                assert not delivered.is_billed
                assert abs(delivered.quantity) == quantity
                delivered.is_billed = True
            yield row

    @staticmethod
    def _check_invoice(lines: Sequence[tuple[Any, ...]], tax: int) -> None:
        """BT-131 and BT-117 by hand."""
        by_rate: Counter[Decimal] = Counter()
        for *_, quantity, net, price, rate in lines:
            assert net == half_up(quantity * price * 100)
            by_rate[rate] += net
        assert tax == sum(half_up(net * rate / 100) for rate, net in by_rate.items())

    def learn_receipts(self, expected: Sequence[tuple[str, int, UUID | None]]) -> None:
        """The receipts of the last command: exactly those expected (text, minor, customer)."""
        rows = self.rows(
            "SELECT i.id, i.customer_id, i.currency, i.original_minor, r.text, i.number"
            " FROM receipts_receipt r JOIN receivables_open_item i"
            " ON i.company_id = r.company_id AND i.receipt_id = r.id"
            " WHERE r.company_id = %(company)s AND r.recorded_at = %(now)s",
            now=self.now,
        )
        assert Counter((row[4], row[3], row[1]) for row in rows) == Counter(expected)
        for id_, customer, currency, minor, text, number in rows:
            self.model.items[id_] = Item(
                id_, "credit", "receipt", number, customer, currency, minor, minor, text
            )

    def learn_links(self) -> list[Link]:
        """The allocations of the last command, moved in the model as well."""
        rows = self.rows(
            "SELECT id, credit_item_id, debit_item_id, amount_minor FROM receivables_allocation"
            " WHERE company_id = %(company)s AND recorded_at = %(now)s AND reverses_id IS NULL",
            now=self.now,
        )
        links = [Link(*row) for row in rows]
        for link in links:
            self.model.apply(link)
        self.model.name_payers(links)
        return links

    def check(self) -> None:
        """The tables of open items and of money say what the model says."""
        stored = {
            row[0]: row[1:]
            for row in self.rows(
                "SELECT id, open_minor, original_minor, customer_id, currency"
                " FROM receivables_open_item WHERE company_id = %(company)s"
            )
        }
        assert stored == {
            item.id: (item.open, item.original, item.customer, item.currency)
            for item in self.model.items.values()
        }
        money = self.rows(
            "SELECT p.currency, sum(p.debit_minor - p.credit_minor) FROM ledger_posting p"
            " JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id"
            " WHERE p.company_id = %(company)s AND a.control IN ('bank', 'cash') GROUP BY 1",
        )
        expected = {c: minor for c, minor in self.model.money.items() if minor}
        assert {row[0]: row[1] for row in money if row[1]} == expected


def refused(work: Callable[[], Outcome]) -> bool:
    """Whether the command said no, by its answer or as a whole."""
    try:
        outcome = work()
    except Refused:
        return True
    return bool(outcome.faults)
