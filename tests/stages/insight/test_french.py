"""What a French company tells its platform: cash of services per VAT rate, sales of a month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from acquit.core.codecs import cdar, flux10
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import EReport, Transmission
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.money import Money
from acquit.stages.insight.queries.french import CannotTell, Told, told
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.receivables.commands.allocate import allocate
from acquit.stages.receivables.commands.settling import NewAllocation
from acquit.stages.receivables.commands.undo import Undo, undo
from acquit.stages.receivables.models import OpenItem
from tests.support.invoices import Sold, customer, deliver
from tests.support.money import Incoming, receive
from tests.support.world import World, new_world

HOURS = (Sold(quantity="10", price="80.00", unit="HUR"), Sold(price="200.00", tax_code="R"))
GOODS = (Sold(price="50.00"),)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def french(db: None) -> World:
    return new_world(
        country="FR",
        slug="atelier",
        on=date(2026, 3, 2),
        vat_id="FR44732829320",
        registration_id="732829320",
        iban="FR1420041010050500013M02606",
    )


def sell(world: World, number: str, lines: tuple[Sold, ...], **buyer: object) -> OpenItem:
    """One issued invoice of the buyer; its open item."""
    who = customer(world, number, locale="fr_FR", **{"country": "FR", **buyer})
    deliver(world, who, lines)
    bill(ctx=world.ctx(), as_of=world.today)
    assert not [d.faults for d in Draft.objects.of(world.company_id)]
    document = Document.objects.of(world.company_id).get(customer=who)
    return OpenItem.objects.of(world.company_id).get(document_id=document.id)


def pay(world: World, claim: OpenItem, minor: int) -> UUID:
    (money,) = receive(world, [Incoming(minor, claim.customer_id, account="512000")])
    wish = NewAllocation(
        debit_item_id=claim.id, credit_item_id=money.id, amount=Money(minor, "EUR"), key="1"
    )
    (made,) = allocate(ctx=world.ctx(), items=[wish]).items
    assert made.id
    return made.id


def tell(world: World, kind: Transmission = Transmission.INITIAL, period: Period = MARCH) -> Told:
    return told(
        company_id=world.company_id,
        country=world.company.country,
        period=period,
        platform="0123",
        kind=kind,
        now=datetime(2026, 4, 1, 9, tzinfo=UTC),
    )


def status(data: bytes) -> LifecycleStatus:
    (part,) = cdar.read_file(data=data).parts
    assert part.reading.document
    return part.reading.document


def report(data: bytes) -> EReport:
    (part,) = flux10.read_file(data=data).parts
    assert part.reading.document
    return part.reading.document


BUSINESS = {"vat_id": "FR40303265045", "registration_id": "303265045"}


def test_cash_of_services_to_a_french_business_is_a_status_with_its_rates(french: World) -> None:
    claim = sell(french, "C-1", HOURS, **BUSINESS)
    goods = sell(french, "C-2", GOODS, **BUSINESS)
    french.later(3)
    allocation = pay(french, claim, 60000)
    pay(french, goods, goods.original_minor)
    found = tell(french)
    assert [(one.kind, one.of) for one in found.messages] == [("status", 1)]
    assert not found.faults
    assert not found.untrue
    said = status(found.messages[0].data)
    assert (said.status, said.effective_at) == ("212", datetime(2026, 3, 5))
    assert said.collected("EUR") == Money(60000, "EUR")
    assert tell(french).messages == found.messages  # told again, it is the same message
    french.on("2026-04-02")
    undo(ctx=french.ctx(reason="not theirs"), items=[Undo(allocation_id=allocation)])
    assert tell(french).messages == found.messages
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    (back,) = tell(french, period=april).messages
    assert status(back.data).collected("EUR") == Money(-60000, "EUR")


def test_everybody_else_is_reported_by_invoice_or_by_day(french: World) -> None:
    consumer = sell(french, "C-1", HOURS)
    abroad = sell(french, "C-2", HOURS, country="DE", vat_id="DE123456788")
    french.later(1)
    pay(french, consumer, consumer.original_minor)
    pay(french, abroad, abroad.original_minor)
    found = tell(french)
    assert not found.faults
    sales, paid = (report(one.data) for one in found.messages)
    assert [one.buyer.vat_id for one in sales.invoices] == ["DE123456788"]
    by_category = {one.category.value: one for one in sales.transactions}
    assert by_category["TPS1"].net == Money(80000, "EUR")
    assert by_category["TLB1"].net == Money(20000, "EUR")
    (one,) = paid.collections
    assert one.paid_on == french.today
    # Only what the hours brought in, with their tax of 20 %.
    assert [(row.rate, row.amount) for row in one.rates] == [(Decimal(20), Money(96000, "EUR"))]
    assert [row.invoice for row in paid.payments] == [
        Document.objects.of(french.company_id).get(id=abroad.document_id).number
    ]


def test_what_is_taken_back_later_makes_an_earlier_month_untrue(french: World) -> None:
    consumer = sell(french, "C-1", HOURS)
    allocation = pay(french, consumer, consumer.original_minor)
    french.on("2026-04-02")
    undo(ctx=french.ctx(reason="bounced"), items=[Undo(allocation_id=allocation)])
    april = tell(french, period=Period(date(2026, 4, 1), date(2026, 4, 30)))
    assert april.untrue == (date(2026, 3, 2),)
    again = tell(french, Transmission.RECTIFIED)
    assert [one.kind for one in again.messages] == ["sales"]  # nothing was collected after all
    assert report(again.messages[0].data).kind is Transmission.RECTIFIED


def test_a_company_elsewhere_has_no_french_platform(world: World) -> None:
    with pytest.raises(CannotTell):
        tell(world)


def test_the_number_of_queries_does_not_grow(
    french: World, django_assert_max_num_queries: object
) -> None:
    for number in range(3):
        pay(french, sell(french, f"C-{number}", HOURS), 1000)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        tell(french)
