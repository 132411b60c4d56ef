"""What a well-written ORM loop does: the same rows by ``bulk_create`` in batches of a thousand.

It is given the amounts: no policies, no checks, no tax, no digests, no chained hashes. Same
tables, same triggers, same transaction per batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from benchmarks.child import Clock, answer, start

BATCH = 1_000


def main() -> None:
    values = start()
    from acquit.database.copy import fetch_rows
    from benchmarks.billing.deliveries import LINES, load
    from benchmarks.company import new_company

    ctx = new_company()
    load(ctx, values["size"])
    chart = fetch_rows("SELECT control, id FROM ledger_account ORDER BY code")
    accounts = {control or "revenue": id for control, id in chart}
    with Clock() as spent:
        rows = fetch_rows(
            "SELECT d.customer_id, d.id, ol.item_code, ol.description, d.quantity, ol.unit_price"
            " FROM orders_unbilled u JOIN orders_delivery_line d ON d.company_id = u.company_id"
            " AND d.id = u.id JOIN orders_line ol ON ol.company_id = d.company_id"
            " AND ol.id = d.order_line_id WHERE u.billing = 'open' ORDER BY d.delivery_id"
        )
        groups = [rows[at : at + LINES] for at in range(0, len(rows), LINES)]
        series = _series(ctx)
        for first in range(0, len(groups), BATCH):
            _batch(ctx, groups[first : first + BATCH], first, series, accounts)
    answer(**spent.as_dict())


def _series(ctx: Any) -> Any:
    from acquit.stages.invoices.models import Series

    return Series.objects.create(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        code="RE",
        kind="invoice",
        year=ctx.today.year,
        pattern="RE-{n:07}",
    )


def _batch(
    ctx: Any, groups: Sequence[Any], first: int, series: Any, accounts: dict[str, UUID]
) -> None:
    from django.db import transaction

    from acquit.stages.invoices.models import Document, TaxLine
    from acquit.stages.ledger.models import Entry
    from acquit.stages.orders.models import Unbilled
    from acquit.stages.receivables.models import OpenItem

    new, own, day = ctx.ids.new, {"company_id": ctx.company_id}, ctx.today
    documents, lines, taxes, items, entries, postings = [], [], [], [], [], []
    for offset, group in enumerate(groups, first + 1):
        nets = [int(round(row[4] * row[5], 2).scaleb(2)) for row in group]
        net = sum(nets)
        tax = (net * 19 + 50) // 100
        number, customer = f"RE-{offset:07}", group[0][0]
        document = Document(
            **own, id=new(), kind="invoice", series=series, series_number=offset, number=number,
            issued_on=day, due_on=day + timedelta(30), customer_id=customer, currency="EUR",
            net_minor=net, tax_minor=tax, gross_minor=net + tax, seller_digest="0" * 64,
            buyer_digest="0" * 64, header={}, rounding_plan={}, digest="0" * 64,
            recorded_at=ctx.now,
        )  # fmt: skip
        documents.append(document)
        lines += _lines(own, new, document, group, nets)
        taxes.append(
            TaxLine(
                **own, id=new(), document=document, tax_code="S", category="S",
                rate=Decimal(19), taxable_minor=net, tax_minor=tax,
            )
        )  # fmt: skip
        items.append(
            OpenItem(
                **own, id=new(), customer_id=customer, kind="invoice", side="debit",
                document=document, number=number, number_key=number, effective_on=day,
                due_on=document.due_on, currency="EUR", original_minor=net + tax,
                open_minor=net + tax, functional_minor=net + tax,
                open_functional_minor=net + tax, moved_on=day, recorded_at=ctx.now,
            )
        )  # fmt: skip
        entry = Entry(
            **own, id=new(), booked_on=day, recorded_at=ctx.now, fact_id=document.id,
            posting_rule="document", subject_id=document.id, text=number,
        )  # fmt: skip
        entries.append(entry)
        sides = (("receivables", net + tax, 0), ("revenue", 0, net), ("tax", 0, tax))
        postings += _postings(ctx, entry, customer, accounts, sides)
    with transaction.atomic():
        for rows in (documents, lines, taxes, items, entries, postings):
            type(rows[0]).objects.bulk_create(rows)
        billed = [line.delivery_line_id for line in lines]
        Unbilled.objects.of(ctx.company_id).filter(id__in=billed).delete()


def _lines(
    own: dict[str, Any], new: Any, document: Any, group: Sequence[Any], nets: Sequence[int]
) -> list[Any]:
    from acquit.stages.invoices.models import Line

    return [
        Line(
            **own, id=new(), document=document, line_no=n, delivery_line_id=row[1],
            item_code=row[2], description=row[3], quantity=row[4], unit="C62",
            unit_price=row[5], net_minor=minor, tax_code="S", tax_category="S",
            tax_rate=Decimal(19), details={},
        )
        for n, (row, minor) in enumerate(zip(group, nets, strict=True), 1)
    ]  # fmt: skip


def _postings(
    ctx: Any, entry: Any, customer: UUID, accounts: dict[str, UUID], sides: Sequence[Any]
) -> list[Any]:
    from acquit.stages.ledger.models import Posting

    return [
        Posting(
            company_id=ctx.company_id, id=ctx.ids.new(), entry=entry, line_no=n,
            account_id=accounts[name], customer_id=customer if debit else None,
            booked_on=ctx.today, debit_minor=debit, credit_minor=credit, currency="EUR",
            functional_minor=debit - credit,
        )
        for n, (name, debit, credit) in enumerate(sides, 1)
    ]  # fmt: skip


if __name__ == "__main__":
    main()
