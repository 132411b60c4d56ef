"""The matcher's answers, kept with their evidence so that each can be explained and undone."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import (
    Currency,
    GuardedLink,
    Link,
    Walled,
    frozen_but,
    state_check,
)
from acquit.stages.matching.rules.gaps import CLEARED, KINDS
from acquit.stages.matching.rules.learning import KINDS as LESSONS

PROPOSAL = Lifecycle(
    name="proposal",
    initial="proposed",
    transitions={
        ("proposed", "accept"): "accepted",
        ("proposed", "reject"): "rejected",
        ("proposed", "supersede"): "superseded",
        ("accepted", "undo"): "undone",
    },
)


RETURN = Lifecycle(
    name="return",
    initial="waiting",
    transitions={
        ("waiting", "settle"): "settled",
        ("waiting", "dismiss"): "dismissed",
        ("settled", "undo"): "undone",
        ("undone", "settle"): "settled",
        ("undone", "dismiss"): "dismissed",
        ("dismissed", "settle"): "settled",
    },
)
# A gap reopens when what cleared it is taken back; it is withdrawn with the money that left it.
GAP = Lifecycle(
    name="gap",
    initial="open",
    transitions={
        ("open", "adjust"): "adjusted",
        ("open", "pay"): "paid",
        ("open", "credit"): "credited",
        ("open", "withdraw"): "withdrawn",
        **{(state, "reopen"): "open" for state in CLEARED},
        **{(state, "withdraw"): "withdrawn" for state in CLEARED},
    },
)
QUESTION = Lifecycle(
    name="question",
    initial="queued",
    transitions={
        ("queued", "send"): "asked",
        ("queued", "fail"): "failed",  # the mail could not be delivered
        # An answer is one whatever we know of the mail: it may have left and our commit not.
        **{(state, "apply"): "applied" for state in ("queued", "asked", "failed")},
        **{(state, "answer"): "answered" for state in ("queued", "asked", "failed")},
        **{(state, "withdraw"): "withdrawn" for state in ("queued", "asked", "failed")},
        ("answered", "close"): "closed",
    },
)
# Money that is put aside again later is another row.
ASIDE = Lifecycle(name="aside", initial="aside", transitions={("aside", "take_up"): "taken_up"})
# It stays on the customer's account for what is still to come; it is not for our invoices.
REASONS_ASIDE = ("account", "foreign")
# The policy's words on an answer. What is posted with undo is put before a person afterwards.
ACTIONS = ("post", "post_undo", "suggest", "ask", "leave")
BY_ITSELF = frozenset({"post", "post_undo"})
UNANSWERED = ("queued", "asked", "failed")
UNDECIDED = ("waiting", "undone")  # the states in which a person may have to look


class Proposal(Walled):
    """What one receipt may settle: ``items`` are the shares of ``rules/plans.py`` by name, without
    what is empty; ``evidence`` the reasons in words, ``rivals`` how many other answers fit as
    well. ``day_at_risk`` is what the policy was told of the day, in company currency, where it
    limits that; ``seen_at`` when a person said that what was posted with undo is right. ``turn``
    is the place of the money that waits, as it was when this was proposed."""

    receipt = GuardedLink("receipts.Receipt")
    rank = models.PositiveIntegerField()
    probability = models.DecimalField(max_digits=7, decimal_places=6)
    rivals = models.PositiveIntegerField(default=0)
    action = models.CharField(max_length=10)
    reason = models.CharField(max_length=40)
    items = models.JSONField()
    evidence = models.JSONField()
    total_minor = models.BigIntegerField()
    currency = Currency()
    state = models.CharField(max_length=12, default=PROPOSAL.initial)
    rule = models.CharField(max_length=200)
    day_at_risk = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField(null=True)
    turn = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "matching_proposal"
        constraints = [
            state_check("matching_proposal_state", "state", PROPOSAL.states),
            state_check("matching_proposal_action", "action", ACTIONS),
            models.CheckConstraint(
                name="matching_proposal_seen",
                condition=models.Q(seen_at=None) | models.Q(action="post_undo"),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "receipt", "rank"], name="matching_proposal_receipt"),
            models.Index(
                fields=["company", "created_at"],
                name="matching_proposal_waiting",
                condition=models.Q(state="proposed"),
            ),
            # All that the Apply page counts, so that counting never touches the table.
            models.Index(
                fields=["company", "created_at", "id"],
                include=["action", "currency", "total_minor"],
                name="matching_proposal_accepted",
                condition=models.Q(state="accepted"),
            ),
            # What is suggested, in its turn.
            models.Index(
                fields=["company", "action", "turn", "id"],
                include=["receipt", "probability"],
                name="matching_proposal_turn",
                condition=models.Q(state="proposed", rank=1),
            ),
            models.Index(
                fields=["company", "created_at", "id"],
                name="matching_proposal_unseen",
                condition=models.Q(state="accepted", action="post_undo", seen_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.total_minor} {self.currency}"


class Return(Walled):
    """Money that went back: a debit that the bank calls a return or a reversal, or a chargeback or
    refund that made a payout smaller, from the moment it comes. It waits until the receipt is known
    whose money it is; a rule tries again with every run of the matcher, but not after a person took
    its answer back.

    ``worth_minor`` is the whole debit in the company's currency, as it was booked. Once settled,
    ``principal_minor`` of the receipt came back, the rest of the debit is the bank's charge;
    ``allocation_id`` is what closed the receipt's money, ``reopened`` what that undid, to be made
    again if the return is taken back: claims, amounts, adjustments.
    """

    bank_line_id: UUID | None
    receipt_id: UUID | None
    advice_part_id: UUID | None
    bank_line = Link("receipts.BankLine", null=True)  # none where a payout came to nothing
    advice_part = Link("receipts.AdvicePart", null=True)  # of the payout that was smaller
    told_charges_minor = models.BigIntegerField(default=0)  # of the amount, as bank or report say
    booked_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = Currency()
    worth_minor = models.BigIntegerField()
    reason = models.CharField(max_length=35, blank=True)
    state = models.CharField(max_length=10, default=RETURN.initial)
    receipt = Link("receipts.Receipt", null=True)
    allocation_id = models.UUIDField(null=True)
    principal_minor = models.BigIntegerField(default=0)
    charge_minor = models.BigIntegerField(default=0)
    evidence = models.JSONField(default=list)
    reopened = models.JSONField(default=list)
    ties = models.PositiveIntegerField(default=0)
    rule = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "matching_return"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "bank_line", "advice_part"],
                name="matching_return_once",
                nulls_distinct=False,
            ),
            state_check("matching_return_state", "state", RETURN.states),
            models.CheckConstraint(
                name="matching_return_settled",
                condition=~models.Q(state="settled")
                | models.Q(receipt__isnull=False, principal_minor__gt=0),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "booked_on", "id"],
                name="matching_return_undecided",
                condition=models.Q(state__in=UNDECIDED),
            ),
            models.Index(
                fields=["company", "receipt"],
                name="matching_return_receipt",
                condition=models.Q(receipt__isnull=False),
            ),
        ]
        triggers = frozen_but(
            "matching_return",
            "state",
            "receipt",
            "allocation_id",
            "principal_minor",
            "charge_minor",
            "evidence",
            "reopened",
            "ties",
            "rule",
            "decided_at",
            "decided_by",
        )

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor} {self.currency}"


class Gap(Walled):
    """What money left open of ``item`` when it was applied, as a question: what is it, who clears
    it, until when. What it is worth now is what is open of the item; ``amount_minor`` is what it
    was at first. An item has one open gap at most. ``owner`` is a role, ``person_id`` one of its
    people where somebody was named; ``rule`` the row of the policy ``gaps`` that gave it to them,
    empty once a person changed that."""

    item_id: UUID
    receipt_id: UUID
    item = Link("receivables.OpenItem")
    receipt = Link("receipts.Receipt")
    amount_minor = models.BigIntegerField()
    currency = Currency()
    kind = models.CharField(max_length=20)
    owner = models.CharField(max_length=30)
    person_id = models.UUIDField(null=True)
    due_on = models.DateField()
    rule = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, default=GAP.initial)
    noted_on = models.DateField()
    noted_at = models.DateTimeField()
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "matching_gap"
        constraints = [
            state_check("matching_gap_state", "state", GAP.states),
            state_check("matching_gap_kind", "kind", KINDS),
            models.CheckConstraint(
                name="matching_gap_closed",
                condition=models.Q(state="open", closed_on=None)
                | ~models.Q(state="open") & models.Q(closed_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["company", "item"],
                name="matching_gap_once",
                condition=models.Q(state="open"),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "item", "id"], name="matching_gap_item"),
            models.Index(
                fields=["company", "due_on", "id"],
                name="matching_gap_open",
                condition=models.Q(state="open"),
            ),
            models.Index(fields=["company", "noted_on", "id"], name="matching_gap_noted"),
        ]
        triggers = frozen_but(
            "matching_gap",
            "kind",
            "owner",
            "person_id",
            "due_on",
            "rule",
            "state",
            "closed_on",
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"


class Lesson(Walled):
    """A person's word on what the matcher learnt: a whole kind on or off, or one account, name
    or pattern of texts (``value``) of a customer. What has no row counts, but for calibration.
    ``counts`` are those of the calibration as it was switched on: class of evidence -> [right,
    given]."""

    customer_id: UUID | None
    kind = models.CharField(max_length=12)
    value = models.CharField(max_length=140, blank=True)
    customer = Link("masterdata.Customer", null=True)
    is_on = models.BooleanField()
    counts = models.JSONField(default=dict)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)

    class Meta:
        db_table = "matching_lesson"
        constraints = [
            state_check("matching_lesson_kind", "kind", LESSONS),
            models.UniqueConstraint(
                fields=["company", "kind", "value", "customer"],
                name="matching_lesson_once",
                nulls_distinct=False,
            ),
        ]
        triggers = frozen_but("matching_lesson", "is_on", "counts", "decided_at", "decided_by")

    def __str__(self) -> str:
        return f"{self.kind} {self.value}".strip()


class Question(Walled):
    """What a customer was asked about money of his, and what he answered.

    ``options`` are the answers he was offered, in order: reason, probability, the receipt's money
    in it, and what it would settle, as in a proposal; nothing of it where the money stays on
    account. They hold as long as ``left_minor`` of the receipt is open. ``choice`` counts from 1,
    0 is something else, said in ``answer_text``. An answer that applied itself names its proposal;
    one that did not waits for a person (answered), with the reason ``why``.
    """

    receipt_id: UUID
    customer_id: UUID
    receipt = Link("receipts.Receipt")
    customer = Link("masterdata.Customer")
    recipient = models.CharField(max_length=254)
    locale = models.CharField(max_length=8)
    options = models.JSONField()
    left_minor = models.BigIntegerField()
    currency = Currency()
    state = models.CharField(max_length=10, default=QUESTION.initial)
    rule = models.CharField(max_length=200, blank=True)
    message_id = models.CharField(max_length=200)
    message_digest = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    choice = models.PositiveIntegerField(null=True)
    answer_text = models.TextField(blank=True)
    why = models.TextField(blank=True)
    proposal_id = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "matching_question"
        constraints = [
            state_check("matching_question_state", "state", QUESTION.states),
            models.UniqueConstraint(
                fields=["company", "receipt"],
                name="matching_question_one",
                condition=models.Q(state__in=UNANSWERED),
            ),
            models.CheckConstraint(
                name="matching_question_answered",
                condition=~models.Q(state__in=("applied", "answered", "closed"))
                | models.Q(choice__isnull=False, answered_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "asked_at", "id"],
                name="matching_question_open",
                condition=models.Q(state__in=(*UNANSWERED, "answered")),
            ),
            models.Index(fields=["company", "receipt"], name="matching_question_receipt"),
        ]
        triggers = frozen_but(
            "matching_question",
            "state",
            "message_digest",
            "attempts",
            "last_error",
            "due_at",
            "sent_at",
            "choice",
            "answer_text",
            "why",
            "proposal_id",
            "answered_at",
            "decided_at",
            "decided_by",
        )

    def __str__(self) -> str:
        return f"{self.recipient} {self.state}"


class Aside(Walled):
    """Money that a person put aside: ``reason`` says why it settles nothing, ``note`` more of it in
    words. It is out of the queue until somebody takes it up again; the matcher goes on trying."""

    receipt_id: UUID
    receipt = Link("receipts.Receipt")
    reason = models.CharField(max_length=10)
    note = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, default=ASIDE.initial)
    put_at = models.DateTimeField()
    put_by = models.CharField(max_length=200)
    taken_up_at = models.DateTimeField(null=True)
    taken_up_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "matching_aside"
        constraints = [
            state_check("matching_aside_state", "state", ASIDE.states),
            state_check("matching_aside_reason", "reason", REASONS_ASIDE),
            models.UniqueConstraint(
                fields=["company", "receipt"],
                name="matching_aside_one",
                condition=models.Q(state="aside"),
            ),
            models.CheckConstraint(
                name="matching_aside_taken_up",
                condition=models.Q(state="aside", taken_up_at=None)
                | models.Q(state="taken_up", taken_up_at__isnull=False),
            ),
        ]
        triggers = frozen_but("matching_aside", "state", "taken_up_at", "taken_up_by")

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.reason}"
