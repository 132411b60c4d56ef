"""Ageing and trial balance today and at a past day, against raw sums over the same rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.child import answer, start

REPEATS = 5
SINGLES = 20
SINGLE = 100  # minor units
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
    from acquit.stages.receivables.queries import cache
    from benchmarks.company import TODAY, new_company
    from benchmarks.ledger.books import Books

    began = time.perf_counter()
    ctx = new_company()
    books = Books(ctx, buyers=values["customers"])
    books.load(values["items"], history=values["history"])
    receipts, claims = books.deposit(minor=SINGLE, count=SINGLES)
    loaded = time.perf_counter() - began
    execute("VACUUM")
    rows = {}
    for name, on in (("today", TODAY), ("21 days ago", TODAY - timedelta(days=21))):
        rows[name] = _reports(ctx.company_id, on, is_now=on == TODAY)
        rows[name]["customer's account"] = _account(ctx.company_id, claims, on)
    after = _singles(ctx, receipts, claims)
    _reports(ctx.company_id, TODAY, is_now=True)  # equal to the raw sums after them as well
    kept = sum(one.bytes for one in cache.kept()) / 2**20
    answer(loaded_seconds=round(loaded, 1), milliseconds=rows, **after, cache_mb=round(kept))


def _reports(company: Any, on: Any, *, is_now: bool) -> dict[str, Any]:
    """Every report in turns with the raw sums over the same rows, and equal to them."""
    from acquit.stages.ledger.queries import trial_balance
    from acquit.stages.receivables.queries import cache
    from acquit.stages.receivables.queries.ageing import ageing, ageing_page, ageing_totals

    day = {"company_id": company, "as_at": on, "known_at": None}
    cache.forget()
    began = time.perf_counter()
    ageing(**day)
    first = (time.perf_counter() - began) * 1000
    other = day | {"as_at": on - timedelta(days=1)}
    timed = _in_turns(
        {
            "ageing per customer": lambda: ageing(**day),
            "the same, every row looked at": lambda: list(ageing(**day).rows),
            "raw GROUP BY per customer": lambda: _raw(_RAW_NOW if is_now else _RAW_AGEING, on),
            "ageing totals": lambda: ageing_totals(**day),
            "first page of 50 customers": lambda: ageing_page(**day, limit=50, after="").rows,
            "trial balance": lambda: trial_balance(company_id=company, as_at=on),
            "raw GROUP BY over postings": lambda: _raw(_RAW_BALANCE, on),
        },
        # The last day's sums are kept: another day between, so that all are worked out each time.
        between=lambda: ageing_totals(**other),
    )
    report, balance = timed["ageing per customer"][1], timed["trial balance"][1]
    _same_ageing(report, _raw(_RAW_AGEING, on))
    assert timed["ageing totals"][1] == report.totals
    _same_balance(balance, _raw(_RAW_BALANCE, on))
    found = {label: round(ms, 2) for label, (ms, _) in timed.items()}
    return found | {"first reading of the month": round(first), "customers": len(report.rows)}


def _account(company: Any, claims: list[Any], on: Any) -> float:
    """The page of one customer: balances, the first of what is open and of what happened."""
    from acquit.database.copy import fetch_rows
    from acquit.stages.receivables.queries import account

    people = fetch_rows(
        "SELECT customer_id FROM receivables_open_item WHERE id = ANY(%s)", [list(claims)]
    )
    times = []
    for (customer,) in people:
        began = time.perf_counter()
        account(company_id=company, customer_id=customer, as_at=on, limit=50)
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 2)


def _singles(ctx: Any, receipts: list[Any], claims: list[Any]) -> dict[str, float]:
    """Single allocations, posted, and the ageing right after each."""
    from acquit.core.money import Money
    from acquit.core.outcome import ItemState
    from acquit.stages.receivables.commands import NewAllocation, allocate
    from acquit.stages.receivables.queries import ageing_totals

    posted, caught_up = [], []
    for receipt, claim in zip(receipts, claims, strict=True):
        wish = NewAllocation(
            key="1", credit_item_id=receipt, debit_item_id=claim, amount=Money(SINGLE, "EUR")
        )
        began = time.perf_counter()
        done = allocate(ctx=ctx, items=[wish])
        middle = time.perf_counter()
        ageing_totals(company_id=ctx.company_id, as_at=ctx.today, known_at=None)
        caught_up.append((time.perf_counter() - middle) * 1000)
        posted.append((middle - began) * 1000)
        assert all(one.state == ItemState.DONE for one in done.items), done
    return {
        "allocation_ms": round(statistics.median(posted), 2),
        "ageing_after_allocation_ms": round(statistics.median(caught_up), 2),
    }


def _raw(sql: str, on: Any) -> list[tuple[Any, ...]]:
    from acquit.database.copy import fetch_rows

    return fetch_rows(sql, {"on": on})


def _in_turns(
    works: dict[str, Callable[[], Any]], *, between: Callable[[], Any]
) -> dict[str, tuple[float, Any]]:
    """Each work in turn, round after round; the median in milliseconds and the last answer."""
    times: dict[str, list[float]] = {name: [] for name in works}
    answers: dict[str, Any] = {}
    for turn in range(REPEATS + 1):
        for name, work in works.items():
            between()
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
