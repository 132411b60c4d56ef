"""Deciding which value may move from a credit item to a debit item. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.stages.receivables.rules.adjustment import EXCHANGE


@dataclass(slots=True)
class ItemState:
    """An open item as locked; ``decide`` moves ``open`` along while it goes through a batch."""

    id: UUID
    side: str
    kind: str
    number: str
    customer_id: UUID | None
    receipt_id: UUID | None
    currency: str
    original_minor: int
    open_minor: int
    functional_minor: int
    open_functional_minor: int
    moved_on: date


class Request(NamedTuple):
    """One wished move. ``together`` names a group that is done as a whole or not at all.

    With an ``adjustment`` one item alone is settled, for that reason, and the other side is no
    item. An exchange is two of them with one key: the first takes the credit, the second the claim
    in another currency, and both are worth what the credit is worth in the company's currency.
    ``customer_id`` is then whose claim it is. ``worth_minor`` says what the reason's account bears
    in the company's currency, where that is not what the item is worth.
    """

    key: str
    credit_item_id: UUID | None
    debit_item_id: UUID | None
    amount: Money
    third_party: bool
    together: str
    adjustment: str = ""
    customer_id: UUID | None = None
    worth_minor: int | None = None


# The two items of a request, None for the side that is no item, and its key.
Name = tuple[UUID | None, UUID | None, str]


@dataclass(frozen=True, slots=True)
class Known:
    """An allocation that stands in the log under the same items and key."""

    id: UUID
    amount_minor: int


@dataclass(slots=True)
class Move:
    """A move that may be recorded, with each side's share in the company's currency. Not frozen,
    since that makes it in a sixth of the time; nobody changes it."""

    index: int
    debit: ItemState | None
    credit: ItemState | None
    amount_minor: int
    debit_functional_minor: int
    credit_functional_minor: int
    effective_on: date
    customer_id: UUID | None  # whose claim is settled

    @property
    def items(self) -> tuple[ItemState, ...]:
        return tuple(item for item in (self.debit, self.credit) if item is not None)


@dataclass(frozen=True, slots=True)
class Decided:
    """Per request, by its index: a move, the allocation already known, or the faults."""

    moves: tuple[Move, ...]
    known: Mapping[int, Known]
    faults: Mapping[int, tuple[Fault, ...]]


def decide(
    *,
    requests: Sequence[Request],
    items: Mapping[UUID, ItemState],
    known: Mapping[Name, Known],
    today: date,
) -> Decided:
    """Go through the requests in order; each sees what the ones before it have taken."""
    moves: list[Move] = []
    found: dict[int, Known] = {}
    faults: dict[int, tuple[Fault, ...]] = {}
    asked: dict[tuple[int, int, str], int] = {}
    for group in _groups(requests):
        taken: list[Move] = []
        given: dict[str, int] = {}  # key of an exchange -> what the credit was worth
        broken: dict[int, tuple[Fault, ...]] = {}
        halves = _halves([requests[index] for index in group], known) if known else set()
        for index in group:
            request = requests[index]
            before = known.get(_name(request)) if known else None
            credit, debit = _items(request, items)
            wrong: tuple[Fault, ...] = ()
            if before is not None or not _fits(request, credit, debit):  # hardly ever
                wrong = _faults(request, index, items, before)
            first = asked.setdefault(_numbers(request), index)
            if not wrong and first != index:
                wrong = _twice(request)
            if not wrong and request.adjustment == EXCHANGE and request.key in halves:
                wrong = (_reused(request, f"items[{index}]", "another exchange"),)
            if wrong:
                broken[index] = wrong
            elif before is not None:
                found[index] = before
            else:
                taken.append(_take(request, index, credit, debit, today, given))
        if broken:
            for move in reversed(taken):
                _give_back(move)
            faults |= {
                index: (left_out(requests[index].together, f"items[{index}]"),) for index in group
            } | broken
        else:
            moves += taken
    moves.sort(key=lambda move: move.index)
    return Decided(tuple(moves), {i: k for i, k in found.items() if i not in faults}, faults)


def _name(request: Request) -> Name:
    return request.credit_item_id, request.debit_item_id, request.key


def _numbers(request: Request) -> tuple[int, int, str]:
    """The name as numbers, which are soon looked up."""
    credit, debit, key = _name(request)
    return credit.int if credit else 0, debit.int if debit else 0, key


def _halves(group: Sequence[Request], known: Mapping[Name, Known]) -> set[str]:
    """Keys of exchanges of which one side is known and the other is not: what is not known would
    be settled for nothing."""
    sides = {(one.key, _name(one) in known) for one in group if one.adjustment == EXCHANGE}
    return {key for key, is_known in sides if is_known and (key, False) in sides}


def _reused(request: Request, path: str, what: str) -> Fault:
    message = f"key {request.key!r} was used for {what}"
    return Fault("allocation.key_reused", message, path=path, fix="use a new key")


def _twice(request: Request) -> tuple[Fault, ...]:
    """The same items and key twice in one batch: the second would be the first again."""
    message = f"{request.key} stands twice in this batch for the same two items"
    return (Fault("allocation.twice", message, fix="name it once, or give the second its own key"),)


def _groups(requests: Sequence[Request]) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(request.together or index, []).append(index)
    return list(groups.values())


def _faults(
    request: Request, index: int, items: Mapping[UUID, ItemState], known: Known | None
) -> tuple[Fault, ...]:
    path = f"items[{index}]"
    credit, debit = _items(request, items)
    missing = [
        Fault(
            "allocation.unknown_item",
            f"there is no open item {wanted} in this company",
            path=f"{path}.{name}",
        )
        for name, wanted, item in (
            ("credit_item_id", request.credit_item_id, credit),
            ("debit_item_id", request.debit_item_id, debit),
        )
        if wanted is not None and item is None
    ]
    if missing or (credit is None and debit is None):
        return tuple(missing)
    if known is not None:
        if known.amount_minor == request.amount.minor:
            return ()
        return (_reused(request, path, "another amount of the same items"),)
    return tuple(_unfit(request, path, credit, debit))


def _items(
    request: Request, items: Mapping[UUID, ItemState]
) -> tuple[ItemState | None, ItemState | None]:
    """Credit and debit of the request; None for a side that is no item, or is not known."""
    credit, debit = request.credit_item_id, request.debit_item_id
    return (credit and items.get(credit)) or None, (debit and items.get(debit)) or None


def _fits(request: Request, credit: ItemState | None, debit: ItemState | None) -> bool:
    """Whether nothing is wrong with a request that is not known: what :func:`_faults` tells one by
    one, asked of all."""
    minor, currency = request.amount.minor, request.amount.currency
    if minor <= 0 or (credit is None and debit is None):
        return False
    if credit is None:
        fits = request.credit_item_id is None
    else:
        fits = credit.side == "credit" and credit.currency == currency
        fits = fits and minor <= credit.open_minor
    if debit is None:
        fits = fits and request.debit_item_id is None
    else:
        fits = fits and debit.side == "debit" and debit.currency == currency
        fits = fits and minor <= debit.open_minor
    return fits and not _is_others(request, credit, debit)


def _is_others(request: Request, credit: ItemState | None, debit: ItemState | None) -> bool:
    """Whether the credit is another customer's than the claim, and nobody said that he pays."""
    if request.third_party or credit is None or credit.customer_id is None:
        return False
    owner = debit.customer_id if debit else request.customer_id
    return credit.customer_id != owner


