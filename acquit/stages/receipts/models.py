"""Money that came in, and the bank statements that say so."""

from __future__ import annotations

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
)

STATEMENT = Lifecycle(
    name="statement",
    initial="parked",
    transitions={("parked", "accept"): "accepted", ("parked", "discard"): "discarded"},
)
BY_HAND = ("bank", "cash", "card", "cheque", "direct_debit")
METHODS = (*BY_HAND, "payout")


class Statement(Walled):
    """A bank statement as received. Parked when opening + movements is not closing (I33): its
    movements stay in the archived file until somebody accepts it. ``number`` is its place in the
    file, from 1; ``lines`` how many movements it has."""

    bank_account = Link("masterdata.BankAccount")
    import_run = Link("intake.ImportRun", null=True)
    archive_digest = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    format = models.CharField(max_length=20)
    reference = models.CharField(max_length=80)
    from_date = models.DateField(null=True)
    to_date = models.DateField()
    currency = Currency()
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10)
    parked_reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "receipts_statement"
        constraints = [state_check("receipts_statement_state", "state", STATEMENT.states)]
        indexes = [models.Index(fields=["company", "-to_date"], name="receipts_statement_recent")]

    def __str__(self) -> str:
        return self.reference


class BankLine(Walled):
    """One movement on the account. ``amount_minor`` is signed: plus is money in.

    ``occurrence`` tells movements with the same content apart, from 1; (content_key, occurrence)
    is unique per account; its index begins with the day, which the key has in it, so that the
    movements of a file stand together. ``rules/sifting.py`` decides whether a movement is new.
    ``return_reason`` is the bank's code for money that came back (ISO 20022, such as AC04);
    ``charges_minor`` what the bank says it took for the movement.
    """

    statement = GuardedLink(Statement)
    bank_account = GuardedLink("masterdata.BankAccount")
    position = models.PositiveIntegerField()
    content_key = models.CharField(max_length=64)
    occurrence = models.PositiveIntegerField()
    booked_on = models.DateField()
    value_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = Currency()
    payer_name = models.CharField(max_length=200, blank=True)
    payer_iban = models.CharField(max_length=34, blank=True)
    end_to_end_id = models.CharField(max_length=80, blank=True)
    text = models.TextField(blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    mandate_id = models.CharField(max_length=35, blank=True, db_default="")
    return_reason = models.CharField(max_length=35, blank=True, db_default="")
    is_reversal = models.BooleanField(default=False, db_default=False)
    charges_minor = models.BigIntegerField(default=0, db_default=0)
    byte_start = models.BigIntegerField()
    byte_end = models.BigIntegerField()

    class Meta:
        db_table = "receipts_bank_line"
        constraints = [
            models.UniqueConstraint(
                # What another file told of a day is found by it too.
                fields=["company", "bank_account", "booked_on", "content_key", "occurrence"],
                name="receipts_bank_line_once",
            ),
            models.CheckConstraint(
                name="receipts_bank_line_not_zero", condition=~models.Q(amount_minor=0)
            ),
        ]
        indexes = [models.Index(fields=["company", "statement"], name="receipts_bank_line_stmt")]
        triggers = append_only("receipts_bank_line")

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor} {self.currency}"


class BankDay(Walled):
    """What the files told so far of one booking day of an account: the balances around the
    known movements (null where the files do not prove them) and their signed sum."""

    bank_account = Link("masterdata.BankAccount")
    booked_on = models.DateField()
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    moved_minor = models.BigIntegerField()

    class Meta:
        db_table = "receipts_bank_day"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "bank_account", "booked_on"], name="receipts_bank_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.moved_minor}"


