"""The journal: entries and postings that always balance, periods that lock."""

from __future__ import annotations

import pgtrigger
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import Currency, Link, Walled, append_only, state_check

PERIOD = Lifecycle(
    name="period",
    initial="open",
    transitions={("open", "lock"): "locked", ("locked", "reopen"): "open"},
)
ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")


# Invariant I1: per entry and currency debits equal credits, and the functional amounts sum to
# zero. Checked once per statement over all new rows, so an entry comes in one statement.
BALANCED = """
    IF EXISTS (
        SELECT 1 FROM new_rows GROUP BY company_id, entry_id, currency
        HAVING sum(debit_minor) <> sum(credit_minor)
    ) OR EXISTS (
        SELECT 1 FROM new_rows GROUP BY company_id, entry_id
        HAVING sum(functional_minor) <> 0 OR count(*) < 2
    ) THEN
        RAISE EXCEPTION 'entry does not balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# Invariant I8: nothing is dated into a period that is locked.
OPEN_PERIOD = """
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, booked_on FROM new_rows) AS days
        JOIN ledger_period AS period ON period.company_id = days.company_id
            AND days.booked_on BETWEEN period.starts_on AND period.ends_on
        WHERE period.state = 'locked'
    ) THEN
        RAISE EXCEPTION 'the period is locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def _checked(name: str, body: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=body,
    )


class Account(Walled):
    """An account of the chart. ``control`` names the sub-ledger it sums, if any."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=10)
    control = models.CharField(max_length=20, blank=True)  # receivables, unapplied, bank, tax ...

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="ledger_account_code"),
            state_check("ledger_account_type", "type", ACCOUNT_TYPES),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Period(Walled):
    """A calendar month of the books."""

    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=8, default=PERIOD.initial)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "ledger_period"
        constraints = [
            models.UniqueConstraint(fields=["company", "starts_on"], name="ledger_period_once"),
            state_check("ledger_period_state", "state", PERIOD.states),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m} {self.state}"


class Entry(Walled):
    """One fact in the books. (fact_id, posting_rule) is unique: replaying a fact books nothing."""

    booked_on = models.DateField()
    recorded_at = models.DateTimeField()
    fact_id = models.UUIDField()
    posting_rule = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    text = models.CharField(max_length=250)
    reverses = Link("self", null=True)

    class Meta:
        db_table = "ledger_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "fact_id", "posting_rule"], name="ledger_entry_fact"
            ),
            models.UniqueConstraint(fields=["company", "reverses"], name="ledger_entry_reversed"),
        ]
        indexes = [
            models.Index(fields=["company", "subject_id"], name="ledger_entry_subject"),
            models.Index(fields=["company", "booked_on", "id"], name="ledger_entry_date"),
        ]
        triggers = [*append_only("ledger_entry"), _checked("ledger_entry_period", OPEN_PERIOD)]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.text}"


class Posting(Walled):
    """One line of an entry: exactly one of debit and credit is positive (invariant I2).

    ``functional_minor`` is signed (debit plus) in the company's own currency (invariant I22).
    """

    entry = Link(Entry)
    line_no = models.PositiveSmallIntegerField()
    account = Link(Account)
    customer_id = models.UUIDField(null=True)
    booked_on = models.DateField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    currency = Currency()
    functional_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_posting"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "entry", "line_no"], name="ledger_posting_line"
            ),
            models.CheckConstraint(
                name="ledger_posting_one_side",
                condition=models.Q(debit_minor__gt=0, credit_minor=0)
                | models.Q(debit_minor=0, credit_minor__gt=0),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "account", "booked_on", "id"], name="ledger_posting_account"
            ),
            models.Index(
                fields=["company", "customer_id", "booked_on"],
                name="ledger_posting_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]
        triggers = [
            *append_only("ledger_posting"),
            _checked("ledger_posting_balanced", BALANCED),
            _checked("ledger_posting_period", OPEN_PERIOD),
        ]

    def __str__(self) -> str:
        return f"{self.debit_minor}/{self.credit_minor} {self.currency}"


class Balance(Walled):
    """Month sums per account and currency, kept by the statement that posts (invariant I6)."""

    account = Link(Account)
    month = models.DateField()
    currency = Currency()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    functional_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account", "month", "currency"], name="ledger_balance_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.debit_minor}/{self.credit_minor}"