def _unfit(
    request: Request, path: str, credit: ItemState | None, debit: ItemState | None
) -> list[Fault]:
    amount = request.amount
    faults = []
    there = [(side, item) for side, item in (("credit", credit), ("debit", debit)) if item]
    if any(item.side != side for side, item in there):
        message = " and ".join(f"{item.number} is a {item.side}" for _side, item in there)
        fix = "value moves from a receipt or credit note to an invoice"
        faults.append(Fault("allocation.wrong_side", message, path=path, fix=fix))
    if {item.currency for _side, item in there} != {amount.currency}:
        named = ", ".join(f"{item.number} is in {item.currency}" for _side, item in there)
        message = f"{named} and the amount in {amount.currency}"
        fix = "allocate in the currency that both items share"
        faults.append(Fault("allocation.currency", message, path=path, fix=fix))
        return faults
    if amount.minor <= 0:
        message = f"{amount} is not more than nothing"
        faults.append(Fault("allocation.amount", message, path=f"{path}.amount"))
    for _side, item in there:
        if amount.minor > item.open_minor:
            message = f"{amount} is more than the {_open(item)} open of {item.number}"
            fix = f"allocate {_open(item)} at most; the rest stays unapplied"
            faults.append(Fault("allocation.too_much", message, path=f"{path}.amount", fix=fix))
    if credit and _is_others(request, credit, debit):
        claim = debit.number if debit else "the claim"
        message = f"{credit.number} belongs to another customer than {claim}"
        fix = "confirm that this customer pays for the other one"
        faults.append(Fault("allocation.other_customer", message, path=path, fix=fix))
    return faults


