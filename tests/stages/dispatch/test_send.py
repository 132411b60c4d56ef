"""Sending: one logical delivery whatever the mail server does, and files that are valid."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from acquit.access import actors
from acquit.core.context import Context
from acquit.core.judges import official
from acquit.core.outcome import ItemState
from acquit.history import archive
from acquit.history.models import FactRecord
from acquit.stages.dispatch import queries
from acquit.stages.dispatch.commands.deliver import link_url, run_due
from acquit.stages.dispatch.commands.link import NewLink, Seeing, link, revoke_link, see
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.models import Attempt, Dispatch, Rendition
from acquit.stages.dispatch.rules.sending import ATTEMPTS_MAX, link_token
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from tests.support.corrupt import change
from tests.support.invoices import Sold, customer, deliver
from tests.support.smtp import smtp_server
from tests.support.world import World


def invoiced(world: World, count: int = 1, **more: object) -> list[UUID]:
    for _ in range(count):
        buyer = customer(world, f"C-{world.ids.new().hex[-9:]}", **more)
        deliver(world, buyer, [Sold("3", "9.99"), Sold("1", "5.00", "B", "R")])
    bill(ctx=world.ctx(), as_of=world.today)
    return queries.undispatched(company_id=world.company_id)


def sent(world: World, ids: list[UUID]) -> list[UUID]:
    outcome = send(ctx=world.ctx(), items=[Sending(document_id=one) for one in ids])
    return list(outcome.ids)


def test_each_sending_says_which_row_chose_its_channel(world: World) -> None:
    """A channel that a person chose has no rule, for none decided."""
    ids = [
        *invoiced(world),
        *invoiced(world, channel="print"),
        *invoiced(world, email="", channel="email"),
        *invoiced(world),
    ]
    ids = list(dict.fromkeys(ids))
    items = [Sending(document_id=one) for one in ids]
    items[-1] = replace(items[-1], channel="portal")
    ctx = replace(world.ctx(), rule="")
    outcome = send(ctx=ctx, items=items)
    facts = FactRecord.objects.filter(kind="dispatch.DispatchQueued")
    rules = {fact.subject_id: (fact.payload["channel"], fact.rule) for fact in facts}
    assert [rules[one] for one in outcome.ids] == [
        ("email", "dispatch shipped row 3"),
        ("print", "dispatch shipped row 1"),
        ("portal", "dispatch shipped row 4"),
        ("portal", ""),
    ]


def at(world: World, **later: int) -> Context:
    return replace(world.ctx(), now=world.ctx().now + timedelta(**later))


def jobs() -> list[tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, scheduled_at IS NOT NULL FROM procrastinate_jobs ORDER BY id"
        )
        return cursor.fetchall()


def test_a_document_is_sent_once_with_valid_files_and_its_link(world: World) -> None:
    ids = invoiced(world)
    (dispatch,) = sent(world, ids)
    again = send(ctx=world.ctx(), items=[Sending(document_id=ids[0])])
    assert again.items[0].state is ItemState.DUPLICATE
    assert jobs() == [("dispatch.render_and_send", False)]
    with smtp_server() as server:
        outcome = run_due(ctx=world.ctx())
        assert run_due(ctx=world.ctx()).figures == {"sent": 0, "failed": 0, "waiting": 0}
    assert outcome.figures == {"sent": 1, "failed": 0, "waiting": 0}
    (message,) = server.messages
    assert message["Subject"].startswith("Rechnung ")
    files = {part.get_content_type(): part.get_content() for part in message.iter_attachments()}
    for name in ("application/pdf", "application/xml"):
        assert official.judge(files[name]).valid
    proof = queries.proof(company_id=world.company_id, dispatch_id=dispatch)
    assert proof is not None
    assert proof.dispatch.state == "sent"
    piece = archive.read(company_id=world.company_id, digest=proof.dispatch.pdf_digest)
    assert piece is not None
    assert piece.body == files["application/pdf"]
    plain = message.get_body(preferencelist=("plain",))
    assert plain is not None
    token = plain.get_content().split(link_url(""))[1].split()[0]
    opened = queries.open_link(token=token, purpose="document", now=world.ctx().now)
    assert opened is not None
    assert opened.document_id == ids[0]


@pytest.mark.parametrize("fault", ["451 later", "cut"])
def test_a_faulty_server_gets_one_logical_delivery(world: World, fault: str) -> None:
    sent(world, invoiced(world))
    with smtp_server(fault, fault) as server:
        assert run_due(ctx=world.ctx()).figures["waiting"] == 1
        assert run_due(ctx=world.ctx()).figures["waiting"] == 0  # not due yet
        assert run_due(ctx=at(world, minutes=2)).figures["waiting"] == 1
        assert run_due(ctx=at(world, minutes=10)).figures["sent"] == 1
    assert len({message["Message-ID"] for message in server.messages}) == 1
    assert len(set(server.accepted)) == 1
    assert list(Attempt.objects.order_by("number").values_list("ok", flat=True)) == [
        False,
        False,
        True,
    ]
    assert FactRecord.objects.filter(kind="dispatch.DocumentSent").count() == 1
    assert jobs() == [("dispatch.render_and_send", late) for late in (False, True, True)]


def test_after_five_tries_a_person_must_look_and_can_send_again(world: World) -> None:
    (dispatch,) = sent(world, invoiced(world))
    with smtp_server(*["451 later"] * ATTEMPTS_MAX) as server:
        for hour in range(ATTEMPTS_MAX):
            run_due(ctx=at(world, hours=3 * hour))
        page = queries.in_state(company_id=world.company_id, state="failed")
        assert [(row.attempts, row.last_error) for row in page.rows] == [(5, "451 later")]
        assert queries.counts(company_id=world.company_id, day=world.today).alone()["failed"] == 1
        assert resend(ctx=at(world, hours=20), items=[dispatch]).of(ItemState.DONE)
        assert run_due(ctx=at(world, hours=20)).figures["sent"] == 1
    assert len(server.accepted) == 1
    assert resend(ctx=world.ctx(), items=[dispatch]).faults[0].code == "dispatch.not_allowed"


def test_a_final_refusal_is_an_exception_at_once(world: World) -> None:
    sent(world, invoiced(world))
    with smtp_server("550 no such mailbox"):
        assert run_due(ctx=world.ctx()).figures["failed"] == 1
    assert Dispatch.objects.get().last_error == "550 no such mailbox"


def test_an_invalid_document_waits_with_its_reason(world: World) -> None:
    ids = invoiced(world)
    sent(world, ids)
    change("invoices_line", "UPDATE invoices_line SET net_minor = net_minor + 500")
    with smtp_server() as server:
        outcome = run_due(ctx=world.ctx())
    assert (outcome.figures["failed"], server.accepted) == (1, [])
    assert "not valid: BR-CO-10" in Dispatch.objects.get().last_error
    assert not Rendition.objects.exists()


def test_without_an_address_the_document_waits_in_the_portal(world: World) -> None:
    ids = invoiced(world, email="")
    sent(world, ids)
    assert run_due(ctx=world.ctx()).figures["sent"] == 1
    assert Dispatch.objects.get().channel == "portal"
    refused = send(ctx=world.ctx(), items=[Sending(document_id=ids[0], channel="email")])
    assert refused.faults[0].code == "dispatch.recipient"


def _queries_of_send(world: World, count: int) -> int:
    ids = invoiced(world, count)
    with CaptureQueriesContext(connection) as captured:
        assert len(sent(world, ids)) == count
    return len(captured)


def test_queueing_asks_no_more_for_many(world: World) -> None:
    assert _queries_of_send(world, 1) == _queries_of_send(world, 90)


def test_links_open_for_their_purpose_until_revoked_or_expired(world: World) -> None:
    (document,) = invoiced(world)
    token, now = secrets.token_urlsafe(32), world.ctx().now
    (made,) = link(ctx=world.ctx(), items=[NewLink(document_id=document, token=token, days=7)]).ids
    assert queries.open_link(token=token, purpose="document", now=now) is not None
    assert queries.open_link(token=token, purpose="sign-in", now=now) is None
    assert queries.open_link(token=token[:-1], purpose="document", now=now) is None
    late = now + timedelta(days=7)
    assert queries.open_link(token=token, purpose="document", now=late) is None
    states = [revoke_link(ctx=world.ctx(), items=[made]).items[0].state for _ in range(2)]
    assert states == [ItemState.DONE, ItemState.DUPLICATE]
    assert queries.open_link(token=token, purpose="document", now=now) is None
    short = link(ctx=world.ctx(), items=[NewLink(document_id=document, token="1234")])
    assert short.faults[0].code == "link.token"


def test_seeing_is_recorded_once_a_day_and_by_the_customer(world: World) -> None:
    (document,) = invoiced(world)
    buyer = Document.objects.get().customer_id
    (made,) = link(
        ctx=world.ctx(), items=[NewLink(document_id=document, token=secrets.token_urlsafe(32))]
    ).ids
    actor = actors.customer_contact(customer_id=buyer, name="Kunde")
    item = Seeing(document_id=document, link_id=made)
    for _ in range(3):
        see(ctx=world.ctx(actor=actor), items=[item])
    world.later(1)
    see(ctx=world.ctx(actor=actor), items=[item])
    facts = FactRecord.objects.filter(kind="dispatch.DocumentSeen")
    assert [fact.actor_kind for fact in facts] == ["customer", "customer"]


@override_settings(SECRET_KEY="another secret")
def test_the_token_follows_from_the_secret_and_the_dispatch() -> None:
    one, two = UUID(int=1), UUID(int=2)
    tokens = {
        link_token(secret=secret, dispatch_id=dispatch)
        for secret in ("a", "b")
        for dispatch in (one, two)
    }
    assert len(tokens) == 4
    assert all(len(token) >= 43 for token in tokens)
