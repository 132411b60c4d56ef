"""Send the mails that ask: one try of one question, in a transaction that holds only its row.

As with documents, a crash after the server took a mail repeats it with the same Message-ID and the
same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from acquit.access.command import command
from acquit.access.models import Company
from acquit.channels.email import Answer, Letter, Mailer, compose
from acquit.core.codecs.pdf.display import Display
from acquit.core.context import Context
from acquit.core.documents.parties import Address, Contact, Identifier, Party
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.tables import CompiledTable, compile_table
from acquit.core.text import sha256
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.jobs import enqueue
from acquit.policy import texts
from acquit.policy.defaults import shipped
from acquit.policy.queries import InForce, in_force_on
from acquit.policy.registry import SPECS
from acquit.policy.text_values import Payment, Values, of_question
from acquit.stages.dispatch.commands.deliver import EARLY, link_url, smtp_settings
from acquit.stages.dispatch.commands.send import keep_links
from acquit.stages.dispatch.queries.sayings import asked, shown
from acquit.stages.dispatch.rules import sending
from acquit.stages.masterdata.queries import CustomerView, customers_by_id
from acquit.stages.matching.commands.ask import JOB
from acquit.stages.matching.facts import QuestionFailed, QuestionSent
from acquit.stages.matching.models import QUESTION, Question
from acquit.stages.matching.rules import asking
from acquit.stages.matching.rules.plans import kept_shares
from acquit.stages.matching.rules.question_letter import Credited, lines
from acquit.stages.receipts.queries import ReceiptView, receipts_by_id


@dataclass(frozen=True, slots=True)
class Outbox:
    """What the mails of one run share."""

    company: Company
    mailer: Mailer
    receipts: dict[UUID, ReceiptView]
    customers: dict[UUID, CustomerView]
    texts: dict[date, InForce]  # of the days on which was asked


class Due(NamedTuple):
    """A question whose mail is to be tried."""

    question_id: UUID
    receipt_id: UUID
    customer_id: UUID
    asked_at: datetime


def run_due(*, ctx: Context, ids: Sequence[UUID] | None = None) -> Outcome:
    """Try every question that is due (or of ``ids`` what is due) once. Figures: ``sent``,
    ``failed`` (a person must look) and ``waiting`` (will be tried again)."""
    due = due_of(ctx, ids)
    company = Company.objects.get(id=ctx.company_id)
    receipts = receipts_by_id(company_id=ctx.company_id, ids=[one.receipt_id for one in due])
    results: list[ItemResult] = []
    with Mailer(smtp_settings()) as mailer:
        outbox = Outbox(company, mailer, receipts, *_said(ctx, company, due))
        for question_id, *_more in due:
            outcome = send_question(ctx=ctx, items=[question_id], outbox=outbox)
            results.extend(outcome.items)
    return Outcome(tuple(results), _figures(ctx, [one.question_id for one in due]))


def _said(
    ctx: Context, company: Company, due: Sequence[Due]
) -> tuple[dict[UUID, CustomerView], dict[date, InForce]]:
    """The customers of these questions, and the texts in force on the days they were asked."""
    people = customers_by_id(company_id=ctx.company_id, ids={one.customer_id for one in due})
    days = {_day(one.asked_at, company) for one in due}
    return people, in_force_on(
        company_id=ctx.company_id, name=texts.NAME, days=days
    ) if days else {}


def _day(at: datetime, company: Company) -> date:
    return at.astimezone(ZoneInfo(company.timezone)).date()


def due_of(ctx: Context, ids: Sequence[UUID] | None) -> list[Due]:
    """Everything that is due, or of ``ids`` what is."""
    chosen = " AND id = ANY(%(ids)s)" if ids is not None else ""
    rows = fetch_rows(
        "SELECT id, receipt_id, customer_id, asked_at FROM matching_question"
        " WHERE company_id = %(company)s"
        f" AND state = 'queued' AND due_at <= %(now)s{chosen} ORDER BY due_at, id",
        {"company": ctx.company_id, "now": ctx.now + EARLY, "ids": list(ids or ())},
    )
    return [Due(*row) for row in rows]


def _figures(ctx: Context, ids: Sequence[UUID]) -> dict[str, int]:
    states = Question.objects.of(ctx.company_id).filter(id__in=ids).values_list("state", flat=True)
    found = list(states)
    waiting, failed = found.count("queued"), found.count("failed")
    return {"sent": len(found) - waiting - failed, "failed": failed, "waiting": waiting}


@command("matching.send_question")
def send_question(*, ctx: Context, items: Sequence[UUID], outbox: Outbox) -> Outcome:
    """One try of each question that is due and that no other worker holds."""
    rows = list(
        Question.objects.of(ctx.company_id)
        .filter(id__in=list(items), state="queued", due_at__lte=ctx.now + EARLY)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("id")
    )
    return Outcome(tuple(_try(ctx, row, outbox) for row in rows))


def _try(ctx: Context, row: Question, outbox: Outbox) -> ItemResult:
    # Another secret than the one of the day it was asked makes another link.
    left = max((row.expires_at - ctx.now).days, 1)
    keep_links(ctx, {row.id: row.id}, purpose=asking.PURPOSE, days=left)
    try:
        message = mail_of(row, outbox)
        row.message_digest = sha256(message)
        sender = outbox.company.email
        answer = outbox.mailer.send(message=message, sender=sender, recipient=row.recipient)
    except Refused as refusal:
        answer = Answer(False, str(refusal), is_final=True)
    row.attempts += 1
    if answer.ok:
        row.state = QUESTION.after(row.state, "send")
        row.sent_at, row.last_error = ctx.now, ""
        sent = QuestionSent(
            subject_id=row.id,
            effective_on=ctx.today,
            receipt_id=row.receipt_id,
            recipient=row.recipient,
            message_id=row.message_id,
            message_digest=row.message_digest,
        )
        unit.record(ctx, [sent])
    else:
        _not_sent(ctx, row, answer)
    row.save()
    if answer.ok:
        return ItemResult(row.recipient, ItemState.DONE, row.id)
    fault = Fault("question.try_failed", answer.text, f"question {row.recipient}")
    return ItemResult(row.recipient, ItemState.REFUSED, row.id, (fault,))


def _not_sent(ctx: Context, row: Question, answer: Answer) -> None:
    row.last_error = answer.text
    again: datetime | None = None
    if not answer.is_final:
        again = sending.next_try(attempts=row.attempts, now=ctx.now)
    if again is not None:
        row.due_at = again
        enqueue(JOB, [{"company_id": str(ctx.company_id), "ids": [str(row.id)]}], at=again)
        return
    row.state = QUESTION.after(row.state, "fail")
    failed = QuestionFailed(
        subject_id=row.id,
        effective_on=ctx.today,
        receipt_id=row.receipt_id,
        recipient=row.recipient,
        why=answer.text,
    )
    unit.record(ctx, [failed])


def mail_of(row: Question, outbox: Outbox) -> bytes:
    """The bytes of the mail of a question: the same whenever they are made."""
    company, customer = outbox.company, outbox.customers[row.customer_id]
    display = shown(row.locale, company.country)
    asked_for = asked(texts.QUESTION, display, customer)
    values = _values(row, outbox, display)
    own = outbox.texts[_day(row.asked_at, company)].table

    def say(place: str) -> tuple[str, ...]:
        """A company that says nothing here asks in the words that ship."""
        return texts.paragraphs(
            table=own, asked=asked_for, place=place, values=values
        ) or texts.paragraphs(table=_shipped(), asked=asked_for, place=place, values=values)

    answers = lines(
        display=display,
        answers=[credited(option["items"], row.currency) for option in row.options],
    )
    address = link_url("q/") + sending.link_token(secret=settings.SECRET_KEY, dispatch_id=row.id)
    places = (*range(1, len(row.options) + 1), asking.SOMETHING_ELSE)
    written = compose(
        Letter(
            message_id=row.message_id,
            written_at=row.asked_at.astimezone(UTC),
            sender_name=company.name,
            sender=company.email,
            recipient=row.recipient,
            subject=" ".join(say("mail_subject")).replace("\n", " "),
            paragraphs=say("mail_body"),
            language=display.language,
            links=tuple(
                (text, f"{address}/{place}") for text, place in zip(answers, places, strict=True)
            ),
            headers={"X-Acquit-Company": str(company.id)},
        )
    )
    return written.as_bytes()


def _values(row: Question, outbox: Outbox, display: Display) -> Values:
    company, receipt = outbox.company, outbox.receipts[row.receipt_id]
    customer = outbox.customers[row.customer_id]
    contact = Contact(company.contact_name, company.phone, company.email)
    payment = Payment(
        number=receipt.quittance_number,
        amount=Money(row.left_minor, row.currency),
        received_on=receipt.received_on,
        text=receipt.text,
        until=_day(row.expires_at, company),
    )
    seller = Party(name=company.name, address=Address(company.country), contact=contact)
    buyer = Party(
        name=customer.name,
        address=Address(customer.country),
        identifiers=(Identifier(customer.number),),
    )
    return of_question(payment, seller, buyer, display)


@cache
def _shipped() -> CompiledTable:
    return compile_table(table=shipped(texts.NAME), registry=SPECS[texts.NAME].registry)


def credited(items: Sequence[dict[str, object]], currency: str) -> list[Credited]:
    """The documents of a kept answer with what each is credited in its own currency, and how."""
    found: dict[str, Credited] = {}
    for share in kept_shares(items):
        money = Money(share.amount_minor, share.currency or currency)
        none = Money.zero(money.currency)
        known = found.get(share.number, Credited(share.number, none, none))
        found[share.number] = Credited(
            share.number,
            known.money + money,
            known.unpaid + (money if share.adjustment else none),
            (*known.notes, share.credit_number) if share.credit_number else known.notes,
        )
    return list(found.values())