def _open(item: ItemState) -> Money:
    return Money(item.open_minor, item.currency)


def _take(
    request: Request,
    index: int,
    credit: ItemState | None,
    debit: ItemState | None,
    today: date,
    given: dict[str, int],
) -> Move:
    minor = request.amount.minor
    debit_share = functional_share(debit, minor) if debit else None
    credit_share = functional_share(credit, minor) if credit else None
    if credit is None:  # worth what an exchange gave for it, what is said, or what the claim is
        said = debit_share if request.worth_minor is None else request.worth_minor
        credit_share = given.get(request.key) if request.adjustment == EXCHANGE else said
    elif debit is None:
        worth = credit_share if request.worth_minor is None else request.worth_minor
        debit_share = given[request.key] = worth or 0
    day = today
    for item in (debit, credit):
        if item and item.moved_on > day:
            day = item.moved_on
    move = Move(
        index=index,
        debit=debit,
        credit=credit,
        amount_minor=minor,
        debit_functional_minor=debit_share or 0,
        credit_functional_minor=credit_share or 0,
        effective_on=day,
        customer_id=debit.customer_id if debit else request.customer_id,
    )
    _shift(move, sign=-1)
    return move


def _give_back(move: Move) -> None:
    _shift(move, sign=1)


def _shift(move: Move, *, sign: int) -> None:
    if move.debit:
        move.debit.open_minor += sign * move.amount_minor
        move.debit.open_functional_minor += sign * move.debit_functional_minor
    if move.credit:
        move.credit.open_minor += sign * move.amount_minor
        move.credit.open_functional_minor += sign * move.credit_functional_minor


def left_out(together: str, path: str) -> Fault:
    """The fault of an item that is fine, of a group that is not."""
    message = f"another part of {together!r} cannot be done, so this one is not either"
    return Fault("allocation.together", message, path=path)


def functional_share(item: ItemState, amount_minor: int) -> int:
    """What the amount of the item is worth in the company's currency (invariant I22).

    Rounded on what is settled so far, not per allocation, so no cent is left when the item is
    closed: the last allocation takes exactly what is still there.
    """
    if amount_minor == item.open_minor:
        return item.open_functional_minor
    settled = item.original_minor - item.open_minor + amount_minor
    target = _share(item.functional_minor, settled, item.original_minor)
    recorded = item.functional_minor - item.open_functional_minor
    return min(max(target - recorded, 0), item.open_functional_minor)


def _share(total: int, part: int, whole: int) -> int:
    """total x part / whole, half up, in whole numbers only."""
    return (2 * total * part + whole) // (2 * whole)
