"""Shapes shared by all operations. Unknown fields are refused; money is decimal text."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field

from acquit.core.money import Money
from acquit.core.outcome import Outcome

T = TypeVar("T")
DecimalText = Annotated[
    str, Field(pattern=r"^-?\d{1,18}(\.\d{1,10})?$", json_schema_extra={"format": "decimal"})
]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Limit = Annotated[int, Field(ge=1, le=200)]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class MoneyValue(Strict):
    """``{"amount": "123.45", "currency": "EUR"}``."""

    amount: DecimalText
    currency: CurrencyCode

    @classmethod
    def of(cls, minor: int, currency: str) -> MoneyValue:
        return cls(amount=str(Money(minor, currency).decimal), currency=currency)

    def money(self) -> Money:
        """ValueError where the amount has more decimals than its currency."""
        return Money.of(self.amount, self.currency)


class Page(Strict, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None = None


class FaultOut(Strict):
    code: str
    message: str
    path: str = ""
    rule: str = ""
    fix: str = ""


class ItemOut(Strict):
    """What became of one item of a batch."""

    key: str
    state: str
    id: str | None = None
    faults: list[FaultOut] = []


class OutcomeOut(Strict):
    """The answer of a command: nothing is skipped silently."""

    items: list[ItemOut]
    figures: dict[str, object] = {}

    @classmethod
    def of(cls, outcome: Outcome) -> OutcomeOut:
        items = [
            ItemOut(
                key=item.key,
                state=str(item.state),
                id=item.id.hex if item.id else None,
                faults=[
                    FaultOut(code=f.code, message=f.message, path=f.path, rule=f.rule, fix=f.fix)
                    for f in item.faults
                ],
            )
            for item in outcome.items
        ]
        return cls(items=items, figures=dict(outcome.figures))


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]]