class Receipt(Walled):
    """Money in, whatever the way: each incoming bank line is one receipt, each once. A payout that
    took back as much as it paid has no bank line, and one that took back more is a bank line out;
    what it paid is a receipt (payout) all the same, of the payout's ``advice``, on suspense, where
    all it took back stands. So is what came in on a balance at a provider, until it is
    transferred."""

    company = GuardedLink("access.Company")
    bank_line = SetLink(BankLine, null=True)
    advice = Link("receipts.Advice", null=True)
    method = models.CharField(max_length=12)
    received_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = Currency()
    customer = Link("masterdata.Customer", null=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_iban = models.CharField(max_length=34, blank=True)
    text = models.TextField(blank=True)
    ledger_account = models.CharField(max_length=20)
    quittance_number = models.CharField(max_length=35, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "receipts_receipt"
        constraints = [
            models.UniqueConstraint(fields=["company", "bank_line"], name="receipts_line_once"),
            models.UniqueConstraint(
                fields=["company", "advice"],
                condition=models.Q(advice__isnull=False),
                name="receipts_advice_paid_once",
            ),
            models.CheckConstraint(
                name="receipts_receipt_of_payout",
                condition=models.Q(method="payout", advice__isnull=False)
                | ~models.Q(method="payout") & models.Q(advice=None),
            ),
            models.UniqueConstraint(
                fields=["company", "quittance_number"],
                condition=~models.Q(quittance_number=""),
                name="receipts_quittance_once",
            ),
            models.CheckConstraint(
                name="receipts_receipt_positive", condition=models.Q(amount_minor__gt=0)
            ),
            state_check("receipts_receipt_method", "method", METHODS),
        ]
        indexes = [
            # Read from their end: what comes last is added there, not in front of all others.
            models.Index(fields=["company", "received_on", "id"], name="receipts_recent"),
            models.Index(
                fields=["company", "payer_iban", "received_on", "id"],
                name="receipts_payer_iban",
                condition=~models.Q(payer_iban=""),
            ),
            models.Index(
                fields=["company", "payer_name", "received_on", "id"],
                name="receipts_payer_name",
                condition=~models.Q(payer_name=""),
            ),
        ]
        triggers = [
            *append_only("receipts_receipt"),
            set_links("receipts_receipt", bank_line_id="receipts_bank_line"),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.amount_minor} {self.currency}"


ADVICES = ("payout", "notification", "remittance", "bundle", "balance", "statement")
PARTS = ("payment", "refund", "chargeback", "fee", "adjustment", "transfer")


class Advice(Walled):
    """What somebody says one sum of money is made of: a provider's payout report, the bank's
    notice of a batch (camt.054), a customer's remittance advice, a bundle that he declared himself
    under a reference of ours, a movement of our balance at a provider, what
    a statement repeats of the payer's words about his documents. It books nothing, unless no
    bank tells of the money: see ``commands/netted.py``. ``bank_line`` is the movement it explains,
    named once, whichever of the two came first. ``archive_digest`` is
    the text that was read, ``source_digest`` the spreadsheet or page it was made of, if it was; the
    file as it came, a mail perhaps, is in the archive under the digest of ``import_run``."""

    kind = models.CharField(max_length=12)
    number = models.CharField(max_length=80)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_iban = models.CharField(max_length=34, blank=True)
    paid_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = Currency()
    parts = models.PositiveIntegerField()
    archive_digest = models.CharField(max_length=64)
    source_digest = models.CharField(max_length=64, blank=True)
    filename = models.CharField(max_length=255)
    bank_line = Link(BankLine, null=True)
    import_run = Link("intake.ImportRun", null=True)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "receipts_advice"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "number", "payer_name", "currency", "paid_on"],
                name="receipts_advice_once",
                condition=models.Q(withdrawn_at=None),
            ),
            state_check("receipts_advice_kind", "kind", ADVICES),
        ]
        indexes = [
            models.Index(fields=["company", "bank_line"], name="receipts_advice_line"),
            models.Index(fields=["company", "-paid_on", "-id"], name="receipts_advice_recent"),
            models.Index(fields=["company", "import_run"], name="receipts_advice_run"),
        ]
        triggers = frozen_but("receipts_advice", "bank_line", "withdrawn_at")

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class AdvicePart(Walled):
    """One document, fee or refund of an advice, signed as it changes what arrives; the parts sum
    up to the advice. ``discount_minor`` is what the payer kept for paying early. ``place`` says
    where the part stands in the file as it came, where bytes do not: ``Sheet1!A7`` in a
    spreadsheet, ``2:71,402,520,414`` a box on page 2 (points from the lower left corner)."""

    advice = Link(Advice)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    document = models.CharField(max_length=140, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    byte_start = models.BigIntegerField()
    byte_end = models.BigIntegerField()
    place = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "receipts_advice_part"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "advice", "position"], name="receipts_advice_part_once"
            ),
            state_check("receipts_advice_part_kind", "kind", PARTS),
        ]
        # The payment that a later payout took back: by the provider's reference, or its document.
        indexes = [
            models.Index(
                fields=["company", word],
                name=f"receipts_part_{word}",
                condition=models.Q(kind="payment") & ~models.Q(**{word: ""}),
            )
            for word in ("reference", "document")
        ]
        triggers = append_only("receipts_advice_part")

    def __str__(self) -> str:
        return f"{self.kind} {self.document} {self.amount_minor}"


class Series(Walled):
    """A gap-free series of numbers: of quittances (numbered acknowledgements of money), or of the
    receipts that have none."""

    code = models.CharField(max_length=12)
    year = models.PositiveIntegerField()
    pattern = models.CharField(max_length=60)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "receipts_series"
        constraints = [
            models.UniqueConstraint(fields=["company", "code", "year"], name="receipts_series_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.year}"
