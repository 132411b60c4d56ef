"""Bill N deliveries as one run; checks numbers, journal, open items and facts afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from benchmarks.child import Clock, answer, start


def main() -> None:
    values = start()
    from acquit.stages.invoices.commands.bill import bill
    from benchmarks.billing.deliveries import load
    from benchmarks.company import TODAY, new_company

    ctx = new_company()
    net = load(ctx, values["size"])
    with Clock() as spent:
        done = bill(ctx=ctx, as_of=TODAY)
    figures = done.figures
    assert figures["invoices"] == values["size"], figures
    assert Decimal(figures["net"]) == net, (figures, net)
    answer(**spent.as_dict(), **_checked(ctx, values["size"], figures))


def _checked(ctx: Any, size: int, figures: dict[str, Any]) -> dict[str, Any]:
    """Numbers without a gap, a balanced journal, open items and facts that agree with it."""
    from acquit.database.copy import fetch_rows

    cents = int(Decimal(figures["gross"]).scaleb(2))
    ((first, last, count),) = fetch_rows(
        "SELECT min(series_number), max(series_number), count(*) FROM invoices_document"
    )
    assert (first, last, count) == (1, size, size), (first, last, count)
    ((debit, credit, lines),) = fetch_rows(
        "SELECT sum(debit_minor), sum(credit_minor), count(*) FROM ledger_posting"
    )
    assert debit == credit == cents, (debit, credit, cents)
    ((opened,),) = fetch_rows("SELECT sum(open_minor) FROM receivables_open_item")
    assert opened == cents, (opened, cents)
    ((facts,),) = fetch_rows(
        "SELECT count(*) FROM history_fact WHERE kind = 'invoices.DocumentIssued'"
    )
    assert facts == size
    ((shared,),) = fetch_rows("SELECT count(*) FROM ledger_balance")
    return {"gross": figures["gross"], "postings": lines, "day_balances": shared}


if __name__ == "__main__":
    main()
