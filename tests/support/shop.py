"""A company that has delivered: drafts ready, drafts that lack a reference, issued documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from acquit.core.ids import to_public
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.masterdata.models import Customer
from tests.support.invoices import Sold, customer, deliver
from tests.support.world import World


@dataclass
class Shop:
    world: World
    customers: list[Customer] = field(default_factory=list)

    @property
    def company_id(self) -> UUID:
        return self.world.company_id

    def buyer(self, **more: object) -> Customer:
        made = customer(self.world, f"C-{len(self.customers) + 1}", **more)
        self.customers.append(made)
        return made

    def drafts(self, state: str = "") -> list[Draft]:
        rows = Draft.objects.of(self.company_id).order_by("created_at", "id")
        return list(rows.filter(state=state) if state else rows)

    def draft_keys(self, state: str) -> list[str]:
        return [to_public("draft", row.id) for row in self.drafts(state)]

    def documents(self) -> list[Document]:
        return list(Document.objects.of(self.company_id).order_by("series_number"))

    def fill(self, *, ready: int, lacking: int = 0) -> None:
        """That many drafts; public buyers need a buyer reference that they have not given."""
        for _ in range(ready):
            deliver(self.world, self.buyer(), [Sold("2", "50.00"), Sold("1", "10.00", "B-2")])
        for _ in range(lacking):
            deliver(self.world, self.buyer(segment="public"))
        bill(ctx=self.world.ctx(), as_of=self.world.today, straight_through=False)

    def issue(self, count: int = 1) -> list[Document]:
        """That many issued invoices of 110.00 net each, to buyers of their own."""
        self.fill(ready=count)
        items = [Issuing(draft_id=row.id) for row in self.drafts("ready")]
        issue(ctx=self.world.ctx(), items=items)
        return self.documents()
