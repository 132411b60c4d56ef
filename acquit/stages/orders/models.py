"""What was agreed and what was handed over."""

from __future__ import annotations

from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Currency, Link, Walled, state_check

BILLING = Lifecycle(
    name="delivery_line",
    initial="open",
    transitions={
        ("open", "draft"): "drafted",
        ("drafted", "release"): "open",
        ("drafted", "bill"): "billed",
        ("open", "bill"): "billed",
        ("open", "cancel"): "cancelled",
    },
)


class Order(Walled):
    """What was agreed with a customer, from whatever channel."""

    number = models.CharField(max_length=60)
    customer = Link("masterdata.Customer")
    ordered_on = models.DateField()
    currency = Currency()
    source = models.CharField(max_length=30)  # web, phone, edi, field, file, api
    purchase_order = models.CharField(max_length=80, blank=True)  # BT-13
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
    import_run = Link("intake.ImportRun", null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orders_delivery"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="orders_delivery_number"),
            state_check("orders_delivery_kind", "kind", ("delivery", "return")),
        ]
        indexes = [models.Index(fields=["company", "order"], name="orders_delivery_order")]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(Walled):
    """A quantity of an order line handed over; negative when taken back, pointing at the line
    it takes back where that is known. Billed once: ``billing`` says where it stands."""

    delivery = Link(Delivery)
    order_line = Link(OrderLine)
    customer = Link("masterdata.Customer")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    returns = Link("self", null=True)
    billing = models.CharField(max_length=10, default=BILLING.initial)

    class Meta:
        db_table = "orders_delivery_line"
        constraints = [state_check("orders_delivery_line_billing", "billing", BILLING.states)]
        indexes = [
            models.Index(
                fields=["company", "customer", "id"],
                name="orders_unbilled",
                condition=models.Q(billing="open"),
            ),
            models.Index(fields=["company", "delivery"], name="orders_delivery_lines"),
            models.Index(fields=["company", "order_line"], name="orders_delivered"),
            models.Index(
                fields=["company", "returns"],
                name="orders_returned",
                condition=models.Q(returns__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}"
