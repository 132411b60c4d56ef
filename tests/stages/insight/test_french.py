"""What a French company tells its platform: cash of services per VAT rate, sales of a month."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from acquit.core.codecs import cdar, flux10
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import EReport, Transmission
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.dispatch.queries.statuses import statuses
from acquit.stages.insight import verify
from acquit.stages.insight.queries.french import CannotTell, Told, told
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.masterdata.commands.settings import Settings, save_settings
from acquit.stages.receivables.commands.allocate import allocate
from acquit.stages.receivables.commands.settling import NewAllocation
from acquit.stages.receivables.commands.undo import Undo, undo
from acquit.stages.receivables.models import OpenItem
from tests.support.api import Api, new_key
from tests.support.invoices import Sold, customer, deliver
from tests.support.money import Incoming, receive
from tests.support.pages import browser
from tests.support.world import World, new_world

HOURS = (Sold(quantity="10", price="80.00", unit="HUR"), Sold(price="200.00", tax_code="R"))
GOODS = (Sold(price="50.00"),)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


@pytest.fixture
def french(db: None) -> World:
    return new_world(
        country="FR",
        slug="atelier",
        on=date(2026, 10, 2),
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


def tell(world: World, kind: Transmission = Transmission.INITIAL, period: Period = OCTOBER) -> Told:
    return told(
        company_id=world.company_id,
        country=world.company.country,
        period=period,
        platform="0123",
        kind=kind,
        now=datetime(2026, 11, 1, 9, tzinfo=UTC),
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
    (one,) = statuses(company_id=french.company_id)
    assert (one.allocation_id, one.amount, one.rule) == (
        allocation, Money(60000, "EUR"), "collected shipped row 1",
    )  # fmt: skip
    found = tell(french)
    assert [(each.kind, each.of) for each in found.messages] == [("status", 1)]
    assert not found.faults
    assert not found.untrue
    said = status(found.messages[0].data)
    assert (said.status, said.effective_at) == ("212", datetime(2026, 10, 5))
    assert said.collected("EUR") == Money(60000, "EUR")
    assert tell(french).messages == found.messages  # told again, it is the same message
    french.on("2026-11-02")
    undo(ctx=french.ctx(reason="not theirs"), items=[Undo(allocation_id=allocation)])
    assert tell(french).messages == found.messages
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    again = tell(french, period=november)
    (back,) = again.messages
    assert status(back.data).collected("EUR") == Money(-60000, "EUR")
    assert not again.untrue


def test_each_payment_is_told_once_and_only_what_was_told_is_taken_back(french: World) -> None:
    claim = sell(french, "C-1", HOURS, **BUSINESS)
    first, second = pay(french, claim, 10000), pay(french, claim, 20000)
    none = (Row(("", "", "", "", ""), ("none",)),)
    item = NewVersion(
        name="collected", table=replace(shipped("collected"), rows=none).to_dict(),
        valid_from=french.today, note="we pay the tax when we invoice",
    )  # fmt: skip
    save(ctx=french.ctx(), items=[item]).or_refuse()
    third = pay(french, claim, 30000)
    undo(ctx=french.ctx(reason="bounced"), items=[Undo(allocation_id=first)])
    undo(ctx=french.ctx(reason="bounced"), items=[Undo(allocation_id=third)])
    told_of = [one.amount.minor for one in statuses(company_id=french.company_id)]
    assert sorted(told_of) == [-10000, 10000, 20000]
    assert second in {one.allocation_id for one in statuses(company_id=french.company_id)}


def test_nobody_is_told_where_the_payment_does_not_make_the_tax_due(french: World) -> None:
    """The buyer owes it, or the company pays it when it invoices (option pour les débits)."""
    hours = replace(HOURS[0], tax_code="AE")
    claim = sell(french, "C-1", (hours,), **BUSINESS)
    pay(french, claim, claim.original_minor)
    assert not statuses(company_id=french.company_id)
    save_settings(ctx=french.ctx(), items=[Settings(vat_due="invoice")]).or_refuse()
    claim = sell(french, "C-2", HOURS, **BUSINESS)
    pay(french, claim, claim.original_minor)
    assert not statuses(company_id=french.company_id)
    save_settings(ctx=french.ctx(), items=[Settings(vat_due="payment")]).or_refuse()
    claim = sell(french, "C-3", HOURS, **BUSINESS)
    pay(french, claim, claim.original_minor)
    assert len(statuses(company_id=french.company_id)) == 1


def test_money_moves_even_where_the_network_refuses_the_message(db: None) -> None:
    world = new_world(
        country="FR", slug="sans", on=date(2026, 8, 20), vat_id="FR44732829320",
        registration_id="RCS Paris B", iban="FR1420041010050500013M02606",
    )  # fmt: skip
    claim = sell(world, "C-1", HOURS, **BUSINESS)
    world.on("2026-10-05")
    pay(world, claim, claim.original_minor)
    claim.refresh_from_db()
    assert claim.open_minor == 0
    found = tell(world)
    assert not found.messages
    assert {fault.rule for fault in found.faults} == {"BR-FR-CDV-13"}
    assert verify.run(company_id=world.company_id, now=world.ctx().now)["ok"]


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
    french.on("2026-11-02")
    undo(ctx=french.ctx(reason="bounced"), items=[Undo(allocation_id=allocation)])
    november = tell(french, period=Period(date(2026, 11, 1), date(2026, 11, 30)))
    assert november.untrue == (date(2026, 10, 2),)
    again = tell(french, Transmission.RECTIFIED)
    assert [one.kind for one in again.messages] == ["sales"]  # nothing was collected after all
    assert report(again.messages[0].data).kind is Transmission.RECTIFIED


def test_page_and_api_hand_out_the_messages(french: World) -> None:
    claim = sell(french, "C-1", HOURS, **BUSINESS)
    sell(french, "C-2", HOURS)
    pay(french, claim, 60000)
    client = browser(french, "accountant")
    wrong = client.get("/ledger/e-reporting?day=2026-10-09&platform=1")
    assert wrong.status_code == 422
    asked = "/ledger/e-reporting?day=2026-10-09&platform=0123"
    names = [one.name for one in tell(french).messages]
    page = client.get(asked).content.decode()
    assert len(names) == 2 and all(name in page for name in names)
    with zipfile.ZipFile(io.BytesIO(client.get(f"{asked}&file=zip").content)) as package:
        assert package.namelist() == names
    assert claim.document_id
    document = to_public("document", claim.document_id)
    history = client.get(f"/invoices/{document}").content.decode()
    url = history.partition('href="/invoices/' + document + "/statuses/")[2].partition('"')[0]
    said = client.get(f"/invoices/{document}/statuses/{url}").content
    assert status(said).collected("EUR") == Money(60000, "EUR")
    api = Api(new_key(french, "read.dispatch", "read.insight"))
    (one,) = api.get("/statuses", invoice=document)["items"]
    assert (one["amount"], one["message"].encode()) == ("600.00", said)
    answer = api.get("/e-report", month="2026-10-01", platform="0123")
    assert [each["name"] for each in answer["messages"]] == names
    assert "E-reporting" in client.get("/ledger").content.decode()


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
