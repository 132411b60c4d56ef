"""The list of documents and the page of one: figures, files, timeline, acts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from acquit.access.models import SignedLink
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.history import archive
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Dispatch, Mail
from acquit.stages.invoices.models import Document
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receivables.commands.allocate import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from tests.support.pages import browser
from tests.support.shop import Shop
from tests.support.smtp import smtp_server
from tests.support.world import new_world


def key_of(document: Document) -> str:
    return to_public("document", document.id)


def pay(shop: Shop, document: Document, minor: int) -> None:
    """A card payment of the customer, put on the document."""
    world = shop.world
    receipt = NewReceipt(
        key=f"r{minor}",
        customer_id=document.customer_id,
        method="card",
        amount=Money(minor, document.currency),
        received_on=world.today,
    )
    (receipt_id,) = record(ctx=world.ctx(), items=[receipt]).ids
    items = OpenItem.objects.of(shop.company_id)
    move = NewAllocation(
        key=f"a{minor}",
        credit_item_id=items.get(receipt_id=receipt_id).id,
        debit_item_id=items.get(document_id=document.id).id,
        amount=Money(minor, document.currency),
    )
    allocate(ctx=world.ctx(), items=[move]).or_refuse()


def received(shop: Shop, raw: bytes) -> None:
    """The mail as the demo's mail server keeps it."""
    message = message_from_bytes(raw, policy=default)
    ctx = shop.world.ctx()
    (digest,) = archive.keep(ctx, [archive.Piece(raw, "message/rfc822", "mail.eml")])
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    Mail.objects.create(
        id=ctx.ids.new(),
        company_id=shop.company_id,
        message_id=str(message["Message-ID"]),
        sender="rechnung@muster.example",
        recipient="c-1@kunde.example",
        subject=str(message["Subject"]),
        body=body.get_content(),
        raw_digest=digest,
        received_at=ctx.now,
    )


def listed(client: Client, query: str) -> list[str]:
    page = client.get(f"/invoices{query}").content.decode()
    return re.findall(r'class="row-open[^"]*" href="[^"]+">([^<]+)</a>', page)


def test_the_list_is_filtered_by_state_text_kind_and_days(shop: Shop) -> None:
    paid, partly, untouched = shop.issue(3)
    client = browser(shop.world, "accountant")
    pay(shop, paid, paid.gross_minor)
    pay(shop, partly, 5_000)
    assert set(listed(client, "")) == {paid.number, partly.number, untouched.number}
    assert listed(client, "?state=paid") == [paid.number]
    assert set(listed(client, "?state=open")) == {partly.number, untouched.number}
    assert listed(client, "?state=overdue") == []
    assert listed(client, "?kind=credit_note") == []
    assert listed(client, f"?q={untouched.number}") == [untouched.number]
    name = partly.customer.name.replace(" ", "+")
    assert listed(client, f"?q={name.lower()}") == [partly.number]
    assert listed(client, "?q=100%25") == []
    tomorrow = (shop.world.today + timedelta(days=1)).isoformat()
    assert listed(client, f"?from={tomorrow}") == []
    assert b"Clear filters" in client.get(f"/invoices?from={tomorrow}").content
    assert client.get("/invoices?from=soon").status_code == 422
    assert client.get("/invoices?after=nonsense").status_code == 404
    customer = to_public("customer", paid.customer_id)
    assert listed(client, f"?customer={customer}") == [paid.number]


def test_pages_of_the_list_join_without_gap(shop: Shop) -> None:
    shop.issue(60)
    client = browser(shop.world, "auditor")
    first = client.get("/invoices").content.decode()
    (address,) = re.findall(r'rel="next" href="([^"]+)"', first)
    rest = listed(client, address.removeprefix("/invoices").replace("&amp;", "&"))
    assert len(listed(client, "")) == 50 and len(rest) == 10
    assert {*listed(client, ""), *rest} == {row.number for row in shop.documents()}


def test_the_list_needs_no_more_queries_for_more_rows(shop: Shop) -> None:
    client = browser(shop.world, "auditor")
    shop.issue(1)
    with CaptureQueriesContext(connection) as few:
        client.get("/invoices")
    shop.issue(49)
    with CaptureQueriesContext(connection) as many:
        client.get("/invoices")
    assert len(many) == len(few) <= 6


