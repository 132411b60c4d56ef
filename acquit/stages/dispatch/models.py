"""How a document reached its customer: one logical delivery, its attempts and its proof."""

from __future__ import annotations

from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Link, Walled, append_only, state_check

DISPATCH = Lifecycle(
    name="dispatch",
    initial="queued",
    transitions={
        ("queued", "send"): "sent",
        ("queued", "fail"): "failed",  # attempts used up: an exception with an owner
        ("queued", "cancel"): "cancelled",
        ("failed", "retry"): "queued",
        ("sent", "deliver"): "delivered",
        ("sent", "bounce"): "failed",
        ("delivered", "bounce"): "failed",  # it arrived, and was rejected
        ("failed", "unbounce_sent"): "sent",  # the import of the rejection was taken back
        ("failed", "unbounce_delivered"): "delivered",
    },
)


class Dispatch(Walled):
    """The sending of one document version over one channel to one recipient (invariant I30).

    ``message_id`` is fixed when the row is made, before any call outside, so every repeat of the
    same logical delivery carries the same identity.
    """

    document = Link("invoices.Document")
    version = models.PositiveIntegerField(default=1)
    channel = models.CharField(max_length=20)
    recipient = models.CharField(max_length=254)
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=DISPATCH.initial)
    attempts = models.PositiveIntegerField(default=0)
    xml_digest = models.CharField(max_length=64, blank=True)
    pdf_digest = models.CharField(max_length=64, blank=True)
    message_digest = models.CharField(max_length=64, blank=True)
    last_error = models.TextField(blank=True)
    rejection = models.JSONField(null=True)  # what came back (rules/rejections), field by field
    due_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "dispatch_dispatch"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "version", "channel", "recipient"],
                name="dispatch_one_logical_delivery",
            ),
            state_check("dispatch_state", "state", DISPATCH.states),
        ]
        indexes = [
            models.Index(fields=["company", "state", "due_at"], name="dispatch_queue"),
            # By document it is found through the constraint above.
            models.Index(fields=["company", "sent_at"], include=["state"], name="dispatch_sent"),
            models.Index(fields=["company", "-queued_at", "-id"], name="dispatch_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.recipient} {self.state}"


class Attempt(Walled):
    """One try to send, with what the other side answered."""

    dispatch = Link(Dispatch)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    ok = models.BooleanField()
    answer = models.TextField()

    class Meta:
        db_table = "dispatch_attempt"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "dispatch", "number"], name="dispatch_attempt_number"
            )
        ]
        triggers = append_only("dispatch_attempt")

    def __str__(self) -> str:
        return f"{self.number} {self.ok}"


class Rendition(Walled):
    """The files of a document as they leave the house: made once, never made again differently."""

    document = Link("invoices.Document")
    version = models.PositiveIntegerField(default=1)
    locale = models.CharField(max_length=8)
    xml_digest = models.CharField(max_length=64)  # UBL 2.1
    pdf_digest = models.CharField(max_length=64)  # Factur-X: PDF/A-3 with CII inside
    made_at = models.DateTimeField()

    class Meta:
        db_table = "dispatch_rendition"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "version"], name="dispatch_rendition_once"
            )
        ]
        triggers = append_only("dispatch_rendition")

    def __str__(self) -> str:
        return f"{self.document_id} v{self.version}"


class StatusMessage(Walled):
    """What a network was told of a document by itself: that a payment of it came, or was taken
    back. ``allocation_id`` names the payment in receivables, a stage to the right of this one."""

    document = Link("invoices.Document")
    allocation_id = models.UUIDField()
    status = models.CharField(max_length=3)  # a key of core.documents.lifecycle.STATUSES
    number = models.CharField(max_length=60)  # of the message
    amount_minor = models.BigIntegerField()  # negative where money was taken back
    currency = models.CharField(max_length=3)
    effective_on = models.DateField()
    rule = models.CharField(max_length=100)  # of the policy that had it told
    digest = models.CharField(max_length=64, blank=True)  # of the archived message, if it may leave
    faults = models.JSONField(default=list)  # which rules of the network it breaks, if any
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "dispatch_status"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "allocation_id"], name="dispatch_status_once"
            )
        ]
        indexes = [
            models.Index(fields=["company", "-issued_at", "-id"], name="dispatch_status_recent"),
            models.Index(fields=["company", "document"], name="dispatch_status_document"),
        ]
        triggers = append_only("dispatch_status")

    def __str__(self) -> str:
        return self.number


class Mail(Walled):
    """The built-in mailbox of the demo: what the loopback mail server received."""

    message_id = models.CharField(max_length=200)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    raw_digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "dispatch_mail"
        constraints = [
            # A message that comes twice is one message: repeats carry the same Message-ID.
            models.UniqueConstraint(
                fields=["company", "message_id", "recipient"], name="dispatch_mail_once"
            )
        ]
        indexes = [models.Index(fields=["company", "-received_at"], name="dispatch_mail_recent")]

    def __str__(self) -> str:
        return self.subject
