"""Money that settles a claim of another currency because a person says so: at a rate near ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.database.copy import fetch_rows, uuid_array
from acquit.stages.masterdata.queries import known_rates
from acquit.stages.receivables.commands.settling import NewAllocation, NewExchange
from acquit.stages.receivables.rules.exchange import is_near, worth


class _Item(NamedTuple):
    id: UUID
    effective_on: date


def exchange_of(item: NewAllocation) -> NewAllocation | NewExchange:
    """As it is settled: the two sides of an exchange are not of one amount."""
    if item.given is None:
        return item
    return NewExchange(
        key=item.key,
        credit_item_id=item.credit_item_id,
        debit_item_id=item.debit_item_id,
        given=item.given,
        amount=item.amount,
        third_party=item.third_party,
        together=item.together,
        proposal_id=item.proposal_id,
    )


def exchange_faults(ctx: Context, items: Sequence[NewAllocation]) -> list[Fault]:
    """Why what is given cannot be for what is settled. A difference that no rate explains would be
    a loss that nobody judged: it is closed for its reason, within the limits of that. What was done
    before is asked again for its answer alone, whatever became of the rate since."""
    asked = [(place, one) for place, one in enumerate(items) if one.given is not None]
    if not asked:
        return []
    done = _done(ctx, [one for _place, one in asked])
    asked = [(place, one) for place, one in asked if _name(one) not in done]
    known = _items(ctx, [one for _place, one in asked])
    pairs = [
        (currency, known[one.credit_item_id].effective_on)
        for _place, one in asked
        if one.given is not None and one.credit_item_id in known
        for currency in (one.given.currency, one.amount.currency)
    ]
    rates = known_rates(company_id=ctx.company_id, pairs=pairs)
    found = []
    for place, one in asked:
        fault = _fault(f"items[{place}]", one, known, rates)
        found += [fault] if fault else []
    return found


def _fault(
    path: str,
    one: NewAllocation,
    known: Mapping[UUID, _Item],
    rates: Mapping[tuple[str, date], Decimal],
) -> Fault | None:
    given, amount = one.given, one.amount
    credit, debit = known.get(one.credit_item_id), known.get(one.debit_item_id)
    if given is None or credit is None or debit is None:
        return None  # what is not there is said where it is locked
    if given.currency == amount.currency:
        message = f"{given} and {amount} are in one currency"
        fix = "leave out what is given where both items share a currency"
        return Fault("exchange.one_currency", message, path=f"{path}.given", fix=fix)
    day = credit.effective_on
    ours, theirs = (rates.get((money.currency, day)) for money in (given, amount))
    if ours is None or theirs is None:
        message = f"there is no rate {given.currency} to {amount.currency} on or before {day}"
        fix = "save the rate, or import the rates of the central bank"
        return Fault("exchange.no_rate", message, path=f"{path}.given", fix=fix)
    fair = worth(amount, rate=theirs, currency=given.currency, other=ours)
    if is_near(given, fair):
        return None
    message = f"{amount} is {fair} at the rate of {day}, and {given} is too far from it for a rate"
    fix = "apply what the money is worth; the rest stays open, or is closed for its reason"
    return Fault("exchange.off_rate", message, path=f"{path}.given", fix=fix)


_Name = tuple[UUID, UUID, str]  # credit, claim and key


def _name(one: NewAllocation) -> _Name:
    return one.credit_item_id, one.debit_item_id, one.key


def _done(ctx: Context, items: Sequence[NewAllocation]) -> set[_Name]:
    """Exchanges that stand in the log under the same items and keys: both sides of a group."""
    rows = fetch_rows(
        "SELECT a.credit_item_id, b.debit_item_id, a.key FROM unnest(%s::uuid[], %s::uuid[],"
        " %s::text[]) AS asked (credit, debit, key) JOIN receivables_allocation a"
        " ON a.company_id = %s AND a.credit_item_id = asked.credit AND a.debit_item_id IS NULL"
        " AND a.key = asked.key JOIN receivables_allocation b ON b.company_id = a.company_id"
        " AND b.debit_item_id = asked.debit AND b.credit_item_id IS NULL AND b.key = asked.key"
        " AND b.group_id = a.group_id",
        [
            uuid_array(one.credit_item_id for one in items),
            uuid_array(one.debit_item_id for one in items),
            [one.key for one in items],
            ctx.company_id,
        ],
    )
    return {(row[0], row[1], row[2]) for row in rows}


def _items(ctx: Context, items: Sequence[NewAllocation]) -> dict[UUID, _Item]:
    ids = {id_ for one in items for id_ in (one.credit_item_id, one.debit_item_id)}
    rows = fetch_rows(
        "SELECT id, effective_on FROM receivables_open_item WHERE company_id = %s AND id = ANY(%s)",
        [ctx.company_id, sorted(ids)],
    )
    return {row[0]: _Item(*row) for row in rows}
