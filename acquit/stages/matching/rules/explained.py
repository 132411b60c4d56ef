"""What the engine takes from an advice, read from a file just now or kept in the database. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acquit.stages.matching.rules.inputs import Advice, AdvicePart, Id
from acquit.stages.receipts.rules.advising import (
    BALANCE,
    BUNDLE,
    PAYOUT,
    STATEMENT,
    PartLike,
    gross,
    is_paid,
    taken_back,
)


class Told(Protocol):
    """An advice; its parts sum up to ``amount_minor``."""

    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def payer_name(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def parts(self) -> Sequence[PartLike]: ...


def explained(advice: Told, *, line: Id) -> Advice:
    """Fees are kept back of the whole; any other part stands for its document. What a payout took
    back of earlier ones, with the fees for it, is a return of its own: what arrived is less by it.
    Where nothing or less than nothing arrived, what was paid is a receipt whole, and neither fees
    nor returns are kept back of it. ``line`` is the money it is known to be about, None where only
    its number can say so."""
    if advice.kind == BALANCE or (advice.kind == PAYOUT and advice.amount_minor <= 0):
        return _empty(advice, line)
    back = taken_back(advice.parts) if advice.kind == PAYOUT else []
    gone = {one.at for one in back}
    fees = sum(part.amount_minor for part in advice.parts if part.kind == "fee")
    return Advice(
        reference=advice.number,
        payer_name=advice.payer_name,
        amount=advice.amount_minor,
        currency=advice.currency,
        parts=tuple(
            AdvicePart(
                part.document or part.reference,
                part.amount_minor,
                part.discount_minor,
                part.reference if advice.kind == STATEMENT and part.document else "",
            )
            for at, part in enumerate(advice.parts)
            if part.kind != "fee" and at not in gone
        ),
        line=line,
        fee=-fees - sum(one.fee_minor for one in back),
        netted=sum(one.minor for one in back),
        is_declared=advice.kind == BUNDLE,
    )


def _empty(advice: Told, line: Id) -> Advice:
    """A payout that brought no money to the bank: what it paid, gross."""
    return Advice(
        reference=advice.number,
        payer_name=advice.payer_name,
        amount=gross(advice.parts).paid,
        currency=advice.currency,
        parts=tuple(
            AdvicePart(part.document or part.reference, part.amount_minor, part.discount_minor)
            for part in advice.parts
            if is_paid(part)
        ),
        line=line,
    )
