"""Ageing and trial balance today and at a past day, against raw sums over the same rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.child import answer, start

REPEATS = 5
_BUCKETS = """
    sum({open}) FILTER (WHERE due_on >= %(on)s),
    sum({open}) FILTER (WHERE due_on < %(on)s AND due_on >= %(on)s - 30),
    sum({open}) FILTER (WHERE due_on < %(on)s - 30 AND due_on >= %(on)s - 60),
    sum({open}) FILTER (WHERE due_on < %(on)s - 60 AND due_on >= %(on)s - 90),
    sum({open}) FILTER (WHERE due_on < %(on)s - 90)
"""
# The plain way: original less everything allocated up to the day, grouped by customer.
_RAW_AGEING = f"""
SELECT customer_id, {_BUCKETS.format(open="rest")} FROM (
    SELECT i.customer_id, i.due_on, i.original_minor - coalesce(a.minor, 0) AS rest
    FROM receivables_open_item i LEFT JOIN (
        SELECT debit_item_id, sum(amount_minor) AS minor FROM receivables_allocation
        WHERE effective_on <= %(on)s GROUP BY debit_item_id
    ) AS a ON a.debit_item_id = i.id
    WHERE i.side = 'debit' AND i.effective_on <= %(on)s
) AS items WHERE rest > 0 GROUP BY customer_id
"""
_RAW_NOW = f"""
SELECT customer_id, {_BUCKETS.format(open="open_minor")}
FROM receivables_open_item
WHERE open_minor > 0 AND side = 'debit' AND effective_on <= %(on)s GROUP BY customer_id
"""
_RAW_BALANCE = """
SELECT a.code, sum(p.debit_minor) - sum(p.credit_minor)
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE p.booked_on <= %(on)s GROUP BY a.code
"""


def main() -> None:
    values = start()
    from acquit.database.copy import execute
    from acquit.stages.ledger.queries import trial_balance
    from acquit.stages.receivables.queries.ageing import ageing, ageing_page, ageing_totals
    from benchmarks.company import TODAY, new_company
    from benchmarks.ledger.books import Books

    began = time.perf_counter()
    ctx = new_company()
    Books(ctx, buyers=values["customers"]).load(values["items"])
    loaded = time.perf_counter() - began
    execute("VACUUM")
    company, past = ctx.company_id, TODAY - timedelta(days=21)
    rows: dict[str, Any] = {}
    for name, on in (("today", TODAY), ("21 days ago", past)):
        raw_sql = _RAW_NOW if on == TODAY else _RAW_AGEING
        timed = _in_turns(
            {
                "ageing per customer": lambda on=on: ageing(
                    company_id=company, as_at=on, known_at=None
                ),
                "raw GROUP BY per customer": lambda on=on, sql=raw_sql: _raw(sql, on),
                "ageing totals": lambda on=on: ageing_totals(
                    company_id=company, as_at=on, known_at=None
                ),
                "first page of 50 customers": lambda on=on: ageing_page(
                    company_id=company, as_at=on, known_at=None, limit=50, after=""
                ),
                "trial balance": lambda on=on: trial_balance(company_id=company, as_at=on),
                "raw GROUP BY over postings": lambda on=on: _raw(_RAW_BALANCE, on),
            }
        )
        report, balance = timed["ageing per customer"][1], timed["trial balance"][1]
        _same_ageing(report, _raw(_RAW_AGEING, on))
        assert timed["ageing totals"][1].home == report.totals.home
        _same_balance(balance, _raw(_RAW_BALANCE, on))
        rows[name] = {label: round(ms, 2) for label, (ms, _) in timed.items()}
        rows[name]["customers"] = len(report.rows)
    answer(loaded_seconds=round(loaded, 1), milliseconds=rows)


def _raw(sql: str, on: Any) -> list[tuple[Any, ...]]:
    from acquit.database.copy import fetch_rows

    return fetch_rows(sql, {"on": on})


def _in_turns(works: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, Any]]:
    """Each work in turn, round after round; the median in milliseconds and the last answer."""
    times: dict[str, list[float]] = {name: [] for name in works}
    answers: dict[str, Any] = {}
    for turn in range(REPEATS + 1):
        for name, work in works.items():
            began = time.perf_counter()
            answers[name] = work()
            if turn:  # the first round warms the cache
                times[name].append((time.perf_counter() - began) * 1000)
    return {name: (statistics.median(times[name]), answers[name]) for name in works}


def _same_ageing(report: Any, raw: list[tuple[Any, ...]]) -> None:
    """Every bucket of every customer, to the cent."""
    ours = {
        row.customer_id: (
            row.amounts.not_due_minor,
            row.amounts.days_1_30_minor,
            row.amounts.days_31_60_minor,
            row.amounts.days_61_90_minor,
            row.amounts.over_90_minor,
        )
        for row in report.rows
        if row.amounts.receivable_minor
    }
    theirs = {row[0]: tuple(int(minor or 0) for minor in row[1:]) for row in raw}
    assert ours == theirs, "the ageing differs from the raw sums"


def _same_balance(balance: Any, raw: list[tuple[Any, ...]]) -> None:
    ours = {row.code: row.debit_minor - row.credit_minor for row in balance.accounts}
    assert ours == {code: int(minor) for code, minor in raw if minor}, "trial balances differ"
    assert balance.debit_minor == balance.credit_minor


if __name__ == "__main__":
    main()
