"""What happens to proposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Fact):
    KIND = "matching.ProposalMade"
    receipt_id: UUID
    action: str
    why: str
    rivals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAccepted(Fact):
    KIND = "matching.ProposalAccepted"
    receipt_id: UUID
    allocations: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRejected(Fact):
    KIND = "matching.ProposalRejected"
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalConfirmed(Fact):
    """A person looked at what a rule had posted with undo, and it is right."""

    KIND = "matching.ProposalConfirmed"
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalUndone(Fact):
    KIND = "matching.ProposalUndone"
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNoted(Fact):
    """The bank took money back, or a payout did (``advice_part_id``), which may move none itself;
    ``subject_id`` is the return. ``reason`` is the bank's code, CHARGEBACK, REFUND or WITHDRAWN;
    ``told_charges_minor`` is what of the amount the bank or the report calls charges,
    ``worth_minor`` all of it in the company's currency."""

    KIND = "matching.ReturnNoted"
    bank_line_id: UUID | None
    advice_part_id: UUID | None
    amount_minor: int
    told_charges_minor: int
    worth_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSettled(Fact):
    """``amount_minor`` of a receipt went back and what it had settled is open again; ``subject_id``
    is the return. ``charge_minor`` is what the bank took for it, worth ``charge_worth_minor`` in
    the company's currency; 0 where the policy leaves it on suspense."""

    KIND = "matching.ReturnSettled"
    receipt_id: UUID
    customer_id: UUID | None
    amount_minor: int
    charge_minor: int
    charge_worth_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnUndone(Fact):
    """The return was not of that receipt after all: the figures are those of what is taken back;
    ``undone_id`` is the return, like the subject."""

    KIND = "matching.ReturnUndone"
    undone_id: UUID
    receipt_id: UUID
    customer_id: UUID | None
    amount_minor: int
    charge_minor: int
    charge_worth_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDismissed(Fact):
    """No money that we had received: the debit stays on suspense until it is explained otherwise.
    ``subject_id`` is the return."""

    KIND = "matching.ReturnDismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapNoted(Fact):
    """Money left ``amount_minor`` of an item open; ``subject_id`` is the gap. ``owner`` is the role
    that clears it until ``due_on``, as ``given_by`` (a row of the policy) says."""

    KIND = "matching.GapNoted"
    item_id: UUID
    receipt_id: UUID
    gap: str
    amount_minor: int
    currency: str
    owner: str
    due_on: date
    given_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapClosed(Fact):
    """Nothing is open any more, or the money that left the gap was taken back; ``how`` is the
    state: adjusted, paid, credited or withdrawn. ``subject_id`` is the gap."""

    KIND = "matching.GapClosed"
    item_id: UUID
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapReopened(Fact):
    """What had cleared the gap was taken back; ``subject_id`` is the gap, ``due_on`` until when it
    must be cleared now."""

    KIND = "matching.GapReopened"
    item_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAssigned(Fact):
    """A person said what a gap is, whose, or until when; ``subject_id`` is the gap. The values are
    those that hold now."""

    KIND = "matching.GapAssigned"
    gap: str
    owner: str
    person_id: UUID | None
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSwitched(Fact):
    """What the matcher learnt counts or counts no more; ``subject_id`` is the switch. Without
    ``value`` it is all of its kind; ``cases`` were counted for a calibration."""

    KIND = "matching.LessonSwitched"
    lesson: str
    value: str
    customer_id: UUID | None
    is_on: bool
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Fact):
    """A mail to the customer was queued that asks what his money settles; ``subject_id`` is the
    question, ``answers`` how many he is offered; ``amount_minor`` is what it is about."""

    KIND = "matching.QuestionAsked"
    receipt_id: UUID
    customer_id: UUID
    recipient: str
    answers: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSent(Fact):
    """``subject_id`` is the question; the digest is of the bytes that left."""

    KIND = "matching.QuestionSent"
    receipt_id: UUID
    recipient: str
    message_id: str
    message_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFailed(Fact):
    KIND = "matching.QuestionFailed"
    receipt_id: UUID
    recipient: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Fact):
    """The customer's own answer: the number of the one he chose, or 0 and what he wrote. Where it
    did not apply itself ``why`` says the reason, and a person decides."""

    KIND = "matching.QuestionAnswered"
    receipt_id: UUID
    customer_id: UUID
    choice: int
    text: str
    is_applied: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWithdrawn(Fact):
    """No answer is awaited any more: a person took it back, or the money was applied."""

    KIND = "matching.QuestionWithdrawn"
    receipt_id: UUID
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionClosed(Fact):
    """A person did what the answer asked for, or the money was applied meanwhile."""

    KIND = "matching.QuestionClosed"
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPutAside(Fact):
    """What is open of the receipt (the subject) settles nothing, for this reason: ``account`` or
    ``foreign``; ``why`` says more in words."""

    KIND = "matching.ReceiptPutAside"
    reason: str
    why: str
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTakenUp(Fact):
    """The receipt (the subject) is in the queue again."""

    KIND = "matching.ReceiptTakenUp"
