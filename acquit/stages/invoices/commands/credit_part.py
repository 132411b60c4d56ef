"""A share or an amount of a document, as quantities of its lines to credit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money, exponent
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, Planner
from acquit.stages.invoices.rules.crediting import Creditable, Part, plan_credit
from acquit.stages.invoices.rules.plan import OriginalLine

_STEPS = 10**12  # as how many shares of the rest an amount is looked for
_CENTS = 3
_MICRO = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a document: ``percent`` of what each line billed, or ``gross``, a sum with tax in
    the document's currency that all lines bear alike. One of the two."""

    percent: Decimal | None = None
    gross: Decimal | None = None


def in_lines(
    ctx: Context, wishes: Sequence[tuple[Credit, Share]]
) -> list[Credit | tuple[Fault, ...]]:
    """Each credit with the lines that make its share, or why there is no such share. Quantities
    are cut to millionths; a sum is met to the cent or refused with the nearest ones."""
    planner = Planner.of(ctx, [item for item, _share in wishes])
    found: list[Credit | tuple[Fault, ...]] = []
    for item, share in wishes:
        lines = planner.lines.get(item.document_id, {})
        rest = {n: line for n, line in lines.items() if line.quantity > line.credited_quantity}
        if not rest:
            found.append(item)  # the command says what is wrong
        elif share.percent is not None:
            found.append(_of_percent(item, lines, share.percent))
        else:
            assert share.gross is not None  # one of the two is given
            found.append(_of_gross(planner, item, rest, share.gross))
    return found


def _of_percent(
    item: Credit, lines: dict[int, OriginalLine], percent: Decimal
) -> Credit | tuple[Fault, ...]:
    if not 0 < percent <= 100:
        message = f"{percent} is no percentage above 0 and up to 100"
        return (Fault("credit.percent", message, "percent"),)
    wanted = {n: int(line.quantity * percent / 100) for n, line in sorted(lines.items())}
    return _with(item, wanted)


def _of_gross(
    planner: Planner, item: Credit, rest: dict[int, OriginalLine], gross: Decimal
) -> Credit | tuple[Fault, ...]:
    currency = next(iter(rest.values())).currency
    wanted = gross.scaleb(exponent(currency))
    if wanted <= 0 or wanted != int(wanted):
        message = f"{gross} is no amount of {currency} above zero"
        return (Fault("credit.amount", message, "amount"),)
    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        is_enough = _gross(planner, rest, _quantities(rest, middle)) >= wanted
        low, high = (low, middle) if is_enough else (middle, high)
    for quantities in _around(rest, _quantities(rest, high)):
        if _gross(planner, rest, quantities) == wanted:
            return _with(item, quantities)
    below, above = (_gross(planner, rest, _quantities(rest, share)) for share in (low, high))
    near = " or ".join(str(Money(minor, currency)) for minor in sorted({below, above}) if minor)
    message = f"no quantities make {Money(int(wanted), currency)}; nearest: {near}"
    fix = "credit one of these, or lines with their quantities"
    return (Fault("credit.amount", message, "amount", fix=fix),)


def _quantities(rest: dict[int, OriginalLine], share: int) -> dict[int, int]:
    return {
        n: (line.quantity - line.credited_quantity) * share // _STEPS
        for n, line in sorted(rest.items())
    }


def _around(rest: dict[int, OriginalLine], near: dict[int, int]) -> Iterator[dict[int, int]]:
    """These quantities, and some cents more or less of the two largest lines: tax is rounded by
    line, so that a sum between two steps of all lines may be one of theirs."""
    largest = sorted(rest, key=lambda n: -rest[n].net_minor)[:2]
    cents = sorted(range(-_CENTS, _CENTS + 1), key=abs)
    for shifts in product(cents, repeat=len(largest)):
        tried = dict(near)
        for n, shift in zip(largest, shifts, strict=True):
            tried[n] += shift * rest[n].quantity // (rest[n].net_minor or 1)
        if all(0 <= q <= rest[n].quantity - rest[n].credited_quantity for n, q in tried.items()):
            yield tried


def _gross(planner: Planner, rest: dict[int, OriginalLine], quantities: dict[int, int]) -> int:
    """What these quantities would be credited with, in minor units."""
    parts = [Part(rest[n], q, rest[n].unit_price) for n, q in quantities.items() if q]
    if not parts:
        return 0
    return plan_credit(
        parts=parts,
        creditable=Creditable(),
        taxes=planner.setup.taxes,
        rule="",
        new_id=planner.ctx.ids.new,
        header={},
    ).gross_minor


def _with(item: Credit, wanted: dict[int, int]) -> Credit | tuple[Fault, ...]:
    lines = tuple(CreditedLine(n, Decimal(q) / _MICRO) for n, q in wanted.items() if q)
    if not lines:
        return (Fault("credit.nothing", "so little is nothing of any line", "amount"),)
    return replace(item, lines=lines)
