"""Where lines are made: what is still free in the books, and how a line gets written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from benchmarks.cash import texts
from benchmarks.cash.books import AS_OF
from benchmarks.cash.people import iban_of, odd_payer, payer_name
from benchmarks.cash.profiles import Profile
from benchmarks.cash.world import Case, Customer, Item, Line, Truth

LUMP_MAX = 60


class Bench:
    """The case, its free items and one source of chance."""

    def __init__(self, case: Case, profile: Profile, draw: Random) -> None:
        self.case, self.profile, self.draw = case, profile, draw
        self.people = {customer.id: customer for customer in case.customers}
        self.free: dict[str, list[Item]] = {}
        self.credits: dict[str, list[Item]] = {}
        for item in case.items:
            kind = self.credits if item.kind == "credit" else self.free
            kind.setdefault(item.customer, []).append(item)
        self.order = [item for item in case.items if item.kind == "invoice"]
        draw.shuffle(self.order)
        self.taken: set[str] = set()

    def free_of(self, customer: str) -> list[Item]:
        """The customer's invoices that no line has paid yet, oldest first."""
        left = [item for item in self.free.get(customer, ()) if item.id not in self.taken]
        self.free[customer] = left
        return left

    def somebody(self, *, least: int = 1, where: Callable[[Customer], bool] | None = None) -> str:
        """A customer with so many free items, more often one with many; "" when none is found."""
        order = self.order
        tries = 60
        while order and tries:
            at = self.draw.randrange(len(order))
            item = order[at]
            if item.id in self.taken:
                order[at] = order[-1]
                order.pop()
                continue
            tries -= 1
            customer = self.people[item.customer]
            if where and not where(customer):
                continue
            if len(self.free_of(customer.id)) >= least:
                return customer.id
        return ""

    def one(self, where: Callable[[Customer], bool] | None = None) -> Item | None:
        """One free item, the oldest of its customer where that is the customer's habit."""
        customer = self.somebody(where=where)
        if not customer:
            return None
        left = self.free_of(customer)
        is_oldest = self.people[customer].habits.pays_oldest and self.draw.random() < 0.7
        return left[0] if is_oldest else self.draw.choice(left)

    def several(self, least: int, most: int) -> list[Item]:
        """Free items of one customer with a structure: all that is due, the oldest, or any."""
        customer = self.somebody(least=least)
        left = self.free_of(customer)[: LUMP_MAX * 2] if customer else []
        if len(left) < least:
            return []
        size = min(len(left), most, least + int(self.draw.expovariate(0.35)))
        way = self.draw.random()
        if way < 0.3:
            due = [item for item in left if item.due <= AS_OF][:most]
            return due if len(due) >= least else left[:size]
        if way < 0.75:
            start = 0 if self.draw.random() < 0.7 else self.draw.randrange(len(left) - size + 1)
            return left[start : start + size]
        return sorted(self.draw.sample(left, size), key=lambda item: item.serial)

    def quote(self, items: Sequence[Item]) -> str:
        """The references of the items as their customer writes them."""
        habits = self.people[items[0].customer].habits
        written = [texts.written(i.number, i.serial, habits.style, self.draw) for i in items]
        joiner = (
            habits.joiner if self.draw.random() < 0.8 else self.draw.randrange(len(texts.JOINERS))
        )
        return texts.JOINERS[joiner].join(written)

    def put(
        self,
        name: str,
        *,
        customer: Customer,
        amount: int,
        text: str,
        items: dict[Item, int],
        reason: str,
        residue: int = 0,
        currency: str = "",
        payer: Customer | None = None,
        end_to_end: str = "",
    ) -> None:
        """Write the line and its truth. ``text`` is what the payer typed; the bank adds its own."""
        draw, profile = self.draw, self.profile
        day = AS_OF - timedelta(days=draw.randrange(3))
        habits = customer.habits
        if draw.random() < profile.noise:
            text = texts.noisy(text, customer.id, day, draw)
        if draw.random() < profile.line_break:
            text = texts.broken(text, draw)
        text = texts.wrapped(text, habits.wrapper, day, draw, profile.advice_cut)
        payer_text, iban = self._payer(payer or customer)
        line = Line(
            id=f"L{len(self.case.lines) + 1:07}",
            date=day,
            amount=amount,
            currency=currency or customer.currency,
            payer_name=payer_text,
            payer_iban=iban,
            end_to_end_id=end_to_end,
            text=text.upper() if habits.upper else text,
        )
        self.case.lines.append(line)
        truth = {item.id: credited for item, credited in items.items()}
        self.case.truth.append(Truth(line.id, name, truth, reason, residue))

    def take(self, items: Sequence[Item]) -> None:
        self.taken.update(item.id for item in items)

    def _payer(self, payer: Customer) -> tuple[str, str]:
        draw, profile = self.draw, self.profile
        if draw.random() < profile.odd_payer:
            return odd_payer(draw)
        if draw.random() < profile.new_account:
            return payer_name(payer, draw), iban_of(payer.country, draw)
        iban = draw.choice(payer.ibans) if payer.habits.quotes_account else ""
        return payer_name(payer, draw), iban

    def exact(self, name: str, item: Item, text: str, *, end_to_end: str = "") -> bool:
        """One item paid in full."""
        self.take([item])
        self.put(
            name,
            customer=self.people[item.customer],
            amount=item.open,
            text=text,
            items={item: item.open},
            reason="reference",
            end_to_end=end_to_end,
        )
        return True

    def lump(self, name: str, items: Sequence[Item], text: str, reason: str = "lump") -> bool:
        """Several items paid in full."""
        if not items:
            return False
        self.take(items)
        self.put(
            name,
            customer=self.people[items[0].customer],
            amount=sum(item.open for item in items),
            text=text,
            items={item: item.open for item in items},
            reason=reason,
        )
        return True

    def short(self, name: str, item: Item, less: int, reason: str, *, credited: int = 0) -> bool:
        """One item paid with ``less`` missing; ``credited`` in full where nothing is given."""
        if not 0 < less < item.open:
            return False
        self.take([item])
        self.put(
            name,
            customer=self.people[item.customer],
            amount=item.open - less,
            text=self.quote([item]),
            items={item: credited or item.open},
            reason=reason,
            residue=0 if credited else -less,
        )
        return True
