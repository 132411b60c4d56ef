"""Open items and the append-only log that moves value between them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce

from acquit.database.models import (
    Currency,
    GuardedLink,
    SetLink,
    Walled,
    append_only,
    frozen_but,
    set_links,
    state_check,
)

SIDES = ("debit", "credit")  # debit: the customer owes; credit: we owe the customer
ITEM_KINDS = ("invoice", "debit_note", "credit_note", "receipt")
_DOCUMENT = ~models.Q(kind="receipt")
# As the matcher cuts a number: all its digits; its last group of digits without the zeros in front.
DIGITS = models.Func(
    models.F("number"),
    template=r"regexp_replace(%(expressions)s, '\D', '', 'g')",
    output_field=models.TextField(),
)
SERIAL = models.Func(
    models.F("number"),
    template=r"ltrim(substring(%(expressions)s from '(\d+)\D*$'), '0')",
    output_field=models.TextField(),
)
# As ``queries.TURN_SQL`` asks for it.
TURN = models.Func(
    models.F("effective_on"),
    models.F("open_functional_minor"),
    template="((effective_on - DATE '2000-01-01')::bigint * 1000000 / 7"
    " - (ln(greatest(open_functional_minor, 1)::double precision)"
    " / ln(2::double precision) * 1000000)::bigint)",
    output_field=models.BigIntegerField(),
)
DISCOUNTED = models.F("open_minor") - models.F("open_minor") * models.F("discount_bp") / 10_000


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
    reference_keys = ArrayField(models.CharField(max_length=80), default=list, db_default=[])
    effective_on = models.DateField()
    due_on = models.DateField()
    discount_bp = models.PositiveIntegerField(default=0, db_default=0)  # hundredths of a percent
    discount_until = models.DateField(null=True)
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
            # Money of unknown payers, all of an import, has no customer whose history it is.
            models.Index(
                fields=["company", "customer", "effective_on", "id"],
                name="receivables_item_history",
                condition=models.Q(customer__isnull=False),
            ),
            # Money that waits, in its turn, with all that is counted of it.
            models.Index(
                models.F("company"),
                TURN,
                models.F("id"),
                include=[
                    "receipt",
                    "customer",
                    "currency",
                    "open_minor",
                    "open_functional_minor",
                    "effective_on",
                ],
                name="receivables_item_turn",
                condition=models.Q(open_minor__gt=0, kind="receipt"),
            ),
            # What the texts of payments are looked up by: a number, all its digits, the last group
            # of them, orders; and amounts, with and without the early-payment discount.
            models.Index(
                fields=["company", "number_key"],
                name="receivables_item_number",
                condition=_DOCUMENT,
            ),
            models.Index(
                models.F("company"), DIGITS, name="receivables_item_digits", condition=_DOCUMENT
            ),
            models.Index(
                models.F("company"), SERIAL, name="receivables_item_serial", condition=_DOCUMENT
            ),
            GinIndex(
                fields=["reference_keys"],
                name="receivables_item_references",
                condition=models.Q(open_minor__gt=0) & ~models.Q(reference_keys=[]),
            ),
            models.Index(
                fields=["company", "currency", "open_minor"],
                name="receivables_item_amount",
                condition=models.Q(open_minor__gt=0) & _DOCUMENT,
            ),
            models.Index(
                models.F("company"),
                models.F("currency"),
                DISCOUNTED,
                name="receivables_item_discounted",
                condition=models.Q(open_minor__gt=0, discount_bp__gt=0),
            ),
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

    An adjustment settles one item without another: ``adjustment`` says why, ``taxes`` what of the
    amount corrects which tax account. Rows of one ``group_id`` are undone together.
    """

    debit_item = SetLink(OpenItem, null=True)
    credit_item = SetLink(OpenItem, null=True)
    debit_customer = GuardedLink("masterdata.Customer", null=True)
    credit_customer = GuardedLink("masterdata.Customer", null=True)
    amount_minor = models.BigIntegerField()
    currency = Currency()
    debit_functional_minor = models.BigIntegerField()
    credit_functional_minor = models.BigIntegerField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    reverses = SetLink("self", null=True)
    key = models.CharField(max_length=200)
    proposal_id = models.UUIDField(null=True)
    adjustment = models.CharField(max_length=20, blank=True, db_default="")
    taxes = models.JSONField(default=list, db_default=[])  # [[account, minor], ...]
    group_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "receivables_allocation"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "credit_item", "debit_item", "key"],
                name="receivables_allocation_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="receivables_allocation_sides",
                condition=models.Q(
                    debit_item__isnull=False, credit_item__isnull=False, adjustment=""
                )
                | models.Q(debit_item__isnull=False, credit_item=None) & ~models.Q(adjustment="")
                | models.Q(debit_item=None, credit_item__isnull=False) & ~models.Q(adjustment=""),
            ),
            models.UniqueConstraint(
                fields=["company", "reverses"],
                name="receivables_reversed_once",
                # Most rows undo nothing: whoever asks which are undone reads only those that do.
                condition=models.Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="receivables_allocation_sign",
                condition=models.Q(amount_minor__gt=0, reverses=None)
                | models.Q(amount_minor__lt=0, reverses__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "debit_item"], name="receivables_alloc_debit"),
            models.Index(fields=["company", "effective_on"], name="receivables_alloc_date"),
            models.Index(
                fields=["company", "proposal_id"],
                name="receivables_alloc_proposal",
                condition=models.Q(proposal_id__isnull=False),
            ),
            models.Index(
                fields=["company", "group_id"],
                name="receivables_alloc_group",
                condition=models.Q(group_id__isnull=False),
            ),
            # How often a customer's rests were closed without money: few rows of all.
            models.Index(
                models.F("company"),
                Coalesce("debit_customer", "credit_customer"),
                models.F("effective_on"),
                name="receivables_alloc_adjusted",
                condition=~models.Q(adjustment=""),
            ),
        ]
        triggers = [
            *append_only("receivables_allocation"),
            set_links(
                "receivables_allocation",
                debit_item_id="receivables_open_item",
                credit_item_id="receivables_open_item",
                reverses_id="receivables_allocation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class PayerChange(Walled):
    """A receipt moved from one payer to another (None: nobody known), with what was open of it.

    ``position`` counts the changes of one item from 1. The table lets every report say whose
    money it was *on that day*, whatever became known later.
    """

    item = SetLink(OpenItem)
    position = models.PositiveIntegerField()
    customer_before = GuardedLink("masterdata.Customer", null=True)
    customer = GuardedLink("masterdata.Customer", null=True)
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
        triggers = [
            *append_only("receivables_payer_change"),
            set_links("receivables_payer_change", item_id="receivables_open_item"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_before_id} -> {self.customer_id}"
