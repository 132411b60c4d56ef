"""What comes back: read from every syntax of answers, shown once, and turned into a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from acquit.core.codecs import cdar
from acquit.core.codecs.ubl import application_response
from acquit.core.documents.lifecycle import (
    Characteristic,
    LifecycleParty,
    LifecycleStatus,
    Phase,
    StatusDetail,
)
from acquit.core.documents.parties import Identifier
from acquit.core.documents.response import (
    Answer,
    Layer,
    Reason,
    Response,
    ResponseStatus,
    Subject,
)
from acquit.core.outcome import ItemState
from acquit.policy.demands import Asker
from acquit.stages.dispatch import queries
from acquit.stages.dispatch.commands.answer import answer
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.dispatch.rules import returned
from acquit.stages.dispatch.rules.rejections import Rejection, lesson, told
from acquit.stages.dispatch.rules.remarks import Remark
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from tests.core.documents.samples import two_rates
from tests.support.invoices import customer, deliver
from tests.support.pages import browser
from tests.support.world import World, living_today

METRO = Asker("C-1", "DE", "")


def peppol(number: str, status: ResponseStatus = ResponseStatus.REJECTED) -> Response:
    reason = Reason(code="REF", text="wrong order number", path="BT-13", list="OPStatusReason")
    subject = Subject(document=number, document_type="380")
    return Response(
        layer=Layer.APPLICATION,
        status=status,
        subject=subject,
        number="R-1",
        issue_date=date(2026, 3, 3),
        sender=Identifier("4000001123452", "0088"),
        receiver=Identifier("4000001000005", "0088"),
        sender_name="Metro AG",
        reasons=(reason,),
        answers=(Answer(subject, status, (reason,)),),
    )


def french(number: str, status: str) -> LifecycleStatus:
    siren = Identifier("732829320", "0002")
    wanted = (
        Characteristic("DIV", term="BT-13", value="77"),
        Characteristic("DVA", term="BT-13", value="4500017"),
    )
    return LifecycleStatus(
        number="S-1",
        issued_at=datetime(2026, 3, 3, 9),
        sender=LifecycleParty("WK", Identifier("0001", "0238"), "Plateforme"),
        issuer=LifecycleParty("BY", siren, "Acheteur SA", Identifier("732829320", "0225")),
        recipients=(LifecycleParty("SE", siren, "Vendeur", Identifier("732829320", "0225")),),
        phase=Phase.TREATMENT,
        status=status,
        document=number,
        document_date=date(2026, 3, 1),
        seller=siren,
        effective_at=datetime(2026, 3, 3, 9),
        details=(StatusDetail(reason_code="CMD_ERR", reason="Commande", characteristics=wanted),),
    )


def test_a_peppol_response_is_read_from_its_bytes() -> None:
    data = application_response.write(document=peppol("INV-1")).data
    (found,) = returned.read(name="a.xml", data=data).answers
    assert (found.document_number, found.code, found.source) == ("INV-1", "REF", "Metro AG")
    assert "wrong order number" in found.reason
    accepted = application_response.write(document=peppol("INV-1", ResponseStatus.ACCEPTED)).data
    (remark,) = returned.read(name="a.xml", data=accepted).answers
    assert isinstance(remark, Remark)
    assert returned.read(name="a.xml", data=b"hello").faults


@pytest.mark.parametrize(("status", "count"), [("210", 1), ("207", 1), ("205", 0), ("212", 0)])
def test_a_french_status_is_a_rejection_where_it_refuses_or_disputes(
    status: str, count: int
) -> None:
    found = told([french("FA-1", status)])
    assert len(found) == count
    if found:
        assert (found[0].term, found[0].wanted, found[0].source) == (
            "BT-13", "4500017", "Acheteur SA",
        )  # fmt: skip


def test_the_bytes_of_a_french_refusal_are_read() -> None:
    data = cdar.write(document=french("FA-1", "210")).data
    (found,) = returned.read(name="a.xml", data=data).answers
    assert (found.document_number, found.term, found.wanted) == ("FA-1", "BT-13", "4500017")


@pytest.mark.parametrize(
    ("reason", "term", "wanted", "taught"),
    [
        ("?", "BT-13", "4500017", ("document.purchase_order", "!= 4500017")),
        ("order number is missing", "", "", ("document.purchase_order", "empty")),
        ("numărul comenzii lipsește", "", "", ("document.purchase_order", "empty")),
        ("Mengeneinheit unbekannt", "", "", ("line.unit", "= C62")),
        ("BT-10 fehlt", "", "", ("document.buyer_reference", "empty")),
        ("we do not like it", "", "", None),
    ],
)
def test_a_rejection_teaches_what_it_says(
    reason: str, term: str, wanted: str, taught: tuple[str, str] | None
) -> None:
    form = two_rates()
    form = replace(
        form,
        buyer_reference=None,
        references=replace(form.references, purchase_order=None),
        lines=tuple(replace(line, unit="C62") for line in form.lines),
    )
    found = Rejection(
        document_number="1", code="", reason=reason, source="x", term=term, wanted=wanted
    )
    assert lesson(found, document=form, asker=METRO) == taught


def sent(world: World) -> str:
    deliver(world, customer(world, "C-1"), purchase_order="77")
    bill(ctx=world.ctx(), as_of=world.today)
    document = Document.objects.get()
    send(ctx=world.ctx(), items=[Sending(document_id=document.id, channel="portal")])
    run_due(ctx=world.ctx())
    return document.number


def test_what_came_back_is_an_exception_once(world: World) -> None:
    number = sent(world)
    one = Rejection(document_number=number, code="REF", reason="bad order", source="Metro")
    strange = Rejection(document_number="NOBODY-1", code="", reason="bad", source="Metro")
    outcome = answer(ctx=world.ctx(), items=[one, strange])
    assert [item.state for item in outcome.items] == [ItemState.DONE, ItemState.REFUSED]
    assert outcome.faults[0].code == "rejection.unknown"
    assert Dispatch.objects.get().state == "failed"
    assert Dispatch.objects.get().last_error == "rejected by Metro: bad order [REF]"
    assert queries.counts(company_id=world.company_id, day=world.today).alone()["failed"] == 1
    again = answer(ctx=world.ctx(), items=[one])
    assert [item.state for item in again.items] == [ItemState.DUPLICATE]
    assert resend(ctx=world.ctx(), items=[Dispatch.objects.get().id]).of(ItemState.DONE)
    run_due(ctx=world.ctx())
    assert answer(ctx=world.ctx(), items=[one]).of(ItemState.DONE)
    assert Dispatch.objects.get().state == "failed"


def test_one_click_turns_it_into_a_rule_that_stops_the_next(db: None) -> None:
    world = living_today()
    number = sent(world)
    wrong = Rejection(
        document_number=number, code="REF", reason="order must begin with 45", source="Metro",
        term="BT-13",
    )  # fmt: skip
    assert answer(ctx=world.ctx(), items=[wrong]).of(ItemState.DONE)
    client = browser(world, "receivables_manager")
    page = client.get("/billing?tab=rejected").content.decode()
    assert "rejected by Metro: order must begin with 45" in page and "Make it a rule" in page
    url = page.partition('formaction="')[2].partition('"')[0]
    shown = client.post(url, {"key": "one"}, follow=True)
    assert b"order must begin with 45" in shown.content and b"= 77" in shown.content
    deliver(world, Document.objects.get().customer, purchase_order="77")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 1
    assert Draft.objects.get().faults[0]["message"] == "order must begin with 45"
