"""Rejections that come as mails and as answers of a tax office: found out what they are about."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from acquit.core.codecs import ubl
from acquit.core.codecs.ubl import application_response
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch
from acquit.stages.dispatch.rules import returned
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from acquit.stages.invoices.queries import canonical
from tests.core.codecs.test_efactura import RULE, errors, zipped
from tests.stages.dispatch.test_rejections import peppol
from tests.support.invoices import customer, deliver
from tests.support.pages import browser
from tests.support.world import World

REFUSED = "Dear Anna,\n\nwe cannot accept your invoice: the order number is missing.\n\nRegards\nJo"


def mail(text: str, subject: str = "Your invoice", html: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Jo Buyer <AP@kunde.example>"
    made["Subject"] = subject
    made["Date"] = "Mon, 02 Mar 2026 08:00:00 +0100"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if html:
        made.clear_content()
        made.set_content(html, subtype="html")
    return made


def sent(world: World, count: int = 1) -> list[str]:
    """That many invoices of one customer that reached him, by their numbers."""
    who = customer(world, "C-1")
    for _ in range(count):
        deliver(world, who, purchase_order="77")
        bill(ctx=world.ctx(), as_of=world.today)
    ids = list(
        Document.objects.of(world.company_id).order_by("number").values_list("id", flat=True)
    )
    send(ctx=world.ctx(), items=[Sending(document_id=one, channel="portal") for one in ids])
    run_due(ctx=world.ctx())
    return list(
        Document.objects.of(world.company_id).order_by("number").values_list("number", flat=True)
    )


def bring(world: World, data: bytes, name: str = "answer.eml", **options: str) -> Outcome:
    return take_in(
        ctx=world.ctx(), kind="responses", profile="", filename=name, content=data, options=options
    )


def came_back(world: World) -> dict[str, str]:
    rows = Dispatch.objects.of(world.company_id).filter(state="failed")
    return {row.document.number: row.last_error for row in rows}


@pytest.mark.parametrize(
    "text",
    [
        REFUSED,
        "Hello,\nthis was rejected by our system.",
        "Guten Tag,\nwir weisen die Rechnung wegen der fehlenden Bestellnummer zurück.",
        "Die Rechnung kann so nicht verarbeitet werden.",
        "Bonjour,\nnous ne pouvons pas traiter votre facture.",
        "Votre facture est rejetée.",
        "Bună ziua,\nfactura a fost respinsă.",
        "Nu putem accepta factura.",
    ],
)
def test_a_mail_that_refuses_is_a_rejection_in_each_language(text: str) -> None:
    (found,) = returned.read(name="a.eml", data=mail(text).as_bytes()).answers
    assert (found.source, found.document_number) == ("Jo Buyer", "")
    assert found.reason.partition(" ")[0] not in ("Dear", "Hello,", "Guten", "Bonjour,", "Bună")
    assert "Regards" not in found.reason


def test_a_mail_is_read_as_a_reader_sees_it() -> None:
    html = "<style>p{}</style><p>Rejected:</p><div>no <b>order</b></div><blockquote>x</blockquote>"
    (found,) = returned.read(name="a.eml", data=mail("", html=html).as_bytes()).answers
    assert found.reason.startswith("Rejected: no order")
    thanks = "Thank you, it is paid.\n\nOn 3 March 2026 Anna <a@b.example> wrote:\n> rejected"
    (fault,) = returned.read(name="a.eml", data=mail(thanks).as_bytes()).faults
    assert fault.code == "response.undecided"


def test_what_a_mail_is_about_is_found_by_what_it_points_at(world: World) -> None:
    first, second, third, fourth = sent(world, 4)
    answered = Dispatch.objects.of(world.company_id).get(document__number=first).message_id
    bring(world, mail(REFUSED, In_Reply_To=f"<{answered}>").as_bytes())
    bring(world, mail(REFUSED, subject=f"Refused: {second}.").as_bytes())
    (form,) = canonical(
        company_id=world.company_id,
        document_ids=[Document.objects.of(world.company_id).get(number=third).id],
    )
    back = mail(f"{REFUSED}\n> {first} {second}")
    back.add_attachment(ubl.write(document=form), maintype="application", subtype="xml",
                        filename="invoice.xml")  # fmt: skip
    bring(world, back.as_bytes())
    answer = mail("see the answer attached")
    answer.add_attachment(application_response.write(document=peppol(fourth)).data,
                          maintype="application", subtype="xml", filename="answer.xml")  # fmt: skip
    bring(world, answer.as_bytes())
    said = "rejected by Jo Buyer: we cannot accept your invoice: the order number is missing."
    assert came_back(world) == {
        first: said,
        second: said,
        third: said,
        fourth: "rejected by Metro AG: wrong order number (BT-13) [REF]",
    }


def test_a_mail_that_points_at_several_or_none_asks_which(world: World) -> None:
    first, second = sent(world, 2)
    for text in (REFUSED, f"{REFUSED}\nIt is about {first} or {second}."):
        with pytest.raises(Refused) as refusal:
            bring(world, mail(text).as_bytes())
        assert refusal.value.faults[0].code == "response.document"
    assert came_back(world) == {}
    told = bring(world, mail(REFUSED).as_bytes(), document=f"{first}, {second}, NO-1")
    assert [told.figures[name] for name in ("accepted", "rejected")] == [2, 1]
    assert set(came_back(world)) == {first, second}
    with pytest.raises(Refused, match="no option"):
        bring(world, mail(REFUSED).as_bytes(), account="1")


def test_a_mail_that_did_not_arrive_is_a_rejection(world: World) -> None:
    (number,) = sent(world)
    answered = Dispatch.objects.of(world.company_id).get().message_id
    data = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;"
        ' boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ap@kunde.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{answered}>\r\n\r\n--b--\r\n"
    ).encode()
    assert bring(world, data).of(ItemState.DONE)
    text = came_back(world)[number]
    assert text == ("rejected by Mail Delivery System: ap@kunde.example: 550 no such user [5.1.1]")
    assert bring(world, data).of(ItemState.DUPLICATE)


def test_errors_of_the_tax_office_land_on_the_page_and_make_a_rule(world: World) -> None:
    (number,) = sent(world)
    data = zipped(**{"5001": errors(RULE), "semnatura_5001": b"<Signature/>"})
    client = browser(world, "billing_clerk")
    file = SimpleUploadedFile("5001.zip", data)
    asked = client.post("/imports/previews", {"kind": "responses", "file": file})
    assert asked.status_code == 422
    page = asked.content.decode()
    assert 'name="document"' in page and "5001.zip" in page
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    said = {"kind": "responses", "digest": digest, "filename": "5001.zip", "document": number}
    shown = client.post("/imports/previews", said).content.decode()
    assert number in shown and "[BR-RO-120]" in shown
    assert came_back(world) == {}
    client.post("/imports", {**said, "key": "once"}, follow=True)
    assert "codul de TVA (BT-48)" in came_back(world)[number]
    client = browser(world, "receivables_manager", name="Mia")
    rejected = client.get("/billing?tab=rejected").content.decode()
    assert "Make it a rule" in rejected
    url = rejected.partition('formaction="')[2].partition('"')[0]
    rules = client.post(url, {"key": "one"}, follow=True).content.decode()
    assert "Daca cumparatorul" in rules
