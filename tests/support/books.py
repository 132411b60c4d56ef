"""Facts without their stages: a command that records whatever the test hands it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.history.unit import Wiring
from acquit.stages.invoices.facts import DocumentIssued, TaxAmount
from acquit.stages.ledger.reactions import book, calendar, open_chart
from acquit.stages.ledger.rules.posting import BY_KIND
from acquit.stages.masterdata.facts import CompanyCreated
from acquit.stages.receipts.facts import MoneyLeft, ReceiptRecorded
from acquit.stages.receivables.facts import AllocationUndone, CashApplied, PayerIdentified
from tests.support.world import World, with_permission

NAMES = UUID("0192f0c0-0000-7000-8000-000000000001")
ALICE, BOB = uuid5(NAMES, "alice"), uuid5(NAMES, "bob")


@command("test.record_facts")
def record_facts(*, ctx: Context, items: Sequence[Any]) -> Outcome:
    """Record facts as the stages would, with whatever reactions are wired."""
    unit.record(ctx, items)
    return Outcome()


def record(world: World, *facts: Fact) -> None:
    actor = with_permission(world.actor, "test.record_facts")
    record_facts(ctx=world.ctx(actor=actor), items=list(facts))


def named(name: str) -> UUID:
    return uuid5(NAMES, name)


def issued(
    name: str,
    net: int,
    tax: int,
    *,
    on: date,
    kind: str = "invoice",
    customer: UUID = ALICE,
    currency: str = "EUR",
    rate: str = "1",
    taxes: Sequence[tuple[str, int]] | None = None,
) -> DocumentIssued:
    rows = taxes if taxes is not None else [("3806", tax)]
    return DocumentIssued(
        subject_id=named(name),
        effective_on=on,
        kind=kind,
        number=name,
        customer_id=customer,
        currency=currency,
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        rate=Decimal(rate),
        taxes=tuple(
            TaxAmount(
                tax_code="S",
                category="S",
                rate=Decimal(19),
                taxable_minor=net,
                tax_minor=minor,
                account=account,
            )
            for account, minor in rows
        ),
        due_on=on,
        digest="0" * 64,
    )


def received(
    name: str,
    amount: int,
    *,
    on: date,
    customer: UUID | None = ALICE,
    currency: str = "EUR",
    rate: str = "1",
) -> ReceiptRecorded:
    return ReceiptRecorded(
        subject_id=named(name),
        effective_on=on,
        method="bank",
        amount_minor=amount,
        currency=currency,
        rate=Decimal(rate),
        account="1800",
        customer_id=customer,
    )


def left(name: str, amount: int, *, on: date) -> MoneyLeft:
    return MoneyLeft(
        subject_id=named(name),
        effective_on=on,
        amount_minor=amount,
        currency="EUR",
        rate=Decimal(1),
        account="1800",
    )


def applied(
    name: str,
    amount: int,
    *,
    on: date,
    debit_functional: int | None = None,
    credit_functional: int | None = None,
    currency: str = "EUR",
    from_kind: str = "receipt",
    customer: UUID = ALICE,
    credit_customer: UUID | None = ALICE,
) -> CashApplied:
    return CashApplied(
        subject_id=named(name),
        effective_on=on,
        debit_item_id=named(f"{name} debit"),
        credit_item_id=named(f"{name} credit"),
        amount_minor=amount,
        currency=currency,
        customer_id=customer,
        credit_customer_id=credit_customer,
        from_kind=from_kind,
        debit_functional_minor=amount if debit_functional is None else debit_functional,
        credit_functional_minor=amount if credit_functional is None else credit_functional,
    )


def undone(name: str, fact: CashApplied, *, on: date) -> AllocationUndone:
    return AllocationUndone(
        subject_id=named(name),
        effective_on=on,
        undone_id=fact.subject_id,
        debit_item_id=fact.debit_item_id,
        credit_item_id=fact.credit_item_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        customer_id=fact.customer_id,
        credit_customer_id=fact.credit_customer_id,
        from_kind=fact.from_kind,
        debit_functional_minor=fact.debit_functional_minor,
        credit_functional_minor=fact.credit_functional_minor,
    )


def identified(name: str, amount: int, *, on: date, customer: UUID = ALICE) -> PayerIdentified:
    return PayerIdentified(
        subject_id=named(name),
        effective_on=on,
        receipt_id=named(f"{name} receipt"),
        customer_id=customer,
        amount_minor=amount,
        currency="EUR",
        functional_minor=amount,
    )


@contextmanager
def only_the_ledger_reacts() -> Iterator[None]:
    """Facts made up by a test have no documents or receipts behind them: only the books follow."""
    before = unit._wiring[0]
    kinds = dict.fromkeys(BY_KIND, (book,))
    now = {CompanyCreated.KIND: (open_chart,), **kinds}
    unit.wire(Wiring(now=now, calendar=calendar))
    try:
        yield
    finally:
        unit.wire(before)
