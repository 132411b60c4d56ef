"""Paying several documents by one transfer: choose, get one reference, see that it arrived."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from acquit.core.codecs.pdf.codes import epc_qr
from acquit.core.money import Money
from acquit.core.payment_references import read_reference
from acquit.stages.dispatch.commands.render import render
from acquit.stages.invoices.models import Document
from acquit.stages.matching.commands import propose
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Advice
from acquit.stages.receivables.models import OpenItem
from tests.entrypoints.portal.test_portal import linked
from tests.support.invoices import Sold, deliver
from tests.support.money import Movement, statement_bytes
from tests.support.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def documents(shop: Shop) -> list[Document]:
    """Three documents of one customer, and one of another."""
    shop.fill(ready=2)
    for price in ("40.00", "7.50"):
        deliver(shop.world, shop.customers[0], [Sold("1", price)])
    made = shop.issue(0)
    render(ctx=shop.world.ctx(), items=[one.id for one in made]).or_refuse()
    first = shop.customers[0].id
    return sorted(made, key=lambda one: (one.customer_id != first, one.series_number))


def keys(page: str) -> list[str]:
    return re.findall(r'name="item" value="(\w+)"', page)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def test_all_or_some_by_one_reference(shop: Shop, documents: list[Document]) -> None:
    *mine, other = documents
    path, _ = linked(shop, mine[0].id)
    guest = Client(enforce_csrf_checks=False)
    assert f"{path}/together" in guest.get(path).content.decode()
    alone, _ = linked(shop, other.id)
    assert f"{alone}/together" not in guest.get(alone).content.decode()  # nothing else is open
    page = guest.get(f"{path}/together").content.decode()
    assert all(one.number in page for one in mine)
    assert other.number not in page
    assert len(keys(page)) == 3
    assert page.count(" checked") == 1  # the one whose link it is
    assert not Advice.objects.exists()  # looking declares nothing
    (gross,) = [sum(one.gross_minor for one in mine)]
    answer = guest.post(f"{path}/together", {"all": "1"})
    assert answer.status_code == 302
    bundle = guest.get(answer["Location"]).content.decode()
    advice = Advice.objects.of(shop.company_id).get()
    assert (advice.amount_minor, advice.parts) == (gross, 3)
    reference = read_reference(advice.number)
    assert reference is not None
    assert reference.printed in text_of(bundle)
    assert f"{gross // 100},{gross % 100:02}" in text_of(bundle)
    drawn = guest.get(f"{answer['Location']}/qr.svg").content.decode()
    assert drawn == epc_qr(
        amount=Money(gross, "EUR"),
        iban=shop.world.company.iban,
        bic=shop.world.company.bic,
        name=shop.world.company.name,
        remittance=advice.number,
    )
    # Sent again it is the same, and another customer's link shows nothing of it.
    assert guest.post(f"{path}/together", {"all": "1"})["Location"] == answer["Location"]
    assert guest.get(answer["Location"].replace(path, alone)).status_code == 404
    assert guest.get(f"{path}/together/adv_1").status_code == 404


def test_what_is_typed_is_judged_and_kept(shop: Shop, documents: list[Document]) -> None:
    path, _ = linked(shop, documents[0].id)
    guest = Client()
    first, second, third = keys(guest.get(f"{path}/together").content.decode())

    def send(*amounts: tuple[str, str]) -> str:
        wish: dict[str, object] = {"item": [key for key, _text in amounts]}
        wish |= {f"amount-{key}": text for key, text in amounts}
        answer = guest.post(f"{path}/together", wish)
        if answer.status_code == 302:
            return answer["Location"]
        assert answer.status_code == 422
        page: str = answer.content.decode()
        assert 'role="alert"' in page
        assert all(f'value="{text}"' in page for _key, text in amounts)
        return ""

    assert send() == ""
    assert send((first, "viel")) == ""
    assert send((first, "10"), (second, "999999")) == ""
    assert send((first, "-10")) == ""
    assert not Advice.objects.exists()
    place = send((first, "1,50"), (third, "8.93"))
    assert place
    assert list(Advice.objects.of(shop.company_id).values_list("amount_minor", flat=True)) == [
        1_043
    ]
    assert (
        Client(enforce_csrf_checks=True).post(f"{path}/together", {"all": "1"}).status_code == 403
    )


def test_the_transfer_arrives(shop: Shop, documents: list[Document]) -> None:
    *mine, other = documents
    path, _ = linked(shop, mine[1].id)
    guest = Client()
    place = guest.post(f"{path}/together", {"all": "1"})["Location"]
    advice = Advice.objects.of(shop.company_id).get()
    world = shop.world
    money = Movement(advice.amount_minor, f"zahlung {advice.number}", payer="Schwester AG")
    body = statement_bytes([money], on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    propose(ctx=world.ctx(), items=[])
    left = OpenItem.objects.of(shop.company_id).filter(open_minor__gt=0)
    assert [item.document_id for item in left] == [other.id]
    page = guest.get(place).content.decode()
    assert "qr.svg" not in page  # it is paid
    assert guest.get(f"{path}/together").content.decode().count('name="item"') == 0
