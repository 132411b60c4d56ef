"""Money of a payer who is known by his account, before there is anything that it could settle."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.ui_figures.conftest import bank
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.world import World

pytestmark = pytest.mark.django_db
AHEAD = 20_000


def pay(world: World, iban: str, name: str) -> None:
    move = Movement(AHEAD, "Anzahlung Auftrag 7", payer=name, iban=iban)
    body = statement_bytes([move], on=world.today, reference="S1")
    file = StatementFile(key="S1.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()
    propose(ctx=world.ctx(), items=[])


def shown(clerk: Client) -> str:
    receipt = Receipt.objects.get(amount_minor=AHEAD)
    return clerk.get(f"/apply/{to_public('receipt', receipt.id)}").content.decode()


def test_the_customer_is_named_and_gets_the_money_by_one_press(world: World) -> None:
    (kunde,) = customers(world, 1)
    pay(world, kunde.iban, "K. Privatkonto")
    clerk = browser(world, "cash_clerk")
    page = shown(clerk)
    assert "not known yet" not in page
    assert f"The account is that of {kunde.name}" in page
    address = reverse("apply_payer", args=[to_public("receipt", Receipt.objects.get().id)])
    clerk.post(address, {"customer": to_public("customer", kunde.id)})
    item = OpenItem.objects.get(kind="receipt")
    assert (item.customer_id, item.open_minor) == (kunde.id, AHEAD)
    assert "The account is that of" not in shown(clerk)


def test_an_account_of_nobody_or_of_two_names_none(world: World) -> None:
    one, two = customers(world, 2)
    Customer.objects.filter(id=two.id).update(iban=one.iban)
    pay(world, one.iban, "K. Privatkonto")
    page = shown(browser(world, "cash_clerk"))
    assert "not known yet" in page and "The account is that of" not in page


def test_money_that_came_twice_is_said_to_be_that(world: World) -> None:
    (kunde,) = customers(world, 1)
    (item,) = issue(world, [Doc(kunde.id, AHEAD, issued_on=world.today)])
    move = Movement(AHEAD, item.number, payer=kunde.name, iban=kunde.iban)
    bank(world, move, move)  # as often as the file carries it
    propose(ctx=world.ctx(), items=[])
    item.refresh_from_db()
    assert item.open_minor == 0
    left = OpenItem.objects.get(kind="receipt", open_minor=AHEAD)
    clerk = browser(world, "cash_clerk")
    page = clerk.get(f"/apply/{to_public('receipt', left.receipt_id)}").content.decode()
    assert "Paid a second time?" in page and "or until it is paid back" in page
    assert "Paid in advance?" not in page


def test_what_is_left_of_money_that_was_applied_is_called_so(world: World) -> None:
    (kunde,) = customers(world, 1)
    (item,) = issue(world, [Doc(kunde.id, 15_000, issued_on=world.today)])
    bank(world, Movement(AHEAD, "Zahlung", payer=kunde.name, iban=kunde.iban))
    receipt, claim = to_public("receipt", Receipt.objects.get().id), to_public("open_item", item.id)
    clerk = browser(world, "cash_clerk")
    assert "The matcher has not looked at this money" in shown(clerk)
    wish = {"item": [claim], f"amount-{claim}": "150.00", "key": "one"}
    clerk.post(reverse("apply_allocation", args=[receipt]), wish)
    page = shown(clerk)
    assert "This was left over when the money was applied." in page
    assert "has not looked at" not in page


def test_who_cannot_be_asked_is_said_without_the_place_in_a_batch(world: World) -> None:
    pay(world, "DE89370400440532013000", "Somebody")
    receipt = to_public("receipt", Receipt.objects.get().id)
    clerk = browser(world, "cash_clerk")
    answer = clerk.post(reverse("apply_question", args=[receipt]), {"key": "one"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "nobody knows whose money this is" in page
    assert "items[" not in page
