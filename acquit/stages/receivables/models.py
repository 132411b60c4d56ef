"""Open items and the append-only log that moves value between them."""

from __future__ import annotations

from django.db import models

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
)

SIDES = ("debit", "credit")  # debit: the customer owes; credit: we owe the customer
ITEM_KINDS = ("invoice", "debit_note", "credit_note", "receipt")


class OpenItem(Walled):
    """One claim (debit) or credit with a due date. ``open_minor`` is a cache of
    original - allocations (invariant I11), ``open_functional_minor`` the same in the company's
    currency. ``moved_on`` is the day of the last allocation (at first the item's own day): no
    later one takes effect before it, so what was open on a day is what the log up to that day
    says. All other columns are frozen."""

    company = GuardedLink("access.Company")
    customer = GuardedLink("masterdata.Customer", null=True)  # None: a payer who is not known
    kind = models.CharField(max_length=12)
    side = models.CharField(max_length=6)
    document = SetLink("invoices.Document", null=True)
    receipt = SetLink("receipts.Receipt", null=True)
    number = models.CharField(max_length=60)
    number_key = models.CharField(max_length=60)  # letters and digits only, for finding it in texts
    effective_on = models.DateField()
    due_on = models.DateField()
    currency = Currency()
    original_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    functional_minor = models.BigIntegerField()  # original in the company's currency (I22)
    open_functional_minor = models.BigIntegerField()
    moved_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "receivables_open_item"
        constraints = [
            state_check("receivables_item_side", "side", SIDES),
            state_check("receivables_item_kind", "kind", ITEM_KINDS),
            models.CheckConstraint(
                name="receivables_item_open",
                condition=models.Q(open_minor__gte=0)
                & models.Q(open_minor__lte=models.F("original_minor")),
            ),
            models.CheckConstraint(
                name="receivables_item_functional",
                condition=models.Q(open_functional_minor__gte=0)
                & models.Q(open_functional_minor__lte=models.F("functional_minor")),
            ),
            models.UniqueConstraint(
                fields=["company", "document"],
                name="receivables_item_document",
                condition=models.Q(document__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["company", "receipt"],
                name="receivables_item_receipt",
                condition=models.Q(receipt__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "customer", "due_on", "id"],
                name="receivables_item_open_idx",
                condition=models.Q(open_minor__gt=0),
                # All that ageing reads, so that it never touches the table.
                include=[
                    "kind",
                    "currency",
                    "open_minor",
                    "open_functional_minor",
                    "effective_on",
                    "recorded_at",
                ],
            ),
            models.Index(
                fields=["company", "customer", "effective_on", "id"],
                name="receivables_item_history",
            ),
            models.Index(
                fields=["company", "effective_on", "id"],
                name="receivables_item_unapplied",
                condition=models.Q(open_minor__gt=0, kind="receipt"),
            ),
            models.Index(fields=["company", "number_key"], name="receivables_item_number"),
        ]
        triggers = [
            *frozen_but(
                "receivables_item", "open_minor", "open_functional_minor", "moved_on", "customer"
            ),
            set_links(
                "receivables_item",
                document_id="invoices_document",
                receipt_id="receipts_receipt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.open_minor}/{self.original_minor} {self.currency}"


class Allocation(Walled):
    """Value moved from a credit item to a debit item of one currency. Never edited: undone by a
    row with the negative amount that points at it through ``reverses``.

    The functional amounts are each item's own share in the company's currency; their difference
    is the realised exchange result of this allocation. The customers are those at that moment:
    where they differ, the row is the record of a third-party payment (invariant I13).
    """

    debit_item = Link(OpenItem)
    credit_item = Link(OpenItem)
    debit_customer = Link("masterdata.Customer")
    credit_customer = Link("masterdata.Customer", null=True)
    amount_minor = models.BigIntegerField()
    currency = Currency()
    debit_functional_minor = models.BigIntegerField()
    credit_functional_minor = models.BigIntegerField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    reverses = Link("self", null=True)
    key = models.CharField(max_length=200)
    proposal_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "receivables_allocation"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "credit_item", "debit_item", "key"],
                name="receivables_allocation_once",
            ),
            models.UniqueConstraint(
                fields=["company", "reverses"], name="receivables_reversed_once"
            ),
            models.CheckConstraint(
                name="receivables_allocation_sign",
                condition=models.Q(amount_minor__gt=0, reverses=None)
                | models.Q(amount_minor__lt=0, reverses__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "debit_item"], name="receivables_alloc_debit"),
            models.Index(fields=["company", "credit_item"], name="receivables_alloc_credit"),
            models.Index(fields=["company", "effective_on"], name="receivables_alloc_date"),
            models.Index(
                fields=["company", "proposal_id"],
                name="receivables_alloc_proposal",
                condition=models.Q(proposal_id__isnull=False),
            ),
        ]
        triggers = append_only("receivables_allocation")

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class PayerChange(Walled):
    """A receipt moved from one payer to another (None: nobody known), with what was open of it.

    ``position`` counts the changes of one item from 1. The table lets every report say whose
    money it was *on that day*, whatever became known later.
    """

    item = Link(OpenItem)
    position = models.PositiveIntegerField()
    customer_before = Link("masterdata.Customer", null=True)
    customer = Link("masterdata.Customer", null=True)
    amount_minor = models.BigIntegerField()
    functional_minor = models.BigIntegerField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "receivables_payer_change"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "item", "position"], name="receivables_payer_change_once"
            )
        ]
        indexes = [
            models.Index(fields=["company", "effective_on"], name="receivables_payer_date"),
            models.Index(fields=["company", "customer"], name="receivables_payer_after"),
            models.Index(fields=["company", "customer_before"], name="receivables_payer_before"),
        ]
        triggers = append_only("receivables_payer_change")

    def __str__(self) -> str:
        return f"{self.customer_before_id} -> {self.customer_id}"
