"""The journal: entries and postings that always balance, periods that lock."""

from __future__ import annotations

import pgtrigger
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.database.models import (
    Currency,
    GuardedLink,
    Link,
    SetLink,
    Walled,
    append_only,
    state_check,
    undeletable,
)

PERIOD = Lifecycle(
    name="period",
    initial="open",
    transitions={("open", "lock"): "locked", ("locked", "reopen"): "open"},
)
ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")


# Invariants I1 and I3 over all new rows of a statement, so an entry comes in one statement: per
# entry and currency debits equal credits, functional amounts sum to zero, there are two lines or
# more, and entry and account exist in the same company; the entry has its lines' day.
BALANCED = """
    -- Counted by array and planned anew each time: a join would be planned by statistics that
    -- know nothing of a young company, and become a loop over all its entries per line.
    FOR used IN
        SELECT company_id, booked_on, array_agg(entry_id) AS ids, bool_and(balances) AS balance
        FROM (
            SELECT company_id, booked_on, entry_id,
                bool_and(rest = 0) AND sum(functional) = 0 AND sum(lines) > 1 AS balances
            FROM (
                SELECT company_id, booked_on, entry_id, sum(debit_minor - credit_minor) AS rest,
                    sum(functional_minor) AS functional, count(*) AS lines
                FROM new_rows GROUP BY company_id, booked_on, entry_id, currency
            ) AS sums GROUP BY company_id, booked_on, entry_id
        ) AS entries GROUP BY company_id, booked_on
    LOOP
        IF NOT used.balance THEN
            RAISE EXCEPTION 'entry does not balance' USING ERRCODE = 'check_violation';
        END IF;
        EXECUTE 'SELECT count(*) FROM ledger_entry'
            ' WHERE company_id = $1 AND id = ANY($2) AND booked_on = $3'
            INTO found USING used.company_id, used.ids, used.booked_on;
        IF found <> cardinality(used.ids) THEN
            RAISE EXCEPTION 'posting without its entry' USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT company_id, account_id FROM new_rows) AS named
        LEFT JOIN ledger_account AS account ON account.company_id = named.company_id
            AND account.id = named.account_id
        WHERE account.id IS NULL
    ) THEN
        RAISE EXCEPTION 'posting on an unknown account' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
"""
# Invariant I8: nothing is dated into a period that is locked. Postings have their entry's date.
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
        referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
        func=body,
        declare=[("used", "record"), ("found", "bigint")],
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
        triggers = undeletable("ledger_account")

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

    company = GuardedLink("access.Company")
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
            models.UniqueConstraint(
                fields=["company", "reverses"],
                condition=models.Q(reverses__isnull=False),
                name="ledger_entry_reversed",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "subject_id"], name="ledger_entry_subject"),
            models.Index(fields=["company", "booked_on", "id"], name="ledger_entry_date"),
        ]
        triggers = [*append_only("ledger_entry"), _checked("ledger_entry_period", OPEN_PERIOD)]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.text}"


class Posting(Walled):
    """One line of an entry: exactly one of debit and credit is positive (invariant I2). Its key in
    the database is entry and line (migration 0003); the id orders the postings of a day.

    ``functional_minor`` is signed (debit plus) in the company's own currency (invariant I22).
    A realised exchange difference exists in the company's currency only: its line has neither
    debit nor credit, so that every currency of an entry balances by itself.
    """

    entry = SetLink(Entry)
    line_no = models.PositiveSmallIntegerField()
    account = SetLink(Account)
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
                | models.Q(debit_minor=0, credit_minor__gt=0)
                | (models.Q(debit_minor=0, credit_minor=0) & ~models.Q(functional_minor=0)),
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
    """Day sums per account and currency, kept by the transaction that posts (invariant I6).

    Days, not months: a balance at any date is a sum of a few thousand rows and never touches the
    postings."""

    account = Link(Account)
    day = models.DateField()
    currency = Currency()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    functional_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account", "day", "currency"], name="ledger_balance_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.debit_minor}/{self.credit_minor}"
