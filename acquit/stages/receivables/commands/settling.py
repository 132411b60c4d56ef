"""Moving value in the log: what allocating, adjusting and exchanging have in common.

Not a command by itself: who may do it, and up to which amount, is said by the commands that call
it in their own transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple, TypeAlias
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import NULL, copy_text, escaped, fetch_rows, json_text, uuid_array
from acquit.history import unit
from acquit.stages.receivables.commands.locking import lock_items, move_open
from acquit.stages.receivables.commands.payers import (
    Identity,
    identified,
    last_positions,
    record_changes,
)
from acquit.stages.receivables.facts import CashApplied
from acquit.stages.receivables.models import Allocation
from acquit.stages.receivables.rules import allocation as rules
from acquit.stages.receivables.rules.adjustment import EXCHANGE, tax_parts

ALLOCATION_COLUMNS = (
    "id",
    "company_id",
    "debit_item_id",
    "credit_item_id",
    "debit_customer_id",
    "credit_customer_id",
    "amount_minor",
    "currency",
    "debit_functional_minor",
    "credit_functional_minor",
    "effective_on",
    "recorded_at",
    "reverses_id",
    "key",
    "proposal_id",
    "adjustment",
    "taxes",
    "group_id",
    "reason",
    "rule",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """One move. ``key`` makes it happen once: the same items and key again change nothing.

    ``third_party`` says that the credit's customer pays for another one's invoice.
    ``together``: items with the same word are done as a whole or not at all. ``closing``: so much
    of the claim is closed in the same step, for the reason ``adjustment``, and undone with it.
    ``given`` is what the credit gives of its own currency, where the claim is in another one.
    """

    key: str
    credit_item_id: UUID
    debit_item_id: UUID
    amount: Money
    third_party: bool = False
    together: str = ""
    proposal_id: UUID | None = None
    closing: Money | None = None
    adjustment: str = ""
    given: Money | None = None

    @property
    def taken(self) -> Money:
        """What the credit has less afterwards."""
        return self.amount if self.given is None else self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAdjustment:
    """Settle ``amount`` of one item, a claim or a credit, for a reason of ``adjustment.ROLES``.
    ``reduces_tax``: the tax of its document is corrected by its share. ``worth_minor``: what the
    reason's account bears in the company's currency, where another rate than the item's says so.
    ``rule`` closes it, where it is not the one that moves the money, or a person does that."""

    key: str
    item_id: UUID
    amount: Money
    adjustment: str
    reduces_tax: bool = False
    together: str = ""
    proposal_id: UUID | None = None
    worth_minor: int | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExchange:
    """``given`` of a credit settles ``amount`` of a claim in another currency; what the company's
    currency gains or loses by it is realised. ``third_party`` as of an allocation."""

    key: str
    credit_item_id: UUID
    debit_item_id: UUID
    given: Money
    amount: Money
    third_party: bool = True
    together: str = ""
    proposal_id: UUID | None = None


_Taxes: TypeAlias = tuple[int, list[tuple[str, int]]]  # gross amount, and taxes by account
Wish: TypeAlias = NewAllocation | NewAdjustment | NewExchange
# What else is wished, once the items are locked and it is known what is open of them.
Closing: TypeAlias = Callable[[Mapping[UUID, rules.ItemState]], Sequence[NewAdjustment]]


def settle(
    ctx: Context,
    wishes: Sequence[Wish],
    closing: Closing | None = None,
    *,
    are_new: bool = False,
    held: Callable[[], dict[UUID, rules.ItemState]] | None = None,
) -> Outcome:
    """Record the wishes, in their order; each sees what the ones before it have taken. What
    ``closing`` wishes of the same items comes last, in the results too.

    ``are_new``: their keys were made just now, so that nobody has to look whether they stand in
    the log (the table refuses a second one in any case). ``held`` gives their items where the
    caller had them locked."""
    if held is None:
        held = partial(lock_items, company_id=ctx.company_id, item_ids=_touched(wishes))
    states = held()
    if closing:
        wishes = [*wishes, *closing(states)]
    requests, owners = _requests(wishes, states)
    known = {} if are_new else _known(ctx, requests)
    before = {
        item.id: (item.open_minor, item.open_functional_minor)
        for item in states.values()
        if item.customer_id is None
    }
    today = unit.calendar()(ctx.today)
    decided = rules.decide(requests=requests, items=states, known=known, today=today)
    ids = ctx.ids.many(len(decided.moves))
    _record(ctx, wishes, owners, decided.moves, ids, _identities(today, decided.moves, before))
    made = {move.index: new_id for move, new_id in zip(decided.moves, ids, strict=True)}
    first = {owner: index for index, owner in reversed(list(enumerate(owners)))}
    results = tuple(
        _result(wish, first[place], made, decided, owners) for place, wish in enumerate(wishes)
    )
    figures = {
        "allocated": sum(one.state is ItemState.DONE for one in results),
        "duplicate": sum(one.state is ItemState.DUPLICATE for one in results),
        "refused": sum(one.state is ItemState.REFUSED for one in results),
        "amount_minor": _by_currency(decided.moves),
    }
    return Outcome(items=results, figures=figures)


def _touched(wishes: Sequence[Wish]) -> set[UUID]:
    touched: set[UUID] = set()
    for wish in wishes:
        if isinstance(wish, NewAdjustment):
            touched.add(wish.item_id)
        else:
            touched |= {wish.credit_item_id, wish.debit_item_id}
    return touched


def _requests(
    wishes: Sequence[Wish], states: dict[UUID, rules.ItemState]
) -> tuple[list[rules.Request], list[int]]:
    """The moves that are wished, with the place of the wish each belongs to."""
    requests: list[rules.Request] = []
    owners: list[int] = []
    for place, wish in enumerate(wishes):
        together = wish.together
        if isinstance(wish, NewAllocation):
            mine = [
                rules.Request(
                    wish.key,
                    wish.credit_item_id,
                    wish.debit_item_id,
                    wish.amount,
                    wish.third_party,
                    together,
                )
            ]
        elif isinstance(wish, NewAdjustment):
            state = states.get(wish.item_id)
            is_credit = state is not None and state.side == "credit"
            mine = [
                rules.Request(
                    wish.key,
                    wish.item_id if is_credit else None,
                    None if is_credit else wish.item_id,
                    wish.amount,
                    True,
                    together,
                    wish.adjustment,
                    worth_minor=wish.worth_minor,
                )
            ]
        else:
            claim = states.get(wish.debit_item_id)
            owner = claim.customer_id if claim else None
            together = _group(place, wish)
            credit, debit = wish.credit_item_id, wish.debit_item_id
            mine = [
                rules.Request(
                    wish.key,
                    credit,
                    None,
                    wish.given,
                    wish.third_party,
                    together,
                    EXCHANGE,
                    owner,
                ),
                rules.Request(wish.key, None, debit, wish.amount, True, together, EXCHANGE),
            ]
        requests += mine
        owners += [place] * len(mine)
    return requests, owners


def _known(ctx: Context, requests: Sequence[rules.Request]) -> dict[rules.Name, rules.Known]:
    """What stands in the log under the same items and keys; read after the locks."""
    rows = fetch_rows(
        "WITH asked AS (SELECT * FROM unnest(%(credits)s::uuid[], %(debits)s::uuid[],"
        "  %(keys)s::text[]) AS asked (credit, debit, key)), found AS ("
        " SELECT a.* FROM asked JOIN receivables_allocation a ON a.company_id = %(company)s"
        "  AND a.credit_item_id = asked.credit AND a.debit_item_id = asked.debit"
        "  AND a.key = asked.key"
        " UNION ALL SELECT a.* FROM asked JOIN receivables_allocation a"
        "  ON a.company_id = %(company)s AND a.debit_item_id = asked.debit"
        "  AND a.credit_item_id IS NULL AND a.key = asked.key WHERE asked.credit IS NULL"
        " UNION ALL SELECT a.* FROM asked JOIN receivables_allocation a"
        "  ON a.company_id = %(company)s AND a.credit_item_id = asked.credit"
        "  AND a.debit_item_id IS NULL AND a.key = asked.key WHERE asked.debit IS NULL)"
        " SELECT credit_item_id, debit_item_id, key, id, amount_minor FROM found",
        {
            "company": ctx.company_id,
            "credits": uuid_array(request.credit_item_id for request in requests),
            "debits": uuid_array(request.debit_item_id for request in requests),
            "keys": [request.key for request in requests],
        },
    )
    return {(row[0], row[1], row[2]): rules.Known(row[3], row[4]) for row in rows}


def _identities(
    today: date, moves: Sequence[rules.Move], before: dict[UUID, tuple[int, int]]
) -> list[Identity]:
    """Unknown payers that these moves make known; money for several customers stays nobody's.
    ``before`` is what was open of the money whose payer is not known."""
    payers: dict[UUID, set[UUID | None]] = defaultdict(set)
    credits: dict[UUID, rules.ItemState] = {}
    for move in moves:
        if move.credit and move.credit.customer_id is None and move.customer_id:
            payers[move.credit.id].add(move.customer_id)
            credits[move.credit.id] = move.credit
    identities = []
    for item_id, customers in payers.items():
        item = credits[item_id]
        if len(customers) == 1 and item.receipt_id is not None:
            open_minor, open_functional = before[item_id]
            identities.append(
                Identity(
                    item_id=item_id,
                    receipt_id=item.receipt_id,
                    currency=item.currency,
                    before=None,
                    after=next(iter(customers)),
                    amount_minor=open_minor,
                    functional_minor=open_functional,
                    effective_on=max(today, item.moved_on),
                )
            )
    return identities


class _Entry(NamedTuple):
    """A move as it is kept: both customers, why, and what undoes with it."""

    id: UUID
    move: rules.Move
    wish: Wish
    debit_customer: UUID | None
    credit_customer: UUID | None
    adjustment: str
    taxes: tuple[tuple[str, int], ...]
    group_id: UUID | None


def _entries(
    ctx: Context,
    wishes: Sequence[Wish],
    owners: Sequence[int],
    moves: Sequence[rules.Move],
    ids: Sequence[UUID],
    named: dict[UUID, UUID],
    taxes: Mapping[UUID, _Taxes],
) -> list[_Entry]:
    """An adjustment has the customer of its item on both sides. Groups with one get an id."""
    groups: dict[str, UUID] = {}
    for place, wish in enumerate(wishes):
        if not isinstance(wish, NewAllocation) and (name := _group(place, wish)):
            groups.setdefault(name, ctx.ids.new())
    entries = []
    for move, new_id in zip(moves, ids, strict=True):
        place = owners[move.index]
        wish = wishes[place]
        credit = named.get(move.credit.id, move.credit.customer_id) if move.credit else None
        debit = move.debit.customer_id if move.debit else credit
        parts: tuple[tuple[str, int], ...] = ()
        if isinstance(wish, NewAdjustment) and wish.item_id in taxes and wish.reduces_tax:
            parts = tax_parts(move.amount_minor, *taxes[wish.item_id])
        why = "" if isinstance(wish, NewAllocation) else EXCHANGE
        entries.append(
            _Entry(
                id=new_id,
                move=move,
                wish=wish,
                debit_customer=debit,
                credit_customer=credit if move.credit else debit,
                adjustment=wish.adjustment if isinstance(wish, NewAdjustment) else why,
                taxes=parts,
                group_id=groups.get(_group(place, wish)),
            )
        )
    return entries


def _group(place: int, wish: Wish) -> str:
    """What the wish is done and undone with; the two sides of an exchange always together."""
    return wish.together or (f"exchange {place}" if isinstance(wish, NewExchange) else "")


def _taxes(ctx: Context, wishes: Sequence[Wish]) -> dict[UUID, _Taxes]:
    """Gross amount and taxes by account of the documents whose tax is reduced. A line is taxed by
    the day of its delivery, so the row of the code is known by its rate."""
    wanted = [one.item_id for one in wishes if isinstance(one, NewAdjustment) and one.reduces_tax]
    if not wanted:
        return {}
    rows = fetch_rows(
        "SELECT i.id, d.gross_minor, c.account, t.tax_minor FROM receivables_open_item i"
        " JOIN invoices_document d ON d.company_id = i.company_id AND d.id = i.document_id"
        " JOIN invoices_tax t ON t.company_id = d.company_id AND t.document_id = d.id"
        " CROSS JOIN LATERAL (SELECT account FROM masterdata_tax_code"
        "  WHERE company_id = t.company_id AND code = t.tax_code AND rate = t.rate"
        "  ORDER BY valid_from > d.issued_on, valid_from DESC LIMIT 1) AS c"
        " WHERE i.company_id = %s AND i.id = ANY(%s) ORDER BY i.id, t.id",
        [ctx.company_id, wanted],
    )
    found: dict[UUID, _Taxes] = {}
    for item_id, gross, account, minor in rows:
        found.setdefault(item_id, (gross, []))[1].append((account, minor))
    return found


def _record(
    ctx: Context,
    wishes: Sequence[Wish],
    owners: Sequence[int],
    moves: Sequence[rules.Move],
    ids: Sequence[UUID],
    identities: Sequence[Identity],
) -> None:
    if not moves:
        return
    named = {identity.item_id: identity.after for identity in identities if identity.after}
    # All that is asked comes first, then what takes the database longest: it works on while the
    # rows are made.
    positions = last_positions(ctx, identities)
    taxes = _taxes(ctx, wishes)
    move_open(company_id=ctx.company_id, changes=_changes(moves), customers=named)
    record_changes(ctx, identities, positions)
    entries = _entries(ctx, wishes, owners, moves, ids, named, taxes)
    copy_text(Allocation, ALLOCATION_COLUMNS, _lines(ctx, entries))
    unit.record(ctx, [identified(identity) for identity in identities])
    rules_at_work = {_rule(ctx, entry.wish) for entry in entries}
    frames = {rule: ctx.because(rule=rule) for rule in rules_at_work}
    unit.record(
        ctx,
        [_applied(entry) for entry in entries],
        frames=[frames[_rule(ctx, entry.wish)] for entry in entries],
    )


def _changes(moves: Sequence[rules.Move]) -> Iterator[tuple[UUID, int, int, date]]:
    """What the moves take of items, in both currencies, and when."""
    for move in moves:
        day, minor = move.effective_on, -move.amount_minor
        if move.debit:
            yield move.debit.id, minor, -move.debit_functional_minor, day
        if move.credit:
            yield move.credit.id, minor, -move.credit_functional_minor, day


def _rule(ctx: Context, wish: Wish) -> str:
    return (wish.rule if isinstance(wish, NewAdjustment) else "") or ctx.rule


def _lines(ctx: Context, entries: Sequence[_Entry]) -> Iterator[str]:
    """COPY text, one allocation at a time."""
    company, now = ctx.company_id.hex, str(ctx.now)
    reason = escaped(ctx.reason)
    for entry in entries:
        move, wish = entry.move, entry.wish
        yield (
            f"{entry.id.hex}\t{company}\t{move.debit.id.hex if move.debit else NULL}"
            f"\t{move.credit.id.hex if move.credit else NULL}\t{_hex(entry.debit_customer)}"
            f"\t{_hex(entry.credit_customer)}\t{move.amount_minor}\t{move.items[0].currency}"
            f"\t{move.debit_functional_minor}\t{move.credit_functional_minor}"
            f"\t{move.effective_on}\t{now}\t{NULL}\t{escaped(wish.key)}"
            f"\t{_hex(wish.proposal_id)}\t{escaped(entry.adjustment)}\t{json_text(entry.taxes)}"
            f"\t{_hex(entry.group_id)}\t{reason}\t{escaped(_rule(ctx, wish))}\n"
        )


def _hex(id: UUID | None) -> str:
    return id.hex if id else NULL


def _applied(entry: _Entry) -> CashApplied:
    move = entry.move
    return CashApplied(
        subject_id=entry.id,
        effective_on=move.effective_on,
        debit_item_id=move.debit.id if move.debit else None,
        credit_item_id=move.credit.id if move.credit else None,
        amount_minor=move.amount_minor,
        currency=move.items[0].currency,
        customer_id=entry.debit_customer,
        credit_customer_id=entry.credit_customer,
        from_kind=move.credit.kind if move.credit else "",
        debit_functional_minor=move.debit_functional_minor,
        credit_functional_minor=move.credit_functional_minor,
        adjustment=entry.adjustment,
        taxes=entry.taxes,
    )


def _result(
    wish: Wish,
    index: int,
    made: dict[int, UUID],
    decided: rules.Decided,
    owners: Sequence[int],
) -> ItemResult:
    """Of the wish's first move; a fault of its second one is a fault of the wish."""
    if index in made:
        return ItemResult(wish.key, ItemState.DONE, made[index])
    if index in decided.known:
        return ItemResult(wish.key, ItemState.DUPLICATE, decided.known[index].id)
    mine = [at for at, owner in enumerate(owners) if owner == owners[index]]
    faults: tuple[Fault, ...] = decided.faults[index]
    for at in mine:
        real = tuple(one for one in decided.faults[at] if one.code != "allocation.together")
        faults = real or faults
    return ItemResult(wish.key, ItemState.REFUSED, faults=faults)


def _by_currency(moves: Sequence[rules.Move]) -> dict[str, int]:
    """Value of receipts and credit notes that was moved or closed, by currency."""
    sums: dict[str, int] = defaultdict(int)
    for move in moves:
        if move.credit:
            sums[move.credit.currency] += move.amount_minor
    return dict(sums)
