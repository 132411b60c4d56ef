"""What was agreed and what was handed over."""

from __future__ import annotations

import pgtrigger
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Currency, GuardedLink, Link, Walled, state_check

BILLED = "billed"
BILLING = Lifecycle(
    name="delivery_line",
    initial="open",
    transitions={
        ("open", "draft"): "drafted",
        ("drafted", "release"): "open",
        ("drafted", "bill"): BILLED,
        ("open", "bill"): BILLED,
    },
)
# The database keeps the list of what is to be billed itself: no way of recording a delivery can
# forget it. A line is taken back only while it is open; a draft or a document holds it.
LISTED = f"""
    INSERT INTO orders_unbilled (id, company_id, customer_id, billing)
    SELECT id, company_id, customer_id, '{BILLING.initial}' FROM new_rows;
    RETURN NULL;
"""
UNLISTED = f"""
    DELETE FROM orders_unbilled AS listed USING old_rows
    WHERE listed.company_id = old_rows.company_id AND listed.id = old_rows.id
        AND listed.billing = '{BILLING.initial}';
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found <> (SELECT count(*) FROM old_rows) THEN
        RAISE EXCEPTION 'a delivered line stands on a draft or a document'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
"""


class Order(Walled):
    """What was agreed with a customer, from whatever channel."""

    number = models.CharField(max_length=60)
    customer = Link("masterdata.Customer")
    ordered_on = models.DateField()
    currency = Currency()
    source = models.CharField(max_length=30)  # web, phone, edi, field, file, api
    purchase_order = models.CharField(max_length=80, blank=True)  # BT-13
    project = models.CharField(max_length=80, blank=True)  # BT-11
    contract = models.CharField(max_length=80, blank=True)  # BT-12
    buyer_accounting = models.CharField(max_length=80, blank=True)  # BT-19, his cost centre
    deliver_to = models.JSONField(null=True)  # BG-13, where not to the customer: rules/places.py
    import_run = Link("intake.ImportRun", null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="orders_order_number")
        ]
        indexes = [
            models.Index(fields=["company", "customer"], name="orders_order_customer"),
            models.Index(fields=["company", "-ordered_on", "-id"], name="orders_order_recent"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(Walled):
    """One line: quantity at a unit price (up to six decimals), net of tax."""

    order = Link(Order)
    line_no = models.PositiveIntegerField()
    item_code = models.CharField(max_length=60)
    description = models.CharField(max_length=250)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=3)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    tax_code = models.CharField(max_length=20)
    buyer_line = models.CharField(max_length=40, blank=True)  # BT-132
    buyer_accounting = models.CharField(max_length=80, blank=True)  # BT-133, before the order's

    class Meta:
        db_table = "orders_line"
        constraints = [
            models.UniqueConstraint(fields=["company", "order", "line_no"], name="orders_line_no")
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.item_code}"


class Delivery(Walled):
    """Goods or services handed over, or taken back (``kind`` return).

    ``position`` orders the deliveries recorded by one command, such as the rows of a file.
    """

    number = models.CharField(max_length=60)
    order = Link(Order)
    customer = Link("masterdata.Customer")
    kind = models.CharField(max_length=10)  # delivery, return
    delivered_on = models.DateField()
    position = models.IntegerField(default=0)
    deliver_to = models.JSONField(null=True)  # before the order's
    import_run = Link("intake.ImportRun", null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orders_delivery"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="orders_delivery_number"),
            state_check("orders_delivery_kind", "kind", ("delivery", "return")),
        ]
        indexes = [
            models.Index(fields=["company", "order"], name="orders_delivery_order"),
            models.Index(fields=["company", "delivered_on"], name="orders_delivery_day"),
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(Walled):
    """A quantity of an order line handed over; negative when taken back, pointing at the line
    it takes back where that is known. Billed once: :class:`Unbilled` lists it until then."""

    delivery = Link(Delivery)
    order_line = Link(OrderLine)
    customer = Link("masterdata.Customer")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    returns = Link("self", null=True)

    class Meta:
        db_table = "orders_delivery_line"
        indexes = [
            models.Index(fields=["company", "delivery"], name="orders_delivery_lines"),
            models.Index(fields=["company", "order_line"], name="orders_delivered"),
            models.Index(
                fields=["company", "returns"],
                name="orders_returned",
                condition=models.Q(returns__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="orders_delivery_line_listed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
                func=LISTED,
            ),
            pgtrigger.Trigger(
                name="orders_delivery_line_unlisted",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="old_rows"),  # type: ignore[no-untyped-call]
                func=UNLISTED,
                declare=[("found", "bigint")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"


class Unbilled(Walled):
    """The list of delivered lines that have no document: ``id`` is the line's, ``billing`` says
    whether a draft holds it. Billing a line strikes it out, which costs a third of changing the
    line, and what is to be billed is found without looking through what was."""

    company = GuardedLink("access.Company")
    customer_id = models.UUIDField()  # the line's
    billing = models.CharField(max_length=10)

    class Meta:
        db_table = "orders_unbilled"
        constraints = [
            state_check(
                "orders_unbilled_billing",
                "billing",
                tuple(state for state in BILLING.states if state != BILLED),
            )
        ]
        indexes = [
            models.Index(
                fields=["company", "customer_id", "id"],
                name="orders_to_bill",
                condition=models.Q(billing=BILLING.initial),
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.billing}"
