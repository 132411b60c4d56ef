"""The API says until when a tax office wants a document."""

from __future__ import annotations

from datetime import date

import pytest

from acquit.core.ids import to_public
from acquit.core.packs import get
from acquit.core.reporting import after
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from tests.support.api import Api, new_key
from tests.support.invoices import customer, deliver
from tests.support.world import World, new_world


@pytest.fixture
def cluj(db: None) -> World:
    return new_world(
        country="RO", slug="cluj", name="Carpat SRL", vat_id="RO16341004", region="RO-CJ"
    )


def test_what_is_sold_at_home_has_a_last_day_and_what_leaves_has_none(cluj: World) -> None:
    home = {"country": "RO", "vat_id": "RO16341004", "locale": "ro_RO", "region": "RO-CJ"}
    deliver(cluj, customer(cluj, "C-1", **home), currency="RON")
    deliver(cluj, customer(cluj, "C-2"), currency="RON")
    bill(ctx=cluj.ctx(), as_of=cluj.today).or_refuse()
    api = Api(new_key(cluj, "read.invoices", "dispatch.answer"))
    told = {
        row.customer.number: api.get(f"/invoices/{to_public('document', row.id)}")["report_by"]
        for row in Document.objects.of(cluj.company_id).select_related("customer")
    }
    pack = get("RO")
    rule = pack.reporting_on(cluj.today)
    assert rule is not None
    last = after(start=cluj.today, rule=rule, pack=pack)
    assert told == {"C-1": last.isoformat(), "C-2": None}
    assert date.fromisoformat(told["C-1"]) > cluj.today
    (document,) = Document.objects.of(cluj.company_id).filter(customer__number="C-1")
    assert [one["number"] for one in api.get("/invoices?reporting=due")["items"]] == [
        document.number
    ]
    day = cluj.today.isoformat()
    item = {"document_number": document.number, "source": "ANAF", "on": day}
    for state in ("done", "duplicate"):
        (result,) = api.post("/acceptances", {"items": [item]})["items"]
        assert (result["state"], result["id"]) == (state, to_public("document", document.id))
    (row,) = api.get("/invoices?reporting=reported")["items"]
    assert (row["number"], row["reported_on"]) == (document.number, day)
    assert api.get("/invoices?reporting=due")["items"] == []
