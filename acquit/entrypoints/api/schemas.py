"""Shapes shared by all operations. Unknown fields are refused; money is decimal text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from acquit.core.faults import Fault
from acquit.core.ids import PREFIXES, from_public, to_public
from acquit.core.money import Money, exponent
from acquit.core.outcome import ItemState, Outcome
from acquit.core.plain import to_plain

T = TypeVar("T")
YEARS = (1970, 2200)
# Fifteen digits before the point: what fits a 64-bit number of the smallest units.
DECIMAL = r"^-?[0-9]{1,15}(\.[0-9]{1,10})?$"
POSITIVE = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
_LINE = r"^[^\x00-\x1f\x7f]*$"
_PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


_DAY_FIRST = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(example: str) -> WrapValidator:
    """Only text that begins with a day as ISO 8601 writes it: a bare number, which Pydantic takes
    for seconds since 1970, is no instant that anybody meant."""

    def check(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, date) or (isinstance(value, str) and _DAY_FIRST.match(value)):
            with suppress(ValidationError):
                return read(value)
        raise ValueError(f"{str(value)[:40]!r} cannot be read; write it like {example}")

    return WrapValidator(check)


def _in_calendar(value: date) -> date:
    """Days that invoices have; arithmetic with them never leaves the calendar."""
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise ValueError(f"the year must be from {YEARS[0]} to {YEARS[1]}")
    return value


def _instant(value: datetime) -> datetime:
    _in_calendar(value)
    if value.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC, such as Z")
    return value.astimezone(UTC)


def _without_fractions(value: dict[str, Any]) -> dict[str, Any]:
    """Figures with a point are text in a document: the numbers of JSON are not exact."""
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, float):
            raise ValueError(f"{one!r} is a bare number; write figures with a point as text")
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return value


DecimalText = Annotated[str, Field(pattern=DECIMAL, json_schema_extra={"format": "decimal"})]
QuantityText = Annotated[str, Field(pattern=POSITIVE, json_schema_extra={"format": "decimal"})]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
DocumentJson = Annotated[dict[str, Any], AfterValidator(_without_fractions)]
Limit = Annotated[int, Field(ge=1, le=200)]
CursorText = Annotated[str, Field(max_length=600)]
Line = Annotated[str, Field(max_length=250, pattern=_LINE)]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=_LINE)]
Prose = Annotated[str, Field(max_length=1000, pattern=_PROSE)]
Day = Annotated[date, _written("2026-03-31"), AfterValidator(_in_calendar)]
Instant = Annotated[datetime, _written("2026-03-31T17:00:00Z"), AfterValidator(_instant)]


def _id(kind: str) -> Any:
    return Field(pattern=f"^{PREFIXES[kind]}_[0-9a-f]{{32}}$", json_schema_extra={"format": "id"})


CustomerId = Annotated[str, _id("customer")]
DraftId = Annotated[str, _id("draft")]
RunId = Annotated[str, _id("run")]
DocumentId = Annotated[str, _id("document")]
OpenItemId = Annotated[str, _id("open_item")]
ReceiptId = Annotated[str, _id("receipt")]
UserId = Annotated[str, _id("user")]
SubjectId = Annotated[str, Field(pattern=r"^[a-z]{3}_[0-9a-f]{32}$")]


def uid(kind: str, text: str) -> UUID:
    """The UUID of an id whose shape the schema has checked."""
    return from_public(kind, text)


def subject_id(text: str) -> UUID:
    """The UUID of an id of any kind."""
    return UUID(hex=text[4:])


def public(kind: str, value: UUID | None) -> str | None:
    return to_public(kind, value) if value else None


def number(value: Decimal) -> str:
    """A quantity or rate without the zeros that its column adds."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class MoneyValue(Strict):
    """``{"amount": "123.45", "currency": "EUR"}``."""

    amount: DecimalText
    currency: CurrencyCode

    @classmethod
    def of(cls, minor: int, currency: str) -> MoneyValue:
        return cls.model_construct(amount=str(Money(minor, currency).decimal), currency=currency)

    @classmethod
    def from_money(cls, money: Money) -> MoneyValue:
        return cls.of(money.minor, money.currency)

    @model_validator(mode="after")
    def _fits(self) -> MoneyValue:
        decimals = len(self.amount.partition(".")[2].rstrip("0"))
        if decimals > exponent(self.currency):
            raise ValueError(f"{self.amount} has more decimals than {self.currency} allows")
        return self

    def money(self) -> Money:
        return Money.of(self.amount, self.currency)


class Batch(Strict, Generic[T]):
    """Many at once: each gets its own result, in order."""

    items: Annotated[list[T], Field(min_length=1, max_length=5000)]


class Page(Strict, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None = None


class FaultOut(Strict):
    """One thing wrong, where, by which rule, and what to do."""

    code: str
    message: str
    path: str = ""
    rule: str = ""
    fix: str = ""
    severity: str = "fatal"

    @classmethod
    def many(cls, faults: Iterable[Fault]) -> list[FaultOut]:
        return [
            cls(
                code=f.code,
                message=f.message,
                path=f.path,
                rule=f.rule,
                fix=f.fix,
                severity=str(f.severity),
            )
            for f in faults
        ]


class ResultOut(Strict):
    """What became of one item of a batch. ``id`` is what was made or found; of an item that
    awaits approval it is the request's."""

    key: str
    state: str
    id: str | None = None
    faults: list[FaultOut] = []


def _sorted(value: Any) -> Any:
    """The same order whether the figures are fresh or come back from the store."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


class OutcomeOut(Strict):
    """The answer of a command: nothing is skipped silently."""

    items: list[ResultOut]
    figures: dict[str, Any] = {}

    @classmethod
    def of(cls, outcome: Outcome, *, kind: str) -> OutcomeOut:
        """``kind`` is what the ids name."""
        items = [
            ResultOut(
                key=item.key,
                state=str(item.state),
                id=public("approval" if item.state is ItemState.AWAITING else kind, item.id),
                faults=FaultOut.many(item.faults),
            )
            for item in outcome.items
        ]
        return cls(items=items, figures=_sorted(to_plain(dict(outcome.figures))))


class ProblemError(Strict):
    """One fault: where in the request, what, its code, and how to mend it. ``pointer`` is one of
    RFC 6901 into the body; a fault elsewhere has none, and ``place`` says where it is, such as
    ``query known_at`` or ``header If-Match``."""

    pointer: str | None
    place: str
    detail: str
    code: str
    fix: str


class Problem(Schema):
    """RFC 9457. ``instance`` names the request; quote it to support."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemError]
