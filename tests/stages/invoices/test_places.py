"""Where goods go that do not go to the customer's own address: from the order and the delivery to
every syntax, the paper and the delivery note; one on a document, else one beside each line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from acquit.access.models import Company
from acquit.core.codecs import formats, pdf
from acquit.core.codecs.pdf.branding import Branding
from acquit.core.documents.amounts import Price
from acquit.core.documents.invoice import Invoice, Item
from acquit.core.documents.order import Order as BuyersOrder
from acquit.core.documents.order import OrderLine as BuyersLine
from acquit.core.documents.parties import Address, DeliveryInformation, Identifier
from acquit.core.documents.trade import TradeParty
from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.entrypoints.papers import delivery_note
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.orders import queries as orders
from acquit.stages.orders.models import Delivery, Order
from acquit.stages.orders.rules.places import Place
from tests.support.invoices import customer, deliver
from tests.support.orders import codes, figures, import_content, some_customers, some_items
from tests.support.world import World

DAY = date(2026, 3, 2)
GLN = "4000001123452"
HALL = Place("Halle 3", GLN, "Kaiweg 9", "Tor B", "20457", "Hamburg", "", "DE")
SHOP = Place("Boutique", "", "Rue du Port 7", "", "67000", "Strasbourg", "", "FR")
ORDERS = f"""order_number,customer_number,item_code,quantity,unit_price,ordered_on,delivered,\
deliver_to_name,deliver_to_location,deliver_to_street,deliver_to_street_2,deliver_to_postcode,\
deliver_to_city,deliver_to_country
O-1,C-1,A,2,10.00,2026-03-02,yes,Halle 3,{GLN},Kaiweg 9,Tor B,20457,Hamburg,
O-2,C-1,A,1,10.00,2026-03-02,yes,,,Weg 1,,10115,Berlin,DE
O-3,C-1,A,4,10.00,2026-03-02,,Halle 3,,Kaiweg 9,,20457,Hamburg,DE
O-4,C-1,A,1,10.00,2026-03-02,yes,,{GLN},,,,,
O-5,C-1,A,1,10.00,2026-03-02,yes,,,Weg 2,,10115,Berlin,DX
""".encode()
DELIVERIES = b"""delivery_number,order_number,delivered_on,line_no,quantity,deliver_to_name,\
deliver_to_street,deliver_to_postcode,deliver_to_city,deliver_to_country
D-3a,O-3,2026-03-02,1,1,,,,,
D-3b,O-3,2026-03-02,1,1,Boutique,Rue du Port 7,67000,Strasbourg,FR
D-3c,O-3,2026-03-02,1,1,,Weg 1,10115,Berlin,
D-3d,O-3,2026-03-02,1,1,Halle 3,Kaiweg 9,20457,Hamburg,DE
"""


def documents(world: World) -> list[Invoice]:
    ids = list(Document.objects.order_by("number").values_list("id", flat=True))
    return queries.canonical(company_id=world.company_id, document_ids=ids)


def text_of(body: bytes) -> str:
    return " ".join(PdfReader(BytesIO(body)).pages[0].extract_text().split())


@pytest.fixture
def sold(world: World) -> World:
    world.on(DAY.isoformat())
    some_customers(world, "C-1", street="Weg 1", city="Berlin", postcode="10115")
    some_items(world, "A")
    done = import_content(world, ORDERS, "standard")
    assert figures(done) == (5, 4, 1, 0)
    assert codes(done.figures["faults"]) == [(6, "place.country")]
    more = import_content(world, DELIVERIES, "standard", kind="deliveries")
    assert figures(more) == (4, 4, 0, 0)
    return world


def test_a_document_names_the_place_in_every_syntax_and_on_paper(sold: World) -> None:
    assert bill(ctx=sold.ctx(), as_of=DAY).figures["held"] == 0
    own = Address("DE", street="Weg 1", city="Berlin", postcode="10115")
    hall = Address("DE", "Kaiweg 9", "Tor B", city="Hamburg", postcode="20457")
    number = Identifier(GLN, "0088")
    plain_hall = DeliveryInformation("Halle 3", None, DAY, replace(hall, street_2=None))
    found = documents(sold)
    assert sorted(
        ((one.references.sales_order, len(one.lines), one.delivery) for one in found), key=str
    ) == sorted(
        [
            ("O-1", 1, DeliveryInformation("Halle 3", number, DAY, hall)),
            ("O-2", 1, DeliveryInformation(None, None, DAY, own)),
            ("O-4", 1, DeliveryInformation(None, number, DAY, None)),
            ("O-3", 2, plain_hall),  # two deliveries to the place of the order
            ("O-3", 1, DeliveryInformation(None, None, DAY, own)),
            (
                "O-3",
                1,
                replace(
                    plain_hall,
                    name="Boutique",
                    address=Address("FR", "Rue du Port 7", city="Strasbourg", postcode="67000"),
                ),
            ),
        ],
        key=str,
    )
    for one in found:
        for to in ("ubl", "cii", "edifact", "x12"):
            (back,) = formats.read(data=formats.write(document=one, to=to).data).documents
            assert isinstance(back, Invoice) and back.delivery is not None, to
            # N1 of X12 cannot be without a name.
            nameless = to == "x12" and one.delivery and not one.delivery.name
            place = replace(back.delivery, name=None) if nameless else back.delivery
            assert place == one.delivery, to
    said = [
        text_of(pdf.render(document=one, branding=Branding(), locale="de", mentions=()))
        for one in found
    ]
    assert sum("Lieferanschrift: Halle 3" in text for text in said) == 2
    assert sum("Lieferanschrift" in text for text in said) == 3  # not the customer's own

    first = next(d for d in Document.objects.all() if d.header.get("sales_order") == "O-1")
    credit(ctx=sold.ctx(), items=[Credit(document_id=first.id, reason="taken back")]).or_refuse()
    (note,) = [one for one in documents(sold) if one.preceding_invoices]
    assert note.delivery == DeliveryInformation("Halle 3", number, DAY, hall)

    handed = orders.delivery(company_id=sold.company_id, number="D-3b")
    assert handed is not None and handed.deliver_to == SHOP
    company = Company.objects.get(id=sold.company_id)
    assert "Rue du Port 7" in text_of(delivery_note(company=company, handed_over=handed).body)


def test_what_is_billed_together_all_the_same_says_the_place_beside_each_line(sold: World) -> None:
    table = replace(
        shipped("billing"), inputs=("customer.segment",), rows=(Row(("",), ("customer",)),)
    )
    version = NewVersion(name="billing", table=table.to_dict(), valid_from=DAY)
    assert save(ctx=sold.ctx(), items=[version]).of(ItemState.DONE)
    assert bill(ctx=sold.ctx(), as_of=DAY).figures["held"] == 0
    (one,) = documents(sold)
    assert one.delivery == DeliveryInformation(delivered_on=DAY)
    notes = sorted((line.note or "").split(" · ")[-1] for line in one.lines)
    assert notes.count("Halle 3, Kaiweg 9, 20457 Hamburg, DE") == 2
    assert f"Halle 3, {GLN}, Kaiweg 9, Tor B, 20457 Hamburg, DE" in notes
    assert "Boutique, Rue du Port 7, 67000 Strasbourg, FR" in notes
    assert "Weg 1, 10115 Berlin, DE" in notes and GLN in notes


def test_an_order_of_a_buyer_says_where_to(world: World) -> None:
    """What EDI and UBL orders name becomes columns of the file that is imported."""
    place = TradeParty("Halle 3", (Identifier(GLN, "0088"),), SHOP.delivery().address)
    line = BuyersLine("1", Item("Teil", seller_id="A"), Decimal(2), "C62", Price(Decimal(10)))
    asked = BuyersOrder(
        "PO-1", DAY, TradeParty(identifiers=(Identifier("C-1"),)), TradeParty("Us"), (line,),
        currency="EUR", deliver_to=place,
    )  # fmt: skip
    world.on(DAY.isoformat())
    some_customers(world, "C-1", street="Weg 1", city="Berlin", postcode="10115")
    some_items(world, "A")
    for to in ("ubl", "edifact", "x12"):
        sent = formats.write(document=replace(asked, number=f"PO-{to}"), to=to).data
        (read,) = formats.read(data=sent).documents
        rows = formats.write(document=read, to="csv").data.replace(b"4000001123452,A,", b"C-1,A,")
        done = import_content(world, rows, "standard")
        assert figures(done)[1] == 1, (to, done.figures["faults"], rows)
    wanted = SHOP._replace(name="Halle 3", location=GLN).values()
    assert [one.deliver_to for one in Order.objects.all()] == [wanted] * 3


def test_what_a_place_lacks_is_typed_into_the_draft(world: World) -> None:
    public = {"segment": "public", "buyer_reference": "04011000-12345-34"}
    buyer = customer(world, **public)
    deliver(world, buyer, deliver_to=Place(street="Kaiweg 9", country="DE"))
    deliver(world, buyer, deliver_to=HALL)
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 1
    draft = Draft.objects.get()
    assert {fault["code"] for fault in draft.faults} == {"place.city", "place.postcode"}
    typed = {"deliver_to_city": "Hamburg", "deliver_to_postcode": "20457"}
    items = [Enrichment(draft_id=draft.id, field=n, value=v) for n, v in typed.items()]
    assert len(enrich(ctx=world.ctx(), items=items).of(ItemState.DONE)) == 2
    issue(ctx=world.ctx(), items=[Issuing(draft_id=draft.id)]).or_refuse()
    places = [one.delivery.address for one in documents(world) if one.delivery]
    assert Address("DE", "Kaiweg 9", city="Hamburg", postcode="20457") in places
    assert Delivery.objects.filter(deliver_to__isnull=False).count() == 0


@pytest.mark.parametrize(("country", "found"), [("", "DE"), ("FR", "FR")])
def test_a_place_typed_without_a_country_is_in_the_customers(
    world: World, country: str, found: str
) -> None:
    deliver(world, customer(world, segment="public"))
    bill(ctx=world.ctx(), as_of=world.today)
    draft = Draft.objects.get()
    typed = {
        "deliver_to_street": "Kaiweg 9",
        "deliver_to_city": "Hamburg",
        "deliver_to_postcode": "20457",
        "deliver_to_country": country,
        "buyer_reference": "04011000-12345-34",
    }
    items = [Enrichment(draft_id=draft.id, field=n, value=v) for n, v in typed.items() if v]
    assert len(enrich(ctx=world.ctx(), items=items).of(ItemState.DONE)) == len(items)
    issue(ctx=world.ctx(), items=[Issuing(draft_id=draft.id)]).or_refuse()
    (one,) = documents(world)
    assert one.delivery
    assert one.delivery.address == Address(found, "Kaiweg 9", city="Hamburg", postcode="20457")
