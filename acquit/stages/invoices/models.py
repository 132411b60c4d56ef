"""Drafts, legal documents and the series that number them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import (
    Currency,
    GuardedLink,
    Link,
    SetLink,
    Walled,
    append_only,
    frozen_but,
    set_links,
    state_check,
    undeletable,
)
from acquit.database.parts import Pieces

DRAFT = Lifecycle(
    name="draft",
    initial="review",
    transitions={
        ("review", "ready"): "ready",  # all checks pass after enrichment
        ("review", "discard"): "discarded",
        ("ready", "hold"): "held",
        ("held", "release"): "ready",
        ("held", "discard"): "discarded",
        ("ready", "review"): "review",
        ("ready", "issue"): "issued",
        ("ready", "discard"): "discarded",
        ("ready", "schedule"): "scheduled",  # pressed to be sent: leaves after the grace time
        ("scheduled", "recall"): "ready",
        ("scheduled", "review"): "review",  # at the time of issue something stood in its way
        ("scheduled", "issue"): "issued",
    },
)
KINDS = ("invoice", "credit_note", "debit_note")


class BillingRun(Walled):
    """One run over unbilled deliveries, with the policy version that grouped them.

    Amounts are in company currency, invoices less credit notes. A run without ``finished_at``
    was interrupted between two chunks: the same key, or a new run, goes on where it stopped.
    """

    as_of = models.DateField()
    policy_version = models.CharField(max_length=80)
    invoices = models.IntegerField(default=0)
    credit_notes = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    net_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor_name = models.CharField(max_length=200)

    class Meta:
        db_table = "invoices_run"
        triggers = undeletable("invoices_run")

    def __str__(self) -> str:
        return f"{self.as_of}"


class Draft(Walled):
    """A billing result before it has a number: may be changed, held, discarded. An act that is
    taken back puts it as it was (``DraftBefore``), whatever the lifecycle says of the way forward.

    ``content`` is the plan of the document (rules/plan.py); ``lines`` the ids of the delivery
    lines it claims; ``faults`` what stands in its way.
    """

    run = Link(BillingRun, null=True)
    kind = models.CharField(max_length=12)
    customer = Link("masterdata.Customer")
    currency = Currency()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    content = models.JSONField()
    lines = models.JSONField(default=list)
    sources = models.JSONField(default=dict)  # field -> where its value comes from
    faults = models.JSONField(default=list)
    checks_passed = models.IntegerField(default=0)
    state = models.CharField(max_length=12, default=DRAFT.initial)
    held_reason = models.CharField(max_length=200, blank=True)
    issue_at = models.DateTimeField(null=True)  # while scheduled: when it gets its number
    issue_on = models.DateField(null=True)  # BT-2 if it was chosen; else the day of issue
    rule = models.CharField(max_length=200, blank=True)
    corrects = Link("invoices.Document", null=True)
    document = Link("invoices.Document", null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "invoices_draft"
        constraints = [
            state_check("invoices_draft_state", "state", DRAFT.states),
            state_check("invoices_draft_kind", "kind", KINDS),
        ]
        indexes = [
            # With all that the billing page counts.
            models.Index(
                fields=["company", "state", "-created_at", "-id"],
                include=["currency", "gross_minor"],
                name="invoices_draft_queue",
            )
        ]

    def __str__(self) -> str:
        return f"draft {self.kind}"


class DraftBefore(Walled):
    """What a draft was before a person's act on it, so that the act can be taken back.

    ``act`` joins the drafts that one act changed (a merge, a split); ``was`` is the draft's row,
    null where the act made it; ``undoes`` the act that this one took back.
    """

    act = models.UUIDField()
    draft = Link(Draft)
    command = models.CharField(max_length=60)
    was = models.JSONField(null=True)
    at = models.DateTimeField()
    undoes = models.UUIDField(null=True)

    class Meta:
        db_table = "invoices_draft_before"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "act", "draft"], name="invoices_draft_before_once"
            ),
            models.UniqueConstraint(
                fields=["company", "undoes", "draft"], name="invoices_draft_undone_once"
            ),
        ]
        indexes = [models.Index(fields=["company", "draft", "id"], name="invoices_draft_acts")]
        triggers = append_only("invoices_draft_before")

    def __str__(self) -> str:
        return self.command


class Series(Walled):
    """A gap-free series of legal numbers: the counter is moved at the end of the transaction
    that uses the number, so a rollback gives it back (invariant I23)."""

    code = models.CharField(max_length=12)
    kind = models.CharField(max_length=12)
    year = models.PositiveIntegerField()
    pattern = models.CharField(max_length=60)  # such as "INV-{year}-{n:06}"
    last_number = models.BigIntegerField(default=0)
    last_date = models.DateField(null=True)

    class Meta:
        db_table = "invoices_series"
        constraints = [
            models.UniqueConstraint(fields=["company", "code", "year"], name="invoices_series_once")
        ]
        triggers = undeletable("invoices_series")

    def __str__(self) -> str:
        return f"{self.code} {self.year}"


class PartySnapshot(Walled):
    """Seller or buyer as printed on documents, stored once per content."""

    digest = models.CharField(max_length=64)
    party = models.JSONField()

    class Meta:
        db_table = "invoices_party"
        constraints = [
            models.UniqueConstraint(fields=["company", "digest"], name="invoices_party_digest")
        ]
        triggers = append_only("invoices_party")

    def __str__(self) -> str:
        return self.digest[:12]


class Document(Walled):
    """A legal document: immutable from its first moment. Corrections point back at it.

    ``header`` holds the business terms that have no column (references, notes, payment
    instructions, document allowances); ``rounding_plan`` how tax cents were shared over lines;
    ``digest`` is the SHA-256 of the canonical document (invariant I25).
    """

    kind = models.CharField(max_length=12)
    series = SetLink(Series)
    series_number = models.BigIntegerField()
    number = models.CharField(max_length=35)  # BT-1
    issued_on = models.DateField()  # BT-2
    due_on = models.DateField()  # BT-9
    customer = GuardedLink("masterdata.Customer")
    currency = Currency()
    net_minor = models.BigIntegerField()  # BT-109
    tax_minor = models.BigIntegerField()  # BT-110
    gross_minor = models.BigIntegerField()  # BT-112
    seller_digest = models.CharField(max_length=64)
    buyer_digest = models.CharField(max_length=64)
    header = models.JSONField()
    rounding_plan = models.JSONField()
    corrects = GuardedLink("self", null=True)  # BT-25
    run = SetLink(BillingRun, null=True)
    rule = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "invoices_document"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="invoices_document_number"),
            models.UniqueConstraint(
                fields=["company", "series", "series_number"], name="invoices_document_series"
            ),
            state_check("invoices_document_kind", "kind", KINDS),
            models.CheckConstraint(
                name="invoices_document_gross",
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-issued_on", "-id"], name="invoices_document_recent"),
            models.Index(
                fields=["company", "customer", "-issued_on"], name="invoices_document_customer"
            ),
            GinIndex(Pieces("number"), name="invoices_document_parts"),
            models.Index(
                fields=["company", "corrects"],
                name="invoices_document_corrects",
                condition=models.Q(corrects__isnull=False),
            ),
        ]
        triggers = [
            *append_only("invoices_document"),
            set_links("invoices_document", series_id="invoices_series", run_id="invoices_run"),
        ]

    def __str__(self) -> str:
        return self.number


class Line(Walled):
    """A line of a document (EN 16931 BG-25). Credit notes carry positive amounts."""

    document = SetLink(Document)
    line_no = models.PositiveIntegerField()
    delivery_line = GuardedLink("orders.DeliveryLine", null=True)
    corrects = GuardedLink("self", null=True)
    item_code = models.CharField(max_length=60)  # BT-155
    description = models.CharField(max_length=250)  # BT-153
    quantity = models.DecimalField(max_digits=18, decimal_places=6)  # BT-129
    unit = models.CharField(max_length=3)  # BT-130
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)  # BT-146
    net_minor = models.BigIntegerField()  # BT-131
    tax_code = models.CharField(max_length=20)
    tax_category = models.CharField(max_length=2)  # BT-151
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)  # BT-152
    details = models.JSONField(default=dict)  # order and delivery references, buyer's line

    class Meta:
        db_table = "invoices_line"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "line_no"], name="invoices_line_no"
            ),
            models.UniqueConstraint(
                fields=["company", "delivery_line"], name="invoices_line_billed_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "corrects"],
                name="invoices_line_credited",
                condition=models.Q(corrects__isnull=False),
            )
        ]
        triggers = [
            *append_only("invoices_line"),
            set_links("invoices_line", document_id="invoices_document"),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.item_code}"


class TaxLine(Walled):
    """VAT breakdown (EN 16931 BG-23)."""

    document = SetLink(Document)
    tax_code = models.CharField(max_length=20)
    category = models.CharField(max_length=2)  # BT-118
    rate = models.DecimalField(max_digits=7, decimal_places=4)  # BT-119
    taxable_minor = models.BigIntegerField()  # BT-116
    tax_minor = models.BigIntegerField()  # BT-117
    exemption_code = models.CharField(max_length=30, blank=True)
    exemption_reason = models.CharField(max_length=250, blank=True)

    class Meta:
        db_table = "invoices_tax"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document", "tax_code", "rate"], name="invoices_tax_once"
            )
        ]
        triggers = [
            *append_only("invoices_tax"),
            set_links("invoices_tax", document_id="invoices_document"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate}"


class Reporting(Walled):
    """A document that the tax office wants, by a day (core/reporting): its clock. It stops when
    the office took the document. Its id is the document's."""

    document = SetLink(Document)
    issued_on = models.DateField()  # of the document, which lists are ordered by
    report_by = models.DateField()
    reported_on = models.DateField(null=True)

    class Meta:
        db_table = "invoices_reporting"
        constraints = [
            models.UniqueConstraint(fields=["company", "document"], name="invoices_reporting_once"),
            models.CheckConstraint(
                name="invoices_reporting_after_issue",
                condition=models.Q(reported_on__isnull=True)
                | models.Q(reported_on__gte=models.F("issued_on")),
            ),
        ]
        indexes = [
            # The few whose clock runs, in the order of the list.
            models.Index(
                fields=["company", "-issued_on", "-document"],
                include=["report_by"],
                name="invoices_reporting_due",
                condition=models.Q(reported_on__isnull=True),
            ),
            models.Index(
                fields=["company", "-issued_on", "-document"],
                name="invoices_reporting_done",
                condition=models.Q(reported_on__isnull=False),
            ),
        ]
        triggers = [
            *frozen_but("invoices_reporting", "reported_on"),
            set_links("invoices_reporting", document_id="invoices_document"),
        ]

    def __str__(self) -> str:
        return f"{self.report_by}"
