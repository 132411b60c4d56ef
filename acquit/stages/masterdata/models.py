"""Customers, items, taxes and terms: what every document draws on."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from acquit.database.models import Link, Walled
from acquit.database.parts import Pieces

# What a customer is found by, wherever in it the typed text stands.
CUSTOMER_PIECES = Pieces("number", "name", "vat_id", "email")


class Customer(Walled):
    """A buyer (EN 16931 BG-7), with how he wants his documents and when he pays."""

    number = models.CharField(max_length=40)
    name = models.CharField(max_length=200)  # BT-44
    name_key = models.CharField(max_length=200, db_default="")  # for finding a payer by its name
    country = models.CharField(max_length=2)  # BT-55
    street = models.CharField(max_length=150, blank=True)  # BT-50
    city = models.CharField(max_length=80, blank=True)  # BT-52
    postcode = models.CharField(max_length=20, blank=True)  # BT-53
    region = models.CharField(max_length=40, blank=True)  # BT-54
    vat_id = models.CharField(max_length=20, blank=True)  # BT-48
    registration_id = models.CharField(max_length=40, blank=True)  # BT-47
    email = models.EmailField(blank=True)
    contact_name = models.CharField(max_length=100, blank=True)  # BT-56
    phone = models.CharField(max_length=40, blank=True)
    locale = models.CharField(max_length=8, default="en_GB")
    currency = models.CharField(max_length=3)
    terms = models.CharField(max_length=20, default="NET30")
    channel = models.CharField(max_length=20, default="email")
    endpoint_scheme = models.CharField(max_length=8, blank=True)  # BT-49
    endpoint_id = models.CharField(max_length=80, blank=True)
    buyer_reference = models.CharField(max_length=80, blank=True)  # BT-10
    # Where the order names none: BT-12, and BT-19, such as his cost centre.
    contract = models.CharField(max_length=80, blank=True, default="", db_default="")
    buyer_accounting = models.CharField(max_length=80, blank=True, default="", db_default="")
    segment = models.CharField(max_length=40, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    is_placeholder = models.BooleanField(default=False)  # made by an order import, not yet edited
    parent = Link("self", null=True)
    import_run = Link("intake.ImportRun", null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "masterdata_customer"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="masterdata_customer_number")
        ]
        indexes = [
            models.Index(fields=["company", "name"], name="masterdata_customer_name"),
            models.Index(
                fields=["company", "name_key"],
                name="masterdata_customer_key",
                opclasses=["uuid_ops", "varchar_pattern_ops"],  # also for beginnings of names
            ),
            models.Index(
                fields=["company", "iban"],
                name="masterdata_customer_iban",
                condition=~models.Q(iban=""),
            ),
            models.Index(
                fields=["company", "parent"],
                name="masterdata_customer_parent",
                condition=models.Q(parent__isnull=False),
            ),
            GinIndex(CUSTOMER_PIECES, name="masterdata_customer_parts"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Item(Walled):
    """Goods or a service that is sold."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=250)
    unit = models.CharField(max_length=3, default="C62")  # UN/ECE Rec 20
    tax_code = models.CharField(max_length=20, default="")
    import_run = Link("intake.ImportRun", null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "masterdata_item"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="masterdata_item_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TaxCode(Walled):
    """A dated tax rate of the company, from its country pack (EN 16931 BG-23)."""

    code = models.CharField(max_length=20)
    category = models.CharField(max_length=2)  # UNCL 5305: S Z E AE K G O
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    exemption_code = models.CharField(max_length=30, blank=True)  # BT-121
    exemption_reason = models.CharField(max_length=250, blank=True)  # BT-120
    account = models.CharField(max_length=20)
    source = models.TextField()

    class Meta:
        db_table = "masterdata_tax_code"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code", "valid_from"], name="masterdata_tax_code_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.rate}"


class PaymentTerm(Walled):
    """When a document is due, and the early-payment discount."""

    code = models.CharField(max_length=20)
    days = models.PositiveIntegerField()
    end_of_month = models.BooleanField(default=False)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    discount_days = models.PositiveIntegerField(default=0)
    label = models.CharField(max_length=120)

    class Meta:
        db_table = "masterdata_payment_term"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="masterdata_term_code")
        ]

    def __str__(self) -> str:
        return self.code


class BankAccount(Walled):
    """An account of the company on which money arrives."""

    iban = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    bic = models.CharField(max_length=11, blank=True)
    name = models.CharField(max_length=80)
    ledger_account = models.CharField(max_length=20)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "masterdata_bank_account"
        constraints = [
            models.UniqueConstraint(fields=["company", "iban", "currency"], name="masterdata_iban")
        ]

    def __str__(self) -> str:
        return self.iban


class ExchangeRate(Walled):
    """Units of ``target`` for one ``base`` on a day, with its source."""

    day = models.DateField()
    base = models.CharField(max_length=3)
    target = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=80)

    class Meta:
        db_table = "masterdata_exchange_rate"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "day", "base", "target"], name="masterdata_rate_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.base}{self.target} {self.rate}"
