"""The customer's page: one document by a secret link, nothing else, and reading changes nothing."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from acquit.access.models import Company, SignedLink
from acquit.core.money import Money
from acquit.entrypoints.portal.opening import Visit, opened
from acquit.history.models import FactRecord
from acquit.stages.dispatch.commands.link import NewLink, link, revoke_link
from acquit.stages.dispatch.commands.render import render
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.models import Document
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receivables.commands.allocate import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from tests.support.shop import Shop
from tests.support.world import new_world

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)  # midnight in Auckland, whose winter is UTC+12


def linked(shop: Shop, document_id: UUID) -> tuple[str, UUID]:
    token = secrets.token_urlsafe(32)
    items = [NewLink(document_id=document_id, token=token)]
    (link_id,) = link(ctx=shop.world.ctx(), items=items).ids
    return f"/p/{token}", link_id


@pytest.fixture
def document(shop: Shop) -> Document:
    (made,) = shop.issue()
    render(ctx=shop.world.ctx(), items=[made.id]).or_refuse()
    return made


def facts(shop: Shop) -> int:
    return FactRecord.objects.of(shop.company_id).count()


def settle(shop: Shop, document: Document, minor: int) -> None:
    world = shop.world
    amount = Money(minor, document.currency)
    receipt = NewReceipt(
        key="r",
        customer_id=document.customer_id,
        method="card",
        amount=amount,
        received_on=world.today,
    )
    (receipt_id,) = record(ctx=world.ctx(), items=[receipt]).ids
    items = OpenItem.objects.of(shop.company_id)
    move = NewAllocation(
        key="a",
        credit_item_id=items.get(receipt_id=receipt_id).id,
        debit_item_id=items.get(document_id=document.id).id,
        amount=amount,
    )
    allocate(ctx=world.ctx(), items=[move]).or_refuse()


def test_what_to_pay_how_and_the_very_files(shop: Shop, document: Document) -> None:
    path, _ = linked(shop, document.id)
    before = facts(shop)
    answer = Client().get(path)
    page = answer.content.decode()
    assert "130,90" in page and document.number in page
    assert "DE89 3704 0044 0532 0130 00" in page and "COBADEFFXXX" in page
    assert '<html lang="de"' in page  # the language of the customer
    for form in ("pdf", "xml"):
        file = Client().get(f"{path}/document.{form}")
        assert sha256(file.content).hexdigest() in page
        assert file["X-Content-SHA256"] in page
    assert Client().get(f"{path}/qr.svg").content.startswith(b"<svg")
    assert Client().get(f"{path}/brand.css")["Content-Type"] == "text/css"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert facts(shop) == before


def test_the_amount_follows_what_was_paid(shop: Shop, document: Document) -> None:
    path, _ = linked(shop, document.id)
    settle(shop, document, 3_000)
    assert "100,90" in Client().get(path).content.decode()


def test_nothing_is_asked_for_once_it_is_paid(shop: Shop, document: Document) -> None:
    path, _ = linked(shop, document.id)
    settle(shop, document, document.gross_minor)
    page = Client().get(path).content.decode()
    assert "Pay by bank transfer" not in page and "DE89 3704" not in page
    assert Client().get(f"{path}/qr.svg").status_code == 404


def test_seen_is_noted_once_a_day_by_post_alone(shop: Shop, document: Document) -> None:
    path, _ = linked(shop, document.id)
    client = Client()
    assert client.get(f"{path}/seen").status_code == 405
    before = facts(shop)
    assert client.post(f"{path}/seen", {"quiet": "1"}).status_code == 204
    assert client.post(f"{path}/seen")["Location"] == path
    assert facts(shop) == before + 1
    fact = FactRecord.objects.of(shop.company_id).get(kind="dispatch.DocumentSeen")
    assert (fact.actor_kind, fact.subject_id) == ("customer", document.id)
    guarded = Client(enforce_csrf_checks=True)
    assert guarded.post(f"{path}/seen").status_code == 403


def test_a_link_that_does_not_open_says_nothing(shop: Shop, document: Document) -> None:
    revoked, revoked_id = linked(shop, document.id)
    revoke_link(ctx=shop.world.ctx(), items=[revoked_id])
    expired, expired_id = linked(shop, document.id)
    long_ago = shop.world.ctx().now - timedelta(days=3)
    SignedLink.objects.of(shop.company_id).filter(id=expired_id).update(expires_at=long_ago)
    answers = set()
    for path in (revoked, expired, "/p/" + "x" * 43, "/p/short", "/p/" + "y" * 500):
        for more in ("", "/document.pdf", "/document.xml", "/qr.svg", "/brand.css"):
            answer = Client().get(f"{path}{more}")
            assert answer.status_code == 404
            answers.add(re.sub(r'value="[^"]*"', "", answer.content.decode()))
        assert Client().post(f"{path}/seen").status_code == 404
    assert len(answers) == 1  # the same words whatever was wrong
    (words,) = answers
    assert document.number not in words and "Muster" not in words


def test_a_link_opens_its_own_document_only(shop: Shop, document: Document) -> None:
    other = Shop(new_world(seed="other", slug="other", on=shop.world.today))
    (foreign,) = other.issue()
    path, _ = linked(shop, document.id)
    token = path.removeprefix("/p/")
    # A link whose company and document do not belong together opens nothing.
    SignedLink.objects.of(shop.company_id).update(subject_id=foreign.id)
    assert Client().get(f"/p/{token}").status_code == 404


def test_a_draft_is_never_reachable(shop: Shop) -> None:
    shop.fill(ready=1)
    (draft,) = shop.drafts("ready")
    token = secrets.token_urlsafe(32)
    refused = link(ctx=shop.world.ctx(), items=[NewLink(document_id=draft.id, token=token)])
    assert refused.faults
    assert Client().get(f"/p/{token}").status_code == 404


def test_the_language_can_be_switched_and_stays(shop: Shop, document: Document) -> None:
    path, _ = linked(shop, document.id)
    client = Client()
    client.post("/language", {"language": "ro", "next": path})
    assert '<html lang="ro"' in client.get(path).content.decode()


def test_a_credit_note_asks_for_nothing(shop: Shop, document: Document) -> None:
    credit(ctx=shop.world.ctx(), items=[Credit(document_id=document.id, reason="broken")])
    note = Document.objects.of(shop.company_id).get(kind="credit_note")
    path, _ = linked(shop, note.id)
    page = Client().get(path).content.decode()
    assert note.number in page and document.number in page
    assert "DE89 3704" not in page and 'class="due-amount"' in page


def test_times_are_those_of_the_seller(shop: Shop, document: Document) -> None:
    Company.objects.filter(id=shop.company_id).update(timezone="Pacific/Auckland")
    path, _ = linked(shop, document.id)

    @opened
    def clock(_visit: Visit) -> HttpResponse:
        return HttpResponse(Template("{{ at|date:'H:i' }}").render(Context({"at": NOON})))

    request = RequestFactory().get(path)
    assert clock(request, path.removeprefix("/p/")).content == b"00:00"
    assert timezone.get_current_timezone_name() == "UTC"  # and only while the page is made


def test_the_page_reads_as_people_write(shop: Shop) -> None:
    """Units, prices and rates in words, not in codes."""
    (made,) = shop.issue()
    url, _link = linked(shop, made.id)
    client = Client()
    client.cookies["django_language"] = "de"
    page = client.get(url).content.decode()
    assert "2 Stk" in page and "C62" not in page
    assert ">50,00<" in page and ">50<" not in page
    assert "USt 19\u00a0%" in page and "USt S" not in page
