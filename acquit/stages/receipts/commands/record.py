"""Record money that came in by hand: cash, card, cheque; the customer gets a numbered quittance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core import packs
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.packs import Pack
from acquit.database.copy import copy_rows
from acquit.history import unit
from acquit.stages.masterdata.queries import CustomerView, customers_by_id, rates
from acquit.stages.receipts.commands.movements import RECEIPT_COLUMNS
from acquit.stages.receipts.commands.numbers import take_numbers
from acquit.stages.receipts.facts import ReceiptRecorded
from acquit.stages.receipts.models import BY_HAND, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceipt:
    """Money from a known customer. ``method`` is cash, card, cheque, bank or direct_debit;
    ``text`` what he says it is for. ``key`` is the caller's own word for it."""

    key: str
    customer_id: UUID
    method: str
    amount: Money
    received_on: date
    text: str = ""


@command("receipts.record")
def record(*, ctx: Context, items: Sequence[NewReceipt]) -> Outcome:
    """One receipt and one quittance each. Numbers run without a gap: they are taken at the end
    of the transaction, and a rollback gives them back."""
    people = customers_by_id(company_id=ctx.company_id, ids={i.customer_id for i in items})
    faults = [_faults(ctx, index, item, people) for index, item in enumerate(items)]
    good = [item for item, wrong in zip(items, faults, strict=True) if not wrong]
    pack = packs.get(Company.objects.values_list("country", flat=True).get(id=ctx.company_id))
    pairs = sorted({(item.amount.currency, item.received_on) for item in good})
    rate = rates(company_id=ctx.company_id, pairs=pairs)
    numbers = take_numbers(ctx, kind="quittance", count=len(good))
    rows = [
        (item, number, ctx.ids.new(), _account(pack, item.method))
        for item, number in zip(good, numbers, strict=True)
    ]
    _store(ctx, rows, people)
    facts = [
        ReceiptRecorded(
            subject_id=receipt_id,
            effective_on=item.received_on,
            method=item.method,
            amount_minor=item.amount.minor,
            currency=item.amount.currency,
            rate=rate[item.amount.currency, item.received_on],
            account=account,
            customer_id=item.customer_id,
            quittance_number=number,
        )
        for item, number, receipt_id, account in rows
    ]
    unit.record(ctx, facts)
    made = iter(rows)
    results = tuple(
        ItemResult(item.key, ItemState.REFUSED, faults=wrong)
        if wrong
        else ItemResult(item.key, ItemState.DONE, next(made)[2])
        for item, wrong in zip(items, faults, strict=True)
    )
    figures = {"receipts": len(rows), "quittances": [number for _i, number, _r, _a in rows]}
    return Outcome(items=results, figures=figures)


def _store(
    ctx: Context,
    rows: Sequence[tuple[NewReceipt, str, UUID, str]],
    people: dict[UUID, CustomerView],
) -> None:
    copy_rows(
        Receipt,
        RECEIPT_COLUMNS,
        (
            (
                receipt_id,
                ctx.company_id,
                None,
                item.method,
                item.received_on,
                item.amount.minor,
                item.amount.currency,
                item.customer_id,
                people[item.customer_id].name,
                "",
                item.text,
                account,
                number,
                ctx.now,
            )
            for item, number, receipt_id, account in rows
        ),
    )


def _faults(
    ctx: Context, index: int, item: NewReceipt, people: dict[UUID, CustomerView]
) -> tuple[Fault, ...]:
    path = f"items[{index}]"
    faults = []
    if item.customer_id not in people:
        message = f"there is no customer {item.customer_id}"
        faults.append(Fault("customer.unknown", message, path=f"{path}.customer_id"))
    if item.method not in BY_HAND:
        fix = f"use one of {', '.join(BY_HAND)}"
        message = f"{item.method!r} is no way to pay"
        faults.append(Fault("receipt.method", message, path=f"{path}.method", fix=fix))
    if item.amount.minor <= 0:
        message = f"{item.amount} is not more than nothing"
        faults.append(Fault("receipt.amount", message, path=f"{path}.amount"))
    if item.received_on > ctx.today:
        message = f"{item.received_on.isoformat()} is in the future"
        faults.append(Fault("receipt.day", message, path=f"{path}.received_on"))
    return tuple(faults)


def _account(pack: Pack, method: str) -> str:
    """Cash is in the till; every other way ends on the bank account."""
    return pack.account("cash" if method == "cash" else "bank")
