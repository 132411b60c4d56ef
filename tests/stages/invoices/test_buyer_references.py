"""What the buyer wants to read again: project, contract and cost centre, from the file of orders to
every syntax and the paper; on the document where all agree, on the line where they do not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from acquit.core.codecs import formats, pdf
from acquit.core.codecs.pdf.branding import Branding
from acquit.core.documents.invoice import Invoice
from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.policy.registry import GROUPS
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.invoices.rules.invoicing import PLACE, TaxTable, group_lines, plan_lines
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import INVOICE, OpenLine, TaxRow
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.models import Customer as KnownCustomer
from acquit.stages.orders.rules.places import Place
from acquit.stages.orders.rules.references import BuyerReferences
from tests.support.invoices import Sold, customer, deliver
from tests.support.orders import codes, figures, import_content, some_customers, some_items
from tests.support.world import World

ORDERS = b"""order_number,customer_number,item_code,quantity,unit_price,ordered_on,delivered,\
project,contract,buyer_accounting,line_buyer_accounting,line_kind
O-1,C-1,A,2,10.00,2026-03-02,yes,P-100,C-7,4711,,
O-1,C-1,B,1,5.00,2026-03-02,yes,P-100,C-7,4711,4712,
O-2,C-1,A,1,10.00,2026-03-02,yes,P-100,,,,
O-2,C-1,B,1,10.00,2026-03-02,yes,P-200,,,,
R-1,C-1,A,-1,9.00,2026-03-01,,P-9,C-9,4719,4718,return
"""
PLAIN = Branding()


def canonical(world: World) -> dict[str, Invoice]:
    """The documents there are, by the order they bill."""
    ids = list(Document.objects.values_list("id", flat=True))
    found = queries.canonical(company_id=world.company_id, document_ids=ids)
    return {one.references.sales_order or one.type_code: one for one in found}


def said(document: Invoice) -> tuple[object, ...]:
    refs = document.references
    lines = [line.buyer_accounting for line in document.lines]
    return refs.project, refs.contract, refs.buyer_accounting, lines


def test_a_file_of_orders_brings_them_and_every_way_out_carries_them(world: World) -> None:
    world.on("2026-03-02")
    some_customers(world, "C-1", street="Weg 1", city="Berlin", postcode="10115")
    some_items(world, "A", "B")
    done = import_content(world, ORDERS, "standard")
    assert figures(done) == (5, 4, 1, 0)
    assert codes(done.figures["faults"]) == [(5, "order.rows_differ")]
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 0
    found = canonical(world)
    whole = ("P-100", "C-7", "4711", [None, "4712"])
    assert {name: said(one) for name, one in found.items()} == {
        "O-1": whole,
        "O-2": ("P-100", None, None, [None]),
        "R-1": ("P-9", "C-9", "4719", ["4718"]),
    }
    for name, one in found.items():
        for to in ("ubl", "cii", "edifact", "x12"):
            (back,) = formats.read(data=formats.write(document=one, to=to).data).documents
            assert isinstance(back, Invoice) and said(back) == said(one), (name, to)
    body = pdf.render(document=found["O-1"], branding=PLAIN, locale="de", mentions=())
    text = PdfReader(BytesIO(body)).pages[0].extract_text()
    assert {"P-100", "C-7", "4711"} <= set(text.split()) and "Kostenstelle: 4712" in text

    (document,) = Document.objects.filter(header__sales_order="O-1")
    assert credit(ctx=world.ctx(), items=[Credit(document_id=document.id, reason="taken back")]).of(
        ItemState.DONE
    )
    (note,) = [one for one in canonical(world).values() if one.preceding_invoices]
    assert said(note) == whole


def test_what_stands_for_all_orders_of_a_customer_counts_where_an_order_names_none(
    world: World,
) -> None:
    world.on("2026-03-02")
    some_customers(world, "C-1", "C-2", street="Weg 1", city="Berlin", postcode="10115")
    some_items(world, "A", "B")
    standing = b"number,contract,buyer_accounting\nC-1,C-STAND,K-STAND\n"
    assert figures(import_content(world, standing, "standard", kind="customers")) == (1, 1, 0, 0)
    again = CustomerData(number="C-1", contract="C-STAND")
    assert save_customers(ctx=world.ctx(), items=[again]).of(ItemState.DUPLICATE)
    mine = BuyerReferences("", "P-1", "C-7", "")
    buyer, other = KnownCustomer.objects.order_by("number")
    deliver(world, buyer, number="O-1", references=mine)
    deliver(world, buyer, number="O-2")
    deliver(world, other, number="O-3")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 0
    assert {name: said(one) for name, one in canonical(world).items()} == {
        "O-1": ("P-1", "C-7", "K-STAND", [None]),
        "O-2": (None, "C-STAND", "K-STAND", [None]),
        "O-3": (None, None, None, [None]),
    }


def test_one_project_or_contract_on_a_document_is_a_row_of_the_policy(world: World) -> None:
    table = shipped("billing")
    inputs = ("order.has_project", "order.has_contract")
    rows = (
        Row(("= true", ""), ("project_month",)),
        Row(("", "= true"), ("contract",)),
        Row(("", ""), ("customer",)),
    )
    version = NewVersion(
        name="billing",
        table=replace(table, inputs=inputs, rows=rows).to_dict(),
        valid_from=world.today,
    )
    assert save(ctx=world.ctx(), items=[version]).of(ItemState.DONE)
    buyer = customer(world)
    before = world.today - timedelta(days=27)
    for number, (on, project, contract, centre) in enumerate(
        (
            (before, "P-1", "C-1", "K-1"),
            (world.today, "P-1", "C-1", "K-1"),
            (world.today, "P-1", "C-2", "K-2"),
            (world.today, "P-2", "C-2", ""),
            (before, "", "C-2", ""),
            (world.today, "", "C-2", ""),
            (world.today, "", "", "K-9"),
            (world.today, "", "", ""),
        )
    ):
        told = BuyerReferences("", project, contract, centre)
        deliver(world, buyer, number=f"O-{number}", on=on, references=told)
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 0
    found = sorted(map(said, canonical_of_all(world)), key=str)
    assert found == sorted(
        [
            ("P-1", "C-1", "K-1", [None]),
            ("P-1", None, None, ["K-1", "K-2"]),
            ("P-2", "C-2", None, [None]),
            (None, "C-2", None, [None, None]),
            (None, None, None, ["K-9", None]),
        ],
        key=str,
    )
    notes = [line.note for one in canonical_of_all(world) for line in one.lines if line.note]
    assert sum(note.endswith(" · C-1") for note in notes) == 1
    assert sum(note.endswith(" · C-2") for note in notes) == 1


def canonical_of_all(world: World) -> list[Invoice]:
    ids = list(Document.objects.values_list("id", flat=True))
    return queries.canonical(company_id=world.company_id, document_ids=ids)


BUYER = Customer(UUID(int=1), *["x"] * 12, *[""] * 9, False)
TAXES = TaxTable(rows=[TaxRow("S", "S", 0, date(2020, 1, 1), None, "", "", "")], default="S")
HALL, GATE = (json.dumps(Place(name, city="Ulm").values()) for name in ("Hall", "Gate"))
orders = st.lists(
    st.tuples(
        st.sampled_from(("", "P-1", "P-2")),
        st.sampled_from(("", "C-1", "C-2")),
        st.sampled_from(("", "K-1", "K-2")),
        st.lists(st.sampled_from(("", "K-3")), min_size=1, max_size=3),
        st.integers(1, 2),
        st.sampled_from((None, HALL, GATE)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("group", GROUPS)
@given(told=orders)
def test_whatever_is_billed_together_no_reference_is_lost(
    group: str, told: list[tuple[str, str, str, list[str], int, str | None]]
) -> None:
    ids = count(1)
    lines = [
        OpenLine(
            *(UUID(int=next(ids)), BUYER.id, 1_000_000, None, f"d{n}", f"D-{n}"),
            *(date(2026, month, 1), f"o{n}", f"O-{n}", "EUR", ""),
            *(project, contract, centre, own, place),
            *("web", "A", "A", "C62", 1_000_000, "S", ""),
        )
        for n, (project, contract, centre, centres, month, place) in enumerate(told)
        for own in centres
    ]
    billed = {}
    for rule, members in group_lines(
        lines=lines, customers={BUYER.id: BUYER}, grouping=lambda who, line: (group, "")
    ):
        plan = plan_lines(
            kind=INVOICE,
            lines=members,
            customer=BUYER,
            taxes=TAXES,
            rule=rule,
            new_id=lambda: UUID(int=next(ids)),
        )
        for name in ("project", "contract"):
            if group.startswith(name):
                assert len({getattr(line, name) for line in members}) == 1
        if "place" in group:
            assert len({line.deliver_to for line in members}) == 1
        if group.endswith("month"):
            assert len({line.delivered_on for line in members}) == 1
        for line in plan.lines:
            assert not line.details.keys() & plan.header.keys() & {"project", "contract"}
            heard = plan.header | line.details
            named = str(Place.of(plan.header))
            assert not (named and PLACE in line.details)
            billed[line.delivery_line] = (
                *(heard.get(name, "") for name in ("project", "contract", "buyer_accounting")),
                line.details.get(PLACE, named),
            )
    assert billed == {
        line.id: (
            line.project,
            line.contract,
            line.line_buyer_accounting or line.buyer_accounting,
            str(Place.of(json.loads(line.deliver_to or "{}"))),
        )
        for line in lines
    }


def test_what_is_missing_is_typed_into_the_draft_and_kept_on_the_document(world: World) -> None:
    deliver(world, customer(world), [Sold()])
    assert bill(ctx=world.ctx(), as_of=world.today, straight_through=False).figures["held"] == 1
    draft = Draft.objects.get()
    typed = {"project": "P-5", "contract": "C-5", "buyer_accounting": "K-5"}
    items = [Enrichment(draft_id=draft.id, field=n, value=v) for n, v in typed.items()]
    assert len(enrich(ctx=world.ctx(), items=items).of(ItemState.DONE)) == 3
    long = Enrichment(draft_id=draft.id, field="contract", value="x" * 81)
    (fault,) = enrich(ctx=world.ctx(), items=[long]).faults
    assert "80 printable characters" in fault.message
    form = queries.preview(company_id=world.company_id, draft_id=draft.id, on=world.today)
    assert form is not None and said(form) == ("P-5", "C-5", "K-5", [None])