def test_the_page_tells_what_happened(shop: Shop) -> None:
    (document,) = shop.issue()
    pay(shop, document, 3_000)
    page = browser(shop.world, "accountant").get(f"/invoices/{key_of(document)}").content.decode()
    for text in (document.number, "Partly paid", "Artikel A-1", "Issued as", "Paid 30.00"):
        assert text in page
    assert "made when the document is sent" in page
    peek = browser(shop.world, "auditor", name="Bo").get(
        f"/invoices/{key_of(document)}", HTTP_HX_REQUEST="true"
    )
    assert b"<html" not in peek.content and document.number.encode() in peek.content


def test_the_files_are_the_archived_bytes(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "billing_clerk")
    key = key_of(document)
    assert client.get(f"/invoices/{key}/document.pdf").status_code == 404
    client.post(f"/invoices/{key}/renditions", {"key": "m"})
    page = client.get(f"/invoices/{key}").content.decode()
    for form, start in (("pdf", b"%PDF"), ("xml", b"<?xml")):
        answer = client.get(f"/invoices/{key}/document.{form}")
        assert answer.content.startswith(start)
        digest = sha256(answer.content).hexdigest()
        assert answer["X-Content-SHA256"] == digest and digest in page
    assert client.get(f"/invoices/{key}/document.exe").status_code == 404


def test_sending_twice_the_same_way_is_one_delivery(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "billing_clerk")
    address = f"/invoices/{key_of(document)}/dispatches"
    client.post(address, {"key": "1"})
    assert b"nothing was sent twice" in client.post(address, {"key": "2"}, follow=True).content
    other = {"key": "3", "channel": "email", "recipient": "boss@kunde.example"}
    client.post(address, other)
    recipients = set(Dispatch.objects.of(shop.company_id).values_list("recipient", flat=True))
    assert recipients == {"c-1@kunde.example", "boss@kunde.example"}
    bad = {"key": "4", "channel": "email", "recipient": "boss @x\n"}
    assert client.post(address, bad).status_code == 422


def test_a_portal_link_is_made_once_and_revoked(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "billing_clerk")
    key = key_of(document)
    first = client.post(f"/invoices/{key}/links", {"key": "k"}).content.decode()
    again = client.post(f"/invoices/{key}/links", {"key": "k"}).content.decode()
    (path,) = set(re.findall(r"/p/[A-Za-z0-9_-]{40,}", first))
    assert path in again
    link = SignedLink.objects.of(shop.company_id).get()
    assert Client().get(path).status_code == 200
    assert path not in client.get(f"/invoices/{key}").content.decode()
    client.post(f"/invoices/{key}/revocations", {"key": "r", "link": str(link.id)})
    assert Client().get(path).status_code == 404
    assert client.post(f"/invoices/{key}/links", {}).status_code == 422


def test_a_credit_note_takes_back_quantities_of_lines(shop: Shop) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, "accountant")
    address = f"/invoices/{key_of(document)}/credit-note"
    assert b'name="quantity-1"' in client.get(address).content
    for form, said in (
        ({"reason": "late"}, b"Nothing is credited yet"),
        ({"reason": "late", "quantity-1": "many"}, b"is not a quantity"),
        ({"reason": "late", "quantity-1": "NaN"}, b"is not a quantity"),
        ({"reason": "late", "quantity-1": "1e999999"}, b"is not a quantity"),
        ({"reason": "", "quantity-1": "1"}, b"say why"),
        ({"reason": "late", "quantity-1": "3"}, b"late"),
    ):
        refused = client.post(address, {"key": "x" + str(len(form)), **form})
        assert refused.status_code == 422 and said in refused.content
    form = {"reason": "one broken", "quantity-1": "1", "quantity-2": "", "key": "ok"}
    done = client.post(address, form)
    assert client.post(address, form)["Location"] == done["Location"]
    note = Document.objects.of(shop.company_id).get(kind="credit_note")
    assert (note.net_minor, note.corrects_id) == (5_000, document.id)
    assert done["Location"] == f"/invoices/{key_of(note)}"
    page = client.get(f"/invoices/{key_of(document)}").content.decode()
    assert f"Credited by {note.number}" in page
    assert listed(client, "?state=credited") == [document.number]


