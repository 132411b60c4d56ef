"""Runs inside Tryton's own environment: invoices of three lines, posted and committed.

Argument: JSON with ``database``, ``batch``, ``batches`` and ``singles``. Answer: JSON with the
seconds of each batch, of each single invoice, and the sum of all totals for checking.
"""

from __future__ import annotations

import copy
import datetime
import json
import random
import resource
import sys
import time
from decimal import Decimal

TODAY = datetime.date.today()  # the peer warns of payment dates in the past


def main() -> None:
    values = json.loads(sys.argv[1])
    setup = _set_up(values["database"])
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    draw = random.Random(7)
    seconds = {"batch": [], "single": []}
    total = expected = Decimal(0)
    # The locks that posting takes are remembered, so that no transaction is run twice.
    locks: dict = {}
    sizes = [("batch", values["batch"])] * (values["batches"] + 1)
    sizes += [("single", 1)] * (values["singles"] + 3)
    for kind, size in sizes:
        rows = [_values(setup, draw) for _ in range(size)]
        expected += sum(_gross(row) for row in rows)
        began = time.perf_counter()
        total += _post(Pool, Transaction, values["database"], setup, rows, locks)
        seconds[kind].append(time.perf_counter() - began)
    assert total == expected, (total, expected)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "batch_seconds": seconds["batch"][1:],
                "single_seconds": seconds["single"][3:],
                "total": str(total),
                "peak_mb": round(peak),
            }
        )
    )


def _post(pool, transaction, database, setup, rows, extras) -> Decimal:
    from trytond.transaction import TransactionError

    for _ in range(10):
        kept = copy.deepcopy(extras)
        context = {"company": setup["company"]}
        with transaction().start(database, 1, context=context, **kept) as current:
            try:
                model = pool().get("account.invoice")
                invoices = model.create(rows)
                model.post(invoices)
                total = sum((invoice.total_amount for invoice in invoices), Decimal(0))
                assert all(i.number and i.state == "posted" for i in invoices)
                current.commit()
                return total
            except TransactionError as error:
                current.rollback()
                error.fix(extras)
    raise RuntimeError(f"ten transactions were not enough: {sorted(extras)}")


def _values(setup, draw):
    lines = [
        {
            "type": "line",
            "description": f"Artikel {draw.randrange(500)}",
            "quantity": draw.randrange(1, 40),
            "unit_price": Decimal(draw.randrange(100, 99_999)).scaleb(-2),
            "account": setup["revenue"],
            "taxes": [("add", [setup["tax"]])],
        }
        for _ in range(3)
    ]
    return {
        "type": "out",
        "company": setup["company"],
        "currency": setup["currency"],
        "party": setup["party"],
        "invoice_address": setup["address"],
        "account": setup["receivable"],
        "journal": setup["journal"],
        "payment_term": setup["term"],
        "invoice_date": TODAY,
        "lines": [("create", lines)],
    }


def _gross(row) -> Decimal:
    net = sum(line["quantity"] * line["unit_price"] for line in row["lines"][0][1])
    return net + (net * Decimal("0.19")).quantize(Decimal("0.01"), rounding="ROUND_HALF_EVEN")


def _set_up(database):
    from proteus import Model, config
    from trytond.modules.account.tests.tools import (
        create_chart,
        create_fiscalyear,
        create_tax,
        get_accounts,
    )
    from trytond.modules.account_invoice.tests.tools import (
        create_payment_term,
        set_fiscalyear_invoice_sequences,
    )
    from trytond.modules.company.tests.tools import create_company, get_company

    config.set_trytond(database)
    create_company()
    company = get_company()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(company, TODAY))
    year.click("create_period")
    create_chart(company)
    accounts = get_accounts(company)
    tax = create_tax(Decimal("0.19"))
    tax.save()
    term = create_payment_term()
    term.save()
    party = Model.get("party.party")(name="Kunde")
    party.save()
    journal = Model.get("account.journal").find([("code", "=", "REV")])[0]
    return {
        "company": company.id,
        "currency": company.currency.id,
        "party": party.id,
        "address": party.addresses[0].id,
        "receivable": accounts["receivable"].id,
        "revenue": accounts["revenue"].id,
        "journal": journal.id,
        "tax": tax.id,
        "term": term.id,
    }


if __name__ == "__main__":
    main()
