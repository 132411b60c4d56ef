"""What a customer may pay by one transfer: open items of his, each in full or in part. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from acquit.core.documents.remittance import RemittanceAdvice, RemittanceLine
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Fault
from acquit.core.money import Money

PARTS_MAX = 200
_TYPES = {"invoice": "380", "credit_note": "381", "debit_note": "383"}  # UNCL 1001


class Open(Protocol):
    """What is asked of an open item; amounts in minor units, positive, ``side`` says who owes."""

    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def currency(self) -> str: ...
    @property
    def open_minor(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePart:
    """So much of an open item is paid: minor units of its currency, positive. Of a credit note so
    much is set off."""

    item_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a customer is going to pay by one transfer."""

    customer_id: UUID
    parts: tuple[BundlePart, ...]


def faults_of(bundle: Bundle, items: Mapping[UUID, Open], *, path: str) -> tuple[Fault, ...]:
    """Why this cannot be paid as one; nothing where it can."""
    if not 0 < len(bundle.parts) <= PARTS_MAX:
        message = f"one transfer pays from 1 to {PARTS_MAX} documents"
        return (Fault("bundle.parts", message, path, fix="choose what you pay"),)
    found: list[Fault] = []
    named: set[UUID] = set()
    for index, part in enumerate(bundle.parts):
        place = f"{path}.parts[{index}]"
        item = items.get(part.item_id)
        if item is None or item.customer_id != bundle.customer_id or item.kind not in _TYPES:
            found.append(Fault("bundle.unknown", "there is no such open document", place))
            continue
        if part.item_id in named:
            found.append(Fault("bundle.twice", f"{item.number} is chosen twice", place))
        named.add(part.item_id)
        if not 0 < part.amount_minor <= item.open_minor:
            room = Money(item.open_minor, item.currency)
            message = f"of {item.number} {room} are open, not {_said(part, item)}"
            found.append(Fault("bundle.amount", message, place, fix=f"from 0.01 to {room.decimal}"))
    if found:
        return tuple(found)
    chosen = [items[part.item_id] for part in bundle.parts]
    if len({item.currency for item in chosen}) > 1:
        return (Fault("bundle.currency", "one transfer has one currency", path),)
    if _total(bundle, items) <= 0:
        message = "the credit notes are not less than what is paid: nothing is left to transfer"
        return (Fault("bundle.nothing", message, path, fix="choose more, or no credit note"),)
    return ()


def _said(part: BundlePart, item: Open) -> Money:
    return Money(part.amount_minor, item.currency)


def _signed(part: BundlePart, item: Open) -> int:
    return -part.amount_minor if item.side == "credit" else part.amount_minor


def signed_parts(bundle: Bundle, items: Mapping[UUID, Open]) -> tuple[tuple[str, int], ...]:
    """Numbers of documents with what is paid of each, negative where it is set off."""
    return tuple(
        (items[part.item_id].number, _signed(part, items[part.item_id])) for part in bundle.parts
    )


def _total(bundle: Bundle, items: Mapping[UUID, Open]) -> int:
    return sum(minor for _number, minor in signed_parts(bundle, items))


def advice_of(
    bundle: Bundle,
    items: Mapping[UUID, Open],
    *,
    reference: str,
    payer: TradeParty,
    payee: TradeParty,
    on: date,
) -> RemittanceAdvice:
    """The bundle as a remittance advice, which has the reference for its number."""
    chosen = [(part, items[part.item_id]) for part in bundle.parts]
    currency = chosen[0][1].currency
    return RemittanceAdvice(
        number=reference,
        issue_date=on,
        payer=payer,
        payee=payee,
        payments=Money(_total(bundle, items), currency),
        lines=tuple(
            RemittanceLine(
                item.number,
                Money(_signed(part, item), currency),
                document_type=_TYPES[item.kind],
                due=Money(item.open_minor, currency),
            )
            for part, item in chosen
        ),
    )
