"""Asking customers what their money is for; what they answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import CustomerId, MoneyValue, Page, Strict, public, uid
from acquit.stages.masterdata.queries import customers_by_id
from acquit.stages.matching.commands import AskCustomer, QuestionNamed, ask, withdraw_question
from acquit.stages.matching.queries import questions as queries
from acquit.stages.matching.queries.questions import OptionView, QuestionView
from acquit.stages.matching.rules.asking import DAYS, DAYS_MAX
from acquit.stages.receipts import queries as receipts

routes = Routes("questions")


class AnswerItemOut(Strict):
    """A document in an answer, with what it would be credited and what is open of it now."""

    open_item_id: str
    number: str
    amount: MoneyValue
    open: MoneyValue
    due_on: date
    credit_number: str
    adjustment: str


class AnswerOut(Strict):
    """One possible answer; without items the money stays on account. ``total`` is the receipt's
    money in it."""

    place: int
    reason: str
    total: MoneyValue
    items: list[AnswerItemOut]

    @classmethod
    def of(cls, view: OptionView, currency: str) -> AnswerOut:
        items = [
            AnswerItemOut(
                open_item_id=public("open_item", item.open_item_id) or "",
                number=item.number,
                amount=MoneyValue.of(item.amount_minor, item.currency),
                open=MoneyValue.of(item.open_minor, item.currency),
                due_on=item.due_on,
                credit_number=item.credit_number,
                adjustment=item.adjustment,
            )
            for item in view.items
        ]
        total = MoneyValue.of(view.total_minor, currency)
        return cls(place=view.place, reason=view.reason, total=total, items=items)


class QuestionOut(Strict):
    """A question to a customer by mail. ``choice`` is the place of his answer, 0 for his own words
    in ``text``; ``why`` says why an answer did not apply itself."""

    id: str
    receipt_id: str
    customer_id: str
    recipient: str
    state: str
    rule: str
    amount: MoneyValue
    asked_at: datetime
    asked_by: str
    sent_at: datetime | None
    expires_at: datetime
    last_error: str
    answers: list[AnswerOut]
    choice: int | None
    text: str
    why: str
    answered_at: datetime | None
    proposal_id: str | None

    @classmethod
    def of(cls, view: QuestionView) -> QuestionOut:
        return cls(
            id=public("question", view.id) or "",
            receipt_id=public("receipt", view.receipt_id) or "",
            customer_id=public("customer", view.customer_id) or "",
            recipient=view.recipient,
            state=view.state,
            rule=view.rule,
            amount=MoneyValue.of(view.left_minor, view.currency),
            asked_at=view.asked_at,
            asked_by=view.asked_by,
            sent_at=view.sent_at,
            expires_at=view.expires_at,
            last_error=view.last_error,
            answers=[AnswerOut.of(one, view.currency) for one in view.options],
            choice=view.choice,
            text=view.answer_text,
            why=view.why,
            answered_at=view.answered_at,
            proposal_id=public("proposal", view.proposal_id),
        )


class AskingIn(Strict):
    """Who is asked, where the matcher does not know it; for how many days the links work."""

    customer_id: CustomerId | None = None
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = DAYS


@routes.get("/questions", "read.matching", Page[QuestionOut])
def list_questions(frame: Frame, group: Literal["open", "done"] = "open") -> Page[QuestionOut]:
    """Questions that are not done with, answers that wait for a person first; or the last 200
    that are."""
    read = queries.waiting if group == "open" else queries.done
    views = read(company_id=frame.company_id, limit=queries.SHOWN_MAX)
    return Page(items=[QuestionOut.of(view) for view in views], next=None)


@routes.get("/questions/{question_id}", "read.matching", QuestionOut)
def get_question(frame: Frame, question_id: str) -> QuestionOut:
    """One question with the answers that were offered, and the one that was given."""
    return QuestionOut.of(_question(frame, question_id))


@routes.post("/receipts/{receipt_id}/questions", "matching.ask")
def ask_customer(frame: Frame, receipt_id: str, body: AskingIn) -> Reply:
    """Ask the customer by mail what this money is for. While a question is open it is not asked
    again."""
    receipt = public_id("receipt", receipt_id)
    if not receipts.receipts_by_id(company_id=frame.company_id, ids=[receipt]):
        raise not_found("receipt")
    customer = uid("customer", body.customer_id) if body.customer_id else None
    if customer and not customers_by_id(company_id=frame.company_id, ids=[customer]):
        raise not_found("customer")
    wish = AskCustomer(receipt_id=receipt, customer_id=customer, days=body.days)
    return done(ask(ctx=frame.ctx, items=[wish]), kind="question")


@routes.delete("/questions/{question_id}", "matching.withdraw_question")
def withdraw_customer_question(frame: Frame, question_id: str) -> Reply:
    """Take the question back: its links open no more. An answer that was read is put away."""
    named = QuestionNamed(id=_question(frame, question_id).id)
    return done(withdraw_question(ctx=frame.ctx, items=[named]), kind="question")


def _question(frame: Frame, text: str) -> QuestionView:
    key = public_id("question", text)
    view = queries.question(company_id=frame.company_id, question_id=key)
    if view is None:
        raise not_found("question")
    return view
