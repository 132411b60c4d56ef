"""What must hold of a company after every step, asked of the database in a few set-based reads.

The names are those of the verifier (I5 ...). These are the cheap ones; the verifier
proves the others at the end of a run and every some steps.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.ledger import queries as ledger
from acquit.stages.receivables import queries as receivables

_BROKEN = """
WITH moved AS (
    SELECT item_id, sum(minor) AS minor, sum(functional) AS functional FROM (
        SELECT debit_item_id AS item_id, amount_minor AS minor,
            debit_functional_minor AS functional
        FROM receivables_allocation WHERE company_id = %(company)s
        UNION ALL
        SELECT credit_item_id, amount_minor, credit_functional_minor
        FROM receivables_allocation WHERE company_id = %(company)s
    ) AS sides GROUP BY item_id
), sub AS (
    SELECT CASE WHEN kind = 'receipt' THEN 'unapplied' ELSE 'receivables' END AS control,
        customer_id, currency,
        sum(CASE WHEN side = 'debit' THEN open_minor ELSE -open_minor END) AS minor,
        sum(CASE WHEN side = 'debit' THEN open_functional_minor
            ELSE -open_functional_minor END) AS functional
    FROM receivables_open_item WHERE company_id = %(company)s GROUP BY 1, 2, 3
), books AS (
    SELECT a.control, p.customer_id, p.currency,
        sum(p.debit_minor - p.credit_minor) AS minor, sum(p.functional_minor) AS functional
    FROM ledger_posting p JOIN ledger_account a
        ON a.company_id = p.company_id AND a.id = p.account_id
    WHERE p.company_id = %(company)s AND a.control IN ('receivables', 'unapplied')
    GROUP BY 1, 2, 3
), posted AS (
    SELECT account_id, currency, sum(debit_minor) AS debit, sum(credit_minor) AS credit,
        sum(functional_minor) AS functional
    FROM ledger_posting WHERE company_id = %(company)s GROUP BY 1, 2
), cached AS (
    SELECT account_id, currency, sum(debit_minor) AS debit, sum(credit_minor) AS credit,
        sum(functional_minor) AS functional
    FROM ledger_balance WHERE company_id = %(company)s GROUP BY 1, 2
)
SELECT 'I11 open = original - allocations', i.number, i.open_minor::text
FROM receivables_open_item i LEFT JOIN moved m ON m.item_id = i.id
WHERE i.company_id = %(company)s AND (
    i.open_minor <> i.original_minor - coalesce(m.minor, 0)
    OR i.open_functional_minor <> i.functional_minor - coalesce(m.functional, 0)
    OR (i.open_minor = 0 AND i.open_functional_minor <> 0)
    OR i.open_minor < 0 OR i.open_minor > i.original_minor)
UNION ALL
SELECT 'I7 control account = sub-ledger', coalesce(s.control, b.control) || ' ' ||
        coalesce(s.currency, b.currency), coalesce(s.minor, 0)::text || ' / ' ||
        coalesce(b.minor, 0)::text || ', ' || coalesce(s.functional, 0)::text || ' / ' ||
        coalesce(b.functional, 0)::text
FROM sub s FULL JOIN books b ON b.control = s.control AND b.currency = s.currency
    AND b.customer_id IS NOT DISTINCT FROM s.customer_id
WHERE coalesce(s.minor, 0) <> coalesce(b.minor, 0)
    OR coalesce(s.functional, 0) <> coalesce(b.functional, 0)
UNION ALL
SELECT 'I5 trial balance', 'functional', sum(functional_minor)::text
FROM ledger_balance WHERE company_id = %(company)s HAVING sum(functional_minor) <> 0
UNION ALL
SELECT 'I5 trial balance', currency::text, sum(debit_minor - credit_minor)::text
FROM ledger_balance WHERE company_id = %(company)s
GROUP BY currency HAVING sum(debit_minor - credit_minor) <> 0
UNION ALL
SELECT 'I6 cached balance = its postings', account_id::text, currency::text
FROM posted FULL JOIN cached USING (account_id, currency)
WHERE (posted.debit, posted.credit, posted.functional)
    IS DISTINCT FROM (cached.debit, cached.credit, cached.functional)
UNION ALL
SELECT 'I23 numbers run 1..n in order', s.code || ' ' || s.year::text, count(d.id)::text
FROM invoices_series s LEFT JOIN (
    SELECT id, company_id, series_id, series_number, issued_on < lag(issued_on)
        OVER (PARTITION BY series_id ORDER BY series_number) AS goes_back
    FROM invoices_document WHERE company_id = %(company)s
) AS d ON d.company_id = s.company_id AND d.series_id = s.id
WHERE s.company_id = %(company)s GROUP BY s.id, s.code, s.year, s.last_number
HAVING count(d.id) <> s.last_number OR coalesce(max(d.series_number), 0) <> s.last_number
    OR coalesce(bool_or(d.goes_back), false)
UNION ALL
SELECT 'I25 the chain has every fact', 'head', h.seq::text
FROM history_head h WHERE h.company_id = %(company)s AND h.seq <> (
    SELECT count(*) FROM history_fact f WHERE f.company_id = h.company_id)
"""


def broken(*, company_id: UUID) -> list[tuple[str, str, str]]:
    """Invariant, record and figure of everything that does not hold; empty when all is well."""
    return fetch_rows(_BROKEN, {"company": company_id})


def _month_end(day: date, back: int) -> date:
    """The day itself, or the last day of the month ``back`` months before."""
    for _ in range(back):
        day = day.replace(day=1) - timedelta(days=1)
    return day


def _agree_on(company_id: UUID, day: date) -> None:
    """Ageing and control accounts on a day, whatever was locked and reopened since (I7)."""
    totals = receivables.ageing_totals(company_id=company_id, as_at=day, known_at=None)
    owed = {
        "receivables": totals.home.receivable_minor,
        "unapplied": -totals.home.unapplied_minor,
    }
    for control, minor in owed.items():
        rows = ledger.control_balances(company_id=company_id, control=control, as_at=day)
        assert sum(row.functional_minor for row in rows) == minor, (control, day)


def check_reports(*, company_id: UUID, today: date, customer: UUID | None) -> None:
    """Ageing, trial balance and one customer's statement say the same today (I35)."""
    trial = ledger.trial_balance(company_id=company_id, as_at=date.max)
    assert trial.debit_minor == trial.credit_minor
    books = {"receivables": 0, "unapplied": 0}
    for account in trial.accounts:
        if account.control in books:
            books[account.control] += account.debit_minor - account.credit_minor
    totals = receivables.ageing_totals(company_id=company_id, as_at=date.max, known_at=None)
    assert books["receivables"] == totals.home.receivable_minor
    assert books["unapplied"] == -totals.home.unapplied_minor
    for back in (0, 1, 2):
        _agree_on(company_id, _month_end(today, back))
    if customer is None:
        return
    account = receivables.account(company_id=company_id, customer_id=customer, as_at=today, limit=1)
    for balance in account.balances:
        statement = receivables.customer_statement(
            company_id=company_id,
            customer_id=customer,
            currency=balance.currency,
            from_on=date(2026, 1, 1),
            to_on=today,
            known_at=None,
        )
        assert statement.closing_minor == balance.amounts.balance_minor
        assert statement.opening_minor + sum(line.amount_minor for line in statement.lines) == (
            statement.closing_minor
        )
    assert set(totals.by_currency) <= {"EUR", "USD"}
