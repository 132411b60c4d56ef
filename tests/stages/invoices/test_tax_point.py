"""The tax point of a draft: between the first delivery and the date of issue, and in every form
that the document takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.codecs import cii, ubl
from acquit.core.judges import native, official
from acquit.core.outcome import ItemState
from acquit.history.models import FactRecord
from acquit.stages.dispatch.commands.render import render
from acquit.stages.invoices import queries
from acquit.stages.invoices.commands.alter import Dating, TaxDating, change_date, change_tax_point
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Draft
from tests.support.invoices import broken, customer, deliver
from tests.support.world import World

pytestmark = pytest.mark.django_db


def delivered(world: World, *days_ago: int) -> Draft:
    """A draft of deliveries so many days ago."""
    buyer = customer(world, terms="NET30", segment="monthly")
    for days in days_ago:
        deliver(world, buyer, on=world.today - timedelta(days=days))
    draft(ctx=world.ctx(), items=[buyer.id], as_of=world.today)
    return Draft.objects.of(world.company_id).get()


def test_it_is_in_every_form_of_the_document(world: World) -> None:
    row = delivered(world, 3)
    day = world.today - timedelta(days=2)
    wish = [TaxDating(draft_id=row.id, tax_point=day)]
    assert change_tax_point(ctx=world.ctx(), items=wish).of(ItemState.DONE)
    assert change_tax_point(ctx=world.ctx(), items=wish).of(ItemState.DUPLICATE)
    shown = queries.draft(company_id=world.company_id, draft_id=row.id)
    assert shown is not None and shown.tax_point == day
    fact = FactRecord.objects.get(kind="invoices.DraftChanged")
    assert fact.payload == {"field": "tax_point", "before": "", "after": day.isoformat()}
    (issued,) = issue(ctx=world.ctx(), items=[Issuing(draft_id=row.id)]).items
    assert issued.id is not None
    (document,) = queries.canonical(company_id=world.company_id, document_ids=[issued.id])
    assert document.tax_point_date == day
    for codec, place in ((ubl, "cbc:TaxPointDate"), (cii, "ram:TaxPointDate")):
        data = codec.write(document=document)
        assert place.encode() in data
        assert codec.read(data=data).document.tax_point_date == day
        for judge in (native, official):
            assert judge.judge(data).valid
    assert render(ctx=world.ctx(), items=[issued.id]).of(ItemState.DONE)
    assert broken(world) == []


def test_it_lies_between_the_first_delivery_and_the_issue(world: World) -> None:
    row = delivered(world, 9, 3)

    def wish(days_ago: int) -> list[str]:
        day = world.today - timedelta(days=days_ago)
        items = [TaxDating(draft_id=row.id, tax_point=day)]
        return [fault.code for fault in change_tax_point(ctx=world.ctx(), items=items).faults]

    assert wish(10) == ["draft.tax_point"]
    assert wish(-1) == ["draft.tax_point"]
    assert wish(9) == []
    assert wish(1) == []
    early = [Dating(draft_id=row.id, issue_on=world.today - timedelta(days=2))]
    refused = change_date(ctx=world.ctx(), items=early)
    assert refused.faults[0].path == "tax_point"
    day = world.today - timedelta(days=2)
    refused = issue(ctx=world.ctx(), items=[Issuing(draft_id=row.id, issued_on=day)])
    assert refused.faults[0].code == "draft.tax_point"
    change_tax_point(ctx=world.ctx(), items=[TaxDating(draft_id=row.id, tax_point=None)])
    assert issue(ctx=world.ctx(), items=[Issuing(draft_id=row.id, issued_on=day)]).ids