def test_money_on_an_invoice_is_taken_back_from_its_timeline(shop: Shop) -> None:
    (document,) = shop.issue()
    pay(shop, document, 3_000)
    client = browser(shop.world, "cash_clerk")
    page = client.get(f"/invoices/{key_of(document)}").content.decode()
    (address,) = re.findall(r'action="(/invoices/[^"]+/reversal)"', page)
    client.post(address)
    assert OpenItem.objects.of(shop.company_id).get(document_id=document.id).open_minor == (
        document.gross_minor
    )
    after = client.get(f"/invoices/{key_of(document)}").content.decode()
    assert "Taken back: 30.00" in after and "/reversal" not in after
    assert browser(shop.world, "auditor", name="Bo").post(address).status_code == 403


@pytest.mark.parametrize(
    ("role", "act"),
    [
        ("cash_clerk", "dispatches"),
        ("auditor", "links"),
        ("auditor", "retries"),
        ("billing_clerk", "credit-note"),
        ("auditor", "revocations"),
        ("auditor", "renditions"),
    ],
)
def test_acts_need_their_right(shop: Shop, role: str, act: str) -> None:
    (document,) = shop.issue()
    client = browser(shop.world, role)
    assert client.get(f"/invoices/{key_of(document)}").status_code == 200
    answer = client.post(f"/invoices/{key_of(document)}/{act}", {"key": "k", "reason": "r"})
    assert answer.status_code == 403
    assert Document.objects.of(shop.company_id).count() == 1
    assert not Dispatch.objects.of(shop.company_id).exists()


def test_documents_of_others_do_not_exist_here(shop: Shop) -> None:
    other = Shop(new_world(seed="other", slug="other", on=shop.world.today))
    (document,) = other.issue()
    client = browser(shop.world, "owner")
    key = key_of(document)
    for path in ("", "/document.pdf", "/credit-note"):
        assert client.get(f"/invoices/{key}{path}").status_code == 404
    for path in ("dispatches", "links", "renditions", "retries", "revocations", "credit-note"):
        form = {"key": path, "dispatch": to_public("dispatch", document.id), "link": "x"}
        assert client.post(f"/invoices/{key}/{path}", form).status_code == 404
    assert listed(client, "") == []


def test_what_left_is_in_the_mailbox_as_text_with_its_files(shop: Shop) -> None:
    (document,) = shop.issue()
    send(ctx=shop.world.ctx(), items=[Sending(document_id=document.id)])
    with smtp_server() as server:
        run_due(ctx=shop.world.ctx())
    (raw,) = server.accepted
    received(shop, raw)
    client = browser(shop.world, "billing_clerk")
    page = client.get("/mailbox").content.decode()
    (address,) = re.findall(r'class="row-open" href="(/mailbox/[^"]+)"', page)
    mail = client.get(address).content.decode()
    assert document.number in mail
    pdf = client.get(f"{address}/attachments/0")
    assert pdf.content.startswith(b"%PDF") and "attachment" in pdf["Content-Disposition"]
    assert client.get(f"{address}/attachments/9").status_code == 404
    assert client.get(f"{address}/mail.eml").content == raw
    other = new_world(seed="other", slug="other", on=shop.world.today)
    assert browser(other, "owner").get(address).status_code == 404
    assert b"No mail yet" in browser(other, "owner", name="Bo").get("/mailbox").content


def test_what_a_rule_sent_is_one_row_and_each_of_them_is_named(shop: Shop) -> None:
    documents = shop.issue(count=3)
    ctx = replace(shop.world.ctx(), rule="")
    send(ctx=ctx, items=[Sending(document_id=one.id) for one in documents])
    client = browser(shop.world, "billing_clerk")
    page = client.get("/automatic")
    (run,) = page.context["runs"]
    assert (run["count"], run["rule"]) == (3, "dispatch shipped row 3")
    assert "3 documents queued for sending" in page.content.decode()
    assert "dispatch.DispatchQueued" not in {row["kind"] for row in page.context["rows"]}
    each = client.get("/automatic?only=sending")
    assert not each.context["runs"]
    rows = each.context["rows"]
    assert {row["about"][0]["label"] for row in rows} == {one.number for one in documents}
    assert all(row["about"][0]["customer"].startswith("Kunde") for row in rows)
    assert all((row["words"], row["channel"]) == ("Has an address.", "email") for row in rows)
    story = client.get(f"/invoices/{to_public('document', documents[0].id)}").content.decode()
    assert "Rule 3 of Sending (as delivered): Has an address." in story
    body = each.content.decode()
    assert all(f"/invoices/{to_public('document', one.id)}" in body for one in documents)
