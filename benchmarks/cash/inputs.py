"""A generated case as the engine's own values: what ``acquit apply`` reads from the files."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from acquit.stages.matching.rules.inputs import (
    REFERENCES_PART,
    Advice,
    AdvicePart,
    BankLine,
    Customer,
    OpenItem,
    PaidItem,
)
from acquit.stages.matching.rules.patterns import Told, texts_of
from benchmarks.cash.world import Case, Paid


def inputs(case: Case) -> dict[str, Any]:
    """The keywords of ``engine.answer`` beside the confidence."""
    history = [_paid(paid) for paid in case.history]
    return {
        "lines": [
            BankLine(
                id=line.id,
                day=line.date.toordinal(),
                amount=line.amount,
                currency=line.currency,
                payer_name=line.payer_name,
                payer_iban=line.payer_iban,
                end_to_end=line.end_to_end_id,
                text=line.text,
            )
            for line in case.lines
        ],
        "items": [
            OpenItem(
                id=item.id,
                customer=item.customer,
                number=item.number,
                amount=item.amount,
                open=item.open,
                currency=item.currency,
                issued=item.issued.toordinal(),
                due=item.due.toordinal(),
                discount_bp=item.discount_pct * 100,
                discount_until=item.discount_until.toordinal() if item.discount_until else 0,
                references=REFERENCES_PART.join(item.references),
            )
            for item in case.items
        ],
        "customers": _customers(case),
        "history": history,
        "told": Told(texts_of(history)),
        "advices": _advices(case),
        "convert": _convert(case),
    }


def _paid(paid: Paid) -> PaidItem:
    return PaidItem(
        customer=paid.item.customer,
        number=paid.item.number,
        amount=paid.item.amount,
        currency=paid.item.currency,
        due=paid.item.due.toordinal(),
        paid_on=paid.paid_on.toordinal(),
        paid=paid.amount,
        payer_name=paid.payer_name,
        payer_iban=paid.payer_iban,
        text=paid.text,
    )


def _customers(case: Case) -> list[Customer]:
    return [
        Customer(
            id=one.id,
            name=one.name,
            number=one.id,
            ibans=tuple(one.known_ibans),
            parent=one.parent or None,
            aliases=tuple(one.aliases),
        )
        for one in case.customers
    ]


def _advices(case: Case) -> list[Advice]:
    parts: dict[str, list[AdvicePart]] = defaultdict(list)
    heads = {}
    for row in case.advices:
        parts[row.advice].append(AdvicePart(row.number, row.paid))
        heads[row.advice] = row
    return [
        Advice(head.reference, head.payer_name, head.amount, head.currency, tuple(parts[key]))
        for key, head in heads.items()
    ]


def _convert(case: Case) -> Any:
    def convert(amount: int, source: str, target: str, day: int) -> int | None:
        if source == target:
            return amount
        on = date.fromordinal(day)
        from_rate = 1_000_000 if source == "EUR" else case.rates.get((on, source))
        to_rate = 1_000_000 if target == "EUR" else case.rates.get((on, target))
        if not from_rate or not to_rate:
            return None
        return amount * to_rate // from_rate

    return convert
