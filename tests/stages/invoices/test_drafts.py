"""Drafts: typed in, held, released, discarded, issued; and documents credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access.models import ApprovalRequest, Limit
from acquit.core.codecs import ubl
from acquit.core.judges import official
from acquit.core.outcome import ItemState
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft
from acquit.stages.orders.models import Unbilled
from tests.support.corrupt import change
from tests.support.invoices import Sold, broken, customer, deliver
from tests.support.world import World, someone


def drafted(world: World, count: int = 1, **more: Any) -> list[UUID]:
    buyers = [customer(world, f"C-{world.ids.new().hex[-9:]}", **more) for _ in range(count)]
    for buyer in buyers:
        deliver(world, buyer)
    draft(ctx=world.ctx(), items=[buyer.id for buyer in buyers], as_of=world.today)
    return list(Draft.objects.filter(customer__in=buyers).values_list("id", flat=True))


def test_typing_the_buyer_reference_makes_a_draft_ready(world: World) -> None:
    (one,) = drafted(world, segment="public")
    row = queries.draft(company_id=world.company_id, draft_id=one)
    assert row is not None
    assert row.checks == "10 passed, 1 failed: buyer reference missing"
    item = Enrichment(draft_id=one, field="buyer_reference", value=" 04011000-12345-67 ")
    assert enrich(ctx=world.ctx(), items=[item]).of(ItemState.DONE)
    after = Draft.objects.get()
    assert after.state == "ready"
    assert after.sources["buyer_reference"]["source"] == "typed"
    issue(ctx=world.ctx(), items=[Issuing(draft_id=one)])
    (form,) = queries.canonical(
        company_id=world.company_id, document_ids=[Document.objects.get().id]
    )
    assert form.buyer_reference == "04011000-12345-67"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "no address", "draft.email"),
        ("email", "a@b.example\r\nBcc: x@y.example", "draft.value"),
        ("buyer_reference", "  ", "draft.value"),
        ("gross", "1", "draft.field"),
    ],
)
def test_what_cannot_be_typed_is_refused(world: World, field: str, value: str, code: str) -> None:
    (one,) = drafted(world)
    outcome = enrich(ctx=world.ctx(), items=[Enrichment(draft_id=one, field=field, value=value)])
    assert [fault.code for fault in outcome.faults] == [code]


def test_a_double_click_issues_once(world: World) -> None:
    (one,) = drafted(world)
    first = issue(ctx=world.ctx(), items=[Issuing(draft_id=one), Issuing(draft_id=one)])
    assert [item.state for item in first.items] == [ItemState.DONE, ItemState.DUPLICATE]
    second = issue(ctx=world.ctx(), items=[Issuing(draft_id=one)])
    assert (second.items[0].state, second.ids) == (ItemState.DUPLICATE, first.ids[:1])
    assert Document.objects.count() == 1


def test_a_held_draft_is_not_issued_until_released(world: World) -> None:
    (one,) = drafted(world)
    hold(ctx=world.ctx(), items=[Holding(draft_id=one, why="asked to wait")])
    outcome = issue(ctx=world.ctx(), items=[Issuing(draft_id=one)])
    assert outcome.faults[0].code == "draft.not_allowed"
    release(ctx=world.ctx(), items=[Releasing(draft_id=one)])
    assert issue(ctx=world.ctx(), items=[Issuing(draft_id=one)]).of(ItemState.DONE)


def test_a_discarded_draft_gives_its_deliveries_back(world: World) -> None:
    (one,) = drafted(world)
    assert Unbilled.objects.get().billing == "drafted"
    assert bill(ctx=world.ctx(), as_of=world.today).figures["invoices"] == 0
    discard(ctx=world.ctx(), items=[Holding(draft_id=one, why="wrong price")])
    assert bill(ctx=world.ctx(), as_of=world.today).figures["invoices"] == 1


def test_above_the_limit_a_second_person_is_asked(world: World) -> None:
    Limit.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        role="billing_clerk",
        command="invoices.issue",
        amount_minor=11_899,
        currency="EUR",
    )
    (one,) = drafted(world)
    clerk = someone("billing_clerk")
    outcome = issue(ctx=world.ctx(actor=clerk), items=[Issuing(draft_id=one)])
    assert outcome.items[0].state is ItemState.AWAITING
    assert ApprovalRequest.objects.get().amount_minor == 11_900
    assert Document.objects.count() == 0


def _queries_of_issue(world: World, count: int) -> int:
    ids = drafted(world, count)
    with CaptureQueriesContext(connection) as captured:
        outcome = issue(ctx=world.ctx(), items=[Issuing(draft_id=one) for one in ids])
    assert len(outcome.of(ItemState.DONE)) == count
    return len(captured)


def test_issuing_asks_no_more_for_many(world: World) -> None:
    assert _queries_of_issue(world, 1) == _queries_of_issue(world, 100)


def billed(world: World, *lines: Sold) -> Document:
    deliver(world, customer(world), lines)
    bill(ctx=world.ctx(), as_of=world.today)
    return Document.objects.get()


def test_credits_in_steps_take_back_the_whole_to_the_cent_and_no_more(world: World) -> None:
    original = billed(world, Sold("3", "0.335"), Sold("7", "1.115", "B", "R"))
    steps = [
        Credit(document_id=original.id, reason="broken", lines=(CreditedLine(1, Decimal("1")),)),
        Credit(document_id=original.id, reason="late", lines=(CreditedLine(2, Decimal("2.5")),)),
        Credit(document_id=original.id, reason="all the rest"),
    ]
    for step in steps:
        assert credit(ctx=world.ctx(), items=[step]).of(ItemState.DONE)
    notes = list(Document.objects.filter(kind="credit_note"))
    assert sum(note.net_minor for note in notes) == original.net_minor
    assert sum(note.tax_minor for note in notes) == original.tax_minor
    (fault,) = credit(ctx=world.ctx(), items=[steps[2]]).faults
    assert fault.code == "credit.nothing_left"
    (fault,) = credit(ctx=world.ctx(), items=[steps[0]]).faults
    assert fault.code == "credit.exceeds"
    assert broken(world) == []


def test_credits_of_one_batch_share_what_is_left(world: World) -> None:
    original = billed(world, Sold("2", "10.00"))
    half = Credit(document_id=original.id, reason="x", lines=(CreditedLine(1, Decimal("1.5")),))
    outcome = credit(ctx=world.ctx(), items=[half, half])
    assert [item.state for item in outcome.items] == [ItemState.DONE, ItemState.REFUSED]


def test_a_document_reads_back_and_the_official_judge_agrees(world: World) -> None:
    original = billed(world, Sold("3", "9.99"), Sold("2.5", "5.005", "B", "R"))
    credit(ctx=world.ctx(), items=[Credit(document_id=original.id, reason="broken")])
    ids = list(Document.objects.order_by("-kind").values_list("id", flat=True))
    for form in queries.canonical(company_id=world.company_id, document_ids=ids):
        verdict = official.judge(ubl.write(document=form))
        assert verdict.faults == ()
    view = queries.document(company_id=world.company_id, document_id=original.id)
    assert view is not None
    assert [c.gross for c in view.corrections] == [view.row.gross]
    assert [line.creditable_quantity for line in view.lines] == ["0", "0"]


def test_one_changed_cent_is_named(world: World) -> None:
    original = billed(world, Sold("3", "9.99"))
    assert broken(world) == []
    change("invoices_line", "UPDATE invoices_line SET net_minor = net_minor + 1")
    assert {(one["invariant"], one["record"]) for one in broken(world)} == {
        ("I20", f"document {original.number}"),
        ("I25", f"document {original.number}"),
    }


def test_the_list_pages_by_cursor_and_filters(world: World) -> None:
    for number in range(5):
        deliver(world, customer(world, f"C-{number}"))
    bill(ctx=world.ctx(), as_of=world.today)
    seen, after = [], None
    while True:
        page = queries.documents(
            company_id=world.company_id, filters=queries.Filters(), limit=2, after=after
        )
        seen += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    found = queries.documents(
        company_id=world.company_id, filters=queries.Filters(number="000003", kind="invoice")
    )
    assert [row.number[-1] for row in found.rows] == ["3"]
    assert (
        queries.documents(company_id=world.company_id, filters=queries.Filters(number="%")).rows
        == ()
    )


def test_a_draft_previews_as_the_document_it_becomes(world: World) -> None:
    (one,) = drafted(world)
    preview = queries.preview(company_id=world.company_id, draft_id=one, on=world.today)
    assert preview is not None
    (document_id,) = issue(ctx=world.ctx(), items=[Issuing(draft_id=one)]).ids
    (form,) = queries.canonical(company_id=world.company_id, document_ids=[document_id])
    assert (preview.totals, preview.due_date, preview.lines) == (
        form.totals,
        form.due_date,
        form.lines,
    )
    waiting = queries.waiting(company_id=world.company_id).alone()
    assert waiting["ready"].count == 0


def test_a_credit_held_in_the_run_of_its_invoice_names_it_when_issued(world: World) -> None:
    buyer = customer(world)
    (line,) = deliver(world, buyer, [Sold("2", "10.00")])
    deliver(world, buyer, [Sold("3", "10.00")], returns=[line])
    bill(ctx=world.ctx(), as_of=world.today)
    held = Draft.objects.get()
    refused = issue(ctx=world.ctx(), items=[Issuing(draft_id=held.id)])
    assert refused.faults[0].code == "draft.not_allowed"
    assert held.corrects_id == Document.objects.get().id
    content = held.content
    content["lines"][0] |= {"quantity": 1_000_000, "net_minor": 1000, "tax_minor": 190}
    content["taxes"][0] |= {"taxable_minor": 1000, "tax_minor": 190}
    content |= {"net_minor": 1000, "tax_minor": 190}
    totals = {"net_minor": 1000, "tax_minor": 190, "gross_minor": 1190}
    Draft.objects.update(content=content, faults=[], state="ready", **totals)
    issue(ctx=world.ctx(), items=[Issuing(draft_id=held.id)])
    note = Document.objects.get(kind="credit_note")
    assert note.header["preceding"]["number"] == Document.objects.get(kind="invoice").number
    assert broken(world) == []


def test_a_credit_note_is_not_older_than_its_invoice(world: World) -> None:
    deliver(world, customer(world))
    bill(ctx=world.ctx(), as_of=world.today)
    document = Document.objects.get()
    before = document.issued_on - timedelta(days=1)
    wish = Credit(document_id=document.id, reason="returned", issued_on=before)
    outcome = credit(ctx=world.ctx(), items=[wish])
    (fault,) = outcome.faults
    assert (outcome.items[0].state, fault.code) == (ItemState.REFUSED, "credit.before_invoice")
    assert (fault.rule, document.issued_on.isoformat() in fault.fix) == (
        "Directive 2006/112/EC art. 219",
        True,
    )
    assert Document.objects.count() == 1
    later = credit(ctx=world.ctx(), items=[replace(wish, issued_on=document.issued_on)])
    assert later.items[0].state is ItemState.DONE
