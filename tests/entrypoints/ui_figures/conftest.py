"""A company with five receipts of five kinds, on the day the pages are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from acquit.core.ids import to_public
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World, living_today


@dataclass
class Scene:
    world: World
    customers: list[Customer]
    items: list[OpenItem]

    def receipt(self, minor: int) -> str:
        """The public id of the receipt with this amount."""
        row = Receipt.objects.of(self.world.company_id).get(amount_minor=minor)
        return to_public("receipt", row.id)

    def open(self, index: int) -> int:
        return int(OpenItem.objects.get(id=self.items[index].id).open_minor)


@pytest.fixture
def world(db: None) -> World:
    """Pages read the clock, so this company lives today."""
    return living_today()


@pytest.fixture
def scene(world: World) -> Scene:
    """One receipt posted by rule, two suggested, two that need somebody; and money out."""
    one, other = customers(world, 2)
    issued = world.today - timedelta(days=40)
    items = issue(
        world,
        [
            Doc(one.id, 10_000, issued_on=issued),
            Doc(one.id, 8_000, issued_on=issued),
            Doc(other.id, 7_700, issued_on=issued),
            Doc(other.id, 5_500, issued_on=issued),
        ],
    )
    movements = [
        Movement(10_000, f"invoice {items[0].number}", payer="Kunde Eins", iban=one.iban),
        Movement(3_000, f"{items[1].number.lower()} part"),
        Movement(2_500, f"for {items[3].number} <b>thanks</b>", payer="Zwei"),
        Movement(999, "who am I"),
        Movement(888, "nobody either"),
        Movement(-50, "charges"),
    ]
    bank(world, *movements)
    propose(ctx=world.ctx(), items=[])
    return Scene(world, [one, other], items)


def bank(world: World, *movements: Movement, reference: str = "S1", wrong: int = 0) -> None:
    """Import a file; ``wrong`` makes its closing balance differ by so much."""
    closing = sum(m.minor for m in movements) + wrong
    body = statement_bytes(
        list(movements), on=world.today, reference=reference, closing_minor=closing
    )
    file = StatementFile(key=f"{reference}.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file])
